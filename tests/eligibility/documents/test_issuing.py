from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.cost.limits import LimitCategory
from eligibility.documents import (
    CertificatePolicy,
    Delivery,
    DocumentKind,
    DocumentPolicy,
    MemberFacts,
    NoticePolicy,
    Occasion,
    OldCardPolicy,
    issue,
)
from eligibility.documents.document_policy import LapsedIssue, LostCard, NoticeOccasion, OnRelease
from eligibility.documents.reasons import NOTHING_TO_LAPSE
from eligibility.identifiers.numbers import InsurerKind

TODAY = date(2026, 11, 24)
HOLDER = MemberFacts(date(1980, 2, 17), InsurerKind.KOKUHO)
WITHOUT_CARD = replace(HOLDER, has_card=False, registered=False)
NOT_REGISTERED = replace(HOLDER, registered=False)
LATE_ELDERLY = MemberFacts(date(1941, 8, 2), InsurerKind.KOUKI)

YEARLY_NOTICE = NoticePolicy(
    sent_on=frozenset({NoticeOccasion.JOINED, NoticeOccasion.RATIO_CHANGED, NoticeOccasion.RENEWAL})
)
MOGAMI = DocumentPolicy(notice=YEARLY_NOTICE, old_card=OldCardPolicy(date(2024, 11, 29)))
S0 = DocumentPolicy(
    certificate=CertificatePolicy(
        on_release=OnRelease.AFTER_CONFIRMATION,
        on_release_from=date(2025, 12, 2),
        lost_card=LostCard.REFUND,
        emergency=None,
    ),
    notice=NoticePolicy(sent_on=frozenset({NoticeOccasion.JOINED, NoticeOccasion.ADDRESS_CHANGED})),
)
S4 = DocumentPolicy(
    notice=NoticePolicy(sent_on=frozenset({NoticeOccasion.JOINED}), portal_replaces=True)
)
LATE = DocumentPolicy(certificate=CertificatePolicy(everyone_from_age=85), notice=YEARLY_NOTICE)

BESIDE_THE_OTHERS = {
    Occasion.LIMIT_CERTIFICATE,
    Occasion.ELECTRONIC_CERTIFICATE_ENDS,
    Occasion.LAST_FOUR_CHECK,
}
ASKED_TO_BE_SAFE = [Occasion.SPARE, Occasion.FEAR_OF_LOSS, Occasion.UNWILLING]


@pytest.mark.rules("R-040", "R-042", "R-012", "P-060")
@pytest.mark.parametrize("member", [WITHOUT_CARD, NOT_REGISTERED])
@pytest.mark.parametrize("occasion", [Occasion.JOINED, Occasion.RENEWAL, Occasion.RATIO_CHANGED])
def test_whoever_has_no_health_insurance_card_gets_a_certificate_unasked(member, occasion):
    made = issue(member, occasion, TODAY, MOGAMI)
    assert made.document is DocumentKind.CERTIFICATE
    assert made.expires_on == date(2027, 7, 31)
    assert made.renewed
    assert not made.on_application
    assert made.delivery is Delivery.RECORDED_MAIL


@pytest.mark.rules("R-020")
def test_a_card_without_registration_makes_no_holder():
    assert HOLDER.holder(TODAY)
    assert not NOT_REGISTERED.holder(TODAY)
    assert not WITHOUT_CARD.holder(TODAY)


@pytest.mark.rules("R-070", "R-075", "PP-07")
@pytest.mark.parametrize(
    "occasion",
    [Occasion.JOINED, Occasion.RATIO_CHANGED, Occasion.TURNED_70, Occasion.RENEWAL],
)
def test_a_holder_is_sent_a_notice_on_joining_and_on_a_change_of_ratio(occasion):
    made = issue(HOLDER, occasion, TODAY, MOGAMI)
    assert made.document is DocumentKind.NOTICE
    assert made.expires_on is None
    assert made.renewed
    assert made.delivery is Delivery.ORDINARY_MAIL


@pytest.mark.rules("R-070", "R-079", "PP-07")
def test_a_holder_is_sent_nothing_on_other_changes_but_may_ask():
    assert issue(HOLDER, Occasion.NAME_CHANGED, TODAY, MOGAMI).document is None
    again = issue(HOLDER, Occasion.NOTICE_LOST, TODAY, MOGAMI)
    assert again.document is DocumentKind.NOTICE
    assert again.on_application


