"""The register of one insurer or in one state, the newest first."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("document_of_insurer", "document", ["insurer_number", "recorded_at"])
    op.create_index("document_in_state", "document", ["state", "recorded_at"])
