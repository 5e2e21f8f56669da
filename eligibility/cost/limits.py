"""Monthly limits (自己負担限度額) of 高額療養費, as dated tables.

Rules P-028, P-075, P-076, R-153 to R-155. A table holds only what is published and known; a limit
that is not known is None, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.cost.burden import window_charge
from eligibility.identifiers.numbers import InsurerKind

RAISED_FROM = date(2026, 8, 1)
"""From when the limits are higher (P-076). Of that stage only 区分ウ is known [unverified]."""

CLASSES_SPLIT_FROM = date(2027, 8, 1)
"""From when 13 classes take the place of 5 (P-076). None of their limits is known [unverified]."""

INPATIENT_DAYS = 90
"""Inpatient days in twelve months beyond which meals can be reduced further (R-155)."""


class LimitCategory(StrEnum):
    """限度額適用区分 (P-028; the codes are from a secondary source)."""

    A01 = "A01"
    """ア."""
    A02 = "A02"
    """イ."""
    A03 = "A03"
    """ウ."""
    A04 = "A04"
    """エ."""
    A05 = "A05"
    """オ."""
    A06 = "A06"
    """オ (境界層)."""
    B01 = "B01"
    """現役並みⅢ."""
    B02 = "B02"
    """現役並みⅡ."""
    B03 = "B03"
    """現役並みⅠ."""
    B04 = "B04"
    """一般."""
    B05 = "B05"
    """低所得Ⅱ."""
    B06 = "B06"
    """低所得Ⅰ."""
    B07 = "B07"
    """低所得Ⅰ (老福)."""
    B08 = "B08"
    """低所得Ⅰ (境界層)."""
    B09 = "B09"
    """一般Ⅱ."""
    B10 = "B10"
    """一般Ⅰ."""

    @property
    def japanese(self) -> str:
        """The name on the pages."""
        return _JAPANESE[self]

    @property
    def from_70(self) -> bool:
        """Whether it is a class of those from 70 on."""
        return self.value.startswith("B")

    @property
    def of_working_income(self) -> bool:
        """Whether it is one of 現役並み所得, with which the share from 70 on is 3割 (P-072)."""
        return self in _OF_WORKING_INCOME


_OF_WORKING_INCOME = frozenset({LimitCategory.B01, LimitCategory.B02, LimitCategory.B03})

_JAPANESE = {
    LimitCategory.A01: "ア",
    LimitCategory.A02: "イ",
    LimitCategory.A03: "ウ",
    LimitCategory.A04: "エ",
    LimitCategory.A05: "オ",
    LimitCategory.A06: "オ（境界層）",
    LimitCategory.B01: "現役並みⅢ",
    LimitCategory.B02: "現役並みⅡ",
    LimitCategory.B03: "現役並みⅠ",
    LimitCategory.B04: "一般",
    LimitCategory.B05: "低所得Ⅱ",
    LimitCategory.B06: "低所得Ⅰ",
    LimitCategory.B07: "低所得Ⅰ（老福）",
    LimitCategory.B08: "低所得Ⅰ（境界層）",
    LimitCategory.B09: "一般Ⅱ",
    LimitCategory.B10: "一般Ⅰ",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """What one class pays at most in a month, in yen.

    `monthly` is the household's limit; above `one_percent_from` yen of total cost (総医療費) one
    percent of the rest is added, None where nothing is. `repeated` is 多数回該当, from the fourth
    time in twelve months on; `outpatient` the limit of one person's outpatient care;
    `outpatient_yearly` and `yearly` the caps of a year. None: there is none, or it is not known.
    """

    monthly: int
    one_percent_from: int | None = None
    repeated: int | None = None
    outpatient: int | None = None
    outpatient_yearly: int | None = None
    yearly: int | None = None

    def of(self, total_cost: int) -> int:
        """Return the limit of a month with the total cost in yen (P-075).

        A fraction of a yen is dropped [unverified].
        """
        if total_cost < 0:
            raise ValueError(f"a total cost cannot be {total_cost} yen")
        if self.one_percent_from is None:
            return self.monthly
        return self.monthly + max(0, total_cost - self.one_percent_from) // 100


_A = Limit(252_600, 842_000, repeated=140_100)
_I = Limit(167_400, 558_000, repeated=93_000)
_U = Limit(80_100, 267_000, repeated=44_400)
_UNTIL_JULY_2026 = {
    LimitCategory.A01: _A,
    LimitCategory.A02: _I,
    LimitCategory.A03: _U,
    LimitCategory.A04: Limit(57_600, repeated=44_400),
    LimitCategory.A05: Limit(35_400, repeated=24_600),
    LimitCategory.B01: _A,
    LimitCategory.B02: _I,
    LimitCategory.B03: _U,
    LimitCategory.B04: Limit(57_600, repeated=44_400, outpatient=18_000, outpatient_yearly=144_000),
    LimitCategory.B05: Limit(24_600, outpatient=8_000),
    LimitCategory.B06: Limit(15_000, outpatient=8_000),
}
_FROM_AUGUST_2026 = {
    # In the older table one percent starts at the limit divided by 0.3; so here [unverified].
    LimitCategory.A03: Limit(85_800, 286_000, yearly=530_000),
}
_TABLES: tuple[tuple[date, Mapping[LimitCategory, Limit]], ...] = (
    (CLASSES_SPLIT_FROM, {}),
    (RAISED_FROM, _FROM_AUGUST_2026),
    (date.min, _UNTIL_JULY_2026),
)


def limit(category: LimitCategory, on: date) -> Limit | None:
    """Return the limit of a class in the month of the day; None where it is not known.

    P-075 until July 2026, P-076 from then on.
    """
    table = next(table for begins, table in _TABLES if on >= begins)
    return table.get(category)


def limit_on_record(kind: InsurerKind, *, income_declared: bool, taxes_paid: bool) -> bool:
    """Tell whether the check passes the class on, so that a clinic asks no more than the limit.

    R-153: without any 限度額適用認定証. R-154: in 国保 only with the income declared and the tax
    paid in full.
    """
    national = kind in {InsurerKind.KOKUHO, InsurerKind.KOKUHO_KUMIAI}
    return not national or (income_declared and taxes_paid)


def capped_charge(points: int, ratio: int, of_class: Limit | None) -> int:
    """Return the yen to pay at the window for a month's points, at most the limit (R-153, P-075).

    Without a class (`None`: not provided, R-154, or not known) the ratio alone decides.
    """
    charge = window_charge(points, ratio)
    return charge if of_class is None else min(charge, of_class.of(points * 10))


def meals_need_application(inpatient_days: int, *, tax_exempt: bool) -> bool:
    """Tell whether a further reduction of meals needs an application of its own (R-155).

    For a 非課税世帯 with more than 90 inpatient days in the last twelve months.
    """
    return tax_exempt and inpatient_days > INPATIENT_DAYS