@pytest.mark.rules("R-015", "PP-07")
@pytest.mark.parametrize(
    ("on", "member", "document"),
    [
        (date(2024, 12, 1), HOLDER, DocumentKind.OLD_CARD),
        (date(2024, 12, 1), WITHOUT_CARD, DocumentKind.OLD_CARD),
        (date(2024, 12, 2), HOLDER, DocumentKind.NOTICE),
        (date(2024, 12, 2), WITHOUT_CARD, DocumentKind.CERTIFICATE),
    ],
)
def test_a_change_of_address_brings_what_belongs_to_the_day(on, member, document):
    assert issue(member, Occasion.ADDRESS_CHANGED, on, S0).document is document


@pytest.mark.rules("R-005", "R-006")
@pytest.mark.parametrize(
    ("on", "member", "document"),
    [
        (date(2024, 12, 1), HOLDER, DocumentKind.OLD_CARD),
        (date(2024, 12, 2), HOLDER, DocumentKind.NOTICE),
        (date(2024, 12, 2), NOT_REGISTERED, DocumentKind.CERTIFICATE),
    ],
)
def test_a_lost_old_card_brings_what_belongs_to_the_day(on, member, document):
    until = replace(member, old_card_until=date(2025, 12, 1))
    made = issue(until, Occasion.OLD_CARD_LOST, on, S0)
    assert made.document is document
    assert made.on_application


@pytest.mark.rules("R-010", "PP-11")
def test_a_procedure_at_the_union_after_its_last_day_brings_the_new_documents():
    friday, monday = date(2024, 11, 29), date(2024, 12, 2)
    assert issue(HOLDER, Occasion.JOINED, friday, MOGAMI).document is DocumentKind.OLD_CARD
    assert issue(HOLDER, Occasion.JOINED, monday, MOGAMI).document is DocumentKind.NOTICE
    assert issue(HOLDER, Occasion.SPARE, friday, MOGAMI).refused


@pytest.mark.rules("R-016")
def test_a_newborn_without_a_number_gets_a_certificate():
    newborn = replace(HOLDER, birthdate=date(2024, 11, 28), has_individual_number=False)
    made = issue(newborn, Occasion.JOINED, date(2024, 12, 3), S0)
    assert made.document is DocumentKind.CERTIFICATE
    before = issue(newborn, Occasion.JOINED, date(2024, 12, 1), S0)
    assert before.document is DocumentKind.OLD_CARD


@pytest.mark.rules("R-029", "R-051")
@pytest.mark.parametrize("occasion", [Occasion.SPARE, Occasion.RENEWAL, Occasion.CARD_LOST])
def test_a_valid_old_card_is_enough(occasion):
    still = replace(HOLDER, old_card_until=date(2025, 7, 31))
    made = issue(still, occasion, date(2025, 7, 31), MOGAMI)
    assert made.document is None
    assert made.refused == occasion.applied
    joined = issue(still, Occasion.JOINED, date(2025, 7, 31), MOGAMI)
    assert joined.document is DocumentKind.NOTICE


@pytest.mark.rules("R-045", "P-060")
@pytest.mark.parametrize("occasion", ASKED_TO_BE_SAFE)
def test_a_holder_gets_no_certificate_to_be_safe(occasion):
    made = issue(HOLDER, occasion, TODAY, MOGAMI)
    assert made.refused
    assert "解除" in made.reason.text.ja
    assert "R-045" in made.reason.rules


@pytest.mark.rules("R-045", "R-047")
def test_who_lost_the_card_gets_one_for_a_while():
    made = issue(HOLDER, Occasion.CARD_LOST, TODAY, MOGAMI)
    assert made.document is DocumentKind.CERTIFICATE
    assert made.on_application


@pytest.mark.rules("R-044", "R-047", "R-048", "PP-04", "PP-05")
@pytest.mark.parametrize("occasion", [Occasion.CARD_LOST, Occasion.CARD_RENEWING])
def test_an_emergency_certificate_is_not_renewed(occasion):
    made = issue(HOLDER, occasion, TODAY, MOGAMI)
    assert made.expires_on == date(2027, 3, 31)
    assert not made.renewed
    assert issue(HOLDER, Occasion.RENEWAL, date(2027, 7, 1), MOGAMI).document is DocumentKind.NOTICE


