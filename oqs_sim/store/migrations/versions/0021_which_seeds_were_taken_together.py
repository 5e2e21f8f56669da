"""Which seeds were taken together."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("operation_seed", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("identity", sa.String(length=32), server_default="", nullable=False)
        )

    with op.batch_alter_table("operation_state", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("least_epoch", sa.BigInteger(), server_default="0", nullable=False)
        )
