"""PC/SC: the readers of this machine, and a connection to the card in one of them.

Works over the low-level `smartcard.scard`, as each layer above it costs more than the whole
exchange with the card. Cards are never judged by their ATR: two My Number Cards seldom have
the same, and some readers invent one.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self

from smartcard import scard

from reader import apdu as commands
from reader.connection import SHORT_ANSWER
from reader.errors import CardFault, CardRemoved, NoCard, NoReader, NoService, ReaderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FRESH = scard.SCARD_UNPOWER_CARD
"""How a card is put back to its power-on state. Not by SCARD_RESET_CARD: on a real card somebody
measured a PIN that stayed verified through a warm reset; without power nothing stays."""

_REMOVAL_SEEN_WITHIN = 1.0
"""Seconds in which a service notices that a card is gone (pcscd polls every 0.4)."""


class PcscContext:
    """A line to the PC/SC service. Belongs to one thread; raises `NoService` when it is down."""

    def __init__(self) -> None:
        result, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        check(result, "establishing the PC/SC context")

    def readers(self) -> tuple[str, ...]:
        """Return the names of the readers there are, in the order of the service."""
        result, names = scard.SCardListReaders(self.handle, [])
        if _unsigned(result) == _unsigned(scard.SCARD_E_NO_READERS_AVAILABLE):
            return ()
        check(result, "listing the readers")
        return tuple(names)

    def close(self) -> None:
        """Release the context; nothing is left to say if the service is gone already."""
        scard.SCardReleaseContext(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def list_readers() -> tuple[str, ...]:
    """Return the names of the readers of this machine; raises `NoService`."""
    with PcscContext() as context:
        return context.readers()


def choose_reader(names: Sequence[str], part: str | None = None) -> str:
    """Choose the reader whose name has this part, whatever its case, and no other's.

    An exact name always wins. Without a part there must be one reader only. Raises `NoReader`,
    which lists what there is, when none or more than one fits.
    """
    if part is not None and part in names:
        return part
    fitting = [name for name in names if part is None or part.lower() in name.lower()]
    if len(fitting) == 1:
        return fitting[0]
    raise NoReader(names, part)


class PcscConnection:
    """The card in a reader, shared with other programs except within a `transaction`.

    Opening powers the card when nobody else has. Closing takes its power away, so that nothing
    that was verified stays so. Belongs to one thread at a time.
    """

    def __init__(self, part: str | None = None) -> None:
        """Connect to the card in the reader whose name has this part.

        Raises `NoService`, `NoReader`, `NoCard` or `CardFault`.
        """
        self._context = PcscContext()
        self._open = False
        try:
            self.reader = choose_reader(self._context.readers(), part)
            self._card, self._protocol = self._connect()
        except BaseException:
            self._context.close()
            raise
        self._open = True

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command and return the data and the status word of the answer.

        What T=0 readers hold back (61xx) is fetched, and a length that they ask for (6Cxx) is
        given; commands with side effects are never sent twice, as both words come before any.
        """
        data, status = self._transmit(apdu)
        if status >> 8 == 0x6C and len(apdu) >= 5:
            data, status = self._transmit(apdu[:-1] + bytes((status & 0xFF,)))
        while status >> 8 == 0x61:
            more, status = self._transmit(commands.get_response((status & 0xFF) or SHORT_ANSWER))
            data += more
        return data, status

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone; with `reset`, put it back to its power-on state afterwards."""
        self._begin()
        try:
            yield
        finally:
            # The outcome of the block stands; a card that is gone needs no reset any more.
            disposition = _FRESH if reset else scard.SCARD_LEAVE_CARD
            scard.SCardEndTransaction(self._card, disposition)

    @cached_property
    def longest_answer(self) -> int:
        """Data bytes that one answer may carry, as the reader says; 256 where it says nothing."""
        return max(SHORT_ANSWER, _longest_of_reader(self._card))

    def close(self) -> None:
        """Let go of the card, without power. Calling it again does nothing."""
        if self._open:
            self._open = False
            scard.SCardDisconnect(self._card, _FRESH)
            self._context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> tuple[int, int]:
        for _ in range(_ATTEMPTS_AFTER_RESET):
            result, card, protocol = scard.SCardConnect(
                self._context.handle,
                self.reader,
                scard.SCARD_SHARE_SHARED,
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            )
            if _unsigned(result) != _unsigned(scard.SCARD_W_RESET_CARD):
                break
        check(result, "connecting to the card")
        return card, protocol

    def _begin(self) -> None:
        result = scard.SCardBeginTransaction(self._card)
        for _ in range(_ATTEMPTS_AFTER_RESET):
            if _unsigned(result) != _unsigned(scard.SCARD_W_RESET_CARD):
                break
            # Somebody reset the card since: that is no fault as long as nothing is under way.
            result, self._protocol = scard.SCardReconnect(
                self._card,
                scard.SCARD_SHARE_SHARED,
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
                scard.SCARD_LEAVE_CARD,
            )
            if result == scard.SCARD_S_SUCCESS:
                result = scard.SCardBeginTransaction(self._card)
        if _unsigned(result) == _unsigned(scard.SCARD_E_NO_SMARTCARD):
            raise CardRemoved
        check(result, "beginning a transaction")

    def _transmit(self, apdu: bytes) -> tuple[bytes, int]:
        pci = (
            scard.SCARD_PCI_T0
            if self._protocol == scard.SCARD_PROTOCOL_T0
            else (scard.SCARD_PCI_T1)
        )
        result, answer = scard.SCardTransmit(self._card, pci, list(apdu))
        # A card that goes away in the middle can look like success without an answer.
        if result != scard.SCARD_S_SUCCESS or len(answer) < 2:
            raise self._lost(result)
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def _lost(self, result: int) -> ReaderError:
        """Say why an exchange failed; an unclear word is a removal when the card then is gone.

        That is also waited for so that the service has seen the removal before we disconnect:
        pcscd 1.9.9 never sees the next card when it comes before that.
        """
        if _unsigned(result) in _CARD_GONE or self._is_gone():
            return CardRemoved()
        return _error_of(result, "an exchange")

    def _is_gone(self) -> bool:
        state = scard.SCARD_STATE_UNAWARE
        deadline = time.monotonic() + _REMOVAL_SEEN_WITHIN
        while (left := deadline - time.monotonic()) > 0:
            result, states = scard.SCardGetStatusChange(
                self._context.handle, int(left * 1000), [(self.reader, state)]
            )
            if result != scard.SCARD_S_SUCCESS:
                return False
            state = states[0][1] & ~scard.SCARD_STATE_CHANGED
            if not state & scard.SCARD_STATE_PRESENT:
                return True
        return False


def check(result: int, during: str) -> None:
    """Raise the error that a PC/SC result stands for, unless it is success."""
    if result != scard.SCARD_S_SUCCESS:
        raise _error_of(result, during)


def _unsigned(result: int) -> int:
    """Bring results to one form: Windows gives them as negative numbers."""
    return result & 0xFFFFFFFF


def _error_of(result: int, during: str) -> ReaderError:
    code = _unsigned(result)
    if code in _SERVICE_GONE:
        return NoService()
    if code == _unsigned(scard.SCARD_W_SECURITY_VIOLATION):
        return NoService("access was denied (where polkit is on: start pcscd --disable-polkit)")
    if code in _READER_GONE:
        return NoReader()
    if code == _unsigned(scard.SCARD_W_REMOVED_CARD):
        return CardRemoved()
    if code == _unsigned(scard.SCARD_E_NO_SMARTCARD):
        return NoCard()
    said = str(scard.SCardGetErrorMessage(result)).rstrip(". ")
    return CardFault(during, reason=f"PC/SC 0x{code:08X}, {said}")


_ATTEMPTS_AFTER_RESET = 5
"""How often another program may reset the card between our connecting and beginning."""

_SERVICE_GONE = frozenset(
    _unsigned(code)
    for code in (
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_F_INTERNAL_ERROR,
        scard.SCARD_E_INVALID_HANDLE,
    )
)
"""A service that is gone, and handles and lines that went with it."""

_READER_GONE = frozenset(
    _unsigned(code)
    for code in (
        scard.SCARD_E_UNKNOWN_READER,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_NO_READERS_AVAILABLE,
    )
)

_CARD_GONE = frozenset(
    _unsigned(code) for code in (scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD)
)

_GET_FEATURES = scard.SCARD_CTL_CODE(3400)
"""PC/SC part 10, CM_IOCTL_GET_FEATURE_REQUEST."""

_FEATURE_TLV_PROPERTIES = 0x12
_PROPERTY_LONGEST_DATA = 0x0A
"""dwMaxAPDUDataSize: above 256, the reader carries extended length."""


def _longest_of_reader(card: int) -> int:
    """Ask a reader how much data one APDU may carry (PC/SC part 10); 0 where it does not say."""
    code = _tlv(_control(card, _GET_FEATURES)).get(_FEATURE_TLV_PROPERTIES)
    if code is None:
        return 0
    properties = _tlv(_control(card, int.from_bytes(code, "big")))
    return int.from_bytes(properties.get(_PROPERTY_LONGEST_DATA, b""), "little")


def _control(card: int, code: int) -> bytes:
    result, answer = scard.SCardControl(card, code, [])
    return bytes(answer) if result == scard.SCARD_S_SUCCESS else b""


def _tlv(coded: bytes) -> dict[int, bytes]:
    values = {}
    while len(coded) >= 2:
        tag, length = coded[0], coded[1]
        values[tag] = coded[2 : 2 + length]
        coded = coded[2 + length :]
    return values
