from datetime import datetime

import pytest

from eligibility.contacts import (
    ADDRESSES,
    HOTLINE,
    HOTLINE_MENU,
    KITAMURA,
    MOGAMI,
    MOGAMI_WINDOWS,
    TSUCHIURA,
    TSUCHIURA_LIMIT,
    TSUCHIURA_LIMIT_IN_THE_TEXT,
    TSUCHIURA_OTHERS,
    TSUCHIURA_PAGE,
    TSUCHIURA_RATIO,
    Purpose,
    hotline_open,
)
from eligibility.reflection import TOKYO


def at(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.rules("R-200")
@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        (at(2026, 11, 20, 9, 29), False),
        (at(2026, 11, 20, 9, 30), True),
        (at(2026, 11, 20, 19, 59), True),
        (at(2026, 11, 20, 20, 0), False),
        (at(2026, 11, 21, 17, 29), True),
        (at(2026, 11, 21, 17, 30), False),
        (at(2026, 11, 23, 17, 30), False),
        (at(2026, 12, 28, 18, 0), True),
        (at(2026, 12, 29, 12, 0), False),
        (at(2027, 1, 1, 12, 0), False),
        (at(2027, 1, 3, 12, 0), False),
        (at(2027, 1, 4, 12, 0), True),
    ],
)
def test_the_hotline_has_its_hours_for_enquiries(moment, answers):
    assert hotline_open(moment, Purpose.ENQUIRY) is answers


@pytest.mark.rules("R-115", "R-116", "R-200")
def test_a_loss_can_be_told_at_any_hour_of_the_year():
    assert hotline_open(at(2027, 1, 1, 3), Purpose.LOSS)


@pytest.mark.rules("R-200", "R-201", "R-202", "R-203", "R-204")
def test_the_contacts_are_those_of_the_notices():
    assert HOTLINE.telephone == "0120-95-0178"
    assert HOTLINE_MENU == "4→2"
    assert (TSUCHIURA.telephone, TSUCHIURA.postal_code) == ("029-826-1111", "300-8686")
    assert TSUCHIURA.address == "土浦市大和町9番1号 本庁舎1階"
    assert (TSUCHIURA_RATIO.extension, TSUCHIURA_LIMIT.extension) == ("2296", "2295")
    assert TSUCHIURA_LIMIT_IN_THE_TEXT == "2355"
    assert [one.extension for one in TSUCHIURA_OTHERS] == ["2406", "2290"]
    assert TSUCHIURA_PAGE == "P-18023"
    assert (MOGAMI.telephone, MOGAMI.postal_code) == ("29-6111", "996-0077")
    assert [one.telephone for one in MOGAMI_WINDOWS] == [
        "29-5625",
        "62-2054",
        "55-2113",
        "72-2364",
    ]
    assert KITAMURA.telephone == "088-804-3038"
    assert all(address.startswith("https://") for address in ADDRESSES.values())
    assert any("newpage_40391" in address for address in ADDRESSES.values())
