"""What people do at a running system, each answer written into the record when it is there."""

import base64
import csv
import io
import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2

from eligibility.identifiers.numbers import individual_check_digit
from testbed.launch.line_certificates import insurer, terminal
from tests.chaos.power.recorder import Recorder
from tests.oqs_sim.conftest import TestCard
from wire.line_credentials import INTERMEDIATE_SERVER, OQS, credentials

INSURER = "990010"
INSTITUTION = "9910000018"
START = "2026-11-16T09:00:00+09:00"
HOLDERS = 4
SECONDS = 60.0


def individual_number(person: int) -> str:
    body = f"{99_000_000_500 + person}"
    return f"{body}{individual_check_digit(body)}"


def spent_by(challenge: str) -> str:
    """Return by what OQS keeps a challenge that was spent."""
    return base64.b64decode(challenge)[8:24].hex()


@dataclass(frozen=True)
class Member:
    individual_number: str
    reference: str
    number: str


@dataclass
class Load:
    """Somebody of each kind, at work until told to stop."""

    addresses: dict[str, str]
    recorder: Recorder
    members: list[Member] = field(default_factory=list)
    cards: list[TestCard] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _persons: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**6)))
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _one_advance: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._open = ExitStack()
        line = Path(self.addresses["line_directory"])

        def client(url: str, verify: Any) -> httpx2.Client:
            return self._open.enter_context(
                httpx2.Client(base_url=url, verify=verify, timeout=SECONDS, trust_env=False)
            )

        self.console = client(self.addresses["oqs_console"], verify=False)
        self.clinic = client(self.addresses["clinic"], verify=False)
        self.insurer = client(
            self.addresses["intermediate_line"],
            credentials(line, insurer(INSURER)).client_context(INTERMEDIATE_SERVER),
        )
        self.terminal = client(
            self.addresses["oqs_line"],
            credentials(line, terminal(INSTITUTION)).client_context(OQS),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def prepare(self) -> None:
        """Set the clock, and have some members with cards."""
        self.set_clock(Mode="frozen", Now=START)
        self.have_members()

    def have_members(self) -> None:
        for _ in range(HOLDERS):
            self.file_join()
        self.advance()
        for holder in self.members[:HOLDERS]:
            self.cards.append(self.issue_card(holder)[1])

    def work(self, seconds: float) -> None:
        """Have all of them at work for some seconds, or until one fails."""
        until = time.monotonic() + seconds
        works: tuple[Callable[[], None], ...] = (
            self.file_something,
            self.file_a_file,
            self.ask_for_a_document,
            self.check_or_register,
            self.move_the_clock,
            self.see_a_card_through,
            self.receive,
        )

        def go_on(work: Callable[[], None]) -> None:
            try:
                while time.monotonic() < until and not self.failures:
                    work()
            except Exception as error:  # noqa: BLE001 # told by who waits for the threads
                self.failures.append(f"{work.__name__}: {error!r}")

        threads = [threading.Thread(target=go_on, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.failures, self.failures

    def ask_again(self, said: list[dict[str, Any]], most: int = 20) -> None:
        """Send again what was answered: the same answer, and a challenge is good for nothing.

        The persons that come from now on are others.
        """
        routes = {"procedure": (self.insurer, "/procedures", 201),
                  "advance": (self.console, "/sim/clock/advance", 200)}  # fmt: skip
        for one in said[-10 * most :]:
            if "key" in one:
                client, path, status = routes.get(one["kind"], (self.clinic, one.get("path"), 201))
                answer = client.post(
                    path, json=one["form"], headers={"Idempotency-Key": one["key"]}
                )
                assert answer.status_code == status, answer.text
                assert answer.headers["Idempotency-Replayed"] == "true"
                assert answer.json() == json.loads(one["answer"])
            elif one["kind"] == "check":
                answer = self.terminal.post("/qualification/card", json=one["inquiry"])
                assert answer.json()["code"] == "SIM-CHALLENGE-USED", answer.text
        self._persons = iter(range(10**5, 10**6))

    # --- the insurer ------------------------------------------------------------------------

    def add_resident(self) -> tuple[str, str]:
        with self._turn:
            number = individual_number(next(self._persons))
        resident = {
            "IndividualNumber": number,
            "Name": "模擬　花子",
            "NameKana": "ﾓｷﾞ ﾊﾅｺ",
            "Sex1": "2",
            "Birthdate": "19800217",
        }
        reference = asked(self.console, "/sim/jlis/residents", resident, 201)["PersonReference"]
        self.recorder.say("resident", reference=reference)
        return number, reference

    def file(self, **procedure: str) -> dict[str, Any]:
        form = {
            "InsurerNumber": INSURER,
            "FiledOn": "20240401",
            "InsuredCardSymbol": "最上",
            "InsuredBranchNumber": "01",
            **procedure,
        }
        key = secrets.token_hex(8)
        answer = self.insurer.post("/procedures", json=form, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        self.recorder.say(
            "procedure",
            reference=receipt["PersonReference"],
            version=receipt["Version"],
            number=form["InsuredIdentificationNumber"],
            address=form.get("Address"),
            key=key,
            form=form,
            answer=answer.text,
        )
        return receipt

    def file_join(self, *resident: str) -> Member:
        individual, reference = resident or self.add_resident()
        number = individual[-7:]
        self.file(
            Kind="join",
            IndividualNumber=individual,
            InsuredIdentificationNumber=number,
            QualificationDate="20240401",
        )
        member = Member(individual, reference, number)
        self.members.append(member)
        return member

    def file_something(self) -> None:
        self.file_join()
        member = random.choice(self.members)
        self.file(
            Kind="address",
            IndividualNumber=member.individual_number,
            InsuredIdentificationNumber=member.number,
            Address=f"模擬町{random.randrange(10**9)}",
        )

    def file_a_file(self) -> None:
        members = random.sample(self.members, min(4, len(self.members)))
        addresses = [f"模擬市{random.randrange(10**9)}" for _ in members]
        lines = ["届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,住所"]
        lines += [
            f"住所変更,{INSURER},{one.individual_number},20240401,最上,{one.number},01,{address}"
            for one, address in zip(members, addresses, strict=True)
        ]
        answer = self.insurer.post(
            "/procedures/file",
            content="\n".join(lines).encode(),
            headers={"Content-Type": "text/csv"},
        )
        assert answer.status_code == 200, answer.text
        report = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        for member, address, line in zip(members, addresses, report, strict=True):
            self.recorder.say(
                "line",
                reference=member.reference,
                version=int(line["版"]),
                number=member.number,
                address=address,
            )

    def ask_for_a_document(self) -> None:
        member = random.choice(self.members)
        application = {
            "InsurerNumber": INSURER,
            "IndividualNumber": member.individual_number,
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": member.number,
            "InsuredBranchNumber": "01",
            "Occasion": random.choice(("card_lost", "card_renewing", "old_card_lost")),
        }
        made = asked(self.insurer, "/documents", application, 201)
        self.recorder.say(
            "document",
            reference=member.reference,
            number=made["Number"],
            occasion=made["Occasion"],
        )

    # --- cards ------------------------------------------------------------------------------

    def issue_card(self, member: Member) -> tuple[str, TestCard]:
        order = {"IndividualNumber": member.individual_number}
        issued = asked(self.console, "/sim/jlis/cards", order, 201)
        self.recorder.say("card", serial=issued["SerialNumber"])
        return issued["SerialNumber"], TestCard.of(issued["Authentication"])

    def see_a_card_through(self) -> None:
        """A card is issued, suspended, used again, and revoked."""
        serial, _ = self.issue_card(self.file_join())
        path = f"/sim/jlis/cards/{serial}"
        steps = (
            ("suspension", "PUT", f"{path}/suspension", None),
            ("lifting", "DELETE", f"{path}/suspension", None),
            ("suspension", "PUT", f"{path}/suspension", None),
            ("revocation", "POST", f"{path}/revocation", {"Reason": "cessationOfOperation"}),
        )
        for kind, method, url, body in steps:
            self.recorder.say("begun", serial=serial, step=kind)
            done = self.console.request(method, url, json=body)
            assert done.status_code == 204, done.text
            self.recorder.say(kind, serial=serial)

    def check_or_register(self) -> None:
        for place, card in enumerate(self.cards):
            if place % 2:
                where, path = self.console, "/portal/challenges?Purpose=registration"
            else:
                where, path = self.terminal, "/qualification/challenges?Purpose=registration"
            challenge = asked(where, path, None, 201)["Challenge"]
            proof = card.sign(challenge)
            if place % 2:
                asked(where, "/portal/registrations", {"CardProof": proof}, 201)
            else:
                done = where.post("/qualification/registrations", json=proof)
                assert done.status_code == 204, done.text
            self.recorder.say(
                "registration at the portal" if place % 2 else "registration at the reader",
                reference=self.members[place].reference,
                spent=spent_by(challenge),
            )
            answer = self.check(place)
            assert answer.status_code == 200, answer.text

    def check(self, place: int = 0) -> httpx2.Response:
        """Check the holder of a card."""
        challenge = asked(self.terminal, "/qualification/challenges", None, 201)["Challenge"]
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
            "MessageBody": {"CardProof": self.cards[place].sign(challenge)},
        }
        answer = self.terminal.post("/qualification/card", json=inquiry)
        if answer.status_code == 200:
            self.recorder.say(
                "check",
                reference=self.members[place].reference,
                spent=spent_by(challenge),
                inquiry=inquiry,
            )
        return answer

    # --- the clock, and the clinic ------------------------------------------------------------

    def set_clock(self, **setting: Any) -> None:
        done = self.console.put("/sim/clock", json=setting)
        assert done.status_code == 200, done.text
        self.recorder.say("setting of the clock", now=done.json()["Now"])

    def advance(self) -> None:
        key = secrets.token_hex(8)
        form = {"Seconds": 60}
        with self._one_advance:
            while (
                done := self.console.post(
                    "/sim/clock/advance", json=form, headers={"Idempotency-Key": key}
                )
            ).status_code == 409:
                pass  # one whom the cut struck in an advance keeps the clock for some seconds
        assert done.status_code == 200, done.text
        self.recorder.say(
            "advance", now=done.json()["Reading"]["Now"], key=key, form=form, answer=done.text
        )

    def move_the_clock(self) -> None:
        self.advance()
        self.set_clock(Mode="accelerated", SecondsPerDay=600)
        shown = self.console.get("/sim/clock").json()
        self.recorder.say("reading of the clock", now=shown["Now"])
        self.set_clock(Mode="frozen")

    def receive(self) -> None:
        """One patient has no way to be checked, another one is not known yet, and then is."""
        self._visit("unchecked", Cause="network", Birthdate="19800217")
        resident = self.add_resident()
        number = {
            "InsurerNumber": INSURER,
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": resident[0][-7:],
            "InsuredBranchNumber": "01",
            "Birthdate": "19800217",
        }
        first = self._visit("number", **number)
        if first in self._waiting():
            self.recorder.say("visit to be checked again", visit=first)
        self.file_join(*resident)
        self.advance()
        self._visit("number", **number, ForVisit=first)
        if first not in self._waiting():
            self.recorder.say("visit caught up", visit=first)

    def _waiting(self) -> set[str]:
        listed = self.clinic.get("/api/catch-up").json()["Waiting"]
        return {one["VisitId"] for one in listed}

    def _visit(self, channel: str, **form: str) -> str:
        key = secrets.token_hex(8)
        path = f"/api/visits/{channel}"
        done = self.clinic.post(path, json=form, headers={"Idempotency-Key": key})
        assert done.status_code == 201, done.text
        visit: str = done.json()["VisitId"]
        self.recorder.say(
            f"visit ({channel})", visit=visit, path=path, key=key, form=form, answer=done.text
        )
        return visit


def asked(client: httpx2.Client, path: str, body: Any, status: int = 200) -> dict[str, Any]:
    answer = client.post(path, json=body) if body is not None else client.post(path)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    read: dict[str, Any] = answer.json()
    return read
