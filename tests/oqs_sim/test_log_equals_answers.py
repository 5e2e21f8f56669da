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
from fastapi.routing import APIRoute
from sqlalchemy import select

from oqs_sim.store.schema import inquiry_log
from storage import bucket_of
from tests.equipment.callers import OnLine
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, fetch, message, send
from tests.oqs_sim.conftest import HANAKO, ICHIRO, INSTITUTION, TestCard
from tests.oqs_sim.medical.visits import ALL, DOCTOR, PATHS, asked, withdraw_as_patient
from wire.line_credentials import Caller, Role
from wire.serving.access import ANYONE, is_on_line, roles_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi.testclient import TestClient
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


ABOUT_NOBODY = {
    "/qualification/challenges": "whoever signs it is not known yet",
    "/webapi/auth": "it names a terminal alone",
    "/intermediate/changes": "it tells OQS of persons, and is told nothing",
    "/intermediate/changes/{bucket}": "likewise",
}
"""Routes of the line that tell nothing of a person, and so leave no line in the log."""
WITHOUT_REFUSAL = {"/intermediate/persons/cards"}
"""Routes that tell in their answer of whom they know nothing."""
HANAKO_NUMBER = {key: value for key, value in HANAKO_ASKED.items() if key != "Birthdate"}
BULK = {
    "/bulk/qualification": {"QualificationConfirmSearchInfo": [HANAKO_ASKED]},
    "/bulk/reference-numbers": {
        "ReferenceNumberRegistrationInfo": [
            {**HANAKO_NUMBER, "ReferenceNumber": "A-1"},
        ]
    },
    "/bulk/medical-tickets": {
        "QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": "202611"}
    },
    "/bulk/home-visits": {"QualificationConfirmSearchInfo": {"MedicalTreatmentFlag": "2"}},
    "/bulk/online-examinations": {"QualificationConfirmSearchInfo": {"MedicalTreatmentFlag": "3"}},
}


class OfPerson(NamedTuple):
    """A line of the log, by what an answer lets expect of it."""

    institution: str
    purpose: str
    refusal: str | None
    person: str


