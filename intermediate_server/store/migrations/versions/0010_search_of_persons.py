"""Persons are found by name, kana and number."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SEARCHED = {
    "change_by_name": "name",
    "change_by_kana": "name_kana",
    "change_by_number": "insured_identification_number",
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for index, column in _SEARCHED.items():
        text = f"replace(replace({column}, ' ', ''), '\u3000', '')"
        if postgresql:
            text = f'({text} COLLATE "C")'
        op.execute(f"CREATE INDEX {index} ON change ({text})")
