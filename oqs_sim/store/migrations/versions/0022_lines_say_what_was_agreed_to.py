"""A line of the log says what was agreed to with it, and a consent that ended when and by whom.

What was agreed to with the lines of before is on no record of theirs, so they say nothing of it.
"""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inquiry_log", sa.Column("agreed", sa.Text(), nullable=True))
    op.add_column(
        "card_reading",
        sa.Column("withdrawn_at", storage.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column("card_reading", sa.Column("end_reason", sa.String(length=1), nullable=True))
