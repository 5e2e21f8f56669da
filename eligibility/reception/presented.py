"""What the patient shows (提示): whether a document is accepted on the day, alone or with the card.

Steps 2 to 4 and F1 of section 6 of the rule catalogue, and its matrix 6.1.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.cost.burden import late_elderly_from, may_be_late_elderly
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.old_card import interim_allowed, old_card_usable
from eligibility.identifiers.insured_number import InsuredNumber
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.options import FallbackOptionId
from eligibility.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Presented:
    """One document that is shown.

    `expires_on` is the printed expiry, `ratio` the printed ratio in tenths, `insurer_kind` the
    kind of its insurer (without it no interim measure is granted). `validity` is the answer of a
    check by its number (照会区分2), if one was made. `current` is False of what shows an insurer
    that the patient has left: a saved PDF may be old (R-073). `self_pay` is 本人支払額 in yen, as
    printed on 医療券・調剤券. `special_expenses`: 特別療養費 is printed, as for one in arrears
    (R-056, R-081, R-159). `undated`: somebody has looked, and no expiry is printed.
    `insurer_number` (保険者番号) and `insured` (記号・番号・枝番) are those printed, as far as they
    were written down.
    """

    document: DocumentKind
    insurer_kind: InsurerKind | None = None
    expires_on: date | None = None
    ratio: int | None = None
    validity: QualificationValidity | None = None
    current: bool = True
    self_pay: int | None = None
    special_expenses: bool = False
    undated: bool = False
    insurer_number: str = ""
    insured: InsuredNumber | None = None

    @property
    def late_elderly(self) -> bool:
        """Whether it is of 後期高齢者医療."""
        card = self.document is DocumentKind.LATE_ELDERLY_CARD
        return card or self.insurer_kind is InsurerKind.KOUKI


class Outcome(StrEnum):
    """What becomes of a document at the desk (§6.1)."""

    ACCEPTED = "accepted"
    """OK."""
    INTERIM = "interim"
    """INTERIM: accepted this time, as the check by number said 有効 (P-050)."""
    ASK = "ask"
    """A check by number is needed before it can be accepted for the time being (P-050)."""
    REFUSED = "refused"
    """NG."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of one document, by which option, and what the desk should know.

    `repayment`: care by this document may have to be repaid (返還; R-052).
    """

    outcome: Outcome
    option: FallbackOptionId | None = None
    caution: Sentence | None = None
    repayment: bool = False

    @property
    def accepted(self) -> bool:
        """Whether it carries today's visit."""
        return self.outcome in {Outcome.ACCEPTED, Outcome.INTERIM}


BRING_NEXT_TIME = Sentence(
    "今回だけの扱いです。次はマイナ保険証か資格確認書を持ってきてもらうように伝えます。",
    "This time only: tell the patient to bring the card or an eligibility certificate next time.",
    "つぎは、マイナンバーカードか しかくかくにんしょを もってきてください。",
)
_ASK_BY_NUMBER = Sentence(
    "記号・番号で照会してください。「有効」なら今回は受け付けられます。",
    "Check by symbol and number; if that says 有効, it can be accepted this time.",
)
_EXPIRED = Sentence(
    "有効期限が切れています。この書類では受け付けられません。",
    "It has expired, and cannot be accepted.",
)
_DATE_NOT_SEEN = Sentence(
    "有効期限を見ていません。書類の有効期限を確かめ、「選びなおす」で入れてください。",
    "Nobody has looked at its expiry. Look at it, and enter it by choosing again.",
)
_LEFT = Sentence(
    "この資格は終わっています。使うと、あとで医療費の返還が必要になることがあります。",
    "This eligibility has ended. Care by it may have to be repaid later.",
)
_NOT_ALONE = Sentence(
    "これだけでは受け付けられません。マイナンバーカードと一緒に見せてもらいます。",
    "It is not enough by itself; it must be shown with the My Number card.",
)
_NOT_CURRENT = Sentence(
    "前の保険者のものです。いまの保険者のものを見せてもらいます。",
    "It is of a former insurer; ask for one of the current insurer.",
)
_ENDED_AT_75 = Sentence(
    "75歳からは後期高齢者医療です。この書類の保険は75歳の誕生日の前日で終わっていて、使うと、あとで医療費の返還が必要になる"
    "ことがあります。後期高齢者医療のものを見せてもらいます。",
    "From 75 on it is 後期高齢者医療: the insurance of this paper ended the day before the "
    "birthday, and care by it may have to be repaid later. Ask for a paper of 後期高齢者医療.",
)
"""P-053, R-052."""
IS_IT_OF_75 = Sentence(
    "75歳からは後期高齢者医療です。書類が後期高齢者医療のものか、保険者番号（39で始まる8桁）で確かめます。"
    "ほかの保険のものでは受け付けられません。",
    "From 75 on it is 後期高齢者医療. See by the insurer number (8 digits, beginning with 39) "
    "whether the paper is of that; one of another insurance cannot be accepted.",
)
"""P-053, where nobody has told whose a paper is."""
NOT_BEFORE_65 = Sentence(
    "後期高齢者医療（保険者番号が39で始まります）は、75歳からで、障害認定でも65歳からです。保険者番号と生年月日を"
    "確かめてください。",
    "後期高齢者医療 (its insurer numbers begin with 39) is from 75 on, and from 65 by disability. "
    "Check the insurer number and the date of birth.",
)
"""P-053."""
_NOT_OF_ELIGIBILITY = Sentence(
    "資格を示す書類ではありません。",
    "It does not show an eligibility.",
)

