"""Delays and faults as they are set, and how often a fault has struck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, or_, select, update

from oqs_sim.store.operation.schema import (
    operation_delay,
    operation_fault,
    operation_message,
    operation_state,
)
from storage import insert_into, lock_name

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Insert

_NAME = "state"


@dataclass(frozen=True)
class SetDelay:
    """The delay profile of requests."""

    path: str
    """A pattern of paths; empty for all."""
    institution_code: str
    """Empty for all."""
    profile: str


@dataclass(frozen=True)
class SetFault:
    """What goes wrong with requests, and how often it has."""

    number: int
    effect: str
    """As it is written, see `oqs_sim.operation.effect`."""
    path: str
    institution_code: str
    probability: float
    seed: int
    most: int | None
    """How often it strikes at most; None: without end."""
    seen: int
    """How many requests it might have struck."""
    struck: int

    @property
    def is_over(self) -> bool:
        """Whether it has struck as often as it may."""
        return self.most is not None and self.struck >= self.most


_REVISION = select(operation_state.c.revision, operation_state.c.seed_revision)
"""How often something was set; no row where nothing ever was."""

_DELAYS = select(operation_delay).order_by(operation_delay.c.path)
"""All delays."""

_FAULTS = select(operation_fault).order_by(operation_fault.c.number)
"""All faults, in the order in which they were set."""

_MESSAGE_SETTINGS = select(operation_message.c.institution_code, operation_message.c.setting)
"""How answers are written, by institution."""

_END_MESSAGE_SETTING = delete(operation_message).where(
    operation_message.c.institution_code == bindparam("of_institution")
)
"""Has the answers to an institution be written as those to all others."""

_LAST_NUMBER = select(func.coalesce(func.max(operation_fault.c.number), 0))
"""The number of the fault that was set last, of those that there are."""

_END_DELAY = delete(operation_delay).where(
    operation_delay.c.path == bindparam("of_path"),
    operation_delay.c.institution_code == bindparam("of_institution"),
)
"""Ends the delay of just these requests."""

_END_FAULT = delete(operation_fault).where(operation_fault.c.number == bindparam("of_number"))
"""Ends a fault."""

_SEE = (
    update(operation_fault)
    .where(
        operation_fault.c.number == bindparam("of_number"),
        or_(operation_fault.c.most.is_(None), operation_fault.c.struck < operation_fault.c.most),
    )
    .values(seen=operation_fault.c.seen + 1)
    .returning(operation_fault.c.seen)
)
"""Counts a request that a fault might strike, unless it has struck as often as it may."""

_STRIKE = (
    update(operation_fault)
    .where(operation_fault.c.number == bindparam("of_number"))
    .values(struck=operation_fault.c.struck + 1)
)
"""Counts a request that a fault has struck."""


def _count_setting(dialect: Dialect) -> Insert:
    """Count that something was set."""
    new = insert_into(operation_state, dialect)
    return new.on_conflict_do_update(
        index_elements=["name"], set_={"revision": operation_state.c.revision + 1}
    )


def _set_delay(dialect: Dialect) -> Insert:
    """Set a delay in place of what was set for the same requests."""
    new = insert_into(operation_delay, dialect)
    return new.on_conflict_do_update(
        index_elements=["path", "institution_code"], set_={"profile": new.excluded.profile}
    )


def _set_messages(dialect: Dialect) -> Insert:
    """Set how answers are written, in place of what was set for the same institution."""
    new = insert_into(operation_message, dialect)
    return new.on_conflict_do_update(
        index_elements=["institution_code"], set_={"setting": new.excluded.setting}
    )


def revision(connection: Connection) -> tuple[int, int]:
    """Return how often something was set, and how often the database was put back."""
    row = connection.execute(_REVISION).one_or_none()
    return (0, 0) if row is None else (row[0], row[1])


def count_setting(connection: Connection) -> None:
    """Have all processes look at what is set."""
    values = {"name": _NAME, "revision": 1, "seed_revision": 0}
    connection.execute(_count_setting(connection.dialect), values)


def delays(connection: Connection) -> list[SetDelay]:
    """Return all delays."""
    return [SetDelay(*row) for row in connection.execute(_DELAYS)]


def set_delay(connection: Connection, delay: SetDelay) -> None:
    """Set a delay."""
    connection.execute(_set_delay(connection.dialect), vars(delay))


def end_delay(connection: Connection, path: str, institution_code: str) -> bool:
    """End the delay that is set for just these requests; tell whether there was one."""
    which = {"of_path": path, "of_institution": institution_code}
    return connection.execute(_END_DELAY, which).rowcount == 1


def end_delays(connection: Connection) -> None:
    """Have all requests be as fast as they are."""
    connection.execute(delete(operation_delay))


def message_settings(connection: Connection) -> dict[str, str]:
    """Return how answers are written, by institution; the empty code is for all others."""
    return {row.institution_code: row.setting for row in connection.execute(_MESSAGE_SETTINGS)}


def set_messages(connection: Connection, institution_code: str, setting: str) -> None:
    """Set how answers are written."""
    values = {"institution_code": institution_code, "setting": setting}
    connection.execute(_set_messages(connection.dialect), values)


def end_message_setting(connection: Connection, institution_code: str) -> bool:
    """Have answers be written as they are without a setting; tell whether there was one."""
    done = connection.execute(_END_MESSAGE_SETTING, {"of_institution": institution_code})
    return done.rowcount == 1


def faults(connection: Connection) -> list[SetFault]:
    """Return all faults."""
    return [SetFault(*row) for row in connection.execute(_FAULTS)]


def add_fault(
    connection: Connection,
    effect: str,
    *,
    path: str,
    institution_code: str,
    probability: float,
    seed: int,
    most: int | None,
) -> SetFault:
    """Have something go wrong; return it with its number."""
    lock_name(connection, "operation_fault")
    number = connection.scalar(_LAST_NUMBER) or 0
    fault = SetFault(number + 1, effect, path, institution_code, probability, seed, most, 0, 0)
    connection.execute(operation_fault.insert(), vars(fault))
    return fault


def end_fault(connection: Connection, number: int) -> bool:
    """End a fault; tell whether there was one."""
    return connection.execute(_END_FAULT, {"of_number": number}).rowcount == 1


def end_faults(connection: Connection) -> None:
    """End all faults."""
    connection.execute(delete(operation_fault))


def see(connection: Connection, number: int) -> int | None:
    """Count a request that a fault might strike; return which it is, None where it is over."""
    seen: int | None = connection.scalar(_SEE, {"of_number": number})
    return seen


def strike(connection: Connection, number: int) -> None:
    """Count that a fault has struck."""
    connection.execute(_STRIKE, {"of_number": number})
