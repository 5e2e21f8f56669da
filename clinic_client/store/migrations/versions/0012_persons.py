"""Persons are looked for by their dates of birth, as one may come by card and by number."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("visit_by_birthdate", "visit", ["birthdate"])
