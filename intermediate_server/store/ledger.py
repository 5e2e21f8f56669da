"""The ledger: what was reported, in order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from intermediate_server.procedures.attention import TO_BE_SETTLED, AttentionKind, attention_of
from intermediate_server.procedures.change import Change, TrackedChange
from intermediate_server.procedures.refusal import InsuredNumberTaken
from intermediate_server.store.attention_list import (
    WAITING,
    WAITING_OF_INSURER,
    WATCHED,
    WATCHED_COUNT,
    put_on_list,
)
from intermediate_server.store.document_register import add_paper_work, documents_of
from intermediate_server.store.number_holders import NumberHolders, number_bucket
from intermediate_server.store.outgoing.outbox import enqueue
from intermediate_server.store.row_keys import UNDER_NUMBER, is_person, person_key, same_entry
from intermediate_server.store.rows import change_of, row_of
from intermediate_server.store.schema import (
    change,
    delivery,
    held,
    idempotency_key,
    version_conflict,
)
from storage import (
    AnsweredBefore,
    IdempotencyKeys,
    bucket_of,
    flush,
    lock_buckets,
    reading,
    turn_to_write,
)
from wire.catalogue import Problem
from wire.clock import wall_clock
from wire.request_key import KEPT_HOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Row, Select

    from intermediate_server.documents.document import Document, PaperWork
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.person import PersonDetails
    from storage import IdempotentRequest

    Issue = Callable[[Sequence[Change], Change, Sequence[Document]], PaperWork]

_KEYS = IdempotencyKeys(idempotency_key)
_HISTORY = select(change).where(is_person(change)).order_by(change.c.version)
"""A person's entries, in order of version."""
TRACKED = (
    select(
        change,
        delivery.c.delivered_at,
        held.c.version.is_not(None).label("held"),
        version_conflict.c.version.is_not(None).label("conflicting"),
    )
    .outerjoin(delivery, same_entry(delivery, change))
    .outerjoin(held, same_entry(held, change))
    .outerjoin(version_conflict, same_entry(version_conflict, change))
)
"""Changes, with the delivery of each where there was one, whether it waits for a release, and
whether OQS did not take it."""
_TRACKED_HISTORY = TRACKED.where(is_person(change)).order_by(change.c.version)
"""The same of one person, in order of version."""
_HOUSEHOLD = (
    select(change)
    .where(
        UNDER_NUMBER,
    )
    .order_by(change.c.recorded_at, change.c.version)
)
"""Entries under one 記号・番号, with whatever 枝番, found by the index of 番号."""
_RECENT = TRACKED.order_by(change.c.recorded_at.desc()).limit(bindparam("at_most"))
"""The same of all persons, what was recorded last before all others."""


@dataclass(frozen=True)
class Recorded:
    """What a procedure came to in the ledger."""

    entries: tuple[Change, ...]
    """The procedure's own entry, then those that it stated again."""
    history: tuple[Change, ...]
    """All of the person's entries, these included."""
    documents: tuple[Document, ...] = ()
    unchanged: bool = False
    """Whether the same procedure was recorded before, and nothing was added."""


@dataclass(frozen=True)
class Once:
    """A request that is done once, and what is kept as its answer."""

    request: IdempotentRequest
    status: int
    answer_of: Callable[[tuple[Recorded, ...]], str]


@dataclass(frozen=True)
class Part:
    """A procedure that is recorded together with others."""

    person_reference: str
    decide: Callable[[tuple[Change, ...]], tuple[Change, ...]]
    """Makes entries of the person's history; raises `KnownBefore` where there are such."""
    issue: Issue | None = None
    claimed: Number | None = None
    """The 記号・番号・枝番 that nobody else may have on the same days (N-003)."""


class KnownBefore(Exception):
    """A procedure was recorded before, by its 整理番号; nothing is added."""

    def __init__(self, entry: Change) -> None:
        super().__init__(entry.version)
        self.entry = entry


class PartsRefused(Exception):
    """Some procedures of several were refused, so none was recorded."""

    def __init__(self, problems: tuple[Problem | None, ...]) -> None:
        super().__init__("; ".join(str(one) for one in problems if one is not None))
        self.problems = problems
        """Of each in its order: why it was refused; None of what alone would have been taken."""


@dataclass(frozen=True)
class Watched:
    """A person whose record a clerk should look at."""

    person_reference: str
    kind: AttentionKind
    since: Change
    """The entry by which it came so."""


