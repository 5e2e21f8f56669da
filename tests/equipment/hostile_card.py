"""Cards that answer anything, and a PC/SC module that hands their answers on.

A case is a seed: from it come the kind of hostility, the protocol, how long an answer the reader
carries, and every answer. `HostileReader` takes the place of `smartcard.scard`, below the real
`PcscConnection`, so that thousands of cases a second go through all of the client's code.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Protocol

from smartcard import scard

from reader.description.layout import (
    Application,
    CommonFile,
    InputSupportFile,
    JpkiFile,
    SurfaceFile,
)
from reader.description.narration import SessionTracker
from virtual_card.card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from virtual_card.image.card_image import CardImage

LONGEST = 0x10000 + 2
"""Bytes of the longest answer there is: 65,536 and a status word."""

WORDS = (
    *(0x9000, 0x9000, 0x9000, 0x63C3, 0x63C2, 0x63C1, 0x63C0, 0x6300, 0x6983, 0x6984, 0x6982),
    *(0x6A82, 0x6A86, 0x6B00, 0x6D00, 0x6E00, 0x6F00, 0x6100, 0x6101, 0x61FF, 0x6C00, 0x6C18),
    *(0x6400, 0x6401, 0x6402, 0x6403, 0x6B80, 0x6700, 0x9001, 0x0000, 0xFFFF),
)
FILES: tuple[tuple[Application, int], ...] = (
    *(
        (Application.JPKI, file)
        for file in JpkiFile
        if file <= JpkiFile.AUTHENTICATION_CA_CERTIFICATE
    ),
    (Application.CARD_INPUT_SUPPORT, InputSupportFile.INDIVIDUAL_NUMBER),
    (Application.CARD_INPUT_SUPPORT, InputSupportFile.ATTRIBUTES),
    (Application.CARD_SURFACE, SurfaceFile.AGE),
    (Application.CARD_SURFACE, SurfaceFile.FACE),
    (Application.COMMON, CommonFile.CARD_RECORD),
)
"""What a client reads."""

_FIRST_CARD = 1 << 16
"""Of a reader's state: how often a card came or went."""
_CASE_1 = 4
_VERIFY, _READ_BINARY, _READ_RECORD = 0x20, 0xB0, 0xB2
_CHANGES = (0x24, 0x32)
_NOT_TO_BE_SENT = (0x63C0, 0x63C1, 0x6983, 0x6984)


class Answerer(Protocol):
    """What a case puts into the reader."""

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command with anything at all."""


class Noise:
    """Answers that have nothing to do with the command; at times one and the same for ever."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self._words = choose.choices(WORDS, k=choose.choice((1, 1, 2, 4, 8)))
        self._longest = choose.choice((0, 1, 2, 32, 256, 256, 300, 4096, LONGEST - 2))
        self._fixed = self._content() if choose.random() < 0.3 else None
        self._cut = choose.random() < 0.1

    def process(self, _apdu: bytes, /) -> bytes:
        choose = self._choose
        if self._cut and choose.random() < 0.1:
            return choose.randbytes(choose.randrange(2))
        word = choose.choice(self._words) if choose.random() < 0.9 else choose.randrange(0x10000)
        content = self._content() if self._fixed is None else self._fixed
        return content + word.to_bytes(2, "big")

    def _content(self) -> bytes:
        choose = self._choose
        length = choose.choice((0, self._longest, choose.randint(0, self._longest)))
        if choose.random() < 0.5:
            return choose.randbytes(length)
        start = choose.choice(
            (
                b"JPKIAPICCTOKEN2".ljust(32),
                b"JPKIAPGPSETOKEN".ljust(32),
                b"\x8f\x8f\x00",
                b"\x30\x82\xff\xff",
                b"\x30\x82\x7f\xfc",
                b"\xff\x20\x82\xff\xff",
                b"\xff\x10\x0c990000000019",
            )
        )
        return (start + choose.randbytes(max(0, length - len(start))))[: max(length, len(start))]


