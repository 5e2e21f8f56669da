"""Runs over all members of an insurer: how far each has come, and every statement about them.

A step of a run decides on some members and moves the run on, in one transaction: killed at whatever
moment, a run goes on where it was, and nothing is done twice or left out. Two processes that do the
same run take turns, as each step holds only from where the run has come to.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from eligibility.days.dates import TOKYO
from eligibility.documents import DocumentKind
from intermediate_server.documents.replacing import replaced
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.run_kinds import (
    Left,
    Made,
    Place,
    RecordedRun,
    RunCounts,
    RunKind,
    RunState,
)
from intermediate_server.store.document_register import (
    add_documents,
    add_events,
    states_of,
)
from intermediate_server.store.ledger import add_entries
from intermediate_server.store.number_holders import NumberHolders
from intermediate_server.store.run_members import members_due, undecided_filings
from intermediate_server.store.schema import (
    change,
    document,
    number_series,
    run,
    sync_control,
)
from storage import BUCKETS, insert_into, lock_buckets, lock_name, reading, turn_to_write
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Row

    from intermediate_server.documents.document import Document, DocumentEvent
    from intermediate_server.procedures.change import Change

    Decide = Callable[[str, tuple[Change, ...], tuple[Document, ...]], Made]

FIRST_NUMBER = 90_000_001
"""The first 被保険者番号 that a run gives at 後期高齢者医療; lower ones are for people to give.
How unions give their numbers is not public [unverified]."""
_HORIZON = "runs"
_CLOCK = "clock"
_IS_RUN = and_(
    run.c.insurer_number == bindparam("of_insurer"),
    run.c.kind == bindparam("of_kind"),
    run.c.due_on == bindparam("of_day"),
)
_ATTEMPTS = select(run).where(_IS_RUN).order_by(run.c.attempt.desc()).limit(1)
"""The last run of a kind, an insurer and a day."""
_UNFINISHED = (
    select(run)
    .where(run.c.state != RunState.DONE.value)
    .order_by(run.c.due_on, run.c.started_at)
    .limit(bindparam("at_most"))
)
"""Runs that have not come to their end, in the order of their days."""
_RECENT = (
    select(run)
    .where(run.c.insurer_number == bindparam("of_insurer"))
    .order_by(run.c.due_on.desc(), run.c.started_at.desc())
    .limit(bindparam("at_most"))
)
"""An insurer's runs, the latest first."""
_INSURERS = select(change.c.insurer_number).distinct()
"""The insurers of which anything was ever recorded."""
_TOLD = select(document.c.person_reference, document.c.expires_on).where(
    document.c.bucket == bindparam("of_bucket"),
    document.c.person_reference.in_(bindparam("of_persons", expanding=True)),
    # No index on the insurer serves, which would give all of its documents.
    document.c.insurer_number.concat("") == bindparam("of_insurer"),
    document.c.kind == DocumentKind.EXPIRY_NOTICE.value,
)
"""About the ends of which certificates an insurer has written to some persons of a bucket."""
_SWEPT = select(sync_control.c.swept_until).where(sync_control.c.name == bindparam("of_name"))
"""The beginning of the last day whose runs have been looked for, or where the clock began then."""
_FILED = select(func.min(change.c.filed_on), func.max(change.c.filed_on))
"""The first and the last day on which anything was filed."""
_FIRST_FILED = select(func.min(change.c.filed_on)).where(
    change.c.insurer_number == bindparam("of_insurer")
)
"""The first day on which anything was filed at an insurer."""
_NEXT_NUMBER = select(number_series.c.next_number).where(
    number_series.c.insurer_number == bindparam("of_insurer")
)
"""The number that the next member is given."""


