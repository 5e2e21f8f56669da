"""The card's file system: applications with their elementary files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from reader.description.layout import Application, PinReference, SignatureMode
from virtual_card.chip.access import FREE, Access
from virtual_card.encoding.secret import PinSecret

EVERY_MODE = frozenset(SignatureMode)

CONTACT_ATR_TAG = 0x5F51
"""GET DATA of the contact ATR; told whatever application is current."""


@dataclass(frozen=True)
class DataFile:
    """A working EF with transparent content."""

    id: int
    source: bytes | Callable[[], bytes] = field(repr=False)
    """Its content, or what makes it when it is first read (signatures take a while)."""
    read: Access

    @cached_property
    def content(self) -> bytes:
        """What READ BINARY reads from."""
        return self.source if isinstance(self.source, bytes) else self.source()


@dataclass(frozen=True)
class RecordFile:
    """A working EF made of records, which are counted from 1."""

    id: int
    records: tuple[bytes, ...]
    read: Access = FREE


@dataclass(frozen=True)
class PinFile:
    """An internal EF with a PIN, as the image has it; how it stands now is in the memory."""

    id: int
    secret: PinSecret | None
    """None for a PIN that was never set: it is blocked until the office sets it."""
    shortest: int
    longest: int
    """Bytes that a new PIN may have."""
    tries: int
    """Tries that a success, or the office, gives back; 0 for a PIN that is blocked for good."""
    change: tuple[int, int, int] | None = None
    """CLA, INS and P1 of the command that changes it; None where its holder cannot."""

    @classmethod
    def of(cls, reference: PinReference, secret: PinSecret | None, tries: int) -> Self:
        """Make the file of a secret that has a holder."""
        return cls(
            reference.file,
            secret,
            reference.shortest,
            reference.longest,
            tries,
            reference.change_instruction,
        )


@dataclass(frozen=True)
class KeyFile:
    """An internal EF with a private key that signs (`80 2A`)."""

    id: int
    load: Callable[[], RSAPrivateKey] = field(repr=False)
    use: Access
    modes: frozenset[SignatureMode] = EVERY_MODE

    @cached_property
    def key(self) -> RSAPrivateKey:
        """The key, made ready when it is first used."""
        return self.load()


@dataclass(frozen=True)
class AuthenticationKeyFile:
    """An internal EF with the key of INTERNAL AUTHENTICATE, which asks for no PIN."""

    id: int
    load: Callable[[], RSAPrivateKey] = field(repr=False)

    @cached_property
    def key(self) -> RSAPrivateKey:
        """The key, made ready when it is first used."""
        return self.load()


@dataclass(frozen=True)
class TerminalAuthorityFile:
    """An internal EF with the key that vouches for terminals."""

    id: int
    key: RSAPublicKey | None
    """None where the card knows no such authority."""


@dataclass(frozen=True)
class InternalFile:
    """An internal EF that exists and that no command here uses."""

    id: int


File = (
    DataFile
    | RecordFile
    | PinFile
    | KeyFile
    | AuthenticationKeyFile
    | TerminalAuthorityFile
    | InternalFile
)


@dataclass(frozen=True)
class DedicatedFile:
    """An application of the card as its files: a DF (dedicated file, ISO 7816-4)."""

    application: Application
    files: tuple[File, ...] = ()
    objects: Mapping[int, Callable[[], bytes]] = field(default_factory=dict)
    """What GET DATA answers while the application is current, by tag."""
    default_key: KeyFile | None = None
    """The key that `80 2A` uses where P2 is 00."""

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
