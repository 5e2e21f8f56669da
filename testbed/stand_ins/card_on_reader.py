"""The process that watches the real readers of this machine, and says what card lies there.

It is one of its own because a process finds one PC/SC service only, and the testbed has found its
private one. Its standard input brings the salt of the marks, as a line of hexadecimal, then an
object of JSON in a line for each `Request`; where it closes, the process ends. Its standard output
is one such object for each change, see `Sight`, and for each answer, see `Answer`. A card's number
and its certificate leave it as a salted hash only, and a PIN that comes in goes to the card only.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from reader.card_pins import tries_of
from reader.certificate import CertificateValidity
from reader.description.layout import AUTHENTICATION_PIN
from reader.description.status import StatusWord, with_tries_left
from reader.errors import (
    NoCard,
    NoReader,
    NoService,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
    ReaderError,
)
from reader.own_card import OwnCard, prove_own_card, recognise
from reader.pcsc.identity import IdentityKind, read_identity
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from testbed.stand_ins.binding_register import mark_of
from wire.clock import wall_clock

if TYPE_CHECKING:
    from reader.certificate import CardCertificate

_LOOK_AGAIN_AFTER = 1.0
"""Seconds until a card is asked again that could not be asked while it lay there."""
_QUIET = 0.05
"""Seconds without an event after which all is told of a moment: service, readers and cards are told
one after the other."""
SEVERAL_CARDS = Sentence(
    "読取機2台以上にカードがあります。代役にするカードだけを残してください。",
    "Cards lie on several readers. Leave only the one that is meant.",
)
EXPIRED = Sentence(
    "このマイナンバーカードの利用者証明用電子証明書は、有効期限が切れています。更新は市区町村の窓口でできます。"
    "更新したら、もう一度登録してください。それまでは、別のカードを代役にできます。",
    "The certificate for user authentication on this My Number Card has expired. The municipal "
    "office renews it; enrol the card again after that. Until then another card may stand in.",
)
NOT_YET_VALID = Sentence(
    "このマイナンバーカードの利用者証明用電子証明書は、まだ有効ではありません。"
    "このパソコンの日付を確かめてください。",
    "The certificate for user authentication on this My Number Card is not valid yet. Check the "
    "date of this computer.",
)


class OwnPin(StrEnum):
    """How the authentication PIN of an own My Number Card stands."""

    USABLE = "usable"
    LAST_TRY = "last-try"
    LOCKED = "locked"
    NEVER_SET = "never-set"

    @classmethod
    def of(cls, card: OwnCard) -> OwnPin:
        """Read it from what a card says without a PIN."""
        if card.without_pin:
            return cls.NEVER_SET
        if card.tries == 0:
            return cls.LOCKED
        return cls.USABLE if card.tries is None or card.tries > 1 else cls.LAST_TRY


@dataclass(frozen=True)
class Sight:
    """What is seen of the real readers at one moment."""

    readers: tuple[str, ...] = ()
    reader: str | None = None
    """The one on which a card lies, where that is one only."""
    insertion: int = 0
    """Counts the cards that were put on; names this one."""
    mark: str | None = None
    """The salted hash of what the card is known by; None until it was asked, or without one."""
    kind: IdentityKind = IdentityKind.UID
    changes: bool = False
    """Whether the card cannot be known again."""
    own_pin: OwnPin | None = None
    """Of a My Number Card, how its PIN stands; None for any other card."""
    error_ja: str = ""
    """What is wrong and what to do; "" where nothing is."""
    error_en: str = ""
    asks_again: bool = False
    """Whether the card is asked again in a moment, as who disturbed it may be done by then."""

    def failing(self, sentence: Sentence, *, asks_again: bool = False) -> Sight:
        """Return the same without a card that could be known, and why."""
        return Sight(
            self.readers,
            self.reader,
            self.insertion,
            error_ja=sentence.ja,
            error_en=sentence.en,
            asks_again=asks_again,
        )


@dataclass(frozen=True)
class Request:
    """What the testbed wants of the own My Number Card that lies there."""

    number: int
    """Comes back with the answer."""
    insertion: int
    """Which card is meant."""
    mark: str
    pin: str | None = field(default=None, repr=False)
    """To be compared by the card; without it only its tries are asked for."""


@dataclass(frozen=True)
class Answer:
    """What came of a request."""

    answers: int
    """The number of the request."""
    tries: int | None = None
    status: int = StatusWord.SUCCESS
    """The card's word on its PIN, or why it was not sent (6985), or that it could not be (6F00)."""
    left: bool = False
    """Whether the card has left."""


