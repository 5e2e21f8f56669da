"""By what a card, of whatever make, is known again: no PIN, no application, no file of it.

A contactless card has a number of its own, which the reader tells by GET DATA (PC/SC part 3,
section 3.2.2.1.3: ``FF CA 00 00 00``). A card on contacts has none: it has only its answer to
reset, in which the cards of one make are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reader.description.status import StatusWord
from reader.errors import CardFault, CardInUse
from reader.pcsc.pcsc_connection import PcscConnection

GET_UID = bytes.fromhex("FFCA000000")
"""GET DATA, which the reader answers itself."""
_SHORTEST_UID, _LONGEST_UID = 4, 16
_RANDOM = 0x08
"""First byte of a number of four bytes that is another one each time (ISO/IEC 14443-3, 6.5.4), as
phones have them."""


class IdentityKind(StrEnum):
    """By what a card is known again."""

    UID = "uid"
    """The number of the contactless chip."""
    ATR = "atr"
    """Its answer to reset, which other cards of its make have too."""
    CERTIFICATE = "certificate"
    """The authentication certificate of a My Number Card, see `reader.own_card`."""


@dataclass(frozen=True)
class CardIdentity:
    """What tells a card from others."""

    kind: IdentityKind
    value: bytes
    changes: bool = False
    """Whether it is another one each time, so that the card cannot be known again."""


def read_identity(part: str) -> CardIdentity:
    """Ask the card in the reader whose name has a part, twice, with a loss of power in between.

    Raises:
        ReaderError: it cannot be asked, or went away in the middle.
    """
    first, second = _read(part), _read(part)
    if first.kind is not second.kind:
        # The reader has told a number once: another program came in between the other time.
        raise CardInUse
    drawn = (
        first.kind is IdentityKind.UID
        and len(first.value) == _SHORTEST_UID
        and first.value[0] == _RANDOM
    )
    return CardIdentity(first.kind, first.value, changes=drawn or first != second)


def _read(part: str) -> CardIdentity:
    with PcscConnection(part) as card, card.transaction(reset=True):
        atr = card.atr
        try:
            uid, status = card.send(GET_UID)
        except CardInUse:
            raise
        except CardFault:  # a reader that lets it through to a card that makes nothing of it
            uid, status = b"", 0
    if status == StatusWord.SUCCESS and _SHORTEST_UID <= len(uid) <= _LONGEST_UID:
        return CardIdentity(IdentityKind.UID, uid)
    return CardIdentity(IdentityKind.ATR, atr)
