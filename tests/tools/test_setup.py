"""tools/setup in a small checkout of its own, with a real environment and a real pip, offline.

The checkout's package has a build backend of its own. That runs in the middle of pip's work, so it
is where a test can hold a set-up, or end it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.deployment

SETUP = Path(__file__).parents[2] / "tools" / "setup"

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "small"
version = "1"

[dependency-groups]
docs = []
"""

BACKEND = '''\
"""Builds a wheel of one module, once it may: held.fifo, where there is one, is written to first."""
import os, zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    if os.path.exists("held.fifo"):
        with open("held.fifo", "w") as held:
            held.write("at work")
        with open("held.fifo") as held:
            held.read()
    name = "small-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("small.py", "WHOLE = True")
        for file, text in {
            "METADATA": "Metadata-Version: 2.1\\nName: small\\nVersion: 1",
            "WHEEL": "Wheel-Version: 1.0\\nTag: py3-none-any",
            "RECORD": "",
        }.items():
            wheel.writestr("small-1.dist-info/" + file, text)
    return name
'''


class Checkout:
    """A checkout that holds nothing but what the set-up reads."""

    def __init__(self, place: Path, wheels: Path) -> None:
        self.place = place
        self._environment = {
            "PATH": os.environ["PATH"],
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        }
        self._begun: list[subprocess.Popen[str]] = []
        (place / "tools").mkdir(parents=True)
        shutil.copy(SETUP, place / "tools" / "setup")
        (place / "pyproject.toml").write_text(PYPROJECT)
        (place / "backend.py").write_text(BACKEND)
        (place / "requirements.lock").write_text("")

    @property
    def held(self) -> Path:
        return self.place / "held.fifo"

    def begin(self, purpose: str = "run") -> subprocess.Popen[str]:
        begun = subprocess.Popen(
            [self.place / "tools" / "setup", purpose],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._begun.append(begun)
        return begun

    def set_up(self, purpose: str = "run") -> str:
        """Run a set-up to its end, and return what it said."""
        begun = self.begin(purpose)
        said, _ = begun.communicate(timeout=60)
        assert begun.returncode == 0, said
        return said

    def begin_and_hold(self) -> subprocess.Popen[str]:
        """Begin a set-up, and return it when pip is in the middle of its work."""
        os.mkfifo(self.held)
        begun = self.begin()
        assert self.held.read_text() == "at work"
        return begun

    def let_go(self) -> None:
        self.held.write_text("go on")

    def end(self) -> None:
        for begun in self._begun:
            if begun.poll() is None:
                os.killpg(begun.pid, signal.SIGKILL)
            begun.communicate()

    def is_whole(self) -> bool:
        python = self.place / ".venv" / "bin" / "python"
        return subprocess.run([python, "-c", "import small"], check=False).returncode == 0


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the pip that runs here into a wheel again, as nothing is fetched in these tests."""
    place = tmp_path_factory.mktemp("wheels")
    pip = distribution("pip")
    with zipfile.ZipFile(place / f"pip-{pip.version}-py3-none-any.whl", "w") as wheel:
        for file in pip.files or ():
            if file.parts[0].startswith("pip") and file.suffix != ".pyc":
                wheel.write(file.locate(), str(file))
    return place


@pytest.fixture
def checkout(tmp_path: Path, wheels: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path / "checkout", wheels)
    yield made
    made.end()


def test_an_installation_that_was_ended_in_the_middle_is_made_anew(checkout: Checkout) -> None:
    begun = checkout.begin_and_hold()
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    checkout.held.unlink()
    assert (checkout.place / ".venv").is_dir()
    assert "made anew" in checkout.set_up()
    assert checkout.is_whole()
    assert checkout.set_up() == ""


def test_an_installation_that_is_ended_when_one_was_there_leaves_no_half_of_either(
    checkout: Checkout,
) -> None:
    checkout.set_up()
    (checkout.place / "requirements.lock").write_text("# newer\n")
    begun = checkout.begin_and_hold()
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    checkout.held.unlink()
    assert "made anew" in checkout.set_up()
    assert checkout.is_whole()


def test_a_second_set_up_waits_for_what_the_first_left_at_work(checkout: Checkout) -> None:
    first = checkout.begin_and_hold()
    first.kill()  # the shell alone, as a time-out does: pip goes on
    second = checkout.begin()
    assert second.stdout is not None
    assert "waiting" in second.stdout.readline()
    assert second.poll() is None
    checkout.let_go()
    checkout.held.unlink()
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert checkout.is_whole()


def test_a_second_set_up_at_the_same_time_installs_nothing_again(checkout: Checkout) -> None:
    first = checkout.begin_and_hold()
    second = checkout.begin()
    assert second.stdout is not None
    assert "waiting" in second.stdout.readline()
    checkout.let_go()
    said, _ = second.communicate(timeout=60)
    assert (first.wait(), second.returncode, said) == (0, 0, "")
    assert checkout.is_whole()


def test_a_checkout_that_was_moved_gets_an_environment_of_its_own(checkout: Checkout) -> None:
    checkout.set_up()
    checkout.place = checkout.place.rename(checkout.place.with_name("elsewhere"))
    assert "made anew" in checkout.set_up()
    assert checkout.is_whole()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.set_up()
    python = checkout.place / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert "made anew" in checkout.set_up()
    assert checkout.is_whole()


def test_each_purpose_is_installed_once(checkout: Checkout) -> None:
    assert "installing" in checkout.set_up("run")
    assert "installing" in checkout.set_up("docs")
    assert checkout.set_up("run") == ""
    assert checkout.set_up("docs") == ""


def test_an_environment_of_another_place_is_left_alone(checkout: Checkout) -> None:
    checkout.set_up()
    own, another = checkout.place / ".venv", checkout.place.with_name("another")
    own.rename(another)
    record = (another / ".installed").read_bytes()
    own.symlink_to(another)
    assert "that one stays" in checkout.set_up()
    assert (another / ".installed").read_bytes() == record
    assert not own.is_symlink()
    assert checkout.is_whole()
