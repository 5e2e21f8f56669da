"""The folders of the exchange on the disk: what comes in, what goes out, and what is under way.

A request is moved out of ``req`` when it is taken, and lies in a folder of its own, on the same
disk, until it is answered. Each step is one renaming, so that whoever is ended in the middle goes
on where he stopped: the answer is complete and on the disk before the request is taken away, and it
is shown in ``res`` by moving it there. So each request is answered once, though OQS may be asked
for one a second time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clinic_client.exchange.file_name import (
    answers_to,
    error_of,
    folded,
    may_be_request,
    places_of,
)
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

MOST_BYTES = 4 << 20
"""Of a request; the bound of a message, of which a zip is shorter."""
MOST_LISTED = 2_000
"""Files of ours in a folder that are looked at in one go."""
_MOST_READ = 16 << 20
"""Bytes of requests that are read in one go; what is beyond waits on the disk."""
_LOCK = "lock"
_WORK = ".exchange"
"""The folder of what is under way; no program of a clinic looks into it."""
_END_OF_MESSAGE = re.compile(rb"</XmlMsg\s*>\s*\Z")
_END_OF_ZIP = b"PK\x05\x06"
_TAIL = 1 << 10
"""Bytes at a file's end that tell whether it is complete."""
_TO_RES, _TO_FACE = ".to-res", ".to-face"
"""What is put to the name of a file that is complete, and goes there."""
_FOLDERS = ("req", "res", "face", _WORK)
_NO_REQUEST = {errno.ELOOP, errno.ENXIO, errno.EACCES, errno.EPERM, errno.EISDIR}
"""Why a file is none that could be read at another time."""
_LONGEST_ERROR = 16 << 10
"""Bytes of an ``.err`` that are read."""


class Taken(NamedTuple):
    """A request that was taken out of ``req``."""

    name: str
    content: bytes | None = None
    """None for one that is still to be read."""


class ErrorLeft(NamedTuple):
    """An ``.err`` that lies in ``res``, as nobody fetched it."""

    name: str
    code: str
    sentence: Sentence
    """What happened, and what to do next."""


class RootBusy(Exception):
    """Another program serves this root already."""


