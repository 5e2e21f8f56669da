"""Generations of the authorities, OCSP responders, J-LIS's windows, orders of cards, links."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority_generation",
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "generation"),
        sqlite_with_rowid=False,
    )
    # The two authorities of X.509 were rows beside others; they are the first generation now.
    op.execute(
        "INSERT INTO authority_generation (purpose, generation, private_key, certificate) "
        "SELECT purpose, 1, private_key, certificate FROM authority "
        "WHERE purpose IN ('authentication', 'signature')"
    )
    op.execute("DELETE FROM authority WHERE purpose IN ('authentication', 'signature')")
    op.create_table(
        "jlis_outage",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("begins_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", storage.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "ocsp_responder",
        sa.Column("authority_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("authority_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reissue_order",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("person_reference", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("express", sa.Boolean(), nullable=False),
        sa.Column("soonest_on", sa.Date(), nullable=False),
        sa.Column("usually_on", sa.Date(), nullable=False),
        sa.Column("fee_yen", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(length=15), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("awaits_link", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("suspended_by", sa.String(length=15), nullable=True))
