"""Which process advances the clock, and until when it has it to itself."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("advancing_by", sa.String(length=32)))
        batch_op.add_column(sa.Column("advancing_until", storage.UtcDateTime(timezone=True)))
