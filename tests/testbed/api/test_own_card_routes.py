"""Somebody's own My Number Card on a real reader: enrolled, used, and what is told of it."""

from __future__ import annotations

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from reader.description.layout import AUTHENTICATION_PIN, StandInKind
from reader.errors import CardFault, CardRemoved, PinNotSent, PinWrong
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import look, prove_identity
from tests.equipment.counting import CountingCard
from tests.equipment.leaks import leaks, told_by
from tests.presence import wait_until
from tests.reader.own_card.foreign_card import (
    PIN,
    YEAR,
    certificate,
    foreign_card,
    of_a_later_generation,
)
from tests.reader.plain_card import PlainCard
from tests.testbed.api.conftest import beside, own_machine
from tests.testbed.api.real_readers import (
    READER,
    SECONDS,
    RealReaders,
    bound,
    in_slot,
    laid,
    seen,
    watched,
)
from virtual_card.wrappers.fault import Fault
from virtual_card.wrappers.faulty_card import FaultyCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx2

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.card import VirtualCard
    from virtual_card.image.card_image import CardImage

pytestmark = pytest.mark.pcscd

CHALLENGE = b"challenge of the desk"
RIGHT, WRONG = Pin.authentication(PIN), Pin.authentication("0000")
OF_PERSONA = Pin.authentication("1234")


@pytest.fixture
def testbed(lasting_testbed: httpx2.Client, readers: RealReaders) -> Iterator[httpx2.Client]:
    yield lasting_testbed
    lasting_testbed.delete("/stand-ins/cards/hanako")
    readers.clear()
    seen(lasting_testbed, lambda state: not state["CardPresent"])


def enrol(testbed: httpx2.Client, use: str, card: str = "hanako") -> None:
    answer = bound(testbed, card, use)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"Card": card, "Kind": "certificate", "Use": use, "OnReader": True}


def spend(card: VirtualCard, tries: int) -> None:
    for _ in range(tries):
        card.process(bytes.fromhex("00A4040C0AD392F000260100000001"))
        card.process(bytes.fromhex("00200098 04") + b"0000")
    card.power_off()


