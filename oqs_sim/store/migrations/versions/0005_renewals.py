"""What a renewed certificate replaced, and when."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("renewed_at", storage.UtcDateTime(timezone=True)))
        batch_op.add_column(sa.Column("replaced_expiry", sa.Date()))
