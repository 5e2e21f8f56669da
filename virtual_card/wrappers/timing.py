"""How long a card takes, with a reader around it: profiles, and the wrapper that keeps to them.

A virtual card answers in microseconds. That is what tests want; a person who judges a screen
wants to wait as long as at a real desk. A profile says how long an exchange takes at least.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from reader.description.status import StatusWord
from virtual_card.wrappers.interruptible_card import InterruptibleCard
from virtual_card.wrappers.specification import Specification, SpecificationError

if TYPE_CHECKING:
    from virtual_card.plug import Card

_SIGNING: Final = frozenset({0x2A, 0x88})
"""INS of what uses a private key: `80 2A` and INTERNAL AUTHENTICATE."""

_LONGEST_MS: Final = 60_000.0


@dataclass(frozen=True)
class TimingProfile:
    """How long exchanges take, in milliseconds; written `contactless:signature=300`."""

    name: str
    command: float = 0.0
    """For each command, whatever it is: the way through the reader and back."""
    byte: float = 0.0
    """For each byte of command and answer on the way between reader and card."""
    signature: float = 0.0
    """For each use of a private key, on top."""

    def __str__(self) -> str:
        usual = PROFILES[self.name]
        changed = (
            f"{field.name}={getattr(self, field.name):g}"
            for field in fields(self)
            if getattr(self, field.name) != getattr(usual, field.name)
        )
        return ":".join(filter(None, (self.name, ",".join(changed))))

    @classmethod
    def parse(cls, text: str) -> TimingProfile:
        """Read a profile's name, and what is to differ from it; raises `SpecificationError`."""
        specification = Specification.parse(text)
        usual = PROFILES.get(specification.word)
        if usual is None:
            raise SpecificationError(
                f"There is no timing {specification.word!r}. Choose one of {', '.join(PROFILES)}."
            )
        specification.expect_only(("command", "byte", "signature"))

        def number(key: str, usually: float) -> float:
            meant = f"milliseconds from 0 to {_LONGEST_MS:.0f}"
            said = specification.value(key, _milliseconds, meant)
            return usually if said is None else said

        return cls(
            usual.name,
            number("command", usual.command),
            number("byte", usual.byte),
            number("signature", usual.signature),
        )

    def seconds(self, apdu: bytes, answer: bytes) -> float:
        """Say how long this exchange takes."""
        milliseconds = self.command + self.byte * (len(apdu) + len(answer))
        signed = len(apdu) > 1 and apdu[1] in _SIGNING
        if signed and answer[-2:] == StatusWord.SUCCESS.to_bytes(2, "big"):
            milliseconds += self.signature
        return milliseconds / 1000


INSTANT: Final = TimingProfile("instant")
"""As fast as the machine; the usual one."""

CONTACT: Final = TimingProfile(
    "contact",
    command=4.0,  # assumed: USB, the reader's firmware, the card's operating system
    byte=0.256,  # ISO 7816-3: 11 bits of 372/4 clocks (TA1 = 13 as in an ATR of the card, spec
    # card §3); that the reader's clock has 4 MHz is assumed
    signature=200.0,  # assumed: RSA-2048 in a card's coprocessor
)
"""A reader with contacts."""

CONTACTLESS: Final = TimingProfile(
    "contactless",
    command=6.0,  # assumed: as above, with the frames of ISO 14443-4
    byte=0.0944,  # ISO 14443-3 type B: 10 bits of 128/13.56 MHz; that the reader stays at
    # 106 kbit/s is assumed
    signature=300.0,  # assumed: the field gives the coprocessor less power than a contact
)
"""A reader that the card is laid on."""

PROFILES: Final = {profile.name: profile for profile in (INSTANT, CONTACT, CONTACTLESS)}


class TimedCard(InterruptibleCard):
    """Wraps a card; each exchange takes as long as the profile says, or as the card needs.

    The instant of an answer is fixed when its command arrives, so that the machine's own time
    is a part of it and nothing adds up. Taking the card out ends the waiting.
    """

    def __init__(self, card: Card, profile: TimingProfile = INSTANT) -> None:
        """Wrap a card; `profile` may be set to another one at any time."""
        super().__init__(card)
        self.profile = profile

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command in its time; see `Card.process`."""
        begun, disturbances = time.monotonic(), self.disturbances
        answer = super().process(apdu)
        taken = self.profile.seconds(apdu, answer)
        if taken:
            self.wait_until(begun + taken, disturbances)
        return answer


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= _LONGEST_MS:
        raise ValueError(text)
    return number