class Meddler:
    """A true card, some of whose answers are changed on their way."""

    def __init__(self, card: VirtualCard, choose: random.Random) -> None:
        self._card = card
        self._choose = choose
        self._often = choose.choice((0.03, 0.1, 0.3, 1.0))
        self._from = choose.choice((0, 0, 1, 2, 4, 6, 9))
        self._change = choose.choice(
            (self._word, self._word, self._flip, self._cut, self._more, self._drip, self._lose)
        )
        self._stuck = choose.choice(WORDS)
        self._seen = 0

    def process(self, apdu: bytes, /) -> bytes:
        answer = self._card.process(apdu)
        self._seen += 1
        if self._seen > self._from and self._choose.random() < self._often:
            return self._change(answer)
        return answer

    def _word(self, answer: bytes) -> bytes:
        return answer[:-2] + self._stuck.to_bytes(2, "big")

    def _flip(self, answer: bytes) -> bytes:
        changed = bytearray(answer)
        for _ in range(self._choose.randint(1, 4)):
            changed[self._choose.randrange(len(changed))] = self._choose.randrange(256)
        return bytes(changed)

    def _cut(self, answer: bytes) -> bytes:
        return answer[: self._choose.randint(0, max(0, len(answer) - 2))] + answer[-2:]

    def _more(self, answer: bytes) -> bytes:
        return answer[:-2] + self._choose.randbytes(self._choose.randrange(600)) + answer[-2:]

    def _drip(self, answer: bytes) -> bytes:
        return answer[:1] + answer[-2:]

    def _lose(self, answer: bytes) -> bytes:
        return answer[: self._choose.randrange(2)]


class Rotten:
    """A true card with one damaged file, which is damaged alike however it is read."""

    def __init__(
        self,
        card: VirtualCard,
        choose: random.Random,
        file: tuple[Application, int] | None = None,
        changes: dict[int, int] | None = None,
    ) -> None:
        self.image = card.image
        self._card = card
        self._tracker = SessionTracker()
        self.file = file or choose.choice(FILES)
        self._ends_at = choose.randrange(1200) if choose.random() < 0.2 else LONGEST
        near, count = choose.choice((4, 40, 200, 2000)), choose.choice((1, 1, 2, 8))
        self._bytes = {choose.randrange(near): choose.randrange(256) for _ in range(count)}
        if changes is not None:
            self._ends_at, self._bytes = LONGEST, changes

    def process(self, apdu: bytes, /) -> bytes:
        answer = self._card.process(apdu)
        word = int.from_bytes(answer[-2:], "big")
        target = self._tracker.target(apdu)
        self._tracker.follow(apdu, word)
        reads = len(apdu) > _CASE_1 and apdu[1] in (_READ_BINARY, _READ_RECORD)
        if not reads or word != 0x9000 or (target.application, target.file) != self.file:
            return answer
        at = 0
        if apdu[1] == _READ_BINARY and not apdu[2] & 0x80:
            at = int.from_bytes(apdu[2:4], "big")
        return self.damaged(answer[:-2], at) + answer[-2:]

    def damaged(self, content: bytes, at: int = 0) -> bytes:
        """Return the content of the file from an offset on as this card tells it."""
        changed = bytearray(content[: max(0, self._ends_at - at)])
        for place, value in self._bytes.items():
            if at <= place < at + len(changed):
                changed[place - at] = value
        return bytes(changed)


def hostile(image: CardImage, choose: random.Random) -> Answerer:
    """Make the card of a case."""
    match choose.randrange(3):
        case 0:
            return Noise(choose)
        case 1:
            return Meddler(VirtualCard(image), choose)
    return Rotten(VirtualCard(image), choose)


class Watch:
    """Counts what a client sends to a card, and holds what it must never do."""

    def __init__(self) -> None:
        self.exchanges = self.answered = self.verifies = self.changes = 0
        self._tries_told = 0

    def note(self, apdu: bytes, answer: bytes) -> None:
        """Take note of an exchange."""
        self.exchanges += 1
        self.answered += len(answer)
        if apdu[1] == _VERIFY and len(apdu) == _CASE_1:
            self._tries_told = int.from_bytes(answer[-2:], "big") if len(answer) >= 2 else 0
        elif apdu[1] == _VERIFY:
            self.note_pin()
        elif apdu[1] in _CHANGES:
            self.changes += 1
        elif apdu[1] == _READ_BINARY:
            assert apdu[2] < 0xA0, "an offset must not name a file"

    def note_pin(self) -> None:
        """Take note of a PIN on its way."""
        self.verifies += 1
        assert self._tries_told not in _NOT_TO_BE_SENT, "nobody confirmed a last try"


