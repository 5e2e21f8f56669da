"""OpenSC at a simulated card whose PIN is that of another authority's card in the second reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader.card_pins import tries_of
from reader.description.layout import AUTHENTICATION_PIN
from reader.description.status import StatusWord, with_tries_left
from reader.errors import PinWrong
from reader.own_card import prove_own_card
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from tests.reader.own_card.foreign_card import PIN, foreign_card
from virtual_card.chip.memory import VolatileMemory
from virtual_card.stand_in import OwnCard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from tests.interop.conftest import Run
    from virtual_card.card import VirtualCard
    from virtual_card.image.card_image import CardImage
    from virtual_card.plugs.vpcd import VpcdPlug


class InSecondReader:
    """The PIN of the card in a reader, asked through PC/SC."""

    def __init__(self, reader: str) -> None:
        self._reader = reader

    def tries(self) -> int | None:
        with PcscConnection(self._reader) as card:
            return tries_of(card, AUTHENTICATION_PIN)

    def present(self, pin: bytes, /) -> int:
        try:
            with PcscConnection(self._reader) as card:
                prove_own_card(card, Pin.authentication(pin.decode()), lambda _: True)
        except PinWrong as wrong:
            return with_tries_left(wrong.attempts_remaining or 0)
        return StatusWord.SUCCESS


@pytest.fixture
def own(
    card_image: CardImage, insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack
) -> VirtualCard:
    card = foreign_card()
    insert(card, 1)
    insert(OwnCard(card_image, VolatileMemory(), InSecondReader(pcsc_stack.readers[1])))
    return card


def test_opensc_signs_with_the_simulated_key_after_the_own_cards_pin(
    own: VirtualCard, card_image: CardImage, run: Run, opensc_module: Path, tmp_path: Path
) -> None:
    tool = ("pkcs11-tool", f"--module={opensc_module}", "--slot-index=0", "--login")
    message, signature, public = (tmp_path / name for name in ("message", "signature", "public"))
    message.write_text("模擬\n")
    assert card_image.authentication is not None
    key = x509.load_der_x509_certificate(card_image.authentication.certificate).public_key()
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    signing = ("-s", "-m", "SHA256-RSA-PKCS", "--id", "01", "-i", message, "-o", signature)
    assert "CKR_PIN_INCORRECT" in run(*tool, "--pin=1234", *signing, fails=True)
    assert own.tries_left(AUTHENTICATION_PIN) == 2
    run(*tool, f"--pin={PIN}", *signing)
    assert own.tries_left(AUTHENTICATION_PIN) == 3
    said = run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message)
    assert "Verified OK" in said


@pytest.mark.usefixtures("own")
def test_opensc_tells_the_own_card_from_the_simulated_one(run: Run, card_image: CardImage) -> None:
    assert card_image.authentication is not None
    simulated = x509.load_der_x509_certificate(card_image.authentication.certificate)
    for reader, serial in ((0, simulated.serial_number), (1, 0x06D18006)):
        said = run("pkcs15-tool", "--reader", str(reader), "--dump")
        assert re.findall(r"Encoded serial : 02 04 ([0-9A-F]{8})", said)[0] == f"{serial:08X}"
        assert re.findall(r"Tries left\s+: (\d)", said)[0] == "3"
