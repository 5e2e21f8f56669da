import pytest

from eligibility.cost.claims import (
    DISASTER_INSURER_NUMBER,
    ClaimMode,
    ClaimTarget,
    claim,
    claim_mode,
    claim_target,
)
from eligibility.identifiers.numbers import InsurerKind


def test_every_mode_says_how_to_claim():
    for mode in ClaimMode:
        assert claim(mode).mode is mode
        assert claim(mode).how.ja
        assert claim(mode).how.en
        assert claim(mode).rules
        assert mode.japanese


@pytest.mark.rules("P-081")
def test_an_unknown_insurer_is_claimed_under_sevens():
    unknown = claim(ClaimMode.UNKNOWN)
    assert unknown.insurer_number == "77777777"
    assert unknown.alternative_insurer_number == "77777779"
    assert unknown.filler == "7777777"
    assert unknown.remarks is not None
    assert unknown.remarks.ja.startswith("不詳")


@pytest.mark.rules("P-080")
def test_the_old_eligibility_is_marked_in_the_remarks():
    old = claim(ClaimMode.OLD_ELIGIBILITY)
    assert old.insurer_number is None
    assert old.remarks is not None
    assert old.remarks.ja == "旧資格"


@pytest.mark.rules("P-082")
def test_the_disaster_number_is_in_no_other_claim():
    for mode in set(ClaimMode) - {ClaimMode.DISASTER}:
        assert DISASTER_INSURER_NUMBER not in {
            claim(mode).insurer_number,
            claim(mode).alternative_insurer_number,
        }
        assert DISASTER_INSURER_NUMBER not in claim(mode).how.ja


@pytest.mark.rules("P-082")
def test_a_disaster_has_numbers_of_its_own():
    disaster = claim(ClaimMode.DISASTER)
    assert disaster.insurer_number == "99999999"
    assert disaster.number == "999999999"
    assert disaster.filler is None
    assert disaster.remarks is not None
    assert disaster.remarks.ja.startswith("不詳")


@pytest.mark.rules("P-080", "T-027")
@pytest.mark.parametrize(
    ("current", "previous", "mode"),
    [
        (True, True, ClaimMode.NORMAL),
        (True, False, ClaimMode.NORMAL),
        (False, True, ClaimMode.OLD_ELIGIBILITY),
        (False, False, ClaimMode.UNKNOWN),
    ],
)
def test_the_current_number_comes_before_the_previous_one(current, previous, mode):
    assert claim_mode(current_known=current, previous_known=previous) is mode


@pytest.mark.rules("P-083")
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (InsurerKind.KUMIAI, ClaimTarget.SHIHARAI_KIKIN),
        (InsurerKind.KYOKAI, ClaimTarget.SHIHARAI_KIKIN),
        (InsurerKind.KOKUHO, ClaimTarget.KOKUHOREN),
        (InsurerKind.KOUKI, ClaimTarget.KOKUHOREN),
        (None, ClaimTarget.EITHER),
    ],
)
def test_a_claim_goes_where_its_kind_of_insurance_belongs(kind, target):
    assert claim_target(kind) is target
