"""Claims (レセプト) of visits: under which number each is written, and what is still open.

Rules P-080 to P-083. A visit whose eligibility was confirmed afterwards, for its own day, is
claimed as usual; until then it is claimed as it was decided at the desk.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clinic_client.visits.coverage import Coverage
from clinic_client.visits.same_person import person_of
from clinic_client.visits.settlement import contradictions, ratio_of_day
from clinic_client.visits.visit import named_by
from eligibility.cost.assistance import is_office_number
from eligibility.cost.claims import (
    UNKNOWN_INSURER_NUMBER,
    ClaimMode,
    ClaimTarget,
    claim,
    claim_target,
)
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.reception.decision import RatioSource
from eligibility.reception.declaration import NOTHING_DECLARED
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clinic_client.visits.same_person import Person
    from clinic_client.visits.settlement import Contradiction
    from clinic_client.visits.visit import Visit
    from eligibility.identifiers.numbers import InsurerKind
    from eligibility.reception.presented import Presented


class OpenPoint(StrEnum):
    """What a visit still lacks before it can be claimed."""

    UNCONFIRMED = "unconfirmed"
    """No check has confirmed the eligibility, neither at the visit nor afterwards."""
    CHECK_AGAIN = "check_again"
    """再確認待ち: the person is on the catch-up list."""
    PAPERS = "papers"
    """Nothing is recorded by which the visit was accepted: papers are owed."""
    NUMBER = "number"
    """The number stands on a paper alone, or is not known: it has to be typed in."""
    SHARE = "share"
    """負担が未確認: no share is known, or only that of the age, where income counts too (P-070)."""
    CHARGE = "charge"
    """The patient paid another share than the confirmation says: to be settled."""
    INSURER = "insurer"
    """Another insurer is confirmed than the one that was taken for current."""


@dataclass(frozen=True, slots=True)
class VisitStanding:
    """A visit, and what became of it."""

    visit: Visit
    confirmed_by: Visit | None = None
    """The person's later visit by which the eligibility of this one's day is confirmed."""
    waiting: bool = False
    """Whether the person still waits to be checked again."""
    given_up: bool = False
    """Whether the desk has said that nobody need wait any more."""
    entry_id: str | None = None
    """The visit under which the person waits, or did: this one, or what took its place."""
    declared: str = ""
    """What of a declaration goes into 摘要欄; empty where none is kept."""
    told_of: date | None = None
    """Of which day the confirmation tells."""
    told_by: Visit | None = None
    """The later visit in its place that OQS answered, where that does not confirm it."""

    @property
    def named(self) -> Visit:
        """The visit with whom it was of, where only a later answer has told that."""
        return named_by(self.visit, self.confirmed_by or self.told_by)

    @property
    def word(self) -> Word:
        """What holds by now: 有効 too where that was confirmed afterwards, unless withdrawn."""
        confirmed = self.confirmed_by is not None and self.visit.withdrawal is None
        return Word.VALID if confirmed else self.visit.decision.word

    @property
    def person(self) -> Person:
        """Who came, as the visit tells it, or else a later answer."""
        later = self.confirmed_by or self.told_by
        of = later if later and not self.visit.patient else self.visit
        return replace(person_of(of), born=of.patient.birthdate if of.patient else None)

    @property
    def former(self) -> Visit | None:
        """The later visit that knows the former eligibility, where this one knew none (P-082)."""
        told, then = self.told_by, self.visit.decision.claim.mode
        if told is None or then is not ClaimMode.UNKNOWN:
            return None
        return told if told.decision.claim.mode is ClaimMode.OLD_ELIGIBILITY else None

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """What the confirmation says otherwise than the visit went by."""
        if self.confirmed_by is None:
            return ()
        return contradictions(self.visit, self.confirmed_by, self._told_of(self.confirmed_by))

    @property
    def ratio(self) -> int | None:
        """The share of the visit's day in tenths: as the confirmation tells it, else as the desk.

        Who paid all as nothing could be shown has done so, whatever is known since (R-096).
        """
        decision, confirmed = self.visit.decision, self.confirmed_by
        if confirmed is None or decision.accepted is FallbackOptionId.SELF_PAY:
            return decision.ratio
        if confirmed.decision.ratio_source is RatioSource.TICKET:
            return None
        return decision.ratio if self.ratio_told is None else self.ratio_told

    @property
    def ratio_told(self) -> int | None:
        """The share of the visit's day as the confirmation tells it; None where it does not."""
        confirmed = self.confirmed_by
        return (
            None
            if confirmed is None
            else ratio_of_day(self.visit, confirmed, self._told_of(confirmed))
        )

    def _told_of(self, confirmed: Visit) -> date:
        return self.told_of or confirmed.day


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """How a visit is claimed, as it stands today."""

    visit: Visit
    """With whom it was of, whatever has told that."""
    mode: ClaimMode
    insurer_number: str
    """Empty where none is claimed from, or it has to be taken from a paper."""
    coverage: Coverage | None
    """Whose symbol and number are written; None where they are not known."""
    target: ClaimTarget | None
    """None where nothing is claimed."""
    confirmed_by: Visit | None
    open_points: tuple[OpenPoint, ...]
    contradictions: tuple[Contradiction, ...] = ()
    """What the points of that name say, and what is to be done."""
    remarks: str = ""
    """What goes into 摘要欄 (P-080 to P-082)."""
    ratio: int | None = None
    """The share in tenths; None where it is not known, or a medical ticket says what is paid."""
    patient: str = ""
    """By what the patient is told from others (`VisitList.persons`)."""


