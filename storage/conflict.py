"""Inserts that say what becomes of a row that is there already (ON CONFLICT)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Table


def insert_into(table: Table, dialect: Dialect) -> postgresql.Insert | sqlite.Insert:
    """Begin an insert that ``on_conflict_do_nothing`` or ``on_conflict_do_update`` can end.

    Both databases know these, but SQLAlchemy has them with each by itself.
    """
    if dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
