"""代役のカード: a page and routes by which any card stands in for a persona's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from fastapi import Request, Response  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse  # likewise

from reader.pcsc.identity import IdentityKind
from testbed.api.faults import CardName  # noqa: TC001 # FastAPI reads it at run time
from testbed.stand_ins.binding_register import OwnCardUse
from testbed.web.panel import Lang  # noqa: TC001 # likewise
from testbed.web.stand_in_page import page_of
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line

if TYPE_CHECKING:
    from fastapi.templating import Jinja2Templates

    from testbed.stand_ins.acting_cards import ActingCards
    from testbed.stand_ins.binding_register import Binding


class StandIn(Element):
    """A card that stands in for another one."""

    card: str
    """Whose virtual card answers for it, by the name that it has in the testbed."""
    kind: IdentityKind
    """By what it is known again: the number of its chip, or its answer to reset, in which all
    cards of its make are alike."""
    use: OwnCardUse | None = None
    """Of somebody's own My Number Card: with its PIN, or without; null for any other card."""
    on_reader: bool
    """Whether it lies on the reader, and the virtual card in the slot."""

    @classmethod
    def of(cls, binding: Binding, acting: ActingCards) -> Self:
        """Write a binding."""
        now = acting.acting
        return cls(
            card=binding.card,
            kind=binding.kind,
            use=binding.use,
            on_reader=now is not None and now.binding == binding,
        )


class StandInList(Element):
    """All stand-ins, and what is seen of the real readers."""

    stand_ins: list[StandIn]
    watching: bool
    """Whether the readers are watched: from the first binding on, or since somebody looked."""
    readers: tuple[str, ...] = ()
    card_present: bool = False
    trouble_japanese: str | None = None
    trouble_english: str | None = None

    @classmethod
    def of(cls, acting: ActingCards) -> Self:
        """Write what there is."""
        sight = acting.sight
        trouble = acting.trouble
        return cls(
            stand_ins=[StandIn.of(one, acting) for one in acting.register.bindings()],
            watching=sight is not None,
            readers=() if sight is None else sight.readers,
            card_present=sight is not None and sight.reader is not None,
            trouble_japanese=(sight.error_ja if sight else "")
            or (trouble.japanese if trouble else None),
            trouble_english=(sight.error_en if sight else "")
            or (str(trouble) if trouble else None),
        )


class NewStandIn(Element):
    """The card that lies on the real reader is to stand in for one."""

    card: Line
    """A persona, or the name of a card."""
    use: OwnCardUse | None = None
    """How somebody's own My Number Card is to be used, where that is what lies there."""


def router(acting: ActingCards, templates: Jinja2Templates) -> Routes:
    """Return the page, and the routes for programs."""
    routes = Routes(CONSOLE, tags=["代役のカード"])

    @routes.get(
        "/stand-ins/cards",
        summary="List the cards that stand in for others, and what lies on the real reader",
        responses=problem_responses(Catalogue.STAND_INS_UNREADABLE),
    )
    async def list_stand_ins() -> StandInList:
        return StandInList.of(acting)

    @routes.post(
        "/stand-ins/cards",
        summary="Have the card on the real reader stand in for a persona's; no PIN is asked for",
        status_code=201,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN,
            Catalogue.READER,
            Catalogue.STAND_IN_CHANGES,
            Catalogue.STAND_IN_BOUND,
            Catalogue.OWN_CARD_USE_UNSAID,
            Catalogue.NO_OWN_CARD,
            Catalogue.OWN_CARD_PIN,
            Catalogue.STAND_INS_UNREADABLE,
        ),
    )
    async def bind(new: NewStandIn) -> StandIn:
        return StandIn.of(await acting.bind(new.card, new.use), acting)

    @routes.delete(
        "/stand-ins/cards/{name}",
        summary="Forget all cards that stand in for this one",
        status_code=204,
        responses=problem_responses(Catalogue.STAND_IN_UNKNOWN, Catalogue.STAND_INS_UNREADABLE),
    )
    async def remove(name: CardName) -> Response:
        await acting.remove(name)
        return Response(status_code=204)

    @routes.get(
        "/stand-ins",
        summary="The page of the stand-ins",
        tags=["画面"],
        response_class=HTMLResponse,
    )
    async def show_page(
        request: Request, lang: Lang = "ja", use: OwnCardUse | None = None
    ) -> HTMLResponse:
        acting.watch()
        view = page_of(lang, acting, use)
        return templates.TemplateResponse(request, "stand_in.html", {"view": view})

    return routes
