"""Inquiries in bulk and what they answer; numbers are found however they are written."""

import sqlalchemy as sa
from alembic import op

import storage
from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_limit_seen",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("limit_seen", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulk_part",
        sa.Column("reception_number", sa.String(length=20), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("errors", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("reception_number", "part"),
    )
    op.create_table(
        "bulk_reception",
        sa.Column("reception_number", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("message", sa.String(length=8), nullable=False),
        sa.Column("arbitrary_file_identifier", sa.String(length=200), nullable=True),
        sa.Column("confirmation_date", sa.String(length=8), nullable=False),
        sa.Column("received_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kept_until", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reception_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulk_waiting",
        sa.Column("reception_number", sa.String(length=20), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reception_number", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "home_consent",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("treatment_flag", sa.String(length=1), nullable=False),
        sa.Column("consent_number", sa.String(length=32), nullable=False),
        sa.Column("consented_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=1), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "institution_code", "treatment_flag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "home_consent_by_day",
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("treatment_flag", sa.String(length=1), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint(
            "institution_code", "treatment_flag", "kind", "day", "bucket", "person_reference"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "home_consent_by_number",
        sa.Column("consent_number", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("treatment_flag", sa.String(length=1), nullable=False),
        sa.PrimaryKeyConstraint("consent_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "medical_ticket",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("treatment_month", sa.String(length=6), nullable=False),
        sa.Column("issue_number", sa.String(length=20), nullable=False),
        sa.Column("office_number", sa.String(length=8), nullable=False),
        sa.Column("recipient_number", sa.String(length=20), nullable=False),
        sa.Column("visible_from", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "treatment_month", "issue_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "medical_ticket_by_institution",
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("treatment_month", sa.String(length=6), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint(
            "institution_code", "treatment_month", "bucket", "person_reference"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reference_number",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("reference_number", sa.String(length=50), nullable=False),
        sa.Column("registered_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subsidy_answer",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("asked_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used", sa.String(length=1), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subsidy_certificate",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("payer_number", sa.String(length=8), nullable=False),
        sa.Column("recipient_number", sa.String(length=20), nullable=False),
        sa.Column("municipality_code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.String(length=8), nullable=False),
        sa.Column("valid_until", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "payer_number", "recipient_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subsidy_municipality",
        sa.Column("municipality_code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connected_on", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("municipality_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "welfare_office",
        sa.Column("office_number", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_sent_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("office_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "welfare_recipient",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("office_number", sa.String(length=8), nullable=False),
        sa.Column("recipient_number", sa.String(length=20), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_kana", sa.Text(), nullable=False),
        sa.Column("sex1", sa.String(length=1), nullable=False),
        sa.Column("birthdate", sa.String(length=8), nullable=False),
        sa.Column("started_on", sa.String(length=8), nullable=False),
        sa.Column("ended_on", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "office_number", "recipient_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "welfare_recipient_by_number",
        sa.Column("office_number", sa.String(length=8), nullable=False),
        sa.Column("recipient_number", sa.String(length=20), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("office_number", "recipient_number"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for table in (
        "bulk_limit_seen",
        "home_consent",
        "medical_ticket",
        "reference_number",
        "subsidy_answer",
        "subsidy_certificate",
        "welfare_recipient",
    ):
        storage.divide(connection, table)
    add_ways(connection)


def add_ways(connection: sa.Connection) -> None:
    """Lead to the persons whose numbers are not written as numbers are compared."""
    known = sa.text(
        "SELECT insurer_number, insured_card_symbol, insured_identification_number, "
        "insured_branch_number, person_reference, bucket FROM qualification_by_number"
    )
    add = sa.text(
        "INSERT INTO qualification_by_number (insurer_number, insured_card_symbol, "
        "insured_identification_number, insured_branch_number, person_reference, bucket) "
        "VALUES (:insurer, :symbol, :number, :branch, :person, :bucket) ON CONFLICT DO NOTHING"
    )
    ways = []
    for insurer, symbol, number, branch, person, bucket in connection.execute(known):
        compared = (
            comparable_symbol(symbol),
            comparable_number(number),
            comparable_branch(branch) or "",
        )
        if compared != (symbol, number, branch):
            way = dict(zip(("symbol", "number", "branch"), compared, strict=True))
            ways.append({"insurer": insurer, **way, "person": person, "bucket": bucket})
    if ways:
        connection.execute(add, ways)
