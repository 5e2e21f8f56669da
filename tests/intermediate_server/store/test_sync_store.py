"""Leases, holds and the control of the delivery, on either engine."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode
from intermediate_server.procedures.change import Change
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.outgoing.control import DeliveryState, HeldChange, HeldSelection
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.store.outgoing.outbox_batches import OutboxBatches
from intermediate_server.store.schema import lease, metadata
from storage import BUCKETS
from tests.intermediate_server.store.test_intermediate_store import (
    NOW,
    append,
    change,
    in_one_bucket,
)


class Wall:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, tzinfo=UTC)

    def __call__(self, _: object = None) -> datetime:
        return self.now


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def two(store: Store, wall: Wall) -> tuple[Leases, Leases]:
    return tuple(Leases(store.engine, name, 30, wall) for name in ("first", "second"))


def held(reference: str, version: int = 1) -> Change:
    one = change(reference, version)
    manual = replace(one.filing.lag, mode=LagMode.MANUAL)
    return replace(one, filing=replace(one.filing, lag=manual))


def test_a_bucket_belongs_to_one_worker_until_it_is_given_back(
    two: tuple[Leases, Leases],
) -> None:
    first, second = two
    assert first.claim(7)
    assert not second.claim(7)
    assert second.claim(8)
    first.release(7)
    assert second.claim(7)


def test_a_worker_keeps_a_bucket_for_longer_by_claiming_it_again(
    two: tuple[Leases, Leases], wall: Wall
) -> None:
    first, second = two
    assert first.claim(7)
    wall.now += timedelta(seconds=20)
    assert first.claim(7)
    wall.now += timedelta(seconds=20)
    assert not second.claim(7)


def test_the_bucket_of_a_worker_that_died_is_taken_over_when_its_lease_has_run_out(
    two: tuple[Leases, Leases], wall: Wall
) -> None:
    first, second = two
    first.claim(7)
    wall.now += timedelta(seconds=30)
    assert second.claim(7)
    first.release(7)
    assert not first.claim(7), "what another one has taken over cannot be given back"


def test_a_lease_from_before_the_clock_was_put_back_holds_nobody_up(
    two: tuple[Leases, Leases], wall: Wall
) -> None:
    first, second = two
    assert first.claim(7)
    wall.now -= timedelta(seconds=20)
    assert not second.claim(7), "a small step is bridged by the lease"
    wall.now -= timedelta(hours=1)
    assert second.claim(7)


@pytest.mark.deployment
def test_leases_go_by_the_time_of_the_database_and_not_by_that_of_a_worker(store: Store) -> None:
    ahead = timedelta(hours=1)
    script = (
        "import datetime, sys\n"
        "class Ahead(datetime.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None):\n"
        f"        return datetime.datetime.now(tz) + datetime.timedelta(seconds={ahead.seconds})\n"
        "import wire.clock\n"
        "wire.clock.datetime = Ahead\n"
        "from intermediate_server.store import open_store\n"
        "from intermediate_server.store.outgoing.leases import Leases\n"
        "assert wire.clock.wall_clock() > datetime.datetime.now(datetime.UTC)"
        " + datetime.timedelta(minutes=59)\n"
        "store = open_store(sys.argv[1])\n"
        "print(Leases(store.engine, 'ahead', 30).claim(7))\n"
        "store.close()\n"
    )
    assert Leases(store.engine, "here", 30).claim(7)
    url = store.engine.url.render_as_string(hide_password=False)
    said = subprocess.run(
        [sys.executable, "-c", script, url], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"


def test_of_many_who_claim_at_once_one_gets_it(store: Store) -> None:
    workers = [Leases(store.engine, f"worker {number}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(lambda worker: worker.claim(3), workers))
    assert claimed.count(True) <= 1
    assert any(worker.claim(3) for worker in workers)


def test_on_postgresql_nobody_waits_for_another_ones_claim(
    store: Store, two: tuple[Leases, Leases]
) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("on SQLite a writer waits for the other one")
    with store.engine.begin() as connection:
        connection.execute(update(lease).where(lease.c.bucket == 7).values(worker="first"))
        assert not two[1].claim(7)


def test_only_buckets_with_something_due_that_nobody_has_are_looked_at(
    store: Store, two: tuple[Leases, Leases]
) -> None:
    first, second = two
    later = change("P3", reflected_on=NOW.date() + timedelta(days=1))
    append(store, change("P1"), change("P2"), later)
    buckets = first.with_work(NOW)
    assert len(buckets) == 2
    assert first.claim(buckets[0])
    assert first.with_work(NOW) == buckets
    assert second.with_work(NOW) == buckets[1:]


def test_there_is_one_row_for_each_bucket_however_often_the_store_is_opened(store: Store) -> None:
    open_store(store.engine.url.render_as_string(hide_password=False)).close()
    with store.engine.connect() as connection:
        buckets = connection.scalars(lease.select().with_only_columns(lease.c.bucket)).all()
    assert sorted(buckets) == list(range(BUCKETS))


def test_a_change_of_a_manual_lag_is_held_and_never_due(store: Store) -> None:
    (reference,) = in_one_bucket(1)
    append(store, held(reference))
    assert store.outbox.next_due() is None
    backlog = store.outbox.backlog(NOW)
    assert (backlog.waiting, backlog.held) == (0, 1)
    (waiting,) = store.control.held()
    assert isinstance(waiting, HeldChange)
    assert (waiting.person_reference, waiting.version) == (reference, 1)
    (tracked,) = store.ledger.history(reference)
    assert tracked.held


def test_what_is_released_is_visible_from_then_on_and_delivered_as_such(store: Store) -> None:
    (reference,) = in_one_bucket(1)
    append(store, held(reference))
    assert store.control.release([HeldSelection()], NOW) == 1
    assert store.outbox.next_due() == NOW
    batch = OutboxBatches(store.engine).batch(0, NOW, 10)
    assert datetime.fromisoformat(batch.keys[0][0]) == NOW
    (tracked,) = store.ledger.history(reference)
    assert not tracked.held
    assert tracked.change.visible_from == NOW
    assert tracked.change.filing.reflected_on == NOW.astimezone(TOKYO).date()
    assert store.outbox.lag_days() == ((NOW.date() - tracked.change.filing.filed_on).days,)


def test_of_a_batch_it_is_known_when_each_change_was_recorded_and_whether_it_was_released(
    store: Store,
) -> None:
    filed, released = in_one_bucket(2)
    append(store, change(filed), held(released))
    store.control.release([HeldSelection()], NOW)
    batches = OutboxBatches(store.engine)
    batch = batches.batch(0, NOW, 10)
    recorded = batches.recorded(batch, NOW)
    assert {key: how for key, (_, how) in recorded.items()} == {
        (filed, "1"): False,
        (released, "1"): True,
    }
    assert all(at.tzinfo is not None for at, _ in recorded.values())
    assert {(person, version) for _, person, version in batch.keys} == set(recorded)


def test_one_a_set_or_all_are_released(store: Store) -> None:
    first, second, third = in_one_bucket(3)
    other = replace(
        held(third), qualification=replace(held(third).qualification, insurer_number="990028")
    )
    append(store, held(first, 1), held(first, 2), held(second), other)
    release = store.control.release
    assert release([HeldSelection(first, 1)], NOW) == 1
    assert release([HeldSelection(first, 1)], NOW) == 0
    assert release([HeldSelection(insurer_number="990028"), HeldSelection(third)], NOW) == 1
    assert release([HeldSelection("P-unknown")], NOW) == 0
    assert release([HeldSelection(first), HeldSelection()], NOW) == 2
    assert store.outbox.backlog(NOW).held == 0


def test_a_pause_and_the_windows_that_were_used_survive_a_restart(store: Store) -> None:
    assert store.control.state() == DeliveryState()
    store.control.swept(NOW)
    store.control.pause("係長 模擬")
    again = open_store(store.engine.url.render_as_string(hide_password=False))
    delivery = again.control.state()
    assert (delivery.paused_by, delivery.swept_until) == ("係長 模擬", NOW)
    again.control.resume()
    assert store.control.state() == DeliveryState(swept_until=NOW)
    again.close()
