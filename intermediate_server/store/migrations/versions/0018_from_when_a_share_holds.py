"""From which day a share (負担割合) holds."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("ratio_valid_start_date", sa.Date()))
