"""Claims of some days, and a day summed up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from clinic_client.store.visit_list import VisitFilter, VisitState
from clinic_client.visits.claims import ClaimLine, OpenPoint, claim_line
from eligibility.cost.claims import UNKNOWN_INSURER_NUMBER, ClaimMode
from eligibility.reception.case import Cause
from eligibility.reception.options import FallbackOptionId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clinic_client.store.visit_list import VisitList

_Word = TypeVar("_Word")


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A business day in numbers: visits by cause, way and claim, and what is open."""

    day: date
    lines: tuple[ClaimLine, ...]
    causes: tuple[tuple[Cause, int], ...]
    ways: tuple[tuple[FallbackOptionId | None, int], ...]
    """By what visits were accepted; None where that is not recorded yet."""
    claims: tuple[tuple[ClaimMode, int], ...]
    open: tuple[tuple[OpenPoint, int], ...]
    withdrawn: int
    """Visits that were withdrawn; they are counted nowhere else."""

    @property
    def open_lines(self) -> tuple[ClaimLine, ...]:
        """The visits with something open."""
        return tuple(one for one in self.lines if one.open_points)


def claims_of(
    visits: VisitList,
    first: date,
    last: date,
    unknown_number: str = UNKNOWN_INSURER_NUMBER,
    *,
    today: date | None = None,
) -> list[ClaimLine]:
    """Return the claims of business days, both included, the oldest visit first.

    Of withdrawn visits nothing is claimed. What was declared is told as long as it is kept, which
    ``today`` decides; without it nothing of it is told.
    """
    standings = [
        standing
        for found in visits.all_of(VisitFilter(first, last, standing=True))
        for standing in visits.standings(found, today)
    ]
    lines = [
        replace(claim_line(standing, unknown_number), patient=patient)
        for standing, patient in zip(standings, visits.persons(standings), strict=True)
    ]
    return lines[::-1]


def summary_of(visits: VisitList, day: date) -> DaySummary:
    """Sum a business day up."""
    lines = claims_of(visits, day, day)
    causes = Counter(one.visit.case.cause for one in lines)
    ways = Counter(one.visit.decision.accepted for one in lines)
    claims = Counter(one.mode for one in lines)
    open_points = Counter(point for one in lines for point in one.open_points)
    return DaySummary(
        day,
        tuple(lines),
        _counted(causes, list(Cause)),
        _counted(ways, [*FallbackOptionId, None]),
        _counted(claims, list(ClaimMode)),
        _counted(open_points, list(OpenPoint)),
        visits.count(VisitFilter(day, day, state=VisitState.WITHDRAWN)),
    )


def _counted(counts: Counter[_Word], order: Sequence[_Word]) -> tuple[tuple[_Word, int], ...]:
    return tuple((word, counts[word]) for word in order if counts[word])