class Watch:
    """Follows the events of the readers."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._serving = False
        self._readers: tuple[str, ...] = ()
        self._occupied: dict[str, int] = {}
        """By reader, which insertion it was."""
        self._insertions = 0
        self._left_early: Sentence | None = None

    def take(self, event: ReaderEvent) -> None:
        """Take an event into account."""
        name = event.reader
        match event.kind:
            case ReaderEventKind.SERVICE_UP | ReaderEventKind.SERVICE_DOWN:
                self._serving = event.kind is ReaderEventKind.SERVICE_UP
            case ReaderEventKind.READER_ATTACHED if name:
                self._readers = (*self._readers, name)
            case ReaderEventKind.READER_DETACHED if name:
                self._readers = tuple(one for one in self._readers if one != name)
                self._occupied.pop(name, None)
            case ReaderEventKind.CARD_INSERTED if name:
                self._insertions += 1
                self._occupied[name] = self._insertions
                self._left_early = None
            case ReaderEventKind.CARD_REMOVED if name:
                self._occupied.pop(name, None)

    def look(self) -> Sight:
        """Return what is seen."""
        sight = Sight(self._readers)
        if not self._serving:
            return sight.failing(_said(NoService()))
        if not self._readers:
            return sight.failing(_said(NoReader()))
        if len(self._occupied) > 1:
            return sight.failing(SEVERAL_CARDS)
        if not self._occupied:
            return sight.failing(self._left_early) if self._left_early else sight
        ((reader, insertion),) = self._occupied.items()
        sight = Sight(self._readers, reader, insertion)
        try:
            return self._seen(sight, reader)
        except NotMyNumberCard as error:
            return sight.failing(_said(error))
        except NoCard as error:
            self._left_early = _said(error)
            return sight.failing(self._left_early, asks_again=True)
        except ReaderError as error:
            # By the reader's account it still lies there.
            return sight.failing(_said(error), asks_again=True)

    def _seen(self, sight: Sight, reader: str) -> Sight:
        """Ask the card by what it is known; raises `ReaderError`."""
        identity = read_identity(reader)
        mark = mark_of(self._salt, identity.kind, identity.value)
        with PcscConnection(reader) as connection:
            own = recognise(connection)
        if own is None:
            return replace(sight, mark=mark, kind=identity.kind, changes=identity.changes)
        match own.certificate.validity(wall_clock()):
            case CertificateValidity.EXPIRED:
                return sight.failing(EXPIRED)
            case CertificateValidity.NOT_YET:
                return sight.failing(NOT_YET_VALID)
        return replace(
            sight,
            mark=self._mark_of(own.certificate),
            kind=IdentityKind.CERTIFICATE,
            own_pin=OwnPin.of(own),
        )

    def _mark_of(self, certificate: CardCertificate) -> str:
        return mark_of(self._salt, IdentityKind.CERTIFICATE, certificate.der)

    def answer(self, request: Request) -> Answer:
        """Ask the own card for its tries, or have it compare its PIN and prove itself."""
        number = request.number
        there = [name for name, one in self._occupied.items() if one == request.insertion]
        if not there:
            return Answer(number, left=True)
        try:
            with PcscConnection(there[0]) as card:
                if request.pin is None:
                    return Answer(number, tries=tries_of(card, AUTHENTICATION_PIN))
                with Pin.authentication(request.pin) as pin:
                    prove_own_card(card, pin, lambda shown: self._mark_of(shown) == request.mark)
        except NoCard:
            return Answer(number, left=True)
        except ReaderError as error:
            return Answer(number, status=_word_of(error))
        return Answer(number)


def _word_of(error: ReaderError) -> int:
    """Return what a card answers that was to compare a PIN and did not find it right."""
    match error:
        case PinWrong(attempts_remaining=int(left)):
            return with_tries_left(left)
        case PinWrong():
            return StatusWord.VERIFY_FAILED
        case PinBlocked():
            return error.status_word or StatusWord.REFERENCED_IEF_BLOCKED
        case PinNotSent():
            return StatusWord.CONDITIONS_NOT_SATISFIED
    return StatusWord.NO_PRECISE_DIAGNOSIS


def _said(error: ReaderError) -> Sentence:
    return Sentence(error.ja, error.en)


_News = queue.SimpleQueue[ReaderEvent | Request]


def main() -> None:
    """Watch until the standard input ends."""
    watch = Watch(bytes.fromhex(sys.stdin.readline()))
    news = _News()
    threading.Thread(target=_hear, args=(news,), daemon=True).start()
    with ReaderMonitor(news.put):
        sight = None
        while True:
            asks_again = sight is not None and sight.asks_again
            if _take(watch, news, _LOOK_AGAIN_AFTER if asks_again else None):
                while _take(watch, news, _QUIET):
                    pass
            elif not asks_again:
                continue
            seen = watch.look()
            if seen != sight:
                _say(seen)
            sight = seen


def _take(watch: Watch, news: _News, within: float | None) -> bool:
    """Take what comes first into account; return whether it was an event of the readers."""
    try:
        one = news.get(timeout=within)
    except queue.Empty:
        return False
    if isinstance(one, Request):
        _say(watch.answer(one))
        return False
    watch.take(one)
    return True


def _say(what: Sight | Answer) -> None:
    sys.stdout.write(json.dumps(asdict(what)) + "\n")
    sys.stdout.flush()


def _hear(news: _News) -> None:
    while line := sys.stdin.readline():
        news.put(Request(**json.loads(line)))
    os._exit(0)


if __name__ == "__main__":
    main()
