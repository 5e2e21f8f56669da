"""By which clock a command judges a card: that of the system in whose reader the card lies."""

from __future__ import annotations

import os
from datetime import datetime

from reader.errors import SOCKET_VARIABLE
from testbed.launch.systems_on_record import running_systems
from testbed.mistakes import Mistake
from testbed.remote import RemoteClock
from testbed.terminal_output.judging_clock import JudgingClock, computers_clock


def readers_clock() -> JudgingClock:
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
    return computers_clock()
