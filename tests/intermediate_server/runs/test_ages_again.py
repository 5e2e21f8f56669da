"""70 and 75 of who has left and come back, was taken for dead, or was recorded late or wrongly."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.web.tasks.of_runs import OfRuns
from tests.chaos.year.plain_year import KOUKI
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI
from tests.intermediate_server.runs.test_runs_that_meet import certificate_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intermediate_server.runs.lived_days import LivedDays

AT_UNION = {
    "InsuredCardSymbol": "", "InsuredBranchNumber": "",
    "InsuredIdentificationNumber": "10000077",
}  # fmt: skip


def in_force(days: LivedDays, reference: str) -> list[str]:
    """Return the insurers whose member somebody is today, as the ledger has it."""
    newest = {one.number: one for one in days.entries(reference)}
    return [one.number[0] for one in newest.values() if one.qualification.active(days.today)]


def to_be_filed(days: LivedDays) -> list[str]:
    """Return who is on the list of what waits for a filing (届出待ち)."""
    tasks = OfRuns(days.store, days.acceptance.policies, days.execution)
    return [one.person_reference for one in days.runner.run(tasks.left()).cases]


def left(days: LivedDays, insurer: str, kind: str, on: date) -> list[str]:
    """Return what a run of a day left to people."""
    run = days.store.runs.last(insurer, RunKind(kind), on)
    return [] if run is None else [one.what for one in run.counts.named]


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lost_on", [date(2026, 11, 1), date(2027, 1, 15)])
def test_who_left_the_union_before_75_joins_it_at_75(
    live: Callable[..., LivedDays], engine: str, lost_on: date
) -> None:
    """A disability was recognised, and that was taken back (障害認定の撤回)."""
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 15), None)
    days.join(reference, KOUKI, QualificationDate="20260401", **AT_UNION)
    days.file(
        reference, KOUKI, "leave",
        DisqualificationDate=f"{lost_on:%Y%m%d}", ReasonOfLoss="03", **AT_UNION,
    )  # fmt: skip
    days.join(reference, MOGAMI, QualificationDate="20261101")
    days.advance(date(2027, 1, 19))
    assert in_force(days, reference) == [KOUKI]
    assert certificate_on(days, reference, date(2027, 1, 19))


@pytest.mark.rules("P-053")
def test_who_is_of_the_union_at_75_does_not_join_it_again(
    live: Callable[..., LivedDays],
) -> None:
    """Also not who leaves it later, while the loss of an employee's insurance is not filed."""
    days = live(date(2026, 11, 2))
    reference = days.resident(date(1952, 1, 15), None)
    days.join(reference, KITAMURA)
    days.join(reference, KOUKI, QualificationDate="20261101", **AT_UNION)
    days.advance(date(2027, 2, 1))
    days.file(
        reference, KOUKI, "leave",
        DisqualificationDate="20270201", ReasonOfLoss="99", **AT_UNION,
    )  # fmt: skip
    days.advance(date(2027, 4, 2))
    assert in_force(days, reference) == [KITAMURA]
