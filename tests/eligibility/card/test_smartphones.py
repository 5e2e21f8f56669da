from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import CertificateState, health_card_state
from eligibility.card.smartphones import ParentCard, Phone, PhoneCard, PhoneObstacle, phone_obstacle

CERTIFICATE, CARD = date(2026, 5, 15), date(2031, 5, 15)
PHONE = PhoneCard(Phone.ANDROID, set_up_on=date(2025, 10, 1), certificate_expires_on=CERTIFICATE)
PARENT = ParentCard(card_expires_on=CARD, certificate_expires_on=CERTIFICATE)


@pytest.mark.rules("P-014")
def test_phones_are_accepted_from_september_2025_at_equipped_clinics():
    phone = PhoneCard(Phone.IPHONE, date(2025, 9, 1), CERTIFICATE)
    assert phone_obstacle(date(2025, 9, 18), phone, PARENT) is PhoneObstacle.NOT_YET
    on = date(2025, 9, 19)
    assert phone_obstacle(on, phone, PARENT) is None
    unequipped = phone_obstacle(on, phone, PARENT, clinic_equipped=False)
    assert unequipped is PhoneObstacle.CLINIC_NOT_EQUIPPED


@pytest.mark.rules("P-014")
def test_the_first_visit_needs_the_physical_card():
    first = phone_obstacle(date(2026, 1, 5), PHONE, PARENT, first_visit=True)
    assert first is PhoneObstacle.FIRST_VISIT


@pytest.mark.rules("P-014")
def test_an_iphone_asks_its_owner_itself_and_android_asks_for_the_pin():
    assert not Phone.IPHONE.asks_for_pin
    assert Phone.ANDROID.asks_for_pin


@pytest.mark.rules("P-015", "T-007")
def test_a_phone_has_no_grace_where_the_card_has():
    on = date(2026, 5, 20)
    assert phone_obstacle(CERTIFICATE, PHONE, PARENT) is None
    assert phone_obstacle(on, PHONE, PARENT) is PhoneObstacle.CERTIFICATE_EXPIRED
    assert health_card_state(on, CERTIFICATE, CARD) is CertificateState.GRACE


@pytest.mark.rules("P-015")
def test_a_phone_stops_with_the_body_of_its_card():
    parent = ParentCard(card_expires_on=date(2026, 1, 4), certificate_expires_on=date(2026, 1, 4))
    assert phone_obstacle(date(2026, 1, 5), PHONE, parent) is PhoneObstacle.CARD_EXPIRED


@pytest.mark.rules("P-015")
def test_a_renewed_card_needs_a_phone_that_was_set_up_anew():
    renewed = ParentCard(CARD, date(2031, 5, 15), renewed_on=date(2026, 4, 1))
    assert phone_obstacle(date(2026, 3, 31), PHONE, renewed) is None
    assert phone_obstacle(date(2026, 4, 1), PHONE, renewed) is PhoneObstacle.APPLY_AGAIN
    anew = PhoneCard(Phone.ANDROID, date(2026, 4, 1), date(2031, 5, 15))
    assert phone_obstacle(date(2026, 4, 2), anew, renewed) is None


@pytest.mark.rules("P-015")
@given(
    st.dates(date(2025, 9, 19), date(2035, 12, 31)),
    st.dates(date(2025, 9, 19), date(2035, 12, 31)),
    st.dates(date(2025, 9, 19), date(2035, 12, 31)),
)
def test_a_phone_never_works_where_its_card_does_not(on, certificate, card):
    parent = ParentCard(card, min(certificate, card))
    if phone_obstacle(on, PHONE, parent) is None:
        assert health_card_state(on, min(certificate, card), card).medical_information
