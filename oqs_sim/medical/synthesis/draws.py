"""Draws (くじ): numbers that look like chance, and are the same whenever they are drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_One = TypeVar("_One")
_RANGE = 1 << 64


@dataclass(frozen=True, slots=True)
class Draws:
    """What chance holds for one person, under a seed.

    Each draw is named by its labels, so that none depends on how many were made before it.
    """

    seed: str
    individual_number: str
    _begun: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin the digest with what all draws of the person have in common."""
        begun = hashlib.blake2b(f"{self.seed}\0{self.individual_number}".encode(), digest_size=8)
        object.__setattr__(self, "_begun", begun)

    def share(self, *labels: object) -> float:
        """Return a number from 0 up to, and without, 1."""
        digest = self._begun.copy()
        digest.update("\0".join(map(str, ("", *labels))).encode())
        return int.from_bytes(digest.digest(), "big") / _RANGE

    def happens(self, probability: float, *labels: object) -> bool:
        """Tell whether something of this probability is so."""
        return self.share(*labels) < probability

    def whole(self, low: int, high: int, *labels: object) -> int:
        """Return a whole number, both ends included."""
        return low + int(self.share(*labels) * (high - low + 1))

    def between(self, low: float, high: float, *labels: object) -> float:
        """Return a number between two others."""
        return low + self.share(*labels) * (high - low)

    def pick(self, of: Sequence[_One], *labels: object) -> _One:
        """Return one of several."""
        return of[int(self.share(*labels) * len(of))]
