"""Runs that are killed, stopped, resumed and done by several at once lose and double nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from intermediate_server import run_execution
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.due import decide
from intermediate_server.runs.run_kinds import RunKind, RunState
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.bulk_recorder import Undecided
from intermediate_server.store.schema import metadata
from tests.intermediate_server.runs.interrupted_run import MOGAMI, execution_on
from tests.intermediate_server.store.test_bulk_recorder import change

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.run_execution import RunExecution

MEMBERS = 40
DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    """A database with forty members who turn 70 in December 2026."""
    url = new_database(metadata, MIGRATIONS)
    execution = execution_on(url)
    entries = [
        change(f"SIM-{number:016}", 1, key=f"{number}".encode()) for number in range(MEMBERS)
    ]
    execution.store.recorder.record(
        [
            Undecided(
                entry.person.reference,
                lambda _, entry=entry: (  # type: ignore[misc] # bound now
                    replace(entry, person=replace(entry.person, birthdate=date(1956, 12, 20))),
                ),
                entry.content_key,
            )
            for entry in entries
        ]
    )
    execution.store.close()
    return url


def found(execution: RunExecution) -> tuple[Counter[str], Counter[str]]:
    """Return how many entries and papers of the run each member has."""
    entries: Counter[str] = Counter()
    papers: Counter[str] = Counter()
    for number in range(MEMBERS):
        reference = f"SIM-{number:016}"
        history = execution.store.ledger.history(reference)
        entries[reference] = sum(one.change.kind is ProcedureKind.SEVENTY for one in history)
        papers[reference] = len(execution.store.documents.of_person(reference))
    return entries, papers


def each_once(execution: RunExecution) -> None:
    entries, papers = found(execution)
    assert set(entries.values()) == set(papers.values()) == {1}


@pytest.mark.deployment
@pytest.mark.rules("P-071")
@pytest.mark.parametrize("ends_at", [1, 8, 20, 39])
def test_a_run_that_is_killed_goes_on_where_it_was(database: str, ends_at: int) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.intermediate_server.runs.interrupted_run", database,
         "seventy", DAY.isoformat(), str(ends_at)],
        check=False,
    )  # fmt: skip
    assert killed.returncode == 9
    execution = execution_on(database)
    (run,) = execution.store.runs.unfinished()
    assert run.counts.members == (ends_at - 1) // 7 * 7
    entries, papers = found(execution)
    assert entries == papers
    assert sum(entries.values()) == run.counts.members
    asyncio.run(execution.resume_unfinished())
    each_once(execution)
    last = execution.store.runs.last(MOGAMI, RunKind.SEVENTY, DAY)
    assert last is not None
    assert (last.state, last.counts.members) == (RunState.DONE, MEMBERS)
    assert sum(last.counts.issued.values()) == MEMBERS
    execution.store.close()


def test_a_run_that_is_done_again_adds_nothing(database: str) -> None:
    execution = execution_on(database)
    for attempt in (1, 2):
        run = execution.store.runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "試験")
        ended = asyncio.run(execution.attend(run))
        assert (ended.attempt, ended.state) == (attempt, RunState.DONE)
        each_once(execution)
    execution.store.close()


@pytest.mark.parametrize("looked_at_once", [1, 7, 10, MEMBERS, 1000])
def test_members_are_looked_at_in_sets_and_none_is_left_out(
    database: str, monkeypatch: pytest.MonkeyPatch, looked_at_once: int
) -> None:
    monkeypatch.setattr(run_execution, "LOOKED_AT_ONCE", looked_at_once)
    execution = execution_on(database)
    run = execution.store.runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "試験")
    ended = asyncio.run(execution.attend(run))
    assert (ended.state, ended.counts.members) == (RunState.DONE, MEMBERS)
    each_once(execution)
    execution.store.close()


def done(execution: RunExecution, kind: RunKind, at: datetime) -> int:
    """Do a run; return at how many members it looked."""
    run = execution.store.runs.begin(kind, MOGAMI, at.date(), at, "試験")
    return asyncio.run(execution.attend(run)).counts.members


@pytest.mark.rules("P-071", "P-053", "R-043", "R-075")
def test_who_is_done_with_is_not_looked_at_again_in_later_months(database: str) -> None:
    execution = execution_on(database)
    at = datetime(2026, 12, 1, 3, tzinfo=UTC)
    looked = [
        done(execution, RunKind.SEVENTY, at),
        done(execution, RunKind.SEVENTY, at.replace(year=2027, month=1)),
        done(execution, RunKind.RENEWAL, at.replace(year=2027, month=6)),
        done(execution, RunKind.RENEWAL, at.replace(year=2027, month=7)),
        done(execution, RunKind.RENEWAL, at.replace(year=2027, month=8)),
        done(execution, RunKind.RENEWAL, at.replace(year=2028, month=7)),
        done(execution, RunKind.LATE_ELDERLY, at.replace(year=2031, month=11)),
        done(execution, RunKind.LATE_ELDERLY, at.replace(year=2031, month=12)),
    ]
    assert looked == [MEMBERS, 0, 0, MEMBERS, 0, MEMBERS, MEMBERS, 0]
    papers = execution.store.documents.of_person(f"SIM-{0:016}")
    assert [one.document.occasion for one in papers] == [
        "turned_70",
        "renewal",
        "renewal",
        "joined",
    ]
    execution.store.close()


def test_two_who_do_the_same_run_take_turns(database: str) -> None:
    execution = execution_on(database)
    run = execution.store.runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "試験")
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda _: asyncio.run(execution.attend(run)), range(3)))
    assert {one.state for one in ended} == {RunState.DONE}
    last = execution.store.runs.last(MOGAMI, RunKind.SEVENTY, DAY)
    assert last is not None
    assert last.counts.members == MEMBERS
    each_once(execution)
    execution.store.close()


def test_a_stopped_run_stays_where_it_is_until_a_person_resumes_it(database: str) -> None:
    execution = execution_on(database)
    runs = execution.store.runs
    run = runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "試験")
    persons = runs.members(RunKind.SEVENTY, MOGAMI, DAY, run.reached, 7)
    policy = execution.acceptance.policies.of_digits(MOGAMI)
    task = asyncio.run(execution.task(run.kind, policy, AT, persons))
    run = runs.step(run, persons, lambda _: partial(decide, task), None, ends=False)
    stopped = runs.stop(MOGAMI, RunKind.SEVENTY, DAY)
    assert stopped is not None
    assert stopped.state is RunState.STOPPED
    assert asyncio.run(execution.attend(run)).state is RunState.STOPPED
    asyncio.run(execution.resume_unfinished())
    assert sum(found(execution)[0].values()) == 7
    resumed = runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "別の人")
    assert (resumed.attempt, resumed.reached) == (1, run.reached)
    assert asyncio.run(execution.attend(resumed)).state is RunState.DONE
    each_once(execution)
    execution.store.close()


def test_a_step_does_all_or_nothing(database: str) -> None:
    execution = execution_on(database)
    runs = execution.store.runs
    run = runs.begin(RunKind.SEVENTY, MOGAMI, DAY, AT, "試験")
    persons = runs.members(RunKind.SEVENTY, MOGAMI, DAY, run.reached, 7)
    policy = execution.acceptance.policies.of_digits(MOGAMI)
    task = asyncio.run(execution.task(run.kind, policy, AT, persons))

    def failing(reference: str, *known: object) -> object:
        if reference == persons[-1].person_reference:
            raise RuntimeError("the disk is full")
        return decide(task, reference, *known)  # type: ignore[arg-type] # as it was given

    with pytest.raises(RuntimeError, match="disk"):
        runs.step(run, persons, lambda _: failing, None, ends=False)  # type: ignore[arg-type]
    assert sum(found(execution)[0].values()) == 0
    asyncio.run(execution.attend(run))
    each_once(execution)
    execution.store.close()


@pytest.mark.rules("P-053")
def test_no_two_members_of_75_are_given_the_same_number(database: str) -> None:
    execution = execution_on(database)
    at = datetime(2031, 11, 1, tzinfo=UTC)
    run = execution.store.runs.begin(RunKind.LATE_ELDERLY, MOGAMI, at.date(), at, "試験")
    ended = asyncio.run(execution.attend(run))
    assert ended.state is RunState.DONE
    assert ended.counts.entries[ProcedureKind.LATE_ELDERLY] == 2 * MEMBERS
    numbers = set()
    for number in range(MEMBERS):
        history = execution.store.ledger.history(f"SIM-{number:016}")
        numbers |= {one.change.number for one in history if one.change.number[0] == "39990015"}
    assert len(numbers) == MEMBERS
    execution.store.close()


def test_each_kind_of_run_is_done_on_either_database(database: str) -> None:
    execution = execution_on(database)
    for kind in RunKind:
        run = execution.store.runs.begin(kind, MOGAMI, DAY, AT, "試験")
        assert asyncio.run(execution.attend(run)).state is RunState.DONE
    assert {one.kind for one in execution.store.runs.recent(MOGAMI, 20)} == set(RunKind)
    assert execution.store.runs.insurers() == {MOGAMI}
    execution.store.close()


def test_how_far_days_have_been_looked_at_is_kept(database: str) -> None:
    runs = execution_on(database).store.runs
    assert runs.looked_until() is None
    for day in (DAY, date(2027, 1, 31)):
        runs.look_until(day)
        assert runs.looked_until() == day
