"""``oqs reader list | watch | diagnose`` beside a real PC/SC service."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from smartcard import scard

from clinic_client.passcode import HashedPasscode
from eligibility.days.dates import TOKYO
from reader.description.layout import CardKind
from reader.errors import NoService
from testbed.commands.reader import command
from testbed.diagnosing import reader_chain
from testbed.diagnosing.finding import Finding, Probe, ProbeAnswer
from testbed.diagnosing.reader_chain import CHAIN, Diagnosis, Places
from testbed.readers.private_pcscd import PcscStack
from testbed.terminal_output import judging_clock
from tests.secrecy import says
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]
FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def service(pcsc_stack: PcscStack) -> PcscStack:
    return pcsc_stack


def run(*arguments: str, lang: str = "en") -> Result:
    return CliRunner().invoke(command, [*arguments, "--lang", lang])


def test_list_tells_names_cards_and_kinds(make_card: MakeCard, insert: Insert) -> None:
    insert(make_card(), slot=1)
    done = run("list", lang="ja")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        f"{FIRST}: カードなし",
        f"{SECOND}: マイナンバーカード",
    ]
    first, second = json.loads(run("list", "--json").stdout)
    assert (first["name"], first["card_present"], first["kind"]) == (FIRST, False, None)
    assert (second["kind"], second["tries"], second["pin_pad"]) == ("my-number-card", 3, False)


class Watch:
    """``oqs reader watch`` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "testbed", "reader", "watch", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def event(self) -> tuple[str, str | None]:
        told = json.loads(self.line())
        return told["event"], told["reader"]

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


@pytest.fixture
def watch() -> Iterator[Callable[..., Watch]]:
    running: list[Watch] = []

    def start(*arguments: str) -> Watch:
        running.append(Watch(*arguments))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch_tells_each_change_in_a_line_and_ends_cleanly(
    watch: Callable[..., Watch], make_card: MakeCard, insert: Insert, number: signal.Signals
) -> None:
    watching = watch("--json", "--reader", "00 00")
    assert [watching.event(), watching.event()] == [
        ("service-up", None),
        ("reader-attached", FIRST),
    ]
    plug = insert(make_card())
    assert watching.event() == ("card-inserted", FIRST)
    plug.remove()
    assert watching.event() == ("card-removed", FIRST)
    assert watching.end(number) == (0, "")


def test_watch_waits_for_a_service_that_is_down(
    watch: Callable[..., Watch], pcsc_stack: PcscStack
) -> None:
    pcsc_stack.stop()
    try:
        watching = watch("--lang", "ja")
        assert "サービスが止まっています" in watching.line()
    finally:
        pcsc_stack.start()
    assert "サービスが動いています" in watching.line()
    assert "読取機がつながりました: Virtual PCD" in watching.line()
    assert watching.end(signal.SIGINT)[0] == 0


def test_diagnose_says_that_all_is_well(make_card: MakeCard, insert: Insert) -> None:
    insert(make_card())
    done = run("diagnose", lang="ja")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("✔") == len(CHAIN)
    assert "利用者証明用電子証明書: 模擬の認証局" in done.stdout
    assert done.stdout.endswith("→ このまま使えます。\n")


def findings(**changes: Any) -> dict[Probe, Finding]:
    part = changes.pop("part", FIRST)
    return {each.probe: each for each in Diagnosis(part, replace(Places(), **changes)).findings()}


def test_diagnose_says_what_to_do_and_by_its_exit_code_that_there_is_something(
    make_card: MakeCard,
) -> None:
    done = run("diagnose", "--reader", "00 00")
    assert done.exit_code == 1
    assert "✖ the card: There is no card in the reader" in done.stdout
    in_japanese = run("diagnose", "--reader", "00 00", lang="ja").stdout
    assert "→ カードがありません。マイナンバーカードを読取機に置いてください。" in in_japanese
    assert "There is no card" not in in_japanese
    assert "→ There is no card in the reader. Place the card on it." in done.stdout
    found = json.loads(run("diagnose", "--reader", "00 00", "--json").stdout)
    assert found["good"] is False
    by_probe = {each["probe"]: each for each in found["findings"]}
    assert by_probe["card"]["do"]["japanese"].startswith("カードがありません。")
    assert by_probe["certificate"]["answer"] == "open"


@pytest.mark.parametrize(
    ("changes", "probe"),
    [
        ({"socket": Path("/nowhere/pcscd.comm")}, Probe.PERMISSIONS),
        ({"drivers": (Path("/nowhere"),)}, Probe.DRIVER),
        ({"part": "nowhere"}, Probe.READER),
        ({"part": SECOND}, Probe.CARD),
    ],
)
def test_each_thing_that_is_missing_is_found(
    changes: dict[str, Any], probe: Probe, make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card())
    found = findings(**changes)
    assert [each for each in found if found[each].answer is ProbeAnswer.BAD] == [probe]
    advice = found[probe].advice
    assert advice
    assert advice.ja.endswith("。")
    assert advice.en.endswith(".")


