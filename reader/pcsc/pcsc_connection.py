"""PC/SC: the readers of this machine, and a connection to the card in one of them.

Works over the low-level `smartcard.scard`, as each layer above it costs more than the whole
exchange with the card. Cards are never judged by their ATR: two My Number Cards seldom have
the same, and some readers invent one.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from smartcard import scard

from reader import apdu as commands
from reader.apdu import SecretCommand
from reader.connection import SHORT_ANSWER
from reader.errors import (
    CardFault,
    CardInUse,
    CardRemoved,
    NoReader,
    NoService,
    PinNotSent,
    ReaderError,
)
from reader.pcsc.context import PcscContext, answered
from reader.pcsc.features import ReaderFeatures, read_features
from reader.pcsc.insertion import Insertion
from reader.pcsc.patience import Caller, queue_is_full
from reader.pcsc.pin_pad import change_structure, verify_structure
from reader.pcsc.result import CARD_GONE, NOT_READY, PcscResult, check, error_of, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reader.description.layout import PinReference

_T = TypeVar("_T")

_FRESH = scard.SCARD_UNPOWER_CARD
"""How a card is put back to its power-on state: a moment without power. Not by SCARD_RESET_CARD:
on a real card somebody measured a PIN that stayed verified through a warm reset; without power
nothing stays.

Said at the end of a transaction or of a reconnection, it gives the power back. Never at the end of
a connection: pcscd then leaves the card without power, and when a program that shares it reconnects
with SCARD_LEAVE_CARD, pcscd takes that for a card in use and gives it no power any more: everybody
else gets SCARD_W_UNPOWERED_CARD."""

_TURN_WITHIN = 3.0
"""Seconds that one waits for other programs to let go of the card; a signature takes about one."""
_CONNECTED_WITHIN = 5.0
"""Seconds to wait for them at the beginning, those included in which the reader powers the card
up: a reader may try that for some seconds."""
_CLOSED_WITHIN = 1.0
_ANY_PROTOCOL = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_POWERED = 0x10
"""Of a state of SCardStatus, as pcsc-lite and macOS give it."""

LONGEST_TRANSACTION = 30.0
"""Seconds after which a card that goes on answering slowly, or in crumbs, has failed. The longest
honest one, the face over a slow reader without long answers, takes a sixth of it."""
_ANSWERED_WITHIN = 10.0
"""Seconds that a single answer may take. The reader's driver gives up before: libccid after the
waiting time that the card's ATR names. vpcd never does."""
_TYPED_WITHIN = 120.0
"""Seconds that a holder may take at the reader's pad; it gives up before, as it was told."""

_unanswered: dict[str, Caller] = {}
"""By reader, an exchange of this process that was not answered, perhaps not until now."""

_REMOVAL_SEEN_WITHIN = 1.0
"""Seconds in which a service notices that a card is gone (pcscd polls every 0.4)."""


