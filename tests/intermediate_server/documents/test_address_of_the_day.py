"""A paper prints and goes to the address of its own day, where that lies ahead (R-056)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.documents.document import EventKind
from intermediate_server.web.clerk import PersonPage
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

BORN = date(1980, 2, 17)
MOVES_ON = date(2028, 7, 20)
MOVES = {"Address": "真室川町新橋9", "PostNumber": "9995313", "EffectiveDate": "20280720"}


def who_moves(live: Any, engine: str) -> tuple[LivedDays, str]:
    """Return who has joined on 2 July, and moves on the 20th."""
    days = live(date(2028, 7, 2), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI, Address="漆野2", PostNumber="9990000")
    days.file(reference, MOGAMI, "address", **MOVES)
    return days, reference


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_paper_of_a_later_day_goes_to_the_address_of_that_day(live: Any, engine: str) -> None:
    days, reference = who_moves(live, engine)
    selection = days.to_post(MOGAMI, date(2020, 1, 1), days.today)
    expected = {1: "漆野2", 2: MOVES["Address"]}
    keys = days.store.post.keys(selection)
    assert {one.number: one.address for one in keys} == expected
    papers = days.store.post.papers(selection, 0, 10)
    assert {one.number: entry.person.address for one, entry in papers} == expected
    for number, address in expected.items():
        for sent in (False, True):
            if sent:
                days.store.documents.note(reference, number, EventKind.SENT, days.today)
            found = days.store.documents.find(reference, number, days.today)
            assert found is not None
            assert found[1].person.address == address


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "filed"), [("", {}), ("鬼塚　正子", {"Name": "鬼塚　正子"})])
def test_the_page_of_who_moves_later_shows_where_they_live_today(
    live: Any, engine: str, name: str, filed: dict[str, str]
) -> None:
    days, reference = who_moves(live, engine)
    before = days.entries(reference)[0].person.name
    if filed:
        days.file(reference, MOGAMI, "name", **filed, EffectiveDate="20280720")

    def page() -> PersonPage:
        tracked = days.store.ledger.history(reference)
        return PersonPage.of(tracked, (), days.acceptance.policies, days.town.now)

    assert (page().address, page().post_number, page().name) == ("漆野2", "999-0000", before)
    days.advance(MOVES_ON)
    assert (page().address, page().name) == (MOVES["Address"], name or before)
