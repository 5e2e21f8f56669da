"""70 and 75 of who has left and come back, was taken for dead, or was recorded late or wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.web.tasks.of_runs import OfRuns
from tests.chaos.year.plain_year import KOUKI
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI
from tests.intermediate_server.runs.test_newcomers import known
from tests.intermediate_server.runs.test_runs_that_meet import certificate_on
from wire.catalogue import Problem

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


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by_death", [True, False])
@pytest.mark.parametrize("righted_on", [date(2026, 12, 10), date(2027, 1, 12)])
def test_who_was_taken_for_dead_turns_75_all_the_same(
    live: Callable[..., LivedDays],
    engine: str,
    by_death: bool,  # noqa: FBT001 # of the parameters
    righted_on: date,
) -> None:
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 18), None)
    days.join(reference, MOGAMI)
    days.advance(date(2026, 12, 2))
    assert KOUKI in {one.number[0] for one in days.entries(reference)}
    if by_death:
        days.file(reference, MOGAMI, "death", EffectiveDate="20261130")
    else:
        days.file(reference, MOGAMI, "leave", DisqualificationDate="20261201", ReasonOfLoss="02")
    kind = "death" if by_death else "leave"
    wrong = next(one for one in days.entries(reference) if one.kind.value == kind)
    days.advance(righted_on)
    days.file(
        reference, MOGAMI, "correct", CorrectedVersion=f"{wrong.version}",
        DisqualificationDate="なし", Reason="別人の届出",
    )  # fmt: skip
    days.advance(date(2027, 1, 17))
    assert in_force(days, reference) == [MOGAMI]
    days.advance(date(2027, 1, 18))
    assert in_force(days, reference) == [KOUKI]
    assert certificate_on(days, reference, date(2027, 1, 18))
    days.advance(date(2027, 3, 3))
    assert in_force(days, reference) == [KOUKI]


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("reason", "joins"), [("02", False), ("01", False), ("03", True)])
def test_a_loss_that_is_corrected_to_one_after_which_nobody_joins_takes_75_back(
    live: Callable[..., LivedDays], engine: str, reason: str, *, joins: bool
) -> None:
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 18), None)
    days.join(reference, MOGAMI)
    days.advance(date(2026, 12, 10))
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20261210", ReasonOfLoss="99")
    wrong = next(one for one in days.entries(reference) if one.kind.value == "leave")
    days.file(
        reference, MOGAMI, "correct", CorrectedVersion=f"{wrong.version}",
        ReasonOfLoss=reason, Reason="転出ではない",
    )  # fmt: skip
    waiting = days.store.post.keys(days.to_post(KOUKI, date(2026, 11, 1), days.today))
    assert bool(waiting) is joins
    days.advance(date(2027, 1, 18))
    assert in_force(days, reference) == ([KOUKI] if joins else [])


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_joins_again_under_the_old_number_turns_75(
    live: Callable[..., LivedDays], engine: str
) -> None:
    days = live(date(2026, 12, 1), engine)
    reference = days.resident(date(1952, 2, 20), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 1, 8))
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270108", ReasonOfLoss="03")
    days.advance(date(2027, 1, 15))
    days.join(reference, MOGAMI)
    days.advance(date(2027, 2, 20))
    assert in_force(days, reference) == [KOUKI]
    assert known(days, reference)[MOGAMI][2] == "20270220"


@pytest.mark.rules("P-071", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_joins_again_under_the_old_number_has_the_share_of_70(
    live: Callable[..., LivedDays], engine: str
) -> None:
    days = live(date(2027, 7, 20), engine)
    reference = days.resident(date(1957, 8, 10), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 8, 5))
    assert [one.kind.value for one in days.entries(reference)] == ["join", "seventy"]
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270805", ReasonOfLoss="03")
    days.advance(date(2027, 8, 6))
    days.join(reference, MOGAMI)
    days.advance(date(2027, 9, 2))
    assert known(days, reference)[MOGAMI][0] == "020"
    assert certificate_on(days, reference, date(2027, 9, 1))
    papers = [one for one in days.papers(reference) if one[0] == "turned_70"]
    assert papers[-1][2] == date(2027, 9, 1)


@pytest.mark.rules("P-053", "P-071")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by_file", [True, False])
def test_who_is_entered_after_the_run_that_the_filing_came_before_is_looked_at(
    live: Callable[..., LivedDays],
    engine: str,
    by_file: bool,  # noqa: FBT001 # of the parameters
) -> None:
    days = live(date(2027, 1, 25), engine)
    of_70, of_75 = days.resident(date(1957, 2, 15), None), days.resident(date(1952, 3, 2), None)
    days.advance(date(2027, 2, 20))
    for number, reference in enumerate((of_70, of_75), start=1):
        file = days.file_in_file if by_file else days.file
        file(
            reference, MOGAMI, "join", QualificationDate="20270120", FiledOn="20270125",
            InsuredIdentificationNumber=f"{number}",
        )  # fmt: skip
    days.advance(date(2027, 2, 28))
    assert known(days, of_70)[MOGAMI][0] == "030"
    days.advance(date(2027, 3, 1))
    assert known(days, of_70)[MOGAMI][0] == "020"
    assert certificate_on(days, of_70, date(2027, 3, 1))
    days.advance(date(2027, 3, 2))
    assert in_force(days, of_75) == [KOUKI]
    assert known(days, of_75)[KOUKI][1:] == ("20270302", "")
    days.advance(date(2027, 4, 2))
    assert [one.kind.value for one in days.entries(of_70)] == ["join", "seventy"]
    assert [one.kind.value for one in days.entries(of_75)] == ["join", *["late_elderly"] * 2]


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reason", ["99", "02"])
def test_a_loss_that_was_filed_for_after_75_does_not_keep_the_city_open(
    live: Callable[..., LivedDays], engine: str, reason: str
) -> None:
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 20), None)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270201", ReasonOfLoss=reason)
    days.advance(date(2026, 12, 1))
    (said,) = left(days, MOGAMI, "late_elderly", date(2026, 12, 1))
    assert "2027年2月1日" in said
    assert to_be_filed(days) == [reference]
    days.advance(date(2027, 1, 21))
    assert in_force(days, reference) == [KOUKI]
    assert known(days, reference)[MOGAMI][2] == "20270120"


@pytest.mark.rules("P-053")
def test_an_employee_whose_loss_was_filed_for_after_75_is_on_the_list(
    live: Callable[..., LivedDays],
) -> None:
    days = live(date(2026, 11, 2))
    reference = days.resident(date(1952, 1, 20), None)
    days.join(reference, KITAMURA)
    days.file(reference, KITAMURA, "leave", DisqualificationDate="20270201", ReasonOfLoss="03")
    days.advance(date(2026, 12, 2))
    assert to_be_filed(days) == [reference]
    days.file(reference, KITAMURA, "late_elderly")
    assert to_be_filed(days) == []


@pytest.mark.rules("P-030", "P-053")
@pytest.mark.parametrize("engine", ENGINES)
def test_whose_birthdate_is_doubtful_is_left_to_people_at_75(
    live: Callable[..., LivedDays], engine: str
) -> None:
    """The view is stopped for the birthdate; nobody becomes a member of the union by it."""
    days = live(date(2026, 11, 2), engine)
    wrong, right = (days.resident(date(1962, 1, 16), None) for _ in range(2))
    for number, reference in enumerate((wrong, right), start=1):
        of_number = {"InsuredIdentificationNumber": f"{number}"}
        days.join(reference, MOGAMI, Birthdate="19520116", **of_number)
    days.advance(date(2026, 12, 2))
    assert all("閲覧停止" in one for one in left(days, MOGAMI, "late_elderly", date(2026, 12, 1)))
    assert sorted(to_be_filed(days)) == [wrong, right]
    days.advance(date(2026, 12, 10))
    days.file(
        wrong, MOGAMI, "correct", CorrectedVersion="1", Birthdate="19620116", Reason="生年月日"
    )
    days.file(right, MOGAMI, "jlis_match", InsuredIdentificationNumber="2")
    days.advance(date(2027, 1, 16))
    assert in_force(days, wrong) == [MOGAMI]
    assert in_force(days, right) == [KOUKI]
    assert to_be_filed(days) == []


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["correct", "change"])
@pytest.mark.parametrize("birthdate", [date(1962, 1, 16), date(1952, 1, 28)])
def test_a_corrected_birthdate_takes_back_what_was_recorded_for_75(
    live: Callable[..., LivedDays], engine: str, kind: str, birthdate: date
) -> None:
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 16), None)
    days.join(reference, MOGAMI)
    days.advance(date(2026, 12, 10))
    assert KOUKI in {one.number[0] for one in days.entries(reference)}
    person, expiry = days.town.residents[days.number_of(reference)]
    days.town.residents[days.number_of(reference)] = replace(person, birthdate=birthdate), expiry
    texts = {"CorrectedVersion": "1", "Reason": "生年月日の誤り"} if kind == "correct" else {}
    days.file(reference, MOGAMI, kind, Birthdate=f"{birthdate:%Y%m%d}", **texts)
    days.advance(date(2027, 1, 20))
    assert in_force(days, reference) == [MOGAMI]
    of_city = [one for one in days.entries(reference) if one.number[0] == MOGAMI]
    turns = date(birthdate.year + 75, birthdate.month, birthdate.day)
    assert of_city[-1].qualification.disqualified_on == (turns if turns.year == 2027 else None)
    days.advance(date(2027, 1, 29))
    assert in_force(days, reference) == [MOGAMI if turns.year > 2027 else KOUKI]
    waiting = days.store.post.keys(days.to_post(KOUKI, date(2026, 11, 1), days.today))
    assert len(waiting) == (turns.year == 2027)


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("kind", ["correct", "change"])
@pytest.mark.parametrize("birthdate", ["19520110", "19520119"])
def test_a_birthdate_that_is_corrected_after_75_moves_the_day_and_keeps_the_number(
    live: Callable[..., LivedDays], kind: str, birthdate: str
) -> None:
    days = live(date(2026, 11, 2))
    reference = days.resident(date(1952, 1, 16), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 1, 14))
    if kind == "correct":
        days.advance(date(2027, 2, 1))
        days.file(
            reference, MOGAMI, kind, Birthdate=birthdate, CorrectedVersion="1", Reason="誤り"
        )  # fmt: skip
    else:
        days.advance(date(2027, 1, 15))
        days.file(reference, MOGAMI, kind, Birthdate=birthdate)
    days.advance(date(2027, 3, 2))
    turns = f"2027{birthdate[4:]}"
    assert known(days, reference)[KOUKI][1:] == (turns, "")
    assert known(days, reference)[MOGAMI][2] == turns
    assert in_force(days, reference) == [KOUKI]
    last = days.entries(reference)[-1]
    assert (last.number[2] == "90000001") is (kind == "correct")
    assert f"{last.person.birthdate:%Y%m%d}" == birthdate


@pytest.mark.rules("P-053")
def test_a_birthdate_that_would_let_the_membership_begin_after_75_is_refused(
    live: Callable[..., LivedDays],
) -> None:
    days = live(date(2026, 11, 2))
    reference = days.resident(date(1952, 1, 16), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 2, 1))
    for kind, texts in (("correct", {"CorrectedVersion": "1", "Reason": "誤り"}), ("change", {})):
        with pytest.raises(Problem, match=r"75 or older|was lost on"):
            days.file(reference, MOGAMI, kind, Birthdate="19500116", **texts)


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_joining_that_never_was_takes_the_one_at_75_with_it(
    live: Callable[..., LivedDays],
    engine: str,
    elsewhere: bool,  # noqa: FBT001 # of the parameters
) -> None:
    """Unless the person is of another insurer, and turns 75 there."""
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1952, 1, 16), None)
    days.join(reference, MOGAMI)
    if elsewhere:
        days.join(reference, KITAMURA)
    days.advance(date(2026, 12, 10))
    days.file(reference, MOGAMI, "cancel", Reason="別人")
    days.advance(date(2027, 1, 20))
    assert in_force(days, reference) == ([KITAMURA, KOUKI] if elsewhere else [])
