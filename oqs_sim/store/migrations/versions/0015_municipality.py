"""The municipality's counter: its procedures, cards that rest, the ends of certificates."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter_procedure",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("card", sa.String(length=15), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("continued", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("stay_ends_on", sa.Date(), nullable=True),
        sa.Column("ready_on", sa.Date(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "person_reference", "number"),
        sqlite_with_rowid=False,
    )
    storage.divide(op.get_bind(), "counter_procedure")
    op.create_table(
        "card_rest",
        sa.Column("authority_key", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("lapses_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("authority_key", "serial"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "certificate_end",
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("authority_key", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("expires_on", "authority_key", "serial"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO certificate_end (expires_on, authority_key, serial, person_reference) "
        "SELECT c.expires_on, c.authority_key, c.serial, c.person_reference "
        "FROM card_certificate AS h JOIN certificate AS c "
        "ON c.authority_key = h.authority_key AND c.serial = h.serial "
        "WHERE h.purpose = 'authentication' AND h.kind IN ('card', 'face_authentication_card')"
    )
