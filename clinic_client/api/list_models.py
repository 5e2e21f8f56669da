"""What the lists say in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import AwareDatetime  # pydantic reads it at run time

from clinic_client.api.models import SentenceElement
from clinic_client.visits.claims import sums_by_insurer
from wire.dates import write_day
from wire.vocabulary.codes import Day  # pydantic reads it at run time
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clinic_client.lists.summary import DaySummary
    from clinic_client.visits.claims import ClaimLine, InsurerSum, VisitStanding


class FoundVisit(Element):
    """A visit of a list."""

    visit_id: str
    at: AwareDatetime
    name: str | None
    word: str
    """What holds by now: ``VALID`` too where the eligibility of its day was confirmed afterwards.
    What was said at the visit itself is the ``Word`` of ``/api/visits/{visit_id}``."""
    confirmed_by: str | None
    """The later visit that confirmed it; null where the visit itself did, or none has."""
    cause: str
    """What stood in the way of the check at the visit, whatever was confirmed since."""
    accepted: str | None
    """The way by which it was accepted."""
    withdrawn: bool = False
    """取消: it is counted and claimed nowhere; its word is that of the visit itself."""

    @classmethod
    def of(cls, standing: VisitStanding) -> Self:
        """Write a visit."""
        visit, later = standing.named, standing.confirmed_by
        accepted = visit.decision.accepted
        return cls(
            visit_id=visit.visit_id,
            at=visit.at,
            name=visit.called,
            word=standing.word.name,
            confirmed_by=later.visit_id if later else None,
            cause=visit.case.cause.name,
            accepted=accepted.value if accepted else None,
            withdrawn=visit.withdrawal is not None,
        )


class FoundVisits(Element):
    """A page of a search."""

    count: int
    """All that were found."""
    visits: tuple[FoundVisit, ...]
    """The newest first."""
    after: str | None
    """What the next page is asked for by; null on the last."""

    @classmethod
    def of(cls, found: Sequence[VisitStanding], count: int, *, more: bool) -> Self:
        """Write a page."""
        after = found[-1].visit.visit_id if more else None
        return cls(count=count, visits=tuple(map(FoundVisit.of, found)), after=after)


class ClaimLineState(Element):
    """How a visit is claimed as it stands today (P-080 to P-083)."""

    visit_id: str
    day: Day
    name: str | None
    mode: str
    """``normal``, ``old_eligibility``, ``unknown``, ``disaster`` or ``no_claim``."""
    insurer_number: str | None
    target: str | None
    """``shiharai_kikin``, ``kokuhoren`` or ``either``."""
    confirmed_by: str | None
    """The later visit that confirmed the eligibility of this one's day."""
    open: tuple[str, ...]
    """``unconfirmed``, ``check_again``, ``papers``, ``number``, ``share``, ``charge``,
    ``insurer``."""
    to_settle: tuple[SentenceElement, ...] = ()
    """What the confirmation contradicts (``charge``, ``insurer``), and what is to be done."""
    remarks: str
    """What goes into 摘要欄: 旧資格, or 不詳 with what the patient declared (P-080 to P-082)."""

    @classmethod
    def of(cls, line: ClaimLine) -> Self:
        """Write a claim."""
        return cls(
            visit_id=line.visit.visit_id,
            day=write_day(line.visit.day),
            name=line.visit.called,
            mode=line.mode.value,
            insurer_number=line.insurer_number or None,
            target=line.target.value if line.target else None,
            confirmed_by=line.confirmed_by.visit_id if line.confirmed_by else None,
            open=tuple(point.value for point in line.open_points),
            to_settle=tuple(SentenceElement.of(one.sentence) for one in line.contradictions),
            remarks=line.remarks,
        )


class InsurerSumState(Element):
    """What is claimed from one insurer."""

    insurer_number: str | None
    """Null for what has no number yet, or is not claimed."""
    insurer_name: str
    modes: dict[str, int]
    """Visits by claim mode."""
    visits: int
    patients: int
    open: int
    """Visits with something open."""

    @classmethod
    def of(cls, one: InsurerSum) -> Self:
        """Write a sum."""
        return cls(
            insurer_number=one.insurer_number or None,
            insurer_name=one.insurer_name,
            modes={mode.value: count for mode, count in one.modes},
            visits=one.visits,
            patients=one.patients,
            open=one.open,
        )


class MonthState(Element):
    """The claims of a month."""

    month: str
    """``yyyyMM``."""
    claims: tuple[ClaimLineState, ...]
    """The oldest visit first."""
    sums: tuple[InsurerSumState, ...]

    @classmethod
    def of(cls, first: date, lines: Sequence[ClaimLine]) -> Self:
        """Write a month."""
        return cls(
            month=f"{first:%Y%m}",
            claims=tuple(map(ClaimLineState.of, lines)),
            sums=tuple(map(InsurerSumState.of, sums_by_insurer(lines))),
        )


class DayState(Element):
    """A business day in numbers."""

    day: Day
    visits: int
    causes: dict[str, int]
    ways: dict[str, int]
    """``none`` where it is not recorded yet by what a visit was accepted."""
    claims: dict[str, int]
    open: dict[str, int]
    withdrawn: int = 0
    """Visits that were withdrawn; they are counted nowhere else."""

    @classmethod
    def of(cls, summary: DaySummary) -> Self:
        """Write a day."""
        return cls(
            day=write_day(summary.day),
            visits=len(summary.lines),
            causes={one.name: count for one, count in summary.causes},
            ways={one.value if one else "none": count for one, count in summary.ways},
            claims={one.value: count for one, count in summary.claims},
            open={one.value: count for one, count in summary.open},
            withdrawn=summary.withdrawn,
        )
