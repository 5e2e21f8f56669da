"""Under load, the log says what was answered: nothing more, nothing less, nothing else."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
import pytest
from sqlalchemy import select

from oqs_sim.store.schema import inquiry_log
from storage import bucket_of
from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION, TestCard
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Engine
    from starlette.types import ASGIApp

    from tests.oqs_sim.conftest import Oqs

ROUNDS = int(os.environ.get("OQS_SIM_CHECKS", "300")) // 30
"""How often each kind of inquiry is made by each institution."""
AT_ONCE = 16
OTHER = "9910000026"
JIRO = "990000000035"
CARD, NUMBER = "1", "2"


class Line(NamedTuple):
    """What an answer says of an inquiry, and so should the log."""

    institution: str
    classification: str
    validity: str | None
    refusal: str | None
    person: str


@dataclass(frozen=True)
class Terminal:
    """An institution's terminal, at either of the two systems."""

    institution: str
    clients: tuple[httpx2.AsyncClient, ...]
    chance: random.Random

    async def challenge(self) -> str:
        granted = await self._post("/qualification/challenges")
        challenge: str = granted.raise_for_status().json()["Challenge"]
        return challenge

    async def ask(self, classification: str, body: dict[str, Any], person: str) -> Line:
        """Ask about a person, who is known to the test, and tell what was answered."""
        header = {"MedicalInstitutionCode": self.institution}
        path = "/qualification/card" if classification == CARD else "/qualification/number"
        told = await self._post(path, json={"MessageHeader": header, "MessageBody": body})
        answer = told.json()
        if told.status_code != 200:
            return Line(self.institution, classification, None, answer["code"], person)
        found = answer["MessageBody"]
        assert (found.get("SimulationReference") or "") == person
        validity = found["QualificationValidity"]
        return Line(self.institution, classification, validity, None, person)

    async def _post(self, path: str, **content: Any) -> httpx2.Response:
        return await self.chance.choice(self.clients).post(path, **content)


@dataclass(frozen=True)
class Town:
    """Who comes to the terminals: one with everything, one not registered, one with a lost card."""

    hanako: str
    ichiro: str
    jiro: str
    cards: dict[str, TestCard]
    stranger: TestCard

    @classmethod
    def of(cls, oqs: Oqs) -> Town:
        """Have them live at ``oqs``, which has Hanako already."""
        ichiro = oqs.resident(ICHIRO, "最上　一郎", "19750505")
        jiro = oqs.resident(JIRO, "最上　次郎", "19770707")
        ended = {"DisqualificationDate": "20250401", "Birthdate": "19750505"}
        oqs.report(
            1,
            PersonReference=ichiro,
            InsuredIdentificationNumber="7654321",
            Name="最上　一郎",
            **ended,
        )
        issued = oqs.issue(JIRO)
        cards = {
            oqs.hanako: oqs.card,
            ichiro: TestCard.of(oqs.issue(ICHIRO)["Authentication"]),
            jiro: TestCard.of(issued["Authentication"]),
        }
        lost = f"/sim/jlis/cards/{issued['SerialNumber']}/suspension"
        assert oqs.console.put(lost).status_code == 204
        return cls(oqs.hanako, ichiro, jiro, cards, replace(oqs.card, key=cards[ichiro].key))

    def inquiries(self, at: Terminal) -> list[Callable[[], Awaitable[list[Line]]]]:
        """Return an inquiry of each kind; each tells what was answered, by one line or two."""

        async def by_card(person: str, card: TestCard | None = None) -> list[Line]:
            proof = (card or self.cards[person]).sign(await at.challenge())
            return [await at.ask(CARD, {"CardProof": proof}, person)]

        async def twice() -> list[Line]:
            proof = {"CardProof": self.cards[self.hanako].sign(await at.challenge())}
            return await asyncio.gather(*(at.ask(CARD, proof, self.hanako) for _ in range(2)))

        async def by_number(person: str, **search: str) -> list[Line]:
            asked = {
                "InsurerNumber": "990010",
                "InsuredCardSymbol": "最上",
                "InsuredIdentificationNumber": "1234567",
                "InsuredBranchNumber": "01",
                "Birthdate": "19800217",
                **search,
            }
            return [await at.ask(NUMBER, {"QualificationConfirmSearchInfo": asked}, person)]

        ichiros = {"InsuredIdentificationNumber": "7654321", "Birthdate": "19750505"}
        return [
            lambda: by_card(self.hanako),
            lambda: by_card(self.ichiro),
            lambda: by_card(self.jiro),
            lambda: by_card("", self.stranger),
            twice,
            lambda: by_number(self.hanako),
            lambda: by_number(self.ichiro, **ichiros),
            lambda: by_number("", InsuredIdentificationNumber="0000000"),
            lambda: by_number("", InsurerNumber="990011"),
        ]


def logged(engine: Engine) -> Counter[Line]:
    """Return the lines of checks in the log; each lies in its person's bucket."""
    lines: Counter[Line] = Counter()
    with engine.connect() as connection:
        for row in connection.execute(select(inquiry_log).where(inquiry_log.c.purpose == "check")):
            assert row.bucket == (bucket_of(row.person_reference) if row.person_reference else 0)
            lines[
                Line(
                    row.institution_code,
                    row.reference_classification,
                    row.validity,
                    row.refusal,
                    row.person_reference,
                )
            ] += 1
    return lines


async def answers(town: Town, apps: tuple[ASGIApp, ...]) -> list[Line]:
    """Make all inquiries, in any order, many at once; return what was answered."""
    chance = random.Random(20261109)
    gate = asyncio.Semaphore(AT_ONCE)

    async def let_in(inquiry: Callable[[], Awaitable[list[Line]]]) -> list[Line]:
        async with gate:
            return await inquiry()

    made: list[Callable[[], Awaitable[list[Line]]]] = []
    clients: list[httpx2.AsyncClient] = []
    for institution in (INSTITUTION, OTHER):
        caller = Caller(Role.TERMINAL, institution)
        own = tuple(
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(OnLine(app, caller)), base_url="http://oqs"
            )
            for app in apps
        )
        clients += own
        made += town.inquiries(Terminal(institution, own, chance)) * ROUNDS
    chance.shuffle(made)
    told = await asyncio.gather(*map(let_in, made))
    for client in clients:
        await client.aclose()
    return [line for lines in told for line in lines]


@pytest.mark.asyncio
async def test_the_log_equals_the_answers(member: Oqs) -> None:
    town = Town.of(member)
    before = logged(member.engine)
    assert not before
    with member.another() as other:
        answered = Counter(await answers(town, (member.app, other.app)))
    assert logged(member.engine) == answered
    each = {
        (CARD, "1", None, town.hanako): 2,
        (CARD, None, "SIM-CHALLENGE-USED", town.hanako): 1,
        (CARD, None, "SIM-NOT-REGISTERED", town.ichiro): 1,
        (CARD, None, "SIM-CERTIFICATE-SUSPENDED", town.jiro): 1,
        (CARD, None, "SIM-SIGNATURE-INVALID", ""): 1,
        (NUMBER, "1", None, town.hanako): 1,
        (NUMBER, "2", None, town.ichiro): 1,
        (NUMBER, "4", None, ""): 1,
        (NUMBER, None, "SIM-INVALID-NUMBER", ""): 1,
    }
    assert answered == {
        Line(institution, *of_inquiry): times * ROUNDS
        for institution in (INSTITUTION, OTHER)
        for of_inquiry, times in each.items()
    }
