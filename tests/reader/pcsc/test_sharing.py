"""Several programs at one reader, and a service that dies under them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from smartcard import scard

from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import CardFault, NextStep, NoService
from reader.pcsc import identity, patience, pcsc_connection
from reader.pcsc.identity import read_identity
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pcsc.reader_states import reader_states
from reader.pin import Pin
from reader.session import look, prove_identity
from testbed.readers.private_pcscd import PcscStack
from tests.presence import pcscd_of
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

ROOT = Path(__file__).parents[3]
RIGHT = Pin.authentication("1234")
TIMES = 25
READER = "Virtual PCD 00 00"
ANY_PROTOCOL = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]
Start = Callable[[], "ForeignProgram"]

PROGRAM = f"""
import sys
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import look, prove_identity

sys.stdin.readline()
for _ in range({TIMES}):
    with PcscConnection("00 00") as card:
        assert look(card).tries == 3
        proof = prove_identity(card, Pin.authentication("1234"), sys.argv[1].encode())
        print(proof.signature.hex())
"""


def test_two_programs_prove_identities_at_one_reader_without_disturbing_each_other(
    make_card: Callable[..., VirtualCard], insert: Callable[..., VpcdPlug]
) -> None:
    card = make_card()
    insert(card)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for program in programs:
        assert program.stdin
        program.stdin.write("go\n")
        program.stdin.flush()
    answers = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0, 0], answers
    one, two = (set(said.split()) for said, _ in answers)
    assert len(one) == len(two) == 1, "a signature is always the same for the same challenge"
    assert one != two
    assert all(len(said.split()) == TIMES for said, _ in answers)
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_a_program_that_keeps_the_card_to_itself_is_told_of(
    make_card: Callable[..., VirtualCard], insert: Callable[..., VpcdPlug]
) -> None:
    insert(make_card())
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    result, card, _ = scard.SCardConnect(
        context, "Virtual PCD 00 00", scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1
    )
    assert result == scard.SCARD_S_SUCCESS
    try:
        with pytest.raises(CardFault) as caught:
            PcscConnection("00 00")
        assert caught.value.next_step is NextStep.CLOSE_OTHER_PROGRAM
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)
    with PcscConnection("00 00") as connection:
        assert look(connection).tries == 3


@dataclass
class ForeignProgram:
    """A program that uses PC/SC as winscard.h lets it, without knowing of us."""

    context: int
    card: int = 0

    def connect(self, protocol: int = ANY_PROTOCOL) -> None:
        result, self.card, _ = scard.SCardConnect(
            self.context, READER, scard.SCARD_SHARE_SHARED, protocol
        )
        assert result == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(result)

    def reconnect(self, initialization: int) -> None:
        result, _ = scard.SCardReconnect(
            self.card, scard.SCARD_SHARE_SHARED, ANY_PROTOCOL, initialization
        )
        assert result == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(result)

    def begin(self) -> None:
        assert scard.SCardBeginTransaction(self.card) == scard.SCARD_S_SUCCESS

    def end(self) -> None:
        scard.SCardEndTransaction(self.card, scard.SCARD_LEAVE_CARD)

    def disconnect(self, disposition: int = scard.SCARD_LEAVE_CARD) -> None:
        scard.SCardDisconnect(self.card, disposition)


@pytest.fixture
def foreign_program(pcsc_stack: PcscStack) -> Iterator[Callable[[], ForeignProgram]]:
    """Start a program that holds the card shared; all end with the test."""
    assert pcsc_stack.readers[0] == READER
    programs: list[ForeignProgram] = []

    def start() -> ForeignProgram:
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert result == scard.SCARD_S_SUCCESS
        programs.append(ForeignProgram(context))
        return programs[-1]

    yield start
    for program in programs:
        program.disconnect()
        scard.SCardReleaseContext(program.context)


@pytest.mark.parametrize("initialization", [scard.SCARD_LEAVE_CARD, scard.SCARD_RESET_CARD])
def test_a_program_that_reconnects_beside_us_disturbs_nobody(
    make_card: MakeCard, insert: Insert, foreign_program: Start, initialization: int
) -> None:
    insert(make_card())
    theirs = foreign_program()
    theirs.connect()
    for _ in range(3):
        with PcscConnection("00 00") as ours:
            assert look(ours).tries == 3
            prove_identity(ours, RIGHT, b"challenge")
        theirs.reconnect(initialization)


def test_a_card_that_another_program_left_without_power_gets_it_again(
    make_card: MakeCard, insert: Insert, foreign_program: Start
) -> None:
    insert(make_card())
    rude, theirs = foreign_program(), foreign_program()
    theirs.connect()
    for _ in range(2):
        rude.connect()
        rude.disconnect(scard.SCARD_UNPOWER_CARD)
        theirs.reconnect(scard.SCARD_LEAVE_CARD)
        with PcscConnection("00 00") as ours:
            assert look(ours).tries == 3


def test_power_that_is_taken_away_while_we_hold_the_card_comes_back(
    make_card: MakeCard, insert: Insert, foreign_program: Start
) -> None:
    card = make_card()
    insert(card)
    rude = foreign_program()
    with PcscConnection("00 00") as ours:
        look(ours)
        rude.connect()
        rude.disconnect(scard.SCARD_UNPOWER_CARD)
        woken = Recorded(card)
        assert look(ours).tries == 3
        assert "power_on" in woken.said


class Recorded:
    """Takes down what happens to a card's power."""

    def __init__(self, card: VirtualCard) -> None:
        self.said: list[str] = []
        for name in ("power_on", "power_off", "reset"):
            setattr(card, name, self._recorded(name, getattr(card, name)))

    def _recorded(self, name: str, member: Callable[[], object]) -> Callable[[], object]:
        def call() -> object:
            self.said.append(name)
            return member()

        return call


