"""A PC/SC service of our own, with virtual readers that only we can reach.

Each `PcscStack` is a pcscd with the vpcd driver in its own mount and network namespace: it
touches neither the machine's pcscd nor a real reader, several run side by side, and the
driver's port, which has no password, is reachable only through the stack's own directory.
Works for root and for any user who may make a user namespace.

A program finds the stack by the environment variable that `environment` gives, set before its
first PC/SC call; a virtual card gets into a reader with `connect`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from eligibility.sentence import Sentence
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

VPCD_PORT = 0x8C7B
"""35963, the TCP port of slot 0; slot n listens n higher."""

VPCD_DRIVERS = (
    Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"),
    Path("/usr/lib64/pcsc/drivers/serial/libifdvpcd.so"),
)
"""Where distributions put the driver of the virtual reader."""

SLOTS = 2
"""Slots that Debian's build of the vpcd driver has."""

_SUPERVISOR = Path(__file__).with_name("pcscd_supervisor.py")
_MADE = ("conf", "no-usb", "pcscd", "slots", "pcscd.log")
"""All that a stack puts into its directory."""

_LONGEST_SOCKET_PATH = 107
"""Bytes that the address of a Unix socket can have."""

_STARTS_WITHIN = 10.0
_STOPS_WITHIN = 5.0
_ANSWERS_WITHIN = 5.0
"""Seconds; all are far beyond what a machine under load needs."""

_SEES_WITHIN = 2.0
"""Seconds; a look comes every 0.4 s."""
_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05
"""Seconds between two looks whether the service answers yet."""


class PcscStackError(Mistake):
    """The private PC/SC service cannot be used; the message says why and what to do."""

    code = "pcsc-unavailable"


