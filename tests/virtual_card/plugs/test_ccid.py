"""The plug for QEMU's USB reader, against readers that behave and readers that do not."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.errors import CardFault, CardRemoved, NoCard
from tests.equipment.usb_reader import UsbReader
from virtual_card.card import VirtualCard
from virtual_card.plug import Card, CardMute, CardPulled
from virtual_card.plugs import ccid
from virtual_card.plugs.ccid import CcidPlug, PowerChange
from virtual_card.plugs.contact import contact_atr
from virtual_card.plugs.vsc import VscError
from virtual_card.wrappers.faulty_card import FaultyCard

INIT = struct.pack(">III4sII", 1, 0xFFFFFFFF, 12, b"VSCD", 2, 0)
READER_ADD = struct.pack(">III", 3, 0xFFFFFFFF, 0)
SUCCESS = struct.pack(">IIII", 2, 0, 4, 0)
FAILURE = struct.pack(">IIII", 2, 0, 4, 1)
CARD_REMOVE = struct.pack(">III", 6, 0, 0)
FLUSH, FLUSH_COMPLETE = struct.pack(">III", 8, 0, 0), struct.pack(">III", 9, 0, 0)

MakeCard = Callable[..., VirtualCard]


def apdu(content: str) -> bytes:
    payload = bytes.fromhex(content)
    return struct.pack(">III", 7, 0, len(payload)) + payload


class EchoCard:
    """Answers each command with that command, falls silent or leaves as it is told."""

    atr = bytes.fromhex("3BE000FF8131FE4514")

    def __init__(self) -> None:
        self.life: list[str] = []
        """What happened to it, in order."""
        self.off = threading.Event()

    def power_on(self) -> bytes:
        self.life.append("on")
        self.off.clear()
        return self.atr

    def power_off(self) -> None:
        self.life.append("off")
        self.off.set()

    def reset(self) -> bytes:
        self.life.append("reset")
        return self.atr

    def process(self, command: bytes, /) -> bytes:
        self.life.append(command.hex().upper())
        match command[:1]:
            case b"\xf0":
                raise CardPulled
            case b"\xf1":
                raise CardMute
            case b"\xf2":
                assert self.off.wait(20)
                raise CardMute
        return command + b"\x90\x00"


def heard(line: socket.socket, length: int) -> bytes:
    """Return so many bytes that came over a line, or what came before its end."""
    said = b""
    while len(said) < length and (more := line.recv(length - len(said))):
        said += more
    return said


class Peer:
    """The reader's end of a line, spoken by hand, byte for byte."""

    def __init__(self) -> None:
        self.ours, self._theirs = socket.socketpair()
        self.ours.settimeout(20)
        self._aside = ThreadPoolExecutor(1)

    def connect(self) -> socket.socket:
        return self._theirs

    def inserting(self, plug: CcidPlug) -> Future[None]:
        return self._aside.submit(plug.insert)

    def insert(self, plug: CcidPlug) -> None:
        inserting = self.inserting(plug)
        self.hear(INIT)
        self.say(INIT)
        self.hear(READER_ADD)
        self.say(SUCCESS)
        self.hear(struct.pack(">III", 5, 0, 6) + bytes.fromhex("3BE000004001"))
        self.say(SUCCESS)
        inserting.result(20)

    def say(self, message: bytes) -> None:
        self.ours.sendall(message)

    def hear(self, expected: bytes) -> None:
        assert heard(self.ours, len(expected)) == expected

    def close(self) -> None:
        self.ours.close()
        self._aside.shutdown()


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def card() -> EchoCard:
    return EchoCard()


@pytest.fixture
def gone() -> threading.Event:
    return threading.Event()


@pytest.fixture
def plug(peer: Peer, card: EchoCard, gone: threading.Event) -> CcidPlug:
    """A card that is in the reader of the peer."""
    plug = CcidPlug(card, peer.connect, answer_limit=0.01, on_gone=gone.set)
    peer.insert(plug)
    return plug


@pytest.fixture
def reader() -> Iterator[UsbReader]:
    with (
        tempfile.TemporaryDirectory(prefix="oqs-ccid-") as place,  # short, for a socket
        UsbReader(Path(place) / "slot") as reader,
    ):
        yield reader


# --- the ATR -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("atr", "historical"),
    [
        ("3BE000FF8131FE4514", ""),
        ("3BDA13FF8131FB468012392F31C173C601C03B", "8012392F31C173C601C0"),
        ("3BC5FF8131FB458073C6010000", "8073C60100"),
        ("3BF59100FF918171FE400042000100D1D6", "42000100D1"),
        ("3B888001000005E0B381A1007F", "000005E0B381A100"),
        ("3B6500002063CB6800", "2063CB6800"),
    ],
)
def test_the_contact_atr_keeps_the_historical_bytes(atr: str, historical: str) -> None:
    expected = f"3BE{len(historical) // 2:X}00004001{historical}"
    assert contact_atr(bytes.fromhex(atr)).hex().upper() == expected


