"""What differs at a visit: told to the insurer, and what became of it (R-098)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from fastapi import Path
from pydantic import Field, Strict, field_validator

from clinic_client.api.models import SentenceElement
from clinic_client.api.own_words import without_individual_number
from clinic_client.discrepancies.telling import Said
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.visits.refusals import require_standing
from clinic_client.visits.ticket import can_be_told
from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.sentence import Sentence
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day, write_day_or_none
from wire.forms.typed_day import WrittenByHand, fault_of_day, readable_day
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import invalid, problem_responses, with_rules, wrong_field
from wire.vocabulary.codes import Day, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from clinic_client.reception.desk import Desk
    from clinic_client.visits.ticket import VisitTicket
    from clinic_client.visits.visit import Visit
    from wire.serving.problem_http import RulesOfForm

VisitId = Annotated[Reference, Path()]
_Told = Annotated[Line, Field(min_length=1, max_length=100)]


class Differing(Element):
    """An element that differs."""

    kind: DiscrepancyKind
    should_be: _Told
    """What it should be, as the patient or the paper says."""
    _own_words = field_validator("should_be")(without_individual_number)


class DiscrepancyReport(Element):
    """What differs at a visit, and the eight things that the insurer needs to know."""

    differing: tuple[Differing, ...] = Field(min_length=1, max_length=len(DiscrepancyKind))
    name: _Told
    birthdate: WrittenByHand
    sex1: Sex
    address: _Told
    insured_number: _Told
    """被保険者番号: 記号・番号・枝番."""
    ratio_paid: Annotated[int, Strict(), Field(ge=1, le=10)]
    """支払った負担割合, in tenths; 10 is the whole cost."""
    _own_words = field_validator("name", "address", "insured_number")(without_individual_number)


class TicketState(Element):
    """A ticket, and what became of it."""

    ticket: str
    kind: DiscrepancyKind
    on_check: str
    should_be: str
    received_on: Day
    finding: str | None
    """``check_right``, ``paper_right``, ``neither`` or ``no_difference``; null while open."""
    answer: str | None
    answered_on: Day | None
    charge: SentenceElement
    """By what the patient pays until the insurer has answered."""
    say: SentenceElement

    @classmethod
    def of(cls, one: VisitTicket) -> Self:
        """Write a ticket."""
        return cls(
            ticket=one.ticket,
            kind=one.kind,
            on_check=one.on_check,
            should_be=one.should_be,
            received_on=write_day(one.received_on),
            finding=one.finding,
            answer=one.answer,
            answered_on=write_day_or_none(one.answered_on),
            charge=SentenceElement.of(one.kind.meanwhile.charge),
            say=SentenceElement.of(one.kind.meanwhile.say),
        )


class TicketList(Element):
    """The tickets of a visit."""

    tickets: tuple[TicketState, ...]

    @classmethod
    def of(cls, tickets: Sequence[VisitTicket]) -> Self:
        """Write them."""
        return cls(tickets=tuple(map(TicketState.of, tickets)))


def router(desk: Desk) -> Routes:
    """Return the routes of tickets."""
    routes = Routes(CONSOLE, tags=["相違"])
    telling = desk.telling

    async def find(visit_id: str) -> Visit:
        visit = await read_aside(desk.store.engine, lambda: desk.store.find(visit_id))
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        return visit

    @routes.get(
        "/api/visits/{visit_id}/discrepancies",
        summary="List what was told to the insurer of a visit, and what it answered",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def read(visit_id: VisitId) -> TicketList:
        await find(visit_id)
        return TicketList.of(await telling.of_visit(visit_id))

    @routes.post(
        "/api/visits/{visit_id}/discrepancies",
        summary="相違の申し出: tell the insurer what differs at a visit",
        status_code=201,
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_INSURER,
            Catalogue.SERVICE_UNREACHABLE,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    @with_rules(_rules(desk))
    async def tell(visit_id: VisitId, report: DiscrepancyReport) -> TicketList:
        """Telling the same again is safe: each ticket is taken once."""
        visit = await find(visit_id)
        _check(desk, visit, report)
        said = Said(
            report.name.strip(),
            report.birthdate,
            report.sex1,
            report.address.strip(),
            report.insured_number.strip(),
            report.ratio_paid,
        )
        differing = {one.kind: one.should_be.strip() for one in report.differing}
        try:
            await telling.tell(visit, said, differing)
        except Refused as error:
            raise error.problem from error
        except LineDown as error:
            raise Problem(
                Catalogue.SERVICE_UNREACHABLE,
                "The intermediate server does not answer; tell it again, it is taken once.",
                japanese="中間サーバーにつながらないため、申し出を送れませんでした。つながってから、"
                "もう一度押してください（二重には届きません）。",
            ) from error
        return TicketList.of(await telling.of_visit(visit_id))

    return routes


_BORN_LATER = Sentence(
    "生年月日が受診日より後です。年・月・日を確かめてください。",
    "The date of birth lies after the visit. Check year, month and day.",
)


def _check(desk: Desk, visit: Visit, report: DiscrepancyReport) -> None:
    """Refuse what cannot be told, or must not be."""
    require_standing(visit)
    if not desk.telling.line.offered or not can_be_told(visit):
        raise Problem(
            Catalogue.NOT_FOUND,
            "No ticket can be told of this visit: OQS showed no qualification, or this deployment "
            "has no line to the intermediate server (`--intermediate-line`).",
            japanese="この受付からは申し出を送れません（資格が表示されていないか、保険者への回線がありません）。"
            "患者さんから保険者に問い合わせてもらってください。",
        )
    faults = _faults(report.model_dump(by_alias=True), visit.day)
    if faults:
        raise invalid(*faults)


def _rules(desk: Desk) -> RulesOfForm:
    async def rules(path: Mapping[str, Any], body: Mapping[str, Any]) -> list[dict[str, str]]:
        visit = await read_aside(desk.store.engine, lambda: desk.store.find(path["visit_id"]))
        return [] if visit is None else _faults(body, visit.day)

    return rules


def _faults(typed: Mapping[str, Any], on: date) -> list[dict[str, str]]:
    """Say what must not be told, as it was typed; of numbers their fields say it."""
    born = readable_day(typed.get("Birthdate"))
    faults = [wrong_field("body.Birthdate", _BORN_LATER)] if born is not None and born > on else []
    differing = typed.get("Differing")
    for place, one in enumerate(differing if isinstance(differing, list | tuple) else ()):
        fault = _fault_of_birthdate(one, on)
        if fault is not None:
            faults.append(wrong_field(f"body.Differing.{place}.ShouldBe", fault))
    return faults


def _fault_of_birthdate(told: object, on: date) -> Sentence | None:
    """Say why what is told instead of a date of birth can be none."""
    if not isinstance(told, dict) or told.get("Kind") != DiscrepancyKind.BIRTHDATE:
        return None
    text = told.get("ShouldBe")
    if not isinstance(text, str) or not text.strip():
        return None  # as its field says
    born = readable_day(text)
    return fault_of_day(text) if born is None else _BORN_LATER if born > on else None
