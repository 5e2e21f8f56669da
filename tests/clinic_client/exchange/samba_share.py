"""A folder shared by a real Samba server on the loopback, and programs that use it over SMB."""

from __future__ import annotations

import getpass
import shlex
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from wire.serving.serve import bind

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 20.0
_OWN = ("lock directory", "state directory", "cache directory", "pid directory", "private dir",
        "ncalrpc dir")  # fmt: skip
"""What a server keeps; here each server keeps it in a folder of its own."""
_CONFIGURATION = """\
[global]
  server role = standalone server
  smb ports = {port}
  interfaces = 127.0.0.1
  bind interfaces only = yes
  map to guest = Bad User
  guest account = {user}
  disable netbios = yes
  disable spoolss = yes
  load printers = no
  server min protocol = SMB2
  log file = {place}/log
{own}
[OQS]
  path = {shared}
  guest ok = yes
  read only = no
"""


@dataclass(frozen=True)
class Share:
    """A share, for programs on another machine."""

    folder: Path
    port: int
    configuration: Path

    def _client(self, commands: str) -> list[str]:
        return [
            *("smbclient", "//127.0.0.1/OQS", "-p", str(self.port), "-N"),
            *("-s", str(self.configuration), "-c", commands),
        ]

    def run(self, *commands: str) -> str:
        """Carry out commands of smbclient; return what it says."""
        done = subprocess.run(
            self._client("; ".join(commands)), capture_output=True, text=True, check=False,
            timeout=SECONDS,
        )  # fmt: skip
        return done.stdout + done.stderr

    def names(self, folder: str) -> set[str]:
        """Return the names of the files in a folder, as the share tells them."""
        lines = self.run(f"ls {folder}/*").splitlines()
        return {line.split()[0] for line in lines if "  A  " in line or "  N  " in line}

    def put(self, content: bytes, place: Path, *names: str) -> None:
        """Publish a file under each of the names, as careful programs do."""
        place.write_bytes(content)
        commands = []
        for name in names:
            commands += [f"put {shlex.quote(str(place))} {name}.tmp", f"rename {name}.tmp {name}"]
        self.run(*commands)

    def fetch(self, name: str, place: Path) -> bytes:
        """Read a file, and delete it."""
        said = self.run(f"get {name} {shlex.quote(str(place))}", f"del {name}")
        assert "NT_STATUS" not in said, said
        return place.read_bytes()

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Have a program write a file in place; it is whole and let go when this ends."""
        with subprocess.Popen(
            self._client(f"put - {name}"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            yield process.stdin
            process.stdin.close()
            assert process.wait(SECONDS) == 0

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """Have a program hold a file open."""
        with subprocess.Popen(
            self._client("")[:-2], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            process.stdin.write(f"open {name}\n".encode())
            process.stdin.flush()
            until = time.monotonic() + SECONDS
            while not _is_open(self.folder / name):
                assert time.monotonic() < until, "smbd did not open it"
            yield
            process.stdin.close()
            process.wait(SECONDS)


def _is_open(file: Path) -> bool:
    """Tell whether a process of this machine, as the server is, has a file open."""
    for opened in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if opened.readlink() == file:
                return True
    return False


@contextmanager
def shared(folder: Path, place: Path) -> Iterator[Share]:
    """Share a folder; the server keeps what it needs in a place of its own."""
    own = []
    for number, setting in enumerate(_OWN):
        (place / str(number)).mkdir(parents=True)
        own.append(f"  {setting} = {place / str(number)}\n")
    with bind("127.0.0.1", 0) as free:
        port: int = free.getsockname()[1]
    configuration = place / "smb.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            port=port, user=getpass.getuser(), place=place, shared=folder, own="".join(own)
        )
    )
    server = subprocess.Popen(
        ["smbd", "--foreground", "--no-process-group", "-s", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it ends its whole group with itself
    )
    try:
        _wait_for(port, server)
        yield Share(folder, port, configuration)
    finally:
        server.terminate()
        server.wait(SECONDS)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            assert server.poll() is None, "smbd did not start"
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return
