"""Where the clock began; of one that goes already, where it is."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("began", storage.UtcDateTime(timezone=True)))
    op.execute("UPDATE clock SET began = business_anchor")
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.alter_column(
            "began", existing_type=storage.UtcDateTime(timezone=True), nullable=False
        )
