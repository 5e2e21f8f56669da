"""The flows by cause of section 6.3, and the scenarios of section 11 that end at the desk."""

from dataclasses import replace
from datetime import date

import pytest

from eligibility.cost.claims import ClaimMode
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import RatioSource, decide
from eligibility.reception.guidance import SELF_PAY, guidance
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Presented
from eligibility.reception.situation import Situation, Word

ON = date(2026, 11, 20)
ADULT = date(1980, 2, 17)
NOTICE = Presented(DocumentKind.NOTICE, InsurerKind.KUMIAI)
PORTAL = Presented(DocumentKind.PORTAL_SCREEN, InsurerKind.KUMIAI)
PDF = Presented(DocumentKind.PORTAL_PDF, InsurerKind.KUMIAI)
CERTIFICATE = Presented(DocumentKind.CERTIFICATE, InsurerKind.KUMIAI, date(2027, 7, 31))
DECLARATION = Presented(DocumentKind.DECLARATION)


def case(cause, *presented, **known):
    return ReceptionCase(ON, cause, birthdate=ADULT, presented=presented, **known)


def ids(decision):
    return [option.id for option in decision.options]


@pytest.mark.rules("R-092", "R-142", "T-023")
@pytest.mark.parametrize("cause", [Cause.DEVICE, Cause.NETWORK])
@pytest.mark.parametrize("shown", [NOTICE, PORTAL, PDF])
def test_with_reader_or_line_down_card_and_document_are_enough(cause, shown):
    decision = decide(case(cause, shown))
    assert decision.accepted is FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE
    assert decision.claim.mode is ClaimMode.NORMAL
    assert decision.ratio == 3


@pytest.mark.rules("R-092", "P-081", "P-086", "T-025")
def test_with_nothing_but_the_card_the_declaration_carries_a_first_visit():
    decision = decide(case(Cause.NETWORK, DECLARATION, ratio=3))
    assert decision.accepted is FallbackOptionId.DECLARATION
    assert (decision.ratio, decision.ratio_source) == (3, RatioSource.DECLARED)
    assert decision.claim.mode is ClaimMode.UNKNOWN
    assert decision.claim.insurer_number == "77777777"
    assert decision.claim.alternative_insurer_number == "77777779"


@pytest.mark.rules("P-086")
def test_a_patient_who_is_known_and_says_so_needs_no_paper():
    known = case(Cause.DEVICE, revisit=True, previous_known=True)
    assert decide(known).accepted is None
    unchanged = decide(replace(known, says_unchanged=True))
    assert unchanged.accepted is FallbackOptionId.ORAL_NO_CHANGE
    assert unchanged.claim.mode is ClaimMode.NORMAL


@pytest.mark.rules("P-080", "P-086", "T-027")
def test_after_a_change_of_job_the_word_of_mouth_does_not_count():
    changed = case(
        Cause.LAG, revisit=True, previous_known=True, validity=QualificationValidity.INVALID
    )
    said = decide(replace(changed, says_unchanged=True))
    assert said.accepted is None
    declared = decide(replace(changed, presented=(DECLARATION,)))
    assert declared.accepted is FallbackOptionId.DECLARATION
    assert declared.claim.mode is ClaimMode.OLD_ELIGIBILITY
    shown = decide(replace(changed, presented=(NOTICE,)))
    assert shown.accepted is FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE
    assert shown.claim.mode is ClaimMode.NORMAL


@pytest.mark.rules("R-073")
def test_a_notice_of_the_former_insurer_does_not_bridge_the_lag():
    decision = decide(case(Cause.LAG, replace(NOTICE, current=False)))
    assert decision.accepted is None
    assert any("前の保険者" in caution.ja for caution in decision.cautions)


