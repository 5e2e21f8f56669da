"""Procedures as a list: by insurer, kind, way, day and state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from intermediate_server.store.finding.place import COUNTED, Page, Place
from intermediate_server.store.ledger import TRACKED, tracked_change
from intermediate_server.store.schema import change, delivery, held, version_conflict
from storage import reading

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Engine

    from intermediate_server.procedures.change import FilingChannel, TrackedChange
    from intermediate_server.procedures.kinds import ProcedureKind


class ProcedureState(StrEnum):
    """How far a procedure is."""

    WAITING = "waiting"
    """On its way."""
    DELIVERED = "delivered"
    HELD = "held"
    """It waits for a person's release."""
    CONFLICTING = "conflicting"
    """OQS did not take it."""

    @property
    def condition(self) -> ColumnElement[bool]:
        """The same for the database."""
        arrived = delivery.c.delivered_at.is_not(None)
        on_hold = held.c.version.is_not(None)
        untaken = version_conflict.c.version.is_not(None)
        return {
            "waiting": ~arrived & ~on_hold & ~untaken,
            "delivered": arrived,
            "held": on_hold,
            "conflicting": untaken & ~arrived,
        }[self]


@dataclass(frozen=True, slots=True)
class ProcedureFilter:
    """Which procedures are wanted; what is None does not matter."""

    insurer: str | None = None
    kind: ProcedureKind | None = None
    channel: FilingChannel | None = None
    filed_from: date | None = None
    filed_until: date | None = None
    state: ProcedureState | None = None
    filed_by: str | None = None
    """Who typed it, or whose certificate it was."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        wanted: list[ColumnElement[bool]] = []
        if self.insurer is not None:
            wanted.append(change.c.insurer_number == self.insurer)
        if self.kind is not None:
            wanted.append(change.c.kind == self.kind.value)
        if self.channel is not None:
            wanted.append(change.c.channel == self.channel.value)
        if self.filed_from is not None:
            wanted.append(change.c.filed_on >= self.filed_from)
        if self.filed_until is not None:
            wanted.append(change.c.filed_on <= self.filed_until)
        if self.filed_by is not None:
            wanted.append(change.c.filed_by == self.filed_by)
        if self.state is not None:
            wanted.append(self.state.condition)
        return wanted


@dataclass(frozen=True)
class ProcedureList:
    """The ledger as a list, the newest first or the oldest."""

    engine: Engine

    def page(
        self, wanted: ProcedureFilter, page: Page
    ) -> tuple[tuple[TrackedChange, ...], Place | None]:
        """Return some procedures, and behind which one the next page begins, if there is one."""
        query = page.of(TRACKED.where(*wanted.conditions), change, change.c.version)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        shown = rows[: page.size]
        following = None
        if len(rows) > page.size:
            last = shown[-1]
            following = Place(last.recorded_at, last.person_reference, last.version)
        return tuple(map(tracked_change, shown)), following

    def count(self, wanted: ProcedureFilter) -> int:
        """Count what is wanted, up to `COUNTED`."""
        some = TRACKED.with_only_columns(change.c.version, maintain_column_froms=True)
        query = select(func.count()).select_from(
            some.where(*wanted.conditions).limit(COUNTED).subquery()
        )
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())