def test_a_card_of_another_authority_opens_the_personas_card_with_its_own_pin(
    testbed: httpx2.Client,
    readers: RealReaders,
    card_image: CardImage,
    place: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    watched(testbed)
    card = foreign_card()
    heard = CountingCard(card)
    readers.put_on(heard)
    laid(testbed)
    page = testbed.get("/stand-ins").text
    assert "マイナンバーカードがあります" in page
    assert "田中" not in page, "how the card is used comes first"
    assert {use: use in page for use in ("use=pin", "use=face")} == {"use=pin": 1, "use=face": 1}
    page = testbed.get("/stand-ins?use=pin").text
    assert "&#34;Use&#34;: &#34;pin&#34;" in page
    assert "田中" in page
    assert "iPhone" not in page, "a card cannot stand in for a phone"
    enrol(testbed, "pin")
    with PcscConnection(READER) as connection:
        assert StandInKind.told_by(connection.atr) is StandInKind.OWN_CARD_WITH_PIN
        assert look(connection).tries == 3
        with pytest.raises(PinWrong) as wrong:
            prove_identity(connection, OF_PERSONA, CHALLENGE)
        assert wrong.value.attempts_remaining == 2 == card.tries_left(AUTHENTICATION_PIN)
        assert look(connection).tries == 2
        heard.taken()
        proof = prove_identity(connection, RIGHT, CHALLENGE)
    assert card_image.authentication is not None
    assert proof.certificate.der == card_image.authentication.certificate
    assert card.tries_left(AUTHENTICATION_PIN) == 3
    commands = [command[1] for command in heard.taken()]
    assert (commands.count(0x2A), [one for one in commands if one == 0x20]) == (1, [0x20] * 4), (
        "the real card signed once; its tries were asked for by the desk, by VERIFY and by us"
    )
    page = testbed.get("/stand-ins").text
    assert "ご自身のカードです。" in page
    assert "模擬カードの証明書が送られます" in page
    kept = (place / "stand-ins.json").read_text()
    said = "".join(told_by(record) for record in caplog.records)
    assert "that one's certificate is what OQS gets" in said
    for where in (kept, said, page):
        assert leaks(PIN, where) == []
        assert "997794E9AGCIEG13221003A" not in where
        assert card.image.serial not in where
    assert card.image.authentication is not None
    assert card.image.authentication.certificate.hex()[:60] not in kept
    assert set(re.findall(r'"(\w+)":', kept)) == {"salt", "cards", "mark", "kind", "card", "use"}


def test_without_the_pin_the_own_card_is_only_known_again(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    card = foreign_card()
    heard = CountingCard(card)
    readers.put_on(heard)
    laid(testbed)
    enrol(testbed, "face")
    with PcscConnection(READER) as connection:
        assert StandInKind.told_by(connection.atr) is StandInKind.OWN_CARD_WITHOUT_PIN
        heard.taken()
        prove_identity(connection, OF_PERSONA, CHALLENGE)
    assert heard.taken() == []
    assert "暗証番号は入力しないでください" in testbed.get("/stand-ins").text
    readers.take_off()
    in_slot(testbed, None)
    wait_until(READER, present=False)
    readers.put_on(heard)
    in_slot(testbed, "hanako")


def test_the_last_try_is_not_spent_by_any_program(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    card = foreign_card()
    readers.put_on(card)
    laid(testbed)
    enrol(testbed, "pin")
    with PcscConnection(READER) as connection:
        with pytest.raises(PinWrong) as wrong:
            prove_identity(connection, WRONG, CHALLENGE)
        assert wrong.value.attempts_remaining == 2
        with pytest.raises(PinWrong) as wrong:
            prove_identity(connection, WRONG, CHALLENGE)
        assert wrong.value.attempts_remaining == 1
        with pytest.raises(PinNotSent):
            prove_identity(connection, RIGHT, CHALLENGE)
        # A program that does not mind asks our card itself to go on.
        for pin in (WRONG, RIGHT):
            with pytest.raises(CardFault):
                prove_identity(connection, pin, CHALLENGE, confirmed_last_try=True)
    assert card.tries_left(AUTHENTICATION_PIN) == 1


def test_an_own_card_pulled_at_its_signature_is_told_and_leaves_the_slot(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    card = foreign_card()
    faulty = FaultyCard(card)
    readers.put_on(faulty)
    laid(testbed)
    enrol(testbed, "pin")
    faulty.set_faults((Fault.parse("remove:command=SIGN"),))
    with PcscConnection(READER) as connection, pytest.raises(CardRemoved):
        prove_identity(connection, RIGHT, CHALLENGE)
    in_slot(testbed, None)
    assert card.tries_left(AUTHENTICATION_PIN) == 3


class WaitingCard(CountingCard):
    """Thinks about a PIN until it is told to go on."""

    def __init__(self, card: VirtualCard) -> None:
        super().__init__(card)
        self.asked, self.goes_on = threading.Event(), threading.Event()

    def process(self, apdu: bytes, /) -> bytes:
        if apdu[1] == 0x20 and len(apdu) > 5:
            self.asked.set()
            self.goes_on.wait(SECONDS)
        return super().process(apdu)


def test_a_testbed_that_ends_while_the_own_card_compares_its_pin_waits_for_nobody(
    pcsc_stack: PcscStack, card_image: CardImage, tmp_path: Path
) -> None:
    card = WaitingCard(foreign_card())
    # Readers of its own: a service whose client died in the middle of a command may go on seeing
    # the card for a while.
    with own_machine() as stack, ThreadPoolExecutor(1) as aside:
        readers = RealReaders(stack)
        with beside(pcsc_stack, card_image, tmp_path) as begin:
            testbed = begin(str(readers.stack.socket))
            watched(testbed)
            readers.put_on(card)
            laid(testbed)
            enrol(testbed, "pin")

            def prove() -> None:
                with PcscConnection(READER) as connection:
                    prove_identity(connection, RIGHT, CHALLENGE)

            proving = aside.submit(prove)
            assert card.asked.wait(SECONDS)
        # Only now: the testbed has ended before.
        card.goes_on.set()
        with pytest.raises(CardRemoved):
            proving.result(SECONDS)


@pytest.mark.parametrize(
    ("spent", "said"), [(2, "あと1回間違えるとロック"), (3, "ロックされています")]
)
def test_a_pin_that_cannot_be_used_leaves_the_way_without_it(
    testbed: httpx2.Client, readers: RealReaders, spent: int, said: str
) -> None:
    watched(testbed)
    card = foreign_card()
    spend(card, spent)
    readers.put_on(card)
    laid(testbed)
    refused = bound(testbed, "hanako", "pin").json()
    assert refused["code"] == "SIM-OWN-CARD-PIN"
    assert said in refused["japanese"]
    for page in (testbed.get("/stand-ins").text, testbed.get("/stand-ins?use=pin").text):
        assert "use=face" in page
        assert "ご自身の暗証番号で" not in page
    enrol(testbed, "face")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: certificate(ends=-YEAR / 2), "有効期限が切れています"),
        (lambda: certificate(begins=YEAR / 2), "まだ有効ではありません"),
        (of_a_later_generation, "新しい世代"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(
    testbed: httpx2.Client, readers: RealReaders, make: Callable[[], object], said: str
) -> None:
    watched(testbed)
    readers.put_on(foreign_card(make()))
    seen(testbed, lambda state: said in (state["TroubleJapanese"] or ""))
    assert said in testbed.get("/stand-ins").text
    for use in ("pin", "face", None):
        assert said in bound(testbed, "hanako", use).json()["japanese"]


def test_a_renewed_certificate_is_told_and_can_be_enrolled_again(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(foreign_card())
    laid(testbed)
    enrol(testbed, "pin")
    readers.take_off()
    in_slot(testbed, None)
    wait_until(READER, present=False)
    readers.put_on(foreign_card(certificate(serial=0x0705D990)))
    laid(testbed)
    assert "登録されていないマイナンバーカードです" in testbed.get("/stand-ins").text
    assert "登録し直して" in testbed.get("/stand-ins").text
    in_slot(testbed, None)
    enrol(testbed, "pin")


def test_how_a_my_number_card_is_used_has_to_be_said_and_only_of_one(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(foreign_card())
    laid(testbed)
    unsaid = bound(testbed, "hanako").json()
    assert unsaid["code"] == "SIM-OWN-CARD-USE-UNSAID"
    readers.take_off()
    seen(testbed, lambda state: not state["CardPresent"])
    readers.put_on(PlainCard(bytes.fromhex("04A2B3C4D5E680")))
    laid(testbed)
    assert bound(testbed, "hanako", "pin").json()["code"] == "SIM-NO-OWN-CARD"


def test_cards_on_two_equal_readers_do_not_get_one_anothers_pin(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    mine, other = foreign_card(), foreign_card(certificate(serial=7))
    readers.put_on(mine, 1)
    laid(testbed)
    enrol(testbed, "pin")
    heard = CountingCard(other)
    readers.put_on(heard, 0)
    seen(testbed, lambda state: "2台" in (state["TroubleJapanese"] or ""))
    in_slot(testbed, None)
    readers.take_off(0)
    in_slot(testbed, "hanako")
    wait_until(READER, present=True)
    with PcscConnection(READER) as connection:
        prove_identity(connection, RIGHT, CHALLENGE)
    assert [one for one in heard.commands if one[1] == 0x20 and len(one) > 5] == []
