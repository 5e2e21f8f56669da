"""How many inputs a test makes up: enough for each run, and more where somebody asks for them."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases(each_run: int) -> int:
    """Return how many inputs to try; OQS_SIM_FUZZ multiplies those of each run."""
    return each_run * int(os.environ.get("OQS_SIM_FUZZ", "1"))


def seeded(name: str, each_run: int) -> Iterator[tuple[int, random.Random]]:
    """Give inputs that are made of a seed: its number, which names it in a failure, and chance."""
    for number in range(cases(each_run)):
        yield number, random.Random(f"{name} {number}")