def test_a_locked_pin_and_a_certificate_out_of_its_time_are_found(
    make_card: MakeCard, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = make_card()
    card.process(bytes.fromhex("00A4040C0AD392F000260100000001"))
    for _ in range(3):
        card.process(bytes.fromhex("00200098 04 39393939"))
    insert(card)
    late = datetime(2099, 1, 1, 9, tzinfo=TOKYO)
    monkeypatch.setattr(judging_clock, "wall_clock", lambda: late)
    found = findings()
    assert found[Probe.APPLICATION].answer is ProbeAnswer.BAD
    assert "ロック" in found[Probe.APPLICATION].advice.ja  # type: ignore[union-attr]
    assert found[Probe.CERTIFICATE].answer is ProbeAnswer.BAD
    said = found[Probe.CERTIFICATE].said
    assert "このコンピューターの時計 (2099-01-01 09:00)では有効期間外" in said.ja
    assert "not its time by this computer's clock (2099-01-01 09:00)" in said.en


def test_a_card_of_no_use_at_the_desk_is_told_and_not_looked_at_further(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card(kind=CardKind.RESIDENT_REGISTER_CARD, authentication=None))
    found = findings()
    assert found[Probe.APPLICATION].answer is ProbeAnswer.BAD
    assert "住民基本台帳カード" in found[Probe.APPLICATION].advice.ja  # type: ignore[union-attr]
    assert found[Probe.CERTIFICATE].answer is ProbeAnswer.OPEN


def test_a_card_without_pin_is_well_and_says_how_it_is_used(
    make_card: MakeCard, insert: Insert
) -> None:
    image = make_card().image
    assert image.authentication
    insert(
        make_card(
            authentication=replace(image.authentication, secret=None),
            signature=None,
            secrets=replace(image.secrets, input_support=None),
        )
    )
    found = findings()
    assert found[Probe.APPLICATION].answer is ProbeAnswer.GOOD
    assert "顔認証か目視確認" in found[Probe.APPLICATION].said.ja
    assert "0" not in found[Probe.APPLICATION].said.ja


def test_what_a_glance_cannot_see_of_a_certificate_is_said(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card())
    assert "失効" in findings()[Probe.CERTIFICATE].said.ja


def test_a_user_who_may_not_use_the_socket_is_not_told_to_start_a_service_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise NoService

    def closed(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reader_chain, "reader_states", refuse)
    monkeypatch.setattr(Path, "stat", closed)
    found = findings(socket=tmp_path / "pcscd.comm")
    assert found[Probe.SERVICE].answer is found[Probe.PERMISSIONS].answer is ProbeAnswer.BAD
    assert found[Probe.SERVICE].advice is None
    assert "管理者" in found[Probe.PERMISSIONS].advice.ja  # type: ignore[union-attr]


def test_a_user_whom_polkit_refuses_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NoService.denied()

    monkeypatch.setattr(reader_chain, "reader_states", refuse)
    found = findings()
    assert found[Probe.SERVICE].answer is found[Probe.POLKIT].answer is ProbeAnswer.BAD
    assert "polkit" in found[Probe.POLKIT].advice.en  # type: ignore[union-attr]


def test_no_probe_ever_fails_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("something nobody thought of")

    for name in ("reader_states", "PcscConnection", "choose_reader", "_groups_of_user"):
        monkeypatch.setattr(reader_chain, name, crash)
    monkeypatch.setattr(Path, "glob", crash)
    found = findings()
    assert set(found) == set(CHAIN)
    assert ProbeAnswer.GOOD not in {each.answer for each in found.values()}
    assert "something nobody thought of" in found[Probe.SERVICE].said.en


def test_without_a_service_diagnose_ends_with_how_to_start_it(tmp_path: Path) -> None:
    """In a process of its own, as the library remembers the first service it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "testbed", "reader", "diagnose"],
        cwd=ROOT,
        env={**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "none"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "✖ the service: The PC/SC service cannot be used: it is not running" in done.stdout
    assert f"PCSCLITE_CSOCK_NAME leads to a private one ({tmp_path / 'none'})" in done.stdout
    assert "systemctl" not in done.stdout, "a private service is none of the machine's"
    assert done.stderr == ""


def test_a_card_that_another_program_keeps_is_in_use_and_not_broken(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card())
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    result, held, _ = scard.SCardConnect(
        context, FIRST, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1
    )
    assert result == scard.SCARD_S_SUCCESS
    try:
        for words in (["diagnose", "--reader", "00 00"], ["list"]):
            said = run(*words).output
            assert "Another program keeps the card to itself" in said
            assert "broken" not in said
    finally:
        scard.SCardDisconnect(held, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(context)


@pytest.mark.rules("P-019")
def test_a_passcode_is_hashed_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "passcode").write_text("4821\n")
    with (tmp_path / "passcode").open() as file:
        done = run("passcode", "--passcode-fd", str(file.fileno()), "--json")
    assert done.exit_code == 0, done.output
    assert HashedPasscode.parse(json.loads(done.stdout)["visual_passcode"]).matches("4821")
    assert not says(done.output, "4821")
    (tmp_path / "passcode").write_text("48210\n")
    with (tmp_path / "passcode").open() as file:
        refused = run("passcode", "--passcode-fd", str(file.fileno()))
    assert refused.exit_code == 1
    assert "four digits" in refused.output
    assert not says(refused.output, "4821")
