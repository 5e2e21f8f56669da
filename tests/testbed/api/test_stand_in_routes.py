"""A card of any make on a real reader, and the virtual card that lies in the slot for it.

A second PC/SC service of ours is the machine's own here, and its slots are the real readers.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from reader.description.layout import is_stand_in
from reader.pcsc.pcsc_connection import PcscConnection
from testbed.app import build_app
from testbed.cards.card_store import CardStore
from testbed.readers.private_pcscd import PcscStack
from testbed.settings import Settings
from tests.equipment.served import Served
from tests.presence import wait_until
from tests.reader.plain_card import BANK_CARD_ATR, PlainCard
from virtual_card.plugs.vpcd import VpcdPlug
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from virtual_card.image.card_image import CardImage

pytestmark = pytest.mark.pcscd

READER = "Virtual PCD 00 00"
NUMBER = bytes.fromhex("04A2B3C4D5E680")
OTHER = bytes.fromhex("04FFFFFFD5E680")
SECONDS = 20.0


class RealReaders:
    """The readers of the machine, and the cards that somebody puts on them."""

    def __init__(self, stack: PcscStack) -> None:
        self.stack = stack
        self._plugs: dict[int, VpcdPlug] = {}

    def put_on(self, card: PlainCard, slot: int = 0) -> None:
        plug = self._plugs[slot] = VpcdPlug(card, lambda: self.stack.connect(slot))
        plug.insert()

    def take_off(self, slot: int = 0) -> None:
        self._plugs.pop(slot).remove()

    def clear(self) -> None:
        for slot in list(self._plugs):
            self.take_off(slot)


@pytest.fixture(scope="module")
def machine() -> Iterator[PcscStack]:
    with tempfile.TemporaryDirectory(prefix="oqs-real-") as place, PcscStack(Path(place)) as stack:
        yield stack


@pytest.fixture
def readers(machine: PcscStack) -> Iterator[RealReaders]:
    readers = RealReaders(machine)
    yield readers
    readers.clear()
    for slot in range(machine.slots):
        assert machine.wait_until_empty(slot)


@pytest.fixture
def begin(
    pcsc_stack: PcscStack, card_image: CardImage, tmp_path: Path
) -> Iterator[Callable[[str | None], httpx2.Client]]:
    """Start a testbed beside the PC/SC service of the real readers, and end it with the test."""
    store = CardStore(tmp_path / "cards")
    for name in ("hanako", "ichiro"):
        store.add(name, card_image)
    with ExitStack() as stay:

        def begin(service: str | None) -> httpx2.Client:
            settings = Settings(
                store.directory,
                pcsc_stack.directory,
                "http://127.0.0.1:9",
                stand_ins=tmp_path / "stand-ins.json",
                real_service=service,
            )
            listening = stay.enter_context(bind("127.0.0.1", 0))
            listener = Listener(listening)
            stay.enter_context(Served(build_app(settings), listener))
            return stay.enter_context(
                httpx2.Client(base_url=listener.url, timeout=SECONDS, trust_env=False)
            )

        yield begin
    for slot in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(slot)


@pytest.fixture
def testbed(begin: Callable[[str | None], httpx2.Client], readers: RealReaders) -> httpx2.Client:
    return begin(str(readers.stack.socket))


def bound(testbed: httpx2.Client, card: str) -> httpx2.Response:
    return testbed.post("/stand-ins/cards", json={"Card": card})


def seen(testbed: httpx2.Client, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the list of the stand-ins once something can be seen in it."""
    deadline = time.monotonic() + SECONDS
    while not what(state := testbed.get("/stand-ins/cards").json()):
        assert time.monotonic() < deadline, state
    return dict(state)


def in_slot(testbed: httpx2.Client, card: str | None) -> None:
    deadline = time.monotonic() + SECONDS
    while testbed.get("/slots/0").json()["Card"] != card:
        assert time.monotonic() < deadline, testbed.get("/stand-ins/cards").text


def watched(testbed: httpx2.Client) -> None:
    """Have the page opened, from which on the readers are watched."""
    assert testbed.get("/stand-ins").status_code == 200
    seen(testbed, lambda state: bool(state["Readers"]))


def laid(testbed: httpx2.Client) -> None:
    seen(testbed, lambda state: bool(state["CardPresent"]))


