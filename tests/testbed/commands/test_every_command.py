"""What holds for every command: --json, one language in a run, exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from testbed.cards import printing
from testbed.cards.printing import FontMissing
from testbed.cli import cli
from testbed.launch.line_certificates import make_line
from testbed.launch.participants import INSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterator

OQS = [sys.executable, "-m", "testbed"]
NOWHERE = "http://127.0.0.1:9"
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(?:The|the|is|not|Check|Choose|Start|cannot|with) [a-z]+")
SERVED = ("--line", "/nowhere", "--database", "sqlite://")
LINED = ("--line", "{place}/line", "--database")
BESIDE = ("--oqs-line", "https://127.0.0.1:9", "--oqs-console", NOWHERE)

# A run of each command that its caller can mend, by the code of its error. Nothing runs here.
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "demo": (("--port", "70000"), "failed"),
    "up": (("--port", "70000"), "failed"),
    "story": ((), "no-system"),
    "diagnose": ((), ""),
    "serve oqs": (("--port", "70000", *SERVED), "failed"),
    "serve intermediate": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "serve worker": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "serve clinic": (("--port", "70000", *SERVED, *BESIDE), "failed"),
    "certificates make": (("/dev/null/line",), "failed"),
    "certificates enrol": (("/dev/null/line", "--insurer", "990010"), "unknown-certificate"),
    "certificates list": (("/nowhere",), "unknown-certificate"),
    "certificates revoke": (("/dev/null/line", "somebody"), "unknown-certificate"),
    "clock show": ((), "no-system"),
    "clock advance": (("5bd", "--oqs", NOWHERE), "no-answer"),
    "clock set": (("real", "--system", "1"), "no-system"),
    "fault set": (("never", "--oqs", NOWHERE), "no-answer"),
    "fault list": ((), "no-system"),
    "fault clear": (("1", "--system", "1"), "no-system"),
    "delay": (("official", "--oqs", NOWHERE), "no-answer"),
    "messages set": (("--oqs", NOWHERE), "no-answer"),
    "messages list": ((), "no-system"),
    "messages clear": (("--system", "1"), "no-system"),
    "window open": (("maintenance", "--oqs", NOWHERE), "no-answer"),
    "window close": (("1", "--system", "1"), "no-system"),
    "window list": ((), "no-system"),
    "reset": (("--oqs", NOWHERE), "no-answer"),
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
    "stand-in bind": (("hanako", "--testbed", NOWHERE), "no-answer"),
    "stand-in enrol": (("hanako", "--use", "face", "--testbed", NOWHERE), "no-answer"),
    "stand-in list": (("--system", "1"), "no-system"),
    "stand-in remove": (("hanako", "--system", "1"), "no-system"),
    "reader list": ((), "no-service"),
    "reader diagnose": ((), ""),
    "reader passcode": ((), "failed"),
    "residents add": (("/dev/null", "--system", "1"), "no-system"),
    "municipality find": (("hanako", "--oqs", NOWHERE), "no-answer"),
    "municipality show": (("hanako", "--system", "1"), "no-system"),
    "municipality file": (("move_out", "hanako", "--system", "1"), "no-system"),
    "municipality pin": (("hanako", "--system", "1"), "no-system"),
    "municipality notices": (("--system", "1"), "no-system"),
    "municipality notice": (("1", "/dev/null", "--system", "1"), "no-system"),
    "portal sign-in": (("ABCD-1234", "--system", "1"), "no-system"),
    "exchange check": (("--root", "/nowhere"), "no-exchange"),
    "insurer file": (("/dev/null", "--insurer", "990010"), "no-system"),
    "insurer runs list": (("--insurer", "990010"), "no-system"),
    "insurer runs preview": (("renewal", "--insurer", "990010"), "no-system"),
    "insurer runs start": (("renewal", "--insurer", "990010"), "no-system"),
    "insurer runs stop": (("renewal", "--insurer", "990010"), "no-system"),
}
# `systems` and `residents make` meet no mistake here, and `reader watch` waits for what is missing.
WITHOUT = {"systems", "reader watch", "residents make"}
# What may be missing or wrong beneath a command: what is run with what in its environment, and of
# what its sentence speaks. `{place}` is a directory that holds nothing but the file `taken`.
FREE = ("--port", "0", "--line-port", "0")
BENEATH: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "address": (("up", "--port", "70000"), {}, "70000"),
    "line certificates": (("serve", "oqs", *FREE, *SERVED), {}, "/nowhere/oqs/oqs.pem"),
    "file as folder": (("serve", "oqs", *FREE, *LINED, "sqlite:////dev/null/x"), {}, "/dev/null"),
    "kind of database": (("serve", "oqs", *FREE, *LINED, "mysql://127.0.0.1/x"), {}, "mysql"),
    "no database": (
        ("serve", "oqs", *FREE, *LINED, "sqlite:///{place}/taken"), {}, "{place}/taken"
    ),
    "database in memory": (
        ("serve", "worker", "--port", "0", *LINED, "sqlite://", *BESIDE), {}, "sqlite:///PATH"
    ),
    "database server": (("up", "--port", "0", "--database", "mysql://h/x"), {}, "mysql"),
    "scratch directory": (("up", "--port", "0"), {"TMPDIR": "{place}/private"}, "TMPDIR"),
    "records": (("up", "--port", "0"), {"XDG_STATE_HOME": "{place}/taken"}, "XDG_STATE_HOME"),
    "pcscd": (("up", "--port", "0"), {"PATH": "{place}"}, "unshare"),
    "a service's own": (
        ("serve", "clinic", "--port", "0", "--testbed-port", "0", *LINED, "sqlite:////dev/null/x",
         *BESIDE, "--virtual-reader", "{place}/pcsc"), {}, "/dev/null",
    ),
}  # fmt: skip

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
        assert {"--json", "--lang"} <= options, path


@pytest.mark.parametrize("path", [path for path, _ in leaves()])
def test_a_wrong_option_ends_with_2_and_one_document(path: str) -> None:
    done = CliRunner().invoke(cli, [*path.split(), "--json", "--nonsense"])
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert "No such option" in done.stderr


def test_every_command_is_met_with_a_mistake() -> None:
    assert {path for path, _ in leaves()} == set(MISTAKES) | WITHOUT


def texts() -> Iterator[tuple[str, click.Parameter]]:
    for path, command in leaves():
        for parameter in command.params:
            if isinstance(parameter.type, click.types.StringParamType):
                yield path, parameter


STRAY = {f"{path} {parameter.name}": (path, parameter) for path, parameter in texts()}
"""Each parameter that takes any text, wherever it goes then."""


@pytest.mark.parametrize("which", list(STRAY))
def test_bytes_that_are_no_text_are_refused_by_the_name_of_the_argument(which: str) -> None:
    path, parameter = STRAY[which]
    command = next(one for name, one in leaves() if name == path)
    needed: list[str] = []
    for one in command.params:
        if isinstance(one, click.Argument) and one.required and one is not parameter:
            needed.append(one.type.choices[0] if isinstance(one.type, click.Choice) else "1")
        elif one is parameter:
            stray = ["a\udc80b"] * max(1, one.nargs)
            needed += stray if isinstance(one, click.Argument) else [one.opts[0], *stray]
    done = CliRunner().invoke(cli, [*path.split(), "--json", *needed])
    assert done.exit_code == 2, done.stderr
    said = json.loads(done.stdout)["error"]
    assert said["code"] == "usage"
    assert parameter.get_error_hint(click.Context(command)) in said["message"]
    assert "no UTF-8" in said["message"]
    assert "udc80" not in done.stderr, "it may be a password"


def test_what_is_no_number_is_refused_by_the_name_of_the_option() -> None:
    for value in "nan", "-nan", "inf":
        done = CliRunner().invoke(cli, ["fault", "set", "never", "--probability", value])
        assert done.exit_code == 2
        assert "--probability" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        ("no\udcffcommand",),
        ("--no\udcffoption",),
        ("clock", "show", "\udcff"),
        ("delay", "\udcff"),
        ("card", "trace", "/no\udcff"),
        ("up", "--settings", "/no\udcff"),
    ],
)
def test_bytes_that_are_no_text_never_break_a_sentence(line: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*line, "--json"])
    assert done.exit_code in {1, 2}, done.exception
    json.loads(done.stdout)


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
            "TMPDIR": str(place),
            "XDG_STATE_HOME": str(place),
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


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path, as addresses of Unix sockets must be."""
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as directory:
        yield Path(directory)


