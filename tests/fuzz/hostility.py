"""How many cases a fuzz runs, and how one is found again."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MULTIPLIER = float(os.environ.get("OQS_SIM_FUZZ", "1"))
"""How many times the usual number of cases; other seeds come with more of them."""


def cases(name: str, usual: int) -> Iterator[tuple[int, random.Random]]:
    """Give the cases of a fuzz: a number, which names it in a failure, and what it is made of."""
    for number in range(max(1, int(usual * MULTIPLIER))):
        yield number, random.Random(f"{name} {number}")


def examples(usual: int) -> int:
    """Return the number of examples that Hypothesis tries."""
    return max(1, int(usual * MULTIPLIER))
