"""Moving: between the planned day and the 転入届 the card rests, after the days it lapses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from tests.oqs_sim.conftest import HANAKO, ICHIRO
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

MOVED_OUT, LAPSED = "SIM-CARD-MOVED-OUT", "SIM-CARD-LAPSED-BY-MOVE"


@pytest.mark.rules("R-112")
def test_a_card_rests_from_the_planned_day_until_moving_in_is_filed(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    assert "令和8年11月20日（金）から休止します" in counter.card()["Sentence"]
    assert counter.check("2026-11-19", "23:59:59") == "ok"
    assert counter.check("2026-11-20", "00:00:00") == MOVED_OUT
    assert "休止しています" in counter.card()["Sentence"]
    assert counter.card()["Works"] is False
    member.set_clock("2026-11-25T10:00:00+09:00")
    counter.file("move_in", MovedOn="20261120", Address="模擬県別市1-1", MunicipalityCode="99002")
    assert counter.check("2026-11-25", "10:00:00") == "ok"
    shown = counter.shown()
    assert (shown["Address"], shown["MunicipalityCode"]) == ("模擬県別市1-1", "99002")


@pytest.mark.rules("R-112")
@pytest.mark.parametrize("number", [HANAKO, ICHIRO])
@pytest.mark.parametrize("issued_on", ["2026-11-10", "2026-11-21"])
def test_a_card_that_j_lis_issues_during_a_move_rests_as_any_other(
    oqs: Oqs, issued_on: str, number: str
) -> None:
    who = oqs.hanako if number == HANAKO else oqs.resident(ICHIRO, "田中　一郎", "19520603")
    counter = Counter(oqs, who)
    counter.file("move_out", PlannedOn="20261120")
    oqs.set_clock(f"{issued_on}T10:00:00+09:00")
    oqs.issue(number)
    assert counter.card()["Works"] is (issued_on < "2026-11-20")
    oqs.set_clock("2026-11-25T10:00:00+09:00")
    assert counter.card()["Works"] is False
    assert "休止しています" in counter.card()["Sentence"]
    counter.file("move_in", MovedOn="20261120", Address="模擬県別市1-1", MunicipalityCode="99002")
    assert counter.card()["Works"] is True


@pytest.mark.rules("R-112")
def test_a_card_that_j_lis_issues_after_a_lapse_works(member: Oqs) -> None:
    """A card that is issued ends a lapse, as one that is handed over does."""
    counter = Counter(member)
    counter.file("leave_country", PlannedOn="20261120")
    member.set_clock("2026-11-25T10:00:00+09:00")
    assert counter.card()["Works"] is False
    member.issue(HANAKO)
    assert counter.card()["Works"] is True


@pytest.mark.rules("R-112", "R-114")
def test_without_moving_in_the_card_lapses_after_thirty_days(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    # The 30th day, 20 December, is a Sunday.
    assert counter.check("2026-12-21") == MOVED_OUT
    assert counter.check("2026-12-22") == LAPSED
    counter.file("move_in", MovedOn="20261220", Address="模擬県別市1-1")
    assert counter.check("2026-12-22") == LAPSED, "it was too late"
    assert "失効しています" in counter.refused("continue_use")


@pytest.mark.rules("R-112", "R-114")
def test_the_revocation_list_has_a_card_that_rests_on_hold_and_one_that_lapsed_for_good(
    member: Oqs,
) -> None:
    def listed() -> list[Any] | None:
        answer = member.console.get("/sim/jlis/authorities/authentication/crl")
        entry = x509.load_der_x509_crl(answer.content).get_revoked_certificate_by_serial_number(
            member.card.certificate.serial_number
        )
        return None if entry is None else [one.value.reason for one in entry.extensions]

    Counter(member).file("move_out", PlannedOn="20261120")
    assert listed() is None
    member.set_clock("2026-11-20T00:00:00+09:00")
    assert listed() == [x509.ReasonFlags.certificate_hold]
    member.set_clock("2026-12-22T00:00:00+09:00")
    assert listed() == []


@pytest.mark.rules("R-114")
def test_who_files_more_than_fourteen_days_after_moving_has_lost_the_card(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261110")
    member.set_clock("2026-11-25T10:00:00+09:00")
    receipt = counter.file("move_in", MovedOn="20261110", Address="模擬県別市1-1", Continued=True)
    assert "令和8年11月24日（火）" in receipt["Sentence"]
    assert counter.check("2026-11-25", "11:00:00") == LAPSED
    assert counter.possible() >= {"apply"}


@pytest.mark.rules("R-113")
def test_without_continued_use_the_card_lapses_after_the_ninetieth_day(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    member.set_clock("2026-11-23T10:00:00+09:00")
    counter.file("move_in", MovedOn="20261121", Address="模擬県別市1-1")
    # The 90th day, 21 February, is a Sunday.
    assert counter.check("2027-02-22", "23:59:59") == "ok"
    assert counter.check("2027-02-23", "00:00:00") == LAPSED
    assert "失効しています" in counter.refused("continue_use")


@pytest.mark.rules("R-113")
def test_with_continued_use_on_the_last_day_the_card_goes_on(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    member.set_clock("2026-11-23T10:00:00+09:00")
    counter.file("move_in", MovedOn="20261121", Address="模擬県別市1-1")
    member.set_clock("2027-02-22T10:00:00+09:00")
    counter.file("continue_use")
    assert counter.check("2027-03-01") == "ok"
    assert "StopsFrom" not in counter.card() or counter.card()["StopsFrom"] is None


@pytest.mark.rules("P-016")
def test_a_move_revokes_the_signature_certificate_only(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261109")
    counter.file("move_in", Address="模擬県別市1-1", Continued=True)
    assert counter.card()["Certificates"].keys() == {"authentication"}
    assert counter.check("2026-11-10") == "ok"


def test_moving_in_needs_moving_out_and_an_address_and_a_day_that_has_come(member: Oqs) -> None:
    counter = Counter(member)
    assert "転出届が出ていません" in counter.refused("move_in", Address="模擬県別市1-1")
    counter.file("move_out", PlannedOn="20261120")
    assert "もう出ています" in counter.refused("move_out", PlannedOn="20261121")
    assert "住所" in counter.refused("move_in")
    late = counter.refused("move_in", Address="模擬県別市1-1", MovedOn="20261110")
    assert "今日より後" in late
    old = counter.refused("move_in", Address="模擬県別市1-1", MovedOn="19010101")
    assert "古すぎます" in old
    assert "366日より先" in Counter(
        member, member.resident("990000000027", "田中　一郎", "19520603")
    ).refused("move_out", PlannedOn="20290101")


def test_where_the_known_calendar_ends_nothing_is_filed_beyond_it(member: Oqs) -> None:
    member.set_clock("2098-12-20T10:00:00+09:00")
    counter = Counter(member)
    assert "2099年までの日付" in counter.refused("move_out", PlannedOn="20991215")
    assert not counter.shown()["Receipts"]


@pytest.mark.rules("R-112")
def test_where_the_deployment_says_so_the_card_works_until_moving_in_is_overdue(
    member: Oqs,
) -> None:
    with member.another(card_rests_between_moves=False) as other:
        counter = Counter(other)
        counter.file("move_out", PlannedOn="20261120")
        assert counter.check("2026-12-21") == "ok"
        assert counter.check("2026-12-22") == LAPSED


@pytest.mark.rules("R-119")
def test_who_leaves_the_country_without_filing_loses_the_card_that_day(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("leave_country", PlannedOn="20261210")
    assert counter.check("2026-12-09") == "ok"
    assert counter.check("2026-12-10", "00:00:00") == "SIM-CARD-LEFT-COUNTRY"
    assert "令和8年12月9日（水）まででした" in counter.refused("continue_abroad")
    back = counter.file("come_back", Address="模擬県模擬市2")
    assert "申請が必要です" in back["Sentence"]
    assert counter.check("2026-12-11") == "SIM-CARD-LEFT-COUNTRY", "only a new card helps"


@pytest.mark.rules("R-119")
def test_who_files_until_the_day_before_keeps_the_card_abroad(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("leave_country", PlannedOn="20261210")
    member.set_clock("2026-12-09T16:00:00+09:00")
    counter.file("continue_abroad")
    assert counter.check("2027-01-10") == "ok"
    assert "このまま使えます" in counter.file("come_back", Address="模擬県模擬市2")["Sentence"]
    assert counter.check("2027-01-11") == "ok"


@pytest.mark.rules("R-112")
def test_a_planned_day_that_is_far_away_is_told_on_which_side(member: Oqs) -> None:
    counter = Counter(member)
    assert "令和2年1月1日（水）は、今日から30日より前です。" in counter.refused(
        "move_out", PlannedOn="20200101"
    )
    counter.refused("move_out", PlannedOn="20261009")
    ahead = counter.refused("move_out", PlannedOn="20271111")
    assert "令和9年11月11日（木）は、今日から366日より先です。" in ahead
    counter.file("move_out", PlannedOn="20271110")
