"""The pace of a worker: as much at once as OQS takes in good time."""

from __future__ import annotations

from dataclasses import dataclass, field

GOOD_SECONDS = 1.0
"""How long an answer to a batch should take; well below the time after which it is given up."""
SMALLEST = 50


@dataclass
class Pace:
    """How many changes go into the next batch.

    The size is halved when OQS is slow, and grows by half when it answers in half the good time.
    """

    largest: int = 5_000
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = self.largest

    def answered(self, seconds: float) -> None:
        """Learn how long OQS took for a batch."""
        if seconds > GOOD_SECONDS:
            self.slow_down()
        elif seconds < GOOD_SECONDS / 2:
            self.size = min(self.largest, self.size + self.size // 2 + 1)

    def slow_down(self) -> None:
        """Learn that OQS is busy, or did not answer."""
        self.size = max(min(SMALLEST, self.largest), self.size // 2)
