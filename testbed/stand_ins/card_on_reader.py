"""The process that watches the real readers of this machine, and says what card lies there.

It is one of its own because a process finds one PC/SC service only, and the testbed has found its
private one. Its standard input brings the salt of the marks, as a line of hexadecimal, and is its
lifeline after that: where it closes, the process ends. Its standard output is one object of JSON in
a line for each change, see `Sight`. A card's number leaves it as a salted hash only.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from dataclasses import asdict, dataclass

from eligibility.sentence import Sentence
from reader.errors import NoCard, NoReader, NoService, ReaderError
from reader.pcsc.identity import IdentityKind, read_identity
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor
from testbed.stand_ins.binding_register import mark_of

_LOOK_AGAIN_AFTER = 1.0
"""Seconds until a card is asked again that could not be asked while it lay there."""
_QUIET = 0.05
"""Seconds without an event after which all is told of a moment: service, readers and cards are told
one after the other."""
SEVERAL_CARDS = Sentence(
    "読取機2台以上にカードがあります。代役にするカードだけを残してください。",
    "Cards lie on several readers. Leave only the one that is meant.",
)


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
    error_ja: str = ""
    """What is wrong and what to do; "" where nothing is."""
    error_en: str = ""

    def failing(self, sentence: Sentence) -> Sight:
        """Return the same without a card that could be known, and why."""
        return Sight(
            self.readers,
            self.reader,
            self.insertion,
            error_ja=sentence.ja,
            error_en=sentence.en,
        )


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

    def look(self) -> tuple[Sight, bool]:
        """Return what is seen, and whether the card has to be asked again in a moment."""
        sight = Sight(self._readers)
        if not self._serving:
            return sight.failing(_said(NoService())), False
        if not self._readers:
            return sight.failing(_said(NoReader())), False
        if len(self._occupied) > 1:
            return sight.failing(SEVERAL_CARDS), False
        if not self._occupied:
            return (sight.failing(self._left_early) if self._left_early else sight), False
        ((reader, insertion),) = self._occupied.items()
        sight = Sight(self._readers, reader, insertion)
        try:
            identity = read_identity(reader)
        except NoCard as error:
            self._left_early = _said(error)
            return sight.failing(self._left_early), True
        except ReaderError as error:
            # By the reader's account it still lies there: who disturbed it may be done.
            return sight.failing(_said(error)), True
        mark = mark_of(self._salt, identity.kind, identity.value)
        return (
            Sight(self._readers, reader, insertion, mark, identity.kind, identity.changes),
            False,
        )


def _said(error: ReaderError) -> Sentence:
    return Sentence(error.ja, error.en)


def main() -> None:
    """Watch until the standard input ends."""
    watch = Watch(bytes.fromhex(sys.stdin.readline()))
    threading.Thread(target=_end_with_input, daemon=True).start()
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
    with ReaderMonitor(events.put):
        again, shown = False, None
        while True:
            try:
                watch.take(events.get(timeout=_LOOK_AGAIN_AFTER if again else None))
                while True:
                    watch.take(events.get(timeout=_QUIET))
            except queue.Empty:
                pass
            sight, again = watch.look()
            if sight != shown:
                shown = sight
                sys.stdout.write(json.dumps(asdict(sight)) + "\n")
                sys.stdout.flush()


def _end_with_input() -> None:
    while sys.stdin.readline():
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
