"""What the desk knows of one visit, before it decides.

Section 6 of the rule catalogue. Eligibility is confirmed at every visit (P-023), so a case is of
one visit, and an answer of an earlier one is none.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.card.use import Obstacle
from eligibility.cost.assistance import PublicAssistance
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Presented, ends_at_75
from eligibility.terminal.clinic_variant import ClinicVariant


class Cause(StrEnum):
    """What stood in the way of the check."""

    NONE = "none"
    """The check succeeded; its validity decides."""
    LAG = "lag"
    """資格（無効）/ 資格情報なし: the new eligibility is not visible yet (P-025, P-030)."""
    DEVICE = "device"
    """The reader is broken."""
    NETWORK = "network"
    """The line or オンライン資格確認等システム is out."""
    AUTHENTICATION = "authentication"
    """The person could not be identified by PIN or face."""
    CERTIFICATE = "certificate"
    """The certificate is lapsed, revoked or suspended."""
    NOT_REGISTERED = "not_registered"
    """The card is not registered as a health insurance card."""
    NO_CARD = "no_card"
    """The patient has no card, or has lost it, or left it at home."""
    NO_READER = "no_reader"
    """The clinic has no reader (R-093, R-094)."""
    VIEW_STOPPED = "view_stopped"
    """閲覧停止: the record does not match the resident registry (P-030)."""
    BLOCKED = "blocked"
    """自己情報提供不可: the card may not be used (P-031)."""
    SMARTPHONE = "smartphone"
    """The clinic cannot read smartphones, or the one shown has expired (P-014, P-015)."""
    DISASTER = "disaster"
    """災害 (P-082, P-087)."""


CARD_IS_ELSEWHERE = frozenset({Cause.NO_CARD, Cause.SMARTPHONE, Cause.NO_READER, Cause.DISASTER})
"""Where a card that lies on the reader is not the patient's."""

_NOTHING_WAS_ASKED = {
    Cause.DEVICE,
    Cause.NETWORK,
    Cause.AUTHENTICATION,
    Cause.CERTIFICATE,
    Cause.NO_CARD,
    Cause.NO_READER,
    Cause.SMARTPHONE,
    Cause.DISASTER,
}
"""What stands in the way of asking, and says nothing of the insurance itself."""


def confirmed_lately(cause: Cause, on: date, confirmed_on: date) -> bool:
    """Tell whether what the last answer confirmed is still the current number (P-080, P-086).

    It is within the month of the answer, as a claim is of a calendar month [interp]; later it is an
    old record, until the patient says that nothing has changed. No answer of an outage takes that
    away, but one who is in a lag, or is blocked, has told or been told otherwise.
    """
    same_month = (on.year, on.month) == (confirmed_on.year, confirmed_on.month)
    return cause in _NOTHING_WAS_ASKED and same_month


TRIED = frozenset({FallbackOptionId.PIN})
"""What has been tried before anything else, unless the caller says otherwise."""
_VALID = {QualificationValidity.VALID, QualificationValidity.VALID_UNREGISTERED}


@dataclass(frozen=True, slots=True)
class ReceptionCase:
    """What the desk knows.

    `validity` is the answer of a check, if there was one; Cause.NONE needs it. `ratio` in tenths
    is that of the answer, or else what the patient declares. `previous_known`: the previous
    eligibility (旧資格) is shown or on record. `revisit`: the patient has been here and the numbers
    are on record; `says_unchanged`: asked, they say that nothing has changed since (P-086).
    `certificate_expires_on` lets a valid check warn of the certificate. `visible_on`: from when
    the new eligibility will be seen, where that can be known. `presented` is what the patient shows
    besides the card. `special_expenses` is the flag of arrears (R-159), of the answer or else of
    the last one that there is. `by_number`: what was asked
    for is a number (照会区分 2), not a card. `ruled_out` are options that were tried or cannot be;
    unless the caller says otherwise that is the PIN. `insurers` are the kinds of those whom the
    patient is known to belong to, none where that is not known. `current_known`: nothing could
    be asked, and the last answer there is confirmed the number on record, so lately that it still
    is the current one (P-080; see `confirmed_lately`). `variant` is how the clinic is equipped.
    `assistance` is 医療扶助 that the patient receives; `ratio` is then that of the insurance beside
    it. `obstacle` is why the certificate cannot be used, as far as OQS tells it.
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
    ruled_out: frozenset[FallbackOptionId] = TRIED
    says_unchanged: bool = False
    presented: tuple[Presented, ...] = ()
    special_expenses: bool = False
    by_number: bool = False
    insurers: frozenset[InsurerKind] = frozenset()
    current_known: bool = False
    variant: ClinicVariant = ClinicVariant.FACE_READER
    assistance: PublicAssistance | None = None
    obstacle: Obstacle | None = None

    def __post_init__(self) -> None:
        """Refuse a success without an answer, and a valid answer called a lag (`ValueError`)."""
        if self.cause is Cause.NONE and self.validity is None:
            raise ValueError("a check that succeeded has a validity: give it, or name the cause")
        if self.cause in {Cause.LAG, Cause.VIEW_STOPPED} and self.validity in _VALID:
            raise ValueError("a valid answer is no lag: give it with Cause.NONE")

    @property
    def may_have_employer_proof(self) -> bool:
        """Whether the patient's insurance may be one that has such a paper (R-048)."""
        return not self.insurers or any(one.employer_proof for one in self.insurers)

    @property
    def ended_by_age(self) -> bool:
        """Whether all that is on record has ended, as 後期高齢者医療 begins at 75 (P-053).

        What OQS answers on the day itself goes before it.
        """
        if self.validity is not None or not self.insurers:
            return False
        return all(ends_at_75(one, self.birthdate, self.on) for one in self.insurers)

    @property
    def assisted_only(self) -> bool:
        """Whether the patient has 医療扶助 and no insurance, and so no papers of an insurer."""
        if self.validity is QualificationValidity.VALID_UNREGISTERED:
            return True
        return self.assistance is not None and not self.assistance.beside_insurance

    @property
    def has_card(self) -> bool:
        """Whether the My Number card itself is at hand, and may be used (P-031)."""
        return self.card_at_hand and self.cause not in {Cause.NO_CARD, Cause.BLOCKED}
