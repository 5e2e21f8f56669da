"""A card under power, spoken to in hexadecimal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from virtual_card.card import VirtualCard


class Talk:
    """A card under power."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        card.power_on()

    def __call__(self, apdu: str | bytes) -> str:
        """Return the status word."""
        return self.answer(apdu)[1]

    def answer(self, apdu: str | bytes) -> tuple[bytes, str]:
        raw = bytes.fromhex(apdu) if isinstance(apdu, str) else apdu
        answer = self.card.process(raw)
        return answer[:-2], answer[-2:].hex().upper()

    def all_of(self, *apdus: str) -> list[str]:
        return [self(apdu) for apdu in apdus]

    def select(self, aid: str) -> None:
        """Select an application."""
        assert self(f"00A4040C0A {aid}") == "9000"

    def verify(self, sfi: int, pin: str) -> str:
        """Verify a PIN by its short identifier."""
        return self(bytes((0, 0x20, 0, 0x80 | sfi, len(pin))) + pin.encode())

    def tries(self, sfi: int) -> str:
        """Ask for the tries of a PIN."""
        return self(bytes((0, 0x20, 0, 0x80 | sfi)))

    def read(self, sfi: int) -> bytes:
        """Read a whole file, and demand that it may be read."""
        content, status = self.answer(bytes((0, 0xB0, 0x80 | sfi, 0, 0, 0, 0)))
        assert status == "9000", status
        return content

    def read_status(self, sfi: int) -> str:
        """Read a file's first byte and return the status word."""
        return self(bytes((0, 0xB0, 0x80 | sfi, 0, 1)))
