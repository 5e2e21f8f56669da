"""The running systems of a user are found by what they leave on record."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from testbed.launch.scratch_directories import ScratchUnavailable, users_folder
from testbed.launch.systems_on_record import (
    NoSystem,
    SeveralSystems,
    SystemOnRecord,
    on_record,
    running_systems,
    started_at,
    the_system,
)
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return users_folder()


def system(name: str = "8600") -> SystemOnRecord:
    started = started_at(os.getpid())
    assert started is not None
    return SystemOnRecord(
        name, "up", os.getpid(), started, "http://127.0.0.1:8600", "http://127.0.0.1:8601",
        "http://127.0.0.1:8602", "https://127.0.0.1:8603", "http://127.0.0.1:8604",
        "https://127.0.0.1:8605", "/line", "/pcscd.comm",
    )  # fmt: skip


def test_a_running_system_is_found_until_it_ends(place: Path) -> None:
    with on_record(system()):
        assert the_system() == the_system("8600") == system()
        (record,) = place.iterdir()
        assert record.stat().st_mode & 0o777 == 0o600
    assert running_systems() == ()
    assert not list(place.iterdir())


def test_without_one_the_command_is_named_that_starts_one() -> None:
    with pytest.raises(NoSystem, match="`oqs demo`"):
        the_system()


def test_several_are_named_with_how_one_is_chosen() -> None:
    with on_record(system("8600")), on_record(system("9310")):
        with pytest.raises(SeveralSystems, match=r"8600 .*9310 .*--system 8600") as raised:
            the_system()
        assert "--system 8600" in raised.value.ja
        assert the_system("9310").name == "9310"
        with pytest.raises(NoSystem, match=r"8601 is running\. There are: 8600"):
            the_system("8601")


def test_what_a_killed_system_left_is_cleared_away(place: Path) -> None:
    ended = os.fork()
    if ended == 0:
        os._exit(0)
    os.waitpid(ended, 0)
    # The second has the number of a process that was started at another time.
    killed = [
        on_record(replace(system(str(pid)), pid=pid, started=5)) for pid in (ended, os.getpid())
    ]
    for record in killed:
        record.__enter__()
    assert len(list(place.iterdir())) == 2
    assert running_systems() == ()
    assert not list(place.iterdir())


def test_what_is_no_record_is_no_system(place: Path) -> None:
    (place / "system-8600.json").write_text('{"name": "8600"}')
    (place / "system-8601.json").write_text("[]")
    (place / "system-8602.json").write_text("{")
    assert running_systems() == ()


def test_a_place_that_cannot_be_written_is_told(place: Path) -> None:
    (place / "system-8600.json").mkdir()
    with pytest.raises(Mistake, match=r"cannot be used .*Check") as raised, on_record(system()):
        pass
    assert raised.value.ja != raised.value.en


def test_what_others_may_write_in_holds_no_records(place: Path) -> None:
    with on_record(system()):
        place.chmod(0o777)
        with pytest.raises(ScratchUnavailable):
            running_systems()
        place.chmod(0o711)
