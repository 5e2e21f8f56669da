"""A card on a USB reader stands in for 佐藤 花子, and she is received at the desk.

A transport card, then somebody's own My Number Card, of another authority and with other keys.

The reader is in the guest, with pcscd and libccid; the system with desk and virtual card is out
here. What the guest's reader client says goes to the testbed in the place of its own watch, as both
would be one machine.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from reader.description.layout import AUTHENTICATION_PIN
from reader.description.status import StatusWord
from reader.pcsc.identity import IdentityKind
from testbed.launch.deployment import Deployment
from testbed.stand_ins import acting_cards
from testbed.stand_ins.acting_cards import ActingCards
from testbed.stand_ins.binding_register import mark_of
from testbed.stand_ins.card_on_reader import Answer, OwnPin, Request, Sight
from testbed.story import Story
from tests.equipment.counting import CountingCard
from tests.reader.own_card.foreign_card import PIN as OWN_PIN
from tests.reader.own_card.foreign_card import foreign_card
from tests.reader.plain_card import BANK_CARD_ATR, PlainCard
from virtual_card.plugs.ccid import CcidPlug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.usb.guest import Guest

pytestmark = [pytest.mark.timeout(600), pytest.mark.deployment, pytest.mark.pcscd]

NUMBER = bytes.fromhex("04A2B3C4D5E680")
SALT = bytes(16)
SECONDS = 30.0


class Bridge:
    """Tells the testbed what is seen of the guest's reader, and asks the card there for it."""

    def __init__(self, guest: Guest, listening: socket.socket) -> None:
        self._guest, self._listening = guest, listening
        self._line: socket.socket | None = None
        self._insertions = 0
        self._certificate = ""

    def empty(self) -> None:
        self._say(Sight(("USB",)))

    def card(self) -> dict[str, Any]:
        """Ask the card in the guest, and tell what it is known by."""
        identity = self._guest.ask("identify")
        assert "error" not in identity, identity
        value = bytes.fromhex(identity["value"])
        self._see(IdentityKind(identity["kind"]), value, changes=identity["changes"])
        return identity

    def own_card(self) -> None:
        """Ask the My Number Card in the guest for its certificate, and tell that."""
        own = self._guest.ask("recognise")
        assert own["tries"] == 3, own
        self._certificate = own["certificate"]
        self._see(IdentityKind.CERTIFICATE, bytes.fromhex(self._certificate), OwnPin.USABLE)

    def _answer(self, request: Request) -> Answer:
        """Have the card in the guest tell its tries, or compare a PIN and sign."""
        number = request.number
        if request.pin is None:
            return Answer(number, tries=self._guest.ask("tries")["tries"])
        told = self._guest.ask("prove_own", pin=request.pin, certificate=self._certificate)
        match told.get("error"):
            case None:
                return Answer(number)
            case "CardRemoved":
                return Answer(number, left=True)
            case "PinWrong":
                return Answer(number, status=0x63C0 | told["attempts_remaining"])
        return Answer(number, status=StatusWord.CONDITIONS_NOT_SATISFIED)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _see(
        self, kind: IdentityKind, value: bytes, pin: OwnPin | None = None, *, changes: bool = False
    ) -> None:
        self._insertions += 1
        mark = mark_of(SALT, kind, value)
        self._say(Sight(("USB",), "USB", self._insertions, mark, kind, changes, pin))

    def _say(self, what: Sight | Answer) -> None:
        if self._line is None:
            self._line, _ = self._listening.accept()
            threading.Thread(target=self._serve, args=(self._line,), daemon=True).start()
        self._line.sendall(json.dumps(asdict(what)).encode() + b"\n")

    def _serve(self, line: socket.socket) -> None:
        with line.makefile("rb") as requests:
            for request in requests:
                self._say(self._answer(Request(**json.loads(request))))


