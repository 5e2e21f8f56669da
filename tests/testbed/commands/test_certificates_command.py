"""``oqs certificates``: make, enrol, list, revoke."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography import x509

from intermediate_server.policies import load_policies
from testbed.commands.certificates import command
from wire.line_credentials import credentials

if TYPE_CHECKING:
    from pathlib import Path

CODE = "9910000026"


def run(*words: object, status: int = 0) -> str:
    done = CliRunner().invoke(command, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return done.output


def listed(line: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("list", line, "--json"))["certificates"]
    return rows


@pytest.fixture
def line(tmp_path: Path) -> Path:
    run("make", tmp_path / "line")
    return tmp_path / "line"


def test_all_insurers_with_a_policy_have_a_certificate_from_the_start(line: Path) -> None:
    insurers = [row["name"] for row in listed(line) if row["role"] == "insurer"]
    policies = sorted(str(policy.insurer_number) for policy in load_policies())
    assert sorted(insurers) == policies
    assert len(policies) >= 7


def test_insurers_of_further_policies_have_one_too(tmp_path: Path) -> None:
    bundled = files("eligibility.policy") / "insurers" / "mogami.toml"
    further = bundled.read_text().replace("990010", "990044")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "further.toml").write_text(further)
    run("make", tmp_path / "line", "--policies", tmp_path / "policies")
    assert "990044" in {row["name"] for row in listed(tmp_path / "line")}


def test_what_was_made_stays(line: Path) -> None:
    before = listed(line)
    run("make", line, "--institution", CODE)
    after = listed(line)
    assert [row for row in after if row["name"] != CODE] == before
    assert [row["role"] for row in after if row["name"] == CODE] == ["terminal"]


@pytest.mark.parametrize(
    ("option", "number", "name"),
    [
        ("--institution", "９９１０００００２６", "terminal-9910000026"),
        ("--insurer", "06990014", "insurer-06990014"),
    ],
)
def test_one_is_enrolled_once(line: Path, option: str, number: str, name: str) -> None:
    (made,) = json.loads(run("enrol", line, option, number, "--json"))["certificates"]
    (again,) = json.loads(run("enrol", line, option, number, "--json"))["certificates"]
    assert made == again
    assert made["state"] == "valid"
    written = credentials(line, name).certificate.read_bytes()
    serial = x509.load_pem_x509_certificate(written).serial_number
    assert int(made["serial"], 16) == serial


@pytest.mark.parametrize("by", ["serial", "name"])
def test_one_is_revoked_by_its_serial_number_or_name_and_enrolled_anew(line: Path, by: str) -> None:
    (made,) = json.loads(run("enrol", line, "--institution", CODE, "--json"))["certificates"]
    (revoked,) = json.loads(run("revoke", line, made[by], "--json"))["certificates"]
    assert revoked == {**made, "state": "revoked"}
    assert [row for row in listed(line) if row["state"] == "revoked"] == [revoked]
    crl = x509.load_pem_x509_crl((line / "public" / "crl.pem").read_bytes())
    assert [one.serial_number for one in crl] == [int(made["serial"], 16)]
    anew = run("enrol", line, "--institution", CODE)
    assert made["serial"] not in anew
    assert "valid" in anew
    run("revoke", line, "terminal-9910000018")
    assert len(x509.load_pem_x509_crl((line / "public" / "crl.pem").read_bytes())) == 2


def test_mistakes_are_sentences(line: Path, tmp_path: Path) -> None:
    assert "oqs certificates list" in run("revoke", line, "nobody", status=1)
    assert "oqs certificates make" in run("list", tmp_path / "nothing", status=1)
    assert "--institution" in run("enrol", line, status=2)
    assert "check digit" in run("enrol", line, "--institution", "9910000019", status=2)
    (tmp_path / "file").write_text("")
    assert "Check where it is" in run("make", tmp_path / "file" / "line", status=1)
