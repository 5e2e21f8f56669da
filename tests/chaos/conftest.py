"""A deployment in bad weather, and a plain model of what should come of it."""

import os
import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import oqs_sim.app
import oqs_sim.store.schema
from eligibility.days.reflection import LagMode, ReflectionPolicy, visible_from
from eligibility.qualification import Qualification
from intermediate_server.procedures.change import Change
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.schema import metadata
from intermediate_server.sync.delivery import DeliveryStep
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import Deployment, Faults, certificates, prepare
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

__all__ = ["certificates", "prepare"]

pytest.register_assert_rewrite(
    "tests.chaos.year.lived_year", "tests.chaos.reception"
)  # they assert as tests do

TIMES = int(os.environ.get("OQS_SIM_CHAOS", "1"))
"""How often as much as in a quick run: `make test-chaos` asks for more."""
RUN_WORKER = Path(__file__).parent / "run_worker.py"
MONDAY = date(2026, 11, 16)
QUICK = {"batch_size": 8, "oqs_seconds": 0.5, "lease_seconds": 1.0, "pause_seconds": 0.2}
"""Settings of a worker whose troubles end soon."""
SETTLED_SECONDS = 90
LAST_DAY = "2027-11-17T09:00:00+09:00"
"""A year later: everything that was filed is due by then."""


class Fault(Enum):
    """What becomes of one delivery to OQS."""

    FAILS = auto()
    """500, and nothing is applied."""
    FAILS_AFTERWARDS = auto()
    """500, though everything is applied."""
    SILENT = auto()
    """Nothing is applied, and no answer comes."""
    LATE = auto()
    """Everything is applied, and the answer comes after the worker has given up."""
    TWICE = auto()
    """The batch comes twice."""
    STALE = auto()
    """The batch comes once more, after later ones."""
    BUSY = auto()
    """503 with Retry-After."""


