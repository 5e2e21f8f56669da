from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.use import Obstacle
from eligibility.cost.assistance import PublicAssistance
from eligibility.cost.claims import ClaimMode
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.insured_number import InsuredNumber
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase, confirmed_lately
from eligibility.reception.decision import (
    ASSISTED_TOO,
    SPECIAL_EXPENSES_ON_PAPER,
    RatioSource,
    decide,
)
from eligibility.reception.guidance import KEEP_DECLARATION, OLD_NUMBER, SHOWN_NUMBER
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Presented
from eligibility.reception.situation import Situation, Word

FRIDAY = date(2026, 11, 20)
ADULT = date(1980, 2, 17)


def ids(decision):
    return [option.id for option in decision.options]


@pytest.mark.rules("R-090", "P-024")
def test_a_valid_check_needs_nothing_more():
    decision = decide(
        ReceptionCase(FRIDAY, Cause.NONE, QualificationValidity.VALID, ADULT, ratio=3)
    )
    assert decision.word is Word.VALID
    assert decision.word.japanese == "有効"
    assert (decision.ratio, decision.ratio_source) == (3, RatioSource.CONFIRMED)
    assert decision.claim.mode is ClaimMode.NORMAL
    assert decision.options == ()
    assert decision.check_again is None


def test_a_valid_check_without_a_ratio_takes_it_from_the_age():
    decision = decide(ReceptionCase(FRIDAY, Cause.NONE, QualificationValidity.VALID, ADULT))
    assert (decision.ratio, decision.ratio_source) == (3, RatioSource.AGE)


@pytest.mark.rules("P-002", "P-003", "R-111")
def test_a_certificate_in_its_grace_is_named_with_its_last_day():
    decision = decide(
        ReceptionCase(
            date(2026, 8, 31),
            Cause.NONE,
            QualificationValidity.VALID,
            certificate_expires_on=date(2026, 5, 15),
        )
    )
    assert decision.word is Word.VALID
    assert "2026年8月31日（月）まで" in decision.say.ja


@pytest.mark.rules("P-003")
def test_a_certificate_that_ends_soon_is_named():
    case = ReceptionCase(
        date(2026, 5, 15),
        Cause.NONE,
        QualificationValidity.VALID,
        certificate_expires_on=date(2026, 5, 15),
    )
    assert "2026年5月15日（金）" in decide(case).say.ja


@pytest.mark.parametrize("expires_on", [None, date(2029, 5, 15)])
def test_a_certificate_that_lasts_is_not_spoken_of(expires_on):
    case = ReceptionCase(
        FRIDAY, Cause.NONE, QualificationValidity.VALID, certificate_expires_on=expires_on
    )
    assert "証明書" not in decide(case).say.ja


@pytest.mark.rules("P-025", "P-086", "R-142")
def test_in_the_lag_the_card_with_a_document_comes_first_and_the_declaration_next():
    decision = decide(ReceptionCase(FRIDAY, Cause.LAG, QualificationValidity.INVALID, ADULT))
    assert decision.word is Word.CHECK
    assert ids(decision)[:2] == [
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.DECLARATION,
    ]
    assert all(option.accepted for option in decision.options)


@pytest.mark.rules("P-025")
@pytest.mark.parametrize("validity", [QualificationValidity.INVALID, QualificationValidity.NONE])
def test_a_check_that_finds_nothing_in_force_is_a_lag(validity):
    decision = decide(ReceptionCase(FRIDAY, Cause.NONE, validity, ADULT))
    assert decision.situation is Situation.LAG
    assert decision.ratio_source is RatioSource.AGE


@pytest.mark.rules("P-086")
def test_in_the_lag_a_returning_patient_is_not_asked_whether_anything_has_changed():
    decision = decide(ReceptionCase(FRIDAY, Cause.LAG, revisit=True))
    assert FallbackOptionId.ORAL_NO_CHANGE not in ids(decision)


@pytest.mark.rules("P-080", "P-081")
def test_in_the_lag_the_known_old_eligibility_carries_the_claim():
    known = decide(ReceptionCase(FRIDAY, Cause.LAG, previous_known=True))
    assert known.claim.mode is ClaimMode.OLD_ELIGIBILITY
    assert any("旧資格" in note.ja for note in known.write_down)
    unknown = decide(ReceptionCase(FRIDAY, Cause.LAG))
    assert unknown.claim.mode is ClaimMode.UNKNOWN
    assert unknown.claim.insurer_number == "77777777"


