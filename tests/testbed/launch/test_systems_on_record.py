"""The running systems of a user are found by what they leave on record."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from testbed.launch.scratch_directories import ScratchUnavailable
from testbed.launch.systems_on_record import (
    NoSystem,
    SeveralSystems,
    SystemOnRecord,
    on_record,
    records_folder,
    running_systems,
    started_at,
    the_system,
)
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return records_folder()


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
        place.chmod(0o700)


def test_nobody_else_can_look_at_the_records(place: Path) -> None:
    assert [folder.stat().st_mode & 0o777 for folder in (place, place.parent)] == [0o700, 0o700]


def test_a_shell_with_another_place_for_temporary_files_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "one"))
    with on_record(system()):
        monkeypatch.setenv("TMPDIR", str(tmp_path / "other"))
        assert the_system() == system()
        monkeypatch.delenv("TMPDIR")
        assert the_system() == system()


@pytest.mark.parametrize("said", ["", "relative/path"])
def test_without_a_place_of_its_own_state_lies_in_the_users_home(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", said)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert records_folder().is_relative_to(tmp_path / ".local" / "state" / "oqs-sim")


def test_who_only_looks_makes_no_folder(place: Path) -> None:
    shutil.rmtree(place.parent)
    assert running_systems() == ()
    assert not place.parent.exists()


def test_where_no_folder_can_be_made_the_variable_that_names_another_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "taken"))
    with (
        pytest.raises(ScratchUnavailable, match="with XDG_STATE_HOME") as raised,
        on_record(system()),
    ):
        pass
    assert "XDG_STATE_HOME" in raised.value.ja
