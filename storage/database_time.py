"""The wall clock that all who use a database have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ON_SQLITE = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
"""The time of the machine, on which all who use a file are."""
_ON_POSTGRESQL = "SELECT clock_timestamp()"
"""The time of the server, also in the middle of a transaction."""


def database_time(connection: Connection) -> datetime:
    """Return the time of the database; it may have been put back since the last look."""
    if connection.dialect.name == "postgresql":
        shown: datetime = connection.exec_driver_sql(_ON_POSTGRESQL).scalar_one()
        return shown.astimezone(UTC)
    return datetime.fromisoformat(connection.exec_driver_sql(_ON_SQLITE).scalar_one())
