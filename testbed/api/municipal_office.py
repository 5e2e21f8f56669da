"""Cards: issued by the municipal office, registered with the holder's phone."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Response
from pydantic import Field, SecretStr

from reader.description import layout
from reader.pin import Pin
from testbed.api.faults import CardName  # noqa: TC001 # FastAPI reads it at run time
from testbed.cards.personas import find_persona, personas
from virtual_card.image.card_image import CardImage
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.jlis import Carrier
from wire.vocabulary.texts import Line, ShortLine

if TYPE_CHECKING:
    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.readers.slots import Slots


class CardOrder(Element):
    """Asks for a persona's card."""

    persona: Line


class OrderedCard(Element):
    """A card that was applied for at the counter; its PINs are those of the persona."""

    individual_number: ShortLine
    kind: Carrier = Carrier.CARD
    applied_on: Day
    stay_ends_on: Day | None = None


class MadeCard(Element):
    """A card that was made."""

    serial_number: str


class CardList(Element):
    """The cards that were issued."""

    cards: list[str]


class PinEntry(Element):
    """A PIN on its way to the card."""

    pin: Annotated[SecretStr, Field(max_length=40)]


class Secret(StrEnum):
    """A secret of the card that the window can reset."""

    AUTHENTICATION = "authentication"
    """利用者証明用電子証明書の暗証番号."""
    SIGNATURE = "signature"
    """署名用電子証明書のパスワード."""
    INPUT_SUPPORT = "input_support"
    """券面入力補助用の暗証番号."""
    RESIDENT_REGISTER = "resident_register"
    """住民基本台帳用の暗証番号."""
    COMMON = "common"
    """共通カードの暗証番号, to its holder the same as 住民基本台帳用."""
    INPUT_SUPPORT_NUMBER_A = "input_support_number_a"
    """照合番号A of the text."""
    INPUT_SUPPORT_NUMBER_B = "input_support_number_b"
    """照合番号B of the text."""
    SURFACE_NUMBER_A = "surface_number_a"
    """照合番号A of the pictures."""
    SURFACE_NUMBER_B = "surface_number_b"
    """照合番号B of the pictures."""
    SURFACE_BIRTHDATE = "surface_birthdate"
    """生年月日 of the pictures."""

    @property
    def reference(self) -> layout.PinReference:
        """Where it is on the card."""
        return _REFERENCES[self]


_REFERENCES = {
    Secret.AUTHENTICATION: layout.AUTHENTICATION_PIN,
    Secret.SIGNATURE: layout.SIGNATURE_PASSWORD,
    Secret.INPUT_SUPPORT: layout.INPUT_SUPPORT_PIN,
    Secret.RESIDENT_REGISTER: layout.RESIDENT_REGISTER_PIN,
    Secret.COMMON: layout.COMMON_PIN,
    Secret.INPUT_SUPPORT_NUMBER_A: layout.INPUT_SUPPORT_NUMBER_A,
    Secret.INPUT_SUPPORT_NUMBER_B: layout.INPUT_SUPPORT_NUMBER_B,
    Secret.SURFACE_NUMBER_A: layout.SURFACE_NUMBER_A,
    Secret.SURFACE_NUMBER_B: layout.SURFACE_NUMBER_B,
    Secret.SURFACE_BIRTHDATE: layout.SURFACE_BIRTHDATE,
}


class NewPin(Element):
    """What a secret is to be from now on; what it was, when absent."""

    pin: Annotated[SecretStr, Field(max_length=40)] | None = None


class CardDescription(Element):
    """A card of the store."""

    card: str
    label: str
    serial_number: str
    """製造番号, by which J-LIS knows it."""
    kind: str
    municipality_code: str
    expires_on: Day | None = None

    @classmethod
    def of(cls, name: str, image: CardImage) -> CardDescription:
        """Describe a card by its image."""
        return cls(
            card=name,
            label=image.label,
            serial_number=image.serial,
            kind=image.kind.name.lower(),
            municipality_code=image.municipality,
            expires_on=write_day(image.expires_on) if image.expires_on else None,
        )


def router(  # noqa: C901 - a list of routes
    office: MunicipalOffice, slots: Slots
) -> Routes:
    """Return the routes of the cards."""
    routes = Routes(CONSOLE, prefix="/cards", tags=["カード"])
    store = office.store

    def require_at_window(name: str) -> None:
        if any(slot.card == name for slot in slots.all()):
            raise Problem(
                Catalogue.INVALID_REQUEST,
                "The card is in the reader; take it out first.",
                japanese="カードが読取機に置かれています。取り出してから、もう一度行ってください。",
            )

    @routes.get("", summary="List the cards, or those with a serial number")
    def list_cards(
        serial_number: Annotated[ShortLine | None, Query(alias="SerialNumber")] = None,
    ) -> CardList:
        names = store.names() if serial_number is None else store.names_of(serial_number)
        return CardList(cards=names)

    @routes.post(
        "",
        summary="Have a persona's card issued and set its PINs",
        status_code=201,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.FONT_MISSING,
            Catalogue.CARD_NOT_KEPT,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def issue_card(order: CardOrder) -> CardList:
        who = find_persona(order.persona)
        require_at_window(who.key)
        await office.issue(who)
        return CardList(cards=store.names())

    @routes.post(
        "/orders",
        summary="Have a card issued that was applied for at the counter, for a persona",
        status_code=201,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.FONT_MISSING,
            Catalogue.CARD_NOT_KEPT,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def make_card(ordered: OrderedCard) -> MadeCard:
        order = ordered.model_dump(by_alias=True, mode="json", exclude_none=True)
        for who in personas().values():
            if who.individual_number == ordered.individual_number:
                require_at_window(who.key)
        return MadeCard(serial_number=await office.make_ordered(order))

    @routes.get(
        "/{name}",
        summary="Describe a card",
        responses=problem_responses(Catalogue.CARD_UNKNOWN),
        response_model_exclude_none=True,
    )
    def describe_card(name: CardName) -> CardDescription:
        return CardDescription.of(name, CardImage.load(store.path(name)))

    @routes.post(
        "/{name}/renewal",
        summary="更新: renew a card's certificates at the window",
        status_code=204,
        responses=problem_responses(
            Catalogue.CARD_UNKNOWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.CARD_NOT_RENEWABLE,
            Catalogue.CARD_NOT_KEPT,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def renew_card(name: CardName) -> Response:
        """Do it on any day; from when a renewal is open (P-003) is for the counter to say."""
        require_at_window(name)
        await office.renew(name)
        return Response(status_code=204)

    @routes.put(
        "/{name}/pins/{secret}",
        summary="初期化: give a secret all its tries back, and a new value, at the window",
        status_code=204,
        responses=problem_responses(Catalogue.CARD_UNKNOWN, Catalogue.INVALID_REQUEST),
    )
    def reset_pin(name: CardName, secret: Secret, new: NewPin) -> Response:
        require_at_window(name)
        pin = None if new.pin is None else new.pin.get_secret_value()
        office.reset_pin(name, secret.reference, pin)
        return Response(status_code=204)

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
    async def register_card(name: CardName, entry: PinEntry) -> Response:
        await office.register(name, Pin.authentication(entry.pin.get_secret_value()))
        return Response(status_code=204)

    return routes
