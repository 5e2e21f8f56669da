"""Reception (受付): what the desk does with the outcome of a check, or without one.

Sections 6 and 6.3 of the rule catalogue: which way next, which ratio, how the claim is written,
what to say, what to write down, when to check again. As long as the card is at hand and one way
with it is possible, nobody is asked for the whole cost (R-092, P-086).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.burden import FULL, base_ratio
from eligibility.calendar import add_business_days
from eligibility.certificates import CertificateState, certificate_state, grace_end
from eligibility.claims import Claim, ClaimMode, claim
from eligibility.guidance import (
    KEEP_DECLARATION,
    OLD_NUMBER,
    SELF_PAY,
    Guidance,
    Situation,
    Word,
    guidance,
)
from eligibility.qualification import QualificationValidity
from eligibility.sentence import Sentence, japanese_date
from eligibility.ways import Way, WayId, way

__all__ = [
    "Cause",
    "CheckAgain",
    "Claim",
    "ClaimMode",
    "Decision",
    "RatioSource",
    "ReceptionCase",
    "Sentence",
    "Situation",
    "Way",
    "WayId",
    "Word",
    "decide",
]

RENEWAL_REFLECTED_HOURS = 24
"""Hours until a renewed certificate works for the check (P-007; one municipality's word)."""


class Cause(StrEnum):
    """What stood in the way of the check."""

    NONE = "none"
    """The check succeeded; its validity decides."""
    LAG = "lag"
    """資格（無効）/ 資格情報なし: the new eligibility is not visible yet (P-025, P-030)."""
    DEVICE = "device"
    """The reader is broken, or there is none."""
    NETWORK = "network"
    """The line or オンライン資格確認等システム is out."""
    AUTHENTICATION = "authentication"
    """The person could not be identified by PIN or face."""
    CERTIFICATE = "certificate"
    """The certificate is lapsed, revoked or suspended."""
    NOT_REGISTERED = "not_registered"
    """The card is not registered as a health insurance card."""


class RatioSource(StrEnum):
    """How the ratio is known."""

    CONFIRMED = "confirmed"
    """By the answer of the check."""
    DECLARED = "declared"
    """By what the patient shows or declares (P-085)."""
    AGE = "age"
    """From the age alone; incomes from 70 on are not known (P-070)."""
    FULL = "full"
    """No insurance is used."""
    UNKNOWN = "unknown"
    """Neither ratio nor date of birth is known."""

    @property
    def japanese(self) -> str:
        """The word that stands beside the ratio."""
        return {
            RatioSource.CONFIRMED: "確認済",
            RatioSource.DECLARED: "申立",
            RatioSource.AGE: "年齢から",
            RatioSource.FULL: "全額",
            RatioSource.UNKNOWN: "未確認",
        }[self]


@dataclass(frozen=True, slots=True)
class ReceptionCase:
    """What the desk knows.

    `validity` is the answer of a check, if there was one; Cause.NONE needs it. `ratio` in tenths
    is that of the answer, or else what the patient shows or declares. `previous_known`: the
    previous eligibility (旧資格) is shown or on record. `revisit`: the patient has been here, the
    numbers are on record, and he says that nothing has changed. `certificate_expires_on` lets a
    valid check warn of the certificate. `visible_on`: from when the new eligibility will be seen,
    where that can be known. `ruled_out` are ways that were tried or cannot be; unless the caller
    says otherwise that is the PIN.
    """

    on: date
    cause: Cause
    validity: QualificationValidity | None = None
    birthdate: date | None = None
    ratio: int | None = None
    previous_known: bool = False
    revisit: bool = False
    card_at_hand: bool = True
    certificate_expires_on: date | None = None
    visible_on: date | None = None
    ruled_out: frozenset[WayId] = frozenset({WayId.PIN})

    def __post_init__(self) -> None:
        """Refuse a success without an answer, and a valid answer called a lag (`ValueError`)."""
        if self.cause is Cause.NONE and self.validity is None:
            raise ValueError("a check that succeeded has a validity: give it, or name the cause")
        if self.cause is Cause.LAG and self.validity in {
            QualificationValidity.VALID,
            QualificationValidity.VALID_UNREGISTERED,
        }:
            raise ValueError("a valid answer is no lag: give it with Cause.NONE")


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """When to ask once more; `on` is None where it depends on the patient."""

    on: date | None
    text: Sentence


@dataclass(frozen=True, slots=True)
class Decision:
    """What the desk does.

    `ways` are in the order to try. `claim` is how the claim is written if no way shows the current
    number; the `claim_mode` of the way that was taken comes before it.
    """

    word: Word
    situation: Situation
    headline: Sentence
    ways: tuple[Way, ...]
    ratio: int | None
    ratio_source: RatioSource
    claim: Claim
    say: Sentence
    write_down: tuple[Sentence, ...]
    check_again: CheckAgain | None


def decide(case: ReceptionCase) -> Decision:
    """Decide what the desk does (§6, §6.3; R-092, P-080 to P-088)."""
    situation = _situation(case)
    advice = guidance(situation)
    ways = _ways(case, advice)
    if advice.ways and not any(one.accepted for one in ways):
        advice = SELF_PAY
    ratio, source = _ratio(case, situation, advice)
    return Decision(
        word=advice.word,
        situation=situation,
        headline=advice.headline,
        ways=ways,
        ratio=ratio,
        ratio_source=source,
        claim=claim(_claim_mode(case, ways)),
        say=(situation is Situation.VALID and _renewal(case)) or advice.say,
        write_down=_write_down(case, advice, ways),
        check_again=_check_again(case, situation),
    )


def _situation(case: ReceptionCase) -> Situation:
    without_eligibility = case.validity in {
        QualificationValidity.INVALID,
        QualificationValidity.NONE,
    }
    match case.cause:
        case Cause.NONE:
            assert case.validity is not None
            return _SITUATION_OF_VALIDITY[case.validity]
        case _ if not case.card_at_hand:
            return Situation.NO_CARD
        case Cause.LAG:
            return Situation.LAG
        case Cause.NOT_REGISTERED if without_eligibility:
            # Registration needs an eligibility in force (P-021).
            return Situation.LAG
        case _:
            return Situation(case.cause.value)


_SITUATION_OF_VALIDITY = {
    QualificationValidity.VALID: Situation.VALID,
    QualificationValidity.INVALID: Situation.LAG,
    QualificationValidity.INVALID_NEW_EXISTS: Situation.NEW_EXISTS,
    QualificationValidity.NONE: Situation.LAG,
    QualificationValidity.SEVERAL: Situation.SEVERAL,
    QualificationValidity.VALID_UNREGISTERED: Situation.WELFARE,
}


def _ways(case: ReceptionCase, advice: Guidance) -> tuple[Way, ...]:
    """Strike out what cannot be; the whole cost comes last, and only where nothing else may do."""
    possible = [
        one
        for one in map(way, advice.ways)
        if one.id not in case.ruled_out
        and (case.card_at_hand or not one.needs_card)
        and (case.revisit or one.id is not WayId.ORAL_NO_CHANGE)
    ]
    if advice.ways and (not possible or not case.card_at_hand):
        possible.append(way(WayId.SELF_PAY))
    return tuple(possible)


def _ratio(
    case: ReceptionCase, situation: Situation, advice: Guidance
) -> tuple[int | None, RatioSource]:
    if advice is SELF_PAY:
        return FULL, RatioSource.FULL
    if case.ratio is not None:
        confirmed = situation in {Situation.VALID, Situation.WELFARE}
        return case.ratio, RatioSource.CONFIRMED if confirmed else RatioSource.DECLARED
    if case.birthdate is None or situation is Situation.WELFARE:
        return None, RatioSource.UNKNOWN
    return base_ratio(case.birthdate, case.on), RatioSource.AGE


def _claim_mode(case: ReceptionCase, ways: tuple[Way, ...]) -> ClaimMode:
    """Choose the claim that holds when no current number turns up (P-080)."""
    ids = {one.id for one in ways}
    if WayId.DECLARATION in ids:
        return ClaimMode.OLD_ELIGIBILITY if _previous_known(case) else ClaimMode.UNKNOWN
    if WayId.SELF_PAY in ids:
        return ClaimMode.NO_CLAIM
    return ClaimMode.NORMAL


def _previous_known(case: ReceptionCase) -> bool:
    """Tell whether 旧資格 can be claimed: whoever asked by an old number holds it."""
    return case.previous_known or case.validity is QualificationValidity.INVALID_NEW_EXISTS


def _write_down(
    case: ReceptionCase, advice: Guidance, ways: tuple[Way, ...]
) -> tuple[Sentence, ...]:
    notes = list(advice.write_down)
    if any(one.id is WayId.DECLARATION for one in ways):
        notes.append(KEEP_DECLARATION)
        if _previous_known(case):
            notes.append(OLD_NUMBER)
    return tuple(notes)


def _renewal(case: ReceptionCase) -> Sentence | None:
    """Ask for a renewal where the certificate ends soon or has ended (P-002, P-003)."""
    expiry = case.certificate_expires_on
    if expiry is None:
        return None
    match certificate_state(case.on, expiry):
        case CertificateState.VALID_ALERT:
            return Sentence(
                f"確認できました。カードの電子証明書の期限は{japanese_date(expiry)}です。"
                "お住まいの市区町村の窓口で更新してください。",
                f"All is well. Your card's certificate expires on {expiry.isoformat()}; "
                "please renew it at your municipality.",
            )
        case CertificateState.GRACE:
            last = grace_end(expiry)
            return Sentence(
                f"確認できました。カードの電子証明書は{japanese_date(expiry)}に期限が切れています。"
                f"保険証として使えるのは{japanese_date(last)}までです。更新してください。",
                f"All is well. Your card's certificate expired on {expiry.isoformat()}; it works "
                f"for health insurance until {last.isoformat()}. Please renew it.",
            )
        case CertificateState.VALID | CertificateState.LAPSED:
            return None


def _check_again(case: ReceptionCase, situation: Situation) -> CheckAgain | None:
    match situation:
        case Situation.VALID | Situation.WELFARE:
            return None
        case Situation.LAG | Situation.NEW_EXISTS:
            return _when_visible(case)
        case Situation.DEVICE | Situation.NETWORK:
            return CheckAgain(
                case.on,
                Sentence(
                    "直りしだい、きょうのうちに記号・番号で確認しなおします。",
                    "Once it works again, check by symbol and number, still today.",
                ),
            )
        case Situation.SEVERAL | Situation.NOT_REGISTERED:
            return CheckAgain(
                case.on,
                Sentence("このあとすぐに確認しなおします。", "Check again right afterwards."),
            )
        case Situation.AUTHENTICATION | Situation.NO_CARD:
            return CheckAgain(
                None,
                Sentence(
                    "次の来院のときに、カードで確認します。", "Check by card at the next visit."
                ),
            )
        case Situation.CERTIFICATE:
            return CheckAgain(
                None,
                Sentence(
                    f"更新から約{RENEWAL_REFLECTED_HOURS}時間で使えるようになります。"
                    "次の来院のときに確認します。",
                    f"A renewed certificate works after about {RENEWAL_REFLECTED_HOURS} hours; "
                    "check at the next visit.",
                ),
            )


def _when_visible(case: ReceptionCase) -> CheckAgain:
    if case.visible_on is not None and case.visible_on > case.on:
        return CheckAgain(
            case.visible_on,
            Sentence(
                f"{japanese_date(case.visible_on)}から見える予定です。その日に確認しなおします。",
                f"It should be visible from {case.visible_on.isoformat()}; check again then.",
            ),
        )
    following = add_business_days(case.on, 1)
    return CheckAgain(
        following,
        Sentence(
            f"{japanese_date(following)}に確認しなおし、見えるまで開庁日ごとに繰り返します。"
            "番号が分かったら知らせてもらいます。",
            f"Check again on {following.isoformat()}, and on each open day until it is visible; "
            "ask the patient to tell the number once it is known.",
        ),
    )
