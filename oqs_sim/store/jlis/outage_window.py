"""When J-LIS is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from oqs_sim.store.jlis.schema import jlis_outage
from storage import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert

_NAME = "j-lis"


class OutageWindow(NamedTuple):
    """From when until when J-LIS is out, in business time."""

    begins_at: datetime
    ends_at: datetime | None
    """The first instant at which it is back; None where nobody has said."""


_WINDOW = select(jlis_outage.c.begins_at, jlis_outage.c.ends_at).where(jlis_outage.c.name == _NAME)
"""The window that is set."""

_LIFT = delete(jlis_outage).where(jlis_outage.c.name == _NAME)
"""Takes the window away."""


def _set(dialect: Dialect) -> Insert:
    """Set the window, in the place of an earlier one."""
    adding = insert_into(jlis_outage, dialect)
    return adding.on_conflict_do_update(
        index_elements=["name"],
        set_={name: adding.excluded[name] for name in OutageWindow._fields},
    )


def find_window(connection: Connection) -> OutageWindow | None:
    """Return the window that is set, past, present or to come."""
    row = connection.execute(_WINDOW).one_or_none()
    return OutageWindow(*row) if row else None


def set_window(connection: Connection, window: OutageWindow) -> None:
    """Set the window, in the place of an earlier one."""
    connection.execute(_set(connection.dialect), {"name": _NAME, **window._asdict()})


def lift_window(connection: Connection) -> None:
    """Take the window away; where there is none, nothing changes."""
    connection.execute(_LIFT)