_LOST = {QualificationValidity.INVALID, QualificationValidity.INVALID_NEW_EXISTS}


_OF_OTHER_THAN_LATE_ELDERLY = {
    DocumentKind.CERTIFICATE,
    DocumentKind.OLD_CARD,
    DocumentKind.SHORT_TERM_CARD,
    DocumentKind.NOTICE,
    DocumentKind.PORTAL_SCREEN,
    DocumentKind.PORTAL_PDF,
    DocumentKind.EMPLOYER_PROOF,
}
"""Documents that may be of an insurance that ends at 75."""


def ends_at_75(kind: InsurerKind, birthdate: date | None, on: date) -> bool:
    """Tell whether an insurance has ended on the day, as 後期高齢者医療 begins at 75 (P-053)."""
    late = birthdate is not None and on >= late_elderly_from(birthdate)
    return late and kind is not InsurerKind.KOUKI


def may_end_at_75(presented: Presented, birthdate: date | None, on: date) -> bool:
    """Tell whether a document may be of an insurance that has ended so: nobody has told whose."""
    if presented.insurer_kind or presented.document not in _OF_OTHER_THAN_LATE_ELDERLY:
        return False
    return ends_at_75(InsurerKind.KOKUHO, birthdate, on)


def _ended_at_75(presented: Presented, birthdate: date | None, on: date) -> bool:
    """Tell whether a document is of an insurance that has ended so; an answer of OQS goes before.

    The employer's proof is of 健康保険 only (R-048).
    """
    kind = presented.insurer_kind
    if presented.document is DocumentKind.EMPLOYER_PROOF:
        kind = InsurerKind.KYOKAI
    confirmed = presented.validity is QualificationValidity.VALID
    if kind is None or confirmed or presented.document not in _OF_OTHER_THAN_LATE_ELDERLY:
        return False
    return ends_at_75(kind, birthdate, on)


def begins_later(kind: InsurerKind | None, birthdate: date | None, on: date) -> bool:
    """Tell whether an insurance is 後期高齢者医療, in which somebody cannot be yet (P-053)."""
    late_elderly = kind is InsurerKind.KOUKI
    return late_elderly and birthdate is not None and not may_be_late_elderly(birthdate, on)


def too_young(presented: Presented, birthdate: date | None, on: date) -> bool:
    """Tell whether its holder cannot be in the insurance of a document yet; OQS goes before."""
    if presented.validity is QualificationValidity.VALID:
        return False
    kind = InsurerKind.KOUKI if presented.late_elderly else presented.insurer_kind
    return begins_later(kind, birthdate, on)


def _refused_by_age(presented: Presented, birthdate: date | None, on: date) -> Judgement | None:
    """Refuse what is of no insurance that somebody of the age can be in; None of all else."""
    if _ended_at_75(presented, birthdate, on):
        return Judgement(Outcome.REFUSED, caution=_ENDED_AT_75, repayment=True)
    if too_young(presented, birthdate, on):
        return Judgement(Outcome.REFUSED, caution=NOT_BEFORE_65)
    return None


