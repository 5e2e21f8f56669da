"""A share that begins while the lag still keeps it back: its paper holds from its day, once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

NEW_YEAR = date(2027, 1, 1)


def last_day(insurer: str) -> date:
    return date(2027, 7, 31) if insurer == MOGAMI else date(2031, 12, 30)


def with_share(days: LivedDays, reference: str) -> list[tuple[date | None, date | None]]:
    """Return of what shows the share of 70 the days of issue and of its beginning (発効期日)."""
    return [
        (one.document.issued_on, one.document.ratio_from)
        for one in days.store.documents.of_person(reference)
        if one.document.ratio_from is not None
    ]


@pytest.mark.rules("P-071", "R-150", "R-151", "R-152")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("insurer", [MOGAMI, KITAMURA])
@pytest.mark.parametrize("birthdate", [date(1956, 12, 31), date(1957, 1, 1)])
def test_who_joins_just_before_the_share_of_70_gets_one_paper_with_it(
    live: Any,
    engine: str,
    insurer: str,
    birthdate: date,
) -> None:
    days = live(date(2026, 12, 28), engine)
    reference = days.resident(birthdate, None)
    days.join(reference, insurer)
    policy = days.acceptance.policies.of_digits(insurer)
    days.town.now = days.town.now.replace(day=29)
    preview = days.runner.run(days.execution.preview(RunKind.NEWCOMERS, policy, days.today))
    days.advance(date(2026, 12, 29))
    joined, of_70 = days.papers(reference)
    assert joined[0] == "joined"
    assert (of_70[0], of_70[1], of_70[2]) == ("turned_70", "certificate", NEW_YEAR)
    (member,) = preview.members
    assert [one.issued_on for one in member.made.documents] == [NEW_YEAR]
    days.advance(date(2027, 1, 15))
    assert with_share(days, reference) == [(NEW_YEAR, NEW_YEAR)]
    assert len(days.papers(reference)) == 2, days.papers(reference)


@pytest.mark.rules("P-071", "R-070", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_share_of_70_that_is_filed_just_before_is_printed_as_of_its_day(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2026, 11, 10), engine)
    reference = days.resident(date(1956, 12, 20), None)
    days.join(reference, MOGAMI)
    days.advance(date(2026, 11, 28))
    days.advance(date(2026, 12, 28))
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270101"
    )
    occasion, kind, issued_on, expires_on = days.papers(reference)[-1]
    assert (occasion, kind) == ("ratio_changed", "certificate")
    assert (issued_on, expires_on) == (NEW_YEAR, date(2027, 7, 31))
    assert with_share(days, reference)[-1] == (NEW_YEAR, NEW_YEAR)
