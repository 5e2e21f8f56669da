"""How answers to terminals are written, and results in bulk that are held back."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operation_message",
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulk_held",
        sa.Column("reception_number", sa.String(length=20), nullable=False),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reception_number"),
        sqlite_with_rowid=False,
    )
