"""What an operator has opened: maintenance, 障害時モード, 災害時モード, and who has used a mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from oqs_sim.store.operation.schema import operation_use, operation_window
from storage import insert_into, lock_name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert


class WindowKind(StrEnum):
    """What is opened."""

    MAINTENANCE = "maintenance"
    """計画停止: requests of the lines are not answered."""
    SYSTEM_FAILURE = "system_failure"
    """システム障害時モード: opened for an institution that has telephoned (P-087, §7.5)."""
    DISASTER = "disaster"
    """災害時モード: opened for a region, of which the municipalities are named (§7.5)."""
    EMERGENCY = "emergency"
    """救急時医療情報閲覧: medical information of who cannot consent."""


@dataclass(frozen=True)
class Window:
    """Something that an operator has opened, from an instant of business time until another."""

    number: int
    kind: WindowKind
    institution_code: str | None
    """For this institution alone."""
    prefecture: str | None
    """For the institutions of this prefecture: the first two digits of their codes."""
    opens_at: datetime
    closes_at: datetime | None
    """None: until somebody closes it."""
    opened_by: str
    reason: str
    municipalities: tuple[str, ...] = ()
    """For the institutions in these municipalities (市区町村コード); empty: wherever they are."""

    def is_open(self, now: datetime) -> bool:
        """Tell whether it is open at an instant; its end no longer belongs to it."""
        return self.opens_at <= now and (self.closes_at is None or now < self.closes_at)

    def covers(self, institution_code: str, municipality: str | None = None) -> bool:
        """Tell whether it is for this institution, which lies in a municipality, if that is known.

        Its code does not tell where it lies: 郡市区番号 (N-004) may be of several municipalities.
        """
        if self.institution_code is not None:
            return self.institution_code == institution_code
        if self.municipalities:
            return municipality in self.municipalities
        return self.prefecture is None or institution_code.startswith(self.prefecture)


@dataclass(frozen=True)
class Use:
    """How an institution has used a mode, which it has to report afterwards."""

    window: int
    institution_code: str
    uses: int
    first_at: datetime
    last_at: datetime
    reported_at: datetime | None


_WINDOWS = select(operation_window).order_by(operation_window.c.number)
"""All that was ever opened; an operator opens few."""

_OPEN_WINDOWS = _WINDOWS.where(
    operation_window.c.opens_at <= bindparam("now"),
    or_(operation_window.c.closes_at.is_(None), operation_window.c.closes_at > bindparam("now")),
)
"""What is open at an instant."""

_LAST_NUMBER = select(func.coalesce(func.max(operation_window.c.number), 0))
"""The number of what was opened last."""

_CLOSE = (
    update(operation_window)
    .where(
        operation_window.c.number == bindparam("of_number"),
        or_(operation_window.c.closes_at.is_(None), operation_window.c.closes_at > bindparam("at")),
    )
    .values(closes_at=bindparam("at"))
)
"""Closes what is open, or was to open later."""

_USES = select(operation_use).order_by(operation_use.c.window, operation_use.c.institution_code)
"""Who has used what."""

_NOTE_REPORT = (
    update(operation_use)
    .where(
        operation_use.c.window == bindparam("of_window"),
        operation_use.c.institution_code == bindparam("of_institution"),
        operation_use.c.reported_at.is_(None),
    )
    .values(reported_at=bindparam("at"))
)
"""Notes that the report of an institution has come."""


def _note_use(dialect: Dialect) -> Insert:
    """Count a use of a window by an institution."""
    new = insert_into(operation_use, dialect)
    return new.on_conflict_do_update(
        index_elements=["window", "institution_code"],
        set_={
            "uses": operation_use.c.uses + 1,
            "last_at": new.excluded.last_at,
            "reported_at": None,
        },
    )


def all_windows(connection: Connection) -> list[Window]:
    """Return all that was ever opened, the first first."""
    return [_window(row) for row in connection.execute(_WINDOWS)]


def open_windows(connection: Connection, now: datetime) -> list[Window]:
    """Return what is open at an instant of business time."""
    return [_window(row) for row in connection.execute(_OPEN_WINDOWS, {"now": now})]


def open_window(
    connection: Connection,
    kind: WindowKind,
    opens_at: datetime,
    closes_at: datetime | None,
    *,
    institution_code: str | None = None,
    prefecture: str | None = None,
    municipalities: tuple[str, ...] = (),
    opened_by: str,
    reason: str,
) -> Window:
    """Write down that something is opened; return it with its number."""
    lock_name(connection, "operation_window")
    number = connection.scalar(_LAST_NUMBER) or 0
    window = Window(
        number + 1, kind, institution_code, prefecture, opens_at, closes_at, opened_by, reason,
        municipalities,
    )  # fmt: skip
    written = " ".join(municipalities) or None
    connection.execute(operation_window.insert(), {**vars(window), "municipalities": written})
    return window


def close_window(connection: Connection, number: int, at: datetime) -> bool:
    """Close a window at an instant; tell whether that changed anything."""
    return connection.execute(_CLOSE, {"of_number": number, "at": at}).rowcount == 1


def note_use(connection: Connection, window: int, institution_code: str, at: datetime) -> None:
    """Count a use of a mode; a report that came before no longer covers it."""
    use = {"window": window, "institution_code": institution_code, "uses": 1}
    connection.execute(_note_use(connection.dialect), {**use, "first_at": at, "last_at": at})


def note_report(connection: Connection, window: int, institution_code: str, at: datetime) -> bool:
    """Note that an institution has reported its uses; tell whether any was to be reported."""
    values = {"of_window": window, "of_institution": institution_code, "at": at}
    return connection.execute(_NOTE_REPORT, values).rowcount == 1


def all_uses(connection: Connection) -> list[Use]:
    """Return who has used a mode."""
    return [Use(*row) for row in connection.execute(_USES)]


def _window(row: Any) -> Window:  # as SQLAlchemy gives it
    *values, municipalities = row
    window = Window(*values)
    named = tuple((municipalities or "").split())
    return replace(window, kind=WindowKind(window.kind), municipalities=named)
