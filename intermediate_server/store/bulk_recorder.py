"""Recording many procedures at once: one reading and one writing for some thousand of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Integer,
    SmallInteger,
    String,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
)

from eligibility.days.reflection import LagMode
from intermediate_server.procedures.attention import attention_of
from intermediate_server.procedures.change import Change
from intermediate_server.procedures.history import History
from intermediate_server.store.attention_list import put_on_list
from intermediate_server.store.document_register import add_paper_work, documents_of
from intermediate_server.store.number_holders import NumberHolders, number_bucket
from intermediate_server.store.row_keys import same_person
from intermediate_server.store.rows import COLUMNS, change_of, values_of
from intermediate_server.store.schema import change, held, outbox
from storage import (
    BUCKETS,
    BulkInsert,
    bucket_of,
    flush,
    lock_buckets,
    relax_durability,
    turn_to_write,
)
from wire.catalogue import Problem
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from datetime import datetime

    from sqlalchemy import CTE, ColumnElement, Connection, Engine

    from intermediate_server.procedures.history import Number
    from intermediate_server.store.ledger import Issue


LINES_AT_ONCE = 2_000
"""How many procedures are recorded in one transaction at most."""
SECONDS_AT_ONCE = 0.04
"""How long one transaction decides; it then writes what that came to."""
SECONDS_IN_COMPANY = 0.005
LINES_IN_COMPANY = 100
"""How long it does, and about how many, where others want to write too, who wait for a tenth of a
second at most."""
_PRAGMAS = (
    # What is read through a mapped file would count as memory of this process.
    "mmap_size=0",
    # Each set touches pages all over the indexes: written back once in five sets, not each time.
    "wal_autocheckpoint=40000",
)
_Histories = dict[str, History | tuple[Change, ...]]
"""What is known of persons; of one of whom a single procedure has come, that alone."""
_version = attrgetter("version")
_PERSONS_ON_SQLITE = select(
    func.json_extract(column("value"), "$[0]").label("bucket"),
    func.json_extract(column("value"), "$[1]").label("person_reference"),
    func.json_extract(column("value"), "$[2]").label("known"),
).select_from(func.json_each(bindparam("persons", type_=String)).alias("each"))
"""Persons who are given as one JSON array: bucket, reference, and the last known version."""
_PERSONS_ON_POSTGRESQL = select(
    func.unnest(bindparam("buckets", type_=ARRAY(SmallInteger))).label("bucket"),
    func.unnest(bindparam("references", type_=ARRAY(String))).label("person_reference"),
    func.unnest(bindparam("known", type_=ARRAY(Integer))).label("known"),
)
"""Persons who are given as three arrays."""


def _newer(persons: CTE) -> ColumnElement[bool]:
    return and_(same_person(change, persons), change.c.version > persons.c.known)


_sqlites, _postgresqls = _PERSONS_ON_SQLITE.cte("wanted"), _PERSONS_ON_POSTGRESQL.cte("wanted")
_HISTORIES_ON_SQLITE = select(change).select_from(_sqlites).join(change, _newer(_sqlites))
"""The entries of some persons that are not known yet, in no order."""
_of_one = select(change).where(_newer(_postgresqls)).offset(literal_column("0")).lateral("of_one")
_HISTORIES_ON_POSTGRESQL = select(_of_one).select_from(_postgresqls).join(_of_one, true())
"""The same, person by person, as an OFFSET is not turned into a join: for that PostgreSQL would go
through the whole ledger, since it does not count on looking into one partition for each."""
_OUTBOX_PLACES = [COLUMNS.index(column.name) for column in outbox.c]
_HELD_PLACES = [COLUMNS.index(column.name) for column in held.c]
_LAG_MODE = COLUMNS.index("lag_mode")


TakeOver = Callable[
    [Sequence[Change], Sequence[Change]], tuple[tuple[Change, ...], tuple[Change, ...]]
]
"""Makes entries of both records: of that from before, then of the one that it goes over to."""


class Undecided(NamedTuple):
    """A procedure whose person is known, and how it is decided given what is recorded."""

    person_reference: str
    decide: Callable[[Sequence[Change]], tuple[Change, ...]]
    content_key: bytes
    unnumbered: str = ""
    """Under which reference a child may be on record from before its 個人番号 (R-016)."""
    take_over: TakeOver | None = None
    """Decides in place of ``decide`` where that record exists."""
    issue: Issue | None = None
    """Which documents go with it; of most, a run decides later."""
    claimed: Number | None = None
    """The 記号・番号・枝番 that nobody else may have on the same days (N-003)."""
    first: tuple[Change, ...] = ()
    """What it comes to where nothing is on record of the person, decided ahead; none of most."""


class RecordingOutcome(NamedTuple):
    """What became of one of many procedures."""

    entry: Change | None
    """Its own entry in the ledger, also where it was there before."""
    unchanged: bool = False
    """Whether the same was recorded before."""
    attention: bool = False
    """Whether a clerk should look at the person's record now."""
    problem: Problem | None = None
    """Why it was refused."""


