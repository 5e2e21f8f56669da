"""The card's file system: applications with their elementary files."""

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from reader.layout import Application
from virtual_card.access import Access
from virtual_card.secret import PinSecret


@dataclass(frozen=True)
class DataFile:
    """A working EF with transparent content."""

    id: int
    content: bytes = field(repr=False)
    read: Access


@dataclass(frozen=True)
class PinFile:
    """An internal EF with a PIN, as the image has it; how it stands now is in the memory."""

    id: int
    secret: PinSecret | None
    shortest: int
    longest: int
    """Bytes that a new PIN may have."""
    tries: int
    """Tries that a success, or the office, gives back; 0 for a PIN that is blocked for good."""


@dataclass(frozen=True)
class KeyFile:
    """An internal EF with a private key."""

    id: int
    key: RSAPrivateKey = field(repr=False)
    use: Access


@dataclass(frozen=True)
class InternalFile:
    """An internal EF that exists and that no command here uses."""

    id: int


File = DataFile | PinFile | KeyFile | InternalFile


@dataclass(frozen=True)
class CardApplication:
    """An application of the card: a DF with its files."""

    application: Application
    files: tuple[File, ...] = ()

    @cached_property
    def _by_id(self) -> dict[int, File]:
        return {file.id: file for file in self.files}

    def file(self, identifier: int) -> File | None:
        """Return the file with this two-byte identifier."""
        return self._by_id.get(identifier)

    def file_by_sfi(self, sfi: int) -> File | None:
        """Return the file with this short identifier: on this card, the id's last five bits."""
        return self._by_id.get(sfi)

    def pins(self) -> tuple[PinFile, ...]:
        """Return the PINs of the application."""
        return tuple(file for file in self.files if isinstance(file, PinFile))
