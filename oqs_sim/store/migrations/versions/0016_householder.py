"""世帯主 of a qualification."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("qualification", sa.Column("householder", sa.Text(), nullable=True))
