"""A PIN typed at the reader's own pad: the bytes of PC/SC part 10 at the lowest seam."""

from collections.abc import Callable

import pytest

from reader.card_pins import change_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_NUMBER_B,
    SIGNATURE_PASSWORD,
)
from reader.errors import PinBlocked, PinNotSent, PinWrong
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pcsc.pin_pad import verify_structure
from reader.pcsc.reader_states import reader_states
from reader.pin import PadEntry
from reader.session import look, prove_identity, sign
from tests.equipment.pad import MODIFY_CODE, VERIFY_CODE, Pad
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]

AT_THE_PAD = PadEntry(AUTHENTICATION_PIN)

PIN_VERIFY = bytes.fromhex(
    "3C 1E"  # bTimerOut 60 s, bTimerOut2 30 s
    "82"  # bmFormatString: bytes, position 0, left, ASCII
    "04"  # bmPINBlockString: a block of four bytes
    "00"  # bmPINLengthFormat
    "0404"  # wPINMaxExtraDigit: at least four, at most four
    "02"  # bEntryValidationCondition: the key
    "01"  # bNumberMessage
    "0904"  # wLangId, little-endian
    "00"  # bMsgIndex
    "000000"  # bTeoPrologue
    "09000000"  # ulDataLength, little-endian
    "00200098 04 FFFFFFFF"
)
PIN_MODIFY = bytes.fromhex(
    "3C 1E 82 04 00"
    "00 00"  # bInsertionOffsetOld, bInsertionOffsetNew
    "0404"
    "01"  # bConfirmPIN: the new one twice, no old one
    "02 02 0904"
    "01 02 00"  # bMsgIndex1 to 3
    "000000 09000000"
    "00240180 04 FFFFFFFF"
)


@pytest.fixture
def pad(monkeypatch: pytest.MonkeyPatch) -> Pad:
    return Pad(monkeypatch)


@pytest.fixture
def connection(make_card: MakeCard, insert: Insert, pad: Pad) -> PcscConnection:
    insert(make_card())
    return PcscConnection("00 00")


def test_identity_is_proved_with_a_pin_that_no_program_saw(
    connection: PcscConnection, pad: Pad
) -> None:
    pad.typed = [b"1234"]
    with connection:
        assert len(prove_identity(connection, AT_THE_PAD, b"challenge").signature) == 256
    assert pad.structures == [(VERIFY_CODE, PIN_VERIFY)]


def test_a_wrong_pin_at_the_pad_costs_a_try_and_the_last_one_is_asked_about(
    connection: PcscConnection, pad: Pad
) -> None:
    pad.typed = [b"9999", b"9999", b"9999"]
    with connection:
        for left in (2, 1):
            with pytest.raises(PinWrong) as wrong:
                prove_identity(connection, AT_THE_PAD, b"challenge")
            assert wrong.value.attempts_remaining == left
        with pytest.raises(PinNotSent):
            prove_identity(connection, AT_THE_PAD, b"challenge")
        assert len(pad.structures) == 2
        with pytest.raises(PinBlocked):
            prove_identity(connection, AT_THE_PAD, b"challenge", confirmed_last_try=True)


@pytest.mark.parametrize(
    ("word", "said"), [(0x6400, "時間内に"), (0x6401, "取り消され"), (0x6403, "数字4桁")]
)
def test_an_entry_that_did_not_come_about_costs_no_try(
    connection: PcscConnection, pad: Pad, word: int, said: str
) -> None:
    pad.typed = [word]
    with connection:
        with pytest.raises(PinNotSent, match=f"0x{word:04X}") as caught:
            prove_identity(connection, AT_THE_PAD, b"challenge")
        assert said in caught.value.ja
        assert look(connection).tries == 3


def test_a_pin_is_changed_at_the_pad(connection: PcscConnection, pad: Pad) -> None:
    pad.typed = [b"1234", b"4321", b"4321"]
    with connection:
        change_pin(connection, AT_THE_PAD, AT_THE_PAD)
        assert pad.structures[1] == (MODIFY_CODE, PIN_MODIFY)
        prove_identity(connection, AT_THE_PAD, b"challenge")


def test_new_pins_that_differ_change_nothing(connection: PcscConnection, pad: Pad) -> None:
    pad.typed = [b"1234", 0x6402, b"1234"]
    with connection:
        with pytest.raises(PinNotSent, match="0x6402"):
            change_pin(connection, AT_THE_PAD, AT_THE_PAD)
        prove_identity(connection, AT_THE_PAD, b"challenge")


def test_a_long_number_has_a_block_of_its_length() -> None:
    structure = verify_structure(INPUT_SUPPORT_NUMBER_B, bytes.fromhex("00200095"))
    assert structure[3] == 14
    assert structure[5:7] == b"\x0e\x0e"
    assert structure[15:] == bytes.fromhex("13000000 00200095 0E") + b"\xff" * 14


def test_letters_cannot_be_typed_at_a_pad(connection: PcscConnection, pad: Pad) -> None:
    with connection, pytest.raises(PinNotSent, match="cannot be typed"):
        sign(connection, PadEntry(SIGNATURE_PASSWORD), b"x")
    assert not pad.structures


def test_a_reader_says_whether_it_has_a_pad(pad: Pad, make_card: MakeCard, insert: Insert) -> None:
    for present in (False, True):
        state = reader_states()[1]
        assert (state.name, state.card_present) == ("Virtual PCD 00 01", present)
        assert state.features
        assert state.features.has_pin_pad
        insert(make_card(), slot=1)


def test_a_reader_without_a_pad_says_so_and_costs_no_try(
    make_card: MakeCard, insert: Insert
) -> None:
    card = make_card()
    insert(card)
    features = reader_states()[0].features
    assert features
    assert not features.has_pin_pad
    with PcscConnection("00 00") as connection, pytest.raises(PinNotSent, match="screen"):
        prove_identity(connection, AT_THE_PAD, b"challenge")
    with pytest.raises(PinNotSent, match="screen"):
        prove_identity(InProcessConnection(card), AT_THE_PAD, b"challenge")
    assert card.tries_left(AUTHENTICATION_PIN) == 3
