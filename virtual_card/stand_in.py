"""A card for which another one, a stand-in (代役のカード), lies on a real reader.

Where that is somebody's own My Number Card, the authentication PIN may be that card's: it is
compared there, its tries are counted there, and nothing of it is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, Protocol

from reader.description.layout import AUTHENTICATION_PIN, Application, StandInKind
from reader.description.status import StatusWord
from virtual_card.card import VirtualCard
from virtual_card.chip.command import Refusal
from virtual_card.chip.memory import CardMemory, FileMemory, PinState
from virtual_card.encoding.secret import PinSecret
from virtual_card.image.card_image import CardImage

if TYPE_CHECKING:
    from pathlib import Path


def stand_in_atr(kind: StandInKind) -> bytes:
    """Return an ATR that says what stands in: T=0 and T=1, and the historical bytes."""
    mark = kind.value
    body = bytes([0x80 | len(mark), 0x80, 0x01]) + mark
    return b"\x3b" + body + bytes([reduce(xor, body)])


class StandInCard(VirtualCard):
    """A My Number Card that says in its ATR that another card stands in for it."""

    kind = StandInKind.ANY_CARD

    @property
    def atr(self) -> bytes:
        """Answer to reset, with what stands in."""
        return stand_in_atr(self.kind)

    def power_on(self) -> bytes:
        """See `VirtualCard.power_on`."""
        super().power_on()
        return self.atr

    def reset(self) -> bytes:
        """See `VirtualCard.reset`."""
        super().reset()
        return self.atr


class PinOnOwnCard(Protocol):
    """The authentication PIN of somebody's own card, which lies on a real reader.

    Both raise `CardPulled` where that card has left.
    """

    def tries(self) -> int | None:
        """Ask that card how many tries the PIN has, without using one; None where it is unknown."""

    def present(self, pin: bytes, /) -> int:
        """Have that card compare a PIN and prove itself; return the status word to answer.

        SUCCESS, the count of a wrong one, or why it was not sent.
        """


class OwnCard(StandInCard):
    """A simulated card for which somebody's own My Number Card (ご自身のカード) stands in."""

    def __init__(
        self, image: CardImage, memory: CardMemory, pin: PinOnOwnCard | None = None
    ) -> None:
        """Take the simulated card, and the own card's PIN where that is to be used.

        Without it, the PIN is that of the simulated card.
        """
        self.kind = (
            StandInKind.OWN_CARD_WITHOUT_PIN if pin is None else StandInKind.OWN_CARD_WITH_PIN
        )
        super().__init__(image, memory if pin is None else _PinElsewhere(memory, pin))

    @classmethod
    def with_pin(cls, path: Path, pin: PinOnOwnCard | None) -> OwnCard:
        """Take a card image with its tries beside it; raises `ImageError`, `MemoryFileError`."""
        return cls(CardImage.load(path), FileMemory.beside(path), pin)


@dataclass(frozen=True)
class _SecretElsewhere(PinSecret):
    """Stands for a PIN that only the own card knows."""

    salt: bytes = field(default=b"", init=False, repr=False)
    digest: bytes = field(default=b"", init=False, repr=False)
    pin: PinOnOwnCard

    def matches(self, candidate: bytes) -> bool:
        """Have the own card compare; raises `Refusal` with its word where it does not agree."""
        status = self.pin.present(candidate)
        if status != StatusWord.SUCCESS:
            raise Refusal(status)
        return True


class _PinElsewhere:
    """The memory of a card whose authentication PIN is another card's."""

    def __init__(self, memory: CardMemory, pin: PinOnOwnCard) -> None:
        self._memory, self._pin = memory, pin

    def read(self, application: Application, file: int) -> PinState | None:
        """See `CardMemory.read`; raises `Refusal` where the own card does not tell its tries."""
        if not _is_the_pin(application, file):
            return self._memory.read(application, file)
        tries = self._pin.tries()
        if tries is None:
            raise Refusal(StatusWord.NO_PRECISE_DIAGNOSIS)
        return PinState(tries, _SecretElsewhere(self._pin))

    def write(self, application: Application, file: int, state: PinState) -> None:
        """See `CardMemory.write`; raises `Refusal` where the own card's PIN were to be changed."""
        if not _is_the_pin(application, file):
            self._memory.write(application, file, state)
        elif not isinstance(state.secret, _SecretElsewhere):
            raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)

    @property
    def tampering(self) -> int:
        """See `CardMemory.tampering`."""
        return self._memory.tampering

    def count_tampering(self) -> None:
        """See `CardMemory.count_tampering`."""
        self._memory.count_tampering()

    def forget_tampering(self) -> None:
        """See `CardMemory.forget_tampering`."""
        self._memory.forget_tampering()


def _is_the_pin(application: Application, file: int) -> bool:
    return application is AUTHENTICATION_PIN.application and file == AUTHENTICATION_PIN.file
