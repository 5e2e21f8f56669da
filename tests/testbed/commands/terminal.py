"""A terminal with a program on it, as a person sits before one."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import time
from pathlib import Path
from typing import Self

PATIENCE = 60.0
"""Seconds after which what is waited for will not come."""


class Terminal:
    """A program that a terminal of its own is the home of."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._seen = ""

    def __enter__(self) -> Self:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # As a shell starts it; a test before may have had this process ignore it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp(self._command[0], self._command)
        self._ended = False
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def _piece(self) -> str:
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        assert ready, f"nothing comes after {self._seen!r}"
        try:
            return os.read(self.master, 65536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # the program has left the terminal
            return ""

    def read_until(self, words: str, after: str = "") -> str:
        """Read until the words are seen, and give all that was; the rest begins afterwards."""
        while words not in self._seen[max(0, self._seen.find(after)) :] or after not in self._seen:
            piece = self._piece()
            assert piece, f"it has ended with {self._seen!r}"
            self._seen += piece
        # The line that the words stand in is seen to its end.
        shown, self._seen = self._seen, ""
        while words != ": " and not shown.endswith("\n") and "\r" not in shown:
            shown += self._piece()
        return shown

    def read_until_hidden(self) -> None:
        """Wait until what is typed is not shown."""
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(self.master)[3] & termios.ECHO:
            assert time.monotonic() < deadline
            select.select([], [], [], 0.01)

    def wait_for_child(self) -> None:
        """Wait until the program has started another one, as it comes up."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        deadline = time.monotonic() + PATIENCE
        while not children.read_text():
            assert time.monotonic() < deadline
            select.select([], [], [], 0.01)

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        os.write(self.master, b"\x03")

    def rest(self) -> tuple[str, int]:
        """Give what comes until the end, and the exit code."""
        while piece := self._piece():
            self._seen += piece
        self._ended = True
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._seen.rstrip("\n"), code
