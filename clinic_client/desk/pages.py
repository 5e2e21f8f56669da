"""The desk's pages: which view is shown with which template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response

from clinic_client.desk.answer import answer
from clinic_client.desk.card_prompt import card_prompt
from clinic_client.desk.declaration_page import declaration_view
from clinic_client.desk.discrepancy_page import discrepancy_view, ticket_rows
from clinic_client.desk.page_frame import asks_for_states_only, page_frame
from clinic_client.desk.strip import pending_view
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.store.visit_list import VisitList
from clinic_client.visits.refusals import require_standing
from clinic_client.web.dates import birthday, short_day, time_of_day, typed_birthday
from clinic_client.web.rendering import phrasebook, render, spoken
from clinic_client.web.texts import Language
from eligibility.days.dates import TOKYO
from eligibility.reception.case import CARD_IS_ELSEWHERE, Cause
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Word
from eligibility.terminal.medical_information import (
    InformationKind,  # noqa: TC001 # FastAPI reads it at run time
)
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.texts import Reference, ShortLine  # noqa: TC001 # FastAPI reads them at run time

if TYPE_CHECKING:
    from clinic_client.desk.answer import AnswerView
    from clinic_client.desk.frame import Frame
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


_CAUSES = (
    Cause.DEVICE,
    Cause.NETWORK,
    Cause.AUTHENTICATION,
    Cause.CERTIFICATE,
    Cause.NO_CARD,
    Cause.NOT_REGISTERED,
    Cause.SMARTPHONE,
    Cause.NO_READER,
    Cause.LAG,
    Cause.VIEW_STOPPED,
    Cause.BLOCKED,
    Cause.DISASTER,
)
"""What may stand in the way (§6.3), the most frequent first."""
_CAUSES_WITHOUT_READER = (
    Cause.NO_READER,
    Cause.NO_CARD,
    Cause.NETWORK,
    Cause.LAG,
    Cause.VIEW_STOPPED,
    Cause.BLOCKED,
    Cause.DISASTER,
)
"""The same where no card is ever read."""
_AT_THE_READER = {FallbackOptionId.FACE, FallbackOptionId.PIN, FallbackOptionId.VISUAL}
"""Ways that go on at the patient's screen."""


def router(desk: Desk) -> Routes:
    """Return the desk's pages."""
    pages, routes = DeskPages(desk), Routes(CONSOLE)
    for path, page in (
        ("/", pages.desk),
        ("/number", pages.number),
        ("/unable", pages.unable),
        ("/visits/{visit_id}", pages.visit),
        ("/visits/{visit_id}/pending", pages.pending),
        ("/visits/{visit_id}/declaration", pages.declaration),
        ("/visits/{visit_id}/discrepancy", pages.discrepancy),
        ("/visits/{visit_id}/tickets", pages.tickets),
        ("/visits/{visit_id}/medical/{kind}", pages.medical),
    ):
        routes.add_api_route(path, page, include_in_schema=False, response_class=HTMLResponse)
    return routes


