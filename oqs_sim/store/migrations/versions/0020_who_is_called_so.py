"""Whom an institution calls by a 照会番号 is found by it."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "reference_number_called", "reference_number", ["institution_code", "reference_number"]
    )
