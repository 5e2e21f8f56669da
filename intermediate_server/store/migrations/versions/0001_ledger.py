"""The ledger, the outbox and the deliveries."""

import sqlalchemy as sa
from alembic import op

from storage import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("bucket", sa.SmallInteger(), primary_key=True),
        sa.Column("person_reference", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("insurer_number", sa.String(8), nullable=False),
        sa.Column("insurer_name", sa.Text(), nullable=False),
        sa.Column("insured_card_symbol", sa.String(20), nullable=False),
        sa.Column("insured_identification_number", sa.String(20), nullable=False),
        sa.Column("insured_branch_number", sa.String(2), nullable=False),
        sa.Column("personal_family_classification", sa.String(1), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_kana", sa.Text(), nullable=False),
        sa.Column("sex1", sa.String(1), nullable=False),
        sa.Column("birthdate", sa.Date(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("post_number", sa.String(8), nullable=False),
        sa.Column("qualification_date", sa.Date(), nullable=False),
        sa.Column("disqualification_date", sa.Date()),
        sa.Column("reason_of_loss", sa.String(2)),
        sa.Column("insured_partial_contribution_ratio", sa.String(3), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.Time()),
        sa.Column("lag_mode", sa.String(16), nullable=False),
        sa.Column("lag_days", sa.SmallInteger(), nullable=False),
        sa.Column("lag_cutoff", sa.Time()),
        sa.Column("lag_insurer_days", sa.SmallInteger(), nullable=False),
        sa.Column("lag_visible_days", sa.SmallInteger(), nullable=False),
        sa.Column("visible_from", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
    )
    op.create_index("change_by_recording", "change", ["recorded_at"])
    op.create_table(
        "outbox",
        sa.Column("bucket", sa.SmallInteger(), primary_key=True),
        sa.Column("visible_from", UtcDateTime(), primary_key=True),
        sa.Column("person_reference", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
    )
    op.create_index("outbox_by_instant", "outbox", ["visible_from"])
    op.create_table(
        "delivery",
        sa.Column("bucket", sa.SmallInteger(), primary_key=True),
        sa.Column("person_reference", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
    )
    op.create_index("delivery_by_instant", "delivery", ["delivered_at"])
