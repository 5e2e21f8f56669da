"""Access conditions: which PIN opens what."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """Open to all, or to whoever has verified one of these PINs of the same application."""

    free: bool
    pins: frozenset[int]
    """File identifiers of the PINs, any of which is enough."""

    def allows(self, verified: AbstractSet[int]) -> bool:
        """Whether what has been verified is enough."""
        return self.free or not self.pins.isdisjoint(verified)


FREE = Access(free=True, pins=frozenset())
NEVER = Access(free=False, pins=frozenset())
"""For nobody who comes through the reader."""


def opened_by(*pins: int) -> Access:
    """Ask for one of these PINs."""
    return Access(free=False, pins=frozenset(pins))