class ExchangeRoot:
    """The folders under one root. Its methods touch the disk, and are called in a thread."""

    def __init__(self, root: Path, settle_seconds: float) -> None:
        """Take the root; a file whose end is not there is judged after ``settle_seconds``."""
        self.root = root
        self.req, self.res, self.face, self._work = (root / name for name in _FOLDERS)
        self._settle_seconds = settle_seconds
        self._looks: dict[str, tuple[int, int, float]] = {}
        """Size, time of change and first sight of files that were not complete."""
        self._places: set[str] = set()
        """The names in ``res`` that are kept for what is under way: nobody else may take them."""
        self._lock: int | None = None

    def open(self, pushed_later: Set[str] = frozenset()) -> list[Taken]:
        """Make what folders are missing; return what was under way when it was left.

        ``pushed_later`` are names of files for ``face`` that are pushed anew, so that what is left
        of an attempt at them is thrown away.

        Raises:
            RootBusy: another program serves it.
            OSError: it cannot be written to.
        """
        self._make_folders()
        if self._lock is None:
            self._take_lock()
        return self._left_over(pushed_later)

    def mend(self) -> None:
        """Make again what somebody deleted of the folders while they are served.

        Where nothing is left of them, as when a share is not connected, nothing is made: it would
        stand beside the share, and hide that it is gone.

        Raises:
            RootBusy: another program serves it meanwhile.
            OSError: it cannot be written to.
        """
        if not self._holds_lock():
            if not self.req.is_dir():
                return
            self.close()
            self._work.mkdir(exist_ok=True)
            self._take_lock()
        self._make_folders()

    def _make_folders(self) -> None:
        for folder in (self.req, self.res, self.face, self._work):
            folder.mkdir(parents=True, exist_ok=True)

    def _take_lock(self) -> None:
        opened = os.open(self._work / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            raise RootBusy from None
        self._lock = opened

    def _holds_lock(self) -> bool:
        if self._lock is None:
            return False
        try:
            return (self._work / _LOCK).stat().st_ino == os.fstat(self._lock).st_ino
        except OSError:
            return False

    def close(self) -> None:
        """Let another program serve it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _left_over(self, pushed_later: Set[str]) -> list[Taken]:
        names = {file.name for file in self._work.iterdir()} - {_LOCK}
        incomplete = {name for name in names if name.startswith(".")}
        incomplete |= names & {f"{name}{_TO_FACE}" for name in pushed_later}
        for name in incomplete:
            (self._work / name).unlink()
        kept = {name for name in names - incomplete if name.endswith((_TO_RES, _TO_FACE))}
        requests = []
        for name in sorted(names - incomplete - kept):
            if f"{error_of(name)}{_TO_RES}" in kept:
                (self._work / name).rename(self.res / name)
            elif any(f"{answer}{_TO_RES}" in kept for answer in answers_to(name)):
                (self._work / name).unlink()
            else:
                self._places |= places_of(name)
                requests.append(Taken(name))
        for name in sorted(kept):
            self._show(name)
        return requests

    def take(self, at_most: int) -> list[Taken]:
        """Move complete requests out of ``req``, and read them.

        Raises:
            OSError: ``req`` cannot be looked into, or none of what is there can be moved.
        """
        taken: list[Taken] = []
        to_read = _MOST_READ
        stuck: OSError | None = None
        for name in self._complete():
            try:
                (self.req / name).rename(self._work / name)
            except FileNotFoundError:
                continue  # who wrote it took it away
            except OSError as error:
                stuck = error  # one that cannot be moved holds nobody up
                continue
            self._places |= places_of(name)
            content = None
            if to_read > 0:
                with suppress(OSError):
                    content = self.read(name)
                to_read -= len(content or b"")
            taken.append(Taken(name, content))
            if len(taken) == at_most:
                break
        if stuck is not None and not taken:
            raise stuck
        return taken

    def _complete(self) -> Iterator[str]:
        with os.scandir(self.req) as entries:
            # What is none of ours takes no place from what is.
            requests = (entry.name for entry in entries if may_be_request(entry.name))
            listed = sorted(islice(requests, MOST_LISTED))
        if not listed:
            self._looks.clear()
            return
        self._looks = {name: self._looks[name] for name in listed if name in self._looks}
        self._work.stat()  # where somebody deleted it, nothing can be taken
        # An answer comes from under way into res: who looks in this order misses none.
        not_free = set(self._places)
        not_free.update(map(folded, os.listdir(self.res)))  # noqa: PTH208
        for name in listed:
            places = places_of(name)
            # An answer that was not fetched is not written over.
            if not_free.isdisjoint(places) and self._may_be_taken(name):
                not_free |= places
                yield name

    def _may_be_taken(self, name: str) -> bool:
        try:
            status = (self.req / name).lstat()
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode):
            return False
        if status.st_size <= MOST_BYTES and self._ends(name, status.st_size):
            return True
        now = time.monotonic()
        size, changed, since = self._looks.get(name, (-1, 0, now))
        if (size, changed) != (status.st_size, status.st_mtime_ns):
            since = now
        self._looks[name] = status.st_size, status.st_mtime_ns, since
        return now - since >= self._settle_seconds

    def _ends(self, name: str, size: int) -> bool:
        try:
            with (self.req / name).open("rb") as file:
                file.seek(max(0, size - _TAIL))
                tail = file.read(_TAIL)
        except OSError:
            return False  # its writer has it to itself
        if name.lower().endswith(".zip"):
            return _END_OF_ZIP in tail
        return _END_OF_MESSAGE.search(tail) is not None

    def read(self, name: str) -> bytes | None:
        """Read a request under way, following no link.

        None is one that is too large, or no file that may be read.

        Raises:
            OSError: the disk does not give it now.
        """
        try:
            opened = os.open(self._work / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            was_removed = error.errno == errno.ENOENT and self._holds_lock()
            if was_removed or error.errno in _NO_REQUEST:
                return None
            raise
        with os.fdopen(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                return None
            content = file.read(MOST_BYTES + 1)
        return content if len(content) <= MOST_BYTES else None

    def answer(self, request: str, name: str, content: bytes) -> None:
        """Put the answer to a request into ``res``, once.

        Raises:
            OSError: there is no room, or no right to it; what was is as it was.
        """
        kept = f"{name}{_TO_RES}"
        self._write(kept, content)
        (self._work / request).unlink(missing_ok=True)
        self._show(kept)
        self._places -= places_of(request)

    def refuse(self, request: str, sentence: str) -> None:
        """Put a request back into ``res`` with an ``.err`` beside it.

        Raises:
            OSError: there is no room, or no right to it; what was is as it was.
        """
        kept = f"{error_of(request)}{_TO_RES}"
        self._write(kept, sentence.encode("utf-8", "replace"))  # a name may be no text
        with suppress(FileNotFoundError):
            (self._work / request).rename(self.res / request)
        self._show(kept)
        self._places -= places_of(request)

    def push(self, name: str, content: bytes) -> None:
        """Put a file into ``face``.

        Raises:
            OSError: there is no room, or no right to it.
        """
        kept = f"{name}{_TO_FACE}"
        self._write(kept, content)
        try:
            self._show(kept)
        except OSError:
            with suppress(OSError):
                (self._work / kept).unlink()
            raise

    def _write(self, name: str, content: bytes) -> None:
        """Write a file into the folder of what is under way, which has its name when complete."""
        beginning = self._work / f".{name}"
        try:
            with beginning.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beginning.rename(self._work / name)
        except OSError:
            with suppress(OSError):
                beginning.unlink()
            raise

    def _show(self, kept: str) -> None:
        name, _, where = kept.rpartition(".to-")
        (self._work / kept).rename(self.root / where / name)

    def errors(self, before: float) -> list[ErrorLeft]:
        """Return what lies in ``res`` as ``.err`` since ``before``, the oldest first.

        ``before`` is a time as files have it.
        """
        found = []
        with os.scandir(self.res) as entries:
            errors = (entry for entry in entries if entry.name.endswith(".err"))
            for entry in islice(errors, MOST_LISTED):
                with suppress(OSError):  # fetched meanwhile
                    changed = entry.stat(follow_symlinks=False).st_mtime
                    if changed < before and entry.is_file(follow_symlinks=False):
                        with Path(entry.path).open("rb") as file:
                            written = file.read(_LONGEST_ERROR).decode("utf-8", "replace")
                        found.append((changed, entry.name, written))
        return [_error_left(name, written) for _, name, written in sorted(found)]

    def forget(self, before: float) -> int:
        """Delete answers and files of ``face`` that nobody fetched; return how many.

        ``before`` is a time as files have it; only what has a name of ours is deleted, and requests
        that were put back with their ``.err``.
        """
        gone = 0
        for folder, is_ours in ((self.res, _is_ours_in_res), (self.face, _is_ours)):
            with os.scandir(folder) as entries:
                for entry in islice((one for one in entries if is_ours(one.name)), MOST_LISTED):
                    with suppress(OSError):
                        if entry.stat(follow_symlinks=False).st_mtime < before:
                            Path(entry.path).unlink()
                            gone += 1
        return gone


def _error_left(name: str, written: str) -> ErrorLeft:
    code, ja, detail, advice, *_ = [*written.split("\r\n"), "", "", "", ""]
    told = os.fsencode(name).decode("utf-8", "replace")
    return ErrorLeft(told, code, Sentence(ja, " ".join(filter(None, (detail, advice)))))


def _is_ours(name: str) -> bool:
    return name.startswith(("OQS", "YZK", "TKK"))


def _is_ours_in_res(name: str) -> bool:
    return _is_ours(name) or name.endswith(".err") or may_be_request(name)
