"""Reception (受付): what the desk does with the outcome of a check, or without one.

Sections 6 and 6.3 of the rule catalogue: which option next, which ratio, how the claim is
written, what to say, what to write down, when to check again. As long as the card is at hand and
one option with it is possible, nobody is asked for the whole cost (R-092, P-086).
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.card.makes import PHOTOLESS_INFANTS_FROM
from eligibility.cost.burden import (
    FULL,
    SPECIAL_EXPENSES_RATIO,
    base_ratio,
    elderly_from,
    impossible_ratio,
    possible_ratios,
)
from eligibility.cost.claims import Claim, ClaimMode, claim, claim_mode
from eligibility.days.birthdays import age_on
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.guidance import (
    KEEP_DECLARATION,
    OLD_NUMBER,
    SELF_PAY,
    SHOWN_NUMBER,
    Guidance,
    guidance,
)
from eligibility.reception.options import (
    FallbackOption,
    FallbackOptionId,
    fallback_option,
    out_of_reach,
)
from eligibility.reception.presented import (
    IS_IT_OF_75,
    Judgement,
    Presented,
    judge,
    may_end_at_75,
)
from eligibility.reception.rechecks import CheckAgain, check_again, renewal
from eligibility.reception.situation import Situation, Word
from eligibility.sentence import Sentence


class RatioSource(StrEnum):
    """How the ratio is known."""

    CONFIRMED = "confirmed"
    """By the answer of the check."""
    DECLARED = "declared"
    """By what the patient shows or declares (P-085)."""
    AGE = "age"
    """From the age alone; incomes from 70 on are not known (P-070)."""
    TICKET = "ticket"
    """No ratio holds: public assistance, whose patient pays what the ticket says (P-032)."""
    FULL = "full"
    """No insurance is used."""
    SPECIAL_EXPENSES = "special_expenses"
    """特別療養費: insured, and in arrears; the insurer pays only afterwards (R-159)."""
    UNKNOWN = "unknown"
    """Neither ratio nor date of birth is known."""

    @property
    def japanese(self) -> str:
        """The word that stands beside the ratio."""
        return {
            RatioSource.CONFIRMED: "確認済",
            RatioSource.DECLARED: "申立",
            RatioSource.AGE: "年齢から",
            RatioSource.TICKET: "医療券",
            RatioSource.FULL: "全額",
            RatioSource.SPECIAL_EXPENSES: "特別療養費",
            RatioSource.UNKNOWN: "未確認",
        }[self]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the desk does.

    `accepted` is the option by which the visit is accepted, None as long as the patient still has
    to show or do something: then `options` are in the order to try. `claim` is that of the accepted
    option; without one, how the claim is written if no option shows the current number, and the
    `claim_mode` of the option that is taken comes before it. `cautions` concern what was shown.
    `self_pay` is what is paid by the ticket, in yen: None where no ticket is known that says it.
    `shown` is the document that carries the visit, `numbered` that whose number is claimed, which
    is another one beside a medical ticket. `provisional`: from 70 on, and in 後期高齢者医療, the
    ratio by age alone may be too low, as incomes count (P-070).
    """

    word: Word
    situation: Situation
    headline: Sentence
    options: tuple[FallbackOption, ...]
    ratio: int | None
    ratio_source: RatioSource
    claim: Claim
    say: Sentence
    write_down: tuple[Sentence, ...]
    check_again: CheckAgain | None
    accepted: FallbackOptionId | None = None
    cautions: tuple[Sentence, ...] = ()
    self_pay: int | None = None
    shown: Presented | None = None
    numbered: Presented | None = None
    provisional: bool = False


