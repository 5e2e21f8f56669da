"""A maker's program at the exchange: puts requests, fetches answers, leaves no trace."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

from testbed.exchange.broken import NothingCame, TimeOver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOOK_SECONDS = 0.005
"""Between two looks into ``res``: an answer that is written in place is seen while it grows."""
_SAME_SECONDS = 0.1
"""Between two reads that have to be equal, as careful programs have it."""
_ENDINGS = ("xml", "zip", "pdf")
_DAY = "99991231"
"""The day in the names of requests that play: none of a real one has it."""
_RUNS = 100


class Request(NamedTuple):
    """A request in the folder."""

    api: str
    suffix: str

    @property
    def name(self) -> str:
        """Of its file in ``req``."""
        return f"{self.api}req_{self.suffix}.xml"

    @property
    def answers(self) -> tuple[str, ...]:
        """What its answer may be called."""
        return tuple(f"{self.api}res_{self.suffix}.{ending}" for ending in _ENDINGS)

    @property
    def error(self) -> str:
        """What stands beside it where it is not answered."""
        return f"{self.api}req_{self.suffix}.err"


class Fetched(NamedTuple):
    """What came back."""

    name: str
    content: bytes
    is_error: bool
    grew: bool
    """Whether it was seen before it was whole."""


class MakerFolder:
    """The folders under a root, as a maker's program uses them."""

    def __init__(self, root: Path, wait_seconds: float, at_most_seconds: float) -> None:
        """Wait so long for each answer, and so long for all together."""
        self.req, self.res = root / "req", root / "res"
        self.wait_seconds = wait_seconds
        self._until = time.monotonic() + at_most_seconds
        self._first: dict[str, bytes] = {}
        self._turn = Lock()
        """Nobody takes an answer away while it is looked at."""
        self._ended = Event()
        self._serial = 0
        self.looks = 0

    def __enter__(self) -> MakerFolder:
        """Begin to look.

        Raises:
            OSError: the folders cannot be used.
        """
        taken = {*os.listdir(self.req), *os.listdir(self.res)}  # noqa: PTH208 # names alone
        run = os.getpid() % _RUNS
        while any(f"{_DAY}{run:02}" in name for name in taken):
            run = (run + 1) % _RUNS
        self._run = f"{_DAY}{run:02}"
        self._thread = Thread(target=self._look, name="exchange-check", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        for folder in (self.req, self.res):
            for file in [file for file in folder.iterdir() if self._run in file.name]:
                with suppress(OSError):
                    file.unlink()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with self._turn, suppress(OSError):
                with os.scandir(self.res) as there:
                    # Only files: to read a pipe waits for whoever writes into it.
                    names = {one.name for one in there if self._run in one.name and one.is_file()}
                for gone in self._first.keys() - names:
                    del self._first[gone]
                for name in names - self._first.keys():
                    self._first[name] = (self.res / name).read_bytes()
                self.looks += 1

    @contextmanager
    def _watched(self) -> Iterator[Callable[[], bool]]:
        """Give what says whether to go on waiting."""
        until = time.monotonic() + self.wait_seconds

        def goes_on() -> bool:
            now = time.monotonic()
            if now > self._until:
                raise TimeOver
            self._ended.wait(_LOOK_SECONDS)
            return now < until

        yield goes_on

    def new(self, api: str) -> Request:
        """Return a request of a name that was not used yet."""
        self._serial += 1
        return Request(api, f"{self._run}{self._serial:02}")

    def put(self, request: Request, document: bytes) -> None:
        """Write it under another name, and rename it, as careful programs do."""
        beginning = self.req / f"{request.name}.tmp"
        beginning.write_bytes(document)
        beginning.rename(self.req / request.name)

    def in_req(self, name: str) -> bool:
        """Tell whether a file lies in ``req``."""
        return (self.req / name).exists()

    def in_res(self, request: Request) -> list[str]:
        """Return what lies in ``res`` for a request, the request itself included."""
        return [
            name
            for name in (*request.answers, request.error, request.name)
            if (self.res / name).exists()
        ]

    def wait_until_taken(self, request: Request) -> None:
        """Wait until a request is gone from ``req``.

        Raises:
            NothingCame: it stays there.
        """
        with self._watched() as goes_on:
            while goes_on():
                if not self.in_req(request.name):
                    return
        raise NothingCame(request.name, self.wait_seconds)

    def stays(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Tell whether something holds for so long."""
        until = time.monotonic() + seconds
        with self._watched() as goes_on:
            while time.monotonic() < until:
                if not holds():
                    return False
                goes_on()
        return True

    def fetch(self, request: Request) -> Fetched:
        """Wait for what comes back for a request, read it as careful programs do, take it away.

        Raises:
            NothingCame: no answer and no ``.err`` came in time.
            TimeOver: the time for all together is over.
        """
        name, content = self._come(request)
        while True:
            self._ended.wait(_SAME_SECONDS)
            again = (self.res / name).read_bytes()
            if again == content:
                break
            content = again
        with self._turn:
            (self.res / name).unlink()
            # The next of this name is another one, even where it comes before the next look.
            first = self._first.pop(name, content)
        is_error = name == request.error
        return Fetched(name, content, is_error, first != content)

    def _come(self, request: Request) -> tuple[str, bytes]:
        with self._watched() as goes_on:
            while goes_on():
                for name in (*request.answers, request.error):
                    if name in self._first:
                        with suppress(FileNotFoundError):
                            return name, (self.res / name).read_bytes()
        raise NothingCame(request.name, self.wait_seconds)

    def take_back(self, request: Request) -> bytes | None:
        """Take the request itself out of ``res``, where it lies beside its ``.err``."""
        with self._watched() as goes_on:
            while goes_on():
                with suppress(FileNotFoundError):
                    content = (self.res / request.name).read_bytes()
                    (self.res / request.name).unlink()
                    return content
        return None