@pytest.mark.rules("P-080", "R-072")
def test_a_shown_current_number_makes_the_claim_a_normal_one():
    first = decide(ReceptionCase(FRIDAY, Cause.LAG)).options[0]
    assert first.claim_mode is ClaimMode.NORMAL


@pytest.mark.rules("P-085")
def test_what_the_patient_declares_is_not_called_confirmed():
    decision = decide(ReceptionCase(FRIDAY, Cause.LAG, birthdate=ADULT, ratio=2))
    assert (decision.ratio, decision.ratio_source) == (2, RatioSource.DECLARED)


@pytest.mark.rules("R-140")
def test_the_lag_is_checked_again_on_the_day_of_visibility():
    decision = decide(ReceptionCase(FRIDAY, Cause.LAG, visible_on=date(2026, 11, 26)))
    assert decision.check_again is not None
    assert decision.check_again.on == date(2026, 11, 26)
    assert "2026年11月26日（木）" in decision.check_again.text.ja


@pytest.mark.parametrize("visible_on", [None, FRIDAY])
def test_without_such_a_day_the_lag_is_checked_again_on_the_next_open_day(visible_on):
    decision = decide(ReceptionCase(FRIDAY, Cause.LAG, visible_on=visible_on))
    assert decision.check_again is not None
    assert decision.check_again.on == date(2026, 11, 24)


@pytest.mark.rules("P-024", "R-052")
def test_an_old_number_leads_to_the_card():
    decision = decide(
        ReceptionCase(FRIDAY, Cause.NONE, QualificationValidity.INVALID_NEW_EXISTS, ADULT)
    )
    assert decision.word is Word.CHECK
    assert ids(decision)[0] is FallbackOptionId.READ_CARD_AGAIN
    assert decision.claim.mode is ClaimMode.OLD_ELIGIBILITY


@pytest.mark.rules("P-026")
def test_several_matches_are_settled_by_the_branch_number():
    several = ReceptionCase(FRIDAY, Cause.NONE, QualificationValidity.SEVERAL, ADULT)
    by_number = decide(replace(several, by_number=True))
    assert by_number.situation is Situation.SEVERAL
    assert ids(by_number)[0] is FallbackOptionId.ASK_BRANCH
    # A card leaves no doubt about the person: it is the insurers who both have them.
    by_card = decide(several)
    assert by_card.situation is Situation.SEVERAL_INSURERS
    assert FallbackOptionId.ASK_BRANCH not in ids(by_card)


@pytest.mark.rules("P-025", "P-026")
@pytest.mark.parametrize("cause", [Cause.NONE, Cause.LAG])
def test_a_number_that_is_not_found_is_looked_at_before_it_is_called_a_lag(cause):
    nothing = ReceptionCase(FRIDAY, cause, QualificationValidity.NONE, ADULT)
    by_number = decide(replace(nothing, by_number=True))
    assert by_number.situation is Situation.NOT_FOUND
    assert ids(by_number)[0] is FallbackOptionId.ASK_NUMBER
    assert by_number.check_again.on > FRIDAY
    assert decide(nothing).situation is Situation.LAG
    ended = replace(nothing, by_number=True, validity=QualificationValidity.INVALID)
    assert decide(ended).situation is Situation.LAG


def test_who_was_asked_for_by_number_is_not_told_to_take_a_card():
    valid = ReceptionCase(
        FRIDAY, Cause.NONE, QualificationValidity.VALID, ADULT, certificate_expires_on=FRIDAY
    )
    said = decide(replace(valid, by_number=True)).say
    assert "カード" not in said.ja + said.easy
    assert "カード" in decide(valid).say.ja


@pytest.mark.rules("P-032")
def test_public_assistance_that_is_not_registered_needs_its_ticket():
    decision = decide(
        ReceptionCase(FRIDAY, Cause.NONE, QualificationValidity.VALID_UNREGISTERED, ADULT)
    )
    assert ids(decision) == [FallbackOptionId.WELFARE_TICKET]
    assert (decision.ratio, decision.ratio_source) == (None, RatioSource.TICKET)
    assert decision.self_pay is None
    assert decision.claim.mode is ClaimMode.NORMAL


@pytest.mark.rules("P-032")
@pytest.mark.parametrize("amount", [0, 1500, None])
def test_who_has_public_assistance_alone_pays_what_the_ticket_says(amount):
    valid = ReceptionCase(
        FRIDAY,
        Cause.NONE,
        QualificationValidity.VALID,
        ADULT,
        assistance=PublicAssistance(amount),
    )
    decision = decide(valid)
    assert (decision.word, decision.ratio) == (Word.VALID, None)
    assert (decision.ratio_source, decision.self_pay) == (RatioSource.TICKET, amount)
    assert decide(replace(valid, assistance=None)).ratio == 3