SPECIAL_EXPENSES = Sentence(
    "特別療養費の対象です。窓口では全額を支払ってもらい、あとで保険者に申請してもらいます（未確認の扱い）。",
    "In arrears: the patient pays the whole cost and applies to the insurer (unverified practice).",
)
"""R-159."""
SPECIAL_EXPENSES_LAST_TIME = Sentence(
    "最後に確認できたとき、特別療養費の対象でした。今日は確認できないので、同じように全額を支払ってもらいます"
    "（未確認の扱い）。あとの確認で違ったときは、精算します。",
    "In arrears when last confirmed. As nothing can be confirmed today, the patient pays the whole "
    "cost as then (unverified practice); what turns out otherwise is settled afterwards.",
)
"""R-159, where the last answer told it."""
SPECIAL_EXPENSES_ON_PAPER = Sentence(
    "見せてもらった書類に、特別療養費の対象と書かれています。窓口では全額を支払ってもらい、"
    "あとで保険者に申請してもらいます（未確認の扱い）。",
    "The paper says that the patient is in arrears (特別療養費): they pay the whole cost and apply "
    "to the insurer (unverified practice).",
)
"""R-056, R-081, R-159."""
ENDED_BY_AGE = Sentence(
    "75歳になったので、記録にある保険は誕生日の前日で終わっています。後期高齢者医療の資格確認書などを"
    "見せてもらいます。",
    "At 75 the insurance on record has ended, the day before the birthday. Ask for a paper of "
    "後期高齢者医療, such as its eligibility certificate.",
)
"""P-053."""
SHARE_BY_INCOME = Sentence(
    "負担割合は年齢だけの仮のものです。70歳からは所得でも変わります（70〜74歳は2割か3割、"
    "75歳からと後期高齢者医療は1割から3割）。書類に書かれた負担割合か、患者さんが申し立てる割合を入れてください。"
    "どちらも分からなければ仮の割合で受け取り、確認できたら差額を精算します。",
    "The share is by age alone. From 70 on income counts as well (2 or 3 tenths until 74, 1 to 3 "
    "from 75, and in 後期高齢者医療): enter what is printed, or what the patient declares. Where "
    "neither is known, take this share for now, and settle the difference once it is confirmed.",
)
"""P-070, P-072, P-085, R-056, R-150."""
TELL_THE_NUMBER = Sentence(
    "きょうは申立書で、保険で受診できます。保険の記号・番号が分かったら、この窓口にお知らせください。",
    "You are insured today by your declaration. Please tell us the number of your insurance as "
    "soon as you know it.",
    "きょうは ほけんが つかえます。ほけんの ばんごうが わかったら、ここに おしえてください。",
)
"""P-085."""
ASSISTED_TOO = Sentence(
    "医療扶助も受けています。医療券・調剤券を見せてもらい、患者さんからは券の本人支払額だけを受け取ります。"
    "券がなければ、福祉事務所に確かめます。",
    "Public assistance as well: ask for the medical ticket, and take from the patient only what it "
    "says. Without one, ask the welfare office.",
)
"""併用, where no ticket is registered for this institution (P-032)."""


def decide(case: ReceptionCase) -> Decision:
    """Decide what the desk does (§6, §6.1, §6.3; R-092, P-080 to P-088)."""
    situation = _situation(case)
    guide = guidance(situation, registers=_registers(case), obstacle=case.obstacle)
    judged = tuple((one, _judged(case, one)) for one in case.presented)
    options = _options(case, guide, judged)
    if guide.options and not any(one.accepted for one in options):
        guide = SELF_PAY
    accepted = _accepted(case, situation, options, judged)
    shown = _carrying(accepted, judged)
    ratio, source = _ratio(case, situation, guide, shown)
    self_pay = _self_pay(case, shown) if source is RatioSource.TICKET else None
    by_income = is_elderly(case) or _is_late_elderly(case, shown)
    provisional = source is RatioSource.AGE and by_income
    return Decision(
        word=guide.word,
        situation=situation,
        headline=guide.headline,
        options=options,
        ratio=ratio,
        ratio_source=source,
        claim=claim(_claim_mode(case, options, accepted, shown)),
        say=_say(case, situation, guide, accepted),
        write_down=_write_down(case, guide, options, accepted, shown),
        check_again=check_again(case, situation, accepted),
        accepted=accepted,
        cautions=_cautions(
            case, judged, source, shown, provisional=provisional and accepted is not None
        ),
        self_pay=self_pay,
        shown=shown,
        numbered=next((one for one, of in judged if of.accepted and one.insured), shown),
        provisional=provisional,
    )


def _judged(case: ReceptionCase, one: Presented) -> Judgement:
    return judge(one, case.on, card_at_hand=case.has_card, birthdate=case.birthdate)


def is_elderly(case: ReceptionCase) -> bool:
    """Tell whether the ratio of 70 holds for the patient, as far as their birth is known."""
    return case.birthdate is not None and case.on >= elderly_from(case.birthdate)


def _say(
    case: ReceptionCase, situation: Situation, guide: Guidance, accepted: FallbackOptionId | None
) -> Sentence:
    """Say what is said; one who has no insurance is not asked for the papers of an insurer."""
    if accepted is FallbackOptionId.DECLARATION:
        return TELL_THE_NUMBER
    if situation is Situation.VALID:
        return _said_of_a_valid_one(case) or guide.say
    if case.assisted_only and guide.options and guide is not SELF_PAY:
        return guidance(Situation.WELFARE).say
    return guide.say


