"""The seed."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0003"
down_revision = "0002"
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
