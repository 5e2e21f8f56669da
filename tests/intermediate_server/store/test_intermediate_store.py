"""The ledger, the outbox, and the database that both lie in, on either engine."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode, ReflectionPolicy, visible_from
from eligibility.qualification import Qualification, ReasonOfLoss
from intermediate_server.procedures.change import Change
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.outgoing.outbox_batches import Batch, OutboxBatches
from intermediate_server.store.rows import for_delivery
from intermediate_server.store.schema import metadata
from storage import BUCKETS, StorageUnavailable, bucket_of
from wire.bulk import ChangeTable
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


@pytest.fixture
def batches(store: Store) -> OutboxBatches:
    return OutboxBatches(store.engine)


def persons_of(batch: Batch) -> list[tuple[str, int]]:
    return [(one.person_reference, one.version) for one in ChangeTable(batch.lines).changes]


def person(reference: str) -> PersonDetails:
    return PersonDetails(reference, "佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17), "", "")


def change(reference: str, version: int = 1, reflected_on: date = MONDAY) -> Change:
    """Make a change that becomes visible on a day."""
    lag = ReflectionPolicy(mode=LagMode.CALENDAR, lag_days=0, cutoff=time(17, 15))
    return Change(
        version=version,
        kind=ProcedureKind.LEAVE,
        person=person(reference),
        insurer_name="最上型国民健康保険（模擬）",
        qualification=Qualification(
            "990010", "最上", "1234567", "01", date(2026, 4, 1), MONDAY, ReasonOfLoss.OTHER
        ),
        classification=PersonalFamilyClassification.FAMILY,
        ratio="020",
        filing=Filing(reflected_on, time(9, 30, 15, 250), lag),
        visible_from=visible_from(reflected_on),
    )


def append(store: Store, *entries: Change) -> None:
    for entry in entries:
        store.ledger.record(entry.person.reference, lambda _, entry=entry: (entry,))


def in_one_bucket(count: int) -> list[str]:
    """Return persons of one bucket, in order."""
    found = [
        name for name in (f"P{n:04}" for n in range(BUCKETS * count * 4)) if not bucket_of(name)
    ]
    return found[:count]


def test_a_change_comes_back_as_it_was_written(store: Store) -> None:
    append(store, change("P1"))
    (tracked,) = store.ledger.history("P1")
    assert tracked.change == change("P1")
    assert tracked.delivered_at is None


def test_the_decision_sees_all_that_was_recorded_before(store: Store) -> None:
    append(store, change("P1", 1), change("P1", 2), change("P2", 1))
    seen: list[tuple[Change, ...]] = []

    def decide(history: tuple[Change, ...]) -> tuple[Change, ...]:
        seen.append(history)
        return (change("P1", 3),)

    store.ledger.record("P1", decide)
    assert [entry.version for entry in seen[0]] == [1, 2]


def test_a_refused_decision_leaves_everything_as_it_was(store: Store) -> None:
    def refuse(_: tuple[Change, ...]) -> tuple[Change, ...]:
        raise Problem(Catalogue.PROCEDURE_REFUSED)

    with pytest.raises(Problem):
        store.ledger.record("P1", refuse)
    assert store.ledger.history("P1") == ()
    assert store.outbox.backlog(NOW).waiting == 0


def test_two_at_the_same_time_get_two_versions(store: Store) -> None:
    def append_next(_: int) -> None:
        store.ledger.record("P1", lambda history: (change("P1", len(history) + 1),))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(append_next, range(40)))
    versions = [tracked.change.version for tracked in store.ledger.history("P1")]
    assert versions == list(range(1, 41))


def test_only_what_is_due_leaves_the_outbox_each_persons_changes_in_order(
    store: Store, batches: OutboxBatches
) -> None:
    first, second = in_one_bucket(2)
    tuesday = MONDAY + timedelta(days=1)
    append(
        store,
        change(first, 1, MONDAY),
        change(first, 2, MONDAY),
        change(first, 3, tuesday),
        change(second, 1, MONDAY - timedelta(days=3)),
    )
    assert persons_of(batches.batch(0, NOW, 10)) == [(second, 1), (first, 1), (first, 2)]
    assert len(batches.batch(1, NOW, 10)) == 0
    assert len(batches.batch(0, NOW, 2)) == 2


def test_a_batch_holds_what_the_models_say(store: Store, batches: OutboxBatches) -> None:
    (reference,) = in_one_bucket(1)
    odd = replace(change(reference), person=replace(person(reference), address="a\\tb\\N 𠮷\\"))
    append(store, odd)
    (read,) = ChangeTable.read(batches.batch(0, NOW, 10).document).changes
    wanted = for_delivery(odd)
    same_instant = {"visible_from": wanted.visible_from}
    assert datetime.fromisoformat(read.visible_from) == odd.visible_from
    assert read.model_copy(update=same_instant) == wanted


def test_visibility_begins_with_the_instant_itself(store: Store, batches: OutboxBatches) -> None:
    (reference,) = in_one_bucket(1)
    append(store, change(reference))
    midnight = visible_from(MONDAY)
    assert store.outbox.next_due() == midnight
    assert len(batches.batch(0, midnight - timedelta(microseconds=1), 10)) == 0
    assert len(batches.batch(0, midnight, 10)) == 1


def test_a_mark_takes_out_only_what_was_delivered(store: Store, batches: OutboxBatches) -> None:
    first, between, last = in_one_bucket(3)
    append(store, change(first), change(last))
    batch = batches.batch(0, NOW, 10)
    append(store, change(between))
    batches.mark(batch, NOW)
    assert persons_of(batches.batch(0, NOW, 10)) == [(between, 1)]


def test_a_second_mark_changes_nothing(store: Store, batches: OutboxBatches) -> None:
    (reference,) = in_one_bucket(1)
    append(store, change(reference))
    batch = batches.batch(0, NOW, 10)
    batches.mark(batch, NOW)
    batches.mark(batch, NOW + timedelta(days=1))
    (tracked,) = store.ledger.history(reference)
    assert tracked.delivered_at == NOW
    assert store.outbox.backlog(NOW).delivered == 1


def test_what_was_delivered_is_told_from_an_instant_on(
    store: Store, batches: OutboxBatches
) -> None:
    first, second = in_one_bucket(2)
    append(store, change(first))
    batches.mark(batches.batch(0, NOW, 10), NOW)
    append(store, change(second))
    later = NOW + timedelta(days=1)
    batches.mark(batches.batch(0, later, 10), later)
    told = store.outbox.delivered_since(later, 10)
    assert [entry.person.reference for entry in told] == [second]
    assert len(store.outbox.delivered_since(NOW, 10)) == 2
    assert len(store.outbox.delivered_since(NOW, 1)) == 1


def test_the_backlog_counts_what_waits_and_what_is_late(store: Store) -> None:
    append(
        store,
        change("P1", 1, MONDAY - timedelta(days=1)),
        change("P1", 2, MONDAY),
        change("P1", 3, MONDAY + timedelta(days=1)),
    )
    backlog = store.outbox.backlog(NOW)
    assert (backlog.waiting, backlog.due, backlog.delivered) == (3, 2, 0)
    assert backlog.oldest_due == visible_from(MONDAY - timedelta(days=1))
    unknown = store.outbox.backlog(None)
    assert (unknown.waiting, unknown.due, unknown.oldest_due) == (3, None, None)


def test_the_last_recorded_come_first(store: Store) -> None:
    append(store, change("P1"), change("P2"), change("P3"))
    recent = store.ledger.recent(2)
    assert [tracked.change.person.reference for tracked in recent] == ["P3", "P2"]


def test_the_lag_is_told_in_days_from_filing_to_visibility(store: Store) -> None:
    friday = replace(change("P1").filing, filed_on=MONDAY - timedelta(days=3))
    append(store, replace(change("P1"), filing=friday), change("P2"))
    assert sorted(store.outbox.lag_days()) == [0, 3]


def test_a_batch_on_sqlite_is_the_beginning_of_an_index(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'intermediate.db'}")
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM outbox JOIN change USING "
            "(bucket, person_reference, version) WHERE outbox.bucket = 1 AND "
            "outbox.visible_from <= '2026' ORDER BY outbox.visible_from, "
            "outbox.person_reference, outbox.version LIMIT 2000"
        ).all()
        earliest = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT min(visible_from) FROM outbox"
        ).all()
    store.close()
    steps = " | ".join(row.detail for row in (*plan, *earliest))
    assert "SEARCH outbox USING" in steps
    assert "SCAN" not in steps.replace("SEARCH", "")
    assert "TEMP B-TREE" not in steps


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(StorageUnavailable, match="two processes and share one database"):
        open_store("sqlite://")


def test_large_tables_and_their_keys_begin_with_the_bucket() -> None:
    large = [table for table in metadata.tables.values() if "bucket" in table.c]
    assert len(large) >= 5
    for table in large:
        assert next(iter(table.primary_key.columns)).name == "bucket"
        assert not table.foreign_keys
        for index in table.indexes:
            assert not index.unique
