"""Running a program under the recorder, and saying in its record what was acknowledged."""

import json
import os
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.power.disk import Disk, Event

SAID = "A"
"""The kind of a record that is no write: somebody was told something."""
_SOURCE = Path(__file__).with_name("recorder.c")


@dataclass
class Recorder:
    """A record of what is done to the files of a directory, by all processes that it is set on."""

    directory: Path
    root: Path
    only: str = ""
    """What a path has that matters; without it, all do."""
    journal: Path = field(init=False)
    faults: Path = field(init=False)

    def __post_init__(self) -> None:
        self.journal, self.faults = self.directory / "journal", self.directory / "faults"
        self._library = self.directory / "recorder.so"
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O1", "-o", self._library, _SOURCE, "-ldl"], check=True
        )
        self.faults.mkdir()
        self.journal.touch()
        self._file = os.open(self.journal, os.O_WRONLY | os.O_APPEND)

    def environment(self) -> dict[str, str]:
        """Return what has a program recorded."""
        return {
            "LD_PRELOAD": str(self._library),
            "CUT_ROOT": str(self.root),
            "CUT_JOURNAL": str(self.journal),
            "CUT_FAULTS": str(self.faults),
            **({"CUT_ONLY": self.only} if self.only else {}),
        }

    def say(self, kind: str, **facts: Any) -> None:
        """Write down that something was acknowledged, after all that was done before."""
        said = json.dumps({"kind": kind, **facts}).encode()
        os.write(self._file, struct.pack("<cHHQQQ", SAID.encode(), 0, 0, 0, 0, len(said)) + said)

    def close(self) -> None:
        os.close(self._file)


def said_in(event: Event) -> dict[str, Any]:
    """Return what a record says that was acknowledged."""
    said: dict[str, Any] = json.loads(event.content)
    return said


@dataclass
class Replay:
    """Goes through a record from moment to moment."""

    events: list[Event]
    disk: Disk
    said: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0

    def until(self, moment: int) -> None:
        for event in self.events[self.place : moment]:
            if event.kind == SAID:
                self.said.append(said_in(event))
            else:
                self.disk.see(event)
        self.place = max(self.place, moment)
