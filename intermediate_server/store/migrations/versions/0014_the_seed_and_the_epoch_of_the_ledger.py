"""The seed and the epoch of the ledger."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seed",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("identity", sa.String(length=32), nullable=False),
        sa.Column("taken_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.add_column(sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False))
