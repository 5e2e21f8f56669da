"""What holds for every command: --json, one language in a run, exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from testbed.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OQS = [sys.executable, "-m", "testbed"]
NOWHERE = "http://127.0.0.1:9"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(?:The|the|is|not|Check|Choose|Start|cannot|with) [a-z]+")
SERVED = ("--line", "/nowhere", "--database", "sqlite://")
BESIDE = ("--oqs-line", "https://127.0.0.1:9", "--oqs-console", NOWHERE)

# A run of each command that its caller can mend, by the code of its error. Nothing runs here.
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "demo": (("--port", "70000"), "failed"),
    "up": (("--port", "70000"), "failed"),
    "story": ((), "no-system"),
    "serve oqs": (("--port", "70000", *SERVED), "failed"),
    "serve intermediate": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "serve worker": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "serve clinic": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "clock show": ((), "no-system"),
    "clock advance": (("5bd", "--oqs", NOWHERE), "no-answer"),
    "clock set": (("real", "--system", "1"), "no-system"),
    "card list": (("--testbed", NOWHERE), "no-answer"),
    "card issue": (("hanako", "--system", "1"), "no-system"),
    "card insert": (("hanako", "--system", "1"), "no-system"),
    "card remove": (("--system", "1"), "no-system"),
    "card reset": (("--system", "1"), "no-system"),
    "card fault": (("--system", "1"), "no-system"),
    "card repair": (("hanako", "--testbed", NOWHERE), "no-answer"),
    "card trace": (("/nowhere/t.jsonl",), "failed"),
    "card hold": (("/nowhere/t.jsonl",), "failed"),
    "card show": ((), "no-service"),
    "card cert": (("auth",), "no-service"),
    "card sign": (("--key", "auth", "/nowhere/document"), "file-unusable"),
    "card pin status": ((), "no-service"),
    "card pin change": ((), "no-service"),
    "reader list": ((), "no-service"),
    "reader diagnose": ((), ""),
    "insurer file": (("/dev/null", "--insurer", "990010"), "no-system"),
}
# The line for the certificates is made without a mistake to be met here; `systems` meets none, and
# `reader watch` waits for whatever is missing.
WITHOUT = {"systems", "reader watch"}
# What other rooms say about a file of theirs is for those who write such files.
ENGLISH_ONLY = {"card trace", "card hold"}


def leaves() -> Iterator[tuple[str, click.Command]]:
    def below(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from below(command, f"{path}{name} ")
            else:
                yield path + name, command

    return below(cli, "")


def test_every_command_speaks_to_a_program_and_in_a_language_that_is_chosen() -> None:
    for path, command in leaves():
        options = {name for parameter in command.params for name in parameter.opts}
        if path.startswith("certificates"):
            continue
        assert {"--json", "--lang"} <= options, path


@pytest.mark.parametrize("path", [path for path, _ in leaves() if path[:5] != "certi"])
def test_a_wrong_option_ends_with_2_and_one_document(path: str) -> None:
    done = CliRunner().invoke(cli, [*path.split(), "--json", "--nonsense"])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert "No such option" in done.stderr


def test_every_command_is_met_with_a_mistake() -> None:
    assert {path for path, _ in leaves() if path[:5] != "certi"} == set(MISTAKES) | WITHOUT


def run(path: str, *arguments: str, place: Path, **environment: str) -> Any:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*OQS, *path.split(), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            **clean,
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(place),
            "PCSCLITE_CSOCK_NAME": str(place / "none"),
            **environment,
        },
    )


@pytest.mark.deployment
@pytest.mark.parametrize("path", list(MISTAKES))
def test_a_mistake_is_one_document_for_a_program_and_one_language_for_a_person(
    path: str, tmp_path: Path
) -> None:
    arguments, code = MISTAKES[path]
    english = run(path, "--json", *arguments, place=tmp_path)
    assert english.returncode == 1, english.stderr
    document = json.loads(english.stdout)
    assert "Traceback" not in english.stderr
    if code:
        assert document["error"]["code"] == code
        assert document["error"]["message"] in english.stderr
        assert english.stderr.count("\n") == 1
        assert not JAPANESE.search(english.stderr)
        assert english.stderr.rstrip().endswith(".")
    if path not in ENGLISH_ONLY:
        japanese = run(path, *arguments, place=tmp_path, OQS_SIM_LANG="ja")
        said = japanese.stdout + japanese.stderr
        assert japanese.returncode == 1
        assert JAPANESE.search(said)
        assert not ENGLISH.search(said), said


def test_codes_are_words_that_stay_and_no_names_of_classes() -> None:
    assert all(re.fullmatch(r"[a-z-]*", code) for _, code in MISTAKES.values())
