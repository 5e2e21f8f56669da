"""The project's own reader client, in a guest with a USB reader, against the card outside.

Between the two: the reader client, pyscard, pcscd, libccid, libusb, the kernel, QEMU's xHCI and
its USB reader, the plug. Challenge, signature and certificate are made and judged out here.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from reader.description.layout import AUTHENTICATION_PIN
from tests.usb.conftest import PIN, Times
from virtual_card.card import VirtualCard
from virtual_card.plug import Card, CardMute
from virtual_card.plugs.ccid import CcidPlug
from virtual_card.wrappers.faulty_card import FaultyCard

if TYPE_CHECKING:
    from tests.usb.guest import Guest
    from virtual_card.image.card_image import CardImage

pytestmark = pytest.mark.timeout(600)

SELECT_JPKI = "00A4040C0AD392F000260100000001"
SIGN = "802A00970301020300"
READ_CERTIFICATE_AT_ONCE = "00B08A00000000"
WRONG_PIN = "0000"

Insert = Callable[..., CcidPlug]


def verify(pin: str) -> str:
    return f"0020009804{pin.encode().hex()}"


class WatchedCard(VirtualCard):
    """Says when it is asked to sign, and may be told to give no answer then."""

    def __init__(self, image: CardImage) -> None:
        super().__init__(image)
        self.signs = True
        self.asked_to_sign = threading.Event()

    def process(self, apdu: bytes, /) -> bytes:
        if apdu[1] == 0x2A:
            self.asked_to_sign.set()
            if not self.signs:
                raise CardMute
        return super().process(apdu)


@pytest.fixture
def card(issued: CardImage) -> WatchedCard:
    return WatchedCard(issued)


@pytest.fixture
def insert(guest: Guest, times: Times) -> Iterator[Insert]:
    """Put a card into the reader; return when the reader monitor in the guest has told so."""
    plugs: list[CcidPlug] = []

    def insert(card: Card, **options: Any) -> CcidPlug:
        plug = CcidPlug(card, guest.connect, power=guest.bus, **options)
        plugs.append(plug)
        with times.phase("card put in, until the reader monitor sees it"):
            plug.insert()
            guest.wait_for("card-inserted")
        return plug

    yield insert
    for plug in plugs:
        if plug.inserted:
            plug.remove()
            guest.wait_for("card-removed")


@contextmanager
def asked(guest: Guest, do: str, **request: Any) -> Iterator[Callable[[], dict[str, Any]]]:
    """Have the guest do something meanwhile; yields what waits for its answer."""
    with ThreadPoolExecutor(1) as aside:
        yield aside.submit(guest.ask, do, **request).result


def prove(guest: Guest, image: CardImage) -> dict[str, Any]:
    """Have the holder prove who they are to a challenge of ours, and judge the proof."""
    challenge = os.urandom(40)
    proof = guest.ask("prove", pin=PIN, challenge=challenge.hex())
    assert "error" not in proof, proof
    certificate = x509.load_der_x509_certificate(bytes.fromhex(proof["certificate"]))
    assert image.authentication
    certificate.verify_directly_issued_by(
        x509.load_der_x509_certificate(image.authentication.ca_certificate)
    )
    assert bytes.fromhex(proof["certificate"]) == image.authentication.certificate
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(bytes.fromhex(proof["signature"]), challenge, padding.PKCS1v15(), hashes.SHA256())
    return proof


def test_a_reception_reads_the_card_and_has_its_holder_sign(
    guest: Guest, card: WatchedCard, insert: Insert, times: Times
) -> None:
    insert(card)
    with times.phase("reception: look at the card"):
        glance = guest.ask("look")
    assert (glance["kind"], glance["tries"]) == ("MY_NUMBER_CARD", 3)
    with times.phase("reception: certificate, PIN, signature"):
        proof = prove(guest, card.image)
    assert "CCID Interface" in proof["reader"]
    times.exchanges += proof["exchanges"]


def test_many_receptions_follow_one_another(
    guest: Guest, card: WatchedCard, insert: Insert, times: Times
) -> None:
    insert(card)
    for _ in range(20):
        times.exchanges += prove(guest, card.image)["exchanges"]
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_nothing_stays_verified_after_a_reception(
    guest: Guest, card: WatchedCard, insert: Insert
) -> None:
    insert(card)
    prove(guest, card.image)
    answers = guest.ask("send", apdus=[SELECT_JPKI, SIGN])["answers"]
    assert [status for _, status in answers] == [0x9000, 0x6982]


def test_power_taken_in_the_guest_reaches_the_card_only_over_the_bus(
    guest: Guest, card: WatchedCard
) -> None:
    with CcidPlug(card, guest.connect):  # no power line: what the protocol alone can do
        guest.wait_for("card-inserted")
        prove(guest, card.image)
        answers = guest.ask("send", apdus=[SELECT_JPKI, SIGN])["answers"]
        assert [status for _, status in answers] == [0x9000, 0x9000]
    guest.wait_for("card-removed")


def test_a_warm_reset_in_the_guest_reaches_the_card(
    guest: Guest, card: WatchedCard, insert: Insert
) -> None:
    insert(card)
    before, after = [SELECT_JPKI, verify(PIN), SIGN], [SELECT_JPKI, SIGN]
    answers = guest.ask("send_around_reset", before=before, after=after)["answers"]
    assert [status for _, status in answers] == [0x9000, 0x9000, 0x9000, 0x9000, 0x6982]


def test_a_long_answer_arrives_whole_in_pieces_that_the_reader_carries(
    guest: Guest, card: WatchedCard, insert: Insert
) -> None:
    insert(card)
    assert card.image.authentication
    certificate = card.image.authentication.certificate
    answers = guest.ask("send", apdus=[SELECT_JPKI, READ_CERTIFICATE_AT_ONCE])["answers"]
    assert answers[1] == [certificate.hex(), 0x9000]


def test_a_long_command_arrives_whole(guest: Guest, card: WatchedCard, insert: Insert) -> None:
    insert(card)
    command = "802A0397 00 0BB8" + bytes(3000).hex() + "0000"
    answers = guest.ask("send", apdus=[SELECT_JPKI, verify(PIN), command])["answers"]
    assert (len(answers[2][0]) // 2, answers[2][1]) == (256, 0x9000)


def test_a_wrong_pin_is_counted_and_told(guest: Guest, card: WatchedCard, insert: Insert) -> None:
    insert(card)
    told = guest.ask("prove", pin=WRONG_PIN, challenge=bytes(40).hex())
    assert (told["error"], told["status_word"]) == ("PinWrong", 0x63C2)
    assert told["attempts_remaining"] == 2
    assert told["japanese"] == "暗証番号が違います。あと2回入力できます。"
    assert guest.ask("look")["tries"] == card.tries_left(AUTHENTICATION_PIN) == 2
    prove(guest, card.image)
    assert card.tries_left(AUTHENTICATION_PIN) == 3


@pytest.mark.parametrize("commands", range(0, 9, 2))
def test_a_card_pulled_in_the_middle_is_put_back_and_does_its_work(
    guest: Guest, card: WatchedCard, insert: Insert, commands: int
) -> None:
    plug = insert(FaultyCard(card, f"remove:after={commands}"))
    told = guest.ask("prove", pin=PIN, challenge=bytes(40).hex())
    assert told["error"] == "CardRemoved"
    assert told["japanese"] == "カードが途中で外れました。もう一度読取機に置いてください。"
    guest.wait_for("card-removed")
    assert card.tries_left(AUTHENTICATION_PIN) == 3
    assert guest.ask("look")["error"] == "NoCard"
    plug.insert()
    guest.wait_for("card-inserted")
    prove(guest, card.image)


def test_a_card_taken_out_while_it_works_is_a_removal(
    guest: Guest, card: WatchedCard, insert: Insert
) -> None:
    card.signs = False
    plug = insert(card, answer_limit=600.0)
    with asked(guest, "prove", pin=PIN, challenge=bytes(40).hex()) as answer:
        assert card.asked_to_sign.wait(60)
        plug.remove()
        assert answer()["error"] == "CardRemoved"
    guest.wait_for("card-removed")


def test_a_mute_card_is_a_fault_and_stays_in(
    guest: Guest, card: WatchedCard, insert: Insert
) -> None:
    card.signs = False
    insert(card, answer_limit=0.1)
    told = guest.ask("prove", pin=PIN, challenge=bytes(40).hex())
    assert told["error"] == "CardFault"
    card.signs = True
    prove(guest, card.image)


def test_opensc_in_the_guest_dumps_the_card(
    guest: Guest, card: WatchedCard, insert: Insert, times: Times
) -> None:
    insert(card)
    with times.phase("pkcs15-tool --dump"):
        done = guest.ask("run", command=["pkcs15-tool", "--dump"])
    assert done["status"] == 0, done["said"]
    assert "PKCS#15 Card [JPKI]" in done["said"]
    assert "MD:guid        : c5a0a252-9d2d-eb60-fec0-41b4fbd722a2" in done["said"]
    assert card.image.authentication
    certificate = x509.load_der_x509_certificate(card.image.authentication.certificate)
    assert f"Encoded serial : 02 04 {certificate.serial_number:08X}" in done["said"]


def test_the_pin_is_nowhere_but_on_its_way(guest: Guest, card: WatchedCard, insert: Insert) -> None:
    insert(card)
    prove(guest, card.image)
    kept = (
        guest.console,
        guest.addition.read_bytes().decode("latin-1"),
        Path(f"/proc/{guest.pid}/cmdline").read_text(),
    )
    for text in kept:
        assert not re.search(rf"(?<!\d){PIN}(?!\d)|{PIN.encode().hex(' ')}", text)
    found = guest.ask("run", command=["busybox", "grep", "-rlws", PIN, "/tmp", "/run"])
    assert found["said"] == ""
