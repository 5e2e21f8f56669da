"""Held changes, leases and the control of the sync workers; partitions, on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held",
        sa.Column("bucket", sa.SmallInteger(), primary_key=True),
        sa.Column("person_reference", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("insurer_number", sa.String(8), nullable=False),
        sa.Column("recorded_at", storage.UtcDateTime(), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("bucket", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("expires_at", storage.UtcDateTime(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
    )
    op.execute(
        "INSERT INTO lease (bucket, worker, expires_at, delivered) "
        "SELECT bucket, '', '1970-01-01 00:00:00.000000', count(*) FROM delivery GROUP BY bucket"
    )
    op.create_table(
        "sync_control",
        sa.Column("name", sa.String(8), primary_key=True),
        sa.Column("paused_by", sa.Text()),
        sa.Column("paused_at", storage.UtcDateTime()),
        sa.Column("swept_until", storage.UtcDateTime()),
    )
    connection = op.get_bind()
    storage.divide(connection, "change", indexes={"change_by_recording": "(recorded_at)"})
    storage.divide(connection, "outbox", indexes={"outbox_by_instant": "(visible_from)"})
    storage.divide(
        connection, "delivery", indexes={"delivery_by_instant": "USING brin (delivered_at)"}
    )
