"""Consents at readers, 特定疾病, views of medical information; the day of 長期入院該当."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_reading",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("read_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("identity_method", sa.String(length=8), nullable=False),
        sa.Column("operating_type", sa.String(length=16), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("certificate_expires_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "specific_disease",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=1), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("self_pay", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "category"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "medical_view",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("viewed_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("view_id", sa.String(length=16), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("profession", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=10), nullable=False),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "viewed_at", "view_id"),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "qualification", sa.Column("limit_long_stay_date", sa.String(length=8), nullable=True)
    )
    storage.divide(op.get_bind(), "card_reading", room_for_updates=True)
    storage.divide(op.get_bind(), "specific_disease")
    storage.divide(op.get_bind(), "medical_view")
