"""Private directories: nobody else can prepare their place, and no start waits without a word."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from typing import TYPE_CHECKING

import pytest

from testbed.launch import scratch_directories
from testbed.launch.scratch_directories import ScratchUnavailable, own_directory, users_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder the one for temporary files, as the machine's may be full of things."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_can_look_into_a_directory_or_write_beside_it() -> None:
    umask = os.umask(0)
    try:
        directory, lock = own_directory("oqs-sim")
    finally:
        os.umask(umask)
    with lock:
        assert mode(directory) == 0o700
        assert mode(directory / "lock") == mode(directory.parent / "lock") == 0o600
        assert mode(directory.parent) == 0o711


def test_a_link_that_somebody_prepared_is_not_followed(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"oqs-sim-{os.getuid()}").symlink_to(elsewhere)
    with pytest.raises(ScratchUnavailable, match="not this user's own folder"):
        own_directory("oqs-sim")
    assert not list(elsewhere.iterdir())


def test_a_folder_in_which_others_can_write_is_not_used() -> None:
    users_folder().chmod(0o777)
    with pytest.raises(ScratchUnavailable, match="Others can write"):
        own_directory("oqs-sim")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder_is_not_used() -> None:
    os.chown(users_folder(), 65534, 65534)
    with pytest.raises(ScratchUnavailable, match="not this user's own folder"):
        own_directory("oqs-sim")


def test_a_start_that_never_gets_its_turn_says_who_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch_directories, "_WAITS_FOR_TURN", 0.1)
    with (users_folder() / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ScratchUnavailable, match=r"fuser .*/lock"):
            own_directory("oqs-sim")


def test_what_a_killed_owner_left_is_cleared_away_and_the_living_stay() -> None:
    dead, its_lock = own_directory("oqs-sim")
    living, lock = own_directory("oqs-sim")
    other, others_lock = own_directory("oqs-pg")
    its_lock.close()
    others_lock.close()
    newest, newest_lock = own_directory("oqs-sim")
    with lock, newest_lock:
        assert [path.is_dir() for path in (dead, living, other, newest)] == [
            False,
            True,
            True,
            True,
        ]


def test_others_get_their_turn_while_what_was_left_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead, its_lock = own_directory("oqs-sim")
    its_lock.close()
    removed = []

    def remove(path: Path, **_: object) -> None:
        removed.append(path)
        with (users_folder() / "lock").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Nor does another one remove it meanwhile, as its lock is held.
        own_directory("oqs-sim")[1].close()

    monkeypatch.setattr(scratch_directories.shutil, "rmtree", remove)
    own_directory("oqs-sim")[1].close()
    assert removed[0] == dead
    assert removed.count(dead) == 1


@pytest.mark.parametrize("wanted", ["nowhere", "taken"])
def test_a_place_that_cannot_be_used_is_told_and_no_other_is_taken(
    wanted: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary / "taken").touch()
    monkeypatch.setenv("TMPDIR", str(temporary / wanted))
    with pytest.raises(ScratchUnavailable, match="which TMPDIR names"):
        users_folder()
