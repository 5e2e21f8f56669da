import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.identifiers.last_four import LastFour, compare_last_four
from eligibility.identifiers.numbers import IndividualNumber, InvalidNumber

REGISTERED = IndividualNumber("123456789018")


@pytest.mark.rules("R-190")
@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        ("9018", LastFour.MATCH),
        ("９０１８", LastFour.MATCH),
        (" 90 18", LastFour.MATCH),
        ("9081", LastFour.MISMATCH),
    ],
)
def test_a_member_compares_the_last_four_digits(read, outcome):
    assert compare_last_four(REGISTERED, read) is outcome


@pytest.mark.rules("R-190")
def test_who_finds_other_digits_tells_the_insurer():
    assert "保険者に連絡" in LastFour.MISMATCH.text.ja
    assert "手続きは要りません" in LastFour.MATCH.text.ja


@pytest.mark.parametrize("read", ["", "901", "90188", "901x", "９０１８９", "٩٠١٨"])
def test_anything_but_four_digits_is_refused_and_not_repeated(read):
    with pytest.raises(InvalidNumber) as caught:
        compare_last_four(REGISTERED, read)
    assert not read or read not in str(caught.value)


@given(st.text("0123456789", min_size=4, max_size=4))
def test_no_outcome_repeats_a_digit(read):
    text = compare_last_four(REGISTERED, read).text
    assert read not in text.ja + text.en
