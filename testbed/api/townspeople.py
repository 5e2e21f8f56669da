"""Who lives in the practice town, what each is there for, and what their card is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import httpx2
from cryptography.x509 import load_der_x509_certificate
from fastapi import Path

from eligibility.days.dates import TOKYO
from intermediate_server.policies import load_policies
from testbed.cards.life import TOWN_DAY
from testbed.cards.personas import townspeople
from virtual_card.image.card_image import CardImage
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.jlis import FaceSeen
from wire.vocabulary.texts import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from testbed.cards.card_store import CardStore
    from testbed.cards.personas import Persona
    from testbed.oqs_console import OqsConsole
    from testbed.readers.slots import Slots


class Purpose(Element):
    """Why somebody lives in the town, in one sentence."""

    japanese: str
    english: str


class TownspersonState(Element):
    """Somebody of the town, with what one has to know to rehearse."""

    key: str
    """What the card is called."""
    name: str
    name_kana: str
    note: str
    """What is particular, in a few words; "" for nothing."""
    age: int
    """In years, by the deployment's clock."""
    sex1: str
    insurer_number: str | None = None
    insurer_name: str | None = None
    """Who has them on the town's day, or has just lost them; absent of who is with none."""
    purpose: Purpose | None = None
    situation: str | None = None
    """A row of the fallback table (§6.3), as ``reader_broken``; absent where a check works."""
    cause: str
    """What the desk calls that: ``none``, ``lag``, ``network`` and so on."""
    kind: str
    """Of the card, as J-LIS calls it; ``none`` for who has none."""
    stopped: str | None = None
    """``suspended`` or ``revoked``, where the card is."""
    issued: bool
    """Whether the card is there already; else it is ordered when it is first laid on."""
    authentication_pin: str | None = None
    """利用者証明用; absent where none is set. They are fictional, and one has to know it."""


class Townspeople(Element):
    """All of them."""

    people: tuple[TownspersonState, ...]


def router(oqs: OqsConsole, store: CardStore, slots: Slots) -> Routes:
    """Return the routes of the town's people: who lives there, and who stands at the reader."""
    routes = Routes(CONSOLE, tags=["練習の町"])
    insurers = {str(one.insurer_number): one.name for one in load_policies(None)}

    @routes.get(
        "/personas",
        summary="List who lives in the practice town, and what each is there for",
        response_model_exclude_none=True,
    )
    async def list_people() -> Townspeople:
        try:
            response = await oqs.client.get("/sim/clock")
            now = datetime.fromisoformat(response.json()["Now"]) if response.is_success else None
        except (httpx2.HTTPError, ValueError):
            now = None
        # Where OQS does not say what day it is, the ages are those of the town's day.
        today = now.astimezone(TOKYO).date() if now else TOWN_DAY
        issued = set(store.names())
        return Townspeople(
            people=tuple(
                _state(who, today, insurers, issued=who.key in issued)
                for who in townspeople().values()
            )
        )

    @routes.get(
        "/faces/{serial}",
        summary="Tell whether the face of who stands at the reader fits the card's photograph",
        response_model=FaceSeen,
        responses=problem_responses(Catalogue.CARD_UNKNOWN),
    )
    def see_face(serial: Annotated[int, Path(ge=1, le=LARGEST)]) -> FaceSeen:
        """Take the place of the person before the camera of a simulated reader.

        ``serial`` is of the certificate on the card, which lies in one of the slots.
        """
        for name in filter(None, (slot.card for slot in slots.all())):
            if _carries(store, name, serial):
                who = townspeople().get(name)
                return FaceSeen(fits=who is None or who.life is None or who.life.face_fits)
        raise Problem(Catalogue.CARD_UNKNOWN, f"No slot has the card of the certificate {serial}.")

    return routes


def _carries(store: CardStore, name: str, serial: int) -> bool:
    image = CardImage.load(store.path(name))
    own = image.authentication
    return own is not None and load_der_x509_certificate(own.certificate).serial_number == serial


def _state(
    who: Persona, today: date, insurers: Mapping[str, str], *, issued: bool
) -> TownspersonState:
    life = who.life
    number = life.insurer if life else ""
    name = insurers.get(number)
    if life and life.assistance:
        name = life.assistance.name
    return TownspersonState(
        key=who.key,
        name=who.name,
        name_kana=who.name_kana,
        note=who.note,
        age=who.age(today),
        sex1=who.sex,
        insurer_number=number or None,
        insurer_name=name,
        purpose=Purpose(japanese=life.purpose.ja, english=life.purpose.en) if life else None,
        situation=life.situation.value if life and life.situation else None,
        cause=life.cause.value if life else "none",
        kind=who.kind,
        stopped=who.stopped,
        issued=issued,
        authentication_pin=who.authentication_pin or None,
    )