@dataclass(frozen=True)
class Runs:
    """All runs there have been."""

    engine: Engine

    # --- what is on record ---

    def last(self, insurer_number: str, kind: RunKind, due_on: date) -> RecordedRun | None:
        """Return the last run of a kind for a day; None where there was none."""
        with reading(self.engine) as connection:
            return _last(connection, insurer_number, kind, due_on)

    def unfinished(self, limit: int = 100) -> tuple[RecordedRun, ...]:
        """Return the runs that have not come to their end, in the order of their days."""
        with reading(self.engine) as connection:
            return tuple(map(_run, connection.execute(_UNFINISHED, {"at_most": limit})))

    def recent(self, insurer_number: str, limit: int) -> tuple[RecordedRun, ...]:
        """Return an insurer's runs, those of the latest days first."""
        asked = {"of_insurer": insurer_number, "at_most": limit}
        with reading(self.engine) as connection:
            return tuple(map(_run, connection.execute(_RECENT, asked)))

    def insurers(self) -> frozenset[str]:
        """Return the insurers of which anything was ever recorded."""
        with reading(self.engine) as connection:
            return frozenset(connection.scalars(_INSURERS))

    def first_filing(self, insurer_number: str) -> date | None:
        """Return the first day on which anything was filed at an insurer; None for nothing."""
        with reading(self.engine) as connection:
            first: date | None = connection.scalar(_FIRST_FILED, {"of_insurer": insurer_number})
        return first

    def members(
        self,
        kind: RunKind,
        insurer_number: str,
        on: date,
        after: Place,
        limit: int,
        notices_until: date | None = None,
    ) -> list[Place]:
        """Return the next persons after a place whom a run looks at, in order of place.

        Of what carries no expiry, that counts as ending which was issued up to ``notices_until``.
        """
        with reading(self.engine) as connection:
            return members_due(connection, kind, insurer_number, on, after, limit, notices_until)

    def undecided(self, insurer_number: str, on: date) -> int:
        """Count the filings of an insurer, up to a day, that brought no decision yet."""
        with reading(self.engine) as connection:
            return int(connection.execute(undecided_filings(insurer_number, on)).scalar_one())

    def states(
        self, persons: Sequence[Place]
    ) -> dict[str, tuple[tuple[Change, ...], tuple[Document, ...]]]:
        """Return the entries and the documents of some persons."""
        with reading(self.engine) as connection:
            return states_of(connection, persons)

    def told_of_ends(
        self, insurer_number: str, persons: Iterable[Place]
    ) -> frozenset[tuple[str, date]]:
        """Return to whom of some persons an insurer has written about the end of a certificate."""
        found: set[tuple[str, date]] = set()
        with reading(self.engine) as connection:
            for bucket, some in groupby(sorted(persons), itemgetter(0)):
                references = [reference for _, reference in some]
                asked = {"of_bucket": bucket, "of_persons": references}
                rows = connection.execute(_TOLD, {**asked, "of_insurer": insurer_number})
                found |= {(reference, on) for reference, on in rows}
        return frozenset(found)

    # --- up to which day runs have been looked for ---

    def looked_until(self) -> date | None:
        """Return the last day whose runs have been looked for; None before the first look."""
        with reading(self.engine) as connection:
            return _day(_swept(connection, _HORIZON))

    def looked_from(self, began: datetime, since: datetime) -> date:
        """Return the day after which runs are to be looked for, and remember it.

        That is the last day whose runs have been looked for; but no later than ``since``, the
        earliest instant that the clock is known to have shown since then, nor, where another clock
        was looked at last, than where this one ``began``. At the first look it is the day on which
        the clock began or, where that is later, anything was first filed; or the last filing, where
        all were made under a clock before.
        """
        with reading(self.engine) as connection:
            seen, looked = _swept(connection, _CLOCK), _day(_swept(connection, _HORIZON))
            filed = tuple(connection.execute(_FILED).one()) if looked is None else (None, None)
        start = began.astimezone(TOKYO).date()
        days = [since.astimezone(TOKYO).date()]
        if looked is not None:
            days += [looked] if seen == began else [looked, start]
        elif filed[0] is not None:
            days += [max(start, filed[0]), filed[1]]
        if (seen, looked) != (began, min(days)):
            self._sweep({_CLOCK: began, _HORIZON: datetime.combine(min(days), time(), TOKYO)})
        return min(days)

    def look_until(self, day: date) -> None:
        """Remember that the runs of a day, and of those before, have been looked for."""
        self._sweep({_HORIZON: datetime.combine(day, time(), TOKYO)})

    def _sweep(self, until: dict[str, datetime]) -> None:
        with turn_to_write(self.engine), self.engine.begin() as connection:
            for name, instant in sorted(until.items()):
                value = {"swept_until": instant}
                row = insert_into(sync_control, connection.dialect).values(name=name, **value)
                connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=value))

    # --- doing a run ---

    def begin(
        self,
        kind: RunKind,
        insurer_number: str,
        due_on: date,
        decided_at: datetime,
        by: str,
        *,
        once: bool = False,
    ) -> RecordedRun:
        """Begin a run for a day, or go on with the one that is not finished.

        ``once`` has one that there was for this day stand as it is, whatever its state.
        """
        now = wall_clock()
        with turn_to_write(self.engine), self.engine.begin() as connection:
            lock_name(connection, f"run {insurer_number} {kind} {due_on}")
            last = _last(connection, insurer_number, kind, due_on)
            if last is not None and (once or last.state is not RunState.DONE):
                if not once and last.state is RunState.STOPPED:
                    _set(connection, last, state=RunState.RUNNING.value, changed_at=now)
                    last = _last(connection, insurer_number, kind, due_on)
                    assert last is not None
                return last
            begun = RecordedRun(
                insurer_number=insurer_number,
                kind=kind,
                due_on=due_on,
                attempt=last.attempt + 1 if last else 1,
                state=RunState.RUNNING,
                decided_at=decided_at,
                started_by=by,
                started_at=now,
                changed_at=now,
            )
            connection.execute(insert(run), _row(begun))
        return begun

    def stop(self, insurer_number: str, kind: RunKind, due_on: date) -> RecordedRun | None:
        """Have a run stop after the step at hand; return it, or None where there is none.

        One that is done stays so.
        """
        with turn_to_write(self.engine), self.engine.begin() as connection:
            lock_name(connection, f"run {insurer_number} {kind} {due_on}")
            last = _last(connection, insurer_number, kind, due_on, lock=True)
            if last is None or last.state is not RunState.RUNNING:
                return last
            _set(connection, last, state=RunState.STOPPED.value, changed_at=wall_clock())
            return _last(connection, insurer_number, kind, due_on)

    def step(
        self,
        at: RecordedRun,
        persons: Sequence[Place],
        deciding: Callable[[Callable[[], str]], Decide],
        union_number: str | None,
        *,
        ends: bool,
        concerned: Sequence[Place] | None = None,
    ) -> RecordedRun:
        """Do what is decided about some persons, and move the run on; all or nothing.

        ``deciding`` is given what gives the next number of the union, and returns what decides.
        Where ``concerned`` are given, the others are counted only.
        Returns the run as it then is. Where it was stopped, or somebody else has moved it on
        meanwhile, nothing is done but that.
        """
        recorded_at = wall_clock()
        if concerned is None:
            concerned = persons
        with turn_to_write(self.engine), self.engine.begin() as connection:
            buckets = {one.bucket for one in concerned}
            # Which numbers it gives is not known yet, and nobody else may give them.
            lock_buckets(connection, buckets if union_number is None else range(BUCKETS))
            now = _last(connection, at.insurer_number, at.kind, at.due_on, lock=True)
            if now is None:  # the ledger went back to before it was begun
                return replace(at, state=RunState.STOPPED)
            moved = (now.attempt, now.reached) != (at.attempt, at.reached)
            if now.state is not RunState.RUNNING or moved:
                return now
            counts = now.counts
            decide = deciding(_numbers(connection, union_number).__next__)
            counts.members += len(persons) - len(concerned)
            documents_made: list[Document] = []
            withdrawn: list[tuple[str, DocumentEvent]] = []
            for reference, (history, documents) in states_of(connection, concerned).items():
                made = decide(reference, history, documents)
                if made.entries:
                    add_entries(connection, reference, history, made.entries, recorded_at)
                documents_made += made.documents
                known = (*history, *made.entries)
                withdrawn += [
                    (reference, one) for one in replaced(known, documents, made.documents)
                ]
                counts.add(1, made)
            add_documents(connection, documents_made, recorded_at)
            for reference, event in withdrawn:
                add_events(connection, reference, [event])
            reached = persons[-1] if persons else now.reached
            state = RunState.DONE if ends else RunState.RUNNING
            _set(
                connection,
                now,
                state=state.value,
                changed_at=recorded_at,
                reached_bucket=reached.bucket,
                reached_person=reached.person_reference,
                counts=_written(counts),
            )
        return RecordedRun(
            **{**vars(now), "state": state, "changed_at": recorded_at, "reached": reached}
        )


