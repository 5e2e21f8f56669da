"""カードの読み取り: a page that has the card in a slot sign in at the portal.

It stands for the phone, or the reader at home, of whoever signs in. The PIN goes from here to the
card and nowhere else; OQS gets what the card has signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Query, Request, Response  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse  # likewise
from pydantic import Field, SecretStr

from eligibility.sentence import Sentence
from reader.errors import NextStep, ReaderError
from reader.pin import Pin
from testbed.api.faults import SlotNumber  # noqa: TC001 # FastAPI reads it at run time
from testbed.cards.personas import personas
from testbed.portal_sign_in import SignInAtReader, read_code
from testbed.web.panel import Lang, in_language, texts_in
from wire.catalogue import Catalogue, Problem
from wire.problem_document import MEDIA_TYPE
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, Truth

if TYPE_CHECKING:
    from fastapi.templating import Jinja2Templates

    from testbed.oqs_console import OqsConsole
    from testbed.readers.slots import Slots

_NO_PIN = SecretStr("")
_Secret = Annotated[SecretStr, Field(max_length=40)]


_AGAIN: dict[str, Any] = {
    "description": "The page again, with what went wrong; or a problem, where no page sends it.",
    "content": {
        "text/html": {"schema": {"type": "string"}},
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}},
    },
}


class PortalSignIn(Element):
    """Has the card in a slot sign in at the portal."""

    code: Line
    """What the portal's page shows."""
    pin: _Secret
    confirmed_last_try: Truth = False
    """Whether the last try of the PIN may be used."""


def router(slots: Slots, oqs: OqsConsole, templates: Jinja2Templates) -> Routes:
    """Return the page, and the route for programs."""
    routes = Routes(CONSOLE, tags=["カードの読み取り"])
    reader = SignInAtReader(oqs)

    @routes.post(
        "/slots/{number}/portal-sign-in",
        summary="Have the card in a slot sign in at the portal, under the code of its page",
        status_code=204,
        responses=problem_responses(
            Catalogue.SLOT_UNKNOWN,
            Catalogue.SLOT_EMPTY,
            Catalogue.SIGN_IN_UNKNOWN,
            Catalogue.READER,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def sign_in(number: SlotNumber, asked: PortalSignIn) -> Response:
        await signed_in(number, asked.code, asked.pin, confirmed_last_try=asked.confirmed_last_try)
        return Response(status_code=204)

    async def signed_in(number: int, code: str, pin: SecretStr, *, confirmed_last_try: bool) -> str:
        slot = slots.slot(number)
        slot.require_card()
        return await reader.sign_in(
            read_code(code),
            slot.reader,
            Pin.authentication(pin.get_secret_value()),
            confirmed_last_try=confirmed_last_try,
        )

    @routes.get(
        "/portal-card",
        summary="The page: which card, and its PIN",
        tags=["画面"],
        response_class=HTMLResponse,
    )
    async def show_page(
        request: Request, code: Annotated[Line, Query(alias="code")] = "", lang: Lang = "ja"
    ) -> HTMLResponse:
        return await page(request, lang, code)

    @routes.post(
        "/portal-card",
        summary="Have the card sign, and say what came of it",
        tags=["画面"],
        response_class=HTMLResponse,
        responses={422: _AGAIN},
    )
    async def send_page(
        request: Request,
        code: Annotated[Line, Form(alias="Code")] = "",
        slot: Annotated[int, Form(alias="Slot", ge=0, le=99)] = 0,
        pin: Annotated[_Secret, Form(alias="Pin")] = _NO_PIN,
        last_try: Annotated[Line, Form(alias="LastTry")] = "",
        lang: Lang = "ja",
    ) -> HTMLResponse:
        try:
            channel = await signed_in(slot, code, pin, confirmed_last_try=bool(last_try))
        except ReaderError as error:
            ask_again = error.next_step is NextStep.CONFIRM_LAST_TRY
            tries = error.attempts_remaining
            said = Sentence(error.ja, error.en)
            return await page(
                request, lang, code, slot, said=said, last_try=ask_again or tries == 1
            )
        except Problem as problem:
            said = Sentence(problem.japanese, problem.entry.kind.title)
            return await page(request, lang, code, slot, said=said)
        return await page(request, lang, code, slot, done=channel)

    async def page(
        request: Request,
        lang: Lang,
        code: str,
        chosen: int | None = None,
        *,
        said: Sentence | None = None,
        last_try: bool = False,
        done: str = "",
    ) -> HTMLResponse:
        known = personas()
        shown = [
            (
                slot.number,
                slot.reader,
                known[slot.card].label if slot.card in known else slot.card or "",
            )
            for slot in slots.all()
        ]
        occupied = [number for number, _, card in shown if card]
        chosen = chosen if chosen is not None else next(iter(occupied), 0)
        tries = {
            slot.number: None if done else await reader.tries(slot.reader)
            for slot in slots.all()
            if slot.card
        }
        return templates.TemplateResponse(
            request,
            "portal_card.html",
            {
                "lang": lang,
                "text": texts_in(lang),
                "code": code,
                "slots": shown,
                "chosen": chosen,
                "tries": tries,
                "any_card": bool(occupied),
                "said": in_language(lang, said) if said else "",
                "last_try": last_try or tries.get(chosen) == 1,
                "done": done,
            },
            status_code=422 if said else 200,
        )

    return routes
