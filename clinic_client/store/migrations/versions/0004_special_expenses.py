"""Whether the insurer pays only afterwards (R-159); visits of before did not ask."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "visit",
        sa.Column("special_expenses", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
