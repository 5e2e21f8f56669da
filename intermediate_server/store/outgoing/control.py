"""What people decide about the delivery: pausing it, and releasing what is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from eligibility.days.dates import TOKYO
from intermediate_server.procedures.kinds import Timing
from intermediate_server.store.row_keys import is_person, person_key
from intermediate_server.store.schema import change, held, outbox, sync_control
from storage import bucket_of, insert_into, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Dialect, Engine
    from sqlalchemy.dialects import postgresql, sqlite

_NAME = "delivery"
TOLD = 1_000
"""How many held changes are told of at most."""
_STATE = select(
    sync_control.c.paused_by, sync_control.c.paused_at, sync_control.c.swept_until
).where(sync_control.c.name == _NAME)
"""Whether the delivery goes on; no row while nobody has decided anything."""
_HELD = (
    select(held.c.person_reference, held.c.version, held.c.insurer_number, held.c.recorded_at)
    .order_by(held.c.recorded_at, held.c.person_reference, held.c.version)
    .limit(TOLD)
)
"""The first of the changes that wait for a release, in the order of recording."""
_FREED = delete(held).returning(held.c.bucket, held.c.person_reference, held.c.version)
"""Takes out what is held; which of it is said by `HeldSelection.conditions`."""
_SEEN = (
    update(change)
    .where(is_person(change), change.c.version == bindparam("of_version"))
    .values(
        visible_from=bindparam("instant"),
        shown_on=bindparam("day"),
        timing=Timing.RELEASED.value,
    )
)
"""Writes into the ledger from when an entry is seen that was held."""


@dataclass(frozen=True)
class DeliveryState:
    """Whether the delivery goes on, and how far it is."""

    paused_by: str | None = None
    """Who paused it; None while it goes on."""
    paused_at: datetime | None = None
    """Since when, on the wall."""
    swept_until: datetime | None = None
    """The business instant up to which the windows of delivery have been used."""


@dataclass(frozen=True)
class HeldChange:
    """A change that waits for a person's release."""

    person_reference: str
    version: int
    insurer_number: str
    recorded_at: datetime


@dataclass(frozen=True)
class HeldSelection:
    """Which of the held changes are meant; what is None does not matter."""

    person_reference: str | None = None
    version: int | None = None
    insurer_number: str | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        meant: list[ColumnElement[bool]] = []
        if self.person_reference is not None:
            meant += [
                held.c.bucket == bucket_of(self.person_reference),
                held.c.person_reference == self.person_reference,
            ]
        if self.version is not None:
            meant.append(held.c.version == self.version)
        if self.insurer_number is not None:
            meant.append(held.c.insurer_number == self.insurer_number)
        return meant


@dataclass(frozen=True)
class DeliveryControl:
    """Keeps what was decided, across restarts, for all workers."""

    engine: Engine

    def state(self) -> DeliveryState:
        """Return whether the delivery goes on."""
        with reading(self.engine) as connection:
            row = connection.execute(_STATE).one_or_none()
        return DeliveryState(*row) if row else DeliveryState()

    def pause(self, by: str) -> None:
        """Have no further batch delivered; what is under way is brought to its end."""
        self._set(paused_by=by, paused_at=wall_clock())

    def resume(self) -> None:
        """Have the delivery go on."""
        self._set(paused_by=None, paused_at=None)

    def swept(self, until: datetime) -> None:
        """Remember that all windows before a business instant have been used."""
        self._set(swept_until=until)

    def held(self) -> tuple[HeldChange, ...]:
        """Return what is held, in the order of recording, and of many the first ones."""
        with reading(self.engine) as connection:
            return tuple(HeldChange(*row) for row in connection.execute(_HELD))

    def release(self, selections: Sequence[HeldSelection], now: datetime) -> int:
        """Have held changes be visible from ``now`` on; return how many.

        What two selections mean is released once.
        """
        with self.engine.begin() as connection:
            return sum(_released(connection, selection, now) for selection in selections)

    def _set(self, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(_decided(connection.dialect, values))


def _decided(dialect: Dialect, values: dict[str, object]) -> postgresql.Insert | sqlite.Insert:
    """Write down what was decided of the delivery, over what was decided before."""
    row = insert_into(sync_control, dialect).values(name=_NAME, **values)
    return row.on_conflict_do_update(index_elements=["name"], set_=values)


def _released(connection: Connection, selection: HeldSelection, now: datetime) -> int:
    """Move held changes to the outbox; return how many."""
    freed = connection.execute(_FREED.where(*selection.conditions))
    rows = [{**row, "visible_from": now} for row in freed.mappings()]
    if rows:
        connection.execute(insert(outbox), rows)
        day = now.astimezone(TOKYO).date()
        connection.execute(
            _SEEN,
            [
                {
                    **person_key(row["person_reference"]),
                    "of_version": row["version"],
                    "instant": now,
                    "day": day,
                }
                for row in rows
            ],
        )
    return len(rows)
