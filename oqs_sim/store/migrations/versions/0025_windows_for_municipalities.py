"""Windows for municipalities."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operation_window", sa.Column("municipalities", sa.Text(), nullable=True))
