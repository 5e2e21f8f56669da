"""From when meals are cheaper for who is long in hospital (長期入院該当)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("limit_long_stay_date", sa.Date()))
