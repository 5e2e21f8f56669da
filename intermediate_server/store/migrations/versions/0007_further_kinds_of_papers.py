"""Further kinds of papers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("last_four", sa.String(length=4), server_default="", nullable=False)
        )
        batch_op.alter_column(
            "kind",
            existing_type=sa.VARCHAR(length=16),
            type_=sa.String(length=32),
            existing_nullable=True,
        )
        batch_op.create_index(
            "document_by_decision", ["insurer_number", "decided_on"], unique=False
        )
