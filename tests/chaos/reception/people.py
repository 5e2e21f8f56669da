"""Who comes to the clinic, and what OQS knows of them at the beginning."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import httpx2

import oqs_sim.app
from eligibility.days.dates import TOKYO
from oqs_sim.settings import Settings
from reader.pin import Pin
from storage import bucket_of
from testbed.cards.card_store import CardStore
from testbed.cards.municipal_office import MunicipalOffice
from testbed.cards.personas import Persona, personas
from testbed.oqs_console import OqsConsole
from tests.equipment.callers import OWN_URL, AtConsole, OnLine
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from pathlib import Path

MOGAMI = "990010"
KITAMURA = "06990014"
FRIDAY = datetime(2026, 11, 20, 9, 10, tzinfo=TOKYO)
SEEN_AGAIN = date(2026, 11, 24)
"""From when OQS knows of the new insurance of the one who is between two."""
SEEN_AT_ALL = date(2026, 11, 26)
"""From when OQS knows of the newcomer."""
LATER = "later.json"
"""What insurers have reported, and the sync worker delivers on a day to come."""
PIN = "8642"
WRONG = "9753"
WORKER = Caller(Role.WORKER, "sync-worker")


@dataclass(frozen=True)
class Comer:
    """Somebody who comes to the clinic."""

    persona: Persona
    number: str
    registered: bool = True
    lost: bool = False
    """Whether the insurance has ended, and the new one is seen from `SEEN_AGAIN` on only."""
    card: bool = True

    @property
    def key(self) -> str:
        return self.persona.key

    @property
    def name(self) -> str:
        return self.persona.name

    def insured(self, on: date) -> bool:
        """Whether OQS answers 有効 to the card on a day, where it is registered."""
        return not self.lost or on >= SEEN_AGAIN

    def typed(self) -> dict[str, str]:
        """What the receptionist types to ask by number."""
        return {
            "InsurerNumber": MOGAMI,
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": self.number,
            "InsuredBranchNumber": "01",
            "Birthdate": self.persona.birthdate,
        }


def _persona(key: str, number: str, name: str, birthdate: str = "19800217") -> Persona:
    return replace(
        personas()["hanako"], key=key, individual_number=number, name=name,
        authentication_pin=PIN, birthdate=birthdate,
    )  # fmt: skip


COMERS = {
    one.key: one
    for one in (
        Comer(_persona("insured", "990000000019", "青木　葉子"), "3100001"),
        Comer(_persona("unregistered", "990000000027", "石井　進"), "3100002", registered=False),
        Comer(_persona("between", "990000000035", "上田　咲"), "3100003", lost=True),
        Comer(_persona("infant", "990000000043", "遠藤　つむぎ", "20260301"), "3100004"),
        Comer(_persona("newcomer", "990000000051", "大野　元"), "3100005", card=False),
    )
}  # fmt: skip


def console_of(app: Any) -> httpx2.AsyncClient:
    """Return a client of the console of OQS, for those who are not the clinic."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(AtConsole(app)), base_url=OWN_URL)


def open_oqs(database: Path) -> Any:
    """Return OQS on a database."""
    return oqs_sim.app.build_app(Settings(database_url=f"sqlite:///{database}"))


@dataclass(frozen=True)
class World:
    """What stands at the beginning of each day: the people in OQS, and their cards."""

    directory: Path

    def copy_to(self, place: Path) -> CardStore:
        """Copy all of it; the database is ``oqs.db``."""
        shutil.copytree(self.directory, place)
        return CardStore(place / "cards")


def make_world(directory: Path) -> World:
    """Have OQS know the people, and their cards be issued."""
    directory.mkdir()
    asyncio.run(_settle(directory))
    return World(directory)


async def _settle(directory: Path) -> None:
    app, store = open_oqs(directory / "oqs.db"), CardStore(directory / "cards")
    later: list[tuple[date, dict[str, Any]]] = []
    async with (
        app.router.lifespan_context(app),
        console_of(app) as console,
        line_of_worker(app) as line,
    ):
        setting = {"Mode": "frozen", "Now": FRIDAY.isoformat()}
        (await console.put("/sim/clock", json=setting)).raise_for_status()
        for comer in COMERS.values():
            office = MunicipalOffice(OqsConsole(console), store)
            later += await _settle_one(comer, console, line, office)
    written = [(day.isoformat(), batch) for day, batch in later]
    (directory / LATER).write_text(json.dumps(written), encoding="utf-8")


async def _settle_one(
    comer: Comer, console: httpx2.AsyncClient, line: httpx2.AsyncClient, office: MunicipalOffice
) -> list[tuple[date, dict[str, Any]]]:
    """Have OQS know one of the people; return what it is told of them later, and when."""
    who = comer.persona
    resident = {
        "IndividualNumber": who.individual_number, "Name": who.name, "NameKana": who.name_kana,
        "Sex1": who.sex, "Birthdate": who.birthdate,
    }  # fmt: skip
    answer = (await console.post("/sim/jlis/residents", json=resident)).raise_for_status()
    reference = answer.json()["PersonReference"]
    first = {
        "PersonReference": reference, "Version": 1, "InsurerNumber": MOGAMI,
        "InsurerName": "最上型国民健康保険（模擬）", "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": comer.number, "InsuredBranchNumber": "01",
        "Name": who.name, "NameKana": who.name_kana, "Sex1": who.sex, "Birthdate": who.birthdate,
        "QualificationDate": "20260401", "InsuredPartialContributionRatio": "030",
        "VisibleFrom": "2026-04-03T00:00:00+09:00",
    }  # fmt: skip
    if not comer.card:
        return [(SEEN_AT_ALL, _batch(reference, first))]
    await deliver(line, _batch(reference, first))
    await office.issue(who)
    if comer.registered:
        await office.register(who.key, Pin.authentication(PIN))
    if not comer.lost:
        return []
    ended = {**first, "Version": 2, "DisqualificationDate": "20261111"}
    await deliver(line, _batch(reference, ended))
    new = {
        **first, "Version": 3, "InsurerNumber": KITAMURA,
        "InsurerName": "北村型健康保険組合（模擬）",
        "InsuredIdentificationNumber": "55", "QualificationDate": "20261111",
    }  # fmt: skip
    return [(SEEN_AGAIN, _batch(reference, new))]


def _batch(reference: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"Bucket": bucket_of(reference), "Changes": [change]}


def line_of_worker(app: Any) -> httpx2.AsyncClient:
    """Return a client of the line, as the sync worker is one."""
    transport = httpx2.ASGITransport(OnLine(app, WORKER))
    return httpx2.AsyncClient(transport=transport, base_url=OWN_URL)


async def deliver(line: httpx2.AsyncClient, batch: dict[str, Any]) -> None:
    """Have OQS know of changes."""
    (await line.post("/intermediate/changes", json=batch)).raise_for_status()
