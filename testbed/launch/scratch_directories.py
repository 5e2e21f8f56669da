"""Directories of processes that may be killed: those of the dead are cleared away by the living.

All lie in one folder of the user's, in which nobody else can prepare anything: what others may
write in the machine's temporary folder, links above all, is never followed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TextIO

from eligibility.sentence import Sentence
from testbed.mistakes import Mistake
from wire.system_error import reason_of

_WAITS_FOR_TURN = 60.0
"""Seconds; to clear away what a killed database left may take some of them on a busy disk."""
_LOOKS_AGAIN = 0.05


class ScratchUnavailable(Mistake):
    """No private directory can be made; the message says why and what to do."""

    code = "scratch-unavailable"


def users_folder() -> Path:
    """Return the folder in which this user's directories lie; nobody else can write in it.

    Others may go through it, as a server that runs as another user has its directory there.

    Raises:
        ScratchUnavailable: there is something else in its place, or another user's folder.
    """
    wanted = os.environ.get("TMPDIR")
    if wanted and not (Path(wanted).is_dir() and os.access(wanted, os.W_OK | os.X_OK)):
        # Python would take another place, in which the next command does not look.
        raise ScratchUnavailable(
            Sentence(
                f"環境変数 TMPDIR の {wanted} には書き込めません。書き込めるフォルダーを"
                "指定するか、この変数を消してください。",
                f"{wanted}, which TMPDIR names, is no folder in which this user can write. Name "
                "one, or unset the variable.",
            )
        )
    return own_folder(Path(tempfile.gettempdir()) / f"oqs-sim-{os.getuid()}", 0o711, "TMPDIR")


def own_folder(folder: Path, mode: int, variable: str) -> Path:
    """Return a folder of this user's, made where there is none; nobody else can write in it.

    ``variable`` is that of the environment by which the user chooses another place.

    Raises:
        ScratchUnavailable: there is something else in its place, or another user's folder, or none
            can be made.
    """
    try:
        folder.mkdir(mode, parents=True)
    except FileExistsError:
        pass
    except OSError as error:
        reason = reason_of(error)
        raise ScratchUnavailable(
            Sentence(
                f"{folder} を作れません（{reason.ja}）。書き込めるフォルダーを環境変数 "
                f"{variable} で指定してください。",
                f"{folder} cannot be made ({reason.en}). Name a folder in which this user can "
                f"write with {variable}.",
            )
        ) from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ScratchUnavailable(
            Sentence(
                f"{folder} はこの利用者のフォルダーではありません。取り除くか、環境変数 "
                f"{variable} で別の場所を指定してください。",
                f"{folder} is not this user's own folder. Remove it, or name another place "
                f"with {variable}.",
            )
        )
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise ScratchUnavailable(
            Sentence(
                f"{folder} にはほかの利用者も書き込めます。取り除いて、もう一度始めてください。",
                f"Others can write in {folder}. Remove it, as they may have, and start again.",
            )
        )
    return folder


def own_directory(name: str) -> tuple[Path, TextIO]:
    """Make a private directory, and clear away those of the same name whose owners were killed.

    A directory is alive as long as its lock file, which is returned with it, is locked; the kernel
    unlocks it with the last process that has it open. A lock above all of them keeps two that start
    at the same moment from clearing each other away.

    Raises:
        ScratchUnavailable: the user's folder cannot be used, or another start does not let it go.
    """
    above = users_folder()
    prefix = f"{name}-"
    with contextlib.ExitStack() as abandoned:
        with _wait_for_turn(above / "lock"):
            left = []
            for one in above.glob(f"{prefix}*/"):
                if (dead := _lock_of_the_dead(one)) is not None:
                    abandoned.enter_context(dead)
                    left.append(one)
            directory = Path(tempfile.mkdtemp(prefix=prefix, dir=above))
            lock = _open_lock(directory / "lock")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Of a database server that may be thousands of files: nobody waits for their end.
        for one in left:
            shutil.rmtree(one, ignore_errors=True)
    return directory, lock


def _lock_of_the_dead(directory: Path) -> TextIO | None:
    """Lock a directory that nobody has any more; None where it is alive."""
    lock = None
    try:
        lock = _open_lock(directory / "lock")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if lock is not None:
            lock.close()
        return None
    return lock


def _open_lock(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")


def _wait_for_turn(path: Path) -> TextIO:
    lock = _open_lock(path)
    until = time.monotonic() + _WAITS_FOR_TURN
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                lock.close()
                raise ScratchUnavailable(
                    Sentence(
                        f"別の起動が {path} を {_WAITS_FOR_TURN:.0f} 秒以上使っています。"
                        f"`fuser {path}` で調べて終わらせ、もう一度始めてください。",
                        f"Another start of this user has held {path} for {_WAITS_FOR_TURN:.0f} "
                        f"seconds. See who it is with `fuser {path}`, end it, and start again.",
                    )
                ) from None
            time.sleep(_LOOKS_AGAIN)
        else:
            return lock
