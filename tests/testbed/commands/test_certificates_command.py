"""``oqs certificates``: make, enrol, list, revoke."""

from __future__ import annotations

import json
import os
import shutil
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
    first = json.loads(run("enrol", line, option, number, "--json"))
    second = json.loads(run("enrol", line, option, number, "--json"))
    (made,) = first["certificates"]
    assert second == {"certificates": [made], "new": False}
    assert first["new"] == (option == "--institution")  # all insurers have one from the start
    assert "had this certificate already" in run("enrol", line, option, number)
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
    assert f"It takes the place of {made['serial']} (revoked)" in anew
    both = [row for row in listed(line) if row["name"] == CODE]
    assert sorted(row["state"] for row in both) == ["revoked", "valid"]
    assert made["serial"] in {row["serial"] for row in both}
    run("revoke", line, "terminal-9910000018")
    assert len(x509.load_pem_x509_crl((line / "public" / "crl.pem").read_bytes())) == 2


def test_mistakes_are_sentences(line: Path, tmp_path: Path) -> None:
    assert "oqs certificates list" in run("revoke", line, "nobody", status=1)
    assert "oqs certificates make" in run("list", tmp_path / "nothing", status=1)
    assert "--institution" in run("enrol", line, status=2)
    assert "check digit" in run("enrol", line, "--institution", "9910000019", status=2)
    (tmp_path / "file").write_text("")
    assert "Check where it is" in run("make", tmp_path / "file" / "line", status=1)


def revoked_on(line: Path) -> set[int]:
    crl = x509.load_pem_x509_crl((line / "public" / "crl.pem").read_bytes())
    return {one.serial_number for one in crl}


def error(*words: object) -> dict[str, str]:
    done = CliRunner().invoke(command, [*map(str, words), "--json"])
    assert done.exit_code == 1, done.output
    assert not done.exception or isinstance(done.exception, SystemExit)
    told: dict[str, str] = json.loads(done.stdout)["error"]
    assert told["message"] in done.stderr
    return told


def everything(line: Path, *, but: str = "") -> list[tuple[object, ...]]:
    commands: list[tuple[object, ...]] = [
        ("list", line),
        ("make", line),
        ("enrol", line, "--institution", CODE),
        ("revoke", line, "oqs"),
    ]
    return [words for words in commands if words[0] != but]


@pytest.mark.parametrize("by", ["make", "enrol", "revoke"])
def test_whatever_is_lost_of_the_list_what_was_revoked_stays_revoked(line: Path, by: str) -> None:
    run("revoke", line, "terminal-9910000018")
    before = revoked_on(line)
    assert len(before) == 1
    (line / "public" / "crl.pem").unlink()
    done = CliRunner().invoke(command, ["list", str(line)])
    (told,) = [row for row in done.stdout.splitlines() if "9910000018" in row]
    assert told.endswith("revoked")
    assert "oqs certificates make" in done.stderr
    words = {"make": (), "enrol": ("--institution", CODE), "revoke": ("sync-worker",)}[by]
    run(by, line, *words)
    assert before <= revoked_on(line)
    assert not CliRunner().invoke(command, ["list", str(line)]).stderr


def test_an_older_list_that_was_put_back_is_noticed(line: Path) -> None:
    public = line / "public" / "crl.pem"
    older = public.read_bytes()
    run("revoke", line, "terminal-9910000018")
    public.write_bytes(older)
    assert "missing or old" in run("list", line)
    run("make", line)
    assert len(revoked_on(line)) == 1


def test_no_new_list_is_made_where_it_is_not_known_what_was_revoked(line: Path) -> None:
    run("revoke", line, "terminal-9910000018")
    saved = (line / "public" / "crl.pem").read_bytes()
    for folder in ("authority", "public"):
        (line / folder / "crl.pem").unlink()
    assert {row["state"] for row in listed_without_notes(line)} == {"unknown"}
    for words in everything(line, but="list"):
        told = error(*words)
        assert told["code"] == "file-unusable"
        assert "another machine that has `public`" in told["message"]
    (line / "public" / "crl.pem").write_bytes(saved)
    run("make", line)
    assert len(revoked_on(line)) == 1


def listed_without_notes(line: Path) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, ["list", str(line), "--json"])
    rows: list[dict[str, Any]] = json.loads(done.stdout)["certificates"]
    return rows


def test_a_line_from_before_there_was_a_record_keeps_what_it_revoked(line: Path) -> None:
    run("revoke", line, "terminal-9910000018")
    for file in ("crl.pem", "ca.pem"):
        (line / "authority" / file).unlink()
    shutil.rmtree(line / "authority" / "issued")
    run("make", line)
    (line / "public" / "crl.pem").unlink()
    run("make", line)
    assert len(revoked_on(line)) == 1
    (line / "public" / "ca.pem").unlink()
    run("make", line)
    assert len(listed(line)) == len(list((line / "authority" / "issued").iterdir()))