def list_readers() -> tuple[str, ...]:
    """Return the names of the readers of this machine; raises `NoService`."""

    def ask() -> tuple[str, ...]:
        with PcscContext() as context:
            return context.readers()

    return answered(ask)


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

    It means the card that lay there when it was opened: another one that takes its place is a
    removal, whatever PC/SC makes of it. Opening powers the card when nobody else has. What was
    selected or verified never stays so: the card goes through a moment without power at the end of
    a transaction, and at the end of the connection where it was used outside of one. Belongs to
    one thread at a time.
    """

    def __init__(self, part: str | None = None) -> None:
        """Connect to the card in the reader whose name has this part.

        Raises `NoService`, `NoReader`, `NoCard`, `CardFault`, or `CardInUse` where another program
        does not let go of the card in time.
        """
        if queue_is_full():
            _require_service()
            raise CardInUse
        self._calls = Caller()
        self._context: PcscContext | None = None
        self._open = True
        self._card = 0
        self._used = False
        self._insertion: Insertion | None = None
        self._ends_at: float | None = None
        """`time.monotonic()` at which a transaction has taken too long."""
        try:
            self._find_bounded(part)
            self._connect()
        except BaseException:
            self.close()
            raise

    def _find_bounded(self, part: str | None) -> None:
        try:
            self._calls.within(_CONNECTED_WITHIN, lambda: self._find(part), self._let_go)
        except TimeoutError:
            self._open = False
            raise NoService("it does not answer") from None
        before = _unanswered.get(self.reader)
        if before is not None and before.is_left_behind:
            raise CardFault.mute("an exchange before this one")

    def _find(self, part: str | None) -> None:
        self._context = context = PcscContext()
        self.reader = choose_reader(context.readers(), part)
        # Before the card is there: what comes in between is then no other one.
        self._insertion = Insertion(context, self.reader)

    @property
    def _handle(self) -> int:
        assert self._context is not None
        handle: int = self._context.handle
        return handle

    @property
    def insertion_count(self) -> int:
        """The reader's counter when this card lay there; see `reader.pcsc.insertion`."""
        assert self._insertion is not None
        return self._insertion.count

    @property
    def atr(self) -> bytes:
        """The card's answer to reset.

        Raises `CardRemoved`, and `CardInUse` also where another program reset the card since;
        within a transaction none can.
        """
        result, _, _, _, atr = self._in_turn(_TURN_WITHIN, lambda: scard.SCardStatus(self._card))
        if unsigned(result) in _STRUCK:
            raise CardInUse
        check(result, "asking for the card's answer to reset")
        return bytes(atr)

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command and return the data and the status word of the answer.

        What T=0 readers hold back (61xx) is fetched. A length that they ask for (6Cxx) is given
        where the command says a length at all, once. Commands with side effects are never sent
        twice, as both words come before any.

        Raises `CardFault` where the card holds more back than one answer can have, or goes on
        without giving it.
        """
        data, status = self._transmit(apdu)
        if status >> 8 == _WRONG_LE and self._says_length(apdu):
            wanted = (status & 0xFF) or SHORT_ANSWER
            data, status = self._transmit(commands.with_expected(apdu, wanted))
        return self._fetched(data, status)

    def _says_length(self, apdu: bytes) -> bool:
        """Tell whether a command has an Le that goes over the line (see `_length_on_t0`)."""
        if isinstance(apdu, SecretCommand) or commands.expected(apdu) is None:
            return False
        return self._protocol != scard.SCARD_PROTOCOL_T0 or _length_on_t0(apdu) == len(apdu)

    def _fetched(self, data: bytes, status: int) -> tuple[bytes, int]:
        """Fetch what an answer holds back (61xx), as far as one answer goes."""
        short_pieces = 0
        while status >> 8 == _MORE:
            announced = (status & 0xFF) or SHORT_ANSWER
            more, status = self._transmit(commands.get_response(announced))
            data += more
            # A piece that is not full is the last one, but for a few readers with small ones.
            short_pieces += len(more) < SHORT_ANSWER
            if short_pieces > _SHORT_PIECES or len(data) > commands.LONGEST_ANSWER:
                raise CardFault(
                    "fetching an answer",
                    status_word=status,
                    reason=f"it does not end, after {len(data)} bytes",
                )
        return data, status

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone; with `reset`, put it back to its power-on state afterwards.

        After `LONGEST_TRANSACTION` no command is sent any more, which is a `CardFault`.
        """
        self._begin()
        self._give_time()
        try:
            yield
        finally:
            self._ends_at = None
            # The outcome of the block stands; a card that is gone needs no reset any more. Whoever
            # shares the card believes it as they left it, so they are told of every use.
            disposition = _FRESH if reset or self._used else scard.SCARD_LEAVE_CARD
            if self._open:
                self._end(disposition)
            self._used = False

    @cached_property
    def features(self) -> ReaderFeatures:
        """What the reader can do beyond passing commands on; raises `CardInUse`."""
        return self._in_turn(_TURN_WITHIN, lambda: features(self._card))

    @property
    def longest_answer(self) -> int:
        """Data bytes that one answer may carry, as the reader says; 256 where it says nothing.

        On T=0 there is no extended length.
        """
        if self._protocol == scard.SCARD_PROTOCOL_T0:
            return SHORT_ANSWER
        return max(SHORT_ANSWER, self.features.longest_data)

    def verify_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a PIN at the reader, see `PinPadConnection`."""
        code = self.features.verify_pin
        if code is None:
            raise PinNotSent.without_pad(reference)
        return self._at_pad(code, verify_structure(reference, header))

    def change_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a new PIN twice at the reader, see `PinPadConnection`."""
        code = self.features.modify_pin
        if code is None:
            raise PinNotSent.without_pad(reference)
        return self._at_pad(code, change_structure(reference, header))

    def close(self) -> None:
        """Let go of the card, fresh. Calling it again does nothing."""
        if self._insertion is not None:
            self._insertion.close()
        if self._open:
            self._open = False
            with suppress(TimeoutError):
                self._calls.within(_CLOSED_WITHIN, self._let_go)
        self._calls.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> None:
        for attempt in range(_ATTEMPTS_AFTER_RESET):
            result = self._in_turn(_CONNECTED_WITHIN, self._try_to_connect)
            # A mute card may be one whose power another program took as we connected; each look
            # at a card that is mute by itself takes seconds, so there are two.
            if unsigned(result) not in _STRUCK or (
                attempt and unsigned(result) == PcscResult.UNRESPONSIVE_CARD
            ):
                break
        if unsigned(result) == PcscResult.RESET_CARD or (
            unsigned(result) in NOT_READY and self._is_shared()
        ):
            raise CardInUse
        check(result, "connecting to the card")

    def _try_to_connect(self) -> int:
        result, card, self._protocol = scard.SCardConnect(
            self._handle, self.reader, scard.SCARD_SHARE_SHARED, _ANY_PROTOCOL
        )
        if unsigned(result) == PcscResult.UNPOWERED_CARD and self._is_shared():
            # Another program left it without power while a third one has it; see `_FRESH`. Only
            # who is connected can give it back, and without power one connects to the reader.
            direct, card, _ = scard.SCardConnect(
                self._handle, self.reader, scard.SCARD_SHARE_DIRECT, _ANY_PROTOCOL
            )
            if unsigned(direct) != PcscResult.SUCCESS:
                return int(result)
            self._card = card
            # Within a transaction, so that it does not strike another program's.
            result = scard.SCardBeginTransaction(card)
            if unsigned(result) == PcscResult.SUCCESS:
                result = self._reconnect(_FRESH)
                scard.SCardEndTransaction(card, scard.SCARD_LEAVE_CARD)
            if unsigned(result) != PcscResult.SUCCESS:
                self._card = 0
                scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        if unsigned(result) == PcscResult.SUCCESS:
            self._card = card
        return int(result)

    def _begin(self) -> None:
        result = self._in_turn(_TURN_WITHIN, self._try_to_begin)
        if unsigned(result) == PcscResult.NO_SMARTCARD:
            raise CardRemoved
        if unsigned(result) in _STRUCK:  # again and again
            raise CardInUse
        check(result, "beginning a transaction")
        if not self._in_turn(_TURN_WITHIN, self._is_the_same):
            # PC/SC takes the next card for the same one after a reset.
            self._end(scard.SCARD_LEAVE_CARD)
            raise CardRemoved

    def _end(self, disposition: int) -> None:
        """End a transaction."""
        try:
            self._calls.within(
                _CONNECTED_WITHIN,
                lambda: scard.SCardEndTransaction(self._card, disposition),
                self._let_go,
            )
        except TimeoutError:
            self._open = False

    def _try_to_begin(self) -> int:
        result = scard.SCardBeginTransaction(self._card)
        for _ in range(_ATTEMPTS_AFTER_RESET):
            if unsigned(result) not in _STRUCK:
                break
            # Somebody reset the card since: that is no fault as long as nothing is under way.
            result = self._reconnect(scard.SCARD_LEAVE_CARD)
            if unsigned(result) == PcscResult.SUCCESS:
                result = scard.SCardBeginTransaction(self._card)
            if unsigned(result) == PcscResult.SUCCESS and not self._has_power():
                self._reconnect(_FRESH)
        return int(result)

    def _reconnect(self, initialization: int) -> int:
        result, self._protocol = scard.SCardReconnect(
            self._card, scard.SCARD_SHARE_SHARED, _ANY_PROTOCOL, initialization
        )
        return int(result)

    def _has_power(self) -> bool:
        if sys.platform == "win32":  # which keeps no card without power that somebody has open
            return True
        result, _, state, *_ = scard.SCardStatus(self._card)
        return unsigned(result) != PcscResult.SUCCESS or bool(state & _POWERED)

    def _is_shared(self) -> bool:
        """Tell whether another program is connected to the card; we are not, when asking."""
        with PcscContext() as context:
            return bool(context.state(self.reader) & scard.SCARD_STATE_INUSE)

    def _in_turn(self, seconds: float, call: Callable[[], _T]) -> _T:
        """Call what may wait for other programs; raises `CardInUse` where it takes long."""
        if not self._open:
            raise CardInUse
        try:
            return self._calls.within(seconds, call, self._let_go)
        except TimeoutError:
            self._open = False
            _require_service()
            if not self._card and not self._is_shared():
                raise CardFault.mute("power-on") from None
            raise CardInUse from None

    def _let_go(self) -> None:
        """Release everything; may wait for other programs."""
        # Within a transaction, so that it does not strike another program's.
        if self._used and unsigned(self._try_to_begin()) == PcscResult.SUCCESS:
            scard.SCardEndTransaction(self._card, _FRESH)
        if self._card:
            scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
        if self._context is not None:
            self._context.close()

    def _give_time(self) -> None:
        self._ends_at = time.monotonic() + LONGEST_TRANSACTION

    def _transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if self._ends_at is not None and time.monotonic() > self._ends_at:
            reason = f"it takes longer than {LONGEST_TRANSACTION:.0f} s"
            raise CardFault("what one goes through with the card", reason=reason)
        return self._answered(_ANSWERED_WITHIN, lambda: self._exchanged(apdu))

    def _answered(self, seconds: float, exchange: Callable[[], _T]) -> _T:
        """Speak to the card; raises `CardFault` where it gives no answer."""
        if not self._open:
            raise CardFault.mute("an exchange before this one")
        try:
            return self._calls.within(seconds, exchange, self._let_go)
        except TimeoutError:
            self._open = False
            _unanswered[self.reader] = self._calls
            _require_service()
            raise CardFault.mute("an exchange") from None

    def _exchanged(self, apdu: bytes) -> tuple[bytes, int]:
        on_t0 = self._protocol == scard.SCARD_PROTOCOL_T0
        pci = scard.SCARD_PCI_T0 if on_t0 else scard.SCARD_PCI_T1
        length = _length_on_t0(apdu) if on_t0 else len(apdu)
        self._used = True
        # Not kept in a variable: it may hold a PIN, and a crash report shows variables.
        result, answer = scard.SCardTransmit(self._card, pci, list(apdu[:length]))
        # A card that goes away in the middle can look like success without an answer.
        if unsigned(result) != PcscResult.SUCCESS or len(answer) < 2:
            raise self._lost(result, len(answer))
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def _at_pad(self, code: int, structure: bytes) -> int:
        try:
            return self._answered(_TYPED_WITHIN, lambda: self._typed(code, structure))
        finally:
            if self._ends_at is not None:
                self._give_time()  # the holder's time is not the card's

    def _typed(self, code: int, structure: bytes) -> int:
        self._used = True
        result, answer = scard.SCardControl(self._card, code, list(structure))
        if unsigned(result) != PcscResult.SUCCESS or len(answer) < 2:
            raise self._lost(result, len(answer))
        return int(answer[-2]) << 8 | int(answer[-1])

    def _lost(self, result: int, answered: int) -> ReaderError:
        """Say why an exchange failed, whose answer has so many bytes.

        An unclear word is a removal when the card then is gone.

        That is also waited for so that the service has seen the removal before we disconnect:
        pcscd 1.9.9 never sees the next card when it comes before that.
        """
        if unsigned(result) in CARD_GONE or self._is_gone():
            return CardRemoved()
        if unsigned(result) == PcscResult.SUCCESS:
            reason = f"the answer has {answered} of the 2 bytes of a status word"
            error: ReaderError = CardFault("an exchange", reason=reason)
        else:
            error = error_of(result, "an exchange")
        if isinstance(error, CardFault) and not self._is_the_same():
            return CardRemoved()
        # pcscd resets a card for a program that disconnects even beneath a transaction, where that
        # has only just begun, and then knows no protocol any more; a card that is mute by itself
        # is told in other words.
        return CardInUse() if unsigned(result) in {*NOT_READY, *_RESET} else error

    def _is_the_same(self) -> bool:
        """Tell whether the card lies there that this connection means."""
        return self._insertion is not None and self._insertion.lasts

    def _is_gone(self) -> bool:
        state = scard.SCARD_STATE_UNAWARE
        deadline = time.monotonic() + _REMOVAL_SEEN_WITHIN
        while (left := deadline - time.monotonic()) > 0:
            result, states = scard.SCardGetStatusChange(
                self._handle, int(left * 1000), [(self.reader, state)]
            )
            if unsigned(result) != PcscResult.SUCCESS:
                return False
            state = states[0][1] & ~scard.SCARD_STATE_CHANGED
            if not state & scard.SCARD_STATE_PRESENT:
                return True
        return False


