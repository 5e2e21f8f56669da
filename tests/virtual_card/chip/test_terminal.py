"""An authorised terminal instead of the PIN (simulation), and what breaks the card."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.equipment.talk import Talk
from tests.faces import authorities, new_key
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import FileMemory
from virtual_card.encoding.cv_certificate import CvCertificate, key_id
from virtual_card.image.behaviour import Behaviour
from virtual_card.plug import CardMute

if TYPE_CHECKING:
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

JPKI = "D392F000260100000001"
SIGN, SIGN_WITH_PASSWORD = "802A0097 01 00 00", "802A009A 01 00 00"
TAKE_CERTIFICATE, ANSWER = (0x80, 0xA2, 0x00, 0x96), (0x00, 0x82, 0x00, 0x96)

MakeCard = Callable[..., VirtualCard]


class Terminal:
    """A terminal with its key, and a certificate of whatever authority."""

    def __init__(self, authority: rsa.RSAPrivateKey) -> None:
        self.key = new_key()
        self.certificate = CvCertificate.issue(
            authority, key_id("9900090"), self.key.public_key(), key_id("9910000")
        ).encode()

    def show(self, talk: Talk, certificate: bytes | None = None) -> str:
        return send_in_parts(talk, TAKE_CERTIFICATE, certificate or self.certificate)

    def answer(self, talk: Talk, challenge: bytes) -> str:
        signature = self.key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())
        return send_in_parts(talk, ANSWER, signature)

    def authenticate(self, talk: Talk) -> str:
        assert self.show(talk) == "9000"
        return self.answer(talk, challenge_of(talk))


def challenge_of(talk: Talk, length: int = 16) -> bytes:
    challenge, status = talk.answer(bytes((0, 0x84, 0, 0, length)))
    assert status == "9000"
    return challenge


def parts(header: tuple[int, int, int, int], content: bytes) -> Iterator[bytes]:
    cla, *rest = header
    for start in range(0, len(content), 255):
        part = content[start : start + 255]
        more = 0x10 if start + 255 < len(content) else 0
        yield bytes((cla | more, *rest, len(part))) + part


def send_in_parts(talk: Talk, header: tuple[int, int, int, int], content: bytes) -> str:
    *first, last = parts(header, content)
    for part in first:
        assert talk(part) == "9000"
    return talk(last)


@pytest.fixture(scope="module")
def terminal() -> Terminal:
    return Terminal(authorities().terminals)


@pytest.fixture(scope="module")
def forged() -> Terminal:
    return Terminal(new_key())


@pytest.fixture
def jpki(make_card: MakeCard) -> Talk:
    talk = Talk(make_card())
    talk.select(JPKI)
    return talk


def test_an_authorised_terminal_uses_the_authentication_key_without_a_pin(
    jpki: Talk, terminal: Terminal
) -> None:
    assert jpki(SIGN) == "6982"
    assert terminal.authenticate(jpki) == "9000"
    assert jpki(SIGN) == "9000"


def test_it_opens_nothing_else(jpki: Talk, terminal: Terminal) -> None:
    assert terminal.authenticate(jpki) == "9000"
    assert jpki(SIGN_WITH_PASSWORD) == "6982"
    assert jpki.all_of("00B0810004", "00B0890001", "00240198 04 35353535") == ["6982"] * 3


def test_both_commands_may_come_in_one_piece_with_extended_length(
    jpki: Talk, terminal: Terminal
) -> None:
    certificate = terminal.certificate
    assert jpki(bytes(TAKE_CERTIFICATE) + bytes.fromhex("000238") + certificate) == "9000"
    challenge = challenge_of(jpki)
    signature = terminal.key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())
    assert jpki(bytes(ANSWER) + bytes.fromhex("000100") + signature) == "9000"
    assert jpki(SIGN) == "9000"


def test_a_certificate_of_nobody_is_6300_and_one_that_is_none_6a80(
    jpki: Talk, terminal: Terminal, forged: Terminal
) -> None:
    assert forged.show(jpki) == "6300"
    assert terminal.show(jpki, terminal.certificate[:-1]) == "6A80"
    assert terminal.show(jpki, b"\x7f\x21\x00") == "6A80"
    assert terminal.answer(jpki, challenge_of(jpki)) == "6985", "no certificate was taken"


def test_a_changed_byte_of_the_certificate_is_refused(jpki: Talk, terminal: Terminal) -> None:
    changed = bytearray(terminal.certificate)
    changed[100] ^= 1
    assert terminal.show(jpki, bytes(changed)) == "6300"


def test_the_signature_must_be_over_the_challenge(
    jpki: Talk, terminal: Terminal, forged: Terminal
) -> None:
    assert terminal.show(jpki) == "9000"
    challenge_of(jpki)
    assert terminal.answer(jpki, bytes(16)) == "6300"
    assert forged.answer(jpki, challenge_of(jpki)) == "6300"
    assert jpki(SIGN) == "6982"


def test_a_challenge_is_good_for_the_next_command_only(jpki: Talk, terminal: Terminal) -> None:
    terminal.show(jpki)
    for between, status in (("00B0860020", "9000"), ("00FF0000", "6D00"), ("0CB0860000", "69FC")):
        challenge = challenge_of(jpki)
        assert jpki(between) == status
        assert terminal.answer(jpki, challenge) == "6985"
    challenge = challenge_of(jpki)
    assert terminal.answer(jpki, challenge) == "9000"
    assert terminal.answer(jpki, challenge) == "6985"
    assert jpki(SIGN) == "6982", "the last answer was not good"


def test_only_a_challenge_of_16_bytes_counts(jpki: Talk, terminal: Terminal) -> None:
    terminal.show(jpki)
    assert terminal.answer(jpki, challenge_of(jpki, 8)) == "6985"


def test_it_is_forgotten_as_a_pin_is(jpki: Talk, terminal: Terminal) -> None:
    for forget in (
        lambda: (jpki.card.power_off(), jpki.card.power_on()),
        jpki.card.reset,
        lambda: jpki.select("D3921000310001010100"),
    ):
        assert terminal.authenticate(jpki) == "9000"
        forget()
        jpki.select(JPKI)
        assert jpki(SIGN) == "6982"
        assert terminal.answer(jpki, challenge_of(jpki)) == "6985"


def test_parts_that_do_not_belong_together_are_let_go(jpki: Talk, terminal: Terminal) -> None:
    first, second, third = parts(TAKE_CERTIFICATE, terminal.certificate)
    assert jpki.all_of(first, "00B0860020", second, third) == [*("9000", "9000", "9000", "6A80")]
    assert jpki.all_of(first, second, third) == ["9000"] * 3


def test_a_chain_does_not_grow_without_end(jpki: Talk) -> None:
    part = bytes.fromhex("90A20096FF") + bytes(255)
    assert [jpki(part) for _ in range(9)] == ["9000"] * 8 + ["6700"]


def test_only_the_two_commands_come_in_parts(jpki: Talk) -> None:
    assert jpki.all_of("10B0860020", "1020009804 31323334") == ["6E00", "6E00"]


def test_the_commands_belong_to_jpki_and_to_one_key(jpki: Talk, terminal: Terminal) -> None:
    assert jpki.all_of("80A20097 01 00", "00820196 01 00", "00820080 01 00") == ["6A86"] * 3
    jpki.select("D3921000310001010100")
    assert terminal.show(jpki) == "6A82"


def test_a_card_that_knows_no_terminals_takes_none(make_card: MakeCard, terminal: Terminal) -> None:
    talk = Talk(make_card(terminal_authority=b""))
    talk.select(JPKI)
    assert terminal.show(talk) == "6985"


# --- Tampering --------------------------------------------------------------------------------

READ_KEY, READ_PIN, READ_PROTECTED = "00B0970000", "00B0980000", "00B0890000"
BREAKS = Behaviour(tampering_limit=3)


def test_a_card_survives_any_tampering_unless_a_switch_says_otherwise(jpki: Talk) -> None:
    assert {jpki(READ_KEY) for _ in range(100)} == {"6981"}


def test_tampering_silences_the_card_for_good(
    make_card: MakeCard, forged: Terminal, terminal: Terminal
) -> None:
    talk = Talk(make_card(behaviour=BREAKS))
    talk.select(JPKI)
    assert talk(READ_KEY) == "6981"
    assert forged.show(talk) == "6300"
    terminal.show(talk)
    challenge_of(talk)
    with pytest.raises(CardMute):
        terminal.answer(talk, os.urandom(16))
    talk.card.power_off()
    for ask in (talk.card.power_on, talk.card.reset, lambda: talk("00A4040C0A" + JPKI)):
        with pytest.raises(CardMute):
            ask()


def test_honest_mistakes_are_no_tampering(make_card: MakeCard, terminal: Terminal) -> None:
    talk = Talk(make_card(behaviour=Behaviour(tampering_limit=1)))
    talk.select(JPKI)
    talk.all_of(READ_PROTECTED, "00B0810000", SIGN, "00FF0000", "00B0", "0020009804 39393939")
    assert terminal.authenticate(talk) == "9000"


def test_a_broken_card_stays_broken_in_the_next_process(
    card_image: CardImage, tmp_path: Path
) -> None:
    path = tmp_path / "card.tries"

    def card() -> Talk:
        return Talk(VirtualCard(replace(card_image, behaviour=BREAKS), FileMemory(path)))

    first = card()
    first.all_of("00A4040C0A" + JPKI, READ_KEY, READ_PIN)
    second = card()
    second("00A4040C0A" + JPKI)
    with pytest.raises(CardMute):
        second(READ_PIN)
    with pytest.raises(CardMute):
        card()
