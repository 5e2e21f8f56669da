"""Members of insurers who live through their scenarios together, in one deployment, day by day.

A scenario is a generator: it files and looks, and yields the day on which it wants to go on. All
of them go on in the order of their days, so that one advance of the clock serves all.
"""

from __future__ import annotations

import csv
import heapq
import io
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select

from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import individual_check_digit
from oqs_sim.store.schema import registration
from storage import bucket_of
from tests.intermediate_server.conftest import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.intermediate_server.conftest import Deployment


ADVANCE_SECONDS = 300.0
"""Within these all that falls due in months is done, on a machine under load."""


class Paper(NamedTuple):
    """A decision in the register of documents; days as ``2026-11-24``, None where there is none."""

    occasion: str
    kind: str | None
    issued_on: str | None = None
    expires_on: str | None = None


def written(day: str) -> str:
    """Write a day as the interface does."""
    return day.replace("-", "")


def read(day: str | None) -> str | None:
    """Read a day of the interface."""
    return day and f"{day[:4]}-{day[4:6]}-{day[6:]}"


@dataclass
class World:
    """A deployment with all insurers, its clock, and whoever waits for a day."""

    deployment: Deployment
    today: str
    _persons: int = 0
    _waiting: list[tuple[str, int, Any]] = field(default_factory=list)
    _clients: dict[str, httpx2.Client] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    """What went wrong in a course, by the course's number."""

    def client(self, participant: str) -> httpx2.Client:
        """Return the client of an insurer or a terminal."""
        if participant not in self._clients:
            terminal = participant.startswith("terminal")
            url = self.deployment.oqs_line.url if terminal else self.deployment.line.url
            self._clients[participant] = self.deployment.client(url, participant)
        return self._clients[participant]

    def individual_number(self) -> str:
        """Return a number that nobody has."""
        self._persons += 1
        body = f"{99_000_010_000 + self._persons}"
        return f"{body}{individual_check_digit(body)}"

    def advance(self, day: str) -> None:
        """Move the clock to nine o'clock of a day; all that falls due is done then."""
        answer = self.deployment.oqs.post(
            "/sim/clock/advance", json={"To": f"{day}T09:00:00+09:00"}, timeout=ADVANCE_SECONDS
        )
        assert answer.status_code == 200, answer.text
        self.today = day

    def play(self, courses: dict[int, Iterator[str]]) -> None:
        """Have all courses go on to their ends; what fails in one hinders no other."""
        for number, course in courses.items():
            self._go_on(number, course)
        while self._waiting:
            day, number, course = heapq.heappop(self._waiting)
            if day != self.today:
                self.advance(day)
            self._go_on(number, course)

    def _go_on(self, number: int, course: Iterator[str]) -> None:
        try:
            day = next(course)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 # the test of this course tells it
            self.faults[number] = f"on {self.today}:\n{traceback.format_exc(limit=-3)}"
            return
        assert day >= self.today, "a scenario cannot go back"
        heapq.heappush(self._waiting, (day, number, course))

    @property
    def now(self) -> datetime:
        """The business instant."""
        shown = self.deployment.oqs.get("/sim/clock").json()["Now"]
        return datetime.fromisoformat(shown).astimezone(TOKYO)


