"""Public assistance (医療扶助): its patients pay what their ticket says, and no share of the cost.

Rules P-024 and P-032; of 医療券・調剤券 see section 3.2 of the interface.
"""

from dataclasses import dataclass

from eligibility.identifiers.digits import to_half_width

LAW = "12"
"""法別番号 of 生活保護, with which 公費負担者番号 of its offices begin."""


def is_office_number(text: str) -> bool:
    """Tell whether what is given as 保険者番号 is 公費負担者番号 of 医療扶助."""
    digits = to_half_width(text)
    return len(digits) == 8 and digits.startswith(LAW)


@dataclass(frozen=True, slots=True)
class PublicAssistance:
    """医療扶助 of a patient, in force on the day.

    `self_pay` is 本人支払額 in yen of the tickets that are registered for this institution; None
    where there is none, or they differ. `beside_insurance`: the patient has an insurance as well
    (併用), which pays first.
    """

    self_pay: int | None = None
    beside_insurance: bool = False
