"""A terminal that may have the card sign without a PIN, as a face-authentication reader does.

SIMULATION: that the card does this is known (JPKI EF 0016 holds the key of the authority), how
it does it is not public in full. The sequence here is the simulation's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Terminal:
    """An authorised terminal: what it shows the card, and how it signs."""

    certificate: bytes = field(repr=False)
    """Its card-verifiable certificate (about 568 bytes)."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Signs the card's challenge: RSASSA-PKCS1-v1_5 with SHA-256, 256 bytes. The key stays where
    it is, in a security module for example."""
