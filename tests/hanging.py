"""A service that hangs: its process stands still, and its port goes on taking connections."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def listener_of(url: str) -> int:
    """Return the process that listens at an address of loopback."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = [row[9] for row in rows if row[1].endswith(port) and row[3] == "0A"]
    holders = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) == f"socket:[{inode}]":
                holders.add(int(descriptor.parts[2]))
        except OSError:
            continue
    # The parent that forked the service holds it as well. Which of them has the higher number
    # tells nothing, as the numbers of processes begin anew after the highest.
    (service,) = holders - {_parent_of(one) for one in holders}
    return service


def _parent_of(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return int(stat.rpartition(")")[2].split()[1])


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """Have the service at an address stand still."""
    pid = listener_of(url)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