_CONFIRMED_BY_NUMBER = Sentence(
    "確認できました。", "All is well.", "かくにんできました。ありがとうございます。"
)


_SAID_IN_ARREARS = Sentence(
    "確認できました。きょうは窓口で全額のお支払いになります。あとで保険者に申請できます。",
    "Your insurance is confirmed. Today you pay the whole cost; you can apply to your insurer for "
    "it later.",
    "かくにんできました。きょうは ぜんぶの おかねを はらいます。あとで ほけんに もうしこめます。",
)
"""R-159."""


def _said_of_a_valid_one(case: ReceptionCase) -> Sentence | None:
    if case.special_expenses:
        return _SAID_IN_ARREARS
    return _CONFIRMED_BY_NUMBER if case.by_number else renewal(case)


_Judged = tuple[tuple[Presented, Judgement], ...]


def _registers(case: ReceptionCase) -> bool:
    """Tell whether the card may be registered here: by the reader, unless that was refused."""
    return case.variant.registers and FallbackOptionId.REGISTER_ON_THE_SPOT not in case.ruled_out


_WITHOUT_ELIGIBILITY = {QualificationValidity.INVALID, QualificationValidity.NONE}


def _situation(case: ReceptionCase) -> Situation:
    match case.cause:
        case Cause.NONE | Cause.LAG if case.by_number and case.validity in _ASKED_BY_NUMBER:
            return _ASKED_BY_NUMBER[case.validity]
        case Cause.NONE:
            assert case.validity is not None
            return _SITUATION_OF_VALIDITY[case.validity]
        case Cause.DISASTER | Cause.BLOCKED:
            return Situation(case.cause.value)
        case _ if not case.has_card:
            return Situation.NO_CARD
        case Cause.LAG:
            return Situation.LAG
        case Cause.NOT_REGISTERED if case.validity in _WITHOUT_ELIGIBILITY:
            # Registration needs an eligibility in force (P-021).
            return Situation.LAG
        case _:
            return Situation(case.cause.value)


_SITUATION_OF_VALIDITY = {
    QualificationValidity.VALID: Situation.VALID,
    QualificationValidity.INVALID: Situation.LAG,
    QualificationValidity.INVALID_NEW_EXISTS: Situation.NEW_EXISTS,
    QualificationValidity.NONE: Situation.LAG,
    QualificationValidity.SEVERAL: Situation.SEVERAL_INSURERS,
    QualificationValidity.VALID_UNREGISTERED: Situation.WELFARE,
}


_ASKED_BY_NUMBER = {
    QualificationValidity.NONE: Situation.NOT_FOUND,
    QualificationValidity.SEVERAL: Situation.SEVERAL,
}


_WHERE_REGISTRATION_FAILS = frozenset(
    {FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE, FallbackOptionId.DECLARATION}
)
"""Ways of the lag: of no use to one who is seen to be insured, as the card can be registered."""


_OF_AN_INSURER = frozenset(
    {
        FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        FallbackOptionId.ORAL_NO_CHANGE,
        FallbackOptionId.DECLARATION,
        FallbackOptionId.CERTIFICATE,
        FallbackOptionId.EMPLOYER_PROOF,
    }
)
"""Ways by what only an insurer gives, or of its numbers: public assistance has its ticket."""

_BY_PHOTO = frozenset({FallbackOptionId.FACE, FallbackOptionId.VISUAL})


def _card_of_infant(case: ReceptionCase) -> bool:
    """Tell whether a card of theirs has no photograph to compare, as who is under 1 shows (P-010).

    Older children may still have such a card, which their date of birth does not tell.
    """
    born = case.birthdate
    return born is not None and born >= PHOTOLESS_INFANTS_FROM and age_on(born, case.on) < 1


