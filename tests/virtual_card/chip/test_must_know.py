"""The specification's list of what breaks a real client (card §0), and each status word of §1.

The nine items, each as one conversation or more; the tests beside this one say the rest of each:

1. an empty VERIFY always tells the tries; VERIFY of a blocked PIN is 6984
2. SELECT never asks for a PIN, READ does
3. a read beyond the end gives the rest with 9000, one from the end 6B00
4. lengths of 128 bytes and more are `82 hh ll`, never `81`
5. FF filler may follow the content of a file
6. the token names itself in the first 32 bytes of EF 0006
7. what the card does not know is refused, and the line stays
8. `80 2A 00` pads any 1 to 245 bytes as they are, whatever hash they speak of
9. whether selecting the same application again keeps its PINs is a switch
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reader.description.status import StatusWord
from tests.equipment.talk import Talk
from tests.faces import HANAKO, hanako_face
from tests.faces import INPUT_SUPPORT_PIN as TEXT_PIN
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import PinState, VolatileMemory
from virtual_card.image.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.description.layout import Application
    from virtual_card.image.card_image import CardImage

JPKI = "00A4040C0A D392F000260100000001"
TEXT = "00A4040C0A D3921000310001010408"
COMMON = "00A4040C0A D3921000310001010100"
PIN, ASK, RIGHT, WRONG = "00A4020C020018", "00200080", "0020008004 31323334", "0020008004 39393939"
SIGN_CERTIFICATE = "00A4020C020001"
TERMINAL_CERTIFICATE = f"80A20096 00 0238 {hanako_face().signing_certificate.hex()}"
SHA1_DIGEST_INFO = "3021300906052B0E03021A05000414" + "11" * 20


def heard(talk: Talk, *exchanges: tuple[str, str]) -> None:
    """Hold a conversation; the answers are status words."""
    said = [(apdu, talk(apdu)) for apdu, _ in exchanges]
    assert said == list(exchanges)


@pytest.fixture
def talk(make_card: Callable[..., VirtualCard]) -> Talk:
    return Talk(make_card())


def test_1_an_empty_verify_always_tells_the_tries_and_a_blocked_pin_is_6984(talk: Talk) -> None:
    heard(
        talk,
        *((JPKI, "9000"), (PIN, "9000"), (ASK, "63C3"), (RIGHT, "9000"), (ASK, "63C3")),
        *((WRONG, "63C2"), (WRONG, "63C1"), (WRONG, "63C0"), (RIGHT, "6984"), (ASK, "63C0")),
    )


def test_2_select_never_asks_for_a_pin_and_read_does(talk: Talk) -> None:
    heard(talk, (JPKI, "9000"), (SIGN_CERTIFICATE, "9000"), ("00B0000000", "6982"))


def test_3_a_read_beyond_the_end_gives_the_rest_and_from_the_end_6b00(talk: Talk) -> None:
    heard(talk, (JPKI, "9000"), ("00A4020C020006", "9000"))
    assert [len(talk.answer(f"00B000{at}00")[0]) for at in ("00", "9F")] == [160, 1]
    heard(talk, ("00B0009F00", "9000"), ("00B000A000", "6B00"))


@pytest.mark.parametrize(("characters", "header"), [(5, 3), (100, 5)])
def test_4_a_length_is_one_byte_or_82_and_two(
    make_card: Callable[..., VirtualCard], characters: int, header: int
) -> None:
    holder = replace(HANAKO, address="長" * characters)
    talk = Talk(make_card(face=replace(hanako_face(), holder=holder)))
    heard(talk, (TEXT, "9000"), ("0020009104" + TEXT_PIN.encode().hex(), "9000"))
    attributes = talk.read(0x02)
    length = attributes[2:header]
    assert length[:-2] in (b"", b"\x82")
    assert int.from_bytes(length[-2:], "big") == len(attributes) - header


def test_5_filler_follows_where_the_image_says_so(make_card: Callable[..., VirtualCard]) -> None:
    talk = Talk(make_card(behaviour=Behaviour(filler=40)))
    heard(talk, (JPKI, "9000"))
    certificate = talk.read(0x0A)
    end = 4 + int.from_bytes(certificate[2:4], "big")
    assert certificate[end:] == b"\xff" * 40


def test_6_the_token_names_itself(talk: Talk) -> None:
    heard(talk, (JPKI, "9000"))
    assert talk.read(0x06)[:32] == b"JPKIAPICCTOKEN2".ljust(32)


def test_7_what_is_not_known_is_refused_and_the_line_stays(talk: Talk) -> None:
    heard(
        talk,
        *(("00A4040005 A000000003 00", "6A82"), ("00A4040C05 A000000003", "6A82")),
        *(("00CADF3005", "6A88"), ("00CB3FFF035C017E08", "6A88"), ("00FF0000", "6D00")),
        (JPKI, "9000"),
    )


@pytest.mark.parametrize("said", ["00", SHA1_DIGEST_INFO, "AA" * 245])
def test_8_the_key_pads_whatever_it_is_given(talk: Talk, said: str) -> None:
    heard(talk, (JPKI, "9000"), (PIN, "9000"), (RIGHT, "9000"), ("00A4020C020017", "9000"))
    command = f"802A0080 {len(bytes.fromhex(said)):02X} {said} 00"
    signature, status = talk.answer(command)
    assert (len(signature), status) == (256, "9000")


@pytest.mark.parametrize(("keeps", "status"), [(True, "9000"), (False, "6982")])
def test_9_selecting_the_same_application_again_is_a_switch(
    make_card: Callable[..., VirtualCard], *, keeps: bool, status: str
) -> None:
    talk = Talk(make_card(behaviour=Behaviour(reselect_keeps_verified=keeps)))
    heard(
        talk,
        *((JPKI, "9000"), (PIN, "9000"), (RIGHT, "9000"), (JPKI, "9000")),
        ("802A009701 00 00", status),
    )
    heard(talk, (COMMON, "9000"), (JPKI, "9000"), ("802A009701 00 00", "6982"))


# --- The status words --------------------------------------------------------------------------

CONVERSATIONS = {
    StatusWord.SUCCESS: (JPKI,),
    StatusWord.VERIFY_FAILED: (JPKI, TERMINAL_CERTIFICATE),
    StatusWord.SECURITY_ENVIRONMENT_FAULTY: (COMMON, "80AE0000 01 00"),
    StatusWord.WRONG_LENGTH: ("00A4040C0A D392",),
    StatusWord.CHANNEL_NOT_SUPPORTED: ("01A4040C0A D392F000260100000001",),
    StatusWord.SECURE_MESSAGING_NOT_SUPPORTED: ("08A4040C0A D392F000260100000001",),
    StatusWord.WRONG_FILE_TYPE: (JPKI, "00A4020C020017", "00B0000000"),
    StatusWord.SECURITY_STATUS_NOT_SATISFIED: (JPKI, SIGN_CERTIFICATE, "00B0000000"),
    StatusWord.REFERENCED_IEF_BLOCKED: (TEXT, "0020009204 31323334"),
    StatusWord.CONDITIONS_NOT_SATISFIED: ("00840000000008",),
    StatusWord.NO_CURRENT_FILE: (JPKI, "00B0000000"),
    StatusWord.SECURE_MESSAGING_REFUSED: (JPKI, "08B0860000"),
    StatusWord.WRONG_DATA: (JPKI, "0020009804 31323334", "802A029701 00 00"),
    StatusWord.FUNCTION_NOT_SUPPORTED: (JPKI, "8032009804 31323334"),
    StatusWord.NOT_FOUND: ("00A4040C05 A000000003",),
    StatusWord.RECORD_NOT_FOUND: (COMMON, "00B2020C00"),
    StatusWord.WRONG_P1_P2: ("00A40000",),
    StatusWord.REFERENCED_DATA_NOT_FOUND: ("00CADF3005",),
    StatusWord.OFFSET_OUTSIDE_FILE: (JPKI, "00A4020C020006", "00B000A000"),
    StatusWord.INSTRUCTION_NOT_SUPPORTED: ("00FF0000",),
    StatusWord.CLASS_NOT_SUPPORTED: ("FFB0000000",),
}
"""A conversation for each word, which is the last answer."""

OF_SECURE_MESSAGING = {
    StatusWord.SECURE_MESSAGING_OBJECT_MISSING,
    StatusWord.SECURE_MESSAGING_OBJECT_WRONG,
}
"""Never said: a real card says them in secure messaging, which is not simulated."""

IN_TROUBLE = {
    StatusWord.MEMORY_FAILURE,
    StatusWord.NO_PRECISE_DIAGNOSIS,
    StatusWord.APPLICATION_NOT_SELECTABLE,
}
"""Not brought about by a command alone."""


@pytest.mark.parametrize("word", CONVERSATIONS, ids=lambda word: word.name)
def test_each_status_word_is_said_where_the_sheet_has_it(talk: Talk, word: StatusWord) -> None:
    assert talk.all_of(*CONVERSATIONS[word])[-1] == f"{word:04X}"


def test_no_status_word_is_left_out() -> None:
    assert set(StatusWord) == {*CONVERSATIONS, *OF_SECURE_MESSAGING, *IN_TROUBLE}


def test_a_memory_that_cannot_be_written_is_6581_and_costs_no_try(card_image: CardImage) -> None:
    class FullMemory(VolatileMemory):
        def write(self, application: Application, file: int, state: PinState) -> None:
            raise OSError(28, "No space left on device")

    heard(
        Talk(VirtualCard(card_image, FullMemory())),
        *((JPKI, "9000"), (PIN, "9000"), (WRONG, "6581"), (ASK, "63C3")),
    )


def test_the_first_command_is_6f00_where_a_switch_says_so(
    make_card: Callable[..., VirtualCard],
) -> None:
    heard(
        Talk(make_card(behaviour=Behaviour(first_command_fails=True))),
        (JPKI, "6F00"),
        (JPKI, "9000"),
    )
