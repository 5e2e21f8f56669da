from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import (
    CertificateState,
    RenewalOpens,
    RevocationStatus,
    alert_start,
    card_expiry,
    certificate_expiry,
    certificate_not_after,
    certificate_state,
    expiry_known_at,
    grace_end,
    health_card_state,
    renewable_from,
    renewal_reflected_at,
)
from eligibility.days.birthdays import LeapBirthday
from eligibility.days.dates import TOKYO

FAR = date(2099, 12, 31)


@pytest.mark.rules("R-110", "P-008", "P-010", "T-051")
@pytest.mark.parametrize(
    ("born", "applied_on", "issued_on", "expiry"),
    [
        (date(1980, 10, 10), date(2020, 4, 1), date(2020, 5, 15), date(2029, 10, 10)),
        (date(2004, 3, 1), date(2022, 3, 20), date(2022, 4, 10), date(2027, 3, 1)),
        (date(2004, 3, 1), date(2022, 4, 1), date(2022, 4, 10), date(2032, 3, 1)),
        (date(2008, 12, 1), date(2026, 11, 22), date(2026, 11, 22), date(2030, 12, 1)),
        (date(2008, 11, 20), date(2026, 11, 22), date(2026, 11, 22), date(2036, 11, 20)),
        (date(2026, 10, 20), date(2026, 11, 1), date(2026, 11, 25), date(2031, 10, 20)),
        (date(2008, 11, 22), date(2026, 11, 21), date(2026, 11, 21), date(2030, 11, 22)),
        (date(2008, 11, 22), date(2026, 11, 22), date(2026, 11, 22), date(2036, 11, 22)),
    ],
)
def test_a_card_runs_to_the_tenth_birthday_of_an_adult_and_the_fifth_of_a_minor(
    born, applied_on, issued_on, expiry
):
    assert card_expiry(born, applied_on, issued_on) == expiry


@pytest.mark.rules("R-110", "P-008")
def test_adulthood_counts_at_issue_and_its_age_at_application():
    born = date(2008, 11, 22)
    assert card_expiry(born, date(2026, 11, 1), date(2026, 11, 21)) == date(2030, 11, 22)
    assert card_expiry(born, date(2026, 11, 1), date(2026, 11, 22)) == date(2036, 11, 22)
    twenty = date(2002, 4, 1)
    assert card_expiry(twenty, date(2022, 3, 31), date(2022, 3, 31)) == date(2026, 4, 1)
    assert card_expiry(twenty, date(2022, 3, 31), date(2022, 4, 1)) == date(2032, 4, 1)


@pytest.mark.rules("P-009")
def test_a_card_ends_with_the_period_of_stay():
    expiry = card_expiry(date(1990, 1, 1), date(2026, 1, 5), stay_ends_on=date(2027, 6, 30))
    assert expiry == date(2027, 6, 30)


def test_a_card_is_not_issued_before_it_is_applied_for():
    with pytest.raises(ValueError, match="cannot be issued before"):
        card_expiry(date(1990, 1, 1), date(2026, 1, 5), date(2026, 1, 4))


@pytest.mark.rules("R-111", "P-001")
@pytest.mark.parametrize(
    ("born", "issued_on", "expiry"),
    [
        (date(1980, 10, 10), date(2020, 5, 15), date(2024, 10, 10)),
        (date(1990, 3, 22), date(2021, 3, 21), date(2025, 3, 22)),
        (date(1990, 3, 22), date(2021, 3, 22), date(2026, 3, 22)),
        (date(1990, 3, 22), date(2021, 3, 23), date(2026, 3, 22)),
    ],
)
def test_a_certificate_runs_to_the_fifth_birthday_after_its_issue(born, issued_on, expiry):
    assert certificate_expiry(born, issued_on, FAR) == expiry