@pytest.fixture
def bridge(guest: Guest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    place = tmp_path / "bridge"

    async def follow(self: ActingCards) -> None:
        read, write = await asyncio.open_unix_connection(place)
        self._line = acting_cards._Line(write)
        try:
            async for line in read:
                self.hear(line)
        finally:
            write.close()

    monkeypatch.setattr(ActingCards, "_follow_once", follow)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        made = Bridge(guest, listening)
        yield made
        made.close()


@dataclass
class Desk:
    """The desk outside, and the testbed beside it."""

    testbed: httpx2.Client
    clinic: httpx2.Client

    def reader(self) -> dict[str, Any]:
        return dict(self.clinic.get("/api/state").json())

    def wait_until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Follow the events: the guest needs the processor that asking again would take."""
        with self.clinic.stream("GET", "/events") as events:
            for told in events.iter_lines():
                if told.startswith("data:") and holds(self.reader()):
                    return
        raise AssertionError("the events ended")

    def bind(self, **how: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not self.testbed.get("/stand-ins/cards").json()["CardPresent"]:
            assert time.monotonic() < deadline, "the testbed was not told of the card"
        answer = self.testbed.post("/stand-ins/cards", json={"Card": "hanako", **how})
        assert answer.status_code == 201, answer.text
        self.wait_until(lambda state: state["Card"] is not None)
        assert self.reader()["Reader"]["StandIn"] is True

    def visit(self, pin: str, **more: bool) -> httpx2.Response:
        return self.clinic.post("/api/visits", json={"Pin": pin, **more})


@pytest.fixture
def desk(bridge: Bridge) -> Iterator[Desk]:
    del bridge  # which takes the place of the watch before that begins
    with Deployment(0) as system:
        with Story(system.addresses) as story:
            story.play()
        testbed = httpx2.Client(base_url=system.url("testbed"), timeout=SECONDS, trust_env=False)
        clinic = httpx2.Client(base_url=system.url("clinic"), timeout=SECONDS, trust_env=False)
        with testbed, clinic:
            testbed.delete("/slots/0")
            assert testbed.get("/stand-ins").status_code == 200
            yield Desk(testbed, clinic)


def test_a_transport_card_and_then_an_own_card_on_a_usb_reader_are_received_as_hanako(
    guest: Guest, bridge: Bridge, desk: Desk
) -> None:
    card = PlainCard(NUMBER)
    with CcidPlug(card, guest.connect, power=guest.bus):
        guest.wait_for("card-inserted")
        assert bridge.card()["value"] == NUMBER.hex()
        desk.bind()
        assert "代役のカードです（模擬）" in desk.clinic.get("/").text
        visit = desk.visit("1234")
        assert (visit.status_code, visit.json()["Word"]) == (201, "VALID"), visit.text
        assert visit.json()["Name"] == "佐藤　花子"
    guest.wait_for("card-removed")
    bridge.empty()
    desk.wait_until(lambda state: not state["Reader"]["CardPresent"])
    assert desk.reader()["Reader"]["StandIn"] is False
    assert {command.hex() for command in card.commands} == {"ffca000000"}

    own = foreign_card()
    heard = CountingCard(own)
    with CcidPlug(heard, guest.connect, power=guest.bus):
        guest.wait_for("card-inserted")
        bridge.own_card()
        desk.bind(Use="pin")
        assert "ご自身のカードです（模擬）" in desk.clinic.get("/").text
        assert desk.reader()["Reader"]["OwnCard"] == "pin"
        wrong = desk.visit("1234")
        assert wrong.json()["japanese"] == "暗証番号が違います。あと2回入力できます。"
        assert own.tries_left(AUTHENTICATION_PIN) == 2
        heard.taken()
        visit = desk.visit(OWN_PIN)
        assert (visit.status_code, visit.json()["Word"]) == (201, "VALID"), visit.text
        assert visit.json()["Name"] == "佐藤　花子"
        assert [one[1] for one in heard.taken()].count(0x2A) == 1, "the own card signed"
        assert own.tries_left(AUTHENTICATION_PIN) == 3
        for left in (2, 1):
            assert f"あと{left}回" in desk.visit("0000").json()["japanese"]
        kept = desk.visit(OWN_PIN, ConfirmLastTry=True).json()
        assert "最後の1回を使いません" in kept["japanese"]
        assert own.tries_left(AUTHENTICATION_PIN) == 1
    guest.wait_for("card-removed")
    bridge.empty()
    desk.wait_until(lambda state: not state["Reader"]["CardPresent"])


def test_a_bank_card_in_a_usb_reader_has_its_answer_to_reset_only(guest: Guest) -> None:
    with CcidPlug(PlainCard(atr=BANK_CARD_ATR), guest.connect, power=guest.bus):
        guest.wait_for("card-inserted")
        identity = guest.ask("identify")
    guest.wait_for("card-removed")
    assert (identity["kind"], identity["changes"]) == ("atr", False)
    assert bytes.fromhex(identity["value"])[0] in {0x3B, 0x3F}


def test_a_phone_on_a_usb_reader_changes_its_number(guest: Guest) -> None:
    with CcidPlug(PlainCard(bytes.fromhex("08A1B2C3")), guest.connect, power=guest.bus):
        guest.wait_for("card-inserted")
        assert guest.ask("identify")["changes"] is True
    guest.wait_for("card-removed")
