"""Who lives in the practice town, what each is there for, and what their card is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import httpx2

from eligibility.days.dates import TOKYO
from intermediate_server.policies import load_policies
from testbed.cards.life import TOWN_DAY
from testbed.cards.personas import townspeople
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from testbed.cards.card_store import CardStore
    from testbed.cards.personas import Persona
    from testbed.oqs_console import OqsConsole


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


def router(oqs: OqsConsole, store: CardStore) -> Routes:
    """Return the route of the town's people."""
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

    return routes


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