@pytest.mark.rules("P-001")
def test_a_leap_birthday_follows_its_parameter():
    born, issued_on = date(2004, 2, 29), date(2022, 6, 1)
    assert certificate_expiry(born, issued_on, FAR) == date(2027, 2, 28)
    assert certificate_expiry(born, issued_on, FAR, leap=LeapBirthday.MAR01) == date(2027, 3, 1)
    assert card_expiry(born, issued_on) == date(2032, 2, 29)


@pytest.mark.rules("P-001")
def test_an_early_renewal_loses_no_time():
    born, old = date(1980, 10, 10), date(2024, 10, 10)
    early = certificate_expiry(born, date(2024, 8, 1), date(2029, 10, 10), replaces_expiry=old)
    assert early == date(2029, 10, 10)
    assert certificate_expiry(born, date(2024, 7, 10), FAR, replaces_expiry=old) == early
    too_early = certificate_expiry(born, date(2024, 7, 9), FAR, replaces_expiry=old)
    assert too_early == date(2028, 10, 10)
    after = certificate_expiry(born, date(2024, 10, 11), FAR, replaces_expiry=old)
    assert after == date(2029, 10, 10)


@pytest.mark.rules("P-001", "P-009")
def test_a_certificate_does_not_outlive_its_card():
    assert certificate_expiry(date(1980, 10, 10), date(2026, 1, 5), date(2029, 10, 10)) == date(
        2029, 10, 10
    )


@pytest.mark.rules("P-001")
def test_a_certificate_works_to_the_last_second_of_its_day_in_tokyo():
    assert certificate_not_after(date(2026, 5, 15)) == datetime(2026, 5, 15, 14, 59, 59, tzinfo=UTC)
    assert certificate_not_after(date(2026, 5, 15)).tzinfo is UTC


@pytest.mark.rules("R-111", "P-002", "X-14")
@pytest.mark.parametrize(
    ("expiry", "last"),
    [
        (date(2026, 2, 15), date(2026, 5, 31)),
        (date(2026, 2, 28), date(2026, 5, 31)),
        (date(2026, 5, 15), date(2026, 8, 31)),
        (date(2026, 11, 22), date(2027, 2, 28)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 10), date(2028, 2, 29)),
        (date(2025, 11, 22), date(2026, 2, 28)),
    ],
)
def test_grace_ends_at_the_end_of_the_third_month(expiry, last):
    assert grace_end(expiry) == last


@pytest.mark.rules("P-003", "T-001", "T-003")
@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2026, 2, 14), CertificateState.VALID),
        (date(2026, 2, 15), CertificateState.VALID_ALERT),
        (date(2026, 5, 15), CertificateState.VALID_ALERT),
        (date(2026, 5, 16), CertificateState.GRACE),
        (date(2026, 8, 31), CertificateState.GRACE),
        (date(2026, 9, 1), CertificateState.LAPSED),
    ],
)
def test_the_state_changes_on_the_day(on, state):
    assert certificate_state(on, date(2026, 5, 15)) is state


@pytest.mark.rules("R-111", "P-003", "T-005")
def test_the_grace_of_november_ends_with_february():
    assert certificate_state(date(2027, 2, 28), date(2026, 11, 22)) is CertificateState.GRACE
    assert certificate_state(date(2027, 3, 1), date(2026, 11, 22)) is CertificateState.LAPSED


@pytest.mark.rules("P-003")
def test_the_alert_of_a_month_end_starts_at_a_month_end():
    assert alert_start(date(2026, 5, 31)) == date(2026, 2, 28)


@pytest.mark.rules("P-002", "P-037")
def test_grace_gives_eligibility_but_no_medical_information():
    assert CertificateState.GRACE.can_check_eligibility
    assert not CertificateState.GRACE.medical_information
    assert CertificateState.VALID_ALERT.medical_information
    assert not CertificateState.LAPSED.can_check_eligibility


