"""Filing, clock, workers and faults in any order, against a plain model of what should come of it.

All parts are real but the network: a batch goes from the worker straight to OQS's intake, or gets
lost, or comes twice, or its answer does not come back.
"""

import asyncio
import tempfile
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

import oqs_sim.app
import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode
from intermediate_server.oqs_client import DeliveryFailed, DeliveryRefused, OqsBusy
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.outgoing.control import HeldSelection
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.store.outgoing.outbox_batches import Batch
from intermediate_server.store.schema import metadata
from intermediate_server.sync.delivery import DeliveryStep, Sync
from intermediate_server.sync.pace import Pace
from oqs_sim.qualification.change_intake import ChangeIntake
from storage import open_engine
from tests.chaos.conftest import MONDAY, TIMES, change_of
from tests.databases import Databases
from wire.bulk import ChangeTable
from wire.vocabulary.changes import BatchReceipt

OQS = oqs_sim.store.schema.metadata
PERSONS = [f"P-{number}" for number in range(3)]
NUMBERS = ["0000001", "0000002"]
WORKERS = 2
Key = tuple[str, str]
"""A membership: person and number."""


class Luck(Enum):
    """What becomes of one delivery."""

    ARRIVES = auto()
    LOST = auto()
    UNANSWERED = auto()
    TWICE = auto()
    BUSY = auto()
    REFUSED = auto()


class Killed(BaseException):
    """Ends a worker at once, without a chance to put anything in order."""


@dataclass(frozen=True)
class Filed:
    """A change as the model knows it."""

    person: str
    number: str
    version: int
    due: datetime | None
    """None while it is held."""
    round: int
    """How many rounds had been run when it was put on its way."""


@dataclass
class Network:
    """Takes batches to OQS's intake, with the luck that was drawn for each."""

    intake: ChangeIntake
    luck: deque[Luck] = field(default_factory=deque)
    sent: list[Batch] = field(default_factory=list)
    applied: list[tuple[str, int]] = field(default_factory=list)
    """Person and version of each change, in the order in which OQS got it first."""

    async def deliver(self, batch: Batch) -> BatchReceipt:
        luck = self.luck.popleft() if self.luck else Luck.ARRIVES
        if luck is Luck.LOST:
            raise DeliveryFailed("lost")
        if luck is Luck.REFUSED:
            raise DeliveryRefused("refused")
        if luck is Luck.BUSY:
            raise OqsBusy("busy", 0)
        self.sent.append(batch)
        receipt = await self.apply(batch)
        if luck is Luck.TWICE:
            again = await self.apply(batch)
            assert again.applied == 0, "what comes twice is applied once"
        if luck is Luck.UNANSWERED:
            raise DeliveryFailed("unanswered")
        return receipt

    async def apply(self, batch: Batch) -> BatchReceipt:
        receipt = await self.intake.take_table(batch.bucket, batch.document)
        for change in ChangeTable(batch.lines).changes:
            key = (change.person_reference, change.version)
            if key not in self.applied:
                self.applied.append(key)
        return receipt


@dataclass(frozen=True)
class MortalLeases(Leases):
    """Leases of a worker that may be killed: a dead one gives nothing back."""

    dead: list[bool] = field(default_factory=list)

    def release(self, bucket: int) -> None:
        if not self.dead:
            super().release(bucket)


