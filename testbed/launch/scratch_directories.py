"""Directories of processes that may be killed: those of the dead are cleared away by the living."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TextIO


def own_directory(name: str) -> tuple[Path, TextIO]:
    """Make a private directory, and clear away those of the same name whose owners were killed.

    A directory is alive as long as its lock file, which is returned with it, is locked; the kernel
    unlocks it with the last process that has it open. A lock above all of them keeps two that start
    at the same moment from clearing each other away.
    """
    above = Path(tempfile.gettempdir())
    prefix = f"{name}-{os.getuid()}-"
    with (above / f"{prefix}lock").open("a") as above_all:
        fcntl.flock(above_all, fcntl.LOCK_EX)
        for left in above.glob(f"{prefix}*/"):
            with contextlib.suppress(OSError), (left / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        directory = Path(tempfile.mkdtemp(prefix=prefix))
        lock = (directory / "lock").open("a")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return directory, lock
