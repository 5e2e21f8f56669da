"""What ``face`` does not take: kept in its order until the folder does."""

from __future__ import annotations

import logging
import os
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

log = logging.getLogger(__name__)


class KeptPush(NamedTuple):
    """A file that is to go into ``face``."""

    name: str
    content: bytes
    place: Path | None
    """Where it lies until then; None for one that is lost with the service."""


class KeptPushes:
    """The files that wait, the oldest first. Its methods touch the disk; one is called at a time.

    They lie in a directory on a disk of this machine, which is there while a share is not, and are
    found there after a restart; without one they are kept in memory.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._waiting: deque[KeptPush] = deque()
        self._last = 0

    def read(self) -> None:
        """Take up what an earlier run has left.

        Raises:
            OSError: the directory cannot be read.
        """
        if self._directory is None or not self._directory.is_dir():
            return
        for place in sorted(self._directory.glob("[0-9]*-*")):
            number, _, name = place.name.partition("-")
            self._waiting.append(KeptPush(name, place.read_bytes(), place))
            self._last = int(number)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @property
    def first(self) -> KeptPush | None:
        """What goes next."""
        return self._waiting[0] if self._waiting else None

    @property
    def names(self) -> Set[str]:
        """The names of the files that wait."""
        return {push.name for push in self._waiting}

    def keep(self, name: str, content: bytes) -> None:
        """Keep a file behind those that wait."""
        place = None
        if self._directory is not None:
            try:
                place = self._written(self._directory, name, content)
            except OSError:
                log.exception("What goes into face is kept in memory, and lost with the service.")
        self._waiting.append(KeptPush(name, content, place))

    def drop(self) -> None:
        """Keep the first one no longer: it lies in ``face``."""
        place = self._waiting.popleft().place
        if place is not None:
            place.unlink(missing_ok=True)

    def _written(self, directory: Path, name: str, content: bytes) -> Path:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._last += 1
        place = directory / f"{self._last:012}-{name}"
        beginning = directory / f".{place.name}"
        opened = os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beginning.rename(place)
        return place
