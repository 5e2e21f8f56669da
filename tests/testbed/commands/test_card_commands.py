"""``oqs card``: at a running testbed, and with a reader of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pytest
from click.testing import CliRunner, Result

from testbed import remote
from testbed.cli import cli
from testbed.launch.deployment import BASE_PORT, HOST
from virtual_card.image.card_image import CONTACT_ATR, CONTACTLESS_ATR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.image.card_image import CardImage

HOLD = [sys.executable, "-m", "testbed", "card", "hold"]


@pytest.fixture
def oqs(testbed_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("OQS_SIM_TESTBED", testbed_url)
    monkeypatch.setenv("LANG", "C.UTF-8")
    return lambda *arguments: CliRunner().invoke(cli, ["card", *arguments])


def test_the_testbed_of_a_deployment_is_found_without_saying_where() -> None:
    assert f"http://{HOST}:{BASE_PORT + 1}" == remote.DEFAULT_URL


def test_a_card_is_put_in_listed_and_taken_out(
    oqs: Callable[..., Result], tmp_path: Path, pcsc_stack: PcscStack
) -> None:
    trace = tmp_path / "t.jsonl"
    put_in = oqs(
        "insert", "hanako", "--slot", "1", "--timing", "contactless",
        "--fault", "remove:after=90", "--trace", str(trace),
    )  # fmt: skip
    assert put_in.exit_code == 0, put_in.output
    expected = (
        "slot 1 (Virtual PCD 00 01): hanako, contactless\n"
        "    fault remove:after=90, struck 0\n"
        f"    trace {trace}\n"
    )
    assert put_in.output == expected
    listed = oqs("list")
    assert listed.output == (
        f"slot 0 (Virtual PCD 00 00): empty\n{expected}cards: hanako, ichiro\n"
        f"for a program: export PCSCLITE_CSOCK_NAME={pcsc_stack.socket}\n"
    )
    assert oqs("reset", "--slot", "1").exit_code == 0
    assert oqs("reset", "--slot", "1", "--warm").exit_code == 0
    assert oqs("remove", "--slot", "1").output == "slot 1 (Virtual PCD 00 01): empty\n"
    assert "(リセット)" in oqs("trace", str(trace), "--lang", "ja").output
    told = oqs("trace", str(trace), "--lang", "en").output
    assert "(reset)" in told
    assert told.startswith("the trace began at 20")


def test_a_trace_is_told_in_english_with_units_and_by_fields(
    oqs: Callable[..., Result], tmp_path: Path
) -> None:
    trace = tmp_path / "t.jsonl"
    trace.write_text(
        '{"form": "oqs-sim card trace 1", "atr": "3B", "begun": "2026-11-30T07:00:00+00:00"}\n'
        '{"at": 0.25, "event": "power-on"}\n'
        '{"at": 0.5, "took": 0.002, "command": "00A4040C0AD392F000260100000001",'
        ' "answer": "9000"}\n'
        '{"at": 0.75, "took": 0.004, "command": "00200098", "secret": true, "answer": "63C2"}\n'
        '{"at": 1, "command": "00B0000000", "lost": "pulled"}\n'
    )
    told = oqs("trace", str(trace), "--lang", "en").output
    assert [" ".join(line.split()) for line in told.splitlines()] == [
        "the trace began at 2026-11-30T07:00:00.000+00:00",
        "after it (ms) took (ms)",
        "250.0 (power on)",
        "500.0 2.0 SELECT JPKI → OK",
        "750.0 4.0 VERIFY authentication → 2 tries left",
        "1000.0 READ BINARY authentication PIN 0..255 → no answer (the card was pulled out)",
        "the card took 6.0 ms for 2 commands",
    ]
    written = json.loads(oqs("trace", str(trace), "--json", "--lang", "en").output)
    assert written["begun"] == "2026-11-30T07:00:00+00:00"
    power, _, verify, lost = written["entries"]
    assert (power["event"], power["at_ms"]) == ("power-on", 250)
    assert verify == {
        "at": "2026-11-30T07:00:00.750000+00:00",
        "at_ms": 750,
        "took_ms": 4,
        "asked": "VERIFY authentication",
        "came": "2 tries left",
        "command": "00200098",
        "secret": True,
        "status_word": "63C2",
        "answer_bytes": 0,
        "lost": None,
    }
    assert (lost["lost"], lost["took_ms"], lost["status_word"]) == ("pulled", None, None)


def test_faults_are_added_listed_and_cleared(oqs: Callable[..., Result]) -> None:
    oqs("insert", "hanako")
    oqs("fault", "slow:ms=5", "mute:after=9")
    assert re.findall(r"fault (\S+),", oqs("fault").output) == ["slow:ms=5", "mute:after=9"]
    assert "fault" not in oqs("fault", "--clear").output
    assert oqs("repair", "hanako").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("insert", "nobody"), "Cards there are: hanako, ichiro."),
        (("insert", "nobody"), "Personas there are: hanako, "),
        (("insert", "suzuki"), "Of this surname there are: minoru, sakura, kenta."),
        (("insert", "kikue"), "Another service of the deployment does not answer. OQS at "),
        (("insert", "hanako", "--slot", "5"), "The slots are 0 to 1."),
        (("insert", "hanako", "--fault", "burn"), "The faults are slow, mute"),
        (("insert", "hanako", "--timing", "late"), "Choose one of instant"),
        (("reset",), "Slot 0 is empty."),
        (("fault", "mute"), "Slot 0 is empty."),
        (("repair", "nobody"), "Cards there are"),
        (("trace", "/nowhere/t.jsonl"), "cannot be read"),
        (("hold", "/nowhere/x.card.toml"), "cannot be read"),
        (("hold", "/nowhere/t.jsonl"), "cannot be read"),
        (("hold", "--fault", "burn", "x"), "The faults are"),
        (("list", "--testbed", "http://127.0.0.1:9"), "No testbed answers at http://127.0.0.1:9"),
        (("list", "--testbed", "nonsense"), "No testbed answers at nonsense"),
        (("list", "--system", "nowhere"), "No system "),
    ],
)
def test_every_mistake_is_a_sentence(
    oqs: Callable[..., Result], arguments: tuple[str, ...], told: str
) -> None:
    done = oqs(*arguments)
    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output


def test_a_card_or_a_recording_has_to_be_named(oqs: Callable[..., Result]) -> None:
    assert oqs("insert").exit_code == 2


@pytest.fixture
def image(tmp_path: Path, card_image: CardImage) -> Path:
    path = tmp_path / "hanako.card.toml"
    card_image.save(path)
    return path


def held(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HOLD, *map(str, arguments)], capture_output=True, text=True, check=False
    )


class Held:
    """``oqs card hold`` until it is asked to end."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [*HOLD, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().removeprefix("export ").strip()
        name, _, address = said.partition("=")
        self.environment = {**os.environ, name: address}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def see(self, *command: str) -> str:
        """Return what a program says that finds the reader by its environment."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def end(self, number: signal.Signals) -> tuple[int, str]:
        if self.process.returncode is None:
            self.process.send_signal(number)
            self._said = self.process.communicate()[1]
        return self.process.returncode, self._said


@pytest.mark.opensc
@pytest.mark.deployment
def test_a_card_is_held_for_a_program_that_knows_nothing_of_us(image: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.jsonl"
    dump = ("pkcs15-tool", "--read-certificate", "1")
    first = held("--trace", trace, image, *dump)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("-----BEGIN CERTIFICATE-----")
    assert trace.exists()
    again = held(trace, *dump)
    assert again.stdout == first.stdout


@pytest.mark.deployment
def test_the_exit_code_is_that_of_the_program(image: Path) -> None:
    assert held(image, "sh", "-c", 'test -S "$PCSCLITE_CSOCK_NAME" && exit 7').returncode == 7
    missing = held(image, "no-such-program")
    assert missing.returncode == 127
    assert "no-such-program cannot be run" in missing.stderr


@pytest.mark.opensc
@pytest.mark.deployment
def test_two_services_hold_different_cards_side_by_side(image: Path, card_image: CardImage) -> None:
    other = image.with_name("other.card.toml")
    replace(card_image, atr=CONTACTLESS_ATR).save(other)
    with Held(image) as one, Held(other) as two:
        atrs = [
            bytes.fromhex(each.see("opensc-tool", "--atr").replace(":", "")) for each in (one, two)
        ]
    assert atrs == [CONTACT_ATR, CONTACTLESS_ATR]


@pytest.mark.opensc
@pytest.mark.deployment
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_cards_are_held_until_the_end_is_asked_for(
    image: Path, card_image: CardImage, number: signal.Signals
) -> None:
    second = image.with_name("second.card.toml")
    card_image.save(second)
    with Held("--second", second, image) as holding:
        listed = holding.see("opensc-tool", "--list-readers")
        code, said = holding.end(number)
    assert (code, "Traceback" in said) == (0, False)
    assert len(re.findall(r"Yes +Virtual PCD", listed)) == 2


@pytest.mark.parametrize(
    "words",
    [["nowhere.toml", "--json"], ["--json", "nowhere.toml"],
     ["nowhere.toml", "--timing", "contact", "--json"]],
)  # fmt: skip
def test_options_of_a_held_card_may_follow_its_image(words: list[str]) -> None:
    done = CliRunner().invoke(cli, ["card", "hold", *words])
    assert done.exit_code == 1
    assert "card image cannot be read" in json.loads(done.stdout)["error"]["message"]


def test_options_of_the_command_beside_a_held_card_are_its_own() -> None:
    done = CliRunner().invoke(cli, ["card", "hold", "nowhere.toml", "ls", "--json", "--nonsense"])
    assert (done.exit_code, done.stdout) == (1, "")
