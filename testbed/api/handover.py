"""交付: a card that J-LIS issued becomes an image, ready for the virtual card."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Response
from pydantic import Field, SecretStr

from eligibility.identifiers.numbers import IndividualNumber, InvalidNumber
from testbed.api.faults import CardName  # noqa: TC001 # FastAPI reads it at run time
from testbed.api.municipal_office import CardDescription
from testbed.cards.card_making import make_image
from testbed.cards.card_store import NAME
from testbed.cards.personas import Persona
from testbed.cards.printing import FontMissing
from virtual_card.image.table import ImageError
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.jlis import CardContent  # pydantic reads it at run time
from wire.vocabulary.texts import Line  # likewise

if TYPE_CHECKING:
    from testbed.cards.card_store import CardStore
    from testbed.readers.slots import Slots

Secret = Annotated[SecretStr, Field(max_length=40)]
_UNSET = SecretStr("")


class CardHandover(Element):
    """A card as J-LIS answered an order with it, and what its holder chooses at the window."""

    content: CardContent
    individual_number: Line
    authentication_pin: Secret = _UNSET
    """利用者証明用; none is set when absent, as for the others."""
    signature_password: Secret = _UNSET
    input_support_pin: Secret = _UNSET
    resident_register_pin: Secret = _UNSET

    def holder(self, name: str) -> Persona:
        """Return the holder, as the window needs to know them.

        Raises:
            Problem: INVALID_NUMBER.
        """
        try:
            number = IndividualNumber.parse(self.individual_number).digits
        except InvalidNumber as error:
            raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None
        content = self.content
        return Persona(
            key=name,
            surname="",
            individual_number=number,
            name=content.name,
            name_kana=content.name_kana,
            sex=content.sex1,
            birthdate=content.birthdate,
            address=content.address,
            post_number="",
            authentication_pin=self.authentication_pin.get_secret_value(),
            signature_password=self.signature_password.get_secret_value(),
            input_support_pin=self.input_support_pin.get_secret_value(),
            resident_register_pin=self.resident_register_pin.get_secret_value(),
        )


def router(store: CardStore, slots: Slots) -> Routes:
    """Return the routes by which a card comes into the store, and its image out of it."""
    routes = Routes(CONSOLE, prefix="/cards", tags=["カード"])

    @routes.put(
        "/{name}",
        summary="交付: make the image of a card that J-LIS issued, whoever's it is, and keep it",
        status_code=201,
        response_model=CardDescription,
        response_model_exclude_none=True,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER,
            Catalogue.INVALID_REQUEST,
            Catalogue.FONT_MISSING,
            Catalogue.CARD_NOT_KEPT,
        ),
    )
    async def hand_over(name: CardName, handover: CardHandover) -> CardDescription:
        """Take the answer of J-LIS to an order as it is; a card of this name is replaced."""
        if not NAME.fullmatch(name):
            raise Problem(
                Catalogue.INVALID_REQUEST,
                "A card is called by a-z, 0-9 and hyphens, 31 characters at most.",
                japanese="カードの名前は、半角の英小文字・数字・ハイフンで31字までです。",
            )
        if any(slot.card == name for slot in slots.all()):
            raise Problem(
                Catalogue.INVALID_REQUEST, "The card is in the reader; take it out first."
            )
        holder, since = handover.holder(name), store.times_put_back
        try:
            # In a thread: its own key and its pictures take a while.
            image = await asyncio.to_thread(make_image, holder, handover.content)
        except FontMissing as error:
            raise Problem(Catalogue.FONT_MISSING, str(error)) from None
        except (ImageError, ValueError) as error:
            raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
        store.add(name, image, since)
        return CardDescription.of(name, image)

    @routes.get(
        "/{name}/image",
        summary="Get the image of a card, with its keys: a file for `oqs card hold`",
        response_class=Response,
        responses={
            200: {"content": {"application/toml": {}}},
            **problem_responses(Catalogue.CARD_UNKNOWN),
        },
    )
    def show_image(name: CardName) -> Response:
        path = store.path(name)
        return Response(
            path.read_bytes(),
            media_type="application/toml",
            headers={"Content-Disposition": f'attachment; filename="{path.name}"'},
        )

    return routes
