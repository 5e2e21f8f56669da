"""A card, or the service itself, that gives no answer: told within a bound."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from reader.errors import CardFault, CardInUse, NoService
from reader.pcsc import context, patience, pcsc_connection
from reader.pcsc.pcsc_connection import PcscConnection, list_readers
from reader.pcsc.reader_states import reader_states
from reader.session import look
from tests.presence import pcscd_of
from virtual_card.card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.image.card_image import CardImage


class Silent(VirtualCard):
    """A card that keeps its answers for itself until it is told to speak."""

    def __init__(self, image: CardImage) -> None:
        super().__init__(image)
        self.speaks = threading.Event()

    def process(self, command: bytes, /) -> bytes:
        assert self.speaks.wait(60)
        return super().process(command)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("_ANSWERED_WITHIN", "_CONNECTED_WITHIN", "_TURN_WITHIN"):
        monkeypatch.setattr(pcsc_connection, bound, 0.5)
    monkeypatch.setattr(context, "_ANSWERS_WITHIN", 0.5)


def until_nothing_is_under_way() -> None:
    for thread in threading.enumerate():
        if thread.name == "pcsc-calls":
            thread.join(30)
    assert not patience.queue_is_full()


@pytest.mark.usefixtures("impatient")
def test_a_card_without_an_answer_is_mute_and_not_in_use(
    card_image: CardImage, insert: Callable[..., object]
) -> None:
    card = Silent(card_image)
    insert(card)
    try:
        for _ in range(3):  # in the first, and at once while that goes on
            with pytest.raises(CardFault) as caught, PcscConnection("00 00") as connection:
                look(connection)
            assert not isinstance(caught.value, CardInUse)
            assert "does not answer" in caught.value.en
    finally:
        card.speaks.set()
    until_nothing_is_under_way()
    with PcscConnection("00 00") as connection:
        assert look(connection).tries == 3


@contextmanager
def standing_still(stack: PcscStack) -> Iterator[None]:
    service = pcscd_of(stack)
    os.kill(service, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(service, signal.SIGCONT)


@pytest.mark.usefixtures("impatient")
def test_a_service_that_stands_still_is_told_and_works_again_when_it_goes_on(
    pcsc_stack: PcscStack, make_card: Callable[..., VirtualCard], insert: Callable[..., object]
) -> None:
    card = make_card()
    insert(card)
    with PcscConnection("00 00") as connection:
        assert look(connection).tries == 3
        with standing_still(pcsc_stack):
            with pytest.raises(NoService):
                look(connection)
            for ask in (lambda: PcscConnection("00 00"), list_readers, reader_states):
                with pytest.raises(NoService):
                    ask()
    until_nothing_is_under_way()
    with PcscConnection("00 00") as again:
        assert look(again).tries == 3
