"""The card itself: power, commands, and what the municipal office can do for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from reader.description.status import StatusWord
from virtual_card.applications.by_kind import applications_of
from virtual_card.chip import instructions
from virtual_card.chip.command import Refusal, Tampering, parse
from virtual_card.chip.memory import CardMemory, FileMemory, PinState, VolatileMemory
from virtual_card.chip.state import ChipState, recall
from virtual_card.encoding.secret import PinSecret
from virtual_card.image.card_image import CardImage
from virtual_card.plug import CardMute

if TYPE_CHECKING:
    from pathlib import Path

    from reader.description.layout import PinReference
    from virtual_card.chip.files import DedicatedFile, PinFile


class VirtualCard:
    """A My Number Card that answers commands.

    It never raises on a command, whatever its bytes, and always answers a status word, unless
    its image has it break of tampering. All of it may be called from any thread; commands are
    carried out one after the other.
    """

    def __init__(self, image: CardImage, memory: CardMemory | None = None) -> None:
        """Make a card of its image; without a memory, its tries last as long as the object."""
        self.image = image
        self._memory = VolatileMemory() if memory is None else memory
        self._applications = applications_of(image)
        self._lock = threading.RLock()
        self._state = self._fresh_state()

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Take a card image with its tries beside it; raises `ImageError`, `MemoryFileError`."""
        return cls(CardImage.load(path), FileMemory.beside(path))

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self.image.atr

    def power_on(self) -> bytes:
        """Give it power; returns the ATR. Nothing is selected, nothing verified.

        Raises `CardMute` once the card was broken by tampering, as all that asks for an answer.
        """
        with self._lock:
            self._check_alive()
            self._state = self._fresh_state()
        return self.image.atr

    def power_off(self) -> None:
        """Take the power away; everything verified or selected is forgotten."""
        with self._lock:
            self._state = self._fresh_state()

    def reset(self) -> bytes:
        """Reset it under power; returns the ATR."""
        self._check_alive()
        if self.image.behaviour.warm_reset_clears:
            self.power_off()
        return self.image.atr

    def process(self, apdu: bytes, /) -> bytes:
        """Answer one command: the data and the two bytes of the status word.

        Raises `CardMute` once the card was broken by tampering.
        """
        with self._lock:
            self._check_alive()
            try:
                data = instructions.execute(self._state, parse(apdu))
            except Refusal as refusal:
                return self._refused(refusal)
            except OSError:
                # The memory could not be written, so the command must not have succeeded.
                return StatusWord.MEMORY_FAILURE.to_bytes(2, "big")
            return data + StatusWord.SUCCESS.to_bytes(2, "big")

    def _refused(self, refusal: Refusal) -> bytes:
        """Answer a refusal, unless it is the tampering that breaks the card."""
        if isinstance(refusal, Tampering) and self.image.behaviour.tampering_limit:
            try:
                self._memory.count_tampering()
            except OSError:
                return StatusWord.MEMORY_FAILURE.to_bytes(2, "big")
            self._check_alive()
        return refusal.status.to_bytes(2, "big")

    @property
    def broken(self) -> bool:
        """Whether it broke by tampering: it is mute until it is repaired."""
        limit = self.image.behaviour.tampering_limit
        return 0 < limit <= self._memory.tampering

    def repair(self) -> None:
        """Let a broken card live again, which no real one does; tries and PINs stay."""
        with self._lock:
            self._memory.forget_tampering()
            self._state = self._fresh_state()

    def _check_alive(self) -> None:
        if self.broken:
            raise CardMute

    def tries_left(self, reference: PinReference) -> int:
        """Say how many tries a PIN has left, as the lab sees it, without the reader."""
        with self._lock:
            return recall(self._memory, *self._find(reference)).tries

    def office_reset(self, reference: PinReference, new_pin: str | None = None) -> None:
        """Do what only the municipal office can: all tries again, and a new PIN if given.

        Raises ValueError for a PIN that its holder could not have chosen, that this card does not
        have or has no certificate for, and for one that was never set where none is given now.
        """
        if new_pin is not None and not reference.accepts(new_pin):
            message = f"The {reference.en} must be {reference.format_en}."
            raise ValueError(message)
        with self._lock:
            application, pin = self._find(reference)
            if not pin.tries:
                message = f"This card has no certificate for {reference.ja}."
                raise ValueError(message)
            kept = recall(self._memory, application, pin).secret
            secret = kept if new_pin is None else PinSecret.of(new_pin)
            if secret is None:
                message = f"{reference.ja} was never set; say what it is to be."
                raise ValueError(message)
            self._memory.write(application.application, pin.id, PinState(pin.tries, secret))

    def _find(self, reference: PinReference) -> tuple[DedicatedFile, PinFile]:
        for application in self._applications:
            if application.application is reference.application:
                for pin in application.pins():
                    if pin.id == reference.file:
                        return application, pin
        message = f"This card has no {reference.ja}."
        raise ValueError(message)

    def _fresh_state(self) -> ChipState:
        return ChipState(self._applications, self._memory, self.image.behaviour)