@pytest.mark.rules("P-032")
def test_beside_an_insurance_the_share_holds_until_a_ticket_is_seen():
    both = ReceptionCase(
        FRIDAY,
        Cause.NONE,
        QualificationValidity.VALID,
        ADULT,
        ratio=3,
        assistance=PublicAssistance(beside_insurance=True),
    )
    share = decide(both)
    assert (share.ratio, share.ratio_source) == (3, RatioSource.CONFIRMED)
    assert ASSISTED_TOO in share.cautions
    told = decide(replace(both, assistance=PublicAssistance(0, beside_insurance=True)))
    assert (told.ratio, told.ratio_source, told.self_pay) == (None, RatioSource.TICKET, 0)
    shown = decide(replace(both, presented=(ticket(800),)))
    assert (shown.ratio, shown.self_pay, shown.accepted) == (None, 800, FallbackOptionId.CHECK)
    assert told.cautions == shown.cautions == ()


@pytest.mark.rules("P-032", "R-092")
@pytest.mark.parametrize("cause", [Cause.DEVICE, Cause.NETWORK, Cause.LAG, Cause.VIEW_STOPPED])
@pytest.mark.parametrize("card", [True, False])
def test_who_has_public_assistance_is_asked_for_no_paper_of_an_insurer(cause, card):
    known = ReceptionCase(
        FRIDAY, cause, birthdate=ADULT, card_at_hand=card, assistance=PublicAssistance()
    )
    decision = decide(known)
    assert ids(decision) == [FallbackOptionId.WELFARE_TICKET]
    assert (decision.ratio, decision.ratio_source) == (None, RatioSource.TICKET)
    assert "医療券" in decision.say.ja
    assert decision.claim.mode is ClaimMode.NORMAL
    paid = decide(replace(known, presented=(ticket(0),)))
    assert (paid.accepted, paid.self_pay) == (FallbackOptionId.WELFARE_TICKET, 0)


@pytest.mark.rules("P-032", "P-070")
def test_a_paper_ticket_carries_a_visit_that_could_not_be_checked_until_its_last_day():
    outage = ReceptionCase(FRIDAY, Cause.NETWORK, birthdate=ADULT)
    assert decide(outage).ratio == 3
    shown = decide(replace(outage, presented=(ticket(0, FRIDAY),)))
    assert (shown.accepted, shown.ratio, shown.self_pay) == (
        FallbackOptionId.WELFARE_TICKET,
        None,
        0,
    )
    expired = decide(replace(outage, presented=(ticket(0, date(2026, 11, 19)),)))
    assert (expired.accepted, expired.ratio) == (None, 3)
    assert expired.cautions


def ticket(amount, until=None):
    return Presented(DocumentKind.MEDICAL_TICKET, expires_on=until, self_pay=amount)


@pytest.mark.rules("R-092", "P-086")
@pytest.mark.parametrize("cause", [Cause.DEVICE, Cause.NETWORK])
def test_an_outage_on_a_first_visit_ends_in_the_declaration(cause):
    decision = decide(ReceptionCase(FRIDAY, cause, birthdate=ADULT))
    assert ids(decision) == [
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.DECLARATION,
        FallbackOptionId.CERTIFICATE,
    ]
    assert decision.claim.mode is ClaimMode.UNKNOWN
    assert decision.check_again is not None
    assert decision.check_again.on == FRIDAY
    assert any("個人番号は書き写しません" in note.ja for note in decision.write_down)


@pytest.mark.rules("P-086")
@pytest.mark.parametrize("cause", [Cause.DEVICE, Cause.NETWORK])
def test_an_outage_on_a_further_visit_may_be_settled_by_word_of_mouth(cause):
    decision = decide(ReceptionCase(FRIDAY, cause, revisit=True))
    assert ids(decision)[1] is FallbackOptionId.ORAL_NO_CHANGE


@pytest.mark.rules("P-018", "P-020")
def test_without_a_pin_the_face_comes_first_and_the_eye_next():
    decision = decide(ReceptionCase(FRIDAY, Cause.AUTHENTICATION))
    assert ids(decision)[:2] == [FallbackOptionId.FACE, FallbackOptionId.VISUAL]
    assert FallbackOptionId.PIN not in ids(decision)


