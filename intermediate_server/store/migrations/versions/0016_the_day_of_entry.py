"""The day on which was entered what had been filed before."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("entered_on", sa.Date()))