@given(st.binary(max_size=40))
def test_whatever_the_card_calls_its_atr_the_reader_gets_one_that_it_takes(atr: bytes) -> None:
    made = contact_atr(atr)
    assert made[0] == 0x3B
    assert len(made) == 6 + (made[1] & 0x0F) <= 33 - 12


# --- a reader that behaves ---------------------------------------------------------------------


def test_commands_are_answered_in_their_order(peer: Peer, plug: CcidPlug) -> None:
    peer.say(apdu("00010000") + apdu("00020000"))
    peer.hear(apdu("000100009000") + apdu("000200009000"))


def test_a_command_may_come_byte_by_byte(peer: Peer, plug: CcidPlug) -> None:
    for byte in apdu("00010000"):
        peer.say(bytes((byte,)))
    peer.hear(apdu("000100009000"))


def test_taking_leave_ends_the_line(
    peer: Peer, plug: CcidPlug, card: EchoCard, gone: threading.Event
) -> None:
    with ThreadPoolExecutor(1) as aside:
        removing = aside.submit(plug.remove)
        peer.hear(CARD_REMOVE)
        peer.say(SUCCESS)
        removing.result(20)
    assert peer.ours.recv(1) == b""
    assert not plug.inserted
    assert not gone.is_set(), "it did not leave by itself"
    assert card.life[-1] == "off"
    plug.remove()


def test_a_card_taken_out_in_the_middle_of_a_command_gives_no_answer(
    peer: Peer, plug: CcidPlug
) -> None:
    peer.say(apdu("F2010000"))
    with ThreadPoolExecutor(1) as aside:
        removing = aside.submit(plug.remove)
        peer.hear(CARD_REMOVE)
        peer.say(SUCCESS)
        removing.result(20)
    assert peer.ours.recv(1) == b""


def test_a_card_that_is_pulled_takes_leave_without_an_answer(
    peer: Peer, plug: CcidPlug, gone: threading.Event
) -> None:
    peer.say(apdu("F0010000"))
    peer.hear(CARD_REMOVE)
    peer.say(SUCCESS)
    assert gone.wait(20)
    assert not plug.inserted
    assert peer.ours.recv(1) == b""


def test_a_card_may_be_taken_out_by_its_own_command(peer: Peer) -> None:
    class Leaving(EchoCard):
        def process(self, command: bytes, /) -> bytes:
            leaving.remove()
            return super().process(command)

    leaving = CcidPlug(Leaving(), peer.connect)
    peer.insert(leaving)
    peer.say(apdu("00010000"))
    peer.hear(CARD_REMOVE)
    peer.say(SUCCESS)
    assert peer.ours.recv(1) == b""


def test_a_mute_card_is_reported_and_stays_in(peer: Peer, plug: CcidPlug) -> None:
    peer.say(apdu("F1010000"))
    peer.hear(FAILURE)
    peer.say(apdu("00010000"))
    peer.hear(apdu("000100009000"))


def test_a_reader_that_flushes_is_told_when_that_is_done(peer: Peer, plug: CcidPlug) -> None:
    peer.say(FLUSH)
    peer.hear(FLUSH_COMPLETE)


def test_a_message_of_an_unknown_kind_is_an_error_and_nothing_else(
    peer: Peer, plug: CcidPlug
) -> None:
    peer.say(struct.pack(">III", 99, 0, 3) + b"abc")
    peer.hear(FAILURE)
    peer.say(apdu("00010000"))
    peer.hear(apdu("000100009000"))


def test_a_reader_may_introduce_itself_twice(peer: Peer, card: EchoCard) -> None:
    plug = CcidPlug(card, peer.connect)
    inserting = peer.inserting(plug)
    peer.say(INIT + INIT + SUCCESS + SUCCESS)
    inserting.result(20)
    assert plug.inserted


# --- readers that do not -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "greeting",
    [
        struct.pack(">III4sII", 1, 0xFFFFFFFF, 12, b"HTTP", 2, 0),
        struct.pack(">III4sII", 1, 0xFFFFFFFF, 12, b"VSCD", 3, 0),
        struct.pack(">III", 1, 0, 0),
        SUCCESS,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=["magic", "version", "short", "another", "text"],
)
def test_who_is_no_such_reader_gets_no_card(peer: Peer, card: EchoCard, greeting: bytes) -> None:
    inserting = peer.inserting(plug := CcidPlug(card, peer.connect))
    peer.hear(INIT)
    peer.say(greeting)
    with pytest.raises(VscError, match="Check"):
        inserting.result(20)
    assert not plug.inserted
    assert card.life == []


