"""A transport card on a USB reader stands in for 佐藤 花子, and she is received at the desk.

The reader is in the guest, with pcscd and libccid; the system with desk and virtual card is out
here. What the guest's reader client says goes to the testbed in the place of its own watch, as both
would be one machine.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from testbed.launch.deployment import Deployment
from testbed.stand_ins.acting_cards import ActingCards
from testbed.stand_ins.binding_register import mark_of
from testbed.stand_ins.card_on_reader import Sight
from testbed.story import Story
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
    """Tells the testbed what is seen of the guest's reader."""

    def __init__(self, guest: Guest, listening: socket.socket) -> None:
        self._guest, self._listening = guest, listening
        self._line: socket.socket | None = None
        self._insertions = 0

    def empty(self) -> None:
        self._say(Sight(("USB",)))

    def card(self) -> dict[str, Any]:
        """Ask the card in the guest, and tell what it is known by."""
        identity = self._guest.ask("identify")
        assert "error" not in identity, identity
        self._insertions += 1
        mark = mark_of(SALT, identity["kind"], bytes.fromhex(identity["value"]))
        self._say(
            Sight(("USB",), "USB", self._insertions, mark, identity["kind"], identity["changes"])
        )
        return identity

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _say(self, sight: Sight) -> None:
        if self._line is None:
            self._line, _ = self._listening.accept()
        self._line.sendall(json.dumps(asdict(sight)).encode() + b"\n")


@pytest.fixture
def bridge(guest: Guest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    place = tmp_path / "bridge"

    async def follow(self: ActingCards) -> None:
        read, write = await asyncio.open_unix_connection(place)
        async for line in read:
            self.hear(line)
        write.close()

    monkeypatch.setattr(ActingCards, "_follow_once", follow)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()
        bridge = Bridge(guest, listening)
        yield bridge
        bridge.close()


def until(ask: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not ask():
        assert time.monotonic() < deadline


def test_a_transport_card_on_a_usb_reader_is_received_as_hanako(
    guest: Guest, bridge: Bridge
) -> None:
    card = PlainCard(NUMBER)
    with Deployment(0) as system:
        with Story(system.addresses) as story:
            story.play()
        testbed = httpx2.Client(base_url=system.url("testbed"), timeout=SECONDS, trust_env=False)
        clinic = httpx2.Client(base_url=system.url("clinic"), timeout=SECONDS, trust_env=False)
        with testbed, clinic:
            testbed.delete("/slots/0")
            assert testbed.get("/stand-ins").status_code == 200

            def reader() -> dict[str, Any]:
                return dict(clinic.get("/api/state").json())

            with CcidPlug(card, guest.connect, power=guest.bus):
                guest.wait_for("card-inserted")
                assert bridge.card()["value"] == NUMBER.hex()
                assert testbed.post("/stand-ins/cards", json={"Card": "hanako"}).status_code == 201
                until(lambda: reader()["Card"] is not None)
                assert reader()["Reader"]["StandIn"] is True
                assert "代役のカードです（模擬）" in clinic.get("/").text
                visit = clinic.post("/api/visits", json={"Pin": "1234"})
                assert (visit.status_code, visit.json()["Word"]) == (201, "VALID"), visit.text
                assert visit.json()["Name"] == "佐藤　花子"
            guest.wait_for("card-removed")
            bridge.empty()
            until(lambda: not reader()["Reader"]["CardPresent"])
            assert reader()["Reader"]["StandIn"] is False
    assert {command.hex() for command in card.commands} == {"ffca000000"}


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