@dataclass
class Member:
    """One who lives through a scenario at an insurer; procedures are filed by one channel."""

    world: World
    insurer: str
    by_file: bool
    late_elderly: bool = False
    """Whether the insurer is 後期高齢者医療, whose numbers have neither 記号 nor 枝番."""
    reference: str = ""
    number: str = ""
    birthdate: str = ""
    individual_number: str | None = None

    # --- who it is ---

    def lives(self, birthdate: str, name: str = "模擬　試子", **other: str) -> None:
        """Enter the person into the resident register."""
        self.birthdate = birthdate
        self.individual_number = self.world.individual_number()
        self.number = f"{90_000_000 + int(self.individual_number[-7:-1])}"
        resident = {
            "IndividualNumber": self.individual_number, "Name": name, "NameKana": "ﾓｷﾞ ｼｺ",
            "Sex1": "2", "Birthdate": written(birthdate), "Address": "模擬県模擬市本町1-1",
            "PostNumber": "990-0001", **other,
        }  # fmt: skip
        answer = self.world.deployment.oqs.post("/sim/jlis/residents", json=resident)
        self.reference = answer.raise_for_status().json()["PersonReference"]

    def gets_card(self, issued_on: str) -> None:
        """Have a card issued, and register it for insurance use, as the portal does."""
        order = {"IndividualNumber": self.individual_number, "IssuedOn": written(issued_on)}
        self.world.deployment.oqs.post("/sim/jlis/cards", json=order).raise_for_status()
        row = {
            "bucket": bucket_of(self.reference),
            "person_reference": self.reference,
            "channel": "portal",
            "registered_at": self.world.now,
        }
        with self.world.deployment.faults.app.state.engine.begin() as connection:
            connection.execute(insert(registration), row)

    @property
    def registered(self) -> bool:
        """Whether OQS has the use registration."""
        query = select(registration).where(registration.c.person_reference == self.reference)
        with self.world.deployment.faults.app.state.engine.connect() as connection:
            return connection.execute(query).first() is not None

    # --- what is filed ---

    @property
    def insured(self) -> dict[str, str]:
        """記号・番号・枝番, as a procedure and an inquiry name them."""
        known = {"InsuredIdentificationNumber": self.number}
        if not self.late_elderly:
            known |= {"InsuredCardSymbol": "模擬", "InsuredBranchNumber": "01"}
        return known

    def files(
        self, kind: str, *, insurer: str | None = None, alone: bool = False, **procedure: str
    ) -> str:
        """File a procedure today, ``alone`` where files do not take it; return when it shows."""
        insurer = insurer or self.insurer
        body = {
            "Kind": kind, "InsurerNumber": insurer, "FiledOn": written(self.world.today),
            **self.insured, **procedure,
        }  # fmt: skip
        if self.individual_number:
            body.setdefault("IndividualNumber", self.individual_number)
        client = self.world.client(f"insurer-{insurer}")
        by_file = self.by_file and not alone
        return self._by_file(client, body) if by_file else _by_line(client, body)

    def joins(self, since: str, **procedure: str) -> str:
        """File that the person has joined."""
        return self.files("join", QualificationDate=written(since), **procedure)

    def _by_file(self, client: httpx2.Client, body: dict[str, str]) -> str:
        sent = io.StringIO()
        lines = csv.DictWriter(sent, list(dict.fromkeys([*body, "IndividualNumber"])))
        lines.writeheader()
        lines.writerow(body)
        answer = client.post(
            "/procedures/file", content=sent.getvalue(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 200, answer.text
        (line,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        # What came in a file is decided by a run, which the insurer starts.
        order = {"InsurerNumber": body["InsurerNumber"], "Kind": "changes"}
        run = client.post("/runs", json=order).raise_for_status().json()
        assert run["State"] == "done", run
        return line["見える日"]

    # --- what came of it ---

    def answer(self, *, insurer: str | None = None, **asked: str) -> dict[str, Any]:
        """Ask OQS by number, as a clinic does: validity, and what is said of the eligibility."""
        search = {
            "InsurerNumber": insurer or self.insurer, "Birthdate": written(self.birthdate),
            **self.insured, **asked,
        }  # fmt: skip
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": TERMINAL},
            "MessageBody": {"QualificationConfirmSearchInfo": search},
        }
        client = self.world.client(f"terminal-{TERMINAL}")
        body = client.post("/qualification/number", json=inquiry).raise_for_status().json()
        found = body["MessageBody"]
        results = found.get("ResultList") or [{"ResultOfQualificationConfirmation": {}}]
        said: dict[str, Any] = {"Results": len(found.get("ResultList") or ())}
        with suppress(IndexError):
            said |= results[0]["ResultOfQualificationConfirmation"]
        return said | {"Validity": found["QualificationValidity"]}

    def validity(self, **asked: str) -> str:
        """Return 資格有効性 (P-024): 1 有効, 2 無効, 3 新しい資格あり, 4 該当なし, 5 複数該当."""
        said: str = self.answer(**asked)["Validity"]
        return said

    def ratio(self, **asked: str) -> str:
        """Return the share that a clinic is told."""
        said: str = self.answer(**asked)["InsuredPartialContributionRatio"]
        return said

    @property
    def page(self) -> dict[str, Any]:
        """The member's page, as JSON."""
        page = self.world.deployment.pages.get(f"/sim/persons/{self.reference}")
        found: dict[str, Any] = page.raise_for_status().json()
        return found

    @property
    def papers(self) -> list[Paper]:
        """What the register of documents has of the person, in order."""
        return [
            Paper(
                one["Occasion"], one.get("Kind"),
                read(one.get("IssuedOn")), read(one.get("ExpiresOn")),
            )
            for one in self.page.get("Documents", ())
        ]  # fmt: skip

    def paper(self, occasion: str) -> Paper | None:
        """Return what was decided last on an occasion."""
        return next((one for one in reversed(self.papers) if one.occasion == occasion), None)

    def in_hand(self) -> dict[str, str]:
        """Return what is to be done with each paper in the member's hand, by its kind."""
        asked = {"InsurerNumber": self.insurer, "IndividualNumber": self.individual_number}
        client = self.world.client(f"insurer-{self.insurer}")
        held = client.post("/members/standing", json=asked).raise_for_status().json()
        return {one["Document"]["Kind"]: one["Disposal"] for one in held["Documents"]}


def _by_line(client: httpx2.Client, body: dict[str, str]) -> str:
    answer = client.post("/procedures", json=body)
    assert answer.status_code == 201, answer.text
    day = read(answer.json()["ReflectionDate"])
    assert day
    return day
