from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Outcome, Presented, judge

OK, INTERIM, NG = Outcome.ACCEPTED, Outcome.INTERIM, Outcome.REFUSED
DAYS = [
    date(2025, 11, 30),
    date(2025, 12, 1),
    date(2025, 12, 2),
    date(2026, 3, 31),
    date(2026, 7, 31),
    date(2026, 8, 1),
    date(2026, 11, 22),
]
VALID = QualificationValidity.VALID


def outcomes(document, *, card, kind=InsurerKind.KUMIAI, expires_on=None, days=DAYS):
    shown = Presented(document, kind, expires_on, validity=VALID)
    return [judge(shown, day, card_at_hand=card).outcome for day in days]


@pytest.mark.rules("R-001", "R-041", "R-071", "R-072", "R-092", "P-050", "P-051", "X-04")
@pytest.mark.parametrize(
    ("document", "card", "expected"),
    [
        (DocumentKind.OLD_CARD, False, [OK, OK, INTERIM, INTERIM, INTERIM, NG, NG]),
        (DocumentKind.NOTICE, False, [NG, NG, INTERIM, INTERIM, INTERIM, NG, NG]),
        (DocumentKind.NOTICE, True, [OK] * 7),
        (DocumentKind.PORTAL_SCREEN, True, [OK] * 7),
        (DocumentKind.PORTAL_PDF, True, [OK] * 7),
        (DocumentKind.PORTAL_SCREEN, False, [NG] * 7),
        (DocumentKind.PORTAL_PDF, False, [NG] * 7),
        (DocumentKind.CERTIFICATE, False, [OK] * 7),
        (DocumentKind.DECLARATION, True, [OK] * 7),
        (DocumentKind.DECLARATION, False, [NG] * 7),
        (DocumentKind.EMPLOYER_PROOF, False, [OK] * 7),
        (DocumentKind.LIMIT_CERTIFICATE, True, [NG] * 7),
    ],
)
def test_what_is_shown_counts_by_its_kind_and_the_day(document, card, expected):
    assert outcomes(document, card=card) == expected


@pytest.mark.rules("P-050", "R-009")
def test_for_national_insurance_the_interim_measure_begins_in_august_2025():
    days = [date(2025, 7, 31), date(2025, 8, 1), date(2025, 12, 1), date(2026, 8, 1)]
    old = outcomes(
        DocumentKind.OLD_CARD,
        card=False,
        kind=InsurerKind.KOKUHO,
        expires_on=date(2025, 7, 31),
        days=days,
    )
    assert old == [OK, INTERIM, INTERIM, NG]
    notice = outcomes(DocumentKind.NOTICE, card=False, kind=InsurerKind.KOUKI, days=days)
    assert notice == [NG, INTERIM, INTERIM, NG]


@pytest.mark.rules("P-050")
def test_the_interim_measure_wants_a_check_by_number_that_says_valid():
    on = date(2026, 3, 31)

    def outcome(validity, kind=InsurerKind.KUMIAI):
        shown = Presented(DocumentKind.NOTICE, kind, validity=validity)
        return judge(shown, on, card_at_hand=False)

    asked = outcome(None)
    assert (asked.outcome, asked.option) == (Outcome.ASK, FallbackOptionId.NUMBER_ONLY)
    assert not asked.accepted
    valid = outcome(VALID)
    assert valid.accepted
    assert valid.caution is not None
    assert "次は" in valid.caution.ja
    for validity in set(QualificationValidity) - {VALID}:
        assert outcome(validity).outcome is NG
    assert outcome(VALID, None).outcome is NG


@pytest.mark.rules("R-041")
def test_a_certificate_is_accepted_on_its_last_day_and_no_longer():
    shown = Presented(DocumentKind.CERTIFICATE, expires_on=date(2027, 7, 31))
    assert judge(shown, date(2027, 7, 31), card_at_hand=False).outcome is OK
    assert judge(shown, date(2027, 8, 1), card_at_hand=False).outcome is NG


