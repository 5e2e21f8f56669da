"""What the receptionist calls the patient of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_note",
        sa.Column("visit_id", sa.String(length=16), nullable=False),
        sa.Column("noted_name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("visit_id"),
    )