@pytest.mark.rules("R-096", "R-118", "PP-05", "X-02")
def test_one_association_issues_nothing_and_pays_back():
    made = issue(HOLDER, Occasion.CARD_LOST, TODAY, S0)
    assert made.refused
    assert "療養費" in made.reason.text.ja
    unregistered = issue(NOT_REGISTERED, Occasion.CARD_LOST, TODAY, S0)
    assert unregistered.document is DocumentKind.CERTIFICATE


@pytest.mark.rules("R-046", "P-063")
def test_who_needs_support_gets_a_certificate_on_application_and_keeps_getting_it():
    asked = issue(HOLDER, Occasion.SUPPORT_NEEDED, TODAY, MOGAMI)
    assert (asked.document, asked.on_application) == (DocumentKind.CERTIFICATE, True)
    known = replace(HOLDER, needs_support=True)
    renewal = issue(known, Occasion.RENEWAL, date(2027, 7, 1), MOGAMI)
    assert (renewal.document, renewal.on_application) == (DocumentKind.CERTIFICATE, False)
    assert issue(HOLDER, Occasion.RENEWAL, TODAY, MOGAMI).document is DocumentKind.NOTICE


@pytest.mark.rules("R-028", "PP-02", "T-015")
def test_the_union_hands_the_certificate_over_with_the_application_for_release():
    made = issue(HOLDER, Occasion.RELEASE_APPLIED, TODAY, MOGAMI)
    assert made.document is DocumentKind.CERTIFICATE
    assert made.delivery is Delivery.COUNTER
    assert made.expires_on == date(2027, 7, 31)
    before = issue(HOLDER, Occasion.RELEASE_APPLIED, date(2024, 12, 1), MOGAMI)
    assert before.document is None


@pytest.mark.rules("R-025", "R-028", "PP-09")
def test_who_is_not_at_the_window_gets_the_certificate_of_a_release_by_mail():
    by_mail = replace(HOLDER, applied_by_mail=True)
    assert issue(by_mail, Occasion.RELEASE_APPLIED, TODAY, MOGAMI).delivery is (
        Delivery.RECORDED_MAIL
    )
    confirmed = issue(HOLDER, Occasion.RELEASE_CONFIRMED, TODAY, MOGAMI)
    assert confirmed.delivery is Delivery.RECORDED_MAIL


@pytest.mark.rules("R-029", "PP-02", "T-017")
@pytest.mark.parametrize(
    ("occasion", "on", "document"),
    [
        (Occasion.RELEASE_APPLIED, date(2025, 12, 1), None),
        (Occasion.RELEASE_CONFIRMED, date(2025, 12, 1), None),
        (Occasion.RELEASE_APPLIED, date(2025, 12, 5), None),
        (Occasion.RELEASE_CONFIRMED, date(2026, 1, 31), DocumentKind.CERTIFICATE),
        (Occasion.RELEASE_CONFIRMED, date(2026, 2, 1), DocumentKind.CERTIFICATE),
    ],
)
def test_the_association_waits_for_the_release(occasion, on, document):
    assert issue(HOLDER, occasion, on, S0).document is document


@pytest.mark.rules("R-050")
def test_a_certificate_given_back_after_registering_brings_the_notice():
    assert issue(HOLDER, Occasion.CERTIFICATE_GIVEN_BACK, TODAY, S0).document is DocumentKind.NOTICE


@pytest.mark.rules("R-054")
def test_a_lost_certificate_is_issued_again():
    made = issue(WITHOUT_CARD, Occasion.CERTIFICATE_LOST, TODAY, MOGAMI)
    assert (made.document, made.on_application) == (DocumentKind.CERTIFICATE, True)


@pytest.mark.rules("R-050", "R-054")
def test_who_has_registered_since_gets_the_notice_for_a_lost_certificate():
    made = issue(HOLDER, Occasion.CERTIFICATE_LOST, TODAY, MOGAMI)
    assert made.document is DocumentKind.NOTICE
    supported = replace(HOLDER, needs_support=True)
    assert issue(supported, Occasion.CERTIFICATE_LOST, TODAY, MOGAMI).document is (
        DocumentKind.CERTIFICATE
    )


