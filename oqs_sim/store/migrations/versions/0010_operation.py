"""The operation: windows, delays, faults, the journal of requests; a way in by birthdate."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operation_delay",
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("profile", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("path", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_fault",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("effect", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("struck", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_seed",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("taken_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("business_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_state",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seed_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_use",
        sa.Column("window", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("first_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reported_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("window", "institution_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operation_window",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=True),
        sa.Column("prefecture", sa.String(length=2), nullable=True),
        sa.Column("opens_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closes_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_journal",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("institution_code", sa.String(length=24), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=48), nullable=True),
        sa.Column("validity", sa.String(length=1), nullable=True),
        sa.Column("milliseconds", sa.Float(), nullable=False),
        sa.Column("struck_by", sa.String(length=200), nullable=True),
        sa.Column("person_reference", sa.String(length=20), nullable=True),
        sa.Column("near_misses", sa.Text(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resident_by_birth",
        sa.Column("birthdate", sa.Date(), nullable=False),
        sa.Column("sex1", sa.String(length=1), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("birthdate", "sex1", "bucket", "person_reference"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO resident_by_birth "
        "SELECT birthdate, sex1, bucket, person_reference FROM resident"
    )