@dataclass(frozen=True)
class Ledger:
    """All changes that insurers ever reported."""

    engine: Engine

    def record(
        self,
        person_reference: str,
        decide: Callable[[tuple[Change, ...]], tuple[Change, ...]],
        issue: Issue | None = None,
        once: Once | None = None,
    ) -> Recorded:
        """Add the entries that ``decide`` makes of the person's history, also to the outbox.

        ``issue`` decides on documents, given the history with the new entries, the procedure's own
        entry, and the documents there are. All in one transaction: what either raises leaves
        everything as it was.

        Raises:
            AnsweredBefore: what is to be done ``once`` was done before.
        """
        try:
            (recorded,) = self.record_all([Part(person_reference, decide, issue)], once)
        except PartsRefused as refused:
            raise refused.problems[0] or refused from None
        return recorded

    def record_all(self, parts: Sequence[Part], once: Once | None = None) -> tuple[Recorded, ...]:
        """Record several procedures, of several persons: all of them, or none.

        They are few, as all their buckets are locked meanwhile. Each part sees what those before it
        have added.

        Raises:
            PartsRefused: some were refused; nothing is recorded.
            AnsweredBefore: what is to be done ``once`` was done before.
        """
        recorded_at = wall_clock()
        with (
            self._answering_for_others(),
            turn_to_write(self.engine),
            self.engine.begin() as connection,
        ):
            if once is not None and (kept := _KEYS.lock(connection, once.request)):
                raise AnsweredBefore(kept)
            buckets = {bucket_of(part.person_reference) for part in parts}
            buckets |= {number_bucket(part.claimed) for part in parts if part.claimed}
            lock_buckets(connection, buckets)
            outcomes = [_outcome(connection, part, recorded_at) for part in parts]
            if not any(isinstance(one, Problem) for one in outcomes):
                _check_numbers(connection, parts, outcomes)
            if any(isinstance(one, Problem) for one in outcomes):
                raise PartsRefused(
                    tuple(one if isinstance(one, Problem) else None for one in outcomes)
                )
            recorded = tuple(one for one in outcomes if isinstance(one, Recorded))
            if once is not None:
                answer = once.answer_of(recorded)
                _KEYS.forget(connection, recorded_at - timedelta(hours=KEPT_HOURS))
                _KEYS.add(connection, once.request, once.status, answer, recorded_at)
        if any(one.unchanged for one in recorded):
            flush(self.engine)  # what somebody else has just recorded is part of the answer
        return recorded

    def require_new(self, request: IdempotentRequest) -> None:
        """See to it that a request was not done before.

        Raises:
            AnsweredBefore: it was.
        """
        with self._answering_for_others():
            with reading(self.engine) as connection:
                kept = _KEYS.find(connection, request)
            if kept is not None:
                raise AnsweredBefore(kept)

    @contextmanager
    def _answering_for_others(self) -> Iterator[None]:
        """Have what somebody else has just recorded on the disk, where that decides the answer."""
        try:
            yield
        except Exception:
            flush(self.engine)
            raise

    def history(self, person_reference: str) -> tuple[TrackedChange, ...]:
        """Return all of a person's changes, in order of version."""
        with reading(self.engine) as connection:
            return _tracked(connection, _TRACKED_HISTORY, person_key(person_reference))

    def household(self, insurer: str, symbol: str, number: str) -> tuple[PersonDetails, ...]:
        """Return who has a membership in force or to come under 記号・番号, the last first."""
        asked = {
            "searched": "".join(number.split()), "of_insurer": insurer,
            "of_symbol": symbol, "of_number": number,
        }  # fmt: skip
        found: dict[tuple[str, Number], Change] = {}
        with reading(self.engine) as connection:
            for one in map(change_of, connection.execute(_HOUSEHOLD, asked)):
                found.pop((one.person.reference, one.number), None)
                found[one.person.reference, one.number] = one
        return tuple(
            one.person
            for one in reversed(found.values())
            if one.qualification.disqualified_on is None
        )

    def recent(self, limit: int) -> tuple[TrackedChange, ...]:
        """Return the changes that were recorded last, the newest first."""
        with reading(self.engine) as connection:
            return _tracked(connection, _RECENT, {"at_most": limit})

    def watched(self, limit: int, kind: AttentionKind | None = None) -> tuple[Watched, ...]:
        """Return whose records a clerk should look at, the newest first; for all reasons or one."""
        kinds = TO_BE_SETTLED if kind is None else (kind,)
        return self._on_list(WATCHED, {"at_most": limit, "of_kinds": kinds})

    def last_four_open(self, limit: int, insurer_number: str | None = None) -> tuple[Watched, ...]:
        """Return who was asked to compare the last four digits and has not answered (R-190).

        Who has waited longest comes first.
        """
        asked = {"at_most": limit, "of_kinds": (AttentionKind.LAST_FOUR_OPEN,)}
        if insurer_number is None:
            return self._on_list(WAITING, asked)
        return self._on_list(WAITING_OF_INSURER, {**asked, "of_insurer": insurer_number})

    def _on_list(self, query: Select[Any], asked: dict[str, Any]) -> tuple[Watched, ...]:
        asked["of_kinds"] = [kind.value for kind in asked["of_kinds"]]
        with reading(self.engine) as connection:
            return tuple(
                Watched(row.person_reference, AttentionKind(row.attention_kind), change_of(row))
                for row in connection.execute(query, asked)
            )

    def count_watched(self, kind: AttentionKind) -> int:
        """Count whose records a clerk should look at for one reason."""
        with reading(self.engine) as connection:
            return int(connection.execute(WATCHED_COUNT, {"for_kind": kind.value}).scalar_one())


