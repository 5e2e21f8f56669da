"""The portal: sign-ins, sessions and reported discrepancies."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_sign_in",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "portal_session",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("means", sa.String(length=8), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "portal_discrepancy",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reported_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birthdate", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=4), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("insured_number", sa.Text(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("ratio_paid", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "number"),
        sqlite_with_rowid=False,
    )
    storage.divide(op.get_bind(), "portal_discrepancy")
