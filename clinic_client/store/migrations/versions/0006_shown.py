"""What the patient of a visit showed and said."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_shown",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("shown_at", storage.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("visit_id"),
    )
