"""Who pays 3割 from 70 on (現役並み) keeps it, whatever runs come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from testbed.cards.life import TOWN_DAY
from testbed.cards.personas import townspeople
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

WORKING = [
    key
    for key, who in townspeople().items()
    if who.life
    and who.life.ratio == "030"
    and who.birthdate < f"{TOWN_DAY.year - 70}{TOWN_DAY:%m%d}"
    and not (who.life.insurer or "").startswith("39")
]


@pytest.mark.rules("P-072", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("key", WORKING)
def test_who_works_on_in_the_town_pays_3_tenths_all_the_year(
    live: Any, engine: str, key: str
) -> None:
    who = townspeople()[key]
    assert who.life is not None
    days: LivedDays = live(TOWN_DAY, engine)
    reference = days.resident(date.fromisoformat(who.birthdate))
    for filing in who.life.filings:
        texts = dict(filing)
        kind, insurer = texts.pop("Kind"), texts.pop("InsurerNumber")
        days.file(reference, insurer, kind, **texts)
    days.advance(TOWN_DAY.replace(year=TOWN_DAY.year + 1))
    assert days.entries(reference)[-1].ratio == "030"


@pytest.mark.rules("P-028", "P-072", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("category", "ratio"), [("B02", "030"), ("B04", "020")])
def test_a_limit_of_working_income_says_that_the_share_of_70_is_3_tenths(
    live: Any, engine: str, category: str, ratio: str
) -> None:
    days: LivedDays = live(date(2026, 10, 20), engine)
    reference = days.resident(date(1956, 11, 10))
    days.join(reference, MOGAMI, QualificationDate="20200401", FiledOn="20200401")
    days.file(
        reference, MOGAMI, "limit", LimitClassificationFlag=category, EffectiveDate="20261201"
    )
    days.advance(date(2026, 12, 2))
    of_70 = days.entries(reference)[-1]
    assert (of_70.kind.value, of_70.ratio) == ("seventy", ratio)
    assert days.papers(reference)[-1][0] == "turned_70"
