"""Several programs at one reader, and a service that dies under them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from smartcard import scard

from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import CardFault, NextStep, NoService
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import look, prove_identity
from testbed.readers.private_pcscd import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

ROOT = Path(__file__).parents[3]
RIGHT = Pin.authentication("1234")
TIMES = 25

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


def pcscd_of(stack: PcscStack) -> int:
    """Find the service's own process below the one that holds the stack up."""
    waiting = [stack.pid]
    while waiting:
        parent = waiting.pop()
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in map(int, children):
            if Path(f"/proc/{child}/comm").read_text().strip() == "pcscd":
                return child
            waiting.append(child)
    raise AssertionError("the stack runs no pcscd")


def test_a_client_survives_a_service_that_is_killed_and_comes_back(
    pcsc_stack: PcscStack, make_card: Callable[..., VirtualCard]
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
