"""目視確認用パスコード: the clinic's own four digits that open visual mode at its reader (P-019).

They are no patient's PIN. The clinic keeps a salted hash of them, which hides them from whoever
sees the settings; against who tries all ten thousand it helps as much as its slowness.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Self

from eligibility.terminal.identity import pin_well_formed

_SCHEME = "scrypt"
_COST, _BLOCK, _LANES = 1 << 14, 8, 1
_SALT_BYTES = 16


@dataclass(frozen=True)
class HashedPasscode:
    """A passcode as it is kept; written as ``scrypt:<salt>:<hash>``."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, passcode: str) -> Self:
        """Hash a passcode; raises `ValueError` where it is not four digits."""
        if not pin_well_formed(passcode):
            raise ValueError("a passcode has four digits")
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _hashed(passcode, salt))

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read one as it is written; raises `ValueError` where it is none."""
        scheme, *parts = written.split(":")
        if scheme != _SCHEME or len(parts) != 2:
            raise ValueError(f"a hashed passcode is written {_SCHEME}:SALT:HASH")
        salt, digest = map(bytes.fromhex, parts)
        return cls(salt, digest)

    def __str__(self) -> str:
        """Return it as settings take it."""
        return f"{_SCHEME}:{self.salt.hex()}:{self.digest.hex()}"

    def matches(self, entered: str) -> bool:
        """Tell whether this is the passcode; it takes a tenth of a second."""
        entered = unicodedata.normalize("NFKC", entered)
        return pin_well_formed(entered) and hmac.compare_digest(
            self.digest, _hashed(entered, self.salt)
        )


def _hashed(passcode: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passcode.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES)
