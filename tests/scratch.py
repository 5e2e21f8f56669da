"""Where a test run keeps what is gone after it: in memory, where the machine has enough of it.

A database of a server is some five hundred files; on a disk, making one takes longer than most
tests that use it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # each run makes directories of its own in it
NEEDS_BYTES = 6 << 30
"""Free; a run takes a fraction of it, unless tests fail."""


def choose() -> None:
    """Name the place for this process and those that it starts, unless somebody has named one."""
    if os.access(IN_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(IN_MEMORY).free > NEEDS_BYTES:
        os.environ.setdefault("TMPDIR", str(IN_MEMORY))