def _options(case: ReceptionCase, guide: Guidance, judged: _Judged) -> tuple[FallbackOption, ...]:
    """Strike out what cannot be; the whole cost comes last, and only where nothing else may do.

    What the patient shows, and no guidance names, is an option too (§6 steps 3 and 4). A paper that
    there is of 健康保険 only is asked of nobody else (R-048).
    """
    shown = [judgement.option for _, judgement in judged if judgement.option is not None]
    named = [
        one
        for one in guide.options
        if case.may_have_employer_proof or one is not FallbackOptionId.EMPLOYER_PROOF
    ]
    if case.assisted_only and guide.options:
        named = [*(one for one in named if one not in _OF_AN_INSURER)]
        named += [FallbackOptionId.WELFARE_TICKET]
    ids = dict.fromkeys([*named, *shown] if guide.options else [])
    in_force = case.validity is not None and case.validity not in _WITHOUT_ELIGIBILITY
    registrable = case.cause is Cause.NOT_REGISTERED and in_force and _registers(case)
    out = case.ruled_out | (_WHERE_REGISTRATION_FAILS - {*shown} if registrable else frozenset())
    out |= out_of_reach(case.variant)
    if _card_of_infant(case):
        out |= _BY_PHOTO
    known_still = case.revisit and not case.ended_by_age
    possible = [
        one
        for one in map(fallback_option, ids)
        if one.id not in out
        and (case.has_card or not one.needs_card)
        and (known_still or one.id is not FallbackOptionId.ORAL_NO_CHANGE)
    ]
    spared = case.cause is Cause.DISASTER or case.assisted_only
    whole_cost_threatens = not case.has_card and not spared
    if guide.options and (not possible or whole_cost_threatens):
        possible.append(fallback_option(FallbackOptionId.SELF_PAY))
    return tuple(possible)


def _accepted(
    case: ReceptionCase, situation: Situation, options: tuple[FallbackOption, ...], judged: _Judged
) -> FallbackOptionId | None:
    """Return the first option that what is known fulfils; the whole cost if that alone is left."""
    if situation is Situation.VALID:
        return FallbackOptionId.CHECK
    fulfilled = {judgement.option for _, judgement in judged if judgement.accepted}
    if case.says_unchanged:
        fulfilled.add(FallbackOptionId.ORAL_NO_CHANGE)
    for one in options:
        if one.id in fulfilled:
            return one.id
    return (
        FallbackOptionId.SELF_PAY
        if [one.id for one in options] == [FallbackOptionId.SELF_PAY]
        else None
    )


def _carrying(accepted: FallbackOptionId | None, judged: _Judged) -> Presented | None:
    """Return the document that tells what is paid: a ticket, or that by which one is accepted."""
    ways = (FallbackOptionId.WELFARE_TICKET, accepted)
    found = (one for way in ways for one, of in judged if of.accepted and of.option is way)
    return next(found, None)


def _ratio(
    case: ReceptionCase, situation: Situation, guide: Guidance, shown: Presented | None
) -> tuple[int | None, RatioSource]:
    if guide is SELF_PAY:
        return FULL, RatioSource.FULL
    if _pays_by_ticket(case, shown):
        return None, RatioSource.TICKET
    if _in_arrears(case, shown):
        return SPECIAL_EXPENSES_RATIO, RatioSource.SPECIAL_EXPENSES
    printed = shown.ratio if shown is not None else None
    late_elderly = _is_late_elderly(case, shown)
    if printed is not None and _may_pay(case, printed, late_elderly=late_elderly):
        return printed, RatioSource.DECLARED
    if case.ratio is not None:
        confirmed = situation in {Situation.VALID, Situation.SEVERAL_INSURERS}
        return case.ratio, RatioSource.CONFIRMED if confirmed else RatioSource.DECLARED
    if case.birthdate is None:
        return None, RatioSource.UNKNOWN
    return base_ratio(case.birthdate, case.on, late_elderly=late_elderly), RatioSource.AGE


def _may_pay(case: ReceptionCase, ratio: int, *, late_elderly: bool) -> bool:
    """Tell whether somebody of the patient's age can have a ratio, as far as the age is known."""
    born = case.birthdate
    return born is None or ratio in possible_ratios(born, case.on, late_elderly=late_elderly)


def _is_late_elderly(case: ReceptionCase, shown: Presented | None) -> bool:
    """Tell whether the patient is in 後期高齢者医療: as is shown, else as is still on record."""
    if shown is not None and (shown.late_elderly or shown.insurer_kind):
        return shown.late_elderly
    return case.revisit and case.insurers == {InsurerKind.KOUKI}


def _in_arrears(case: ReceptionCase, shown: Presented | None) -> bool:
    """Tell whether 特別療養費 holds: by the last answer, or printed on what is shown (R-159)."""
    return case.special_expenses or (shown is not None and shown.special_expenses)


