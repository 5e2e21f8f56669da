"""From which day a share (負担割合) holds."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("qualification", "qualification_before"):
        column = sa.Column("ratio_valid_start_date", sa.String(length=8), nullable=True)
        op.add_column(table, column)