class DeskPages:
    """Shows one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._visits = VisitList(desk.store.engine)

    async def desk(self, request: Request) -> Response:
        """Show the desk: the current visit, or the card that is waited for.

        Who asks for the states only has the answer to the current visit already.
        """
        t = phrasebook(request)
        current = self._desk.current
        reads_answer = current is not None and not asks_for_states_only(request)
        return render(
            request,
            t,
            "desk.html",
            frame=await self._frame(request, t, current),
            answer=await self._answer(t, current) if current and reads_answer else None,
            identifies=self._identifies(current),
            has_answer=current is not None,
            prompt=card_prompt(
                t,
                self._desk.station.state,
                self._desk.failed_attempt,
                checking=self._desk.reception.checks_card,
                left=self._desk.card_left,
                steps=self._desk.steps.state,
            ),
            pending_offered=self._desk.intermediate.offered,
            discrepancies_offered=self._desk.telling.line.offered,
        )

    async def visit(self, request: Request, visit_id: Reference) -> Response:
        """Show one visit in full, ready to be printed.

        ``?paper=en`` gives it in a language for a patient, and leaves that of the desk as it is.
        """
        paper = request.query_params.get("paper")
        for_patient = paper in {Language.JAPANESE, Language.ENGLISH}
        t = spoken(paper) if for_patient else phrasebook(request)
        visit = await self._find(visit_id)
        return render(
            request,
            t,
            "visit.html",
            frame=await self._frame(request, t, visit),
            answer=await self._answer(t, visit),
            pending_offered=self._desk.intermediate.offered and not for_patient,
            discrepancies_offered=self._desk.telling.line.offered and not for_patient,
            for_patient=for_patient,
        )

    async def pending(self, request: Request, visit_id: Reference) -> Response:
        """Show what is on its way to OQS for a visit's person: a part of a page."""
        t = phrasebook(request)
        visit = await self._find(visit_id)
        changes = await self._desk.reception.pending(visit)
        today = self._desk.clock.shown().today
        view = pending_view(t, changes, today, self._desk.settings.years)
        if view.empty and visit.decision.word is Word.VALID:
            # Nothing is on its way and nothing is amiss: not a word about it.
            return HTMLResponse("")
        return render(request, t, "pending.html", pending=view)

    async def declaration(self, request: Request, visit_id: Reference) -> Response:
        """Show the form of a visit's declaration, filled in as far as it is known."""
        t = phrasebook(request)
        visit, kept = await self._desk.find_declaration(visit_id)
        return render(
            request,
            t,
            "declaration.html",
            frame=await self._frame(request, t, visit),
            form=declaration_view(t, visit, kept, self._desk.settings.years),
        )

    async def discrepancy(self, request: Request, visit_id: Reference) -> Response:
        """Show the form in which the insurer is told what is wrong with an answer."""
        t = phrasebook(request)
        visit = await self._find(visit_id)
        return render(
            request,
            t,
            "discrepancy.html",
            frame=await self._frame(request, t, visit),
            form=discrepancy_view(t, visit, offered=self._desk.telling.line.offered),
        )

    async def tickets(self, request: Request, visit_id: Reference) -> Response:
        """Show what was told of a visit, and what the insurer said: a part of a page."""
        t = phrasebook(request)
        visit = await self._find(visit_id)
        told = await self._desk.telling.of_visit(visit_id)
        if not told:
            return HTMLResponse("")
        rows = ticket_rows(t, told, self._desk.settings.years)
        withdrawn = visit.withdrawal is not None
        return render(request, t, "tickets.html", rows=rows, withdrawn=withdrawn)

    async def medical(self, visit_id: Reference, kind: InformationKind) -> Response:
        """Show medicines, treatment, operations or checkups, as OQS gives them now (R-170).

        Whether it may be seen is for OQS to say: a refusal is shown as it is.
        """
        visit = await self._find(visit_id)
        require_standing(visit)
        if not self._desk.settings.variant.operation.medical_information:
            raise Problem(Catalogue.MEDICAL_ELIGIBILITY_ONLY)
        if visit.coverage is None:
            raise Problem(
                Catalogue.NOT_FOUND,
                f"Visit {visit_id} knows no insured number to ask with.",
                japanese="この受付には、照会に使う記号・番号がありません。カードで確認しなおしてください。",
            )
        try:
            document = await self._desk.oqs.view(kind, visit.coverage)
        except Refused as error:
            raise error.problem from error
        except LineDown as error:
            raise Problem(
                Catalogue.OQS_FAILED,
                "The line to OQS is down.",
                japanese="オンライン資格確認につながらないため、表示できません。つながってから、もう一度開いてください。",
            ) from error
        return Response(document, media_type="application/pdf")

    async def number(self, request: Request, visit: ShortLine | None = None) -> Response:
        """Show the form for a check by number, filled in for a patient who is checked again."""
        t = phrasebook(request)
        again = await self._find(visit) if visit else None
        return render(
            request,
            t,
            "number.html",
            frame=await self._frame(request, t, again),
            title=t("number.title_again" if again else "number.title"),
            again=again,
            again_of=_again_of(t, again) if again else "",
            coverage=again.coverage if again else None,
            patient=again.patient if again else None,
            born=typed_birthday(again.patient.birthdate, t.language)
            if again and again.patient
            else "",
        )

    async def unable(self, request: Request) -> Response:
        """Show the reasons for which a card cannot be checked."""
        t = phrasebook(request)
        station = self._desk.station.state
        return render(
            request,
            t,
            "unable.html",
            frame=await self._frame(request, t, None),
            insertion=station.insertion
            if station.card_present and not self._desk.card_received
            else "",
            card_left=self._desk.card_received,
            title=t("unable.title_without_reader" if station.without_reader else "unable.title"),
            without_reader=station.without_reader,
            causes=_CAUSES_WITHOUT_READER if station.without_reader else _CAUSES,
            without_card=CARD_IS_ELSEWHERE,
        )

    async def _frame(self, request: Request, t: Phrasebook, selected: Visit | None) -> Frame:
        return await page_frame(self._desk, request, t, selected)

    async def _answer(self, t: Phrasebook, visit: Visit) -> AnswerView:
        store = self._desk.store
        shown = self._desk.clock.shown()
        previous, found, kept, standing, beside = await read_aside(
            store.engine,
            lambda: (
                store.previous_of(visit),
                store.found_after(visit.visit_id),
                store.declarations.of_visit(visit.visit_id, shown.today),
                self._standing(visit),
                store.to_settle([visit]).get(visit.visit_id, ()),
            ),
        )
        years = self._desk.settings.years
        return answer(t, visit, previous, years, shown.now, found, kept, standing, beside)

    def _identifies(self, visit: Visit | None) -> str:
        """Return the card whose holder can still be identified at the reader; empty for none.

        It is that of a visit in which they were not, as long as it lies there and a way to do it is
        open.
        """
        station = self._desk.station.state
        lies = station.card_present and self._desk.current_insertion == station.insertion
        if visit is None or not lies or visit.decision.accepted is not None:
            return ""
        ways = {way.id for way in visit.decision.options}
        return station.insertion if ways & _AT_THE_READER else ""

    def _standing(self, visit: Visit) -> VisitStanding | None:
        """Tell what became of a visit, or of that for which this one was found out by itself."""
        waited = self._desk.store.came_at(visit)
        if waited.decision.word is Word.VALID:
            return None
        (standing,) = self._visits.standings([waited])
        return standing

    async def _find(self, visit_id: str) -> Visit:
        store = self._desk.store
        visit = await read_aside(store.engine, lambda: store.find(visit_id))
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        return visit


def _again_of(t: Phrasebook, again: Visit) -> str:
    """Say whose re-check it is: by name and date of birth, or by when they came."""
    local = again.at.astimezone(TOKYO)
    when = f"{short_day(local.date(), t.language)} {time_of_day(local)}"
    if again.patient is not None:
        born = birthday(again.patient.birthdate, t.language)
        return t("number.again_of", name=again.patient.name, born=born, when=when)
    if again.called:
        return t("number.again_of_noted", name=again.called, when=when)
    return t("number.again_of_stranger", when=when)
