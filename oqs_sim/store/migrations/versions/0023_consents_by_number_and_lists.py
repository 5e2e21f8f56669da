"""Each consent at home is kept by its number, and numbers of revocation lists rise."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE home_consent_before AS SELECT * FROM home_consent")
    op.drop_table("home_consent")
    op.drop_table("home_consent_by_number")
    op.create_table(
        "home_consent",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("consent_number", sa.String(length=32), nullable=False),
        sa.Column("institution_code", sa.String(length=10), nullable=False),
        sa.Column("treatment_flag", sa.String(length=1), nullable=False),
        sa.Column("consented_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=1), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "consent_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "home_consent_by_number",
        sa.Column("consent_number", sa.String(length=32), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("consent_number"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO home_consent SELECT bucket, person_reference, consent_number, "
        "institution_code, treatment_flag, consented_at, ended_at, end_reason "
        "FROM home_consent_before"
    )
    # Of a consent that another took the place of nothing is left but its number.
    op.execute(
        "INSERT INTO home_consent_by_number SELECT consent_number, bucket, person_reference "
        "FROM home_consent"
    )
    op.drop_table("home_consent_before")
    storage.divide(op.get_bind(), "home_consent")
    op.create_table(
        "revocation_list_number",
        sa.Column("authority_key", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority_key"),
        sqlite_with_rowid=False,
    )
