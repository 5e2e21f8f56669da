"""A service in a process of its own, and how long it was on a processor."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load import pin_to
from testbed.launch.processes import Child, spawn, stop
from wire.serving.serve import Application, Listener, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READY_WITHIN = 60.0


@contextmanager
def served(
    name: str, build: Callable[[], Application], *listeners: Listener, core: int | None = None
) -> Iterator[Child]:
    """Serve an application in a process of its own, and on one core where it is named."""

    def run(started: Callable[[], None]) -> None:
        if core is not None:
            pin_to(core)
        serve(build(), listeners, started)

    child = spawn(name, run, (OSError,))
    try:
        child.wait_until_ready(time.monotonic() + READY_WITHIN)
        yield child
    finally:
        stop([child])


def processor_seconds(pid: int) -> float:
    """Return how long a process has been on a processor, whatever else the machine does.

    It is the clock that ``clock_getcpuclockid`` of the C library names for a process.
    """
    return time.clock_gettime(~pid << 3 | 2)


def family_seconds(pid: int) -> float:
    """Return the processor time of a process and of those that it has started."""
    family = [pid]
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (one / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1]
            if parent == str(pid):
                family.append(int(one.name))
    return sum(processor_seconds(member) for member in family)


def port_of(listener: Listener) -> int:
    """Return a listener's port."""
    port: int = listener.socket.getsockname()[1]
    return port