@pytest.mark.rules("R-052", "T-047")
@pytest.mark.parametrize(
    "validity", [QualificationValidity.INVALID, QualificationValidity.INVALID_NEW_EXISTS]
)
@pytest.mark.parametrize("document", [DocumentKind.CERTIFICATE, DocumentKind.OLD_CARD])
def test_a_paper_of_an_insurer_that_was_left_threatens_a_repayment(document, validity):
    shown = Presented(document, InsurerKind.KOKUHO, date(2025, 7, 31), validity=validity)
    judged = judge(shown, date(2025, 7, 1), card_at_hand=False)
    assert judged.outcome is NG
    assert judged.repayment


@pytest.mark.rules("R-073")
def test_a_saved_pdf_of_a_former_insurer_is_refused():
    stale = Presented(DocumentKind.PORTAL_PDF, current=False)
    judged = judge(stale, date(2026, 11, 20), card_at_hand=True)
    assert judged.outcome is NG
    assert not judged.repayment


def test_an_employers_proof_has_its_last_day():
    shown = Presented(DocumentKind.EMPLOYER_PROOF, expires_on=date(2026, 11, 30))
    assert judge(shown, date(2026, 12, 1), card_at_hand=False).outcome is NG


@pytest.mark.rules("R-071", "P-051")
@given(
    st.sampled_from(DocumentKind),
    st.sampled_from(InsurerKind),
    st.none() | st.sampled_from(QualificationValidity),
    st.dates(date(2026, 8, 1), date(2030, 12, 31)),
)
def test_since_august_2026_only_certificate_and_proof_are_enough_alone(
    document, kind, validity, on
):
    shown = Presented(document, kind, validity=validity)
    judged = judge(shown, on, card_at_hand=False)
    if judged.accepted:
        # A ticket shows no insurance, but public assistance (P-032).
        assert document in {
            DocumentKind.CERTIFICATE,
            DocumentKind.EMPLOYER_PROOF,
            DocumentKind.MEDICAL_TICKET,
        }
    else:
        assert judged.caution is not None


@pytest.mark.rules("R-056", "R-075", "R-081")
def test_a_paper_with_an_expiry_is_not_taken_without_a_look_at_it():
    on = date(2026, 11, 20)
    for document in (DocumentKind.CERTIFICATE, DocumentKind.EMPLOYER_PROOF):
        unseen = judge(Presented(document), on, card_at_hand=False)
        assert unseen.accepted
        assert "有効期限を見ていません" in unseen.caution.ja
        for seen in (Presented(document, expires_on=on), Presented(document, undated=True)):
            assert judge(seen, on, card_at_hand=False).caution is None
    notice = Presented(DocumentKind.NOTICE, expires_on=date(2026, 11, 19))
    expired = judge(notice, on, card_at_hand=True)
    assert expired.outcome is NG
    assert "有効期限が切れています" in expired.caution.ja
    assert judge(Presented(DocumentKind.NOTICE), on, card_at_hand=True).caution is None


@pytest.mark.rules("P-053", "R-052")
@pytest.mark.parametrize(
    "document",
    [
        DocumentKind.CERTIFICATE,
        DocumentKind.OLD_CARD,
        DocumentKind.SHORT_TERM_CARD,
        DocumentKind.NOTICE,
        DocumentKind.PORTAL_SCREEN,
        DocumentKind.PORTAL_PDF,
        DocumentKind.EMPLOYER_PROOF,
    ],
)
def test_from_75_on_only_a_paper_of_the_late_elderly_care_is_taken(document):
    born, eve, day = date(1951, 11, 20), date(2026, 11, 19), date(2026, 11, 20)

    def judged(kind, on, birthdate=born, **more):
        shown = Presented(document, kind, date(2027, 7, 31), **more)
        found = judge(shown, on, card_at_hand=True, birthdate=birthdate)
        refused = found.outcome is NG and found.repayment
        return refused and "75歳の誕生日の前日で終わって" in found.caution.ja

    assert judged(InsurerKind.KOKUHO, day)
    assert not judged(InsurerKind.KOKUHO, eve)
    assert not judged(InsurerKind.KOKUHO, day, None), "nobody knows the age"
    employers = document is DocumentKind.EMPLOYER_PROOF
    assert judged(InsurerKind.KOKUHO, day, validity=VALID) is False, "OQS says so today"
    assert judged(InsurerKind.KOUKI, day) is employers
    assert judged(None, day) is employers