@pytest.mark.rules("R-072", "R-093", "R-094")
def test_where_there_is_no_reader_documents_are_enough():
    decision = decide(case(Cause.NO_READER))
    assert decision.situation is Situation.NO_READER
    assert ids(decision)[:2] == [
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.CERTIFICATE,
    ]
    assert decision.check_again is None
    assert (
        decide(case(Cause.NO_READER, NOTICE)).accepted
        is FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE
    )
    alone = decide(case(Cause.NO_READER, NOTICE, card_at_hand=False))
    assert alone.accepted is None
    paper = decide(case(Cause.NO_READER, CERTIFICATE, card_at_hand=False))
    assert paper.accepted is FallbackOptionId.CERTIFICATE


@pytest.mark.rules("R-041", "P-003")
@pytest.mark.parametrize("shown", [CERTIFICATE, NOTICE, DECLARATION])
def test_a_lapsed_card_is_still_a_card_with_a_document(shown):
    decision = decide(case(Cause.CERTIFICATE, shown))
    assert decision.accepted is not None
    assert decision.ratio == 3


@pytest.mark.rules("P-014", "P-015")
def test_a_smartphone_that_cannot_be_used_leads_to_the_card():
    decision = decide(case(Cause.SMARTPHONE))
    assert ids(decision) == [FallbackOptionId.PHYSICAL_CARD, FallbackOptionId.CERTIFICATE]
    without = decide(case(Cause.SMARTPHONE, card_at_hand=False))
    assert FallbackOptionId.PHYSICAL_CARD not in ids(without)
    assert without.situation is Situation.NO_CARD


@pytest.mark.rules("P-031")
def test_blocked_data_leave_only_the_certificate():
    decision = decide(case(Cause.BLOCKED))
    assert decision.word is Word.UNUSABLE
    assert ids(decision) == [FallbackOptionId.CERTIFICATE, FallbackOptionId.SELF_PAY]
    assert decide(case(Cause.BLOCKED, CERTIFICATE)).accepted is FallbackOptionId.CERTIFICATE
    assert decide(case(Cause.BLOCKED, NOTICE)).accepted is None


@pytest.mark.rules("P-030")
def test_a_stopped_view_is_bridged_like_a_lag():
    decision = decide(case(Cause.VIEW_STOPPED, NOTICE, validity=QualificationValidity.NONE))
    assert decision.accepted is FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE
    assert decision.check_again is not None
    assert decision.check_again.on == date(2026, 11, 24)
    assert "保険者" in decision.say.ja


@pytest.mark.rules("P-082", "P-087")
def test_in_a_disaster_neither_card_nor_paper_is_needed():
    decision = decide(case(Cause.DISASTER, card_at_hand=False))
    assert ids(decision) == [FallbackOptionId.EMERGENCY_LOOKUP, FallbackOptionId.STATEMENT]
    assert decision.claim.mode is ClaimMode.DISASTER
    assert decision.claim.insurer_number == "99999999"
    assert decision.ratio == 3


@pytest.mark.rules("P-087")
def test_a_long_outage_leads_to_the_call_centre():
    decision = decide(case(Cause.NETWORK))
    assert decision.check_again is not None
    assert "0800-080-4583" in decision.check_again.text.ja
    assert any("個人番号は書き写しません" in note.ja for note in decision.write_down)


@pytest.mark.rules("R-016", "P-010", "P-070")
def test_a_newborn_without_a_card_pays_two_tenths_by_certificate():
    newborn = ReceptionCase(ON, Cause.NO_CARD, birthdate=date(2026, 10, 20))
    assert ids(decide(newborn)) == [
        FallbackOptionId.CERTIFICATE,
        FallbackOptionId.EMPLOYER_PROOF,
        FallbackOptionId.SELF_PAY,
    ]
    with_paper = decide(replace(newborn, presented=(CERTIFICATE,)))
    assert (with_paper.accepted, with_paper.ratio) == (FallbackOptionId.CERTIFICATE, 2)
    nothing = decide(replace(newborn, ruled_out=frozenset(FallbackOptionId)))
    assert (nothing.accepted, nothing.ratio) == (FallbackOptionId.SELF_PAY, 10)