class Delivery(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, new_database: Callable[[str], str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()  # the rules of a machine of Hypothesis are no coroutines
        self.store = open_store(new_database("intermediate"))
        self.oqs = open_engine(new_database("oqs"), OQS, oqs_sim.app.MIGRATIONS)
        self.network = Network(ChangeIntake(self.oqs))
        self.now = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
        self.wall = datetime(2026, 11, 16, tzinfo=UTC)
        self.filed: list[Filed] = []
        self.rounds = 0
        self.paused = False
        self.born = 0
        self.workers = [self.new_worker() for _ in range(WORKERS)]

    def teardown(self) -> None:
        for worker in self.workers:
            worker.lock.release()
        self.runner.close()
        self.store.close()
        self.oqs.dispose()

    def new_worker(self) -> Sync:
        self.born += 1
        leases = MortalLeases(self.store.engine, f"worker {self.born}", 30, lambda _: self.wall)
        return Sync(self.store, leases, self.network, Pace(3))

    # --- what people do ---

    @rule(
        filings=st.lists(
            st.tuples(
                st.sampled_from(PERSONS),
                st.sampled_from(NUMBERS),
                st.integers(-2, 6),
                st.sampled_from([False, False, True]),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def file(self, filings: list[tuple[str, str, int, bool]]) -> None:
        for person, number, days, manual in filings:
            self._file(person, number, days, manual=manual)

    def _file(self, person: str, number: str, days: int, *, manual: bool) -> None:
        version = 1 + sum(one.person == person for one in self.filed)
        change = change_of(person, version, MONDAY + timedelta(days=days), number)
        due: datetime | None = change.visible_from
        if manual:
            lag = replace(change.filing.lag, mode=LagMode.MANUAL)
            change = replace(change, filing=replace(change.filing, lag=lag))
            due = None
        self.store.ledger.record(person, lambda _: (change,))
        self.filed.append(Filed(person, number, version, due, self.rounds))

    @rule(person=st.none() | st.sampled_from(PERSONS))
    def release(self, person: str | None) -> None:
        released = self.store.control.release([HeldSelection(person)], self.now)
        before = self.filed
        self.filed = [
            replace(one, due=self.now, round=self.rounds)
            if one.due is None and person in {None, one.person}
            else one
            for one in before
        ]
        assert released == sum(one != was for one, was in zip(self.filed, before, strict=True))

    @rule(hours=st.integers(1, 72))
    def advance(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def pause_or_resume(self) -> None:
        self.paused = not self.paused
        if self.paused:
            self.store.control.pause("somebody")
        else:
            self.store.control.resume()

    # --- what happens ---

    @rule(
        number=st.integers(0, WORKERS - 1),
        luck=st.lists(st.sampled_from(Luck), max_size=4),
        die_at=st.none() | st.sampled_from(DeliveryStep),
        occasion=st.integers(1, 4),
    )
    def a_worker_works(
        self, number: int, luck: list[Luck], die_at: DeliveryStep | None, occasion: int
    ) -> None:
        worker = self.workers[number]
        left = occasion

        def observe(step: DeliveryStep) -> None:
            nonlocal left
            left -= step is die_at
            if left <= 0:
                assert isinstance(worker.leases, MortalLeases)
                worker.leases.dead.append(True)
                raise Killed

        worker.observer = observe
        self.network.luck = deque(luck)
        self.rounds += 1
        try:
            with suppress(DeliveryFailed):
                self.runner.run(worker.deliver_due(self.now))
        except Killed:
            worker.lock.release()
            self.workers[number] = self.new_worker()
        self.network.luck.clear()

    @precondition(lambda self: self.network.sent)
    @rule(place=st.integers(0, 10**6))
    def an_old_batch_comes_again(self, place: int) -> None:
        batch = self.network.sent[place % len(self.network.sent)]
        assert self.runner.run(self.network.apply(batch)).applied == 0

    @rule(seconds=st.integers(1, 40))
    def the_wall_clock_goes_on(self, seconds: int) -> None:
        self.wall += timedelta(seconds=seconds)

    @rule()
    def all_becomes_well(self) -> None:
        """After the end of all troubles everything due is applied, and nothing else."""
        if self.paused:
            self.pause_or_resume()
        self.wall += timedelta(seconds=60)
        for number in range(WORKERS):
            self.a_worker_works(number, [], None, 1)
        due = [one for one in self.filed if one.due is not None and one.due <= self.now]
        assert set(self.network.applied) == {(one.person, one.version) for one in due}
        backlog = self.store.outbox.backlog(self.now)
        later = sum(one.due is not None and one.due > self.now for one in self.filed)
        held = sum(one.due is None for one in self.filed)
        assert (backlog.waiting, backlog.due, backlog.held) == (later, 0, held)
        assert backlog.delivered == len(due)

    # --- what always holds ---

    @invariant()
    def oqs_shows_the_newest_of_what_it_got_and_nothing_too_early(self) -> None:
        applied = set(self.network.applied)
        newest: dict[Key, int] = {}
        for one in self.filed:
            if (one.person, one.version) in applied:
                assert one.due is not None
                assert one.due <= self.now
                newest[one.person, one.number] = one.version
        table = oqs_sim.store.schema.qualification
        with self.oqs.connect() as connection:
            known = {
                (row.person_reference, row.insured_identification_number): row.version
                for row in connection.execute(select(table))
            }
        assert known == newest

    @invariant()
    def each_persons_changes_came_in_the_order_of_their_falling_due(self) -> None:
        places = {key: place for place, key in enumerate(self.network.applied)}
        came = [one for one in self.filed if (one.person, one.version) in places]
        for first in came:
            for second in came:
                assert first.due is not None
                assert second.due is not None
                if (
                    first.person == second.person
                    and (first.due, first.version) < (second.due, second.version)
                    # The later one had not gone out yet when the earlier one was recorded.
                    and first.round <= second.round
                ):
                    assert (
                        places[first.person, first.version]
                        < (places[second.person, second.version])
                    ), (first, second)


def run(new_database: Callable[[str], str], examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call] # hypothesis leaves it so
        lambda: Delivery(new_database),
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(120 * TIMES)
@pytest.mark.long
def test_any_course_of_events_on_sqlite() -> None:
    with tempfile.TemporaryDirectory() as place:
        count = iter(range(10**9))
        run(lambda name: f"sqlite:///{place}/{name}-{next(count)}.sqlite", 25 * TIMES)


@pytest.mark.timeout(120 * TIMES)
def test_any_course_of_events_on_postgresql(databases: Databases) -> None:
    tables = {"intermediate": (metadata, MIGRATIONS), "oqs": (OQS, oqs_sim.app.MIGRATIONS)}
    run(lambda name: databases.with_tables(*tables[name]), 6 * TIMES)
