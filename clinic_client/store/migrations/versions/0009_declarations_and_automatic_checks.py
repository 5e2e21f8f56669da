"""Declarations of eligibility, checks that go out by themselves, and what they found out."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "automatic_check",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_problem", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.create_index("automatic_check_due", "automatic_check", ["next_at"])
    op.create_table(
        "catch_up_news",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("earlier_id", sa.String(length=16), nullable=False),
        sa.Column("at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.create_index("catch_up_news_unseen", "catch_up_news", ["seen_at", "at"])
    op.create_index("catch_up_news_of_visit", "catch_up_news", ["earlier_id"])
    op.create_table(
        "declaration",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("written_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("deleted_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.create_index("declaration_kept", "declaration", ["kept_until"])
