"""Visits, the qualifications that they were shown, and the catch-up list."""

import sqlalchemy as sa
from alembic import op

from storage import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("visit_id", sa.String(16), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(24), nullable=False),
        sa.Column("validity", sa.Integer()),
        sa.Column("patient_key", sa.String(64)),
        sa.Column("name", sa.Text()),
        sa.Column("name_kana", sa.Text()),
        sa.Column("sex1", sa.String(1)),
        sa.Column("birthdate", sa.Date()),
        sa.Column("case_birthdate", sa.Date()),
        sa.Column("case_ratio", sa.Integer()),
        sa.Column("previous_known", sa.Boolean(), nullable=False),
        sa.Column("revisit", sa.Boolean(), nullable=False),
        sa.Column("card_at_hand", sa.Boolean(), nullable=False),
        sa.Column("certificate_expires_on", sa.Date()),
        sa.Column("visible_on", sa.Date()),
        sa.Column("previous_id", sa.String(16)),
        sa.Column("simulation_reference", sa.String(20)),
        sa.Column("problem_code", sa.String(64)),
        sa.Column("challenge_ms", sa.Float()),
        sa.Column("card_ms", sa.Float()),
        sa.Column("inquiry_ms", sa.Float()),
        sa.Column("total_ms", sa.Float(), nullable=False),
    )
    op.create_index("visit_by_day", "visit", ["day", "at"])
    op.create_index("visit_by_patient", "visit", ["patient_key", "at"])
    op.create_table(
        "visit_coverage",
        sa.Column("visit_id", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("insurer_number", sa.String(8), nullable=False),
        sa.Column("insurer_name", sa.Text(), nullable=False),
        sa.Column("symbol", sa.String(20), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("branch", sa.String(2), nullable=False),
        sa.Column("qualified_on", sa.Date()),
        sa.Column("disqualified_on", sa.Date()),
        sa.Column("ratio", sa.Integer()),
    )
    op.create_table(
        "catch_up",
        sa.Column("visit_id", sa.String(16), primary_key=True),
        sa.Column("patient_key", sa.String(64)),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("check_from", sa.Date()),
        sa.Column("closed_by", sa.String(16)),
        sa.Column("closed_at", UtcDateTime()),
    )
    op.create_index("catch_up_open", "catch_up", ["closed_by", "visit_id"])
    op.create_index("catch_up_by_patient", "catch_up", ["patient_key"])
