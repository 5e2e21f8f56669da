"""What PC/SC answers, in one form for all platforms, and the error that it means here.

The numbers are those of Microsoft's winscard, which pcsc-lite and macOS share. They are
written down here and not taken from the PC/SC module, as that has not all names on each
platform; Windows and some builds give them as negative numbers.
"""

from enum import IntEnum

from reader.errors import (
    CardFault,
    CardInUse,
    CardRemoved,
    NoCard,
    NoReader,
    NoService,
    ReaderError,
)


class PcscResult(IntEnum):
    """Results that a client must tell apart."""

    SUCCESS = 0
    BAD_COMMAND = 0x16
    """Windows: the reader went away during a command (ERROR_BAD_COMMAND)."""
    INTERNAL_ERROR = 0x80100001
    INVALID_HANDLE = 0x80100003
    UNKNOWN_READER = 0x80100009
    TIMEOUT = 0x8010000A
    SHARING_VIOLATION = 0x8010000B
    NO_SMARTCARD = 0x8010000C
    PROTOCOL_MISMATCH = 0x8010000F
    COMMUNICATION_ERROR = 0x80100013
    NOT_TRANSACTED = 0x80100016
    READER_UNAVAILABLE = 0x80100017
    NO_SERVICE = 0x8010001D
    SERVICE_STOPPED = 0x8010001E
    NO_READERS_AVAILABLE = 0x8010002E
    UNRESPONSIVE_CARD = 0x80100066
    UNPOWERED_CARD = 0x80100067
    RESET_CARD = 0x80100068
    REMOVED_CARD = 0x80100069
    SECURITY_VIOLATION = 0x8010006A


NOT_READY = frozenset({PcscResult.UNPOWERED_CARD, PcscResult.PROTOCOL_MISMATCH})
"""A card without power, or that speaks otherwise: its own fault where nobody else uses it, and
otherwise the work of another program that took its power away or chose how it speaks."""

_SERVICE_GONE = frozenset(
    {
        PcscResult.NO_SERVICE,
        PcscResult.SERVICE_STOPPED,
        PcscResult.COMMUNICATION_ERROR,
        PcscResult.INTERNAL_ERROR,
        PcscResult.INVALID_HANDLE,
    }
)
"""A service that is gone, and handles and lines that went with it."""

_READER_GONE = frozenset(
    {
        PcscResult.UNKNOWN_READER,
        PcscResult.READER_UNAVAILABLE,
        PcscResult.NO_READERS_AVAILABLE,
        PcscResult.BAD_COMMAND,
    }
)

_MUTE = frozenset({PcscResult.UNRESPONSIVE_CARD} | NOT_READY)
"""A card that gave no usable answer to power."""

CARD_GONE = frozenset({PcscResult.REMOVED_CARD, PcscResult.NO_SMARTCARD})


def unsigned(result: int) -> int:
    """Bring a result to the form of the table above."""
    return result & 0xFFFFFFFF


def check(result: int, during: str) -> None:
    """Raise the error that a PC/SC result stands for, unless it is success."""
    if unsigned(result) != PcscResult.SUCCESS:
        raise error_of(result, during)


def error_of(result: int, during: str) -> ReaderError:
    """Say what a result other than success means for the desk."""
    code = unsigned(result)
    if code in _SERVICE_GONE:
        return NoService()
    if code == PcscResult.SECURITY_VIOLATION:
        return NoService.denied()
    if code in _READER_GONE:
        return NoReader()
    if code == PcscResult.REMOVED_CARD:
        return CardRemoved()
    if code == PcscResult.NO_SMARTCARD:
        return NoCard()
    if code == PcscResult.SHARING_VIOLATION:
        return CardInUse()
    if code in _MUTE:
        return CardFault.mute(during)
    try:
        said = PcscResult(code).name
    except ValueError:
        said = "see winscard's list of errors"
    return CardFault(during, reason=f"PC/SC 0x{code:08X}, {said}")