@pytest.mark.rules("P-017", "P-020")
def test_a_face_that_fails_leaves_the_pin():
    decision = decide(
        ReceptionCase(FRIDAY, Cause.AUTHENTICATION, ruled_out=frozenset({FallbackOptionId.FACE}))
    )
    assert ids(decision)[:2] == [FallbackOptionId.PIN, FallbackOptionId.VISUAL]


@pytest.mark.rules("P-010")
def test_a_card_without_a_photograph_leaves_the_documents():
    no_photograph = frozenset(
        {FallbackOptionId.PIN, FallbackOptionId.FACE, FallbackOptionId.VISUAL}
    )
    decision = decide(
        ReceptionCase(
            FRIDAY, Cause.AUTHENTICATION, birthdate=date(2026, 1, 5), ruled_out=no_photograph
        )
    )
    assert ids(decision)[0] is FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE
    assert decision.ratio == 2


@pytest.mark.rules("P-010")
@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2026, 7, 3), FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE),
        (FRIDAY.replace(year=2025), FallbackOptionId.FACE),
    ],
)
def test_no_photograph_is_compared_with_the_card_of_who_is_under_one(born, first):
    decision = decide(ReceptionCase(FRIDAY, Cause.AUTHENTICATION, birthdate=born))
    assert ids(decision)[0] is first


@pytest.mark.rules("P-003", "R-111")
def test_a_lapsed_certificate_makes_the_card_unusable_and_the_certificate_paper_first():
    decision = decide(ReceptionCase(FRIDAY, Cause.CERTIFICATE))
    assert decision.word is Word.UNUSABLE
    assert ids(decision) == [
        FallbackOptionId.CERTIFICATE,
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.DECLARATION,
    ]
    assert all(option.accepted for option in decision.options)


@pytest.mark.rules("P-003", "P-007", "P-012", "P-013", "R-112", "R-113", "R-115", "R-119")
@pytest.mark.parametrize(
    ("obstacle", "is_so", "way", "again"),
    [
        (Obstacle.LAPSED, "期限が切れ", "更新", "更新から約24時間"),
        (Obstacle.SUSPENDED, "一時停止", "一時停止の解除", "最短5日"),
        (Obstacle.REVOKED, "失効", "新しいカード", "新しいカード"),
        (Obstacle.MOVED_OUT, "休止", "転入届", "転入届"),
        (Obstacle.MOVE_LAPSED, "失効", "新しいカード", "新しいカード"),
        (Obstacle.LEFT_COUNTRY, "失効", "新しいカード", "新しいカード"),
        (None, "使えません", "市区町村の窓口", "手続きが済む"),
    ],
)
def test_the_desk_says_what_is_wrong_with_a_certificate_and_what_mends_it(
    obstacle, is_so, way, again
):
    decision = decide(ReceptionCase(FRIDAY, Cause.CERTIFICATE, obstacle=obstacle))
    assert is_so in decision.headline.ja
    assert way in decision.say.ja
    assert decision.say.easy not in {"", decision.say.ja}
    assert decision.check_again is not None
    assert again in decision.check_again.text.ja
    assert ("24時間" in decision.check_again.text.ja) is (obstacle is Obstacle.LAPSED)


@pytest.mark.rules("R-021", "R-023", "P-021")
def test_an_unregistered_card_is_registered_on_the_spot():
    decision = decide(ReceptionCase(FRIDAY, Cause.NOT_REGISTERED))
    assert ids(decision)[0] is FallbackOptionId.REGISTER_ON_THE_SPOT


@pytest.mark.rules("R-021", "P-021", "P-086")
def test_where_registration_fails_in_the_lag_the_ways_of_the_lag_are_there_too():
    decision = decide(ReceptionCase(FRIDAY, Cause.NOT_REGISTERED))
    assert ids(decision)[1:] == [
        FallbackOptionId.CERTIFICATE,
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.DECLARATION,
    ]
    assert decision.claim.mode is ClaimMode.UNKNOWN
    seen = decide(ReceptionCase(FRIDAY, Cause.NOT_REGISTERED, QualificationValidity.VALID))
    assert ids(seen) == [FallbackOptionId.REGISTER_ON_THE_SPOT, FallbackOptionId.CERTIFICATE]
    assert seen.claim.mode is ClaimMode.NORMAL


