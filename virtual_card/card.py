"""The card itself: power, commands, and what the municipal office can do for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from reader.layout import Application
from reader.status import StatusWord
from virtual_card import instructions
from virtual_card.command import Refusal, parse
from virtual_card.files import CardApplication, PinFile
from virtual_card.image import CardImage
from virtual_card.jpki import jpki_application
from virtual_card.memory import CardMemory, FileMemory, PinState, VolatileMemory
from virtual_card.secret import PinSecret
from virtual_card.state import CardState, recall

if TYPE_CHECKING:
    from pathlib import Path

    from reader.layout import PinReference


class VirtualCard:
    """A My Number Card that answers commands.

    It never raises on a command, whatever its bytes, and always answers a status word. All of
    it may be called from any thread; commands are carried out one after the other.
    """

    def __init__(self, image: CardImage, memory: CardMemory | None = None) -> None:
        """Make a card of its image; without a memory, its tries last as long as the object."""
        self.image = image
        self._memory = VolatileMemory() if memory is None else memory
        self._applications = (
            CardApplication(Application.ISSUER_SECURITY_DOMAIN),
            jpki_application(image),
        )
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
        """Give it power; returns the ATR. Nothing is selected, nothing verified."""
        with self._lock:
            self._state = self._fresh_state()
        return self.image.atr

    def power_off(self) -> None:
        """Take the power away; everything verified or selected is forgotten."""
        with self._lock:
            self._state = self._fresh_state()

    def reset(self) -> bytes:
        """Reset it under power; returns the ATR."""
        if self.image.behaviour.warm_reset_clears:
            self.power_off()
        return self.image.atr

    def process(self, apdu: bytes, /) -> bytes:
        """Answer one command: the data and the two bytes of the status word."""
        with self._lock:
            try:
                data = instructions.execute(self._state, parse(apdu))
            except Refusal as refusal:
                return refusal.status.to_bytes(2, "big")
            except OSError:
                # The memory could not be written, so the command must not have succeeded.
                return StatusWord.MEMORY_FAILURE.to_bytes(2, "big")
            return data + StatusWord.SUCCESS.to_bytes(2, "big")

    def tries_left(self, reference: PinReference) -> int:
        """Say how many tries a PIN has left, as the lab sees it, without the reader."""
        with self._lock:
            return recall(self._memory, *self._find(reference)).tries

    def office_reset(self, reference: PinReference, new_pin: str | None = None) -> None:
        """Do what only the municipal office can: all tries again, and a new PIN if given.

        Raises ValueError for a PIN that its holder could not have chosen or that the card has
        no certificate for.
        """
        if new_pin is not None and not reference.accepts(new_pin):
            message = f"{reference.name} must be {reference.format}."
            raise ValueError(message)
        with self._lock:
            application, pin = self._find(reference)
            if not pin.tries:
                message = f"This card has no certificate for {reference.name}."
                raise ValueError(message)
            kept = recall(self._memory, application, pin).secret
            secret = kept if new_pin is None else PinSecret.of(new_pin)
            self._memory.write(application.application, pin.id, PinState(pin.tries, secret))

    def _find(self, reference: PinReference) -> tuple[CardApplication, PinFile]:
        for application in self._applications:
            if application.application is reference.application:
                for pin in application.pins():
                    if pin.id == reference.file:
                        return application, pin
        message = f"This card has no {reference.name}."
        raise ValueError(message)

    def _fresh_state(self) -> CardState:
        return CardState(self._applications, self._memory, self.image.behaviour)
