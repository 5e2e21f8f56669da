"""Looks at the ports on which a system usually starts: whether another program has them."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, good

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PORTS = range(8600, 8607)
"""Where a system starts that was told no port. Written out, as the module that knows it loads every
service and takes a second for that."""
HOST = "127.0.0.1"
_SECONDS = 0.3
_LISTENS = "0A"
"""How Linux writes the state of a socket that listens."""


def look_at_ports(ours: Iterable[int] = ()) -> Sequence[Finding]:
    """See whether anybody listens on the usual ports whose port is not one of ``ours``."""
    mine = set(ours)
    taken = [port for port in PORTS if port not in mine and _listens(port)]
    if not taken:
        first, last = PORTS[0], PORTS[-1]
        return [
            good(
                Probe.PORTS,
                Sentence(
                    f"ポート {first}–{last} を使うほかのプログラムはありません",
                    f"No other program uses the ports {first} to {last}",
                ),
            )
        ]
    names = ", ".join(f"{port}{_owner(port)}" for port in taken)
    return [
        bad(
            Probe.PORTS,
            Sentence(
                f"ほかのプログラムがポートを使っています: {names}",
                f"Other programs use ports: {names}",
            ),
            Sentence(
                "そのプログラムを終えるか、`oqs up --port 0` のように別のポートで始めてください。",
                "End them, or start on other ports, e.g. with `oqs up --port 0`.",
            ),
        )
    ]


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(_SECONDS)
        answered = asking.connect_ex((HOST, port))
    # Who does not answer in time listens all the same.
    return answered in {0, errno.EAGAIN, errno.EWOULDBLOCK}


def _owner(port: int) -> str:
    """Return the name of the program that listens, where this user may see it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text("ascii").splitlines()[1:]:
                parts = line.split()
                if parts[3] == _LISTENS and int(parts[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{parts[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(one) in inodes for one in (process / "fd").iterdir()):  # noqa: PTH115
                name = (process / "comm").read_text("utf-8").strip()
                return f" ({name}, {process.name})"
    return ""