@pytest.mark.rules("P-080", "P-086")
@pytest.mark.parametrize("cause", [Cause.DEVICE, Cause.NETWORK, Cause.AUTHENTICATION])
def test_an_outage_right_after_a_valid_answer_claims_as_usual(cause: Cause):
    known = {"previous_known": True, "revisit": True}
    lately = decide(ReceptionCase(FRIDAY, cause, **known, current_known=True))
    assert lately.claim.mode is ClaimMode.NORMAL
    assert OLD_NUMBER not in lately.write_down
    assert decide(ReceptionCase(FRIDAY, cause, **known)).claim.mode is ClaimMode.OLD_ELIGIBILITY


@pytest.mark.rules("P-080", "P-086")
def test_a_confirmed_number_is_the_current_one_within_the_month_of_the_answer():
    def lately(confirmed_on: date, cause: Cause = Cause.NETWORK) -> bool:
        return confirmed_lately(cause, date(2026, 11, 30), confirmed_on)

    assert lately(date(2026, 11, 1))
    assert not lately(date(2026, 10, 31))
    assert not lately(date(2025, 11, 30))
    for told in (Cause.LAG, Cause.VIEW_STOPPED, Cause.BLOCKED, Cause.NOT_REGISTERED):
        assert not lately(date(2026, 11, 30), told)


@pytest.mark.rules("P-021")
def test_an_unregistered_card_without_eligibility_cannot_be_registered():
    decision = decide(ReceptionCase(FRIDAY, Cause.NOT_REGISTERED, QualificationValidity.NONE))
    assert FallbackOptionId.REGISTER_ON_THE_SPOT not in ids(decision)
    assert decision.situation is Situation.LAG


@pytest.mark.rules("R-041", "R-048", "P-088")
def test_without_a_card_the_certificate_is_asked_for_and_the_whole_cost_comes_last():
    decision = decide(ReceptionCase(FRIDAY, Cause.CERTIFICATE, ratio=3, card_at_hand=False))
    assert ids(decision) == [
        FallbackOptionId.CERTIFICATE,
        FallbackOptionId.EMPLOYER_PROOF,
        FallbackOptionId.SELF_PAY,
    ]
    assert not decision.options[-1].accepted
    assert decision.claim.mode is ClaimMode.NO_CLAIM
    assert decision.ratio == 3


@pytest.mark.rules("R-048")
@pytest.mark.parametrize("insurer", InsurerKind)
def test_the_paper_of_employers_is_asked_for_where_the_insurance_has_it(insurer: InsurerKind):
    case = ReceptionCase(FRIDAY, Cause.NO_CARD, insurers=frozenset({insurer}))
    has_it = insurer in {InsurerKind.KYOKAI, InsurerKind.KUMIAI}
    assert (FallbackOptionId.EMPLOYER_PROOF in ids(decide(case))) is has_it
    both = replace(case, insurers=frozenset({insurer, InsurerKind.KUMIAI}))
    assert FallbackOptionId.EMPLOYER_PROOF in ids(decide(both))


@pytest.mark.rules("R-048")
def test_a_paper_that_is_shown_is_taken_though_nobody_asked_for_it():
    shown = (Presented(DocumentKind.EMPLOYER_PROOF),)
    kokuho = frozenset({InsurerKind.KOKUHO})
    case = ReceptionCase(FRIDAY, Cause.NO_CARD, insurers=kokuho, presented=shown)
    assert decide(case).accepted is FallbackOptionId.EMPLOYER_PROOF


@pytest.mark.rules("R-096", "P-088")
def test_when_everything_is_ruled_out_the_whole_cost_is_paid():
    decision = decide(
        ReceptionCase(FRIDAY, Cause.LAG, birthdate=ADULT, ruled_out=frozenset(FallbackOptionId))
    )
    assert decision.word is Word.UNUSABLE
    assert ids(decision) == [FallbackOptionId.SELF_PAY]
    assert (decision.ratio, decision.ratio_source) == (10, RatioSource.FULL)
    assert decision.claim.mode is ClaimMode.NO_CLAIM


@pytest.mark.rules("P-023")
def test_a_success_without_an_answer_is_refused():
    with pytest.raises(ValueError, match="validity"):
        ReceptionCase(FRIDAY, Cause.NONE)


def test_a_lag_with_a_valid_answer_is_refused():
    with pytest.raises(ValueError, match="no lag"):
        ReceptionCase(FRIDAY, Cause.LAG, QualificationValidity.VALID)