def judge(
    presented: Presented, on: date, *, card_at_hand: bool, birthdate: date | None = None
) -> Judgement:
    """Judge a document that is shown on the day (§6 steps 2 to 4 and F1, §6.1).

    R-001, R-041, R-052, R-071 to R-073, R-092, R-093, R-142, P-032, P-050, P-051, P-053, P-086,
    P-088. The card is always needed with notice and portal (X-04).
    """
    refused = _refused_by_age(presented, birthdate, on)
    if refused is not None:
        return refused
    match presented.document:
        case DocumentKind.CERTIFICATE:
            return _certificate(presented, on)
        case DocumentKind.OLD_CARD | DocumentKind.SHORT_TERM_CARD | DocumentKind.LATE_ELDERLY_CARD:
            return _old_card(presented, on)
        case DocumentKind.EMPLOYER_PROOF:
            return _until_its_day(presented, on, FallbackOptionId.EMPLOYER_PROOF)
        case DocumentKind.MEDICAL_TICKET:
            return _until_its_day(presented, on, FallbackOptionId.WELFARE_TICKET)
        case DocumentKind.NOTICE if not card_at_hand:
            return _interim(presented, on, otherwise=_NOT_ALONE)
        case document if document.with_card:
            return _with_card(presented, on, card_at_hand=card_at_hand)
        case DocumentKind.DECLARATION if card_at_hand:
            return Judgement(Outcome.ACCEPTED, FallbackOptionId.DECLARATION)
        case DocumentKind.DECLARATION:
            return Judgement(Outcome.REFUSED, caution=_NOT_ALONE)
        case _:
            return Judgement(Outcome.REFUSED, caution=_NOT_OF_ELIGIBILITY)


def _certificate(presented: Presented, on: date) -> Judgement:
    """資格確認書: enough by itself until its expiry, unless the check says that it is lost."""
    if _expired(presented, on):
        return Judgement(Outcome.REFUSED, caution=_EXPIRED)
    if _of_the_past(presented):
        return Judgement(Outcome.REFUSED, caution=_LEFT, repayment=True)
    return Judgement(Outcome.ACCEPTED, FallbackOptionId.CERTIFICATE, _date_not_seen(presented))


def _old_card(presented: Presented, on: date) -> Judgement:
    if _of_the_past(presented):
        return Judgement(Outcome.REFUSED, caution=_LEFT, repayment=True)
    if old_card_usable(on, presented.expires_on):
        return Judgement(Outcome.ACCEPTED, FallbackOptionId.OLD_CARD)
    return _interim(presented, on, otherwise=_EXPIRED)


def _until_its_day(presented: Presented, on: date, option: FallbackOptionId) -> Judgement:
    """Judge what is enough by itself until its last day, where that is printed."""
    if _expired(presented, on):
        return Judgement(Outcome.REFUSED, caution=_EXPIRED)
    proof = presented.document is DocumentKind.EMPLOYER_PROOF
    return Judgement(Outcome.ACCEPTED, option, _date_not_seen(presented) if proof else None)


def _with_card(presented: Presented, on: date, *, card_at_hand: bool) -> Judgement:
    """Judge notice and portal: with the card only; the interim measure names no portal [interp].

    From 70 on they have an expiry (R-075), after which they show nothing any more [interp].
    """
    if not card_at_hand:
        return Judgement(Outcome.REFUSED, caution=_NOT_ALONE)
    if not presented.current:
        return Judgement(Outcome.REFUSED, caution=_NOT_CURRENT)
    if _expired(presented, on):
        return Judgement(Outcome.REFUSED, caution=_EXPIRED)
    return Judgement(Outcome.ACCEPTED, FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE)


def _interim(presented: Presented, on: date, *, otherwise: Sentence) -> Judgement:
    """Grant the interim measure where it runs and the number is in force (P-050, P-051)."""
    kind = presented.insurer_kind
    if kind is None or not interim_allowed(on, kind):
        return Judgement(Outcome.REFUSED, caution=otherwise)
    if presented.validity is None:
        return Judgement(Outcome.ASK, FallbackOptionId.NUMBER_ONLY, _ASK_BY_NUMBER)
    if presented.validity is QualificationValidity.VALID:
        return Judgement(Outcome.INTERIM, FallbackOptionId.NUMBER_ONLY, BRING_NEXT_TIME)
    return Judgement(Outcome.REFUSED, caution=otherwise)


def _date_not_seen(presented: Presented) -> Sentence | None:
    """Warn of a paper with an expiry that nobody has looked at (R-056)."""
    return None if presented.expires_on or presented.undated else _DATE_NOT_SEEN


def _expired(presented: Presented, on: date) -> bool:
    return presented.expires_on is not None and on > presented.expires_on


def _of_the_past(presented: Presented) -> bool:
    return presented.validity in _LOST or not presented.current
