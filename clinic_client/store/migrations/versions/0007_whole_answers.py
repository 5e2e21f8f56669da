"""What OQS answered, whole, and whether the number on record is the current one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_answer",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.add_column(
        "visit",
        sa.Column("current_known", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