@pytest.mark.rules("R-048", "PP-05")
def test_one_association_names_the_employers_proof_besides():
    kitamura = replace(
        MOGAMI, certificate=CertificatePolicy(lost_card=LostCard.CERTIFICATE_OR_EMPLOYER_PROOF)
    )
    made = issue(HOLDER, Occasion.CARD_LOST, TODAY, kitamura)
    assert made.document is DocumentKind.CERTIFICATE
    assert "資格証明書" in made.reason.text.ja


@pytest.mark.rules("R-076", "R-079", "PP-07")
def test_who_can_see_the_portal_needs_no_other_notice():
    viewer = replace(HOLDER, portal_viewable=True)
    for occasion in (Occasion.NOTICE_LOST, Occasion.NAME_CHANGED, Occasion.RATIO_CHANGED):
        assert issue(viewer, occasion, TODAY, S4).document is None
    assert issue(HOLDER, Occasion.NOTICE_LOST, TODAY, S4).document is DocumentKind.NOTICE
    assert issue(viewer, Occasion.NOTICE_LOST, TODAY, MOGAMI).document is DocumentKind.NOTICE


def test_who_has_no_card_any_more_gets_the_certificate_for_a_lost_notice():
    made = issue(WITHOUT_CARD, Occasion.NOTICE_LOST, TODAY, MOGAMI)
    assert made.document is DocumentKind.CERTIFICATE


@pytest.mark.rules("R-003", "R-079", "X-13")
def test_a_change_of_name_brought_an_old_card_but_brings_no_notice():
    before, after = date(2024, 12, 1), date(2024, 12, 2)
    assert issue(HOLDER, Occasion.NAME_CHANGED, before, S4).document is DocumentKind.OLD_CARD
    assert issue(HOLDER, Occasion.NAME_CHANGED, after, S4).document is None


@pytest.mark.rules("P-005", "PP-13")
@pytest.mark.parametrize(
    ("timing", "before", "from_then"),
    [
        (LapsedIssue.BEFORE_GRACE_ENDS, date(2026, 8, 30), date(2026, 8, 31)),
        (LapsedIssue.AFTER_GRACE, date(2026, 8, 31), date(2026, 9, 1)),
        (LapsedIssue.AFTER_TWO_MONTHS, date(2026, 7, 31), date(2026, 8, 1)),
    ],
)
def test_a_lapsing_certificate_brings_paper_when_the_insurer_says(timing, before, from_then):
    lapsing = replace(HOLDER, electronic_expires_on=date(2026, 5, 15))
    policy = replace(MOGAMI, certificate=CertificatePolicy(lapsed=timing))
    occasion = Occasion.ELECTRONIC_CERTIFICATE_LAPSES
    assert issue(lapsing, occasion, before, policy).document is None
    assert issue(lapsing, occasion, from_then, policy).document is DocumentKind.CERTIFICATE


@pytest.mark.rules("P-005", "PP-13")
def test_some_insurers_wait_for_an_application_when_a_certificate_lapses():
    lapsed = replace(HOLDER, electronic_expires_on=date(2026, 5, 15))
    policy = replace(MOGAMI, certificate=CertificatePolicy(lapsed=LapsedIssue.ON_APPLICATION))
    day = date(2026, 9, 1)
    assert issue(lapsed, Occasion.ELECTRONIC_CERTIFICATE_LAPSES, day, policy).document is None
    assert issue(lapsed, Occasion.CERTIFICATE_LOST, day, policy).document
    without = issue(HOLDER, Occasion.ELECTRONIC_CERTIFICATE_LAPSES, day, policy)
    assert (without.document, without.reason) == (None, NOTHING_TO_LAPSE)


@pytest.mark.rules("P-005", "R-020")
def test_whoever_has_let_the_certificate_lapse_is_no_holder():
    lapsed = replace(HOLDER, electronic_expires_on=date(2026, 5, 15))
    assert lapsed.holder(date(2026, 8, 31))
    assert not lapsed.holder(date(2026, 9, 1))
    joined = issue(lapsed, Occasion.JOINED, date(2026, 9, 1), MOGAMI)
    assert joined.document is DocumentKind.CERTIFICATE


