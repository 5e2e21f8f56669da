"""Large tables in partitions, on PostgreSQL."""

from alembic import op

import storage

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for table in ("resident", "registration", "card_certificate", "inquiry_log"):
        storage.divide(connection, table)
    storage.divide(connection, "qualification", room_for_updates=True)
