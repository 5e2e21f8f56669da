"""The slots of the virtual reader: what is in them, and what is refused."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reader.errors import CardFault, CardRemoved
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import look
from testbed.api.slots import SlotState
from testbed.readers.inserted_card import IDEAL, CardConditions
from testbed.readers.private_pcscd import PcscStack
from testbed.readers.slots import Slots
from tests.presence import pcscd_of, wait_until
from virtual_card.card import VirtualCard
from virtual_card.image.behaviour import Behaviour
from virtual_card.wrappers.fault import Die, Mute, Remove
from virtual_card.wrappers.timing import CONTACT, CONTACTLESS
from virtual_card.wrappers.trace import Trace
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from virtual_card.image.card_image import CardImage

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
READ_KEY = bytes.fromhex("00B0970000")
TRIES = bytes.fromhex("00200098")
WRONG_VERIFY = TRIES + bytes.fromhex("0439393939")


@pytest.fixture
def slots(pcsc_stack: PcscStack) -> Iterator[Slots]:
    slots = Slots(pcsc_stack)
    yield slots
    slots.close()
    for number in range(pcsc_stack.slots):
        assert pcsc_stack.wait_until_empty(number)


def test_a_card_is_in_one_slot_at_a_time(
    slots: Slots, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card)
    slots.move("hanako", 1, make_card)
    assert [slot.card for slot in slots.all()] == [None, "hanako"]


def test_a_card_leaves_though_a_program_that_was_started_meanwhile_goes_on(
    slots: Slots, pcsc_stack: PcscStack, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card)
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, close_fds=False) as started:
        slots.slot(0).remove()
        assert pcsc_stack.wait_until_empty(0)
        started.communicate()


def test_a_card_that_is_in_already_stays_as_it_is(
    slots: Slots, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card)

    def another() -> VirtualCard:
        raise AssertionError("the card that is in was replaced")

    assert slots.move("hanako", 0, another).card == "hanako"


def test_a_slot_that_is_not_there_is_told(slots: Slots) -> None:
    with pytest.raises(Problem) as refused:
        slots.slot(2)
    assert refused.value.entry is Catalogue.SLOT_UNKNOWN


def test_nothing_can_be_done_to_an_empty_slot(slots: Slots) -> None:
    slot = slots.slot(0)
    for act in (slot.require_card, lambda: slot.reset(cold=True), lambda: slot.put_through(IDEAL)):
        with pytest.raises(Problem, match="Slot 0 is empty") as refused:
            act()
        assert refused.value.entry is Catalogue.SLOT_EMPTY


def test_a_card_that_died_is_dead_in_every_slot_until_it_is_repaired(
    slots: Slots, make_card: Callable[..., VirtualCard]
) -> None:
    slots.move("hanako", 0, make_card, CardConditions(faults=(Die(),)))
    wait_until(slots.slot(0).reader, present=True)
    with PcscConnection(slots.slot(0).reader) as connection, pytest.raises(CardFault):
        connection.send(SELECT_JPKI)
    slots.move("hanako", 1, make_card)
    wait_until(slots.slot(1).reader, present=True)
    with pytest.raises(CardFault):
        PcscConnection(slots.slot(1).reader)
    slots.repair("hanako", make_card)
    with PcscConnection(slots.slot(1).reader) as connection:
        assert connection.send(SELECT_JPKI) == (b"", 0x9000)


@pytest.mark.parametrize("stays_in", [True, False], ids=["in its slot", "taken out"])
def test_a_card_that_broke_of_tampering_is_repaired_with_the_tries_that_it_had(
    slots: Slots, card_image: CardImage, tmp_path: Path, *, stays_in: bool
) -> None:
    image = replace(card_image, behaviour=Behaviour(tampering_limit=1))
    path = tmp_path / "hanako.card.toml"
    image.save(path)

    def card() -> VirtualCard:
        return VirtualCard.from_file(path)

    slot = slots.move("hanako", 0, card)
    wait_until(slot.reader, present=True)
    with PcscConnection(slot.reader) as connection:
        connection.send(SELECT_JPKI)
        assert connection.send(WRONG_VERIFY) == (b"", 0x63C2)
        with pytest.raises(CardFault):
            connection.send(READ_KEY)
    assert slot.require_card().dead
    assert SlotState.of(slot).dead
    if not stays_in:
        slot.remove()
    slots.repair("hanako", card)
    slot = slots.move("hanako", 0, card)
    assert not slot.require_card().dead
    wait_until(slot.reader, present=True)
    with PcscConnection(slot.reader) as connection:
        assert connection.send(SELECT_JPKI) == (b"", 0x9000)
        assert connection.send(TRIES) == (b"", 0x63C2)
    assert not card().broken


def test_a_card_that_stays_in_goes_through_something_else(
    slots: Slots, make_card: Callable[..., VirtualCard], tmp_path: Path
) -> None:
    slot = slots.move("hanako", 0, make_card, CardConditions(CONTACT, (Mute(),)))
    chip = slot.require_card().card
    slots.move("hanako", 0, make_card, CardConditions(CONTACTLESS, trace=tmp_path / "t.jsonl"))
    assert slot.require_card().card is chip
    assert slot.require_card().timed.profile == CONTACTLESS
    assert slot.require_card().faulty.faults == ()
    wait_until(slot.reader, present=True)
    with PcscConnection(slot.reader) as connection:
        connection.send(SELECT_JPKI)
    slots.move("hanako", 0, make_card)
    assert slot.require_card().trace is None
    commands = [exchange.command for exchange in Trace.load(tmp_path / "t.jsonl").exchanges]
    assert SELECT_JPKI in commands


def test_a_trace_that_cannot_be_written_is_told_and_no_card_is_put_in(
    slots: Slots, make_card: Callable[..., VirtualCard], tmp_path: Path
) -> None:
    conditions = CardConditions(trace=tmp_path / "none" / "t.jsonl")
    with pytest.raises(Problem, match="cannot be written") as refused:
        slots.move("hanako", 0, make_card, conditions)
    assert refused.value.entry is Catalogue.INVALID_REQUEST
    assert slots.slot(0).card is None


def test_a_card_that_leaves_by_itself_ends_its_trace(
    slots: Slots, make_card: Callable[..., VirtualCard], tmp_path: Path
) -> None:
    conditions = CardConditions(faults=(Remove(),), trace=tmp_path / "t.jsonl")
    slot = slots.move("hanako", 0, make_card, conditions)
    file = slot.require_card().card.file
    wait_until(slot.reader, present=True)
    with PcscConnection(slot.reader) as connection, pytest.raises(CardRemoved):
        connection.send(SELECT_JPKI)
    wait_until(slot.reader, present=False)
    assert slot.card is None
    slot.remove()
    assert file is not None
    assert file.closed


def test_cards_are_in_again_after_the_service_died(
    slots: Slots, pcsc_stack: PcscStack, make_card: Callable[..., VirtualCard]
) -> None:
    card = make_card()
    slots.move("hanako", 0, lambda: card)
    wait_until(pcsc_stack.readers[0], present=True)
    for _ in range(2):
        dead = pcscd_of(pcsc_stack)
        ended = os.pidfd_open(dead)
        os.kill(dead, signal.SIGKILL)
        select.select([ended], [], [], 10)
        os.close(ended)
        assert slots.slot(0).card == "hanako", "it has not been taken out"
        reached(lambda: pcsc_stack.shows_card(0))
        assert SlotState.of(slots.slot(0)).waiting is False
        with PcscConnection("00 00") as connection:
            assert look(connection).tries == 3


@pytest.mark.pcscd
def test_while_the_service_is_down_the_state_says_so(
    make_card: Callable[..., VirtualCard],
) -> None:
    with tempfile.TemporaryDirectory(prefix="oqs-slots-") as short:
        stack = PcscStack(Path(short) / "stack").start()
        slots = Slots(stack)
        slots.move("hanako", 0, make_card)
        stack.stop()
        slot = slots.slot(0)
        reached(lambda: slot.waiting)
        assert SlotState.of(slot).waiting
        assert SlotState.of(slot).card == "hanako"
        for use in (lambda: slot.reset(cold=True), lambda: slots.move("ichiro", 1, make_card)):
            with pytest.raises(Problem) as caught:
                use()
            assert caught.value.entry is Catalogue.PCSC_UNAVAILABLE
        stack.start()
        reached(lambda: stack.shows_card(0) and not slot.waiting)
        stack.stop()
        reached(lambda: slot.waiting)
        slots.close()
        assert SlotState.of(slot).card is None
        stack.start()
        assert not stack.shows_card(0)
        stack.stop()


def reached(holds: Callable[[], bool]) -> None:
    """Look again and again until something holds; what is looked at tells nobody."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
