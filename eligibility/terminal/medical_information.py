"""Medical information (診療・薬剤・健診・手術情報): who sees what of it, and from when to when.

Rules R-170 to R-172, P-002, P-022, P-033 and P-040. Public texts differ on the span of drug
information (X-11), so it is a value.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from eligibility.card.certificates import CertificateState
from eligibility.days.office_calendar import add_months
from eligibility.terminal.consent import Consent, ConsentItem
from eligibility.terminal.identity import Operation

ELIGIBILITY_KEPT_YEARS = 10
"""Years that OQS keeps an eligibility after its loss (P-033)."""

INFORMATION_KEPT_YEARS = 5
"""Years that it keeps everything else; policy of 2023-09 (P-033)."""


class InformationKind(StrEnum):
    """Kinds of medical information, each with a consent flag of its own in the answer."""

    SURGERY = "surgery"
    """手術情報."""
    TREATMENT = "treatment"
    """診療情報."""
    MEDICINE = "medicine"
    """薬剤情報."""
    CHECKUP = "checkup"
    """特定健診情報."""

    @property
    def item(self) -> ConsentItem:
        """The item on the screen by which one agrees to it."""
        return _ITEMS[self]


_ITEMS = {
    InformationKind.SURGERY: ConsentItem.SURGERY,
    InformationKind.TREATMENT: ConsentItem.TREATMENT_AND_MEDICINE,
    InformationKind.MEDICINE: ConsentItem.TREATMENT_AND_MEDICINE,
    InformationKind.CHECKUP: ConsentItem.CHECKUP,
}


class Profession(StrEnum):
    """Who looks at it."""

    DOCTOR = "doctor"
    """医師."""
    DENTIST = "dentist"
    """歯科医師."""
    PHARMACIST = "pharmacist"
    """薬剤師."""

    @property
    def kinds(self) -> frozenset[InformationKind]:
        """What is shown to the profession: pharmacists see drugs only (R-171).

        That doctors see surgery and treatment too follows from the screen of R-090.
        """
        if self is Profession.PHARMACIST:
            return frozenset({InformationKind.MEDICINE})
        return frozenset(InformationKind)


def visible_kinds(
    consent: Consent | None,
    at: datetime,
    profession: Profession,
    certificate: CertificateState = CertificateState.VALID,
    operation: Operation = Operation.REGULAR,
) -> frozenset[InformationKind]:
    """Return what a profession may see at the instant (R-170, R-171, P-002, P-022, P-035).

    Nothing without consent, after its 24 hours, with a certificate in its grace, or where the
    operation checks eligibility only.
    """
    if consent is None or not (certificate.medical_information and operation.medical_information):
        return frozenset()
    return frozenset(kind for kind in profession.kinds if consent.holds(kind.item, at))


@dataclass(frozen=True, slots=True)
class DrugWindow:
    """From when to when a dispensing can be seen (R-172, P-040).

    By claims: `lag_months` and `lag_days` after the dispensing, and where `claims_day` is given not
    before that day of the following month ("around the 11th" [unverified]). By e-prescription: at
    once, for `e_prescription_days`. In all, `max_years` back. The defaults are the notice of
    2024-11, `PORTAL_2023` an older page of the portal.
    """

    lag_months: int = 1
    lag_days: int = 0
    claims_day: int | None = None
    max_years: int = 5
    e_prescription_days: int = 100

    def claims_from(self, dispensed_on: date) -> date:
        """Return the first day on which the claim of a dispensing shows it."""
        lag = add_months(dispensed_on, self.lag_months) + timedelta(days=self.lag_days)
        if self.claims_day is None:
            return lag
        return max(lag, add_months(dispensed_on.replace(day=1), 1).replace(day=self.claims_day))

    def visible(self, dispensed_on: date, on: date, *, e_prescription: bool = False) -> bool:
        """Tell whether the dispensing can be seen on the day (R-172).

        `e_prescription`: it was dispensed by e-prescription and is looked at where those are read.
        """
        if not add_months(on, -12 * self.max_years) <= dispensed_on <= on:
            return False
        fresh = e_prescription and (on - dispensed_on).days <= self.e_prescription_days
        return fresh or self.claims_from(dispensed_on) <= on


NOTICE_2024 = DrugWindow()
"""What the notice of 2024-11 says: from a month ago, five years (P-040)."""

PORTAL_2023 = DrugWindow(lag_months=1, lag_days=15, max_years=3)
"""What the portal's FAQ said in 2023-12: about a month and a half, three years (P-040)."""


def eligibility_kept_until(lost_on: date) -> date:
    """Return the last day on which OQS still knows a lost eligibility (P-033)."""
    return add_months(lost_on, 12 * ELIGIBILITY_KEPT_YEARS)


def information_kept_until(recorded_on: date) -> date:
    """Return the last day on which OQS keeps a piece of medical information (P-033)."""
    return add_months(recorded_on, 12 * INFORMATION_KEPT_YEARS)
