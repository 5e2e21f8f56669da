"""The amount at the window (窓口の支払い) for given points, as the desk decided (P-074, R-096).

It is for one visit: a monthly limit (限度額) and 公費 are the billing computer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.cost.burden import FULL, YEN_PER_POINT, base_ratio, refund, window_charge
from eligibility.reception.decision import RatioSource
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit

MOST_POINTS = 9_999_999
"""More than any visit has."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a patient pays."""

    points: int
    """点数, at ten yen each."""
    ratio: int | None
    """In tenths; None where it is not known."""
    yen: int | None
    """Rounded to ten; None with the ratio."""
    refund: int | None = None
    """療養費, yen: what comes back of a whole cost, as far as the age tells the share."""
    by_ticket: bool = False
    """Whether the patient pays what a medical ticket says, whatever the points (P-032)."""

    @property
    def text(self) -> Sentence:
        """What the receptionist reads."""
        if self.by_ticket:
            return _BY_TICKET if self.yen is None else _paid_by_ticket(self.yen)
        if self.yen is None:
            return Sentence(
                "負担割合がまだ分からないため、計算できません。",
                "The share is not known yet, so there is no amount.",
            )
        if self.ratio != FULL:
            return Sentence(
                f"窓口の支払いは {self.yen:,}円（{self.points:,}点の{self.ratio}割）です。",
                f"The patient pays {self.yen:,} yen ({self.ratio}0% of {self.points:,} points).",
            )
        told = Sentence(
            f"窓口の支払いは {self.yen:,}円（{self.points:,}点の全額）です。",
            f"The patient pays {self.yen:,} yen (all of {self.points:,} points).",
        )
        if self.refund is None:
            return told
        return Sentence(
            f"{told.ja}あとで保険者に申請すると、{self.refund:,}円戻る見込みです。",
            f"{told.en} On application the insurer is likely to pay back {self.refund:,} yen.",
        )


_BY_TICKET = Sentence(
    "医療券・調剤券の本人支払額だけを受け取ります。点数では決まりません。",
    "The patient pays what the medical ticket says, whatever the points.",
)


def _paid_by_ticket(yen: int) -> Sentence:
    return Sentence(
        f"窓口の支払いは、医療券の本人支払額の {yen:,}円です。",
        f"The patient pays {yen:,} yen, as the medical ticket says.",
    )


def charge_of(visit: Visit, points: int) -> Charge:
    """Return what is paid at a visit for so many points."""
    ratio = visit.decision.ratio
    if visit.decision.ratio_source is RatioSource.TICKET:
        return Charge(points, None, visit.decision.self_pay, by_ticket=True)
    if ratio is None:
        return Charge(points, None, None)
    yen = window_charge(points, ratio)
    share = _share(visit) if ratio == FULL else None
    return Charge(
        points, ratio, yen, None if share is None else refund(points * YEN_PER_POINT, share)
    )


def _share(visit: Visit) -> int | None:
    """Return the share of who pays all for now: as it was answered or recorded, else by age."""
    case = visit.case
    if case.ratio is not None:
        return case.ratio
    return base_ratio(case.birthdate, case.on) if case.birthdate else None
