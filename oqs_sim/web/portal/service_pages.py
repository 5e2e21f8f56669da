"""Pages that need no sign-in at the portal: the ATM, the hotline, and what there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Request  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # likewise

from eligibility.card import hotline
from eligibility.card.hotline import Call
from eligibility.card.makes import Knowledge, obtainable
from eligibility.reception import contacts
from eligibility.reception.advice import (
    CARD_APPLICATION_CHANNELS,
    DOWNLOAD_STEPS,
    EVERY_ADVICE,
    REISSUE,
    advice,
    preparation,
)
from eligibility.registration.state_machine import RegistrationChannel, registered
from eligibility.sentence import Sentence
from oqs_sim.portal.discrepancy import NUMBER_IS_ON_PAPER
from oqs_sim.portal.refusals import words_of_problem
from oqs_sim.portal.registration import steps_of, words_of
from oqs_sim.web.portal import frame, texts
from wire.catalogue import Catalogue, Problem
from wire.forms.typed_day import typed_day
from wire.vocabulary.texts import Line  # noqa: TC001 # FastAPI reads it at run time

if TYPE_CHECKING:
    from datetime import time

    from oqs_sim.portal.hotline import Stop
    from oqs_sim.portal.services import Portal
    from wire.serving.access import Routes

ATM = RegistrationChannel.ATM


def router(portal: Portal) -> Routes:  # noqa: C901 - a list of pages
    """Return the pages."""
    routes = frame.page_routes()

    @routes.get("/atm", summary="セブン銀行ATM: register the card at an ATM")
    async def show_atm() -> HTMLResponse:
        return frame.render("atm.html", may_pick=portal.settings.simulation)

    @routes.get("/atm/registration", summary="At the ATM: whose card it is, and how it stands")
    async def show_at_atm(request: Request) -> HTMLResponse:
        session = await frame.session_of(request, portal, ATM)
        account = await portal.account(session)
        return frame.render(
            "atm_registration.html",
            account=account,
            words=words_of(account),
            steps=steps_of(account, ATM),
            registered=registered(account.registration, account.today),
            refusal=account.refusal_words(ATM),
            done=False,
        )

    @routes.post("/atm/registration", summary="At the ATM: register the card, and end")
    async def register_at_atm(request: Request) -> Response:
        session = await frame.session_of(request, portal, ATM)
        account = await portal.accounts.register(session.person, ATM, await portal.now())
        page = frame.render(
            "atm_registration.html",
            account=account,
            words=words_of(account),
            steps=steps_of(account, ATM),
            registered=True,
            refusal=None,
            done=True,
        )
        await frame.sign_out(request, portal, ATM, page)
        return page

    @routes.post("/atm/end", summary="At the ATM: end without registering")
    async def end_at_atm(request: Request) -> Response:
        answer = frame.go_to("/portal/atm")
        await frame.sign_out(request, portal, ATM, answer)
        return answer

    @routes.get("/hotline", summary="総合フリーダイヤル: its hours, and stopping a card")
    async def show_hotline() -> HTMLResponse:
        return await hotline_page({})

    @routes.post("/hotline", summary="一時停止: have the hotline stop a card, at once")
    async def stop_card(
        name: Annotated[Line, Form(alias="Name")] = "",
        birthdate: Annotated[Line, Form(alias="Birthdate")] = "",
    ) -> HTMLResponse:
        try:
            who = await portal.people.caller(
                name, typed_day(birthdate, texts.all_texts()["discrepancies.birthdate"])
            )
            stop = await portal.hotline.stop(who.person_reference, await portal.now())
        except Problem as problem:
            if problem.entry.kind.status >= 500 and problem.entry is not Catalogue.JLIS_OUT:
                raise
            return await hotline_page({"Name": name, "Birthdate": birthdate}, problem=problem)
        return await hotline_page({}, stop=stop)

    async def hotline_page(
        typed: dict[str, str], *, stop: Stop | None = None, problem: Problem | None = None
    ) -> HTMLResponse:
        now = await portal.now()
        hours = hotline.hours(now)
        return frame.render(
            "hotline.html",
            status=problem.entry.kind.status if problem else 200,
            number=contacts.HOTLINE.telephone,
            guide=hotline.VOICE_GUIDE,
            now=now,
            hours=_span(*hours) if hours else None,
            weekday_hours=_span(hotline.OPENS, hotline.CLOSES),
            other_hours=_span(hotline.OPENS, hotline.CLOSES_ON_DAYS_OFF),
            enquiries=hotline.answered(now, Call.ENQUIRY),
            losses=hotline.answered(now, Call.LOSS),
            reissue=REISSUE.text,
            typed={"Name": "", "Birthdate": "", **typed},
            stop=stop,
            said=words_of_problem(problem) if problem else None,
        )

    @routes.get("/guide", summary="Guide: preparing for a reader that fails, and whom to ask")
    async def show_guide(request: Request) -> HTMLResponse:
        """Ask by links what somebody has: ``card`` and ``phone``, each ``yes`` or ``no``."""
        asked = {name: request.query_params.get(name) for name in ("card", "phone")}
        step = None
        if asked["card"] == "no" or (asked["card"] == "yes" and asked["phone"] in {"yes", "no"}):
            step = preparation(
                has_card=asked["card"] == "yes", has_smartphone=asked["phone"] == "yes"
            )
        return frame.render(
            "guide.html",
            here="guide" if await frame.is_signed_in(request, portal) else "",
            asked=asked,
            step=step,
            step_advice=advice(step).text if step else None,
            download=DOWNLOAD_STEPS,
            applying=CARD_APPLICATION_CHANNELS,
            # How to prepare is asked for above.
            advices=[one.text for one in EVERY_ADVICE if "R-083" not in one.rules],
            knowledge=[
                (texts.say(f"guide.{each}"), each in found)
                for found in (obtainable(identified=False, line_up=True, consented=False),)
                for each in _KNOWLEDGE
            ],
            number_is_on=NUMBER_IS_ON_PAPER,
            offices=_OFFICES,
            addresses=contacts.ADDRESSES,
        )

    return routes


_KNOWLEDGE = (
    Knowledge.CARD_FACE,
    Knowledge.SYMBOL_AND_NUMBER,
    Knowledge.ELIGIBILITY,
    Knowledge.MEDICAL_INFORMATION,
)
"""What somebody might learn from a card that was found (R-173, R-174)."""
_OFFICES = (
    contacts.TSUCHIURA,
    contacts.TSUCHIURA_RATIO,
    contacts.TSUCHIURA_LIMIT,
    *contacts.TSUCHIURA_OTHERS,
    contacts.MOGAMI,
    *contacts.MOGAMI_WINDOWS,
    contacts.KITAMURA,
)
"""Whom the public notices name (R-201 to R-203); their telephones are real ones, and stay out."""


def _span(first: time, last: time) -> Sentence:
    begins, ends = (f"{at.hour}:{at.minute:02}" for at in (first, last))
    return Sentence(f"{begins}〜{ends}", f"{begins}–{ends}")