def _require_service() -> None:
    """See that the service answers at all; raises `NoService`."""
    answered(lambda: PcscContext().close())


_MORE, _WRONG_LE = 0x61, 0x6C
"""First bytes of status words: so much is held back; ask for exactly so much."""

_SHORT_PIECES = 16
"""Pieces of one answer with less than 256 bytes; more of them is a card that makes no progress."""

_ATTEMPTS_AFTER_RESET = 5
"""How often another program may reset the card between our connecting and beginning."""

_RESET = frozenset({PcscResult.RESET_CARD})
_STRUCK = NOT_READY | _RESET | {PcscResult.UNRESPONSIVE_CARD}
"""What a call says of a card that another program reset, or whose power it took, beneath it."""


def features(card: int) -> ReaderFeatures:
    """Ask what the reader behind a PC/SC handle can do."""

    def control(code: int, sent: bytes) -> bytes:
        result, answer = scard.SCardControl(card, code, list(sent))
        return bytes(answer) if unsigned(result) == PcscResult.SUCCESS else b""

    # CM_IOCTL_GET_FEATURE_REQUEST; the macro knows how this system numbers control codes.
    return read_features(control, scard.SCARD_CTL_CODE(3400))


def _length_on_t0(apdu: bytes) -> int:
    """Say how much of a command goes over T=0: without Le where it has data (ISO 7816-3, 12.2)."""
    has_data_and_le = len(apdu) > 6 and len(apdu) == 6 + apdu[4]
    return len(apdu) - 1 if has_data_and_le else len(apdu)
