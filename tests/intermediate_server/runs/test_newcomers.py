"""Who joins after the run of the age that they reach is looked at on the next day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from eligibility.days.dates import TOKYO
from intermediate_server.procedures import edits
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.runs.run_kinds import RunKind
from tests.chaos.year.plain_year import KOUKI
from tests.chaos.year.town import OQS
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intermediate_server.runs.lived_days import LivedDays


def known(days: LivedDays, reference: str) -> dict[str, tuple[str, str, str]]:
    """Return what OQS knows: by insurer the share, and the days of beginning and of end."""
    row = OQS.qualification
    query = select(row).where(row.c.person_reference == reference)
    with days.oqs.connect() as connection:
        return {
            one.insurer_number: (
                one.insured_partial_contribution_ratio,
                one.qualification_date,
                one.disqualification_date or "",
            )
            for one in connection.execute(query)
        }


@pytest.mark.rules("P-071", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("insurer", [MOGAMI, KITAMURA])
@pytest.mark.parametrize("joins_on", [1, 2, 10, 19, 20, 23, 24, 25, 28, 30, 31])
def test_who_joins_in_the_month_before_the_share_of_70_has_it_from_its_day(
    live: Callable[..., LivedDays],
    engine: str,
    insurer: str,
    joins_on: int,
) -> None:
    """Nobody pays 3割 from the day of 2割 on, however late in the month they join."""
    days = live(date(2026, 12, joins_on), engine)
    reference = days.resident(date(1956, 12, 20), None)
    days.join(reference, insurer)
    days.advance(date(2027, 1, 1))
    seen = known(days, reference)
    assert not seen or seen[insurer][0] == "020"
    days.advance(date(2027, 1, 31))
    assert known(days, reference)[insurer][0] == "020"
    assert "turned_70" in [occasion for occasion, *_ in days.papers(reference)]
    shown = [one.filing.reflected_on for one in days.entries(reference)]
    assert shown == sorted(shown)


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("joins_on", [1, 2, 5, 8, 9])
def test_who_joins_in_the_month_of_75_is_at_the_union_as_soon_as_at_the_city(
    live: Callable[..., LivedDays],
    engine: str,
    joins_on: int,
) -> None:
    days = live(date(2027, 3, joins_on), engine)
    reference = days.resident(date(1952, 3, 10), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 3, 31))
    of_union, of_city = known(days, reference)[KOUKI], known(days, reference)[MOGAMI]
    assert of_union == ("010", "20270310", "")
    assert of_city[1:] == (f"202703{joins_on:02}", "20270310")
    shown = {one.number[0]: one.visible_from for one in days.entries(reference)}
    joined = days.entries(reference)[0].visible_from
    assert shown[KOUKI] <= max(joined, _midnight(date(2027, 3, 10)))


@pytest.mark.rules("P-053")
def test_an_employee_who_joins_in_the_month_of_75_is_on_the_list_the_next_day(
    live: Callable[..., LivedDays],
) -> None:
    days = live(date(2027, 3, 2))
    reference = days.resident(date(1952, 3, 10), None)
    days.join(reference, KITAMURA)
    days.advance(date(2027, 3, 3))
    run = days.store.runs.last(KITAMURA, RunKind.NEWCOMERS, date(2027, 3, 3))
    assert run is not None
    assert [one.person_reference for one in run.counts.named] == [reference]


@pytest.mark.rules("P-070")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("joins_on", [date(2027, 3, 2), date(2027, 3, 17), date(2027, 3, 29)])
def test_a_child_who_joins_in_march_pays_the_share_of_school_from_april(
    live: Callable[..., LivedDays],
    engine: str,
    joins_on: date,
) -> None:
    days = live(joins_on, engine)
    reference = days.resident(date(2020, 6, 1), None)
    days.join(reference, MOGAMI)
    days.advance(joins_on + timedelta(days=1))
    days.advance(date(2027, 4, 1))
    seen = known(days, reference)
    assert not seen or seen[MOGAMI][0] == "030"


@pytest.mark.rules("P-070")
def test_the_share_of_an_adult_is_left_to_people(
    live: Callable[..., LivedDays],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2割 below 70 is no child's share; where it is on record nothing changes by itself."""
    # As long as shares were not compared with the age.
    monkeypatch.setattr(edits, "check_ratio", lambda *_: None)
    days = live(date(2027, 2, 20))
    adult, child = (days.resident(born, None) for born in (date(2007, 6, 1), date(2014, 6, 1)))
    for number, reference in enumerate((adult, child), start=1):
        known_by = {"InsuredIdentificationNumber": f"{number}"}
        days.join(reference, MOGAMI, **known_by)
        days.file(reference, MOGAMI, "ratio", InsuredPartialContributionRatio="2割", **known_by)
    days.advance(date(2027, 4, 5))
    kinds = [[one.kind.value for one in days.entries(one)] for one in (adult, child)]
    assert kinds == [["join", "ratio"], ["join", "ratio", "school_entry"]]


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_comes_back_after_a_joining_at_the_union_was_taken_back_joins_it_again(
    live: Callable[..., LivedDays],
    engine: str,
) -> None:
    """On public assistance nobody joins; who has left it before 75 does."""
    days = live(date(2027, 1, 20), engine)
    reference = days.resident(date(1952, 3, 10), None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 2, 2))
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270202", ReasonOfLoss="02")
    days.advance(date(2027, 2, 10))
    (taken_back,) = [
        one for one in days.entries(reference) if one.number[0] == KOUKI and one.version > 2
    ]
    assert taken_back.qualification.never_was
    days.join(reference, MOGAMI, InsuredIdentificationNumber="2")
    days.advance(date(2027, 4, 1))
    at_union = [one for one in days.entries(reference) if one.number[0] == KOUKI]
    assert not at_union[-1].qualification.never_was
    assert at_union[-1].source.channel is FilingChannel.RUN
    assert at_union[-1].number != taken_back.number


@pytest.mark.rules("P-053")
def test_who_dies_before_75_is_not_joined_by_a_run_of_the_same_day(
    live: Callable[..., LivedDays],
) -> None:
    days = live(date(2027, 2, 20))
    reference = days.resident(date(1952, 3, 10), None)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "death", EffectiveDate="20270220")
    days.run(RunKind.LATE_ELDERLY, MOGAMI)
    days.advance(date(2027, 4, 1))
    assert [one for one in days.entries(reference) if one.number[0] == KOUKI] == []


def _midnight(day: date) -> object:
    from datetime import datetime  # noqa: PLC0415

    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)