@pytest.mark.parametrize(
    "file",
    [
        "public/crl.pem",
        "public/ca.pem",
        "authority/ca.key",
        "authority/crl.pem",
        "terminal-9910000018/terminal-9910000018.pem",
        "insurer-990010/insurer-990010.pem",
        "oqs/oqs.pem",
    ],
)
@pytest.mark.parametrize("content", [b"", b"torn", b"-----BEGIN X509 CRL-----\n\xff\n"])
def test_a_damaged_file_is_told_with_its_name_and_what_to_do(
    line: Path, file: str, content: bytes
) -> None:
    (line / file).write_bytes(content)
    for words in everything(line, but="list" if file == "authority/ca.key" else ""):
        told = error(*words)
        assert told["code"] == "file-unusable", words
        assert str(line / file) in told["message"]
        assert "damaged" in told["message"]
        assert any(way in told["message"] for way in ("Remove it", "Put it back"))


@pytest.mark.parametrize(
    "file",
    [
        "public/crl.pem",
        "public/ca.pem",
        "terminal-9910000018/terminal-9910000018.pem",
        "terminal-9910000018/terminal-9910000018.key",
        "oqs/oqs.pem",
    ],
)
def test_the_advice_leads_back_from_a_damaged_file(line: Path, file: str) -> None:
    run("revoke", line, "insurer-990010")
    (line / file).unlink()
    run("make", line, "--institution", "9910000018")
    for participant in ("terminal-9910000018", "oqs"):
        credentials(line, participant).require()
    assert len(revoked_on(line)) == 1


def test_a_file_of_another_line_is_told(line: Path, tmp_path: Path) -> None:
    run("make", tmp_path / "other")
    for file, why in (
        ("oqs/oqs.pem", "no certificate of this line's authority"),
        ("public/crl.pem", "no list of this line's authority"),
        ("authority/ca.key", "is not the key of"),
    ):
        own = (line / file).read_bytes()
        (line / file).write_bytes((tmp_path / "other" / file).read_bytes())
        assert why in error("make", line)["message"]
        (line / file).write_bytes(own)
    run("make", line)


def test_no_new_authority_takes_the_place_of_one(line: Path) -> None:
    for folder, file in (("authority", "ca.key"), ("public", "ca.pem")):
        (line / folder / file).unlink()
    assert error("make", line)["code"] == "file-unusable"
    assert not (line / "public" / "ca.pem").exists()


def test_only_make_makes_a_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    for words in everything(wrong, but="make"):
        told = error(*words)
        assert told["code"] == "unknown-certificate"
        assert str(wrong) in told["message"]
    assert not wrong.exists()


@pytest.mark.parametrize("name", ["oqs", "intermediate-server", "sync-worker"])
def test_a_service_that_was_revoked_comes_back(tmp_path: Path, name: str) -> None:
    line = tmp_path / "line"
    run("make", line, "--host", "oqs.example")
    said = run("revoke", line, name)
    assert f"enrol {line} --service {name}" in said
    assert f"Restart {name}" in run("enrol", line, "--service", name)
    states = [row["state"] for row in listed(line) if row["name"] == name]
    assert sorted(states) == ["revoked", "valid"]
    mine = x509.load_pem_x509_certificate(credentials(line, name).certificate.read_bytes())
    if name != "sync-worker":
        names = mine.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "oqs.example" in names.get_values_for_type(x509.DNSName)
    run("revoke", line, name)
    run("enrol", line, "--service", name, "--host", "new.example")
    assert "--host" in run("enrol", line, "--insurer", "990010", "--host", "x", status=2)


def test_a_new_one_in_place_of_lost_files_says_that_the_old_one_is_accepted(line: Path) -> None:
    (made,) = json.loads(run("enrol", line, "--institution", CODE, "--json"))["certificates"]
    shutil.rmtree(line / f"terminal-{CODE}")
    said = run("enrol", line, "--institution", CODE)
    assert f"revoke {line} {made['serial']}" in said
    run("revoke", line, CODE)
    assert {row["state"] for row in listed(line) if row["name"] == CODE} == {"revoked"}


def test_who_has_no_more_than_public_and_an_own_folder_sees_that(
    line: Path, tmp_path: Path
) -> None:
    run("revoke", line, "insurer-990010")
    there = tmp_path / "there"
    for folder in ("public", "insurer-990010", "terminal-9910000018"):
        shutil.copytree(line / folder, there / folder)
    states = {row["name"]: row["state"] for row in listed(there)}
    assert states == {"990010": "revoked", "9910000018": "valid"}
    told = error("enrol", there, "--institution", CODE)
    assert told["code"] == "unknown-certificate"
    assert "where the line was made" in told["message"]
    assert "backup" in error("make", there)["message"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_passed_over_in_the_list_alone(line: Path) -> None:
    run("revoke", line, "terminal-9910000018")
    (line / "authority").chmod(0)
    (line / "oqs").chmod(0)
    try:
        states = {row["name"]: row["state"] for row in listed(line)}
        assert "oqs" not in states
        assert states["9910000018"] == "revoked"
        assert "Check where it is and whose" in error("make", line)["message"]
    finally:
        (line / "authority").chmod(0o700)
        (line / "oqs").chmod(0o700)
