"""Ctrl-C while a command is loaded, and after its end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.timeout(60), pytest.mark.deployment]

STRUCK_WHILE_LOADING = """
import os, signal, sys

class Struck:
    def find_spec(self, name, *rest):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Struck())
sys.argv = ["oqs", *{arguments!r}]
from testbed.__main__ import main
main()
"""
STRUCK_AT_THE_END = """
import atexit, os, signal, sys
atexit.register(os.kill, os.getpid(), signal.SIGINT)
sys.argv = ["oqs", "card", "hold", "/nowhere.toml"]
from testbed.__main__ import main
main()
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        # As a shell starts it; a test before may have had this process ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("testbed.cli", ["card", "list"]),
        ("click", ["card", "list"]),
        ("testbed.commands.card", ["card", "list"]),
        ("httpx2", ["card", "list"]),
        ("fastapi", ["up", "--port", "0"]),
        ("testbed.story", ["demo", "--port", "0"]),
    ],
)
def test_a_command_that_is_being_loaded_ends_in_silence(module: str, arguments: list[str]) -> None:
    done = run(STRUCK_WHILE_LOADING.format(module=module, arguments=arguments))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_command_that_is_over_ends_in_silence() -> None:
    done = run(STRUCK_AT_THE_END)
    assert done.returncode == 130
    assert done.stderr.startswith("oqs: /nowhere.toml")
    assert done.stderr.count("\n") == 1


STRUCK_WHERE_NOTHING_IS_CAUGHT = """
import os, signal, sys
from testbed.interruption import Interrupted, raise_interrupted

class Struck:
    def __del__(self):
        os.kill(os.getpid(), signal.{number})

raise_interrupted()
try:
    Struck()
    signal.pause()
except Interrupted:
    print("interrupted")
"""
STRUCK_WHILE_FORKING = """
import os, signal, sys
from testbed.interruption import Interrupted, raise_interrupted
from testbed.launch.processes import spawn, stop

os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
raise_interrupted()
children = []
try:
    children.append(spawn("child", lambda ready: signal.pause(), ()))
    signal.pause()
except Interrupted:
    print("interrupted")
stop(children)
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_an_interruption_that_is_lost_in_a_finaliser_comes_again(number: str) -> None:
    done = run(STRUCK_WHERE_NOTHING_IS_CAUGHT.format(number=number))
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_an_interruption_while_a_service_is_forked_is_not_lost() -> None:
    done = run(STRUCK_WHILE_FORKING)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
