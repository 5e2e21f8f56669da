"""What was known before is kept, for answers as of some days ago."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qualification_before",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("insurer_number", sa.String(length=8), nullable=False),
        sa.Column("insured_card_symbol", sa.String(length=20), nullable=False),
        sa.Column("insured_identification_number", sa.String(length=20), nullable=False),
        sa.Column("insured_branch_number", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("insurer_name", sa.Text(), nullable=False),
        sa.Column("personal_family_classification", sa.String(length=1), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_kana", sa.Text(), nullable=False),
        sa.Column("sex1", sa.String(length=1), nullable=False),
        sa.Column("birthdate", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("post_number", sa.String(length=8), nullable=False),
        sa.Column("qualification_date", sa.String(length=8), nullable=False),
        sa.Column("disqualification_date", sa.String(length=8), nullable=True),
        sa.Column("reason_of_loss", sa.String(length=2), nullable=True),
        sa.Column("insured_partial_contribution_ratio", sa.String(length=3), nullable=False),
        sa.Column("visible_from", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("view_stopped", sa.String(length=1), server_default="0", nullable=False),
        sa.Column(
            "self_information_blocked", sa.String(length=1), server_default="0", nullable=False
        ),
        sa.Column("undisclosed", sa.String(length=1), server_default="0", nullable=False),
        sa.Column(
            "special_medical_expense", sa.String(length=1), server_default="0", nullable=False
        ),
        sa.Column("limit_classification_flag", sa.String(length=3), nullable=True),
        sa.Column("limit_valid_start_date", sa.String(length=8), nullable=True),
        sa.Column("limit_valid_end_date", sa.String(length=8), nullable=True),
        sa.Column("registration_order", sa.String(length=8), nullable=True),
        sa.Column("limit_long_stay_date", sa.String(length=8), nullable=True),
        sa.Column("householder", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "bucket",
            "person_reference",
            "insurer_number",
            "insured_card_symbol",
            "insured_identification_number",
            "insured_branch_number",
            "version",
        ),
        sqlite_with_rowid=False,
    )
    storage.divide(op.get_bind(), "qualification_before")
