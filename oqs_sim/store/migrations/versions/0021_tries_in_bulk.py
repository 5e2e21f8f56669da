"""How often a part of an inquiry in bulk was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bulk_waiting", sa.Column("tries", sa.Integer(), nullable=False, server_default="0")
    )
