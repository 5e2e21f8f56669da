"""A card on the contacts of a T=0 reader (ISO 7816-3): its ATR, and answers in pieces.

The USB reader that QEMU emulates cannot use a card with T=1 in its ATR, and carries 256 bytes
of an answer at once. It does not play T=0 itself: a command comes whole, with its data and its
Le, and libccid takes the answer as it is. What is left for the card's side is what stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from virtual_card.plug import Card

LONGEST_PIECE: Final = 256
"""Bytes of data in one answer."""

_GET_RESPONSE: Final = 0xC0
_MORE: Final = 0x61
"""First byte of the status word that says how many bytes are left; 00 is 256 or more."""


def contact_atr(atr: bytes) -> bytes:
    """Write the ATR of a T=0 card with the historical bytes of this one.

    TB1 and TC1 are zero (no programming voltage, no extra guard time); TC2 is 1, the shortest
    waiting time. libccid waits 259 such times for an answer: about 25 s, where it would be four
    minutes without it. An ATR that is cut off gives as many historical bytes as it has.
    """
    historical = _historical_bytes(atr)
    return bytes((0x3B, 0xE0 | len(historical), 0x00, 0x00, 0x40, 0x01)) + historical


def _historical_bytes(atr: bytes) -> bytes:
    if len(atr) < 2:
        return b""
    end, follows = 2, atr[1]
    while True:
        interface = follows >> 4
        end += interface.bit_count()
        if not interface & 0x8 or end > len(atr):
            break
        follows = atr[end - 1]  # TDi, the last of its round, says what the next round has
    return atr[end : end + (atr[1] & 0x0F)]


class PiecewiseAnswers:
    """Gives the answers of a card in pieces of 256 bytes.

    A longer answer ends in 61xx; GET RESPONSE fetches the next piece, the last of which ends
    in the card's own status word. Any other command forgets what was left.
    """

    def __init__(self, card: Card) -> None:
        self._card = card
        self._rest = b""
        self._status = b""

    def process(self, apdu: bytes) -> bytes:
        """Answer one command; raises what the card raises."""
        if self._rest and len(apdu) == 5 and apdu[1] == _GET_RESPONSE:
            return self._piece(apdu[4] or LONGEST_PIECE)
        answer = self._card.process(apdu)
        self._rest, self._status = answer[:-2], answer[-2:]
        return self._piece(LONGEST_PIECE)

    def forget(self) -> None:
        """Forget what was left of an answer, as a card without power does."""
        self._rest = b""

    def _piece(self, longest: int) -> bytes:
        piece, self._rest = self._rest[:longest], self._rest[longest:]
        if not self._rest:
            return piece + self._status
        left = len(self._rest)
        return piece + bytes((_MORE, left if left < LONGEST_PIECE else 0))
