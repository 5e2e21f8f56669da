"""The declaration of eligibility (被保険者資格申立書), filled in at the desk as far as known.

Rules R-092 and P-084 to P-086. The official form's layout was not available [unverified]; these
are its contents.
"""

from dataclasses import dataclass
from datetime import date

from eligibility.cost.burden import base_ratio, possible_ratios
from eligibility.days.office_calendar import end_of_month
from eligibility.identifiers.numbers import InsurerKind

DECLARATION_KEPT_MONTHS = 3
"""How many months after the one of the visit a declaration is kept [unverified].

P-084 has it kept until the payment is confirmed, and names no day. A claim goes out by the 10th of
the month after the visit and is paid in the one after that, so the default leaves a month more.
"""


def kept_until(visited_on: date, months: int = DECLARATION_KEPT_MONTHS) -> date:
    """Return the last day on which a declaration is kept, if nobody confirms the payment before."""
    return end_of_month(visited_on, months)


NOTHING_DECLARED = "不詳"
"""摘要欄 where nothing is told (P-081)."""


def unknown_remarks(address: str, workplace: str, insurer_name: str, telephone: str) -> str:
    """Return 摘要欄 of a claim of an unknown insurer: 不詳, and what is told (P-081, P-082)."""
    known = (
        ("住所", address),
        ("事業所名", workplace),
        ("保険者名", insurer_name),
        ("連絡先", telephone),
    )
    return "　".join([NOTHING_DECLARED, *(f"{label}：{value}" for label, value in known if value)])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a patient declares (P-084).

    Name, date of birth, sex and address are those on the card; the individual number is not asked
    for. All else is 可能な範囲で: empty, or None for わからない. `given_when` is when the insurance
    began or the last document was issued, in the patient's words. `ratio` is in tenths.

    The clinic keeps it, and may discard it once the payment is confirmed.
    """

    name: str
    birthdate: date
    sex: str
    address: str
    telephone: str = ""
    insurer_kind: InsurerKind | None = None
    insurer_name: str = ""
    workplace: str = ""
    given_when: str = ""
    ratio: int | None = None

    def __post_init__(self) -> None:
        """Refuse a declaration without what is on the card (`ValueError`)."""
        if not (self.name and self.sex and self.address):
            raise ValueError("氏名・性別・住所は、カードのとおりに書いてください。")

    def declared_ratio(self, on: date) -> int:
        """Return the ratio that is charged on the day (P-085).

        The declared one, where somebody of the age can have it (P-070); else that of the age
        without higher incomes.
        """
        late_elderly = self.insurer_kind is InsurerKind.KOUKI
        possible = possible_ratios(self.birthdate, on, late_elderly=late_elderly)
        if self.ratio is not None and self.ratio in possible:
            return self.ratio
        return base_ratio(self.birthdate, on, late_elderly=late_elderly)