class BulkRecorder:
    """Records many procedures, each as if it had come by itself."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._engine = engine
        self._changes = BulkInsert(change, engine)
        self._outbox = BulkInsert(outbox, engine)
        self._held = BulkInsert(held, engine)
        self._on_sqlite = engine.dialect.name == "sqlite"

    def record(
        self, procedures: Sequence[Undecided], is_wanted: Callable[[], bool] = lambda: True
    ) -> list[RecordingOutcome]:
        """Decide on procedures one after the other, and write down what they come to.

        What is refused leaves no trace, and keeps no other from being recorded. Each transaction
        is bounded, and between two of them others have their turn; all are on the disk when this
        returns. A crash loses the last ones or nothing, and sending all again adds nothing twice.
        When ``is_wanted`` says no, the rest is left, and has no outcome.
        """
        histories: _Histories = {}
        outcomes: list[RecordingOutcome] = []
        at_most = LINES_AT_ONCE
        flushes: list[Future[None]] = []
        with ThreadPoolExecutor(1) as beside:
            while len(outcomes) < len(procedures) and is_wanted():
                next_ones = procedures[len(outcomes) : len(outcomes) + at_most]
                recorded = self._record_some(next_ones, histories)
                outcomes += recorded
                flushes.append(beside.submit(flush, self._engine))
                # Whose turn comes only later is read then: others wait while persons are read.
                at_most = min(2 * len(recorded), LINES_AT_ONCE)
        for one in flushes:
            one.result()
        return outcomes

    def _record_some(
        self, procedures: Sequence[Undecided], histories: _Histories
    ) -> list[RecordingOutcome]:
        """Record the first procedures, as many as there is time for; at least one."""
        recorded_at = wall_clock()
        with (
            turn_to_write(self._engine) as others_wait,
            self._engine.begin() as connection,
        ):
            if self._on_sqlite:
                relax_durability(connection)  # it is flushed while the next ones are recorded
            references = {one.person_reference for one in procedures}
            references |= {one.unnumbered for one in procedures if one.unnumbered}
            buckets = set(map(bucket_of, references))
            if len(buckets) < BUCKETS:
                buckets |= {number_bucket(one.claimed) for one in procedures if one.claimed}
            lock_buckets(connection, buckets)
            self._read(connection, references, histories)
            holders = NumberHolders(
                connection,
                [
                    one.claimed
                    for one in procedures
                    if one.claimed is not None and not _is_known(one, histories)
                ],
            )
            before = {one: attention_of(histories[one]) for one in references if one in histories}
            added: list[Change] = []
            outcomes: list[RecordingOutcome] = []
            begun = time.monotonic()
            for one in procedures:
                outcomes.append(_decided(one, histories, added, holders))
                spent = time.monotonic() - begun
                is_long = spent > SECONDS_IN_COMPANY or len(outcomes) >= LINES_IN_COMPANY
                if spent > SECONDS_AT_ONCE or (is_long and others_wait()):
                    break
            self._write(connection, added, recorded_at)
            for one, outcome in zip(procedures, outcomes, strict=False):
                if one.issue is None or outcome.entry is None or outcome.unchanged:
                    continue
                reference = one.person_reference
                before_it = documents_of(connection, reference)
                work = one.issue(histories[reference], outcome.entry, before_it)
                add_paper_work(connection, histories[reference], before_it, work, recorded_at)
            self._note(connection, added, histories, before, recorded_at)
        return outcomes

    def _read(
        self, connection: Connection, references: Iterable[str], histories: _Histories
    ) -> None:
        """Read what is not known yet of persons' histories; those without one are left out.

        Entries are only ever added, so those that were read before are still as they were.
        """
        persons = sorted(
            (bucket_of(one), one, histories[one][-1].version if histories.get(one) else 0)
            for one in references
        )
        if self._on_sqlite:
            for pragma in _PRAGMAS:
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            statement = _HISTORIES_ON_SQLITE
            wanted: dict[str, Any] = {"persons": json.dumps(persons)}
        else:
            statement = _HISTORIES_ON_POSTGRESQL
            wanted = {
                "buckets": [bucket for bucket, _, _ in persons],
                "references": [reference for _, reference, _ in persons],
                "known": [known for _, _, known in persons],
            }
        found: dict[str, list[Change]] = {}
        for row in connection.execute(statement, wanted):
            found.setdefault(row[1], []).append(change_of(row))
        for reference, entries in found.items():
            if len(entries) > 1:
                entries.sort(key=_version)
            _history(histories, reference).extend(entries)

    def _write(
        self, connection: Connection, added: Iterable[Change], recorded_at: datetime
    ) -> None:
        # In the order of the keys, as the rows lie: neighbours are written together.
        rows = sorted((values_of(entry, recorded_at) for entry in added), key=lambda row: row[:3])
        manual = LagMode.MANUAL.value
        on_hold = [
            [row[place] for place in _HELD_PLACES] for row in rows if row[_LAG_MODE] == manual
        ]
        waiting = [
            [row[place] for place in _OUTBOX_PLACES] for row in rows if row[_LAG_MODE] != manual
        ]
        self._changes.add(connection, rows)
        self._outbox.add(connection, waiting)
        self._held.add(connection, on_hold)

    def _note(
        self,
        connection: Connection,
        added: Iterable[Change],
        histories: _Histories,
        before: dict[str, Any],
        recorded_at: datetime,
    ) -> None:
        """Keep the list of what a clerk should look at in step with the ledger."""
        found = {}
        for reference in {entry.person.reference for entry in added}:
            history = histories[reference]
            if len(history) == 1 and not history[0].marks.view_stopped:
                continue  # the common case: one entry, and nothing to look at
            now = attention_of(history)
            if now == before.get(reference, {}):
                continue
            found[reference] = now
        put_on_list(connection, found, recorded_at)


def _is_known(one: Undecided, histories: _Histories) -> bool:
    """Tell whether the same is on record, so that nothing will be decided."""
    if one.person_reference not in histories:
        return False
    return _history(histories, one.person_reference).with_content(one.content_key) is not None


def _decided(
    one: Undecided, histories: _Histories, added: list[Change], holders: NumberHolders
) -> RecordingOutcome:
    history: History | tuple[Change, ...] = ()
    if one.person_reference in histories:
        history = _history(histories, one.person_reference)
        known = history.with_content(one.content_key)
        if known is not None:
            return RecordingOutcome(known, unchanged=True)
    try:
        if one.take_over is not None and one.unnumbered in histories:
            before = _history(histories, one.unnumbered)
            withdrawn, entries = one.take_over(before, history)
            holders.take(entries, history, withdrawn)
            before.extend(withdrawn)
            added += withdrawn
        else:
            entries = one.decide(history) if history or not one.first else one.first
            holders.take(entries, history)
    except Problem as problem:
        return RecordingOutcome(None, problem=problem)
    added += entries
    if one.person_reference in histories:
        _history(histories, one.person_reference).extend(entries)
    else:
        histories[one.person_reference] = history = entries
    watched = len(history) > 1 or entries[0].marks.view_stopped
    return RecordingOutcome(entries[0], attention=watched and bool(attention_of(history)))


def _history(histories: _Histories, person_reference: str) -> History:
    """Return a person's history, to which more is added."""
    known = histories.get(person_reference, ())
    if not isinstance(known, History):
        entries, known = known, History()
        known.extend(entries)
        histories[person_reference] = known
    return known
