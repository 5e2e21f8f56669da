"""Whether the tables are those of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from storage import head_of, reading

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

_VERSION = text("SELECT version_num FROM alembic_version")
"""The revision of the tables."""


def is_newest(engine: Engine, migrations: Path) -> bool:
    """Tell whether the database can be read, and its tables are those of this program."""
    with reading(engine) as connection:
        return str(connection.scalar(_VERSION)) == head_of(migrations)