def test_what_was_used_is_without_power_for_a_moment_and_then_ready_for_others(
    make_card: MakeCard, insert: Insert, foreign_program: Start
) -> None:
    card = make_card()
    insert(card)
    theirs = foreign_program()
    theirs.connect()
    for use in (look, lambda ours: ours.send(bytes.fromhex("00A4040C0AD392F000260100000001"))):
        with PcscConnection("00 00") as ours:
            happened = Recorded(card)
            use(ours)
        assert happened.said == ["power_off", "power_on"]


@pytest.mark.parametrize("disposition", [scard.SCARD_RESET_CARD, scard.SCARD_UNPOWER_CARD])
def test_a_card_that_others_reset_meanwhile_is_known_again(
    make_card: MakeCard,
    insert: Insert,
    foreign_program: Start,
    monkeypatch: pytest.MonkeyPatch,
    disposition: int,
) -> None:
    insert(make_card())
    undisturbed = read_identity("00 00")
    rude = foreign_program()

    class Disturbed(PcscConnection):
        def __enter__(self) -> Self:
            rude.connect()
            rude.disconnect(disposition)
            return super().__enter__()

    monkeypatch.setattr(identity, "PcscConnection", Disturbed)
    assert read_identity("00 00") == undisturbed
    with Disturbed("00 00") as connection, pytest.raises(CardFault) as caught:
        _ = connection.atr
    assert caught.value.next_step is NextStep.CLOSE_OTHER_PROGRAM


class AskedSlowly(VirtualCard):
    """Answers a look whether it is still there only when it is let to, once it is told to."""

    def __init__(self, card: VirtualCard) -> None:
        super().__init__(card.image)
        self.slow = threading.Event()
        self.asked = threading.Event()

    @property
    def atr(self) -> bytes:
        if self.slow.is_set():
            self.asked.set()
            threading.Event().wait(_LOOK_TAKES)
        return super().atr


_LOOK_TAKES = 0.1
"""Seconds: a bad contact, a slow reader."""
_ROUNDS = 4
"""Who of two comes first is for the system to say; before it was told of, every second failed."""


