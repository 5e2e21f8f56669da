from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import card_expiry
from eligibility.card.makes import (
    CardApplicationChannel,
    CardMake,
    Knowledge,
    card_make,
    obtainable,
)

flags = st.fixed_dictionaries(
    {"identified": st.booleans(), "line_up": st.booleans(), "consented": st.booleans()}
)


@pytest.mark.rules("P-010")
def test_the_card_of_an_infant_has_no_photograph_and_ends_on_the_fifth_birthday():
    born, applied_on = date(2026, 10, 20), date(2026, 11, 1)
    make = card_make(born, applied_on)
    assert make is CardMake.INFANT
    assert make.has_pin
    assert not make.has_photo
    assert card_expiry(born, applied_on, date(2026, 11, 25)) == date(2031, 10, 20)


@pytest.mark.rules("P-010")
@pytest.mark.parametrize(
    ("born", "applied_on", "make"),
    [
        (date(2024, 6, 1), date(2024, 12, 1), CardMake.STANDARD),
        (date(2024, 6, 1), date(2024, 12, 2), CardMake.INFANT),
        (date(2025, 11, 22), date(2026, 11, 21), CardMake.INFANT),
        (date(2025, 11, 22), date(2026, 11, 22), CardMake.STANDARD),
    ],
)
def test_cards_without_a_photograph_are_for_who_is_under_one_since_december_2024(
    born, applied_on, make
):
    assert card_make(born, applied_on) is make


@pytest.mark.rules("P-011")
def test_a_card_can_do_without_a_pin_but_not_without_pin_and_photograph():
    make = card_make(date(1940, 1, 1), date(2026, 1, 5), face_only=True)
    assert make is CardMake.FACE_ONLY
    assert make.has_photo
    assert not make.has_pin
    with pytest.raises(ValueError, match="PIN"):
        card_make(date(2025, 12, 1), date(2026, 1, 5), face_only=True)


@pytest.mark.rules("R-120")
def test_a_card_is_applied_for_in_three_ways():
    assert {channel.value for channel in CardApplicationChannel} == {
        "online",
        "mail",
        "photo_booth",
    }


@pytest.mark.rules("R-173")
@given(st.booleans(), st.booleans())
def test_a_card_alone_tells_no_more_than_is_printed_on_it(line_up, consented):
    known = obtainable(identified=False, line_up=line_up, consented=consented)
    assert known == {Knowledge.CARD_FACE}


@pytest.mark.rules("R-174", "X-03")
@given(st.booleans(), st.booleans())
def test_without_the_line_a_card_shows_no_symbol_and_number(identified, consented):
    known = obtainable(identified=identified, line_up=False, consented=consented)
    assert Knowledge.SYMBOL_AND_NUMBER not in known


@pytest.mark.rules("R-170", "R-173")
@given(flags)
def test_medical_information_needs_identity_line_and_consent(given_flags):
    known = obtainable(**given_flags)
    assert (Knowledge.MEDICAL_INFORMATION in known) == all(given_flags.values())