class Weather(Faults):
    """Stands before OQS and has deliveries go wrong, each in its turn."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.coming: deque[Fault | None] = deque()
        self.stale: list[tuple[Any, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/intermediate/changes"):
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await self._befall(
            self.coming.popleft() if self.coming else None, scope, body, receive, send
        )

    async def _befall(
        self, fault: Fault | None, scope: Any, body: bytes, receive: Any, send: Any
    ) -> None:
        match fault:
            case Fault.FAILS:
                await _answer(send, 500)
            case Fault.BUSY:
                await _answer(send, 503, (b"retry-after", b"0"))
            case Fault.SILENT:
                await _hang_up(receive)
            case Fault.LATE:
                await self._apply(scope, body)
                await _hang_up(receive)
            case Fault.FAILS_AFTERWARDS:
                await self._apply(scope, body)
                await _answer(send, 500)
            case Fault.TWICE:
                await self._apply(scope, body)
                await self._apply(scope, body, send)
            case Fault.STALE:
                self.stale.append((scope, body))
                await self._apply(scope, body, send)
            case None:
                for old_scope, old_body in self.stale[:-2]:
                    await self._apply(old_scope, old_body)
                await self._apply(scope, body, send)

    async def _apply(self, scope: Any, body: bytes, send: Any = None) -> None:
        async def give() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(_: Any) -> None:
            pass

        await super().__call__(dict(scope), give, send or keep)


async def _answer(send: Any, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})


async def _hang_up(receive: Any) -> None:
    """Return when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class World:
    """A deployment, changes that were filed in it, and what should come of them.

    Each change is of a membership of its own, so that each alters OQS once, and those of a person
    are of one another's future: the lower version falls due first, or at the same time.
    """

    deployment: Deployment
    random: random.Random
    filed: dict[tuple[str, int], Change] = field(default_factory=dict)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.deployment.database_url)
        self.deployment.start_oqs()

    def file(self, changes: int, persons: int = 40, days: int = 300) -> None:
        """Record changes of some persons, due within so many days."""
        versions: dict[str, list[int]] = {}
        for _ in range(changes):
            versions.setdefault(f"P-{self.random.randrange(persons):03}", []).append(
                self.random.randrange(days)
            )
        for reference, offsets in versions.items():
            for version, offset in enumerate(sorted(offsets), start=1):
                change = change_of(reference, version, MONDAY + timedelta(days=offset))
                self.store.ledger.record(reference, lambda _, change=change: (change,))
                self.filed[reference, version] = change

    @property
    def faults(self) -> Weather:
        weather = self.deployment.faults
        assert isinstance(weather, Weather)
        return weather

    def settle(self) -> None:
        """Advance the clock by a year, as often as it takes until all of it is applied."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while not self.deployment.advance(To=LAST_DAY).is_success:
            assert time.monotonic() < deadline, "the delivery does not come to its end"

    def check(self, *, crashed: bool = False) -> None:
        """Compare with the model: nothing lost, nothing twice, each person's changes in order.

        ``crashed`` tells that the database of OQS did.
        """
        engine = self.faults.app.state.engine
        table = oqs_sim.store.schema.qualification
        with engine.connect() as connection:
            known = {
                (row.person_reference, row.version): row.address
                for row in connection.execute(select(table))
            }
        assert known == {key: change.person.address for key, change in self.filed.items()}
        backlog = self.store.outbox.backlog(None)
        assert (backlog.waiting, backlog.delivered) == (0, len(self.filed))
        applied = sum(applied for applied, _ in self.faults.receipts)
        # A commit whose answer a crash cut off is in no receipt; then there are fewer.
        assert applied <= len(self.filed)
        assert crashed or applied == len(self.filed)
        first_seen: dict[str, list[int]] = {}
        for batch, _ in self.faults.batches:
            for change in batch["Changes"]:
                seen = first_seen.setdefault(change["PersonReference"], [])
                if change["Version"] not in seen:
                    seen.append(change["Version"])
        for reference, seen in first_seen.items():
            assert seen == sorted(seen), reference

    def start_mortal_worker(self, die_at: DeliveryStep, occasion: int) -> subprocess.Popen[bytes]:
        """Start a worker in a process of its own, which kills itself at a step."""
        settings = vars(self.deployment.worker_settings(**QUICK))
        return subprocess.Popen(
            [sys.executable, RUN_WORKER, repr(settings), die_at.name, str(occasion)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )


def change_of(
    reference: str, version: int, reflected_on: date, number: str | None = None
) -> Change:
    """Make a change that becomes visible on a day."""
    return Change(
        version=version,
        kind=ProcedureKind.JOIN,
        person=PersonDetails(
            reference, "模擬　花子", "ﾓｷﾞ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17),
            f"模擬町{version}", "990-0001",
        ),
        insurer_name="最上型国民健康保険（模擬）",
        qualification=Qualification(
            "990010", "最上", number or f"{version:07}", "01", date(2026, 4, 1)
        ),
        classification=PersonalFamilyClassification.INSURED,
        ratio="030",
        filing=Filing(reflected_on, None, ReflectionPolicy(LagMode.CALENDAR, 0)),
        visible_from=visible_from(reflected_on),
    )  # fmt: skip


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The databases of both services are of one kind, and a test holds on either."""
    name: str = request.param
    return name


@pytest.fixture
def make_world(
    prepare: Callable[..., Deployment], request: pytest.FixtureRequest
) -> Iterator[Callable[..., World]]:
    """Make a world on an engine, with so many workers that an advance waits for."""
    worlds: list[World] = []

    def make(engine: str, workers: int = 1, seed: int = 1) -> World:
        urls = {}
        if engine == "postgresql":
            databases: Databases = request.getfixturevalue("databases")
            urls = {
                "database_url": databases.with_tables(metadata, MIGRATIONS),
                "oqs_database_url": databases.with_tables(
                    oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS
                ),
            }
        deployment = prepare(workers=workers, faults_type=Weather, **urls)
        worlds.append(World(deployment, random.Random(seed)))
        return worlds[-1]

    yield make
    for world in worlds:
        world.store.close()
