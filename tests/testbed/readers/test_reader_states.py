"""The private service's table of readers, as a slow service would send it."""

from __future__ import annotations

import fcntl
import socket
import termios
import threading
from typing import TYPE_CHECKING

from testbed.readers import private_pcscd

if TYPE_CHECKING:
    from pathlib import Path

TABLE = bytes(range(184)) * 16


def test_a_table_that_comes_in_pieces_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "pcscd.comm"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as service:
        service.bind(str(path))
        service.listen()

        def serve() -> None:
            line, _ = service.accept()
            with line, line.makefile("rb") as asked:
                version = asked.read(20)[8:]
                line.sendall(version[:5])
                line.sendall(version[5:])
                asked.read(8)
                line.sendall(TABLE[:1000])
                while fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4)) != bytes(4):
                    """Wait until that has been taken."""
                line.sendall(TABLE[1000:])

        serving = threading.Thread(target=serve)
        serving.start()
        assert private_pcscd._reader_states(path) == TABLE
        serving.join()