def test_a_reader_that_refuses_a_card_is_an_error(peer: Peer, card: EchoCard) -> None:
    inserting = peer.inserting(plug := CcidPlug(card, peer.connect))
    peer.say(INIT + SUCCESS + FAILURE)
    with pytest.raises(VscError, match="refused the card"):
        inserting.result(20)
    assert not plug.inserted


def test_a_reader_that_hangs_up_in_the_middle_is_an_error(peer: Peer, card: EchoCard) -> None:
    inserting = peer.inserting(CcidPlug(card, peer.connect))
    peer.say(INIT[:7])
    peer.ours.shutdown(socket.SHUT_WR)
    with pytest.raises(VscError, match="closed the line"):
        inserting.result(20)


def test_a_reader_that_has_a_card_already_is_an_error(
    reader: UsbReader, card: EchoCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccid, "_ANSWERS_WITHIN", 0.05)
    with CcidPlug(EchoCard(), reader.connect):
        second = CcidPlug(card, reader.connect)
        with pytest.raises(VscError, match="another card"):
            second.insert()
        assert not second.inserted


@pytest.mark.parametrize(
    "last_words",
    [
        b"",
        apdu("00010000")[:-1],
        apdu("00010000")[:5],
        struct.pack(">III", 7, 0, 0xFFFFFFFF),
        struct.pack(">III", 4, 0, 0),
    ],
    ids=["none", "half a payload", "half a header", "garbage", "reader removed"],
)
def test_a_reader_that_goes_away_takes_the_card_with_it(
    peer: Peer, plug: CcidPlug, card: EchoCard, gone: threading.Event, last_words: bytes
) -> None:
    peer.say(last_words)
    peer.ours.shutdown(socket.SHUT_WR)
    assert gone.wait(20)
    assert not plug.inserted
    assert card.life == ["on", "off"], "no half command reached it"
    plug.remove()


def test_an_answer_to_a_reader_that_went_away_is_lost_and_nothing_else(
    peer: Peer, plug: CcidPlug, gone: threading.Event
) -> None:
    peer.say(apdu("00010000") * 500)
    peer.ours.close()
    assert gone.wait(20)
    assert not plug.inserted


@given(st.binary(min_size=1, max_size=300))
def test_whatever_a_reader_says_the_plug_ends_cleanly(said: bytes) -> None:
    peer, gone = Peer(), threading.Event()
    card = EchoCard()
    plug = CcidPlug(card, peer.connect, answer_limit=0, on_gone=gone.set)
    peer.insert(plug)
    peer.say(said)
    peer.ours.shutdown(socket.SHUT_WR)
    assert gone.wait(20)
    assert not plug.inserted
    peer.close()


# --- power -------------------------------------------------------------------------------------


class Bus:
    """A power line that has something to tell before each command."""

    def __init__(self) -> None:
        self.told: list[list[PowerChange]] = []

    def changes(self) -> list[PowerChange]:
        return self.told.pop(0) if self.told else []


def test_the_card_feels_what_the_reader_did_before_each_command(
    reader: UsbReader, card: EchoCard
) -> None:
    bus = Bus()
    bus.told = [
        [PowerChange.OFF],  # before its time: not this card's matter
        [PowerChange.ON],
        [PowerChange.RESET],
        [PowerChange.OFF, PowerChange.ON],
    ]
    with CcidPlug(card, reader.connect, power=bus):
        connection = reader.open()
        for number in range(3):
            assert connection.send(bytes((0, number, 0, 0)))[1] == 0x9000
    assert card.life == [
        *("on", "on", "00000000", "reset", "00010000", "off", "on", "00020000", "off", "off")
    ]


def test_a_reset_forgets_the_rest_of_an_answer(reader: UsbReader, make_card: MakeCard) -> None:
    with CcidPlug(make_card(), reader.connect, power=reader):
        connection = reader.open()
        connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
        insertion = 1
        answer = reader.transmit(bytes.fromhex("00B08A00000000"), insertion)
        assert (len(answer), answer[-2]) == (258, 0x61)
        reader.change_power(PowerChange.OFF, PowerChange.ON)
        assert reader.transmit(bytes.fromhex("00C0000000"), insertion) == b"\x6d\x00"