@dataclass(frozen=True, slots=True)
class InsurerSum:
    """What is claimed from one insurer."""

    insurer_number: str
    insurer_name: str
    target: ClaimTarget | None
    modes: tuple[tuple[ClaimMode, int], ...]
    """Visits by claim mode."""
    visits: int
    patients: int
    open: int
    """Visits with something open."""


def claim_line(standing: VisitStanding, unknown_number: str = UNKNOWN_INSURER_NUMBER) -> ClaimLine:
    """Return how a visit is claimed (P-080 to P-083).

    ``unknown_number`` is 77777777, or 77777779 for a billing computer that refuses it (P-081).
    """
    visit = standing.named
    decision = visit.decision
    confirmed = visit if decision.word is Word.VALID else standing.confirmed_by
    paid_in_full = decision.accepted is FallbackOptionId.SELF_PAY
    # Of a valid answer too nothing may be to claim, as of one in arrears.
    mode = (confirmed if confirmed and not paid_in_full else visit).decision.claim.mode
    if standing.former:
        mode = ClaimMode.OLD_ELIGIBILITY
    coverage = _coverage(standing.former or visit, confirmed, mode)
    written = claim(mode).insurer_number
    if mode is ClaimMode.UNKNOWN:
        written = unknown_number
    number = written or (coverage.insurer_number.strip() if coverage else "")
    return ClaimLine(
        visit,
        mode,
        number,
        coverage,
        None if mode is ClaimMode.NO_CLAIM else _target(number, visit),
        standing.confirmed_by,
        _open_points(
            standing, mode, confirmed=confirmed is not None, written=bool(number and coverage)
        ),
        standing.contradictions,
        _remarks(mode, standing.declared),
        standing.ratio,
    )


_BY_WHAT_WAS_TOLD = {ClaimMode.UNKNOWN, ClaimMode.DISASTER}
"""Claims whose 摘要欄 has what the patient told, and no number of the patient."""


def _remarks(mode: ClaimMode, declared: str) -> str:
    """Return 摘要欄: 旧資格, or 不詳 and what was declared (P-081, P-082)."""
    if mode in _BY_WHAT_WAS_TOLD:
        return declared or NOTHING_DECLARED
    remarks = claim(mode).remarks
    return remarks.ja if remarks else ""


def _told_kind(visit: Visit) -> InsurerKind | None:
    """Return the kind of insurance that the patient declares (P-083, P-084)."""
    shown = visit.decision.numbered
    return shown.insurer_kind if shown else None


def sums_by_insurer(lines: Sequence[ClaimLine]) -> tuple[InsurerSum, ...]:
    """Sum a month up by insurer; what has no number yet comes last."""
    groups: dict[str, list[ClaimLine]] = {}
    for one in lines:
        groups.setdefault(one.insurer_number, []).append(one)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], group[0]))
    return tuple(_sum(number, of) for number, of in ordered)


def _sum(number: str, lines: Sequence[ClaimLine]) -> InsurerSum:
    modes = Counter(one.mode for one in lines)
    return InsurerSum(
        number,
        next((of.insurer_name for one in lines if (of := one.coverage) and of.insurer_name), ""),
        lines[0].target if number else None,
        tuple((mode, modes[mode]) for mode in ClaimMode if modes[mode]),
        len(lines),
        len({one.patient for one in lines}),
        sum(bool(one.open_points) for one in lines),
    )


def _coverage(visit: Visit, confirmed: Visit | None, mode: ClaimMode) -> Coverage | None:
    """Return what the claim is written under: what was confirmed, else what a paper shows."""
    if mode is ClaimMode.NORMAL:
        if confirmed:
            return confirmed.coverage
        told = visit.decision.accepted is FallbackOptionId.ORAL_NO_CHANGE
        return visit.coverage if told else coverage_shown(visit.decision.numbered)
    return visit.coverage if mode is ClaimMode.OLD_ELIGIBILITY else None


def coverage_shown(paper: Presented | None) -> Coverage | None:
    """Return the qualification that a paper shows, as far as it was written down."""
    if paper is None or not paper.insurer_number or paper.insured is None:
        return None
    insured = paper.insured
    return Coverage(
        insurer_number=paper.insurer_number,
        insurer_name="",
        symbol=insured.symbol,
        number=insured.number,
        branch=insured.branch or "",
        qualified_on=None,
        disqualified_on=None,
        ratio=paper.ratio,
    )


def _target(number: str, visit: Visit) -> ClaimTarget:
    """Return where a claim goes: by its number, else by the kind that was declared (P-083).

    医療扶助 alone, as its ticket or the office's number says, goes to 支払基金 (P-032) [interp].
    """
    by_ticket = (
        visit.decision.accepted is FallbackOptionId.WELFARE_TICKET or visit.case.assisted_only
    )
    if is_office_number(number) or (by_ticket and not number):
        return ClaimTarget.SHIHARAI_KIKIN
    try:
        return claim_target(InsurerNumber.parse(number).kind)
    except InvalidNumber:
        return claim_target(_told_kind(visit))


def _open_points(
    standing: VisitStanding, mode: ClaimMode, *, confirmed: bool, written: bool
) -> tuple[OpenPoint, ...]:
    decision = standing.visit.decision
    owed = decision.accepted is None and not confirmed
    no_share = decision.ratio_source is RatioSource.UNKNOWN or decision.provisional
    holds = {
        OpenPoint.UNCONFIRMED: not confirmed and mode is not ClaimMode.NO_CLAIM,
        OpenPoint.CHECK_AGAIN: standing.waiting,
        OpenPoint.PAPERS: owed,
        OpenPoint.NUMBER: mode is ClaimMode.NORMAL and not written,
        OpenPoint.SHARE: no_share and not confirmed,
        **{OpenPoint(one.what): True for one in standing.contradictions},
    }
    return tuple(point for point in OpenPoint if holds.get(point))
