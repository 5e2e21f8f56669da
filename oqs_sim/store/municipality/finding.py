"""Finding residents as a clerk knows them: by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from oqs_sim.store.residents import RESIDENT, Resident
from oqs_sim.store.schema import resident

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


def _closed_up(name: ColumnElement[str]) -> ColumnElement[str]:
    return func.replace(func.replace(name, "　", ""), " ", "")


_NAMED = (
    select(*RESIDENT)
    .where(
        or_(
            _closed_up(resident.c.name).startswith(bindparam("name"), autoescape=False),
            _closed_up(resident.c.name_kana).startswith(bindparam("kana"), autoescape=False),
        )
    )
    .order_by(resident.c.bucket, resident.c.person_reference)
    .limit(bindparam("at_most"))
)
"""The residents whose name, blanks left out, begins so. It looks through the register: a person
asks it now and then, no check ever."""


def find_by_name(connection: Connection, name: str, kana: str, at_most: int) -> list[Resident]:
    """Find residents whose name or 半角カナ begins so; blanks do not count."""
    sought = {"name": _literal(name), "kana": _literal(kana), "at_most": at_most}
    if not sought["name"]:
        return []
    return [Resident(*row) for row in connection.execute(_NAMED, sought)]


def _literal(text: str) -> str:
    """Return a text of which LIKE takes no character for another."""
    return text.replace("%", "").replace("_", "").replace("\\", "")