def test_the_virtual_card_comes_and_goes_with_the_one_that_stands_in_for_it(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    card = PlainCard(NUMBER)
    readers.put_on(card)
    laid(testbed)
    answer = bound(testbed, "hanako")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"Card": "hanako", "Kind": "uid", "OnReader": True}
    with PcscConnection(READER) as connection:
        assert is_stand_in(connection.atr)
        select = bytes.fromhex("00A4040C0AD392F000260100000001")
        assert connection.send(select) == (b"", 0x9000)
    readers.take_off()
    in_slot(testbed, None)
    wait_until(READER, present=False)
    readers.put_on(PlainCard(OTHER))
    laid(testbed)
    in_slot(testbed, None)
    readers.take_off()
    seen(testbed, lambda state: not state["CardPresent"])
    readers.put_on(card)
    in_slot(testbed, "hanako")
    assert {command.hex() for command in card.commands} == {"ffca000000"}


def test_a_binding_is_there_in_the_next_system_without_anybody_asking(
    begin: Callable[[str | None], httpx2.Client], testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER))
    laid(testbed)
    assert bound(testbed, "ichiro").status_code == 201
    readers.take_off()
    in_slot(testbed, None)
    following = begin(str(readers.stack.socket))
    seen(following, lambda state: bool(state["Readers"]))
    readers.put_on(PlainCard(NUMBER))
    seen(following, lambda state: any(one["OnReader"] for one in state["StandIns"]))


def test_what_is_taken_back_leaves_the_slot_at_once(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER))
    laid(testbed)
    bound(testbed, "hanako")
    in_slot(testbed, "hanako")
    assert testbed.delete("/stand-ins/cards/hanako").status_code == 204
    assert testbed.get("/slots/0").json()["Card"] is None
    again = testbed.delete("/stand-ins/cards/hanako")
    assert (again.status_code, again.json()["code"]) == (404, "SIM-STAND-IN-UNKNOWN")


def test_nobodys_card_is_asked_before_somebody_binds_one(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    card = PlainCard(NUMBER)
    readers.put_on(card)
    assert readers.stack.wait_until_card(0)
    assert testbed.get("/").status_code == 200
    assert testbed.get("/stand-ins/cards").json()["Watching"] is False
    assert card.commands == []


def test_a_card_on_contacts_is_bound_by_its_make_and_the_page_says_so(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(atr=BANK_CARD_ATR))
    laid(testbed)
    assert bound(testbed, "hanako").json()["Kind"] == "atr"
    assert "同じ種類のカードは、どれもこの人の代役になります" in testbed.get("/stand-ins").text
    refused = bound(testbed, "ichiro")
    assert refused.json()["code"] == "SIM-STAND-IN-BOUND"
    assert "同じ種類のカードはどれも同じに見えます" in refused.json()["japanese"]


def test_a_phone_is_refused_with_a_sentence(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(bytes.fromhex("08A1B2C3")))
    laid(testbed)
    refused = bound(testbed, "hanako").json()
    assert refused["code"] == "SIM-STAND-IN-CHANGES"
    assert "スマートフォン" in refused["japanese"]
    assert "代役にできません" in testbed.get("/stand-ins").text


def test_an_unknown_persona_is_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    readers.put_on(PlainCard(NUMBER))
    refused = bound(testbed, "nobody")
    assert (refused.status_code, refused.json()["code"]) == (404, "SIM-CARD-UNKNOWN")
    assert "ichiro" in refused.json()["japanese"]


def test_an_empty_reader_is_told(testbed: httpx2.Client) -> None:
    refused = bound(testbed, "hanako")
    assert refused.json()["code"] == "SIM-READER"
    assert "代役にするカードを置いたまま" in refused.json()["japanese"]


def test_cards_on_two_readers_are_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER), 0)
    readers.put_on(PlainCard(OTHER), 1)
    seen(testbed, lambda state: "2台" in (state["TroubleJapanese"] or ""))
    assert "代役にするカードだけ" in bound(testbed, "hanako").json()["japanese"]
    assert "代役にするカードだけ" in testbed.get("/stand-ins").text
    readers.take_off(1)
    laid(testbed)
    assert bound(testbed, "hanako").status_code == 201


def test_a_card_that_leaves_too_early_is_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER, pulled=True))
    seen(testbed, lambda state: "途中で外れました" in (state["TroubleJapanese"] or ""))
    assert "途中で外れました" in bound(testbed, "hanako").json()["japanese"]


def test_a_machine_without_a_service_for_readers_is_told(
    begin: Callable[[str | None], httpx2.Client], tmp_path: Path
) -> None:
    testbed = begin(str(tmp_path / "nothing"))
    refused = bound(testbed, "hanako").json()
    assert refused["code"] == "SIM-READER"
    assert "カード読取サービスに接続できません" in refused["japanese"]
    assert "カード読取サービスに接続できません" in testbed.get("/stand-ins").text
