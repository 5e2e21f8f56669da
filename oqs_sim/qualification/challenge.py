"""Challenges that a card signs: issued without being stored, spent once.

A challenge carries its own expiry and a keyed digest over it, so issuing one writes nothing
and any process with the same secret can check it. Only a challenge that was used is written
down, until it would have expired.

Freshness is a bound on the real time between issue and use, so it is counted on the machine's
monotonic clock and not on the simulated one.
"""

from __future__ import annotations

import hmac
import secrets
import struct
import time
from dataclasses import dataclass, field

from oqs_sim.store.journal import FreshChallenge

_NONCE = 16
_EXPIRY = struct.Struct(">d")
_DIGEST = 16
LENGTH = _NONCE + _EXPIRY.size + _DIGEST
"""Bytes of a challenge."""


@dataclass(frozen=True)
class ChallengeIssuer:
    """Issues challenges and recognises its own."""

    lifetime: int
    """Seconds."""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def issue(self) -> bytes:
        """Return a new challenge, the bytes that the card is to sign."""
        # The time comes first, so that what is written about used ones lies side by side.
        nonce = time.monotonic_ns().to_bytes(8, "big") + secrets.token_bytes(_NONCE - 8)
        stated = nonce + _EXPIRY.pack(time.monotonic() + self.lifetime)
        return stated + self._digest(stated)

    def recognise(self, challenge: bytes) -> FreshChallenge | None:
        """Return what a challenge states, or None when it is not ours or has expired."""
        if len(challenge) != LENGTH:
            return None
        stated, digest = challenge[:-_DIGEST], challenge[-_DIGEST:]
        if not hmac.compare_digest(digest, self._digest(stated)):
            return None
        (expires,) = _EXPIRY.unpack(stated[_NONCE:])
        if expires < time.monotonic():
            return None
        return FreshChallenge(stated[:_NONCE], expires)

    def _digest(self, stated: bytes) -> bytes:
        return hmac.digest(self.secret, stated, "sha256")[:_DIGEST]
