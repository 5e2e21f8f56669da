"""What a stale answer tells of what was cancelled, renumbered, moved, put back or kept back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.operation.test_faults import RULES, fault, told
from tests.oqs_sim.operation.test_reset import reset, take
from tests.oqs_sim.qualification.test_flags import result_of

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

MOVED = "7654321"
ELSEWHERE = "990028"


def seen_from(day: int) -> dict[str, str]:
    return {"VisibleFrom": f"2026-11-{day:02}T00:00:00+09:00"}


def stale(oqs: Oqs, days: int) -> None:
    oqs.console.delete(RULES).raise_for_status()
    fault(oqs, f"stale:days={days}")


def test_what_was_cancelled_since_is_in_force(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20240401", **seen_from(7))
    assert told(member.check())[0] == told(member.check_number())[0] == "4"
    stale(member, 2)
    assert told(member.check())[0] == told(member.check_number())[0] == "4"
    stale(member, 3)
    assert told(member.check())[0] == told(member.check_number())[0] == "1"


def test_what_was_cancelled_and_reported_anew_since_is_as_it_was_each_time(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20240401", **seen_from(3))
    member.report(3, InsuredPartialContributionRatio="020", **seen_from(7))
    for days, by_card in ((1, ("1", "020")), (3, ("4", None)), (7, ("1", "030"))):
        stale(member, days)
        assert told(member.check()) == told(member.check_number()) == by_card, days


def test_before_a_change_of_number_the_old_one_is_in_force_and_the_new_one_nobodys(
    member: Oqs,
) -> None:
    member.report(2, DisqualificationDate="20240401", **seen_from(7))
    member.report(3, InsuredIdentificationNumber=MOVED, **seen_from(7))

    def numbers() -> tuple[str, str]:
        new = member.check_number(InsuredIdentificationNumber=MOVED)
        return told(member.check_number())[0], told(new)[0]

    assert numbers() == ("3", "1")
    stale(member, 2)
    assert numbers() == ("3", "1")
    stale(member, 3)
    assert numbers() == ("1", "4")
    assert result_of(member.check())["InsuredIdentificationNumber"] == "1234567"


def test_who_moved_to_another_insurer_and_back_is_found_where_they_were(member: Oqs) -> None:
    ended = {"DisqualificationDate": "20261101", **seen_from(3)}
    there = {"QualificationDate": "20261101", **seen_from(3)}
    member.report(2, **ended)
    member.report(3, ELSEWHERE, **there)
    member.report(4, ELSEWHERE, **(there | {"DisqualificationDate": "20261106"} | seen_from(7)))
    member.report(5, QualificationDate="20261106", **seen_from(7))
    for days, (where, here, elsewhere) in {
        2: ("990010", "1", "3"),
        3: (ELSEWHERE, "3", "1"),
        6: (ELSEWHERE, "3", "1"),
        7: ("990010", "1", "4"),
    }.items():
        stale(member, days)
        assert result_of(member.check())["InsurerNumber"].strip() == where, days
        assert told(member.check_number())[0] == here, days
        assert told(member.check_number(InsurerNumber=ELSEWHERE))[0] == elsewhere, days


def test_what_was_put_back_was_never_known(member: Oqs) -> None:
    take(member)
    member.report(2, InsuredPartialContributionRatio="020", **seen_from(3))
    member.report(3, InsuredPartialContributionRatio="010", **seen_from(7))
    stale(member, 3)
    assert told(member.check_number()) == ("1", "020")
    reset(member)
    stale(member, 3)
    assert told(member.check_number()) == ("1", "030")
    member.report(2, DisqualificationDate="20261101", **seen_from(5))
    assert told(member.check_number())[0] == "2"
    stale(member, 5)
    assert told(member.check_number()) == ("1", "030")


def test_of_longer_ago_than_anything_was_known_nobody_is_told(oqs: Oqs) -> None:
    oqs.report(1, **seen_from(1))
    oqs.register()
    stale(oqs, 366)
    assert told(oqs.check())[0] == told(oqs.check_number())[0] == "4"


# --- what is kept back now is kept back, whatever was known ---


def by_card(oqs: Oqs) -> str:
    answer = oqs.check()
    return told(answer)[0] if answer.is_success else answer.json()["code"]


@pytest.mark.rules("P-030")
def test_a_stopped_view_stays_stopped(member: Oqs) -> None:
    member.report(2, ViewStopped="1", **seen_from(7))
    for days in (1, 3, 366):
        stale(member, days)
        assert told(member.check())[0] == told(member.check_number())[0] == "4", days
    member.report(3, **seen_from(8))
    assert told(member.check_number())[0] == "1"


@pytest.mark.rules("P-030")
def test_a_stopped_view_stays_stopped_under_the_number_of_before(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20240401", **seen_from(5))
    member.report(3, InsuredIdentificationNumber=MOVED, ViewStopped="1", **seen_from(7))
    stale(member, 6)
    assert told(member.check())[0] == told(member.check_number())[0] == "4"


@pytest.mark.rules("P-030")
def test_a_view_that_one_insurer_stopped_keeps_back_nothing_of_another(member: Oqs) -> None:
    member.report(2, ELSEWHERE, ViewStopped="1", QualificationDate="20261107", **seen_from(7))
    stale(member, 3)
    assert told(member.check())[0] == told(member.check_number())[0] == "1"


@pytest.mark.rules("P-030")
def test_what_was_cancelled_while_stopped_keeps_back_no_other_number(member: Oqs) -> None:
    stopped: dict[str, Any] = {"ViewStopped": "1", "DisqualificationDate": "20240401"}
    member.report(2, **stopped, **seen_from(3))
    member.report(3, InsuredIdentificationNumber=MOVED, **seen_from(3))
    for days, by_number in ((2, "1"), (7, "4")):
        stale(member, days)
        assert told(member.check_number())[0] == "4", days
        new = member.check_number(InsuredIdentificationNumber=MOVED)
        assert told(new)[0] == by_number, days


@pytest.mark.rules("P-031")
def test_who_is_kept_from_using_the_card_stays_so(member: Oqs) -> None:
    member.report(2, Address="模擬県", PostNumber="990-0001", **seen_from(3))
    blocked = {"SelfInformationBlocked": "1", "QualificationDate": "20261107"}
    member.report(3, ELSEWHERE, **blocked, **seen_from(7))
    stale(member, 3)
    assert by_card(member) == "SIM-CARD-USE-BLOCKED"
    assert not {"Address", "PostNumber"} & result_of(member.check_number()).keys()


@pytest.mark.rules("P-031")
def test_an_address_that_is_hidden_stays_so(member: Oqs) -> None:
    member.report(2, Address="模擬県", PostNumber="990-0001", **seen_from(3))
    member.report(3, Address="模擬県", PostNumber="990-0001", Undisclosed="1", **seen_from(7))
    stale(member, 3)
    assert not {"Address", "PostNumber"} & result_of(member.check()).keys()
