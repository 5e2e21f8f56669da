"""What the patient shows and says besides the check, as the desk records it; it can be corrected.

From it the rules decide anew by which way the visit is accepted (§6 of the rule catalogue).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date  # noqa: TC003 # read at run time
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from clinic_client.visits.assistance import assistance_of
from eligibility.cost.assistance import PublicAssistance
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import TRIED
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId  # noqa: TC001 # read at run time
from eligibility.reception.presented import Presented  # noqa: TC001 # read at run time

if TYPE_CHECKING:
    from clinic_client.visits.coverage import Coverage
    from clinic_client.visits.visit import Visit


@dataclass(frozen=True, slots=True)
class Shown:
    """Documents, what was said, and which ways cannot be."""

    presented: tuple[Presented, ...] = ()
    says_unchanged: bool = False
    """Asked, the patient says that the insurance has not changed (P-086)."""
    not_at_hand: frozenset[FallbackOptionId] = field(default_factory=frozenset)
    """Ways that the patient cannot take today."""
    card_at_hand: bool | None = None
    """Whether the My Number card itself is there; None leaves it at what the visit began with."""
    birthdate: date | None = None
    """As the patient says it, where nothing else tells it (P-070, P-085)."""
    settled: frozenset[str] = field(default_factory=frozenset)
    """精算済み: the contradictions to a confirmation that are put right (see `settlement`)."""
    paid: int | None = None
    """Yen that were taken, as it was said when the visit was withdrawn; None where nobody said."""
    assisted: bool = False
    """Whether what was asked for is 公費負担者番号, and no answer tells of 医療扶助 (P-032)."""


def shown_of(visit: Visit) -> Shown:
    """Return what was recorded of a visit."""
    case = visit.case
    answered = assistance_of(visit.coverages, visit.day, visit.answer)
    return Shown(
        case.presented,
        case.says_unchanged,
        case.ruled_out - TRIED,
        case.card_at_hand,
        case.birthdate,
        visit.settled,
        visit.paid,
        case.assistance is not None and answered is None,
    )


_LOST = {QualificationValidity.INVALID, QualificationValidity.INVALID_NEW_EXISTS}


def ended_coverages(visit: Visit) -> tuple[Coverage, ...]:
    """Return the qualifications of a visit that are known to have ended.

    A paper may be of one of them, and care by it would have to be repaid (R-052).
    """
    case = visit.case
    # What is on record of one who could not be asked about; see `case_without_answer`.
    on_record_ended = case.validity is None and case.previous_known and not case.revisit
    if case.validity in _LOST or on_record_ended or case.ended_by_age:
        return visit.coverages
    return tuple(
        one
        for one in visit.coverages
        if one.disqualified_on is not None and one.disqualified_on <= visit.day
    )


@cache
def _written() -> TypeAdapter[Shown]:
    return TypeAdapter(Shown)


def write_shown(shown: Shown) -> str:
    """Write it as it is kept."""
    return _written().dump_json(shown).decode()


def read_shown(text: str) -> Shown:
    """Read what `write_shown` wrote."""
    return _written().validate_json(text)


def with_shown(visit: Visit, shown: Shown) -> Visit:
    """Return the visit as it is decided with what is shown; what was shown before is replaced."""
    told = visit.case.assistance
    typed = PublicAssistance(beside_insurance=visit.case.revisit) if shown.assisted else None
    case = replace(
        visit.case,
        assistance=told or typed,
        presented=shown.presented,
        says_unchanged=shown.says_unchanged,
        ruled_out=TRIED | shown.not_at_hand,
        card_at_hand=visit.case.card_at_hand if shown.card_at_hand is None else shown.card_at_hand,
        birthdate=shown.birthdate or visit.case.birthdate,
    )
    return replace(visit, case=case, decision=decide(case), settled=shown.settled, paid=shown.paid)