@pytest.mark.rules("R-092", "R-094", "P-086")
@given(
    st.sampled_from(sorted(set(Cause) - {Cause.NONE, Cause.NO_CARD, Cause.BLOCKED})),
    st.none() | st.sampled_from([QualificationValidity.INVALID, QualificationValidity.NONE]),
    st.booleans(),
    st.booleans(),
)
def test_nobody_with_a_card_pays_the_whole_cost(cause, validity, previous_known, revisit):
    decision = decide(
        ReceptionCase(
            FRIDAY, cause, validity, ADULT, previous_known=previous_known, revisit=revisit
        )
    )
    assert decision.ratio == 3
    assert all(option.accepted for option in decision.options)
    assert decision.options
    assert decision.claim.mode is not ClaimMode.NO_CLAIM


@pytest.mark.parametrize("cause", list(Cause))
def test_every_decision_speaks_both_languages(cause):
    validity = QualificationValidity.VALID if cause is Cause.NONE else None
    decision = decide(ReceptionCase(FRIDAY, cause, validity))
    sentences = [decision.headline, decision.say, decision.claim.how, *decision.write_down]
    sentences += [option.text for option in decision.options]
    if decision.check_again:
        sentences.append(decision.check_again.text)
    for sentence in sentences:
        assert sentence.ja.strip()
        assert sentence.en.strip()
        assert sentence.en != sentence.ja
    assert decision.ratio_source.japanese


def by_paper(born, document=DocumentKind.NOTICE, **printed):
    shown = (Presented(document, expires_on=date(2027, 7, 31), **printed),)
    return decide(ReceptionCase(FRIDAY, Cause.DEVICE, birthdate=born, presented=shown))


@pytest.mark.rules("P-070", "P-085", "R-056", "R-081", "R-150")
@pytest.mark.parametrize(
    ("born", "meanwhile", "printed"),
    [(date(1955, 3, 5), 2, 3), (date(1946, 5, 30), 1, 3), (date(1946, 5, 30), 1, 2)],
)
@pytest.mark.parametrize("document", [DocumentKind.NOTICE, DocumentKind.CERTIFICATE])
def test_from_70_on_the_age_alone_decides_nothing_and_the_print_does(
    born, meanwhile, printed, document
):
    kind = InsurerKind.KOUKI if meanwhile == 1 else InsurerKind.KOKUHO
    without = by_paper(born, document, insurer_kind=kind)
    assert (without.ratio, without.ratio_source) == (meanwhile, RatioSource.AGE)
    assert without.provisional
    assert any("所得でも変わります" in one.ja for one in without.cautions)
    read = by_paper(born, document, insurer_kind=kind, ratio=printed)
    assert (read.ratio, read.ratio_source) == (printed, RatioSource.DECLARED)
    assert not read.provisional
    assert read.cautions == ()
    younger = by_paper(date(1956, 12, 2), document)
    assert (younger.ratio, younger.provisional) == (3, False), "70 from 1 January on"
    assert younger.cautions == ()


@pytest.mark.rules("R-056", "R-081", "R-159")
def test_a_paper_that_says_special_expenses_has_the_patient_pay_all():
    decision = by_paper(ADULT, special_expenses=True)
    assert (decision.ratio, decision.claim.mode) == (10, ClaimMode.NO_CLAIM)
    assert SPECIAL_EXPENSES_ON_PAPER in decision.cautions
    refused = by_paper(ADULT, special_expenses=True, current=False)
    assert (refused.ratio, refused.accepted) == (3, None), "what is refused says nothing"


@pytest.mark.rules("P-084", "P-085", "P-088")
def test_what_is_left_to_say_and_to_write_down_follows_what_was_accepted():
    declared = by_paper(ADULT, DocumentKind.DECLARATION)
    assert "分かったら、この窓口にお知らせください" in declared.say.ja
    assert KEEP_DECLARATION in declared.write_down
    notice = by_paper(ADULT)
    assert KEEP_DECLARATION not in notice.write_down
    assert SHOWN_NUMBER in notice.write_down
    number = InsuredNumber("123", "4567", "01")
    kept = by_paper(ADULT, insurer_number="06990013", insured=number)
    assert SHOWN_NUMBER not in kept.write_down
    asked = decide(ReceptionCase(FRIDAY, Cause.DEVICE, birthdate=ADULT))
    assert KEEP_DECLARATION in asked.write_down
    nothing = decide(
        ReceptionCase(FRIDAY, Cause.NO_CARD, ruled_out=frozenset(FallbackOptionId), birthdate=ADULT)
    )
    assert nothing.accepted is FallbackOptionId.SELF_PAY
    for word in ("保険の資格が分かるものがない", "全額", "領収書", "療養費"):
        assert word in nothing.say.ja
