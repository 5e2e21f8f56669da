"""Having a PIN typed at the reader's own pad (PC/SC part 10, v2.02.09, sections 2.5.2, 2.5.3).

The structures are packed and little-endian, as the drivers take them on every system.
"""

import struct

from reader.description.layout import PinReference
from reader.errors import CardFault, PinNotSent

FIRST_KEY_WITHIN = 60
"""Seconds until the first key; an assumption about a person who looks for their note."""
NEXT_KEY_WITHIN = 30
"""Seconds from key to key."""

LANGUAGE = 0x0409
"""wLangId of what the pad shows: English, which each pad knows; few know Japanese (0x0411)."""

_BYTES_LEFT_ASCII = 0x82
"""bmFormatString: positions in bytes, the PIN at the start of the data, left, in ASCII."""
_CONFIRM_WITH_KEY = 0x02
"""bEntryValidationCondition: the holder ends the entry with the pad's own key."""
_NEW_PIN_TWICE = 0x01
"""bConfirmPIN: the new PIN is asked for twice, the old one not at all."""
_PLACE_OF_PIN = b"\xff"
"""What stands in the command where the reader puts the PIN."""


def verify_structure(reference: PinReference, header: bytes) -> bytes:
    """Write PIN_VERIFY for a command with this header (CLA, INS, P1, P2)."""
    command = _command(reference, header)
    return (
        struct.pack(
            "<BBBBBHBBHB3sI",
            FIRST_KEY_WITHIN,
            NEXT_KEY_WITHIN,
            _BYTES_LEFT_ASCII,
            reference.longest,  # bmPINBlockString: no length in the block, its size in bytes
            0x00,  # bmPINLengthFormat: nowhere
            reference.shortest << 8 | reference.longest,  # wPINMaxExtraDigit
            _CONFIRM_WITH_KEY,
            0x01,  # bNumberMessage
            LANGUAGE,
            0x00,  # bMsgIndex
            bytes(3),  # bTeoPrologue, of T=1 below our level
            len(command),
        )
        + command
    )


def change_structure(reference: PinReference, header: bytes) -> bytes:
    """Write PIN_MODIFY for a command that carries the new PIN only."""
    command = _command(reference, header)
    return (
        struct.pack(
            "<BBBBBBBHBBBHBBB3sI",
            FIRST_KEY_WITHIN,
            NEXT_KEY_WITHIN,
            _BYTES_LEFT_ASCII,
            reference.longest,
            0x00,  # bmPINLengthFormat
            0x00,  # bInsertionOffsetOld: there is no old PIN in it
            0x00,  # bInsertionOffsetNew: at the start of the data
            reference.shortest << 8 | reference.longest,
            _NEW_PIN_TWICE,
            _CONFIRM_WITH_KEY,
            0x02,  # bNumberMessage: enter, enter again
            LANGUAGE,
            0x01,  # bMsgIndex1: new PIN
            0x02,  # bMsgIndex2: new PIN again
            0x00,  # bMsgIndex3
            bytes(3),
            len(command),
        )
        + command
    )


def check_pad_status(reference: PinReference, status: int) -> None:
    """Raise what the reader itself, not the card, says of an entry at its pad."""
    match status:
        case 0x6400:
            raise PinNotSent.timed_out(reference, status_word=status)
        case 0x6401:
            raise PinNotSent.cancelled(reference, status_word=status)
        case 0x6402:
            raise PinNotSent.different(reference, status_word=status)
        case 0x6403:
            raise PinNotSent.malformed(reference, status_word=status)
        case 0x6B80:
            raise CardFault("the entry at the reader's PIN pad", status_word=status)


def _command(reference: PinReference, header: bytes) -> bytes:
    """Write the command with the place of a PIN; only PINs of one length and of digits come.

    Pads have no letters, and for one length there is nothing for the reader to adjust.
    """
    if not reference.is_numeric or reference.shortest != reference.longest:
        raise PinNotSent.without_pad(reference)
    return header + bytes((reference.longest,)) + _PLACE_OF_PIN * reference.longest
