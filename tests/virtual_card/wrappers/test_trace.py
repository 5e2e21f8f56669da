"""Traces: written without secrets, told for people, and played again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reader.errors import PinWrong
from reader.pin import Pin
from reader.session import prove_identity
from virtual_card.plug import CardMute, CardPulled
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.wrappers.faulty_card import FaultyCard
from virtual_card.wrappers.script import ScriptedCard
from virtual_card.wrappers.timing import TimedCard, TimingProfile
from virtual_card.wrappers.trace import Loss, Trace, TracedCard, TraceError, TraceFile, told_entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reader.session import IdentityProof
    from virtual_card.card import VirtualCard
    from virtual_card.plug import Card

PIN, WRONG_PIN, NEW_PIN = "1234", "7351", "8642"
CHALLENGE = b"challenge"


def session(card: Card) -> IdentityProof:
    connection = InProcessConnection(card)
    with pytest.raises(PinWrong):
        prove_identity(connection, Pin.authentication(WRONG_PIN), CHALLENGE)
    proof = prove_identity(connection, Pin.authentication(PIN), CHALLENGE)
    connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
    connection.send(bytes.fromhex("0020009804") + PIN.encode())
    connection.send(bytes.fromhex("0024019804") + NEW_PIN.encode())
    connection.send(bytes.fromhex("0024019804") + PIN.encode())
    connection.close()
    return proof


@pytest.fixture
def recorded(tmp_path: Path, make_card: Callable[..., VirtualCard]) -> Path:
    path = tmp_path / "session.jsonl"
    chip = make_card()
    file = TraceFile(path, chip.atr)
    session(TracedCard(chip, file))
    file.close()
    return path


def test_no_pin_and_no_length_of_one_reaches_the_disk(recorded: Path) -> None:
    text = recorded.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    secret = [line["command"] for line in lines if line.get("secret")]
    assert secret == ["00200098", "00200098", "00200098", "00240198", "00240198"]
    for pin in (PIN, WRONG_PIN, NEW_PIN):
        assert pin.encode().hex() not in text.lower()


def test_a_trace_is_its_owners_only_and_never_overwrites(recorded: Path) -> None:
    assert recorded.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TraceError, match="exists already"):
        TraceFile(recorded, b"")
    with pytest.raises(TraceError, match="cannot be written"):
        TraceFile(recorded / "below", b"")


def test_a_trace_is_told_for_people(recorded: Path) -> None:
    entries = list(told_entries(Trace.load(recorded)))
    told = [" → ".join(part.ja for part in (one.asked, one.came) if part) for one in entries]
    assert told[:2] == ["(電源 入)", "SELECT JPKI → OK"]
    for expected in (
        "READ BINARY トークン情報 0..31 → 32 B",
        "VERIFY 利用者証明用 → 残り2回",
        "VERIFY 利用者証明用 → 照合成功",
        "署名 利用者証明用 → 256 B",
        "暗証番号の変更 利用者証明用の暗証番号 → OK",
        "(電源 切)",
    ):
        assert expected in told


def test_how_long_the_card_took_for_each_command_is_taken_down(
    tmp_path: Path, make_card: Callable[..., VirtualCard]
) -> None:
    chip, begun = make_card(), datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
    slow = TimedCard(chip, TimingProfile("instant", signature=80))
    file = TraceFile(tmp_path / "t.jsonl", chip.atr, begun)
    session(TracedCard(slow, file))
    file.close()
    trace = Trace.load(tmp_path / "t.jsonl")
    assert trace.begun == begun
    took = {one.command[1]: one.took for one in trace.exchanges}
    assert all(seconds is not None and seconds >= 0 for seconds in took.values())
    assert took[0x2A] is not None
    assert took[0x2A] >= 0.08
    last = trace.exchanges[-1]
    assert trace.exchanges[0].at <= last.at


def test_a_trace_of_before_durations_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text(
        '{"form": "oqs-sim card trace 1", "atr": "3B"}\n'
        '{"at": 0.5, "command": "0084000008", "answer": "6D00"}\n'
    )
    (one,) = Trace.load(path).exchanges
    assert (one.at, one.took) == (0.5, None)


def test_a_recorded_session_plays_again_with_any_pin(
    recorded: Path, make_card: Callable[..., VirtualCard]
) -> None:
    script = ScriptedCard(Trace.load(recorded))
    assert session(script) == session(make_card())
    assert script.finished
    assert script.surprises == []


def test_a_command_that_was_not_recorded_is_reported_and_the_recording_waits(
    recorded: Path,
) -> None:
    script = ScriptedCard(Trace.load(recorded))
    assert script.process(bytes.fromhex("0084000008")) == b"\x6f\x00"
    assert script.process(bytes.fromhex("00A4040C0AD392F000260100000001")) == b"\x90\x00"
    assert script.process(bytes.fromhex("0020008004") + PIN.encode()) == b"\x6f\x00"
    first, second = map(str, script.surprises)
    assert first.startswith("Command 1 of the recording is 00 A4 04 0C 0A")
    assert first.endswith("00 84 00 00 08 came.")
    assert second.endswith("00 20 00 80 *** came.")


def test_after_its_end_a_recording_says_so() -> None:
    script = ScriptedCard(Trace(b"\x3b\x00", ()))
    assert script.process(b"\0\x84\0\0") == b"\x6f\x00"
    assert "ended after 0 commands" in str(script.surprises[0])


@pytest.mark.parametrize(
    ("fault", "error", "loss", "told"),
    [
        ("remove", CardPulled, Loss.PULLED, "カードが抜かれた"),
        ("mute", CardMute, Loss.MUTE, "無応答"),
    ],
)
def test_a_command_without_an_answer_is_recorded_and_played_again(
    tmp_path: Path,
    make_card: Callable[..., VirtualCard],
    fault: str,
    error: type[Exception],
    loss: Loss,
    told: str,
) -> None:
    file = TraceFile(tmp_path / "t.jsonl", b"\x3b")
    card = TracedCard(FaultyCard(make_card(), fault), file)
    with pytest.raises(error):
        card.process(b"\0\x84\0\0\x08")
    file.close()
    trace = Trace.load(tmp_path / "t.jsonl")
    assert [exchange.lost for exchange in trace.exchanges] == [loss]
    (entry,) = told_entries(trace)
    assert entry.came is not None
    assert told in entry.came.ja
    with pytest.raises(error):
        ScriptedCard(trace).process(b"\0\x84\0\0\x08")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1"),
        ("{}", "line 1"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B"}\n{"at": 0}', "line 2"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B"}\n[]', "line 2"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B"}\n{"at": 0, "command": "00"}', "line 2"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B"}\n{"at": 1e99, "event": "reset"}', "line 2"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B"}\n{"at": NaN, "event": "reset"}', "line 2"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B", "begun": "noon"}', "line 1"),
        ('{"form": "oqs-sim card trace 1", "atr": "3B", "begun": "2026-12-01T09:00"}', "line 1"),
        ('{"form": "oqs-sim card trace 9", "atr": "3B"}', "line 1"),
    ],
)
def test_what_is_no_trace_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(TraceError) as refused:
        Trace.load(path)
    assert told in str(refused.value)


def test_a_trace_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="cannot be read: No such file"):
        Trace.load(tmp_path / "none.jsonl")


def test_a_trace_that_cannot_be_written_any_more_does_not_disturb_the_card(
    tmp_path: Path, make_card: Callable[..., VirtualCard]
) -> None:
    file = TraceFile(tmp_path / "t.jsonl", b"\x3b")
    card = TracedCard(make_card(), file)
    file.close()
    assert card.process(bytes.fromhex("00A4040C0AD392F000260100000001")) == b"\x90\x00"
