from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.documents.document_policy import (
    CertificatePolicy,
    EmergencyAnchor,
    EmergencyTerm,
    LapsedIssue,
    NoticePolicy,
    Term,
    TermMode,
)
from eligibility.documents.validity import (
    certificate_end,
    emergency_end,
    first_certificate_by,
    first_certificate_expected,
    lapsed_issue_day,
    late_elderly_mailed_in,
    mailed_from,
    notice_end,
    ratio_printed,
    term_end,
    yearly_end_mailed,
)
from eligibility.identifiers.numbers import InsurerKind

YEARLY = CertificatePolicy()
ADULT = date(1980, 2, 17)
days = st.dates(date(2024, 12, 2), date(2035, 12, 31))


@pytest.mark.rules("R-043", "PP-03", "T-019")
@pytest.mark.parametrize(
    ("issued", "ends"),
    [
        (date(2024, 12, 2), date(2025, 7, 31)),
        (date(2025, 8, 1), date(2026, 7, 31)),
        (date(2026, 7, 31), date(2026, 7, 31)),
        (date(2026, 8, 1), date(2027, 7, 31)),
        (date(2026, 11, 24), date(2027, 7, 31)),
    ],
)
def test_a_yearly_certificate_ends_on_the_next_last_of_july(issued, ends):
    assert term_end(issued, Term()) == ends
    assert certificate_end(issued, ADULT, InsurerKind.KOKUHO, YEARLY) == ends


@pytest.mark.rules("P-061", "PP-03")
def test_a_certificate_of_years_ends_before_the_anniversary():
    assert term_end(date(2025, 12, 2), Term(TermMode.YEARS, years=5)) == date(2030, 12, 1)
    assert term_end(date(2028, 2, 29), Term(TermMode.YEARS, years=1)) == date(2029, 2, 27)


@pytest.mark.rules("P-061")
@pytest.mark.parametrize("years", [0, 6])
def test_no_certificate_holds_more_than_five_years(years):
    with pytest.raises(ValueError, match="1 to 5 years"):
        Term(TermMode.YEARS, years=years)


def test_a_term_ends_in_a_month_that_there_is():
    with pytest.raises(ValueError, match="a month is"):
        Term(last_month=13)


@pytest.mark.rules("R-044", "PP-04", "X-05")
@pytest.mark.parametrize(
    ("procedure", "literal", "other"),
    [
        (date(2026, 11, 22), date(2027, 3, 31), date(2027, 2, 28)),
        (date(2027, 1, 31), date(2027, 5, 31), date(2027, 4, 30)),
        (date(2026, 10, 5), date(2027, 2, 28), date(2027, 1, 31)),
    ],
)
def test_an_emergency_certificate_ends_in_either_reading(procedure, literal, other):
    assert emergency_end(procedure) == literal
    assert emergency_end(procedure, EmergencyTerm(anchor=EmergencyAnchor.PROCEDURE_MONTH)) == other


@pytest.mark.rules("PP-04")
def test_an_insurer_without_emergency_certificates_has_no_end_for_them():
    with pytest.raises(ValueError, match="PP-04"):
        certificate_end(
            date(2026, 11, 22),
            ADULT,
            InsurerKind.KUMIAI,
            CertificatePolicy(emergency=None),
            emergency=True,
        )


@pytest.mark.rules("P-062")
@pytest.mark.parametrize(
    ("born", "ends"),
    [
        (date(1957, 1, 15), date(2027, 1, 31)),
        (date(1957, 2, 1), date(2027, 1, 31)),
        (date(1957, 2, 2), date(2027, 2, 28)),
        (date(1957, 9, 1), date(2027, 7, 31)),
    ],
)
def test_a_certificate_ends_before_the_ratio_of_seventy(born, ends):
    assert certificate_end(date(2026, 11, 24), born, InsurerKind.KOKUHO, YEARLY) == ends


@pytest.mark.rules("P-053", "P-062")
def test_a_certificate_ends_on_the_day_before_the_75th_birthday():
    born = date(1952, 3, 10)
    assert certificate_end(date(2026, 11, 24), born, InsurerKind.KOKUHO, YEARLY) == date(2027, 3, 9)
    assert certificate_end(date(2027, 3, 10), born, InsurerKind.KOUKI, YEARLY) == date(2027, 7, 31)


@pytest.mark.rules("P-062")
def test_a_certificate_ends_on_the_day_after_the_period_of_stay():
    end = certificate_end(
        date(2026, 11, 24), ADULT, InsurerKind.KOKUHO, YEARLY, stay_ends_on=date(2027, 1, 14)
    )
    assert end == date(2027, 1, 15)


