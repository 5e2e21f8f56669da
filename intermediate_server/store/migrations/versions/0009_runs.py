"""Runs over all members of an insurer, and the numbers that they give."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("decided_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=40), nullable=False),
        sa.Column("started_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reached_bucket", sa.SmallInteger(), nullable=False),
        sa.Column("reached_person", sa.String(length=20), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("insurer_number", "kind", "due_on", "attempt"),
    )
    op.create_table(
        "number_series",
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("insurer_number"),
    )
