"""Consent (同意) at the reader: what is asked for, and how long it holds.

Rules R-170, P-034 to P-037. To refuse never costs anyone the insured care.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from eligibility.card.certificates import CertificateState

CONSENT_HOURS = 24
"""How long what was consented to can be viewed (P-035)."""

LIMIT_UNASKED_FROM = date(2024, 10, 7)
"""From this day the reader no longer asks for the limit, and offers to consent to all (P-034)."""

CLINICAL_FROM = date(2025, 4, 1)
"""From when readers ask for the six items of 電子カルテ情報共有. They are known since 2025, the day
and which institutions take part are not [unverified]."""


class ConsentItem(StrEnum):
    """What the reader's screen asks for, one by one."""

    SURGERY = "surgery"
    """手術情報."""
    TREATMENT_AND_MEDICINE = "treatment_and_medicine"
    """診療・薬剤情報."""
    CHECKUP = "checkup"
    """特定健診情報."""
    LIMIT = "limit"
    """限度額情報."""
    SPECIFIC_DISEASE = "specific_disease"
    """特定疾病療養受療証: told by card only, and with consent only."""
    DIAGNOSIS_NAME = "diagnosis_name"
    """傷病名."""
    INFECTION = "infection"
    """感染症."""
    ALLERGY = "allergy"
    """薬剤アレルギー等."""
    CONTRAINDICATION = "contraindication"
    """薬剤禁忌."""
    TEST = "test"
    """検査."""
    PRESCRIPTION = "prescription"
    """処方."""


CLINICAL = (
    ConsentItem.DIAGNOSIS_NAME,
    ConsentItem.INFECTION,
    ConsentItem.ALLERGY,
    ConsentItem.CONTRAINDICATION,
    ConsentItem.TEST,
    ConsentItem.PRESCRIPTION,
)
"""The six items of 電子カルテ情報共有, each with a consent of its own."""


class Reference(StrEnum):
    """照会区分: how the check was made (P-024)."""

    CARD = "card"
    """マイナンバーカード."""
    NUMBER = "number"
    """被保険者証情報（記号・番号）."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to at an instant; a change of mind needs the card once more (P-035)."""

    given_at: datetime
    items: frozenset[ConsentItem]
    withdrawn_at: datetime | None = None
    """When it was withdrawn, with which it ended at once; None where it was not."""

    @property
    def until(self) -> datetime:
        """The last instant of viewing, the same second a day later [interp], or the withdrawal."""
        last = self.given_at + timedelta(hours=CONSENT_HOURS)
        return last if self.withdrawn_at is None else min(last, self.withdrawn_at)

    def holds_at(self, at: datetime) -> bool:
        """Tell whether what was agreed to may be viewed at the instant."""
        return self.withdrawn_at is None and self.given_at <= at <= self.until

    def holds(self, item: ConsentItem, at: datetime) -> bool:
        """Tell whether the item may be viewed at the instant."""
        return item in self.items and self.holds_at(at)


def asked_items(
    on: date, certificate: CertificateState = CertificateState.VALID
) -> tuple[ConsentItem, ...]:
    """Return what the screen asks for on the day, in its order (P-034, P-037).

    In the grace of a certificate, no medical information is asked for.
    """
    medical = (ConsentItem.SURGERY, ConsentItem.TREATMENT_AND_MEDICINE, ConsentItem.CHECKUP)
    asked = medical if certificate.medical_information else ()
    return asked if on >= LIMIT_UNASKED_FROM else (*asked, ConsentItem.LIMIT)


def consentable_items(
    on: date,
    certificate: CertificateState = CertificateState.VALID,
    *,
    clinical_from: date = CLINICAL_FROM,
) -> tuple[ConsentItem, ...]:
    """Return all that a consent can be given to on the day, in the order of the screen (P-034).

    Besides what `asked_items` has, 特定疾病 and, from ``clinical_from`` on, the six items of
    電子カルテ情報共有; in the grace of a certificate none of these (P-037) [interp: 特定疾病].
    """
    asked = asked_items(on, certificate)
    if not certificate.medical_information:
        return asked
    clinical = CLINICAL if on >= clinical_from else ()
    return (*asked, ConsentItem.SPECIFIC_DISEASE, *clinical)


def blanket_offered(on: date) -> bool:
    """Tell whether the screen offers to consent to everything at once (P-034)."""
    return on >= LIMIT_UNASKED_FROM


def give_consent(
    items: Iterable[ConsentItem], at: datetime, asked: Iterable[ConsentItem]
) -> Consent:
    """Record what was agreed to; what the screen did not ask for is a `ValueError` (R-170)."""
    agreed = frozenset(items)
    unasked = agreed - frozenset(asked)
    if unasked:
        raise ValueError(f"nobody was asked for {', '.join(sorted(unasked))}")
    return Consent(at, agreed)


def limit_in_answer(
    on: date,
    reference: Reference,
    *,
    consented: bool = False,
    certificate: CertificateState = CertificateState.VALID,
    in_grace: bool = True,
) -> bool:
    """Tell whether the answer carries the limit (限度額情報; P-034, P-037).

    By card it is billing information that needs no consent since 2024-10-07; by number the patient
    has to agree orally. `consented` is that agreement, or the one on the screen of before.
    `in_grace` keeps it in the grace of a certificate, as part of the eligibility [unverified].
    """
    if reference is Reference.NUMBER:
        return consented
    if not certificate.can_check_eligibility:
        return False
    if certificate is CertificateState.GRACE and not in_grace:
        return False
    return consented or on >= LIMIT_UNASKED_FROM
