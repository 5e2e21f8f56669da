from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.qualification import (
    Qualification,
    QualificationValidity,
    ReasonOfLoss,
    Verdict,
    judge_card,
    judge_number,
)

KOKUHO = Qualification("990010", "最上", "1234567", "01", date(2020, 4, 1))
KUMIAI = Qualification("06990014", "12", "345", "00", date(2026, 11, 16))
LEFT = replace(
    KOKUHO, disqualified_on=date(2026, 11, 16), reason_of_loss=ReasonOfLoss.OTHER_INSURANCE
)

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
qualifications = st.builds(
    lambda start, length, number: replace(
        KOKUHO,
        number=str(number),
        qualified_on=start,
        disqualified_on=None if length is None else start + timedelta(days=length),
    ),
    days,
    st.none() | st.integers(0, 2000),
    st.integers(1, 4),
)


@pytest.mark.rules("R-052")
def test_the_day_of_loss_is_no_longer_insured():
    assert LEFT.active(date(2026, 11, 15))
    assert not LEFT.active(date(2026, 11, 16))
    assert LEFT.lost(date(2026, 11, 16))


def test_a_cancelled_qualification_was_never_in_force():
    cancelled = replace(KUMIAI, disqualified_on=KUMIAI.qualified_on)
    assert not cancelled.active(KUMIAI.qualified_on)


@pytest.mark.rules("P-024")
def test_of_a_cancelled_qualification_nothing_is_told():
    cancelled = replace(KUMIAI, disqualified_on=KUMIAI.qualified_on)
    on = date(2026, 11, 20)
    none = Verdict(QualificationValidity.NONE)
    assert judge_card([cancelled], on) == none
    assert judge_number(cancelled, [cancelled], on) == none
    assert judge_card([LEFT, cancelled], on).qualification == LEFT
    renumbered = replace(KUMIAI, number="346")
    verdict = judge_number(cancelled, [cancelled, renumbered], on)
    assert verdict.validity is QualificationValidity.INVALID_NEW_EXISTS


def test_a_loss_before_the_beginning_is_refused():
    with pytest.raises(ValueError, match="cannot be lost before"):
        replace(KUMIAI, disqualified_on=date(2026, 11, 15))


@pytest.mark.rules("P-024")
def test_a_card_with_one_qualification_in_force_is_valid():
    verdict = judge_card([LEFT, KUMIAI], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.VALID
    assert verdict.qualification == KUMIAI


@pytest.mark.rules("P-025", "R-097", "R-142")
def test_a_card_in_the_lag_is_invalid_and_shows_what_was_lost():
    verdict = judge_card([LEFT], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.INVALID
    assert verdict.qualification == LEFT


def test_a_card_shows_the_qualification_that_was_lost_last():
    older = replace(LEFT, number="7654321", disqualified_on=date(2021, 1, 1))
    assert judge_card([LEFT, older], date(2026, 11, 20)).qualification == LEFT


@pytest.mark.rules("P-024")
def test_a_card_with_several_in_force_is_told_so():
    verdict = judge_card([KOKUHO, KUMIAI], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.SEVERAL
    assert verdict.qualification is None
    assert verdict.active == (KOKUHO, KUMIAI)


@pytest.mark.rules("P-024", "P-025")
@pytest.mark.parametrize("known", [[], [KUMIAI]])
def test_a_card_without_any_qualification_yet_has_none(known):
    assert judge_card(known, date(2026, 11, 15)).validity is QualificationValidity.NONE


@pytest.mark.rules("P-024")
def test_a_number_in_force_is_valid():
    verdict = judge_number(KUMIAI, [LEFT, KUMIAI], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.VALID
    assert verdict.qualification == KUMIAI


@pytest.mark.rules("P-024", "R-052")
def test_a_lost_number_tells_of_the_new_qualification():
    verdict = judge_number(LEFT, [LEFT, KUMIAI], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.INVALID_NEW_EXISTS
    assert verdict.qualification == LEFT
    assert verdict.active == (KUMIAI,)


@pytest.mark.rules("P-024", "R-052")
def test_a_lost_number_without_a_new_one_is_invalid():
    verdict = judge_number(LEFT, [LEFT], date(2026, 11, 20))
    assert verdict.validity is QualificationValidity.INVALID


@pytest.mark.rules("P-026")
def test_a_number_that_leads_nowhere_or_begins_later_has_none():
    assert judge_number(None, [], date(2026, 11, 20)).validity is QualificationValidity.NONE
    early = judge_number(KUMIAI, [KUMIAI], date(2026, 11, 15))
    assert early.validity is QualificationValidity.NONE


def test_a_number_given_again_is_valid():
    again = replace(KOKUHO, qualified_on=date(2027, 4, 1))
    verdict = judge_number(LEFT, [LEFT, again], date(2027, 5, 1))
    assert verdict.validity is QualificationValidity.VALID
    assert verdict.qualification == again


@given(st.lists(qualifications, max_size=5), days)
def test_card_and_number_agree_on_who_is_insured(known, on):
    by_card = judge_card(known, on)
    insured = any(one.active(on) for one in known)
    assert insured == (
        by_card.validity in {QualificationValidity.VALID, QualificationValidity.SEVERAL}
    )
    for asked in known:
        by_number = judge_number(asked, known, on)
        assert by_number.active == by_card.active
        if by_number.validity is QualificationValidity.INVALID:
            assert not insured


@pytest.mark.rules("P-024")
def test_the_codes_are_those_of_the_interface():
    assert [(one.value, one.japanese) for one in QualificationValidity] == [
        (1, "有効"),
        (2, "無効"),
        (3, "無効（新しい資格あり）"),
        (4, "該当資格なし"),
        (5, "複数該当"),
        (6, "有効（未登録）"),
    ]


@pytest.mark.rules("P-030")
def test_a_stopped_view_shows_nothing_of_the_person():
    stopped = judge_card([LEFT, KUMIAI], date(2026, 11, 20), view_stopped=True)
    assert stopped.validity is QualificationValidity.NONE
    assert stopped.qualification is None
    assert stopped.active == ()


@pytest.mark.rules("P-092")
def test_a_visit_in_the_lag_is_insured_from_the_day_of_joining():
    assert KUMIAI.active(date(2026, 11, 16))
    assert not KUMIAI.active(date(2026, 11, 15))


@pytest.mark.rules("P-027")
def test_the_reasons_of_loss_are_those_of_the_interface():
    assert [reason.value for reason in ReasonOfLoss] == ["01", "02", "03", "99"]