@pytest.mark.rules("P-060")
def test_who_gives_the_card_up_gets_a_certificate():
    made = issue(WITHOUT_CARD, Occasion.CARD_RETURNED, TODAY, MOGAMI)
    assert made.document is DocumentKind.CERTIFICATE


@pytest.mark.rules("P-031")
@pytest.mark.parametrize("occasion", sorted(set(Occasion) - BESIDE_THE_OTHERS))
def test_blocked_data_bring_a_certificate_whatever_is_asked_for(occasion):
    blocked = replace(HOLDER, self_information_blocked=True)
    assert not blocked.holder(TODAY)
    assert issue(blocked, occasion, TODAY, S0).document is DocumentKind.CERTIFICATE


@pytest.mark.rules("P-052", "T-041")
@pytest.mark.parametrize(
    ("born", "on", "document"),
    [
        (date(1951, 1, 1), date(2026, 7, 31), DocumentKind.CERTIFICATE),
        (date(1941, 8, 1), date(2026, 8, 1), DocumentKind.CERTIFICATE),
        (date(1941, 8, 2), date(2026, 8, 1), DocumentKind.NOTICE),
        (date(1941, 8, 2), date(2026, 11, 24), DocumentKind.NOTICE),
    ],
)
def test_late_elderly_get_a_certificate_by_day_and_age(born, on, document):
    member = replace(LATE_ELDERLY, birthdate=born)
    assert issue(member, Occasion.RENEWAL, on, LATE).document is document
    without = replace(member, registered=False)
    assert issue(without, Occasion.RENEWAL, on, LATE).document is DocumentKind.CERTIFICATE


@pytest.mark.rules("P-052")
def test_younger_late_elderly_may_ask_and_then_keep_getting_it():
    on = date(2026, 8, 1)
    for occasion in ASKED_TO_BE_SAFE:
        assert issue(LATE_ELDERLY, occasion, on, LATE).document is DocumentKind.CERTIFICATE
    kept = replace(LATE_ELDERLY, applied_before=True)
    assert issue(kept, Occasion.RENEWAL, date(2027, 7, 1), LATE).document is (
        DocumentKind.CERTIFICATE
    )


@pytest.mark.rules("P-052")
def test_a_union_without_the_age_goes_by_what_is_held():
    old = replace(LATE_ELDERLY, birthdate=date(1930, 1, 1))
    plain = replace(LATE, certificate=CertificatePolicy())
    assert issue(old, Occasion.RENEWAL, date(2026, 8, 1), plain).document is DocumentKind.NOTICE


@pytest.mark.rules("R-151", "R-152")
@pytest.mark.parametrize(
    ("born", "document"),
    [
        (date(1954, 11, 2), DocumentKind.ELDERLY_CARD),
        (date(1954, 12, 1), DocumentKind.ELDERLY_CARD),
        (date(1954, 12, 2), DocumentKind.NOTICE),
    ],
)
def test_the_70th_birthday_decides_over_the_last_old_cards(born, document):
    turned = replace(HOLDER, birthdate=born)
    day = date(2024, 11, 20) if document is DocumentKind.ELDERLY_CARD else date(2024, 12, 20)
    assert issue(turned, Occasion.TURNED_70, day, MOGAMI).document is document
    if document is DocumentKind.NOTICE:
        without = replace(turned, registered=False)
        made = issue(without, Occasion.TURNED_70, day, MOGAMI)
        assert made.document is DocumentKind.CERTIFICATE


@given(
    st.builds(
        MemberFacts,
        birthdate=st.dates(date(1930, 1, 1), date(2024, 12, 1)),
        kind=st.sampled_from([InsurerKind.KOKUHO, InsurerKind.KUMIAI, InsurerKind.KOUKI]),
        has_card=st.booleans(),
        registered=st.booleans(),
        electronic_expires_on=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
        has_individual_number=st.booleans(),
        needs_support=st.booleans(),
        self_information_blocked=st.booleans(),
        portal_viewable=st.booleans(),
    ),
    st.sampled_from(sorted(set(Occasion) - BESIDE_THE_OTHERS)),
    st.dates(date(2025, 12, 2), date(2030, 12, 31)),
    st.sampled_from([MOGAMI, S0, S4, LATE]),
)
def test_nobody_without_a_working_card_is_left_without_a_certificate(member, occasion, on, policy):
    made = issue(member, occasion, on, policy)
    assert made.document in {None, DocumentKind.CERTIFICATE, DocumentKind.NOTICE}
    assert made.refused == (made.document is None and occasion.applied)
    if made.document is DocumentKind.NOTICE:
        assert member.holder(on)
    if not member.holder(on) and occasion in {Occasion.JOINED, Occasion.RENEWAL}:
        assert made.document is DocumentKind.CERTIFICATE
    if made.expires_on is not None:
        assert made.expires_on >= on