@pytest.mark.rules("P-003")
def test_the_reader_asks_for_renewal_three_months_to_either_side_of_the_expiry():
    expiry = date(2026, 5, 15)
    asked = [
        day
        for day in (expiry + timedelta(days=i) for i in range(-200, 200))
        if certificate_state(day, expiry).asks_for_renewal
    ]
    assert (asked[0], asked[-1]) == (date(2026, 2, 15), date(2026, 8, 31))
    assert len(asked) == (asked[-1] - asked[0]).days + 1


@pytest.mark.rules("P-003")
def test_a_renewal_opens_three_months_before_or_a_day_later_by_parameter():
    expiry = date(2026, 5, 31)
    assert renewable_from(expiry) == date(2026, 2, 28)
    assert renewable_from(expiry, RenewalOpens.DAY_AFTER) == date(2026, 3, 1)
    born, old = date(1980, 10, 10), date(2024, 10, 10)
    for opens, new in [
        (RenewalOpens.THREE_MONTHS_BEFORE, date(2029, 10, 10)),
        (RenewalOpens.DAY_AFTER, date(2028, 10, 10)),
    ]:
        day = date(2024, 7, 10)
        assert certificate_expiry(born, day, FAR, replaces_expiry=old, opens=opens) == new


@pytest.mark.rules("P-007", "C-008")
def test_a_renewed_certificate_is_known_to_the_check_after_a_day():
    renewed_at = datetime(2026, 8, 30, 15, 30, tzinfo=TOKYO)
    old, new = date(2026, 5, 15), date(2031, 5, 15)
    known = renewal_reflected_at(renewed_at)
    assert known == datetime(2026, 8, 31, 15, 30, tzinfo=TOKYO)
    assert expiry_known_at(known - timedelta(seconds=1), old, renewed_at, new) == old
    assert expiry_known_at(known, old, renewed_at, new) == new
    assert renewal_reflected_at(renewed_at, 48) == datetime(2026, 9, 1, 15, 30, tzinfo=TOKYO)


@pytest.mark.rules("P-006")
def test_the_body_of_a_card_has_a_grace_as_well():
    expiry = date(2026, 5, 15)
    assert health_card_state(date(2026, 8, 31), expiry, expiry) is CertificateState.GRACE
    assert health_card_state(date(2026, 9, 1), expiry, expiry) is CertificateState.LAPSED


@pytest.mark.rules("P-003", "P-006", "X-14")
def test_a_card_is_as_good_as_the_worse_of_its_two_dates():
    on = date(2026, 5, 20)
    certificate, card = date(2026, 5, 15), date(2031, 5, 15)
    assert health_card_state(on, certificate, card) is CertificateState.GRACE
    assert health_card_state(on, card, certificate) is CertificateState.GRACE
    assert health_card_state(date(2026, 5, 15), certificate, card) is CertificateState.VALID_ALERT


@pytest.mark.rules("P-013")
@pytest.mark.parametrize("revocation", [RevocationStatus.SUSPENDED, RevocationStatus.REVOKED])
def test_what_is_suspended_or_revoked_has_no_grace(revocation):
    on, expiry = date(2026, 1, 5), date(2030, 1, 1)
    assert health_card_state(on, expiry, expiry, revocation) is CertificateState.LAPSED


@pytest.mark.rules("P-013")
def test_whether_a_suspension_stops_the_check_is_a_parameter():
    on, expiry = date(2026, 1, 5), date(2030, 1, 1)
    state = health_card_state(
        on, expiry, expiry, RevocationStatus.SUSPENDED, suspension_blocks=False
    )
    assert state is CertificateState.VALID
    state = health_card_state(on, expiry, expiry, RevocationStatus.REVOKED, suspension_blocks=False)
    assert state is CertificateState.LAPSED


@pytest.mark.rules("P-003")
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(-500, 500))
def test_states_only_ever_get_worse(expiry, offset):
    order = list(CertificateState)
    on = expiry + timedelta(days=offset)
    today = order.index(certificate_state(on, expiry))
    tomorrow = order.index(certificate_state(on + timedelta(days=1), expiry))
    assert tomorrow - today in {0, 1}
