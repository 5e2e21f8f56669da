"""A card that plays a recorded session again, answer by answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reader.description.narration import carries_secret, masked
from reader.description.status import StatusWord
from virtual_card.plug import CardMute, CardPulled
from virtual_card.wrappers.trace import Exchange, Loss

if TYPE_CHECKING:
    from virtual_card.wrappers.trace import Trace

UNEXPECTED: Final = StatusWord.NO_PRECISE_DIAGNOSIS
"""What a command gets that the recording does not have at this place; no My Number Card says
that of a command (spec card §1: one was seen to do so at power-up)."""


@dataclass(frozen=True)
class Surprise:
    """A command that was not the next one of the recording."""

    number: int
    """Which command of the recording was expected, counted from 1."""
    expected: str | None
    """In hexadecimal, secrets masked; None when the recording had ended."""
    came: str

    def __str__(self) -> str:
        if self.expected is None:
            return f"The recording has ended after {self.number - 1} commands; {self.came} came."
        return f"Command {self.number} of the recording is {self.expected}; {self.came} came."


class ScriptedCard:
    """Answers a session as it was recorded; a `Card`.

    A command that is not the next one of the recording gets `UNEXPECTED` and is reported in
    `surprises`; the recording then waits for the right one. In place of a PIN that was masked
    any PIN is right. Power and resets are not compared, as every reader has its own habits.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        """The recording."""
        self.surprises: list[Surprise] = []
        self._atr = trace.atr
        self._exchanges = trace.exchanges
        self._next = 0
        self._alone = threading.Lock()

    @property
    def finished(self) -> bool:
        """Whether everything recorded has been played."""
        return self._next == len(self._exchanges)

    @property
    def atr(self) -> bytes:
        """See `Card.atr`."""
        return self._atr

    def power_on(self) -> bytes:
        """See `Card.power_on`."""
        return self._atr

    def power_off(self) -> None:
        """See `Card.power_off`."""

    def reset(self) -> bytes:
        """See `Card.reset`."""
        return self._atr

    def process(self, apdu: bytes, /) -> bytes:
        """Answer as it was recorded; see `Card.process`."""
        with self._alone:
            expected = None if self.finished else self._exchanges[self._next]
            if expected is None or not _is(expected, apdu):
                told = None if expected is None else _written(expected)
                self.surprises.append(Surprise(self._next + 1, told, masked(apdu)))
                return UNEXPECTED.to_bytes(2, "big")
            self._next += 1
        if expected.answer is not None:
            return expected.answer
        raise CardPulled if expected.lost is Loss.PULLED else CardMute


def _is(expected: Exchange, apdu: bytes) -> bool:
    if expected.secret:
        return carries_secret(apdu) and apdu[: len(expected.command)] == expected.command
    return apdu == expected.command


def _written(expected: Exchange) -> str:
    return masked(expected.command + b"\x01\x00") if expected.secret else masked(expected.command)
