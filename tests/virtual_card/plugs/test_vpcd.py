"""The plug for vpcd beneath pcscd: arbitrary control sequences and commands on one line."""

from __future__ import annotations

import random
import socket
import threading
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reader.description.layout import PIN_REFERENCES
from tests.virtual_card.test_card_properties import RIGHT_SECRETS, interference
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

if TYPE_CHECKING:
    from virtual_card.image.card_image import CardImage

POWER_OFF, POWER_ON, RESET, ATR = (bytes((code,)) for code in (0, 1, 2, 4))
SILENT = (POWER_OFF, POWER_ON, RESET, b"")
"""Messages that have no answer."""
MESSAGES = 150


class Line:
    """The driver's end of a line, and a plug at the other."""

    def __init__(self, card: VirtualCard) -> None:
        self.gone = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            theirs = socket.create_connection(listener.getsockname())
            self._ours, _ = listener.accept()
        self._ours.settimeout(20)
        self._ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._ours.makefile("rb")
        self.plug = VpcdPlug(card, lambda: theirs, on_gone=self.gone.set)
        self.plug.insert()

    def say(self, said: bytes) -> None:
        self._ours.sendall(said)

    def hear(self) -> bytes:
        return self._answers.read(int.from_bytes(self._answers.read(2), "big"))

    def hang_up(self) -> None:
        self._ours.shutdown(socket.SHUT_WR)
        assert self.gone.wait(20)
        assert not self.plug.inserted
        self._answers.close()
        self._ours.close()


def message(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def messages(choose: random.Random) -> list[bytes]:
    """Make control messages and commands in any order; none carries a right secret."""
    commands = interference(choose)
    made = []
    while len(made) < MESSAGES:
        if choose.random() < 0.4:
            made.append(choose.choice((POWER_OFF, POWER_ON, RESET, ATR, b"", b"\x03", b"\xff")))
        elif isinstance(command := next(commands), bytes) and not any(
            secret in command for secret in RIGHT_SECRETS
        ):
            made.append(command)
    return made


@given(seed=st.integers(0, 2**64 - 1))
@settings(max_examples=100, deadline=None)
def test_whatever_order_messages_come_in_each_has_its_answer_and_no_try_comes_back(
    card_image: CardImage, seed: int
) -> None:
    choose = random.Random(seed)
    card = VirtualCard(card_image)
    tries = [card.tries_left(reference) for reference in PIN_REFERENCES]
    line, waiting = Line(card), b""
    for content in messages(choose):
        waiting += message(content)
        if content in SILENT:
            continue
        while waiting:  # cut anywhere, and several in one piece
            cut = choose.randrange(1, len(waiting) + 1)
            line.say(waiting[:cut])
            waiting = waiting[cut:]
        answer = line.hear()
        assert answer == card.atr if content == ATR else len(answer) >= 2
        left = [card.tries_left(reference) for reference in PIN_REFERENCES]
        assert all(after <= before for after, before in zip(left, tries, strict=True))
        tries = left
    line.hang_up()


@given(said=st.binary(max_size=300))
@settings(deadline=None)
def test_whatever_a_driver_says_the_plug_ends_cleanly(card_image: CardImage, said: bytes) -> None:
    line = Line(VirtualCard(card_image))
    line.say(said)
    line.hang_up()
