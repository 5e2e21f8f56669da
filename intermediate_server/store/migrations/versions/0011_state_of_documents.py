"""What became of a document last stands beside the decision."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SET_STATE = """
    UPDATE document SET state = event, state_on = happened_on
    FROM document_event AS last
    WHERE last.bucket = document.bucket
      AND last.person_reference = document.person_reference
      AND last.document_number = document.document_number
      AND last.event_number = (
          SELECT max(event_number) FROM document_event AS one
          WHERE one.bucket = document.bucket
            AND one.person_reference = document.person_reference
            AND one.document_number = document.document_number
      )
"""


def upgrade() -> None:
    op.add_column(
        "document", sa.Column("state", sa.String(16), nullable=False, server_default="issued")
    )
    op.add_column("document", sa.Column("state_on", sa.Date()))
    op.execute("UPDATE document SET state = 'not_issued' WHERE kind IS NULL")
    op.execute(_SET_STATE)
    op.create_index("document_by_state", "document", ["state", "insurer_number", "state_on"])
