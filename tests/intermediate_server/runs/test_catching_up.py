"""Runs of days that passed while nobody looked are done, however the clock came past them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from eligibility.days.dates import TOKYO
from intermediate_server.api import runs as runs_api
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.due import decide
from intermediate_server.runs.run_kinds import Place, RunKind
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA
from tests.intermediate_server.runs.interrupted_run import MOGAMI, execution_on
from tests.intermediate_server.runs.test_year import advance, entries, papers, runs_of
from tests.intermediate_server.store.test_bulk_recorder import Undecided, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from intermediate_server.run_execution import RunExecution
    from tests.intermediate_server.runs.lived_days import LivedDays

FILED = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
DUE = date(2026, 12, 1)
"""The day of the run for who turns 70 in the December."""
LATER = datetime(2027, 1, 10, 9, tzinfo=TOKYO)


class NothingWaits:
    """A worker that has delivered all there is."""

    async def follow(self, now: datetime) -> list[Any]:
        """Deliver nothing; tell so."""
        assert now.tzinfo
        return []


@dataclass
class Service:
    """The service on a database; ``anew`` is another process on it."""

    url: str
    execution: RunExecution

    @classmethod
    def on(cls, url: str) -> Service:
        execution = execution_on(url)
        execution.workers = cast("Any", NothingWaits())
        return cls(url, execution)

    def anew(self) -> Service:
        self.execution.store.close()
        return Service.on(self.url)

    def follow(self, now: datetime, began: datetime, since: datetime | None = None) -> None:
        asyncio.run(self.execution.follow(now, began, since))

    def join(self, person: int, birthdate: date, filed: datetime = FILED) -> str:
        """Record a member who has no card."""
        reference = f"SIM-{person:016}"
        entry = change(reference, 1, key=f"{person}".encode())
        entry = replace(
            entry,
            person=replace(entry.person, birthdate=birthdate),
            filing=replace(entry.filing, filed_on=filed.date()),
        )
        self.execution.store.recorder.record(
            [Undecided(reference, lambda _: (entry,), entry.content_key)]
        )
        return reference

    def seventy(self, reference: str) -> int:
        history = self.execution.store.ledger.history(reference)
        return sum(one.change.kind is ProcedureKind.SEVENTY for one in history)

    def done(self) -> list[tuple[RunKind, date]]:
        runs = self.execution.store.runs.recent(MOGAMI, 200)
        return sorted((one.kind, one.due_on) for one in runs)


@pytest.fixture
def service(new_database: Callable[..., str]) -> Iterator[Service]:
    made = Service.on(new_database(metadata, MIGRATIONS))
    yield made
    made.execution.store.close()


TURNS_70 = date(1956, 12, 20)


def test_the_first_look_begins_where_the_clock_did(service: Service) -> None:
    reference = service.join(1, TURNS_70)
    service.follow(LATER, began=FILED)
    assert (RunKind.SEVENTY, DUE) in service.done()
    assert service.seventy(reference) == 1


def test_nothing_is_looked_for_before_the_first_filing_of_a_clock(service: Service) -> None:
    service.join(1, TURNS_70)
    service.follow(LATER, began=FILED - timedelta(days=700))
    assert min(day for _, day in service.done()) > FILED.date()


def test_the_first_look_at_an_old_database_begins_at_its_last_filing(service: Service) -> None:
    service.join(1, date(1980, 1, 1), filed=FILED - timedelta(days=900))
    reference = service.join(2, TURNS_70)
    service.follow(LATER, began=LATER)
    assert min(day for _, day in service.done()) > FILED.date()
    assert service.seventy(reference) == 1


def test_the_days_on_which_the_service_was_down_are_caught_up_with(service: Service) -> None:
    service.follow(FILED, began=FILED)
    reference = service.join(1, TURNS_70)
    again = service.anew()
    again.follow(LATER, began=FILED)
    assert again.seventy(reference) == 1


AHEAD = datetime(2027, 3, 1, 9, tzinfo=TOKYO)
"""Where a clock stood that is set back."""


@pytest.mark.parametrize("to", [LATER, AHEAD, AHEAD + timedelta(days=60)])
@pytest.mark.parametrize("told", [True, False])
def test_a_clock_that_is_set_back_and_advanced_at_once_skips_no_day(
    service: Service,
    to: datetime,
    told: bool,  # noqa: FBT001 # of the parameters
) -> None:
    """Not even where the advance has failed at first, and is then told from nowhere."""
    service.follow(AHEAD, began=AHEAD)
    reference = service.join(1, TURNS_70)
    service.follow(to, began=FILED, since=FILED if told else to)
    assert (RunKind.SEVENTY, DUE) in service.done()
    assert service.seventy(reference) == 1


def test_a_clock_that_began_at_the_same_instant_anew_is_known_by_where_it_is_advanced_from(
    service: Service,
) -> None:
    service.follow(FILED, began=FILED)
    service.follow(AHEAD, began=FILED)
    reference = service.join(1, TURNS_70)
    service.follow(AHEAD, began=FILED, since=FILED)
    assert service.seventy(reference) == 1


def test_a_clock_that_is_set_forward_skips_no_day(service: Service) -> None:
    service.follow(FILED, began=FILED)
    reference = service.join(1, TURNS_70)
    service.follow(LATER, began=LATER)
    assert service.seventy(reference) == 1


def test_a_clock_that_is_set_back_does_no_run_twice(service: Service) -> None:
    service.follow(FILED, began=FILED)
    reference = service.join(1, TURNS_70)
    documents = service.execution.store.documents
    service.follow(LATER, began=FILED)
    before, papers_before = service.done(), documents.of_person(reference)
    for _ in range(2):
        service.follow(LATER, began=FILED + timedelta(hours=1), since=FILED + timedelta(hours=1))
    assert service.done() == before
    assert max(Counter(before).values()) == 1
    assert service.seventy(reference) == 1
    assert documents.of_person(reference) == papers_before


def test_days_that_were_looked_at_are_not_looked_at_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.follow(FILED, began=FILED)
    service.follow(LATER, began=FILED, since=FILED)
    service.follow(LATER, began=FILED, since=LATER)

    async def none_left(*_: object) -> list[Any]:
        raise AssertionError("days were looked at again")

    monkeypatch.setattr(service.execution, "_catch_up", none_left)
    service.follow(LATER, began=FILED, since=LATER)


def test_who_comes_while_days_are_caught_up_with_is_not_looked_at_for_the_days_before(
    service: Service,
) -> None:
    service.follow(FILED, began=FILED)
    early = service.join(1, TURNS_70)
    late = service.join(2, TURNS_70, filed=LATER)
    service.follow(LATER, began=FILED)
    assert (service.seventy(early), service.seventy(late)) == (1, 0)


def test_a_year_is_followed_in_parts_as_it_is_at_once(service: Service) -> None:
    """Who waits for its end is told now and then that it goes on."""
    service.follow(FILED, began=FILED)
    references = [service.join(1, TURNS_70), service.join(2, TURNS_70 + timedelta(days=90))]
    first = LATER + timedelta(days=250)
    parts = 0
    unfinished, since = True, FILED
    while unfinished:
        done = asyncio.run(service.execution.follow(first, FILED, since, seconds=0))
        unfinished, since, parts = done.unfinished, None, parts + 1
    assert parts > 9
    assert [service.seventy(one) for one in references] == [1, 1]
    runs = Counter(service.done())
    assert max(runs.values()) == 1
    service.follow(first, began=FILED, since=FILED)
    assert Counter(service.done()) == runs


@pytest.mark.rules("R-043", "P-071", "R-140")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [RunKind.RENEWAL, RunKind.EMERGENCY, RunKind.NON_HOLDERS])
@pytest.mark.parametrize("birthdate", [date(1956, 12, 31), date(1980, 2, 17)])
def test_no_run_of_a_day_before_acts_for_who_has_joined_since(
    live: Callable[..., LivedDays],
    engine: str,
    kind: RunKind,
    birthdate: date,
) -> None:
    days = live(date(2026, 12, 28), engine)
    reference = days.resident(birthdate, None)
    days.join(reference, KITAMURA, CertificateNeeded="不要")
    other = days.resident(birthdate, registered=True)
    days.join(other, KITAMURA, InsuredIdentificationNumber="2")
    days.file(other, KITAMURA, "card_lost", InsuredIdentificationNumber="2")
    third = days.resident(birthdate, None)
    days.join(third, KITAMURA, InsuredIdentificationNumber="3")
    before = [(days.papers(one), days.entries(one)) for one in (reference, other, third)]
    policy = days.acceptance.policies.of_digits(KITAMURA)
    earlier = datetime(2026, 12, 1, tzinfo=TOKYO)
    runs = days.store.runs
    begun = runs.begin(kind, KITAMURA, earlier.date(), earlier, "試験")
    found = runs.members(kind, KITAMURA, earlier.date(), Place(), 10, earlier.date())
    assert found == []
    task = days.runner.run(days.execution.task(kind, policy, earlier, [Place(0, reference)]))
    done = days.runner.run(days.execution.attend(begun))
    assert done.counts.members == 0
    assert not any(decide(task, reference, tuple(days.entries(reference)), ()))
    assert before == [(days.papers(one), days.entries(one)) for one in (reference, other, third)]


@pytest.mark.rules("P-071")
def test_an_advance_that_takes_long_is_waited_for(
    prepare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_api, "SECONDS_AT_ONCE", 0)
    deployment = prepare(runs=True)
    deployment.start_oqs(FILED)
    deployment.start_service()
    deployment.start_worker()
    reference = deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2027-08-10")
    assert [one["Kind"] for one in entries(deployment, reference)] == ["join", "seventy"]
    assert [occasion for occasion, *_ in papers(deployment, reference)] == [
        "joined", "turned_70", "renewal",
    ]  # fmt: skip


@pytest.mark.rules("P-071")
@pytest.mark.parametrize("engine", ENGINES)
def test_an_advance_right_after_the_clock_was_set_does_the_runs_of_its_days(
    prepare: Any, request: pytest.FixtureRequest, engine: str
) -> None:
    """The service has looked at the real clock before, and looks again only in the advance."""
    options = {}
    if engine != "sqlite":
        databases = request.getfixturevalue("databases")
        options = {"database_url": databases.with_tables(metadata, MIGRATIONS)}
    deployment = prepare(runs=True, **options)
    deployment.start_oqs(None)
    deployment.start_service(pause_seconds=600)
    deployment.start_worker()
    shown = deployment.oqs.get("/sim/clock").json()
    assert shown["Mode"] == "real"
    start = datetime.fromisoformat(shown["Now"]) - timedelta(days=300)
    deployment.pages.post("/follow", json={"Now": shown["Now"]}).raise_for_status()
    deployment.set_clock(Mode="frozen", Now=start.isoformat())
    reference = deployment.register(birthdate=_turning_70(start))
    joined = deployment.file(QualificationDate=f"{start:%Y%m%d}")
    assert joined.status_code == 201, joined.text
    advance(deployment, f"{start + timedelta(days=200):%Y-%m-%d}")
    assert "seventy" in {one["Kind"] for one in runs_of(deployment)["Runs"]}
    assert entries(deployment, reference)[-1]["Kind"] == "seventy"
    assert "turned_70" in {occasion for occasion, *_ in papers(deployment, reference)}


def _turning_70(start: datetime) -> str:
    """Return the birthdate of who turns 70 two months after."""
    day = (start + timedelta(days=62)).replace(day=15)
    return f"{day.year - 70}{day:%m%d}"
