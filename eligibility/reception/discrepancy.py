"""Discrepancies (相違): the check and a document name different ratios or limit classes.

Rule R-098: the patient asks their insurer, and says eight things.
"""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from eligibility.reception.contacts import TSUCHIURA_LIMIT, TSUCHIURA_RATIO, Contact
from eligibility.sentence import Sentence


class IncompleteTicket(ValueError):
    """What the insurer needs to know is missing; `missing` names it in Japanese."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.text = Sentence(
            f"次の項目を入れてください: {'、'.join(missing)}。", "Fill in what is missing."
        )
        super().__init__(str(self.text))
        self.missing = missing


class DiscrepancyKind(StrEnum):
    """What differs."""

    RATIO = "ratio"
    """一部負担金の負担割合."""
    LIMIT = "limit"
    """限度額適用区分."""

    @property
    def desk(self) -> Contact:
        """Which desk of the city answers (R-098, R-201)."""
        return TSUCHIURA_RATIO if self is DiscrepancyKind.RATIO else TSUCHIURA_LIMIT


@dataclass(frozen=True, slots=True)
class DiscrepancyTicket:
    """What the patient tells the insurer (R-098): five things of themselves, three of the visit.

    `institution` is name and address of the clinic, `ratio_paid` what was paid, in tenths.
    """

    kind: DiscrepancyKind
    name: str
    birthdate: date | None
    sex: str
    address: str
    insured_number: str
    visited_on: date | None
    institution: str
    ratio_paid: int | None

    def __post_init__(self) -> None:
        """Refuse a ticket that lacks one of the eight (`IncompleteTicket`)."""
        missing = tuple(
            _JAPANESE[each.name]
            for each in fields(self)
            if each.name in _JAPANESE and not getattr(self, each.name)
        )
        if missing:
            raise IncompleteTicket(missing)


_JAPANESE = {
    "name": "氏名",
    "birthdate": "生年月日",
    "sex": "性別",
    "address": "住所",
    "insured_number": "被保険者番号",
    "visited_on": "受診日",
    "institution": "医療機関等の名称・所在地",
    "ratio_paid": "支払った負担割合",
}


def differing_ratio(confirmed: int | None, printed: int | None) -> bool:
    """Tell whether check and document name different ratios; unknown ones do not differ (R-098)."""
    return confirmed is not None and printed is not None and confirmed != printed
