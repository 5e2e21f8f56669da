import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
HOW_TO = CHECKOUT / "docs" / "how-to"
OQS = Path(sys.executable).parent / "oqs"
PORTS = range(8600, 8607)


def free_port_row() -> int:
    """Return a port that is free together with those that follow it."""
    for first in range(20_000, 30_000, len(PORTS)):
        with ExitStack() as taken:
            try:
                for port in range(first, first + len(PORTS)):
                    bound = taken.enter_context(socket.socket())
                    bound.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise OSError("There is no row of free ports.")


def apart(place: str) -> dict[str, str]:
    """An environment in which nobody has chosen anything yet."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": place}


@pytest.mark.deployment
@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands are typed with curl")
def test_the_commands_for_testing_ones_software_work_as_they_stand():
    page = (HOW_TO / "test-your-software.md").read_text(encoding="utf-8")
    script = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    first = free_port_row()
    script = script.replace("oqs=.venv/bin/oqs", f"oqs={OQS}").replace(
        "$oqs up", f"$oqs up --port {first}"
    )
    script = re.sub(r"\b860\d\b", lambda port: str(int(port[0]) - PORTS[0] + first), script)
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            ["bash", "-eu", "-c", f"trap 'kill $(jobs -p) || true' EXIT\n{script}"],
            cwd=place,
            # Other systems of this user are none of the page's.
            env=apart(place),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr + done.stdout
    for expected in (
        '"kind":"card-removed"',
        "SELECT JPKI → OK",
        "応答なし (カードが抜かれた)",
        "fault answer:status=6F00,command=VERIFY,times=1, struck 0",
        '"QualificationValidity":"1"',
        '"ReflectionDate":"20261201"',
        '"DisqualificationDate":"20261126"',
    ):
        assert expected in done.stdout


@pytest.mark.deployment
@pytest.mark.timeout(600)
def test_a_project_of_somebody_else_tests_with_what_the_page_names(tmp_path):
    page = (HOW_TO / "test-your-software.md").read_text(encoding="utf-8")
    section = page.partition("## From a Python test\n")[2].partition("\n## ")[0]
    project = tmp_path / "your-project"
    project.mkdir()
    (tmp_path / "oqs-sim").symlink_to(CHECKOUT)
    [python] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (project / "test_mine.py").write_text(python, encoding="utf-8")
    typed = re.findall(r"^\$ (.*)$", section, re.MULTILINE)
    assert len(typed) == 4
    done = subprocess.run(
        ["bash", "-eu", "-c", "\n".join(typed)],
        cwd=tmp_path,
        env=apart(str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "1 passed" in done.stdout
