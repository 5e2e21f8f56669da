"""By which clock a command judges a card: that of the system in whose reader the card lies."""

from __future__ import annotations

import os
from datetime import datetime
from typing import NamedTuple

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from reader.errors import SOCKET_VARIABLE
from testbed.launch.systems_on_record import running_systems
from testbed.mistakes import Mistake
from testbed.remote import RemoteClock
from wire.clock import wall_clock


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


def judging_clock() -> JudgingClock:
    """Return the clock of the running system whose PC/SC service is used, else the computer's.

    A real reader, and a card that is held by itself, belong to no system.
    """
    try:
        socket = os.environ.get(SOCKET_VARIABLE)
        for system in running_systems():
            if system.pcsc_socket == socket:
                reading = RemoteClock(system.oqs_console).reading()
                return JudgingClock(datetime.fromisoformat(reading["Now"]), system.name)
    except Mistake:
        pass  # The card is there to be read, whatever became of the system.
    return JudgingClock(wall_clock())