@pytest.mark.rules("R-048", "R-096", "P-088")
def test_a_lost_card_leads_to_certificate_proof_or_the_whole_cost():
    proof = Presented(DocumentKind.EMPLOYER_PROOF)
    assert decide(case(Cause.NO_CARD, proof)).accepted is FallbackOptionId.EMPLOYER_PROOF
    none = decide(case(Cause.NO_CARD, ruled_out=frozenset(FallbackOptionId)))
    assert none.accepted is FallbackOptionId.SELF_PAY
    assert none.claim.mode is ClaimMode.NO_CLAIM
    assert "療養費" in none.say.ja


@pytest.mark.rules("R-009", "R-011", "P-050", "T-021")
def test_an_old_card_alone_is_accepted_by_day():
    old = Presented(
        DocumentKind.OLD_CARD,
        InsurerKind.KOKUHO,
        date(2025, 7, 31),
        validity=QualificationValidity.VALID,
    )
    valid = decide(ReceptionCase(date(2025, 7, 31), Cause.NO_CARD, presented=(old,)))
    assert valid.accepted is FallbackOptionId.OLD_CARD
    interim = decide(ReceptionCase(date(2025, 8, 1), Cause.NO_CARD, presented=(old,)))
    assert interim.accepted is FallbackOptionId.NUMBER_ONLY
    assert interim.claim.mode is ClaimMode.NORMAL
    assert any("次は" in caution.ja for caution in interim.cautions)
    over = decide(ReceptionCase(date(2026, 8, 1), Cause.NO_CARD, presented=(old,)))
    assert over.accepted is None


@pytest.mark.rules("R-041", "R-150")
def test_a_certificate_from_seventy_on_names_the_ratio():
    shown = replace(CERTIFICATE, ratio=3)
    elderly = ReceptionCase(ON, Cause.NO_CARD, birthdate=date(1952, 3, 10), presented=(shown,))
    decision = decide(elderly)
    assert (decision.ratio, decision.ratio_source) == (3, RatioSource.DECLARED)


@pytest.mark.rules("R-159")
def test_a_member_in_arrears_pays_the_whole_cost_and_claims_later():
    decision = decide(
        case(Cause.NONE, validity=QualificationValidity.VALID, ratio=3, special_expenses=True)
    )
    assert decision.word is Word.VALID
    assert (decision.ratio, decision.ratio_source) == (10, RatioSource.SPECIAL_EXPENSES)
    assert any("特別療養費" in caution.ja for caution in decision.cautions)
    assert decision.claim.mode is ClaimMode.NO_CLAIM, "who pays all is not claimed as well"


@pytest.mark.rules("R-050")
def test_whoever_holds_both_is_accepted_by_either():
    by_card = decide(case(Cause.NONE, CERTIFICATE, validity=QualificationValidity.VALID))
    assert by_card.accepted is FallbackOptionId.CHECK
    by_paper = decide(case(Cause.NO_CARD, CERTIFICATE))
    assert by_paper.accepted is FallbackOptionId.CERTIFICATE


@pytest.mark.rules("R-002")
def test_a_registered_person_may_still_show_the_old_card():
    old = Presented(DocumentKind.OLD_CARD, InsurerKind.KUMIAI)
    decision = decide(ReceptionCase(date(2025, 6, 1), Cause.NO_CARD, presented=(old,)))
    assert decision.accepted is FallbackOptionId.OLD_CARD


@pytest.mark.parametrize("situation", list(Situation))
def test_what_is_said_comes_in_easy_japanese_too(situation):
    for advice in (guidance(situation), SELF_PAY):
        assert advice.say.easy
        assert advice.say.easy != advice.say.ja


IN_ARREARS = Presented(DocumentKind.CERTIFICATE, InsurerKind.KUMIAI, special_expenses=True)