class PcscStack:
    """A private pcscd with virtual readers, running from `start` to `stop`.

    It ends with the process that started it, however that ends. With `isolated=False` it runs
    in the namespaces of this process, for a container that may not make its own.
    """

    def __init__(self, directory: Path, *, isolated: bool = True, slots: int = SLOTS) -> None:
        """Take a directory for the stack's files; it is made, private to the user, if missing."""
        if not 1 <= slots <= SLOTS:
            raise PcscStackError(
                Sentence(
                    f"スロットは 1 から {SLOTS} までです({slots} 個は作れません)。"
                    "もっと要るときは、もう一つ始めてください。",
                    f"A stack has 1 to {SLOTS} slots, not {slots}. Start a second stack for more.",
                )
            )
        self.directory = directory.absolute()
        self.isolated = isolated
        self.slots = slots
        self.socket = (
            self.directory / "pcscd" / "pcscd.comm" if isolated else Path("/run/pcscd/pcscd.comm")
        )
        """The address of the service, for `PCSCLITE_CSOCK_NAME`."""
        self._made_directory = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the virtual readers, slot by slot."""
        return tuple(f"Virtual PCD 00 {slot:02X}" for slot in range(self.slots))

    @property
    def pid(self) -> int | None:
        """The process that holds the stack up, or None when it is not running."""
        return None if self._process is None else self._process.pid

    def environment(self) -> dict[str, str]:
        """Return what a PC/SC program's environment needs to find this service."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket)}

    def start(self) -> Self:
        """Start the service; return when its readers are there. Raises `PcscStackError`."""
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> None:
        """Start the service without waiting for it. Raises `PcscStackError`."""
        if self._process is not None:
            return
        command = [*self._walls(), *self._supervised(_find_pcscd()), "-c", self._inside("conf")]
        driver = _find_driver()
        self._make_files(driver)
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - all parts are our own
                    command,
                    stdin=subprocess.PIPE,  # the lifeline: closed when this process ends
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "PCSCLITE_HP_DROPDIR": self._inside("no-usb")},
                )
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self) -> None:
        """Return when the readers are there. Raises `PcscStackError`, and ends the service."""
        assert self._process is not None
        try:
            self._wait_for_readers(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the service and remove its files. Does nothing when it is not running."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            try:
                process.wait(_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._remove_files()

    def connect(self, slot: int = 0) -> socket.socket:
        """Open a way into a slot for a virtual card; closing it takes the card out.

        Works from any process of the same user, with a `PcscStack` of the same directory.
        """
        if not 0 <= slot < self.slots:
            raise PcscStackError(
                Sentence(
                    f"スロット {slot} はありません。0 から {self.slots - 1} までを選んでください。",
                    f"There is no slot {slot}; this stack has slots 0 to {self.slots - 1}.",
                )
            )
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as request:
                request.settimeout(_ANSWERS_WITHIN)
                request.connect(str(self._slots_socket))
                request.sendall(bytes((slot,)))
                said, descriptors, _, _ = socket.recv_fds(request, 1024, 1)
        except OSError as error:
            raise PcscStackError(
                Sentence(
                    f"{self.directory} の PC/SC サービスがカードを受け付けません({error})。"
                    "サービスを始めるか、そこの pcscd.log を見てください。",
                    f"The PC/SC stack in {self.directory} does not let a card in ({error}). "
                    "Start it, or look into its pcscd.log.",
                )
            ) from error
        if not descriptors:
            reason = said.decode(errors="replace") or "the connection was closed"
            raise PcscStackError(
                Sentence(
                    f"スロット {slot} にカードを入れられません。"
                    "入っているカードを取り出してください。",
                    f"No card can be put into slot {slot}: {reason}. "
                    "Take out the card that is there.",
                )
            )
        slot_socket = socket.socket(fileno=descriptors[0])
        # Who is started meanwhile would keep the card in, though it is taken out here.
        slot_socket.set_inheritable(False)
        slot_socket.settimeout(None)
        return slot_socket

    def wait_until_empty(self, slot: int) -> bool:
        """Wait until the service has seen that a slot is empty; return whether it has.

        It looks every 0.4 s. A card that comes between two looks, after another one was pulled
        out in the middle of a command, would be taken for the one that has gone.
        """
        return any(not self.shows_card(slot) for _ in _moments(_SEES_WITHIN))

    def wait_until_card(self, slot: int) -> bool:
        """Wait until the service has seen a card in a slot; return whether it has."""
        return any(self.shows_card(slot) for _ in _moments(_SEES_WITHIN))

    def shows_card(self, slot: int) -> bool:
        """Tell whether the service shows a card in a slot."""
        states = _reader_states(self.socket)
        name = self.readers[slot].encode()
        for start in range(0, len(states), _READER_STATE_LENGTH):
            if states[start:].startswith(name + b"\0"):
                (state,) = struct.unpack_from("=I", states, start + _READER_STATE_OFFSET)
                return bool(state & _CARD_PRESENT)
        return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _slots_socket(self) -> Path:
        """The socket at which the supervisor connects cards to slots."""
        return self.directory / "slots"

    @property
    def _log(self) -> Path:
        return self.directory / "pcscd.log"

    def _inside(self, name: str) -> str:
        """Return where the stack's own processes see a file of its directory."""
        return f"/run/{name}" if self.isolated else str(self.directory / name)

    def _walls(self) -> list[str]:
        """Return the command that runs another one behind our walls, with our directory as /run.

        Binding over /run, not over /run/pcscd, works where that does not exist and may not be
        made, and hides the machine's udev from pcscd together with its socket.
        """
        if not self.isolated:
            return []
        if shutil.which("unshare") is None:
            raise PcscStackError(
                Sentence(
                    "unshare コマンドがありません。Debian のパッケージ util-linux を"
                    "入れてください。",
                    "The command unshare was not found. Install the Debian package util-linux.",
                )
            )
        as_root_inside = [] if os.geteuid() == 0 else ["--map-root-user"]
        script = 'mount --bind "$0" /run && exec "$@"'
        return [
            *("unshare", *as_root_inside, "--mount", "--net", "--"),
            *("sh", "-c", script, str(self.directory)),
        ]

    def _supervised(self, pcscd: str) -> list[str]:
        loopback = ["--loopback"] if self.isolated else []
        return [
            *(sys.executable, "-I", "-S", str(_SUPERVISOR)),
            *("--directory", "/run" if self.isolated else str(self.directory)),
            *("--port", str(VPCD_PORT), *loopback, "--made", *_MADE),
            *("--", pcscd, "--foreground"),
        ]

    def _make_files(self, driver: Path) -> None:
        for path in (self.socket, self._slots_socket):
            if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
                raise PcscStackError(
                    Sentence(
                        f"{path} はソケットのパスとして長すぎます。{_LONGEST_SOCKET_PATH - 20} "
                        "バイト以内のディレクトリーを選んでください。",
                        f"The path {path} is too long for a socket. "
                        f"Choose a directory of at most {_LONGEST_SOCKET_PATH - 20} bytes.",
                    )
                )
        if _reader_states(self.socket):
            raise PcscStackError(
                Sentence(
                    f"{self.socket} では PC/SC サービスがもう動いています。それを終えるか、"
                    "別のディレクトリーで、隔離したものを使ってください。",
                    f"A PC/SC service is already running at {self.socket}. "
                    "Stop it, or use an isolated stack in a directory of its own.",
                )
            )
        self._remove_files()  # of a stack that was killed together with its supervisor
        self._made_directory = not self.directory.exists()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("conf", "no-usb", "pcscd"):
            (self.directory / name).mkdir(mode=0o700)
        (self.directory / "conf" / "reader.conf").write_text(
            'FRIENDLYNAME "Virtual PCD"\n'
            f"DEVICENAME /dev/null:0x{VPCD_PORT:04X}\n"
            f"LIBPATH {driver}\n"
            f"CHANNELID 0x{VPCD_PORT:04X}\n"
        )

    def _remove_files(self) -> None:
        # The supervisor has done this already, unless it was killed or never came up.
        for name in _MADE:
            path = self.directory / name
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if self._made_directory:
            with contextlib.suppress(OSError):
                self.directory.rmdir()

    def _wait_for_readers(self, process: subprocess.Popen[bytes]) -> None:
        last_reader = self.readers[-1].encode()
        for _ in _moments(_STARTS_WITHIN):
            if process.poll() is not None:
                raise self._ended_at_once()
            if last_reader in _reader_states(self.socket):
                return
        raise PcscStackError(
            Sentence(
                f"pcscd に {self.readers[-1]!r} が {_STARTS_WITHIN:.0f} 秒以内に現れませんでした"
                f"(最後の行: {self._last_line()})。TCP ポート {VPCD_PORT} をほかのプログラムが"
                "使っていないか確かめてください。",
                f"pcscd did not show {self.readers[-1]!r} within {_STARTS_WITHIN:.0f} s; "
                f"its last line: {self._last_line()}. Check whether TCP port {VPCD_PORT} is taken.",
            )
        )

    def _ended_at_once(self) -> PcscStackError:
        line = self._last_line()
        if line.startswith(("unshare:", "mount:")):
            return PcscStackError(
                Sentence(
                    f"このユーザーは、専用の PC/SC サービスの名前空間を作れません({line})。"
                    "ユーザー名前空間を許す(sysctl kernel.unprivileged_userns_clone=1)か、root で"
                    "動かしてください。専用のコンテナーの中では isolated=False も使えます。",
                    f"This user may not make the namespaces of a private PC/SC service ({line}). "
                    "Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), run as "
                    "root, or, in a container of its own, use isolated=False.",
                )
            )
        by_hand = f"pcscd --foreground --debug -c {self.directory}/conf"
        return PcscStackError(
            Sentence(
                f"pcscd がすぐに終わりました(最後の行: {line})。手で動かすと、もっと分かります: "
                f"{by_hand}",
                f"pcscd ended at once; its last line: {line}. "
                f"Run it by hand to see more: {by_hand}.",
            )
        )

    def _last_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text(errors="replace").split("\n")
            return next((line for line in reversed(lines) if line.strip()), "(none)")
        return "(none)"


def _find_pcscd() -> str:
    found = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise PcscStackError(
            Sentence(
                "pcscd がありません。Debian のパッケージ pcscd を入れてください。",
                "pcscd was not found. Install the Debian package pcscd.",
            )
        )
    return found


def _find_driver() -> Path:
    for driver in VPCD_DRIVERS:
        if driver.exists():
            return driver
    raise PcscStackError(
        Sentence(
            "仮想読取機のドライバー(libifdvpcd.so)がありません。Debian のパッケージ "
            "vsmartcard-vpcd を入れてください。",
            "The driver of the virtual reader (libifdvpcd.so) was not found. "
            "Install the Debian package vsmartcard-vpcd.",
        )
    )


def _moments(within: float) -> Iterator[None]:
    """Yield at growing intervals until the time is over."""
    deadline = time.monotonic() + within
    pause = _FIRST_PAUSE
    nothing = threading.Event()
    while time.monotonic() < deadline:
        yield
        nothing.wait(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


_COMMAND_VERSION = 0x11
_COMMAND_READER_STATES = 0x12
_READER_STATE_LENGTH = 184
_READER_STATES = 16
_READER_STATE_OFFSET = 132
_CARD_PRESENT = 0x0004
"""pcsc-lite's own protocol (winscard_msg.h): two commands, and the table of 16 readers, where a
reader's state stands after its name (128 bytes) and a counter."""


def _reader_states(service: Path) -> bytes:
    """Ask a pcscd for its table of readers; empty while it does not answer.

    Spoken by hand, as the PC/SC library remembers the first service that a process asked for.
    """
    expected = _READER_STATE_LENGTH * _READER_STATES
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line,
    ):
        line.settimeout(_ANSWERS_WITHIN)
        line.connect(str(service))
        # Not MSG_WAITALL: a socket with a time limit does not wait for all.
        with line.makefile("rb") as answers:
            line.sendall(struct.pack("=IIiiI", 12, _COMMAND_VERSION, 4, 4, 0))
            answers.read(12)
            line.sendall(struct.pack("=II", 0, _COMMAND_READER_STATES))
            return answers.read(expected)
    return b""
