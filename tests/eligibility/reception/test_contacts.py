import pytest

from eligibility.reception.contacts import (
    ADDRESSES,
    HOTLINE,
    KITAMURA,
    MOGAMI,
    MOGAMI_WINDOWS,
    OUTAGE_CALL_CENTRE,
    TSUCHIURA,
    TSUCHIURA_LIMIT,
    TSUCHIURA_LIMIT_IN_THE_TEXT,
    TSUCHIURA_OTHERS,
    TSUCHIURA_PAGE,
    TSUCHIURA_RATIO,
)


@pytest.mark.rules("P-087", "R-116", "R-200", "R-201", "R-202", "R-203", "R-204", "X-08")
def test_the_contacts_are_those_of_the_notices():
    assert HOTLINE.telephone == "0120-95-0178"
    assert OUTAGE_CALL_CENTRE.telephone == "0800-080-4583"
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