@pytest.mark.rules("R-159")
def test_arrears_that_were_told_last_time_are_not_forgotten_in_an_outage():
    known = case(Cause.NETWORK, ratio=3, previous_known=True, revisit=True, special_expenses=True)
    for presented in ((), (DECLARATION,), (CERTIFICATE,)):
        decision = decide(replace(known, presented=presented))
        assert (decision.ratio, decision.ratio_source) == (10, RatioSource.SPECIAL_EXPENSES)
        assert decision.claim.mode is ClaimMode.NO_CLAIM
        assert any("最後に確認できたとき" in one.ja for one in decision.cautions)


@pytest.mark.rules("R-056", "R-081", "R-159")
def test_arrears_that_are_printed_on_a_paper_are_charged():
    decision = decide(case(Cause.NETWORK, IN_ARREARS))
    assert decision.accepted is FallbackOptionId.CERTIFICATE
    assert (decision.ratio, decision.ratio_source) == (10, RatioSource.SPECIAL_EXPENSES)
    assert decision.claim.mode is ClaimMode.NO_CLAIM
    assert any("書類に、特別療養費" in one.ja for one in decision.cautions)


@pytest.mark.rules("P-053", "P-080", "P-086")
def test_at_75_the_former_insurance_is_current_no_more():
    born = date(1951, 11, 20)
    known = replace(
        case(Cause.NETWORK, ratio=None, previous_known=True, revisit=True, current_known=True),
        birthdate=born,
        insurers=frozenset({InsurerKind.KOKUHO}),
    )
    decision = decide(known)
    assert FallbackOptionId.ORAL_NO_CHANGE not in ids(decision)
    assert decision.claim.mode is ClaimMode.OLD_ELIGIBILITY
    assert (decision.ratio, decision.ratio_source) == (1, RatioSource.AGE)
    assert any("75歳になった" in one.ja for one in decision.cautions)
    assert decide(replace(known, says_unchanged=True)).accepted is None
    for other in (
        replace(known, birthdate=date(1951, 11, 21)),
        replace(known, insurers=frozenset({InsurerKind.KOUKI})),
    ):
        decision = decide(other)
        assert FallbackOptionId.ORAL_NO_CHANGE in ids(decision)
        assert decision.claim.mode is ClaimMode.NORMAL
        assert not any("75歳になった" in one.ja for one in decision.cautions)


@pytest.mark.rules("P-070", "P-085", "R-150")
@pytest.mark.parametrize(
    ("born", "printed", "charged", "source"),
    [
        (date(1962, 3, 3), 1, 3, RatioSource.AGE),
        (date(1985, 3, 3), 2, 3, RatioSource.AGE),
        (date(2023, 3, 3), 3, 2, RatioSource.AGE),
        (date(1952, 3, 3), 1, 2, RatioSource.AGE),
        (date(1952, 3, 3), 3, 3, RatioSource.DECLARED),
        (date(1949, 3, 3), 1, 1, RatioSource.DECLARED),
    ],
)
def test_a_share_that_nobody_of_the_age_has_is_not_charged(born, printed, charged, source):
    shown = case(Cause.NETWORK, replace(CERTIFICATE, ratio=printed, insurer_kind=None))
    decision = decide(replace(shown, birthdate=born))
    assert (decision.ratio, decision.ratio_source) == (charged, source)
    told = any("負担割合は" in one.ja and "確かめて" in one.ja for one in decision.cautions)
    assert told is (source is RatioSource.AGE)


@pytest.mark.rules("P-070", "P-072")
def test_from_seventy_on_a_share_by_age_says_that_incomes_count():
    elderly = replace(case(Cause.NETWORK), birthdate=date(1952, 3, 3))
    assert decide(elderly).provisional
    accepted = decide(replace(elderly, revisit=True, says_unchanged=True))
    assert any("70歳からは所得" in one.ja for one in accepted.cautions)
    assert not decide(case(Cause.NETWORK)).provisional