@pytest.mark.parametrize(
    "disposition", [scard.SCARD_RESET_CARD, scard.SCARD_UNPOWER_CARD], ids=["reset", "unpowered"]
)
def test_a_card_that_is_reset_beneath_a_transaction_is_looked_at_again(
    make_card: MakeCard, insert: Insert, foreign_program: Start, disposition: int
) -> None:
    """As pcscd tells of the reset first, then asks whether there is a card, then resets it."""
    card = AskedSlowly(make_card())
    insert(card)
    rude = foreign_program()
    with PcscConnection("00 00") as ours:
        for _ in range(_ROUNDS):
            rude.connect()
            look(ours)
            card.asked.clear()
            card.slow.set()
            leaving = threading.Thread(target=rude.disconnect, args=(disposition,))
            leaving.start()
            assert card.asked.wait(10)
            assert look(ours).tries == 3
            card.slow.clear()
            leaving.join(10)


@pytest.mark.parametrize("connected", [False, True], ids=["at the start", "at a transaction"])
def test_a_transaction_of_another_program_is_waited_for_and_then_told_of(
    make_card: MakeCard,
    insert: Insert,
    foreign_program: Start,
    monkeypatch: pytest.MonkeyPatch,
    *,
    connected: bool,
) -> None:
    monkeypatch.setattr(pcsc_connection, "_TURN_WITHIN", 0.2)
    monkeypatch.setattr(pcsc_connection, "_CONNECTED_WITHIN", 0.2)
    insert(make_card())
    theirs = foreign_program()
    theirs.connect()
    ours = PcscConnection("00 00") if connected else None
    theirs.begin()
    for _ in range(10):  # more often than the service has threads for those left behind
        with pytest.raises(CardFault) as caught, ours or PcscConnection("00 00") as card:
            look(card)
        assert caught.value.next_step is NextStep.CLOSE_OTHER_PROGRAM
    assert {state.name: state.features for state in reader_states()}[READER] is None
    theirs.end()
    monkeypatch.undo()
    for thread in threading.enumerate():
        if thread.name == "pcsc-calls":
            thread.join(10)
    assert not patience.queue_is_full()
    with PcscConnection("00 00") as card:
        assert look(card).tries == 3


def test_a_card_that_another_program_speaks_to_in_its_own_way_is_in_use(
    make_card: MakeCard, insert: Insert, foreign_program: Start
) -> None:
    insert(make_card())
    foreign_program().connect(scard.SCARD_PROTOCOL_RAW)
    with pytest.raises(CardFault) as caught:
        PcscConnection("00 00")
    assert caught.value.next_step is NextStep.CLOSE_OTHER_PROGRAM


def test_a_client_survives_a_service_that_is_killed_and_comes_back(
    pcsc_stack: PcscStack, make_card: MakeCard
) -> None:
    card = make_card()
    plug = VpcdPlug(card, pcsc_stack.connect)
    plug.insert()
    connection = _connect_when_seen(pcsc_stack)
    assert look(connection).tries == 3
    os.kill(pcscd_of(pcsc_stack), signal.SIGKILL)
    for _ in range(2):  # in the middle of a connection, and asked again
        with pytest.raises(NoService):
            prove_identity(connection, RIGHT, b"challenge")
    connection.close()
    plug.remove()
    pcsc_stack.stop()
    with pytest.raises(NoService):
        PcscConnection("00 00")
    pcsc_stack.start()
    plug.insert()
    try:
        with _connect_when_seen(pcsc_stack) as again:
            prove_identity(again, RIGHT, b"challenge")
    finally:
        plug.remove()
        pcsc_stack.wait_until_empty(0)
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def _connect_when_seen(stack: PcscStack) -> PcscConnection:
    """Connect as soon as the service shows the card."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    state = scard.SCARD_STATE_UNAWARE
    while not state & scard.SCARD_STATE_PRESENT:
        _, states = scard.SCardGetStatusChange(context, 10_000, [(stack.readers[0], state)])
        state = states[0][1] & ~scard.SCARD_STATE_CHANGED
    scard.SCardReleaseContext(context)
    return PcscConnection("00 00")
