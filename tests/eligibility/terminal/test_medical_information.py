from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import CertificateState
from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import Consent, ConsentItem
from eligibility.terminal.identity import Operation
from eligibility.terminal.medical_information import (
    PORTAL_2023,
    DrugWindow,
    InformationKind,
    Profession,
    eligibility_kept_until,
    information_kept_until,
    visible_kinds,
)

AT = datetime(2026, 11, 22, 9, 30, tzinfo=TOKYO)
ALL = Consent(AT, frozenset(ConsentItem))
WINDOW = DrugWindow()

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.rules("R-171")
def test_doctors_and_dentists_see_all_and_pharmacists_drugs_only():
    assert visible_kinds(ALL, AT, Profession.DOCTOR) == set(InformationKind)
    assert visible_kinds(ALL, AT, Profession.DENTIST) == set(InformationKind)
    assert visible_kinds(ALL, AT, Profession.PHARMACIST) == {InformationKind.MEDICINE}


@pytest.mark.rules("R-170")
@given(st.sets(st.sampled_from(ConsentItem)), st.sampled_from(Profession))
def test_nothing_is_seen_that_was_not_agreed_to(items, role):
    seen = visible_kinds(Consent(AT, frozenset(items)), AT, role)
    assert {kind.item for kind in seen} <= items


@pytest.mark.rules("R-170", "P-036")
def test_who_declines_shows_nothing():
    assert visible_kinds(None, AT, Profession.DOCTOR) == frozenset()


@pytest.mark.rules("P-035")
def test_a_later_visit_needs_another_consent():
    assert visible_kinds(ALL, AT + timedelta(hours=24), Profession.DOCTOR)
    assert not visible_kinds(ALL, AT + timedelta(hours=24, seconds=1), Profession.DOCTOR)


@pytest.mark.rules("P-002", "P-037", "T-001", "T-003")
def test_in_the_grace_nothing_medical_is_seen():
    assert visible_kinds(ALL, AT, Profession.DOCTOR, CertificateState.VALID_ALERT)
    assert not visible_kinds(ALL, AT, Profession.DOCTOR, CertificateState.GRACE)


@pytest.mark.rules("P-022")
def test_an_operation_for_eligibility_alone_shows_nothing_medical():
    assert visible_kinds(ALL, AT, Profession.DOCTOR, operation=Operation.HOME_CONSENT)
    assert not visible_kinds(ALL, AT, Profession.DOCTOR, operation=Operation.ELIGIBILITY_ONLY)


@pytest.mark.rules("R-172")
def test_drugs_are_seen_from_a_month_to_five_years_back():
    on = date(2026, 11, 22)
    assert WINDOW.visible(date(2026, 10, 22), on)
    assert not WINDOW.visible(date(2026, 10, 23), on)
    assert WINDOW.visible(date(2021, 11, 22), on)
    assert not WINDOW.visible(date(2021, 11, 21), on)


@pytest.mark.rules("R-172")
@given(days)
def test_the_drugs_of_the_current_month_are_not_seen_by_claims(on):
    dispensed = (on.replace(day=1) + timedelta(days=i) for i in range(on.day))
    assert not any(WINDOW.visible(day, on) for day in dispensed)


@pytest.mark.rules("R-172", "P-040")
@given(days, st.integers(0, 5 * 365))
def test_where_e_prescriptions_are_read_nothing_is_missing_from_today_to_five_years(on, back):
    assert WINDOW.visible(on - timedelta(days=back), on, e_prescription=True)


@pytest.mark.rules("P-040")
def test_an_e_prescription_is_read_for_a_hundred_days():
    slow = DrugWindow(lag_months=12)
    dispensed_on = date(2026, 1, 1)
    assert slow.visible(dispensed_on, date(2026, 4, 11), e_prescription=True)
    assert not slow.visible(dispensed_on, date(2026, 4, 12), e_prescription=True)


@pytest.mark.rules("P-040", "X-11")
def test_the_older_page_knew_a_month_and_a_half_and_three_years():
    on = date(2026, 11, 22)
    assert PORTAL_2023.visible(date(2026, 10, 7), on)
    assert not PORTAL_2023.visible(date(2026, 10, 8), on)
    assert PORTAL_2023.visible(date(2023, 11, 22), on)
    assert not PORTAL_2023.visible(date(2023, 11, 21), on)


@pytest.mark.rules("P-040")
def test_a_day_of_the_month_on_which_claims_arrive_is_a_parameter():
    eleventh = DrugWindow(lag_months=0, claims_day=11)
    assert eleventh.claims_from(date(2026, 10, 31)) == date(2026, 11, 11)
    assert eleventh.claims_from(date(2026, 12, 1)) == date(2027, 1, 11)


@pytest.mark.rules("R-172")
@given(days, days)
def test_nothing_is_seen_before_it_was_dispensed(dispensed_on, on):
    if on < dispensed_on:
        assert not WINDOW.visible(dispensed_on, on, e_prescription=True)


@pytest.mark.rules("P-033")
def test_an_eligibility_is_kept_for_ten_years_and_the_rest_for_five():
    assert eligibility_kept_until(date(2026, 4, 1)) == date(2036, 4, 1)
    assert information_kept_until(date(2028, 2, 29)) == date(2033, 2, 28)
