from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import CertificateState
from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import (
    CLINICAL,
    Consent,
    ConsentItem,
    Reference,
    asked_items,
    blanket_offered,
    consentable_items,
    give_consent,
    limit_in_answer,
)

MEDICAL = (ConsentItem.SURGERY, ConsentItem.TREATMENT_AND_MEDICINE, ConsentItem.CHECKUP)
GIVEN_AT = datetime(2026, 11, 22, 9, 30, tzinfo=TOKYO)
BEFORE, SINCE = date(2024, 10, 6), date(2024, 10, 7)


@pytest.mark.rules("R-090", "P-034")
def test_the_screen_asks_for_surgery_treatment_and_checkups():
    assert asked_items(date(2026, 11, 22)) == MEDICAL


@pytest.mark.rules("P-034")
def test_the_limit_is_no_longer_asked_for_since_october_2024():
    assert asked_items(BEFORE) == (*MEDICAL, ConsentItem.LIMIT)
    assert asked_items(SINCE) == MEDICAL
    assert not blanket_offered(BEFORE)
    assert blanket_offered(SINCE)


@pytest.mark.rules("P-002", "P-037")
@pytest.mark.parametrize("state", [CertificateState.GRACE, CertificateState.LAPSED])
def test_no_medical_information_is_asked_for_after_expiry(state):
    assert asked_items(date(2026, 11, 22), state) == ()


@pytest.mark.rules("P-034")
def test_specific_diseases_and_from_a_day_on_the_six_further_items_can_be_consented_to():
    day = date(2026, 11, 22)
    assert consentable_items(day) == (*MEDICAL, ConsentItem.SPECIFIC_DISEASE, *CLINICAL)
    later = consentable_items(day, clinical_from=date(2026, 11, 23))
    assert later == (*MEDICAL, ConsentItem.SPECIFIC_DISEASE)
    assert ConsentItem.LIMIT in consentable_items(BEFORE)


@pytest.mark.rules("P-002", "P-037")
def test_after_expiry_nothing_can_be_consented_to():
    assert consentable_items(date(2026, 11, 22), CertificateState.GRACE) == ()


@pytest.mark.rules("P-035")
def test_a_consent_holds_for_a_day_to_the_second():
    consent = Consent(GIVEN_AT, frozenset(MEDICAL))
    last = datetime(2026, 11, 23, 9, 30, tzinfo=TOKYO)
    assert consent.holds(ConsentItem.CHECKUP, GIVEN_AT)
    assert consent.holds(ConsentItem.CHECKUP, last)
    assert not consent.holds(ConsentItem.CHECKUP, last + timedelta(seconds=1))
    assert not consent.holds(ConsentItem.CHECKUP, GIVEN_AT - timedelta(seconds=1))


@pytest.mark.rules("P-035")
def test_a_consent_that_was_withdrawn_holds_no_more_and_keeps_what_it_was():
    withdrawn_at = GIVEN_AT + timedelta(hours=1)
    consent = Consent(GIVEN_AT, frozenset(MEDICAL), withdrawn_at)
    assert consent.until == withdrawn_at
    assert not consent.holds(ConsentItem.CHECKUP, withdrawn_at)
    assert not consent.holds_at(withdrawn_at)
    assert consent.items == set(MEDICAL)


@pytest.mark.rules("R-170")
@given(st.sets(st.sampled_from(MEDICAL)))
def test_only_what_was_agreed_to_is_held(items):
    consent = give_consent(items, GIVEN_AT, asked_items(GIVEN_AT.date()))
    assert {item for item in ConsentItem if consent.holds(item, GIVEN_AT)} == items


@pytest.mark.rules("R-170", "P-037")
def test_nobody_agrees_to_what_was_not_asked_for():
    asked = asked_items(GIVEN_AT.date(), CertificateState.GRACE)
    with pytest.raises(ValueError, match="checkup"):
        give_consent([ConsentItem.CHECKUP], GIVEN_AT, asked)


@pytest.mark.rules("P-034", "R-153")
def test_by_card_the_limit_needs_no_consent_since_october_2024():
    assert not limit_in_answer(BEFORE, Reference.CARD)
    assert limit_in_answer(BEFORE, Reference.CARD, consented=True)
    assert limit_in_answer(SINCE, Reference.CARD)


@pytest.mark.rules("P-034")
def test_by_number_the_limit_needs_an_oral_consent():
    assert not limit_in_answer(SINCE, Reference.NUMBER)
    assert limit_in_answer(SINCE, Reference.NUMBER, consented=True)


@pytest.mark.rules("P-037")
def test_the_limit_in_the_grace_is_a_parameter():
    grace, on = CertificateState.GRACE, date(2026, 6, 1)
    assert limit_in_answer(on, Reference.CARD, certificate=grace)
    assert not limit_in_answer(on, Reference.CARD, certificate=grace, in_grace=False)
    assert not limit_in_answer(on, Reference.CARD, certificate=CertificateState.LAPSED)
