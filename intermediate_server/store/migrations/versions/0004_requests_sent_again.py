"""Requests, and 整理番号, that are known when they are sent again."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reference_key", sa.LargeBinary(length=16), nullable=True))
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("recorded_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "idempotency_key"),
    )
    op.create_index("idempotency_key_by_recording", "idempotency_key", ["recorded_at"])