@pytest.mark.deployment
@pytest.mark.parametrize("lack", list(BENEATH))
def test_what_is_missing_beneath_is_told_in_one_language(lack: str, place: Path) -> None:
    arguments, environment, about = BENEATH[lack]
    make_line(place / "line", [INSTITUTION], [])
    (place / "taken").touch()
    (place / "private").mkdir()
    (place / "private" / f"oqs-sim-{os.getuid()}").touch()
    command, *rest = (word.format(place=place) for word in arguments)
    around = {name: text.format(place=place) for name, text in environment.items()}
    said = {}
    for language in "en", "ja":
        done = run(command, *rest, place=place, **around, OQS_SIM_LANG=language)
        assert done.returncode == 1, done.stderr
        assert about.format(place=place) in done.stderr
        # A service logs beside its sentence, in the language of implementers.
        (said[language],) = re.findall(r"^oqs: .*", done.stderr, re.MULTILINE)
    assert not JAPANESE.search(said["en"])
    assert JAPANESE.search(said["ja"])
    assert not ENGLISH.search(said["ja"])


@pytest.mark.deployment
@pytest.mark.parametrize("service", ["oqs", "intermediate", "worker", "clinic"])
def test_a_service_without_its_line_makes_no_database(service: str, place: Path) -> None:
    ports = FREE if service in {"oqs", "intermediate"} else FREE[:2]
    beside = () if service == "oqs" else BESIDE
    new = place / "new" / "folder" / "service.sqlite"
    given = (*ports, "--line", str(place / "line"), "--database", f"sqlite:///{new}", *beside)
    done = run("serve", service, *given, place=place)
    assert done.returncode == 1
    assert f"{place}/line" in done.stderr
    assert not (place / "new").exists()


def test_a_missing_font_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "FONT_PATHS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    printing.japanese_font.cache_clear()
    with pytest.raises(FontMissing) as raised:
        printing.japanese_font()
    assert JAPANESE.search(raised.value.ja)
    assert not ENGLISH.search(raised.value.ja)
    assert not JAPANESE.search(raised.value.en)


def test_codes_are_words_that_stay_and_no_names_of_classes() -> None:
    assert all(re.fullmatch(r"[a-z-]*", code) for _, code in MISTAKES.values())
