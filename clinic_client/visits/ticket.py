"""A ticket (相違の申し出) of a visit: what is known for it, and what became of it (R-098).

It names the person, the qualification and the visit. Nothing medical is ever part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.sentence import Sentence
from wire.vocabulary.codes import LimitCategory

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.visits.visit import Visit

NOT_SHOWN = Sentence("表示なし", "not shown")


@dataclass(frozen=True, slots=True)
class VisitTicket:
    """A ticket that was told, as the desk keeps it."""

    ticket: str
    """The insurer's own key."""
    visit_id: str
    kind: DiscrepancyKind
    on_check: str
    should_be: str
    received_on: date
    finding: str | None = None
    """What the insurer found (``check_right`` and so on); None while it has not answered."""
    answer: str | None = None
    """Its words."""
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What the visit knows of the eight things; empty, or None, is for the receptionist to ask."""

    name: str
    born: str
    sex: str
    address: str
    insured_number: str
    ratio: int | None


def can_be_told(visit: Visit) -> bool:
    """Tell whether a ticket can be about a visit: OQS answered with a qualification."""
    return visit.answer is not None and visit.coverage is not None


def shown_of(visit: Visit, kind: DiscrepancyKind) -> str:
    """Return what the check shows of an element, in Japanese as the insurer reads it."""
    patient, coverage = visit.patient, visit.coverage
    shown = ""
    match kind:
        case DiscrepancyKind.RATIO if coverage and coverage.ratio:
            shown = f"{coverage.ratio}割"
        case DiscrepancyKind.LIMIT:
            shown = _limit(visit)
        case DiscrepancyKind.NAME if patient:
            shown = patient.name
        case DiscrepancyKind.BIRTHDATE if patient:
            shown = era_date(patient.birthdate)
        case DiscrepancyKind.NUMBER if coverage:
            shown = f"{coverage.insurer_number} {_number(visit)}"
        case DiscrepancyKind.PERSON if patient:
            shown = f"{patient.name} {era_date(patient.birthdate)}"
    return shown or NOT_SHOWN.ja


def prefilled(visit: Visit) -> Prefilled:
    """Return what the visit knows."""
    patient = visit.patient
    return Prefilled(
        name=patient.name if patient else "",
        born=era_date(patient.birthdate) if patient else "",
        sex=patient.sex.value if patient else "",
        address=visit.address or "",
        insured_number=_number(visit),
        ratio=visit.decision.ratio,
    )


def _number(visit: Visit) -> str:
    one = visit.coverage
    return " ".join(filter(None, (one.symbol, one.number, one.branch))) if one else ""


def _limit(visit: Visit) -> str:
    results = visit.answer.results if visit.answer else ()
    told = results[0].limit_application_certificate_related_info if results else None
    code = told.limit_application_certificate_classification_flag if told else None
    return LimitCategory(code).label if code else ""
