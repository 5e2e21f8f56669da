"""The seed of the ledger: an epoch ends with it, and nothing is delivered while it is held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from eligibility.days.dates import TOKYO
from intermediate_server.runs.run_kinds import RunKind, RunState
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.store.outgoing.outbox_batches import LedgerWentBack, OutboxBatches
from intermediate_server.store.schema import metadata
from intermediate_server.store.seed import HELD_SECONDS, LedgerSeed
from storage import SeedTrouble, SeedUnusable, bucket_of, database_time
from tests.intermediate_server.store.test_intermediate_store import append, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)
BUCKET = bucket_of("P1")


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


@pytest.fixture
def seed(store: Store) -> LedgerSeed:
    return LedgerSeed(store.engine)


@pytest.fixture
def batches(store: Store) -> OutboxBatches:
    return OutboxBatches(store.engine)


def test_what_was_marked_since_waits_again(
    store: Store, seed: LedgerSeed, batches: OutboxBatches
) -> None:
    append(store, change("P1"))
    seed.take("one", hold=False)
    batches.mark(batches.batch(BUCKET, NOW, 10), NOW)
    append(store, change("P2"))
    assert store.outbox.backlog(NOW).delivered == 1
    seed.go_back("one", hold=False)
    backlog = store.outbox.backlog(NOW)
    assert (backlog.waiting, backlog.delivered) == (1, 0)
    assert store.ledger.history("P2") == ()
    assert store.outbox.delivered_since(NOW, 10) == ()


def test_a_batch_of_an_epoch_that_has_ended_is_not_marked(
    store: Store, seed: LedgerSeed, batches: OutboxBatches
) -> None:
    append(store, change("P1"))
    first = batches.batch(BUCKET, NOW, 10)
    epochs = [first.epoch, seed.take("one", hold=False)]
    with pytest.raises(LedgerWentBack):
        batches.mark(first, NOW)
    second = batches.batch(BUCKET, NOW, 10)
    epochs.append(seed.go_back("one", hold=False))
    with pytest.raises(LedgerWentBack):
        batches.mark(second, NOW)
    with pytest.raises(LedgerWentBack):  # also of one that OQS has taken nothing of
        batches.mark(second.divided({("P1", 1)})[0], NOW, second)
    assert 0 < epochs[0] < epochs[1] < epochs[2]
    assert store.outbox.backlog(NOW).waiting == 1
    batches.mark(batches.batch(BUCKET, NOW, 10), NOW)
    assert store.outbox.backlog(NOW).delivered == 1


def test_while_it_is_held_no_worker_takes_a_bucket(store: Store, seed: LedgerSeed) -> None:
    append(store, change("P1"))
    worker = Leases(store.engine, "worker")
    assert worker.claim(BUCKET)
    for deal in (seed.take, seed.go_back):
        deal("one", hold=True)
        assert worker.with_work(NOW) == []
        assert not worker.claim(BUCKET)
        seed.end_hold()
        assert worker.with_work(NOW) == [BUCKET]
        assert worker.claim(BUCKET)


def test_a_hold_that_nobody_ends_runs_out(store: Store, seed: LedgerSeed) -> None:
    append(store, change("P1"))
    seed.take("one", hold=True)
    later = timedelta(seconds=HELD_SECONDS + 1)
    worker = Leases(store.engine, "worker", wall=lambda each: database_time(each) + later)
    assert worker.claim(BUCKET)


def test_who_delivered_at_the_seed_has_no_bucket_after_it(store: Store, seed: LedgerSeed) -> None:
    append(store, change("P1"))
    assert Leases(store.engine, "worker of then").claim(BUCKET)
    seed.take("one", hold=False)
    seed.go_back(None, hold=False)
    assert Leases(store.engine, "another worker").claim(BUCKET)


def test_a_run_that_the_ledger_knows_no_more_does_nothing(store: Store, seed: LedgerSeed) -> None:
    seed.take("one", hold=False)
    run = store.runs.begin(RunKind.LAPSES, "990010", NOW.date(), NOW, "係員 模擬")
    seed.go_back("one", hold=False)

    def nobody(*_: object) -> None:
        raise AssertionError("it decided")

    ended = store.runs.step(run, [], nobody, None, ends=False)  # type: ignore[arg-type]
    assert ended.state is RunState.STOPPED
    assert store.runs.last("990010", RunKind.LAPSES, NOW.date()) is None


def test_without_a_seed_the_ledger_stays_and_is_delivered(
    store: Store, seed: LedgerSeed, batches: OutboxBatches
) -> None:
    append(store, change("P1"))
    batch = batches.batch(BUCKET, NOW, 10)
    with pytest.raises(SeedUnusable) as refusal:
        seed.go_back("one", hold=True)
    assert refusal.value.why is SeedTrouble.NO_SEED
    batches.mark(batch, NOW)
    assert Leases(store.engine, "worker").claim(BUCKET)
