"""Recording many procedures at once, on either database."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from eligibility.days.reflection import LagMode, ReflectionPolicy
from eligibility.qualification import Qualification
from intermediate_server.procedures import memberships
from intermediate_server.procedures.attention import AttentionKind
from intermediate_server.procedures.change import Change, FilingChannel, LimitGrant, Source
from intermediate_server.procedures.kinds import Marks, ProcedureKind, Timing
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store import MIGRATIONS, Store, bulk_recorder, open_store
from intermediate_server.store.bulk_recorder import Undecided
from intermediate_server.store.schema import metadata
from storage import unfit_values
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

VISIBLE = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


def change(reference: str, version: int, key: bytes = b"", **fields: object) -> Change:
    made = Change(
        version=version,
        kind=ProcedureKind.JOIN,
        person=PersonDetails(
            reference, "試験　花子", "ｼｹﾝ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17), "県", "990-0001"
        ),
        insurer_name="最上型国民健康保険（模擬）",
        qualification=Qualification("990010", "最上", "1", "01", date(2026, 11, 1)),
        classification=PersonalFamilyClassification.FAMILY,
        ratio="030",
        filing=Filing(date(2026, 11, 16), None, ReflectionPolicy(mode=LagMode.CALENDAR)),
        visible_from=VISIBLE,
        content_key=key,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type] # a test's own fields


def procedure(reference: str, key: str = "", **fields: object) -> Undecided:
    digest = (key or reference).encode().ljust(16, b"-")

    def decide(history: Sequence[Change]) -> tuple[Change, ...]:
        return (change(reference, len(history) + 1, digest, **fields),)

    return Undecided(reference, decide, digest)


def refusing(reference: str) -> Undecided:
    def decide(_: Sequence[Change]) -> tuple[Change, ...]:
        raise Problem(Catalogue.PROCEDURE_REFUSED)

    return Undecided(reference, decide, b"x" * 16)


def test_each_is_recorded_and_waits_for_its_delivery(store: Store) -> None:
    outcomes = store.recorder.record([procedure("P1"), procedure("P2"), procedure("P1", "again")])
    assert [one.entry and one.entry.version for one in outcomes] == [1, 1, 2]
    assert [one.change.version for one in store.ledger.history("P1")] == [1, 2]
    assert store.outbox.backlog(VISIBLE).due == 3


def test_all_of_an_entry_comes_back_as_it_was_written(store: Store) -> None:
    everything = {
        "filing": Filing(
            date(2026, 11, 16), None, ReflectionPolicy(), Timing.DATED, date(2026, 12, 1)
        ),
        "marks": Marks(undisclosed=True, consideration=True),
        "limit": LimitGrant("A03", date(2026, 11, 1), date(2027, 7, 31), date(2026, 11, 5)),
        "householder": "試験　太郎\t\\N",
        "order": RegistrationOrder.RELEASE,
        "source": Source("模擬係", FilingChannel.FILE),
        "reason": "誤り",
        "refers_to": 1,
    }
    (outcome,) = store.recorder.record([procedure("P1", **everything)])
    (tracked,) = store.ledger.history("P1")
    assert tracked.change == outcome.entry


def test_a_text_of_any_characters_comes_back_as_it_was_written(store: Store) -> None:
    texts = ["a\tb", "a\\b", "\\N", "\\.", "a\r\nb", "\\x41", "𠮷", "a,\"b'", "NULL", ""]
    store.recorder.record(
        [procedure(f"P{place}", reason=text) for place, text in enumerate(texts)]
        + [procedure("P1", "again", reason="\\"), procedure("Q", reason="\t", refers_to=7)]
    )
    found = [store.ledger.history(f"P{place}")[0].change.reason for place in range(len(texts))]
    assert found == texts
    assert store.ledger.history("P1")[1].change.reason == "\\"
    (alone,) = store.ledger.history("Q")
    assert (alone.change.reason, alone.change.refers_to) == ("\t", 7)


def test_a_character_that_the_database_has_not_refuses_the_set_and_not_the_next(
    store: Store,
) -> None:
    if store.engine.dialect.name == "postgresql":
        with pytest.raises(unfit_values(store.engine)):
            store.recorder.record([procedure("P1", reason="a\0b")])
    assert store.recorder.record([procedure("P1", reason="b")])[0].problem is None


def test_the_same_is_recorded_once_in_one_set_and_in_two(store: Store) -> None:
    first = store.recorder.record([procedure("P1"), procedure("P1")])
    again = store.recorder.record([procedure("P1")])
    assert [one.unchanged for one in (*first, *again)] == [False, True, True]
    assert len(store.ledger.history("P1")) == 1


def test_what_is_refused_leaves_no_trace_and_no_other_is_kept_back(store: Store) -> None:
    outcomes = store.recorder.record([procedure("P1"), refusing("P2"), procedure("P3")])
    assert [one.problem is None for one in outcomes] == [True, False, True]
    assert store.ledger.history("P2") == ()
    assert store.outbox.backlog(VISIBLE).waiting == 2


def test_a_crash_in_the_middle_leaves_all_as_it_was(store: Store) -> None:
    def crash(_: Sequence[Change]) -> tuple[Change, ...]:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        store.recorder.record([procedure("P1"), Undecided("P2", crash, b"x" * 16)])
    assert store.ledger.history("P1") == ()
    assert store.outbox.backlog(VISIBLE).waiting == 0


def test_a_clerks_list_is_kept_in_step(store: Store) -> None:
    stopped = Marks(view_stopped=True)
    (outcome,) = store.recorder.record([procedure("P1", marks=stopped)])
    assert outcome.attention
    (watched,) = store.ledger.watched(10)
    assert (watched.person_reference, watched.kind) == ("P1", AttentionKind.VIEW_STOPPED)
    store.recorder.record([procedure("P1", "settled")])
    assert store.ledger.watched(10) == ()


def test_a_set_of_nothing_and_one_of_thousands_are_recorded(store: Store) -> None:
    assert store.recorder.record([]) == []
    many = [procedure(f"P{number}") for number in range(3_000)]
    assert len(store.recorder.record(many)) == 3_000
    assert store.outbox.backlog(VISIBLE).waiting == 3_000


def test_two_files_and_single_procedures_at_once_lose_nothing(store: Store) -> None:
    persons = [f"P{number}" for number in range(40)]

    def take(file: int) -> None:
        store.recorder.record([procedure(person, f"{file}{person}") for person in persons])

    def single(person: str) -> None:
        store.ledger.record(person, lambda history: (change(person, len(history) + 1),))

    with ThreadPoolExecutor(6) as threads:
        under_way = [threads.submit(take, file) for file in range(4)]
        under_way += [threads.submit(single, person) for person in persons]
        for one in under_way:
            one.result()
    for person in persons:
        versions = [one.change.version for one in store.ledger.history(person)]
        assert versions == [1, 2, 3, 4, 5]


def test_what_a_transaction_does_is_bounded_and_others_have_their_turn_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_recorder, "SECONDS_AT_ONCE", 0.0)
    between: list[int] = []

    def look() -> bool:
        between.append(len(store.ledger.history("P1")))
        if len(between) == 2:
            store.ledger.record("P1", lambda history: (change("P1", len(history) + 1, b"o" * 16),))
        return True

    lines = [procedure("P1", str(number)) for number in range(4)]
    outcomes = store.recorder.record(lines, look)
    assert between == [0, 1, 3, 4]
    assert [one.entry and one.entry.version for one in outcomes] == [1, 3, 4, 5]
    assert [one.change.version for one in store.ledger.history("P1")] == [1, 2, 3, 4, 5]


def test_no_more_persons_are_read_than_there_was_time_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_recorder, "SECONDS_AT_ONCE", 0.0)
    asked: list[int] = []
    read = bulk_recorder.BulkRecorder._read

    def counting(self: Any, connection: Any, references: set[str], histories: Any) -> None:
        asked.append(len(references))
        read(self, connection, references, histories)

    monkeypatch.setattr(bulk_recorder.BulkRecorder, "_read", counting)
    store.recorder.record([procedure(f"P{number}") for number in range(5)])
    assert asked == [5, 2, 2, 2, 1]


def test_a_set_ends_soon_where_others_want_to_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_recorder, "SECONDS_AT_ONCE", 60.0)
    monkeypatch.setattr(bulk_recorder, "SECONDS_IN_COMPANY", 0.0)
    recorded = threading.Event()

    def single() -> None:
        store.ledger.record("P1", lambda history: (change("P1", len(history) + 1, b"o" * 16),))
        recorded.set()

    def line(place: int) -> Undecided:
        def decide(history: Sequence[Change]) -> tuple[Change, ...]:
            if place == 0:
                other.start()
            recorded.wait(0.005)
            return (change("P1", len(history) + 1, f"{place:016}".encode()),)

        return Undecided("P1", decide, f"{place:016}".encode())

    other = threading.Thread(target=single)
    outcomes = store.recorder.record([line(place) for place in range(1_500)])
    other.join()
    assert all(outcome.entry for outcome in outcomes)
    contents = [one.change.content_key for one in store.ledger.history("P1")]
    assert len(contents) == 1_501
    assert contents.index(b"o" * 16) < 1_500


@pytest.mark.parametrize("lines", [1, 2, 3, 255, 700])
def test_sets_of_any_length_are_written_whole(store: Store, lines: int) -> None:
    persons = [f"P{number}" for number in range(lines)]
    outcomes = store.recorder.record([procedure(person) for person in persons])
    assert [one.entry for one in outcomes] == [
        store.ledger.history(person)[0].change for person in persons
    ]
    assert store.outbox.backlog(VISIBLE).due == lines


def test_when_nobody_wants_the_rest_it_is_left(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_recorder, "LINES_AT_ONCE", 2)
    wanted = iter([True, True, False])
    outcomes = store.recorder.record(
        [procedure(f"P{number}") for number in range(9)], lambda: next(wanted)
    )
    assert len(outcomes) == 4
    assert store.outbox.backlog(VISIBLE).waiting == 4


def test_entries_of_one_person_are_not_read_again_for_each_line(store: Store) -> None:
    calls = 0

    class Counted(Change):
        @property
        def number(self) -> tuple[str, str, str, str]:
            nonlocal calls
            calls += 1
            return super().number

    def decide(history: Sequence[Change]) -> tuple[Change, ...]:
        version = len(history) + 1
        one = change("P1", version, f"{version:016}".encode())
        memberships.uncovered(history, one.number)
        memberships.newest(history)
        fields = {name.name: getattr(one, name.name) for name in dataclass_fields(one)}
        return (Counted(**fields),)

    lines = 300
    store.recorder.record(
        [Undecided("P1", decide, f"{number:016}".encode()) for number in range(1, lines + 1)]
    )
    assert lines <= calls < 20 * lines


def test_no_set_goes_through_the_whole_ledger(store: Store) -> None:
    numbers = [("990010", "最上", f"{place:07}", "01") for place in range(4_000)]
    store.recorder.record(
        [
            procedure(f"P{place}", qualification=Qualification(*number, date(2026, 11, 1)))
            for place, number in enumerate(numbers)
        ]
    )
    postgresql = store.engine.dialect.name == "postgresql"
    if postgresql:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE change")
    plans: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def explain(_: object, cursor: Any, statement: str, given: Any, *_more: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and "change" in statement:
            explained = "EXPLAIN" if postgresql else "EXPLAIN QUERY PLAN"
            with closing(cursor.connection.cursor()) as other:
                other.execute(f"{explained} {statement}", given)
                plans.append("\n".join(str(row) for row in other.fetchall()))

    store.recorder.record(
        [
            procedure(f"P{place}", "again")._replace(claimed=number)
            for place, number in enumerate(numbers[:2_000])
        ]
    )
    assert len(plans) >= 3
    for plan in plans:
        assert "change_" in plan
        assert "Seq Scan" not in plan
        assert not re.search(r"SCAN change(?! USING)", plan)
