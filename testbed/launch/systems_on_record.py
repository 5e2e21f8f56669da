"""The running systems of this user: each leaves a record that any command finds.

A record is a file of this user's alone (0600) in a folder in which nobody else can write, from
the moment when a system answers until it ends. The folder lies where programs keep their state
(``XDG_STATE_HOME``, or ``~/.local/state``), as every shell of the user looks there, whatever its
place for temporary files. It has the machine's name, as a home may be that of several.

A record names the process and the moment when that was started, so that the record of one that was
killed is told from that of a living one, even where its number was given to another process since.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.launch.scratch_directories import own_folder
from testbed.mistakes import Mistake, as_mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "system-"
STAND_INS = "stand-ins.json"
"""The file beside the records that says which cards stand in for whom, for all systems."""


class NoSystem(Mistake):
    """No system of this user runs, or not the one that was named; the message says which do."""

    code = "no-system"


class SeveralSystems(Mistake):
    """Several systems of this user run; the message names them, and how one is chosen."""

    code = "several-systems"


@dataclass(frozen=True)
class SystemOnRecord:
    """A system that runs, and where its parts answer."""

    name: str
    """The desk's port, which no two systems of a machine share."""
    command: str
    """What started it."""
    pid: int
    started: int
    """When its process was started, in clock ticks since the machine was."""
    clinic: str
    testbed: str
    oqs_console: str
    oqs_line: str
    intermediate_console: str
    intermediate_line: str
    line_directory: str
    """The directory of the line's certificates."""
    pcsc_socket: str
    """What a program finds in ``PCSCLITE_CSOCK_NAME``."""

    @property
    def alive(self) -> bool:
        """Whether its process is the one that was recorded, and runs."""
        return started_at(self.pid) == self.started


def started_at(pid: int) -> int | None:
    """Return when a process was started, in clock ticks since the machine was; None without one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    except OSError:
        return None
    # A process that has ended and was not waited for yet runs no more.
    return None if fields[0] == "Z" else int(fields[19])


_CHOSEN_BY = "XDG_STATE_HOME"


def _place_of_records() -> Path:
    named = Path(os.environ.get(_CHOSEN_BY, ""))
    try:
        # What is no absolute path counts as not said (XDG Base Directory Specification).
        state = named if named.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # A user without a home is told that nothing can be made here.
        state = Path("/")
    return state / "oqs-sim" / socket.gethostname()


def records_folder() -> Path:
    """Return the folder of the records; nobody else can write in it, or see what is there.

    Raises:
        ScratchUnavailable: it cannot be made, or is not this user's.
    """
    place = _place_of_records()
    own_folder(place.parent, 0o700, _CHOSEN_BY)
    return own_folder(place, 0o700, _CHOSEN_BY)


def running_systems() -> tuple[SystemOnRecord, ...]:
    """Return the systems of this user that run, by their names; forget those that do not.

    Raises:
        ScratchUnavailable: the folder of the records is not this user's.
    """
    if not _place_of_records().exists():
        return ()
    found = []
    for path in records_folder().glob(f"{_PREFIX}*.json"):
        system = _read(path)
        if system is None or not system.alive:
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            found.append(system)
    return tuple(sorted(found, key=lambda system: (len(system.name), system.name)))


def the_system(name: str | None = None) -> SystemOnRecord:
    """Return the running system of that name, or the only one.

    Raises:
        NoSystem: none runs, or none of that name.
        SeveralSystems: several run, and no name was said.
    """
    systems = running_systems()
    chosen = [system for system in systems if name in (None, system.name)]
    match chosen:
        case [system]:
            return system
        case [_, *_]:
            raise SeveralSystems(several(systems))
    if not systems:
        raise NoSystem(
            Sentence(
                "動いているシステムがありません。`oqs demo` または `oqs up` で始めてください。",
                "No system of this user is running. Start one with `oqs demo` or `oqs up`.",
            )
        )
    raise NoSystem(
        Sentence(
            f"{name} という名前のシステムは動いていません。動いているもの: {_listed(systems)}",
            f"No system with the name {name} is running. There are: {_listed(systems)}",
        )
    )


def several(systems: tuple[SystemOnRecord, ...]) -> Sentence:
    """Name the systems that run, and how one of them is chosen."""
    return Sentence(
        f"システムがいくつも動いています: {_listed(systems)}。--system {systems[0].name} のように"
        "選ぶか、環境変数 OQS_SIM_SYSTEM に名前を入れてください。",
        f"Several systems are running: {_listed(systems)}. Choose one, e.g. --system "
        f"{systems[0].name}, or set OQS_SIM_SYSTEM to its name.",
    )


def _listed(systems: tuple[SystemOnRecord, ...]) -> str:
    return ", ".join(f"{system.name} (oqs {system.command}, {system.clinic})" for system in systems)


@contextmanager
def on_record(system: SystemOnRecord) -> Iterator[None]:
    """Keep a record of a system for the length of a ``with`` block.

    Raises:
        Mistake: the record cannot be written.
    """
    path = records_folder() / f"{_PREFIX}{system.name}.json"
    with as_mistake(OSError):
        # Whoever reads it sees all of it or nothing. `mkstemp` makes it this user's alone.
        descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            json.dump(asdict(system), new)
        Path(name).replace(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if _read(path) == system:
                path.unlink()


def _read(path: Path) -> SystemOnRecord | None:
    """Read a record; None for what is none, as the file of another version may be."""
    try:
        return SystemOnRecord(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