def _numbers(connection: Connection, insurer_number: str | None) -> Iterator[str]:
    """Give the next numbers of a union that nobody has, each once."""
    if insurer_number is None:
        return
    while True:
        lock_name(connection, f"numbers {insurer_number}")
        given = connection.scalar(_NEXT_NUMBER, {"of_insurer": insurer_number}) or FIRST_NUMBER
        row = insert_into(number_series, connection.dialect).values(
            insurer_number=insurer_number, next_number=given + 1
        )
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["insurer_number"], set_={"next_number": given + 1}
            )
        )
        number = f"{given:08}"
        if NumberHolders(connection, [(insurer_number, "", number, "")]).is_free:
            yield number


def _swept(connection: Connection, name: str) -> datetime | None:
    swept: datetime | None = connection.scalar(_SWEPT, {"of_name": name})
    return swept


def _day(instant: datetime | None) -> date | None:
    return instant.astimezone(TOKYO).date() if instant else None


def _last(
    connection: Connection,
    insurer_number: str,
    kind: RunKind,
    due_on: date,
    *,
    lock: bool = False,
) -> RecordedRun | None:
    query = _ATTEMPTS.with_for_update() if lock else _ATTEMPTS
    asked = {"of_insurer": insurer_number, "of_kind": kind.value, "of_day": due_on}
    row = connection.execute(query, asked).one_or_none()
    return _run(row) if row else None


