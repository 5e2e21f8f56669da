"""Building the town: everything is filed, issued and registered as it would be in life.

It goes on where the story ends, over HTTP only, so that what is in the databases afterwards has
come there by the same ways as anything else.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from eligibility.identifiers.names import as_answered
from eligibility.sentence import Sentence
from reader.errors import ReaderError
from reader.pin import Pin
from reader.session import prove_identity
from testbed.cards.life import TOWN_DAY
from testbed.cards.personas import townspeople
from testbed.launch.line_certificates import insurer
from testbed.launch.participants import INSTITUTION
from testbed.mistakes import Mistake
from virtual_card.plugs.inprocess import InProcessConnection
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from testbed.cards.card_store import CardStore
    from testbed.cards.life import Filing
    from testbed.cards.personas import Persona
    from testbed.launch.participants import Addresses

SECONDS = 60.0
"""How long one request may take."""
_AT_ONCE = 3
"""Cards that are made at the same time: J-LIS and the printer work on one each, one waits."""
_IN_STORY = "hanako"
"""Whom the story has made a resident, insured and given her card."""
_CITY = "99001"
"""The town's municipality."""


class TownNotBuilt(Mistake):
    """The town cannot be built; the message says at what, and why."""

    code = "town-not-built"


@dataclass
class TownBuilder:
    """Builds the town in a system in which the story has been played."""

    addresses: Addresses
    cards: CardStore
    done: Callable[[], object] = lambda: None
    """Is called after each step."""
    _references: dict[str, str] = field(default_factory=dict, init=False)
    """How OQS calls each, by key."""
    _lines: dict[str, httpx2.Client] = field(default_factory=dict, init=False)
    """To the intermediate server, by insurer."""

    def __enter__(self) -> Self:
        self._open = ExitStack()
        self._console = self._client(self.addresses.oqs_console)
        self._testbed = self._client(self.addresses.testbed)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @staticmethod
    def steps() -> int:
        """Return how many steps there are."""
        return len(townspeople())

    def build(self) -> None:
        """Have everybody live there.

        Raises:
            TownNotBuilt: a service refuses something, or does not answer.
        """
        people = list(townspeople().values())
        for who in people:
            self._move_in(who)
            self._file(who, who.life.filings if who.life else ())
        self._apply()
        for who in people:
            self._support(who)
        with ThreadPoolExecutor(_AT_ONCE) as makers:
            for _ in makers.map(self._hand_over, people):
                self.done()
        for who in people:
            self._file(who, who.life.later if who.life else ())
        self._apply()

    def _move_in(self, who: Persona) -> None:
        if not who.individual_number or who.key.partition("-")[0] == _IN_STORY:
            return
        answer = self._ask(
            self._console,
            "POST",
            "/sim/jlis/residents",
            {
                "IndividualNumber": who.individual_number,
                "Name": who.name,
                "NameKana": who.name_kana,
                "Sex1": who.sex,
                "Birthdate": who.birthdate,
                "Address": who.address,
                "PostNumber": who.post_number,
            },
        )
        self._references[who.key] = answer["PersonReference"]

    def _file(self, who: Persona, filings: Iterable[Filing]) -> None:
        for filing in filings:
            person = {"IndividualNumber": who.individual_number}
            if (name := as_answered(who.name)) != who.name:
                # An insurer's system has a character that it cannot write as ● (P-029).
                person |= {"Name": name, "NameKana": who.name_kana}
            if not who.individual_number:
                person = {
                    "Name": who.name,
                    "NameKana": who.name_kana,
                    "Sex1": who.sex,
                    "Birthdate": who.birthdate,
                    "Address": who.address,
                    "PostNumber": who.post_number,
                }
            line = self._line(filing["InsurerNumber"])
            self._ask(line, "POST", "/procedures", {**filing, **person})

    def _support(self, who: Persona) -> None:
        """Have the welfare office, the municipality and the insurer give what they give."""
        if who.life is None:
            return
        reference = self._references.get(who.key, "")
        if help_ := who.life.assistance:
            office = f"/sim/welfare/offices/{help_.office}"
            self._ask(self._console, "PUT", office, {"Name": help_.name})
            recipient = {
                "PersonReference": reference,
                "RecipientNumber": help_.recipient,
                "StartedOn": help_.since,
            }
            self._ask(self._console, "POST", f"{office}/recipients", recipient)
            ticket = {
                "RecipientNumber": help_.recipient,
                "TicketType": "01",
                "IssueNumber": "1",
                "MedicalTreatmentMonth": f"{TOWN_DAY:%Y%m}",
                "DesignatedMedicalInstitutionCode": INSTITUTION,
                "MedicalTreatmentType": "02",
                "InjuryName1": "高血圧症",
            }
            self._ask(self._console, "POST", f"{office}/tickets", {"Tickets": [ticket]})
        if subsidy := who.life.subsidy:
            city = f"/sim/subsidies/municipalities/{_CITY}"
            connected = {"Name": "模擬市", "ConnectedOn": subsidy.since}
            self._ask(self._console, "PUT", city, connected)
            certificate = {
                "PersonReference": reference,
                "PayerNumber": subsidy.payer,
                "RecipientNumber": subsidy.recipient,
                "Name": "子ども医療費受給者証",
                "ValidFrom": subsidy.since,
            }
            self._ask(self._console, "POST", f"{city}/certificates", certificate)
        if disease := who.life.disease:
            self._ask(
                self._console,
                "PUT",
                f"/sim/medical/persons/{reference}/specific-diseases/{disease.category}",
                {
                    "SpecificDiseasesCertificateDate": disease.since,
                    "SpecificDiseasesValidStartDate": disease.since,
                },
            )

    def _hand_over(self, who: Persona) -> None:
        if not who.has_card:
            return
        if who.key != _IN_STORY:
            self._ask(self._testbed, "POST", "/cards", {"Persona": who.key})
        if who.life is None:
            return
        if who.life.registered:
            pin = {"Pin": who.authentication_pin}
            self._ask(self._testbed, "POST", f"/cards/{who.key}/registration", pin)
        if who.life.pin_locked:
            self._lock(who)

    def _lock(self, who: Persona) -> None:
        """Enter a wrong PIN until the card takes none any more, the last try too."""
        wrong = "".join(str((int(digit) + 1) % 10) for digit in who.authentication_pin)
        card = self.cards.card(who.key)
        for _ in range(3):
            connection = InProcessConnection(card)
            with suppress(ReaderError), Pin.authentication(wrong) as pin:
                prove_identity(connection, pin, secrets.token_bytes(32), confirmed_last_try=True)
            connection.close()

    def _apply(self) -> None:
        """Have all that is due be visible."""
        self._ask(self._console, "POST", "/sim/clock/advance", {"Seconds": 0})

    def _client(self, url: str, **options: Any) -> httpx2.Client:
        return self._open.enter_context(httpx2.Client(base_url=url, timeout=SECONDS, **options))

    def _line(self, number: str) -> httpx2.Client:
        if number not in self._lines:
            own = credentials(self.addresses.line_directory, insurer(number))
            self._lines[number] = self._client(
                self.addresses.intermediate_line, verify=own.client_context(INTERMEDIATE_SERVER)
            )
        return self._lines[number]

    @staticmethod
    def _ask(client: httpx2.Client, method: str, path: str, body: object) -> dict[str, Any]:
        return ask(client, method, path, body)


def ask(client: httpx2.Client, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Ask a service, and return its answer.

    Raises:
        TownNotBuilt: it refuses, or does not answer.
    """
    try:
        response = client.request(method, path, json=body)
    except httpx2.HTTPError as error:
        raise TownNotBuilt(
            Sentence(
                f"練習の町を用意できません。{client.base_url} が答えませんでした（{error}）。"
                "もう一度始めてください。",
                f"The practice town cannot be made: {client.base_url} did not answer ({error}). "
                "Start again.",
            )
        ) from None
    if not response.is_success:
        said = response.text
        with suppress(ValueError):
            said = response.json().get("japanese") or said
        raise TownNotBuilt(
            Sentence(
                f"練習の町を用意できません。{method} {path} の答えは "
                f"{response.status_code} でした。{said}",
                f"The practice town cannot be made: {method} {path} answered "
                f"{response.status_code}: {response.text}",
            )
        )
    answer: dict[str, Any] = response.json() if response.content else {}
    return answer