def _pays_by_ticket(case: ReceptionCase, shown: Presented | None) -> bool:
    """Tell whether the patient pays what a ticket says, instead of a share (P-032).

    Who has an insurance as well does so where there is a ticket for this institution; until it is
    seen, the share of the insurance is what is known.
    """
    if shown is not None and shown.document is DocumentKind.MEDICAL_TICKET:
        return True
    told = case.assistance is not None and case.assistance.self_pay is not None
    return case.assisted_only or told


def _self_pay(case: ReceptionCase, shown: Presented | None) -> int | None:
    """Return 本人支払額 of the ticket that is shown, or else of the one that is registered."""
    if shown is not None and shown.self_pay is not None:
        return shown.self_pay
    return case.assistance.self_pay if case.assistance else None


def _claim_mode(
    case: ReceptionCase,
    options: tuple[FallbackOption, ...],
    accepted: FallbackOptionId | None,
    shown: Presented | None,
) -> ClaimMode:
    """Choose the claim of the accepted option, else that if no current number turns up (P-080).

    Of one in arrears nothing is claimed: they pay all, and ask for 特別療養費 later (R-159)
    [unverified].
    """
    if _in_arrears(case, shown):
        return ClaimMode.NO_CLAIM
    of_option = fallback_option(accepted).claim_mode if accepted else None
    if of_option is not None:
        return of_option
    ids = {one.id for one in options}
    if FallbackOptionId.DECLARATION in ids:
        current = case.current_known and not case.ended_by_age
        return claim_mode(current_known=current, previous_known=_previous_known(case))
    if FallbackOptionId.STATEMENT in ids:
        return ClaimMode.DISASTER
    if FallbackOptionId.SELF_PAY in ids:
        return ClaimMode.NO_CLAIM
    return ClaimMode.NORMAL


def _previous_known(case: ReceptionCase) -> bool:
    """Tell whether 旧資格 can be claimed: whoever asked by an old number holds it."""
    return case.previous_known or case.validity is QualificationValidity.INVALID_NEW_EXISTS


def _write_down(
    case: ReceptionCase,
    guide: Guidance,
    options: tuple[FallbackOption, ...],
    accepted: FallbackOptionId | None,
    shown: Presented | None,
) -> tuple[Sentence, ...]:
    """Say what is still to be written down: not a number that was, nor of a way not taken."""
    known = shown is not None and shown.insured is not None
    notes = [one for one in guide.write_down if not (known and one is SHOWN_NUMBER)]
    by_declaration = accepted in {None, FallbackOptionId.DECLARATION}
    if by_declaration and any(one.id is FallbackOptionId.DECLARATION for one in options):
        notes.append(KEEP_DECLARATION)
        if _previous_known(case) and (case.ended_by_age or not case.current_known):
            notes.append(OLD_NUMBER)
    return tuple(notes)


def _cautions(
    case: ReceptionCase,
    judged: _Judged,
    source: RatioSource,
    shown: Presented | None,
    *,
    provisional: bool,
) -> tuple[Sentence, ...]:
    """Say why a document is not accepted, or on which terms (R-052, P-050), and what is special."""
    cautions = [judgement.caution for _, judgement in judged if judgement.caution]
    confirmed = case.validity is QualificationValidity.VALID
    if case.special_expenses:
        cautions.append(SPECIAL_EXPENSES if confirmed else SPECIAL_EXPENSES_LAST_TIME)
    elif _in_arrears(case, shown):
        cautions.append(SPECIAL_EXPENSES_ON_PAPER)
    if case.ended_by_age and (shown is None or shown.document is DocumentKind.DECLARATION):
        cautions.append(ENDED_BY_AGE)
    if shown is not None and may_end_at_75(shown, case.birthdate, case.on):
        cautions.append(IS_IT_OF_75)
    if provisional:
        cautions.append(SHARE_BY_INCOME)
    late_elderly = _is_late_elderly(case, shown)
    if shown and (
        wrong := impossible_ratio(shown.ratio, case.birthdate, case.on, late_elderly=late_elderly)
    ):
        cautions.append(wrong)
    if case.assistance is not None and source in _BESIDE_A_TICKET:
        cautions.append(ASSISTED_TOO)
    return tuple(dict.fromkeys(cautions))


_BESIDE_A_TICKET = frozenset(RatioSource) - {
    RatioSource.TICKET,
    RatioSource.FULL,
    RatioSource.SPECIAL_EXPENSES,
}
"""Where a share is known that a ticket would take the place of."""
