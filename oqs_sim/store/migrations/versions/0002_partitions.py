"""Large tables in partitions, on PostgreSQL."""

from alembic import op

import storage

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for table in ("resident", "registration", "inquiry_log"):
        storage.divide(connection, table)
    storage.divide(connection, "qualification", room_for_updates=True)