def test_another_command_forgets_the_rest_of_an_answer(
    reader: UsbReader, make_card: MakeCard
) -> None:
    with CcidPlug(make_card(), reader.connect, power=reader):
        connection = reader.open()
        connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
        assert reader.transmit(bytes.fromhex("00B08A00000000"), 1)[-2] == 0x61
        assert reader.transmit(bytes.fromhex("00FF0000"), 1) == b"\x6d\x00"
        assert reader.transmit(bytes.fromhex("00C0000000"), 1) == b"\x6d\x00"


def test_get_response_gives_as_much_as_is_asked_for(reader: UsbReader, make_card: MakeCard) -> None:
    card = make_card()
    assert card.image.authentication
    certificate = card.image.authentication.certificate[:300]
    with CcidPlug(card, reader.connect, power=reader):
        reader.open().send(bytes.fromhex("00A4040C0AD392F000260100000001"))
        answer = reader.transmit(bytes.fromhex("00B08A0000012C"), 1)
        assert answer == certificate[:256] + bytes((0x61, 44))
        answer = reader.transmit(bytes.fromhex("00C000000A"), 1)
        assert answer == certificate[256:266] + bytes((0x61, 34))
        answer = reader.transmit(bytes.fromhex("00C0000000"), 1)
        assert answer == certificate[266:] + b"\x90\x00"


# --- the reader of the tests itself, which has to be as odd as QEMU's --------------------------


@pytest.fixture
def bare_line(reader: UsbReader) -> Iterator[socket.socket]:
    """A card's line, spoken by hand, with a card that is in the reader."""
    with reader.connect() as line:
        line.sendall(INIT + READER_ADD + struct.pack(">III", 5, 0, 2) + b"\x3b\x00")
        assert heard(line, 56) == INIT + SUCCESS + SUCCESS
        yield line


def test_the_reader_keeps_a_card_whose_line_was_cut(
    reader: UsbReader, bare_line: socket.socket
) -> None:
    connection = reader.open()
    bare_line.close()
    assert reader.wait_until_disconnected()
    with pytest.raises(CardFault):
        connection.send(bytes(4))
    assert reader.wait_until(present=True)


@pytest.mark.parametrize(("length", "arrives"), [(374, True), (375, False)])
def test_the_reader_loses_an_answer_that_is_too_long(
    reader: UsbReader,
    bare_line: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    length: int,
    *,
    arrives: bool,
) -> None:
    monkeypatch.setattr("tests.equipment.usb_reader._ANSWERS_WITHIN", 20.0 if arrives else 0.2)
    connection = reader.open()
    with ThreadPoolExecutor(1) as aside:
        sending = aside.submit(connection.send, bytes(4))
        assert heard(bare_line, 16) == apdu("00000000")
        bare_line.sendall(apdu("00" * (length - 2) + "9000"))
        if arrives:
            assert sending.result(20) == (bytes(length - 2), 0x9000)
        else:
            with pytest.raises(CardFault):
                sending.result(20)


def test_the_reader_refuses_what_is_no_atr_and_what_it_does_not_know(reader: UsbReader) -> None:
    with reader.connect() as line:
        line.sendall(struct.pack(">III", 5, 0, 41) + bytes(41) + struct.pack(">III", 99, 0, 0))
        assert heard(line, 32) == FAILURE + FAILURE
    with pytest.raises(NoCard):
        reader.open()


# --- many times --------------------------------------------------------------------------------


def test_a_hundred_insertions_leave_nothing_behind(
    reader: UsbReader, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccid, "_GUEST_FOLLOWS_WITHIN", 0.0)

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    card = make_card()
    plug = CcidPlug(FaultyCard(card), reader.connect, power=reader)
    before = open_files(), threading.active_count()
    for _ in range(100):
        plug.insert()
        connection = reader.open()
        assert connection.send(bytes.fromhex("00A4040C0AD392F000260100000001")) == (b"", 0x9000)
        plug.remove()
        with pytest.raises(CardRemoved):
            connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
    assert reader.wait_until_disconnected()
    assert (open_files(), threading.active_count()) == before


def test_two_readers_side_by_side_do_not_hear_each_other(reader: UsbReader) -> None:
    def answer(of: UsbReader, card: Card) -> tuple[bytes, int]:
        with CcidPlug(card, of.connect, power=of):
            return of.open().send(bytes.fromhex("00010000"))

    with (
        tempfile.TemporaryDirectory(prefix="oqs-ccid-") as place,
        UsbReader(Path(place) / "slot") as other,
        ThreadPoolExecutor(2) as both,
    ):
        answers = list(both.map(answer, (reader, other), (EchoCard(), EchoCard())))
    assert answers == [(bytes.fromhex("00010000"), 0x9000)] * 2
