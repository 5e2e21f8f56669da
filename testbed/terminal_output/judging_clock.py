"""By which clock a command judges a card, as it tells a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from wire.clock import wall_clock

if TYPE_CHECKING:
    from datetime import datetime


class JudgingClock(NamedTuple):
    """An instant, and whose clock shows it."""

    now: datetime
    system: str | None = None
    """The name of the running system; None for this computer's own clock."""

    @property
    def said(self) -> Sentence:
        """Name the clock and what it shows."""
        shown = self.now.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")
        if self.system is None:
            return Sentence(
                f"このコンピューターの時計 ({shown})", f"this computer's clock ({shown})"
            )
        return Sentence(
            f"システム {self.system} の時計 ({shown})",
            f"the clock of system {self.system} ({shown})",
        )


def computers_clock() -> JudgingClock:
    """Return this computer's clock."""
    return JudgingClock(wall_clock())