def _set(connection: Connection, one: RecordedRun, **values: object) -> None:
    asked = {
        "of_insurer": one.insurer_number,
        "of_kind": one.kind.value,
        "of_day": one.due_on,
        "of_attempt": one.attempt,
    }
    this = update(run).where(_IS_RUN, run.c.attempt == bindparam("of_attempt"))
    connection.execute(this.values(**values), asked)


def _row(one: RecordedRun) -> dict[str, Any]:
    return {
        "insurer_number": one.insurer_number,
        "kind": one.kind.value,
        "due_on": one.due_on,
        "attempt": one.attempt,
        "state": one.state.value,
        "decided_at": one.decided_at,
        "started_by": one.started_by,
        "started_at": one.started_at,
        "changed_at": one.changed_at,
        "reached_bucket": one.reached.bucket,
        "reached_person": one.reached.person_reference,
        "counts": _written(one.counts),
    }


def _run(row: Row[Any]) -> RecordedRun:
    return RecordedRun(
        insurer_number=row.insurer_number,
        kind=RunKind(row.kind),
        due_on=row.due_on,
        attempt=row.attempt,
        state=RunState(row.state),
        decided_at=row.decided_at,
        started_by=row.started_by,
        started_at=row.started_at,
        changed_at=row.changed_at,
        reached=Place(row.reached_bucket, row.reached_person),
        counts=_read(row.counts),
    )


def _written(counts: RunCounts) -> str:
    return json.dumps(vars(counts), ensure_ascii=False)


def _read(text: str) -> RunCounts:
    kept = json.loads(text)
    return RunCounts(
        members=kept["members"],
        issued=Counter({DocumentKind(kind): n for kind, n in kept["issued"].items()}),
        not_issued=Counter(kept["not_issued"]),
        entries=Counter({ProcedureKind(kind): n for kind, n in kept["entries"].items()}),
        left=kept["left"],
        named=[Left(*one) for one in kept["named"]],
    )
