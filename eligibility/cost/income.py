"""Incomes (所得) that raise the ratio from 70 on: 現役並み所得 and 一定以上所得.

Rules P-072 and P-073. Amounts in yen a year; judged once a year, effective from August to July.
"""

from dataclasses import dataclass
from datetime import date

WORKING_TAXABLE = 1_450_000
"""課税所得 from which someone of 70 to 74 counts as 現役並み (P-072)."""

WORKING_RELIEF_ALONE = 3_830_000
WORKING_RELIEF_TOGETHER = 5_200_000
"""収入 below which the household is spared that, with one member or more (P-072)."""

CERTAIN_TAXABLE = 280_000
"""課税所得 from which someone of 75 and more may count as 一定以上 (P-073)."""

CERTAIN_INCOME_ALONE = 2_000_000
CERTAIN_INCOME_TOGETHER = 3_200_000
"""年金収入とその他の合計所得 that 一定以上 needs besides, with one member or more (P-073)."""

RELIEF_LAST_DAY = date(2025, 9, 30)
RELIEF_YEN = 3_000
"""Until then the step from 1割 to 2割 cost at most this much more a month (P-073)."""


@dataclass(frozen=True, slots=True)
class HouseholdIncome:
    """What the members of the age in one household have a year, in yen.

    `highest_taxable` is the highest 課税所得 of one of them, `revenue` their 収入 together,
    `pension_and_other` their 年金収入 and その他の合計所得 together.
    """

    members: int
    highest_taxable: int
    revenue: int
    pension_and_other: int

    def __post_init__(self) -> None:
        """Refuse a household without anybody (`ValueError`)."""
        if self.members < 1:
            raise ValueError("a household has at least one member of the age")


def working_income(household: HouseholdIncome) -> bool:
    """Tell whether 70 to 74 pay 3割: 課税所得 of 1.45 million and no relief by 収入 (P-072)."""
    relief = WORKING_RELIEF_ALONE if household.members == 1 else WORKING_RELIEF_TOGETHER
    return household.highest_taxable >= WORKING_TAXABLE and household.revenue >= relief


def certain_income(household: HouseholdIncome) -> bool:
    """Tell whether 75 and more pay 2割, unless they pay 3割 (P-073)."""
    least = CERTAIN_INCOME_ALONE if household.members == 1 else CERTAIN_INCOME_TOGETHER
    return household.highest_taxable >= CERTAIN_TAXABLE and household.pension_and_other >= least


def judged_period(on: date) -> tuple[date, date]:
    """Return the first and last day of the year of judgement that the day lies in: Aug to Jul.

    P-072.
    """
    year = on.year if on.month >= 8 else on.year - 1
    return date(year, 8, 1), date(year + 1, 7, 31)


def increase_cap(on: date) -> int | None:
    """Return the most that 2割 may cost above 1割 a month, None since the relief ended (P-073)."""
    return RELIEF_YEN if on <= RELIEF_LAST_DAY else None