@dataclass
class Routes:
    """Asks by the routes of the line one after the other, and sees what each leaves in the log."""

    oqs: Oqs
    answered: set[str]
    refused: set[str]

    def ask(self, path: str, body: dict[str, Any], purpose: str, **headers: str) -> Any:
        """Ask as the terminal; what is told of Hanako leaves a line of hers, a refusal its own."""
        before = self._lines()
        done = self.oqs.terminal.post(path, json=body, headers=headers)
        told: Any = done.json() if done.content else {}
        code = told.get("code") if done.status_code >= 400 else None
        self.expect(path, before, [OfPerson(INSTITUTION, purpose, code, self.oqs.hanako)])
        return told

    def refuse(
        self,
        path: str,
        body: dict[str, Any],
        purpose: str,
        code: str,
        person: str = "",
        client: TestClient | None = None,
        institution: str = INSTITUTION,
        **headers: str,
    ) -> None:
        before = self._lines()
        done = (client or self.oqs.terminal).post(path, json=body, headers=headers)
        assert done.json()["code"] == code, (path, done.text)
        self.expect(path, before, [OfPerson(institution, purpose, code, person)])

    def expect(self, path: str, before: Counter[OfPerson], lines: list[OfPerson]) -> None:
        assert self._lines() - before == Counter(lines), path
        (self.refused if any(line.refusal for line in lines) else self.answered).add(path)

    def _lines(self) -> Counter[OfPerson]:
        with self.oqs.engine.connect() as connection:
            return Counter(
                OfPerson(row.institution_code, row.purpose, row.refusal, row.person_reference)
                for row in connection.execute(select(inquiry_log))
            )

    def by_card(self) -> None:
        """Ask by the card, at the reader and at home."""
        oqs = self.oqs

        def proof(purpose: str = "check") -> dict[str, str]:
            return oqs.card.sign(oqs.challenge(purpose))

        used = oqs.card.sign(oqs.challenge("registration"))
        self.ask("/qualification/registrations", used, "registration")
        used_up = ("registration", "SIM-CHALLENGE-USED", oqs.hanako)
        self.refuse("/qualification/registrations", used, *used_up)
        strange = message({"CardProof": proof()}, OTHER)
        self.refuse("/qualification/card", strange, "check", "SIM-WRONG-CALLER")
        self.ask("/qualification/card", message({"CardProof": proof(), "Consents": ALL}), "check")
        at_home = {"CardProof": proof(), "MedicalTreatmentFlag": "2", "Consents": ALL}
        path = "/visiting/consents"
        self.refuse(path, message(at_home, OTHER), "check", "SIM-WRONG-CALLER")
        given = self.ask(path, message(at_home), "check")
        number = message({"SimulationConsentNumber": given["SimulationConsentNumber"]})
        unknown = message({"SimulationConsentNumber": "0" * 32})
        for path, purpose in (
            ("/visiting/qualification", "at_home"),
            ("/visiting/withdrawals", "withdrawal"),
        ):
            self.refuse(path, unknown, purpose, "SIM-CONSENT-UNKNOWN")
            strange = {**unknown, "MessageHeader": {"MedicalInstitutionCode": OTHER}}
            self.refuse(path, strange, purpose, "SIM-WRONG-CALLER")
        self.ask("/visiting/qualification", number, "at_home")

    def withdrawals(self, ichiro: TestCard, reference: str) -> None:
        """Withdraw as another person, as the person, and as the institution."""
        oqs = self.oqs

        def given() -> str:
            body = {"CardProof": oqs.card.sign(oqs.challenge()), "MedicalTreatmentFlag": "2"}
            number: str = self.ask("/visiting/consents", message(body), "check")[
                "SimulationConsentNumber"
            ]
            return number

        number, path = given(), "/portal/consents/withdrawals"
        for card, person, code in (
            (ichiro, reference, "SIM-CONSENT-UNKNOWN"),
            (oqs.card, oqs.hanako, None),
        ):
            before = self._lines()
            done = withdraw_as_patient(oqs, number, card)
            assert (done.json()["code"] if code else done.status_code) == (code or 204)
            self.expect(path, before, [OfPerson("", "withdrawal", code, person)])
        withdrawn = message({"SimulationConsentNumber": given()})
        self.ask("/visiting/withdrawals", withdrawn, "withdrawal")

    def by_number(self) -> None:
        """Ask by 記号・番号: a check, by the web API, 照会番号, medical information."""
        search, wrong = {"QualificationConfirmSearchInfo": HANAKO_ASKED}, "SIM-WRONG-CALLER"
        self.ask("/qualification/number", message(search), "check")
        self.refuse("/qualification/number", message(search, OTHER), "check", wrong)
        by_web = {"XmlMsg": message(search)}
        token = self.oqs.terminal.post("/webapi/auth").json()["Token"]
        path = "/webapi/qualification/search"
        self.ask(path, by_web, "check", Authorization=f"Bearer {token}")
        self.refuse(path, by_web, "check", "SIM-TOKEN-UNKNOWN")
        called = {"ReferenceNumberRegistrationInfo": {**HANAKO_NUMBER, "ReferenceNumber": "A-1"}}
        self.ask("/reference-numbers", message(called), "reference_number")
        self.refuse("/reference-numbers", message(called, OTHER), "reference_number", wrong)
        for purpose, path in PATHS.items():
            self.ask(path, asked(), purpose)
            strange = asked(DOCTOR, {"MedicalInstitutionCode": OTHER})
            self.refuse(path, strange, purpose, wrong)

    def by_four_items(self) -> None:
        """Ask by name, sex, birthdate and address, without a mode and in one."""
        items = {
            "Name": "佐藤　花子", "Sex1": "2", "Birthdate": "19800217",
            "Address": "模擬県模擬市", "OralConsent": "1",
        }  # fmt: skip
        path, body = "/qualification/person", message({"PersonSearchInfo": items})
        self.refuse(path, body, "check", "SIM-MODE-NOT-OPEN")
        opened = {"Kind": "system_failure", "MedicalInstitutionCode": INSTITUTION}
        assert self.oqs.console.post("/sim/operation/windows", json=opened).status_code == 201
        self.ask(path, body, "system_failure")

    def in_bulk(self) -> None:
        """Ask in bulk: each unit has its line when it is found, whoever is refused at once."""
        purposes = ("check", "reference_number", "medical_tickets", "at_home", "at_home")
        for (path, body), purpose in zip(BULK.items(), purposes, strict=True):
            before = self._lines()
            number = send(self.oqs.terminal, path, body)
            found = fetch(self.oqs.terminal, path, number)["MessageHeader"]
            line = OfPerson(INSTITUTION, purpose, None, self.oqs.hanako)
            self.expect(path, before, [line] * int(found["NumberOfNormalProcessing"]))
            self.answered.add(f"{path}/result")
            self.refuse(path, message(body, OTHER), purpose, "SIM-WRONG-CALLER")
            unknown = message({"ReceptionNumber": "0" * 20})
            self.refuse(f"{path}/result", unknown, purpose, "SIM-RECEPTION-UNKNOWN")

    def by_insurers(self) -> None:
        """Ask as the intermediate server: one person, many, how their cards stand."""
        oqs, who = self.oqs, self.oqs.intermediate
        nobody, matched = "SIM-UNKNOWN-PERSON", "insurer_match"
        line = OfPerson("", matched, None, oqs.hanako)
        for path, body, lines in (
            ("/intermediate/persons", {"IndividualNumber": HANAKO}, [line]),
            ("/intermediate/persons", {"PersonReference": oqs.hanako}, [line]),
            (
                "/intermediate/persons/cards",
                {"PersonReferences": [oqs.hanako]},
                [line._replace(purpose="insurer_cards")],
            ),
            ("/intermediate/persons/matches", {"IndividualNumbers": [HANAKO]}, [line]),
            (
                "/intermediate/persons/matches",
                {"IndividualNumbers": [HANAKO, JIRO]},
                [line, OfPerson("", matched, nobody, "")],
            ),
        ):
            before = self._lines()
            assert who.post(path, json=body).status_code == 200
            self.expect(path, before, lines)
        by_number = {"IndividualNumber": JIRO}
        self.refuse("/intermediate/persons", by_number, matched, nobody, "", who, "")
        out, outage = "SIM-MATCHING-NOT-POSSIBLE", "/sim/jlis/outage"
        oqs.console.put(outage, json={}).raise_for_status()
        self.refuse("/intermediate/persons", by_number, matched, out, "", who, "")
        many = {"IndividualNumbers": [HANAKO, JIRO]}
        self.refuse("/intermediate/persons/matches", many, matched, out, "", who, "")
        oqs.console.delete(outage).raise_for_status()


def test_every_route_about_a_person_leaves_its_line_refused_or_not(member: Oqs) -> None:
    routes = Routes(member, set(), set())
    ichiro = member.resident(ICHIRO, "最上　一郎", "19750505")
    routes.by_card()
    routes.by_number()
    routes.by_four_items()
    routes.in_bulk()
    routes.withdrawals(TestCard.of(member.issue(ICHIRO)["Authentication"]), ichiro)
    routes.by_insurers()
    about_persons = {
        route.path
        for route in member.app.routes
        if isinstance(route, APIRoute) and is_on_line(route) and ANYONE not in roles_of(route)
    } - ABOUT_NOBODY.keys()
    assert about_persons <= routes.answered
    assert about_persons - WITHOUT_REFUSAL <= routes.refused