@pytest.mark.rules("R-075", "PP-06", "X-06")
def test_a_notice_ends_only_from_seventy_on():
    def end(effective, born, kind=InsurerKind.KOKUHO, notice=NoticePolicy()):  # noqa: B008
        return notice_end(effective, born, kind, YEARLY, notice)

    assert end(date(2026, 11, 24), ADULT) is None
    assert end(date(2026, 12, 1), date(1956, 11, 22)) == date(2027, 7, 31)
    assert end(date(2026, 11, 22), date(1956, 11, 22)) is None
    assert end(date(2026, 12, 1), date(1952, 3, 10)) == date(2027, 3, 9)
    assert end(date(2026, 12, 1), date(1945, 3, 10), InsurerKind.KOUKI) == date(2027, 7, 31)
    assert (
        end(date(2026, 12, 1), date(1956, 11, 22), notice=NoticePolicy(expires_from_70=False))
        is None
    )


@pytest.mark.rules("R-075")
def test_a_notice_of_an_insurer_with_long_terms_ends_in_july_too():
    long = replace(YEARLY, term=Term(TermMode.YEARS))
    born = date(1956, 11, 22)
    end = notice_end(date(2026, 12, 1), born, InsurerKind.KUMIAI, long, NoticePolicy())
    assert end == date(2027, 7, 31)


@pytest.mark.rules("R-056", "R-150")
def test_the_ratio_is_printed_from_seventy_on_and_always_in_late_elderly_care():
    assert not ratio_printed(date(1956, 12, 2), date(2026, 12, 1), InsurerKind.KOKUHO)
    assert ratio_printed(date(1956, 12, 1), date(2026, 12, 1), InsurerKind.KOKUHO)
    assert ratio_printed(date(1960, 1, 1), date(2026, 12, 1), InsurerKind.KOUKI)


@pytest.mark.rules("P-005", "PP-13")
@pytest.mark.parametrize(
    ("timing", "day"),
    [
        (LapsedIssue.BEFORE_GRACE_ENDS, date(2026, 8, 31)),
        (LapsedIssue.AFTER_GRACE, date(2026, 9, 1)),
        (LapsedIssue.AFTER_TWO_MONTHS, date(2026, 8, 1)),
        (LapsedIssue.ON_APPLICATION, None),
    ],
)
def test_each_insurer_has_its_day_for_a_lapsing_certificate(timing, day):
    assert lapsed_issue_day(date(2026, 5, 15), timing) == day


@pytest.mark.rules("R-042", "R-080")
@pytest.mark.parametrize(
    ("ends", "mailed"),
    [
        (date(2025, 1, 31), date(2025, 1, 1)),
        (date(2025, 7, 31), date(2025, 7, 1)),
        (date(2026, 7, 31), date(2026, 7, 1)),
    ],
)
def test_the_successor_is_mailed_in_the_month_in_which_a_document_ends(ends, mailed):
    assert mailed_from(ends) == mailed


@pytest.mark.rules("P-053")
@pytest.mark.parametrize(
    ("born", "mailed"),
    [
        (date(1951, 11, 22), date(2026, 10, 1)),
        (date(1951, 11, 1), date(2026, 9, 1)),
        (date(1952, 1, 1), date(2026, 11, 1)),
    ],
)
def test_late_elderly_care_mails_its_paper_before_the_75th_birthday(born, mailed):
    assert late_elderly_mailed_in(born) == mailed


@pytest.mark.rules("P-064")
def test_the_employers_tick_brings_the_certificate_in_days_instead_of_months():
    accepted = date(2026, 11, 20)
    asked = first_certificate_expected(accepted, employer_asked=True)
    assert asked == (date(2026, 11, 25), date(2026, 11, 26))
    waited = first_certificate_expected(accepted, employer_asked=False)
    assert waited == (date(2026, 12, 20), date(2027, 1, 20))


@pytest.mark.rules("R-057", "R-014")
def test_the_first_certificate_comes_as_the_old_card_ends():
    assert first_certificate_by(None) == date(2025, 12, 2)
    assert first_certificate_by(date(2025, 7, 31)) == date(2025, 8, 1)


@given(days, st.dates(date(1930, 1, 1), date(2024, 12, 1)))
def test_a_certificate_never_ends_before_it_is_issued_nor_after_a_year(issued, born):
    for kind in (InsurerKind.KOKUHO, InsurerKind.KOUKI):
        end = certificate_end(issued, born, kind, YEARLY)
        assert issued <= end < issued + timedelta(days=366)


@pytest.mark.rules("R-043", "R-075")
@given(issued=days, on=days, last_month=st.integers(1, 12))
def test_what_was_issued_up_to_the_last_end_that_was_mailed_is_renewed(issued, on, last_month):
    term = Term(last_month=last_month)
    until = yearly_end_mailed(on, term)
    assert until is not None
    assert (issued <= until) == (mailed_from(term_end(issued, term)) <= on)


def test_a_term_in_years_has_no_yearly_end():
    assert yearly_end_mailed(date(2027, 7, 1), Term(TermMode.YEARS)) is None
