"""A PIN as the card keeps it: never in clear."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import Self

_ROUNDS = 200
"""PBKDF2 rounds. Four digits cannot be hidden by any number of rounds from one who holds the
file; this keeps them out of sight, and costs a VERIFY a tenth of a millisecond."""

_SCHEME = "pbkdf2-sha256"


@dataclass(frozen=True)
class PinSecret:
    """A salted hash of a PIN."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, pin: str) -> Self:
        """Hash a PIN with a new salt."""
        return cls.of_bytes(pin.encode("ascii"))

    @classmethod
    def of_bytes(cls, pin: bytes) -> Self:
        """Hash the bytes of a PIN, as a command carries them, with a new salt."""
        salt = os.urandom(16)
        return cls(salt, _hash(pin, salt))

    def matches(self, candidate: bytes) -> bool:
        """Whether these bytes are the PIN, in a time that does not tell how close they are."""
        return hmac.compare_digest(self.digest, _hash(candidate, self.salt))

    def to_text(self) -> str:
        """Write it as one word for a file."""
        return f"{_SCHEME}${self.salt.hex()}${self.digest.hex()}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote; raises ValueError for anything else."""
        scheme, _, rest = text.partition("$")
        salt, _, digest = rest.partition("$")
        if scheme != _SCHEME or not salt or not digest:
            message = f"a hashed PIN is written as {_SCHEME}$<salt>$<hash>, both in hexadecimal"
            raise ValueError(message)
        return cls(bytes.fromhex(salt), bytes.fromhex(digest))


def _hash(pin: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin, salt, _ROUNDS)
