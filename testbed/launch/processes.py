"""Child processes that are forked, say when they are ready, and never outlive their parent.

Forking from a process that has imported everything starts a service in milliseconds, where a
new interpreter would need most of a second. Fork before any thread is started.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.interruption import put_off
from testbed.mistakes import Mistake, as_mistake
from wire.log_lines import LogSettingWrong, begin_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

READY = b"ready\n"
_JAPANESE = {
    "clinic's desk": "受付",
    "intermediate server": "中間サーバー",
    "sync worker": "同期ワーカー",
    "testbed": "テストベッド",
}
"""What the services are called; OQS is OQS."""
_PR_SET_PDEATHSIG = 1


class ProcessFailed(Mistake):
    """A child ended, or did not get ready; the message is its own sentence."""

    code = "process-failed"


@dataclass
class Child:
    """A forked process."""

    name: str
    pid: int
    _report: int
    """The end of a pipe from which the child's readiness or its failure is read."""
    exit_status: int | None = None

    @property
    def japanese(self) -> str:
        """Its name in a Japanese sentence."""
        return _JAPANESE.get(self.name, self.name)

    def wait_until_ready(self, deadline: float) -> None:
        """Wait for the child's word.

        Raises:
            ProcessFailed: it ended, or was silent until ``deadline`` (monotonic seconds).
        """
        said = b""
        while not said.endswith(b"\n"):
            left = max(0.0, deadline - time.monotonic())
            readable, _, _ = select.select([self._report], [], [], left)
            if not readable:
                raise ProcessFailed(
                    Sentence(
                        f"{self.japanese}が時間内に始まりませんでした。上の出力を見てください。",
                        f"The {self.name} did not get ready in time. Look at its output above.",
                    )
                )
            piece = os.read(self._report, 4096)
            if not piece:
                break
            said += piece
        if said != READY:
            reason = Sentence(*json.loads(said)) if said else Sentence("", "")
            raise ProcessFailed(
                Sentence(
                    f"{self.japanese}が始まりませんでした。{reason.ja}".strip(),
                    f"The {self.name} did not start. {reason.en}".strip(),
                )
            )

    def poll(self) -> int | None:
        """Return the exit status if the child has ended."""
        if self.exit_status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the child still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; return whether it came in time."""
        if self.poll() is not None:
            return True
        descriptor = os.pidfd_open(self.pid)
        try:
            ended = bool(select.select([descriptor], [], [], seconds)[0])
        finally:
            os.close(descriptor)
        if ended:
            self.poll()
        return ended


def spawn(
    name: str,
    run: Callable[[Callable[[], None]], None],
    expected: tuple[type[Exception], ...],
) -> Child:
    """Fork a child that calls ``run`` with a function to call once it is ready.

    An exception of the ``expected`` kinds is reported as its sentence, in both languages;
    any other as a bug, with its traceback.
    """
    parent = os.getpid()
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with put_off():  # an interruption within a fork is lost, and the start goes on
        pid = os.fork()
        if not pid:
            # The parent hears Ctrl-C and ends its children in order.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if pid:
        os.close(writing)
        return Child(name, pid, reading)
    status = 1
    try:
        os.close(reading)
        _die_with(parent)
        # Several services speak on one terminal.
        try:
            with as_mistake(LogSettingWrong):
                begin_logs(name)
            run(lambda: _say(writing, READY))
            status = 0
        except expected as error:
            both = [getattr(error, language, str(error)) for language in ("ja", "en")]
            _say(writing, f"{json.dumps(both)}\n".encode())
    except BaseException:  # noqa: BLE001 # the child's last words, then it ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait_for_any(children: Iterable[Child]) -> Child:
    """Return the first child that ends."""
    descriptors = {os.pidfd_open(child.pid): child for child in children}
    try:
        ended = descriptors[select.select(list(descriptors), [], [])[0][0]]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    ended.poll()
    return ended


def stop(children: Iterable[Child], seconds: float = 3.0) -> None:
    """End all children: ask first, then insist."""
    running = list(children)
    for child in running:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for child in running:
        if not child.wait(max(0.0, deadline - time.monotonic())):
            child.signal(signal.SIGKILL)
            child.wait(seconds)


def _say(descriptor: int, word: bytes) -> None:
    os.write(descriptor, word)


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