class HostileReader:
    """One reader with one card, in the place of pyscard's functions."""

    name = "Hostile 00 00"

    def __init__(self) -> None:
        self.put_in(Noise(random.Random(0)), random.Random(0))

    def put_in(self, card: Answerer, choose: random.Random) -> Watch:
        """Put the card of a case in; the reader changes with it. Returns who watches."""
        self._card = card
        self._protocol = choose.choice((scard.SCARD_PROTOCOL_T0, scard.SCARD_PROTOCOL_T1))
        self._longest = choose.choice((0, 256, 261, 0x10000))
        self._has_pad = choose.random() < 0.8
        self.watch = Watch()
        return self.watch

    def take_the_place_of_scard(self, monkeypatch: pytest.MonkeyPatch) -> HostileReader:
        """Be what `smartcard.scard` calls, for one test."""
        calls: dict[str, Callable[..., Any]] = {
            "SCardEstablishContext": lambda _scope: (0, 1),
            "SCardReleaseContext": lambda _context: 0,
            "SCardListReaders": lambda _context, _groups: (0, [self.name]),
            "SCardConnect": lambda *_: (0, 1, self._protocol),
            "SCardReconnect": lambda *_: (0, self._protocol),
            "SCardStatus": lambda _card: (0, self.name, 0x34, self._protocol, []),
            "SCardDisconnect": lambda *_: 0,
            "SCardBeginTransaction": lambda _card: 0,
            "SCardEndTransaction": lambda *_: 0,
            "SCardGetStatusChange": self._status_change,
            "SCardTransmit": self._transmit,
            "SCardControl": self._control,
        }
        for name, call in calls.items():
            monkeypatch.setattr(scard, name, call)
        return self

    def _status_change(
        self, _context: int, _wait: int, readers: Sequence[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        """Tell at once that the card is in, and then that nothing changed within the time."""
        if any(known & scard.SCARD_STATE_PRESENT for _, known in readers):
            return 0x8010000A, []
        return 0, [(name, _FIRST_CARD | scard.SCARD_STATE_PRESENT, []) for name, _ in readers]

    def _transmit(self, _card: int, _pci: int, sent: list[int]) -> tuple[int, list[int]]:
        apdu = bytes(sent)
        answer = self._card.process(apdu)
        self.watch.note(apdu, answer)
        return 0, list(answer)

    def _control(self, _card: int, code: int, sent: list[int]) -> tuple[int, list[int]]:
        if code == scard.SCARD_CTL_CODE(3400):
            features = {0x12: 0x12345612} | (
                {6: 0x12345606, 7: 0x12345607} if self._has_pad else {}
            )
            told = b"".join(
                bytes((tag, 4)) + value.to_bytes(4, "big") for tag, value in features.items()
            )
            return 0, list(told)
        if code == 0x12345612:
            return 0, list(b"\x0a\x04" + self._longest.to_bytes(4, "little"))
        # The structure ends in the command; the holder types 1234, and 4321 for a new PIN.
        typed = b"1234" if code == 0x12345606 else b"4321"
        apdu = bytes(sent[-9:-4]) + typed
        answer = self._card.process(apdu)
        self.watch.note(apdu, answer)
        return 0, list(answer)


class ChangingCard:
    """A card for a plug, which answers as the card of each case does."""

    atr = bytes.fromhex("3BE000FF8131FE4514")

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.watch = Watch()

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        """Each case brings a card that has just been powered."""

    def reset(self) -> bytes:
        return self.atr

    def process(self, apdu: bytes, /) -> bytes:
        answer = self.answerer.process(apdu)
        self.watch.note(apdu, answer)
        # A plug is promised a status word.
        return answer if len(answer) >= 2 else answer + b"\x6f\x00"
