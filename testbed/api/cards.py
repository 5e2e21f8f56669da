"""Cards: issued by the municipality, registered with the holder's phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from pydantic import SecretStr

from reader.pin import Pin
from testbed.shelf import find_persona
from wire.problem import Catalogue, problem_responses
from wire.vocabulary import Element

if TYPE_CHECKING:
    from testbed.shelf import Municipality


class CardOrder(Element):
    """Asks for a persona's card."""

    persona: str


class CardList(Element):
    """The cards that were issued."""

    cards: list[str]


class PinEntry(Element):
    """A PIN on its way to the card."""

    pin: SecretStr


def router(municipality: Municipality) -> APIRouter:
    """Return the routes of the cards."""
    routes = APIRouter(prefix="/cards", tags=["カード"])
    shelf = municipality.shelf

    @routes.get("", summary="List the cards")
    async def list_cards() -> CardList:
        return CardList(cards=shelf.names())

    @routes.post(
        "",
        summary="Have a persona's card issued and set its PINs",
        status_code=201,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN, Catalogue.UNKNOWN_PERSON, Catalogue.SERVICE_UNREACHABLE
        ),
    )
    async def issue_card(order: CardOrder) -> CardList:
        await municipality.issue(find_persona(order.persona))
        return CardList(cards=shelf.names())

    @routes.post(
        "/{name}/registration",
        summary="利用登録: register a card for insurance use, with the holder's phone",
        status_code=204,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN,
            Catalogue.NO_ACTIVE_QUALIFICATION,
            Catalogue.READER,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def register_card(name: str, entry: PinEntry) -> Response:
        await municipality.register(name, Pin.authentication(entry.pin.get_secret_value()))
        return Response(status_code=204)

    return routes
