"""Looks at the terminal's certificate of the line, and at the line itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from testbed.diagnosing import terminal_certificate
from testbed.diagnosing.finding import ProbeAnswer
from testbed.diagnosing.subject import Subject
from testbed.diagnosing.terminal_certificate import look_at_certificate, look_at_line
from testbed.launch.line_certificates import enrol, make_line, revoke, terminal
from testbed.launch.participants import INSTITUTION
from wire.clock import wall_clock
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from pathlib import Path

    from testbed.diagnosing.finding import Finding

GOOD, CAUTION, BAD, OPEN = ProbeAnswer
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def line(tmp_path: Path) -> Path:
    make_line(tmp_path / "line", [INSTITUTION], [])
    return tmp_path / "line"


def look(line: Path, now: datetime | None = NOW) -> Finding:
    (found,) = look_at_certificate(Subject(line_directory=line), now)
    return found


def test_a_certificate_in_order_is_told_with_whose_and_until_when(line: Path) -> None:
    found = look(line)
    assert found.answer is GOOD
    until = (wall_clock() + timedelta(days=3650)).year
    assert f"{terminal(INSTITUTION)}、{until}" in found.said.ja
    assert look(line, None).answer is GOOD


@pytest.mark.parametrize("name", ["{0}/{0}.pem", "{0}/{0}.key", "public/ca.pem", "public/crl.pem"])
def test_a_file_that_is_missing_or_damaged_is_named_with_the_way_back(
    line: Path, name: str
) -> None:
    file = line / name.format(terminal(INSTITUTION))
    whole = file.read_bytes()
    for content in (None, b"damaged"):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        found = look(line)
        assert found.answer is BAD
        assert found.advice is not None
        assert str(file) in found.advice.ja
        assert "oqs certificates" in found.advice.en
        file.write_bytes(whole)
    assert look(line).answer is GOOD


def test_a_key_of_another_certificate_is_told(line: Path) -> None:
    other = enrol(line, Caller(Role.TERMINAL, "9910000026")).certificate.participant
    own = terminal(INSTITUTION)
    shutil.copyfile(line / other / f"{other}.key", line / own / f"{own}.key")
    found = look(line)
    assert found.answer is BAD
    assert found.advice is not None
    assert "の鍵ではありません" in found.advice.ja


def test_a_certificate_of_another_authority_is_told(line: Path, tmp_path: Path) -> None:
    make_line(tmp_path / "other", [INSTITUTION], [])
    own = terminal(INSTITUTION)
    shutil.rmtree(line / own)
    shutil.copytree(tmp_path / "other" / own, line / own)
    found = look(line)
    assert (found.answer, "認証局のものではありません" in found.said.ja) == (BAD, True)
    assert found.advice is not None
    assert f"oqs certificates enrol {line} --institution {INSTITUTION}" in found.advice.ja


def test_a_certificate_that_was_revoked_is_told(line: Path) -> None:
    revoke(line, terminal(INSTITUTION))
    found = look(line)
    assert (found.answer, "失効しています" in found.said.ja) == (BAD, True)


def test_its_days_go_by_the_machine_s_clock_and_the_simulated_one_is_a_caution(
    line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = wall_clock() + timedelta(days=4_000)
    found = look(line, later)
    assert (found.answer, "模擬の時計では期限が過ぎています" in found.said.ja) == (CAUTION, True)
    monkeypatch.setattr(terminal_certificate, "wall_clock", lambda: later)
    found = look(line)
    assert (found.answer, "有効期間外" in found.said.ja) == (BAD, True)


def test_a_line_that_nobody_answers_is_told_with_its_address(line: Path) -> None:
    subject = Subject(line_directory=line, oqs_line="https://127.0.0.1:9")
    (found,) = look_at_line(subject)
    assert (found.answer, "https://127.0.0.1:9" in found.said.ja) == (BAD, True)
    (line / "public" / "ca.pem").unlink()
    (without,) = look_at_line(subject)
    assert without.answer is OPEN, "the line of the certificate says what to do"
    (nowhere,) = look_at_line(replace(subject, oqs_line=None))
    assert nowhere.answer is OPEN