def _outcome(connection: Connection, part: Part, recorded_at: datetime) -> Recorded | Problem:
    """Record a part, or return why it is refused."""
    person_reference = part.person_reference
    before = _history(connection, person_reference)
    try:
        entries = part.decide(before)
    except KnownBefore as before_it:
        return Recorded((before_it.entry,), before, unchanged=True)
    except Problem as problem:
        return problem
    history = add_entries(connection, person_reference, before, entries, recorded_at)
    documents: tuple[Document, ...] = ()
    if part.issue is not None:
        known = documents_of(connection, person_reference)
        work = part.issue(history, entries[0], known)
        documents = work.issued
        add_paper_work(connection, history, known, work, recorded_at)
    return Recorded(entries, history, documents)


def _check_numbers(
    connection: Connection, parts: Sequence[Part], outcomes: list[Recorded | Problem]
) -> None:
    """Refuse parts that give somebody what another person has, as all parts together leave it.

    So two of a household may exchange their 枝番.
    """
    claimed = [
        part.claimed
        for part, one in zip(parts, outcomes, strict=True)
        if part.claimed and isinstance(one, Recorded) and not one.unchanged
    ]
    if not claimed:
        return
    holders = NumberHolders(connection, claimed)
    given = {
        (entry.person.reference, entry.qualification)
        for part, one in zip(parts, outcomes, strict=True)
        if part.claimed and isinstance(one, Recorded) and not one.unchanged
        for entry in one.entries
    }
    for place, one in enumerate(outcomes):
        if isinstance(one, Recorded) and not one.unchanged:
            try:
                holders.take(one.entries, one.history[: -len(one.entries)])
            except InsuredNumberTaken as problem:
                held, holder = problem.held, problem.holder
                together = problem.until is None and (holder, held) in given
                outcomes[place] = (
                    InsuredNumberTaken(held, holder, together=True) if together else problem
                )


def add_entries(
    connection: Connection,
    person_reference: str,
    before: tuple[Change, ...],
    entries: tuple[Change, ...],
    recorded_at: datetime,
) -> tuple[Change, ...]:
    """Add entries to a person's history, which is returned, and to what waits for delivery."""
    rows = [row_of(entry, recorded_at) for entry in entries]
    connection.execute(insert(change), rows)
    enqueue(connection, rows)
    history = before + entries
    now = attention_of(history)
    if now != attention_of(before):
        put_on_list(connection, {person_reference: now}, recorded_at)
    return history


def _history(connection: Connection, person_reference: str) -> tuple[Change, ...]:
    return tuple(map(change_of, connection.execute(_HISTORY, person_key(person_reference))))


def _tracked(
    connection: Connection, query: Select[Any], asked: dict[str, Any]
) -> tuple[TrackedChange, ...]:
    return tuple(map(tracked_change, connection.execute(query, asked)))


def tracked_change(row: Row[Any]) -> TrackedChange:
    """Return what a row of `TRACKED` holds."""
    return TrackedChange(change_of(row), row.delivered_at, row.held, row.conflicting)
