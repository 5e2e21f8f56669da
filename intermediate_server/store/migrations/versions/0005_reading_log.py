"""Who has read about whom."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_log",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("read_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.Column("recorded_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "entry"),
    )
    op.create_index("reading_log_by_recording", "reading_log", ["recorded_at"])
    storage.divide(
        op.get_bind(), "reading_log", indexes={"reading_log_by_recording": "(recorded_at)"}
    )