@pytest.mark.rules("R-153", "R-156")
@pytest.mark.parametrize(
    ("category", "document"),
    [
        (LimitCategory.A03, DocumentKind.LIMIT_CERTIFICATE),
        (LimitCategory.A05, DocumentKind.LIMIT_AND_MEALS_CERTIFICATE),
        (LimitCategory.B02, DocumentKind.LIMIT_CERTIFICATE),
        (LimitCategory.B05, DocumentKind.LIMIT_AND_MEALS_CERTIFICATE),
        (LimitCategory.B01, None),
        (LimitCategory.B04, None),
        (None, None),
    ],
)
@pytest.mark.parametrize("member", [HOLDER, WITHOUT_CARD])
def test_a_limit_certificate_is_made_on_application_for_a_class_that_needs_one(
    category, document, member
):
    made = issue(replace(member, limit=category), Occasion.LIMIT_CERTIFICATE, TODAY, MOGAMI)
    assert made.document is document
    assert made.refused is (document is None)


@pytest.mark.rules("R-153")
def test_a_limit_certificate_ends_with_its_class_at_the_latest_in_july():
    limited = replace(WITHOUT_CARD, limit=LimitCategory.A03)
    made = issue(limited, Occasion.LIMIT_CERTIFICATE, TODAY, MOGAMI)
    assert made.expires_on == date(2027, 7, 31)
    shorter = replace(limited, limit_until=date(2026, 12, 31))
    made = issue(shorter, Occasion.LIMIT_CERTIFICATE, TODAY, MOGAMI)
    assert made.expires_on == date(2026, 12, 31)
    over = replace(limited, limit_until=date(2026, 11, 23))
    assert issue(over, Occasion.LIMIT_CERTIFICATE, TODAY, MOGAMI).document is None


@pytest.mark.rules("R-111", "P-003")
@pytest.mark.parametrize(
    ("expiry", "document"),
    [
        (date(2027, 2, 24), DocumentKind.EXPIRY_NOTICE),
        (date(2027, 2, 25), None),
        (date(2026, 8, 1), DocumentKind.EXPIRY_NOTICE),
        (date(2026, 7, 31), None),
    ],
)
def test_a_notice_of_expiry_goes_out_from_three_months_before_until_the_grace_ends(
    expiry, document
):
    member = replace(HOLDER, electronic_expires_on=expiry)
    made = issue(member, Occasion.ELECTRONIC_CERTIFICATE_ENDS, TODAY, MOGAMI)
    assert made.document is document
    assert made.expires_on == (expiry if document else None)


@pytest.mark.rules("R-190")
def test_the_last_four_digits_are_asked_of_whoever_has_a_number_on_record():
    made = issue(WITHOUT_CARD, Occasion.LAST_FOUR_CHECK, TODAY, MOGAMI)
    assert made.document is DocumentKind.LAST_FOUR_NOTICE
    newborn = replace(WITHOUT_CARD, has_individual_number=False)
    assert issue(newborn, Occasion.LAST_FOUR_CHECK, TODAY, MOGAMI).document is None


@pytest.mark.rules("R-001", "R-005", "R-009")
def test_an_old_card_carries_the_expiry_that_was_printed():
    short = replace(MOGAMI, old_card=OldCardPolicy(date(2024, 11, 29), (date(2025, 7, 31),)))
    for policy, ends in ((short, date(2025, 7, 31)), (MOGAMI, date(2025, 12, 1))):
        made = issue(WITHOUT_CARD, Occasion.JOINED, date(2024, 11, 29), policy)
        assert (made.document, made.expires_on) == (DocumentKind.OLD_CARD, ends)
