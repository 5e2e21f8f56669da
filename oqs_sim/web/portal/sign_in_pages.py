"""Signing in: by the card in a reader, or by picking somebody of the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Request  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response  # likewise

from eligibility.registration.state_machine import RegistrationChannel
from oqs_sim.portal.hotline import FOUND_AT_MOST
from oqs_sim.portal.sign_in import Ticket
from oqs_sim.web.portal import frame, texts
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.texts import Line, Reference  # noqa: TC001 # FastAPI reads them

if TYPE_CHECKING:
    from oqs_sim.portal.services import Portal
    from oqs_sim.store.portal.sessions import WaitingSignIn
    from wire.serving.access import Routes

_Channel = Annotated[RegistrationChannel, Form(alias="Channel")]


def router(portal: Portal) -> Routes:  # noqa: C901 - a list of pages
    """Return the pages."""
    routes = frame.page_routes()
    may_pick = portal.settings.simulation

    async def own(request: Request) -> tuple[Ticket, WaitingSignIn]:
        ticket = Ticket(*frame.ticket_of(request))
        return ticket, await portal.sign_ins.own(ticket)

    def require_picking() -> None:
        if not may_pick:
            raise Problem(Catalogue.NOT_FOUND, "Nobody is picked outside of the simulation.")

    @routes.get("/sign-in", summary="Choose how to sign in")
    async def choose() -> HTMLResponse:
        return frame.render("sign_in.html", may_pick=may_pick)

    @routes.post("/sign-in", summary="Begin to sign in by card: a code waits for it")
    async def begin(channel: _Channel = RegistrationChannel.PORTAL) -> Response:
        if channel is RegistrationChannel.READER:
            raise Problem(Catalogue.INVALID_REQUEST, "A reader is no place to sign in.")
        answer = frame.go_to("/portal/sign-in/card")
        frame.keep_ticket(answer, await portal.sign_ins.begin(channel))
        return answer

    @routes.get("/sign-in/card", summary="Show the code, and wait for the card")
    async def show_code(request: Request) -> HTMLResponse:
        ticket, found = await own(request)
        reader = portal.settings.portal_reader_page
        return frame.render(
            "waiting.html",
            code=ticket.code,
            at_atm=found.channel == RegistrationChannel.ATM,
            proven=bool(found.person_reference),
            reader_page=f"{reader}?code={ticket.code}&lang={texts.spoken()}" if reader else "",
            missed="missed" in request.query_params,
        )

    @routes.get(
        "/sign-in/card/state", summary="Say whether the card has been there, as a word for the page"
    )
    async def show_state(request: Request) -> HTMLResponse:
        _, found = await own(request)
        return HTMLResponse("proven" if found.person_reference else "waiting")

    @routes.post("/sign-in/card", summary="Go on, when the card has been there")
    async def finish(request: Request) -> Response:
        ticket, found = await own(request)
        token = await portal.sign_ins.finish(ticket)
        if token is None:
            return frame.go_to("/portal/sign-in/card?missed")
        return frame.signed_in(token, RegistrationChannel(found.channel))

    @routes.get("/people", summary="Look for somebody of the simulation to sign in as")
    async def show_people(request: Request) -> HTMLResponse:
        at_atm = "atm" in request.query_params
        channel = RegistrationChannel.ATM if at_atm else RegistrationChannel.PORTAL
        return await found_people("", channel)

    @routes.post("/people", summary="Show whom a name, a reading or a 個人番号 finds")
    async def search_people(
        query: Annotated[Line, Form(alias="Query")] = "",
        channel: _Channel = RegistrationChannel.PORTAL,
    ) -> HTMLResponse:
        """By POST, as no name belongs in an address."""
        return await found_people(query, channel)

    async def found_people(query: str, channel: RegistrationChannel) -> HTMLResponse:
        require_picking()
        people = await portal.people.search(query)
        return frame.render(
            "people.html",
            address="/portal/people?atm"
            if channel is RegistrationChannel.ATM
            else "/portal/people",
            query=query,
            channel=channel,
            people=people,
            maybe_more=len(people) == FOUND_AT_MOST,
        )

    @routes.post("/people/sign-in", summary="Sign in as somebody of the simulation")
    async def pick(
        person_reference: Annotated[Reference, Form(alias="PersonReference")],
        channel: _Channel = RegistrationChannel.PORTAL,
    ) -> Response:
        require_picking()
        token = await portal.sign_ins.as_person(person_reference, channel, await portal.now())
        return frame.signed_in(token, channel)

    @routes.post("/sign-out", summary="Sign out")
    async def sign_out(request: Request) -> Response:
        answer = frame.go_to("/portal/sign-in")
        await frame.sign_out(request, portal, RegistrationChannel.PORTAL, answer)
        return answer

    return routes
