"""The process that runs a private pcscd and connects virtual cards to its readers' slots.

`testbed.readers.private_pcscd` starts it inside the stack's own namespaces, as `python -I -S` with
this file and nothing but the standard library, so that it is there in milliseconds. It brings up
the loopback device, starts pcscd, and then passes connected sockets out: a client sends one byte
(the slot) to the Unix socket and gets back a zero byte with the file descriptor of a TCP
connection to that slot, or a sentence that says why not. A pcscd that dies is started again, after
growing pauses where it dies at once; one that never came up, and says why, ends this process with
its exit code.

Its standard input is the lifeline. It is a pipe that only the parent holds open: when that
closes, however the parent ended, pcscd is ended and the files are removed.
"""

import argparse
import contextlib
import fcntl
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_CLIENT_WITHIN = 1.0
"""Seconds that one client may take; the others wait meanwhile."""
_ATTEMPT_WITHIN = 0.2
_ATTEMPTS = 8
"""Seconds to wait for a slot, and how often. The driver takes a connection only when pcscd looks
at the slot, every 0.4 s, and keeps one waiting at the most: that of a card that came and went
between two looks stands before ours until then."""
_PCSCD_ENDS_WITHIN = 2.0
"""Seconds for pcscd to end by itself before it is killed."""
_SHORT_LIFE = 1.0
"""Seconds. One that ends so soon by itself, and has never lived longer, says why: another attempt
would be of no use."""
_SHORT_LIVES = 5
"""How many that were killed so soon, one after the other, are started again at once."""
_LONGEST_PAUSE = 8.0
"""Seconds between two that come after these."""

CONNECTED = b"\x00"
"""The byte that comes with the file descriptor."""


def main(arguments: list[str]) -> int:
    """Run pcscd until it ends (return its exit code) or the lifeline closes (return 0)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--loopback", action="store_true")
    parser.add_argument("--made", nargs="*", default=[])
    parser.add_argument("pcscd", nargs="+")
    options = parser.parse_args(arguments)
    if options.loopback:
        _bring_up_loopback()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as requests:
        requests.bind(str(options.directory / "slots"))
        requests.listen(16)
        short_lives, has_lived = 0, False
        while True:
            started = time.monotonic()
            # pcscd must not outlive this process even when it is killed.
            pcscd = subprocess.Popen(  # noqa: S603 - the command is the stack's own
                ["setpriv", "--pdeathsig", "KILL", *options.pcscd],  # noqa: S607 - from the PATH
                stdin=subprocess.DEVNULL,
            )
            try:
                exit_code = _serve(requests, options.port, pcscd)
            finally:
                _end(pcscd)
            was_short = time.monotonic() - started < _SHORT_LIFE
            has_lived = has_lived or not was_short
            short_lives = short_lives + 1 if was_short else 0
            ended_by_itself = exit_code > 0
            if not exit_code or (ended_by_itself and not has_lived):
                break
            # What it left would have the next one believe that it still runs.
            _remove((options.directory / "pcscd").glob("pcscd.*"))
            if short_lives >= _SHORT_LIVES:
                pause = min(_LONGEST_PAUSE, 0.5 * 2 ** (short_lives - _SHORT_LIVES))
                if not _paused(requests, pause):
                    exit_code = 0
                    break
    if not exit_code:
        # Otherwise pcscd ended by itself, and the parent still wants to read its log.
        _remove(options.directory / name for name in options.made)
    return exit_code


def _serve(requests: socket.socket, port: int, pcscd: "subprocess.Popen[bytes]") -> int:
    ended = os.pidfd_open(pcscd.pid)
    lifeline = sys.stdin.fileno()
    watched = select.poll()
    for descriptor in (requests.fileno(), lifeline, ended):
        watched.register(descriptor, select.POLLIN | select.POLLHUP)
    while True:
        happened = {descriptor for descriptor, _ in watched.poll()}
        if lifeline in happened:
            return 0
        if ended in happened:
            return pcscd.wait() or 1
        client, _ = requests.accept()
        with client, contextlib.suppress(OSError):
            client.settimeout(_CLIENT_WITHIN)
            _pass_slot(client, port)


def _paused(requests: socket.socket, seconds: float) -> bool:
    """Wait with the next start, and say so to who asks; False when the lifeline has closed."""
    lifeline = sys.stdin.fileno()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        happened, _, _ = select.select([requests, lifeline], [], [], left)
        if lifeline in happened:
            return False
        if requests in happened:
            client, _ = requests.accept()
            with client, contextlib.suppress(OSError):
                client.settimeout(_CLIENT_WITHIN)
                client.recv(1)
                client.sendall(b"pcscd was killed again and again, and is started after a pause")
    return True


def _pass_slot(client: socket.socket, port: int) -> None:
    wanted = client.recv(1)
    if not wanted:
        return
    try:
        slot = _connect_slot(port + wanted[0])
    except OSError as error:
        client.sendall(f"slot {wanted[0]} does not answer: {error}".encode())
        return
    with slot:
        slot.setblocking(True)  # noqa: FBT003 - the standard library's signature
        socket.send_fds(client, [CONNECTED], [slot.fileno()])


def _connect_slot(port: int) -> socket.socket:
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(TimeoutError):
            return socket.create_connection(("127.0.0.1", port), timeout=_ATTEMPT_WITHIN)
    return socket.create_connection(("127.0.0.1", port), timeout=_ATTEMPT_WITHIN)


def _end(pcscd: "subprocess.Popen[bytes]") -> None:
    pcscd.send_signal(signal.SIGTERM)
    try:
        pcscd.wait(_PCSCD_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        pcscd.kill()
        pcscd.wait()


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _bring_up_loopback() -> None:
    """Do what `ip link set lo up` does; a new network namespace has it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
