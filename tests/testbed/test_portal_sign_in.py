"""The card in a reader signs in at the portal: by the testbed's page, its route, the command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import pytest
from click.testing import CliRunner, Result

import oqs_sim.app
import oqs_sim.settings
import testbed.app
import testbed.settings
from testbed.commands.portal import command as oqs_portal
from tests.equipment.served import Served
from tests.oqs_sim.portal.english import japanese_in
from tests.secrecy import says
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack

PIN = "1234"


@dataclass
class Home:
    """OQS, the testbed with Hanako's card in slot 0, and a browser at the portal."""

    oqs: httpx2.Client
    testbed: httpx2.Client
    console: str

    def begin(self) -> str:
        """Have the browser show a code."""
        page = self.oqs.post("/portal/sign-in", follow_redirects=True).text
        first = page.partition('aria-labelledby="code-word">')[2].partition("</p>")[0]
        return "".join(part.partition("</span>")[0] for part in first.split("<span>")[1:])

    def is_signed_in(self) -> bool:
        page = self.oqs.post("/portal/sign-in/card", follow_redirects=True)
        return "佐藤　花子" in page.text


@pytest.fixture
def home(pcsc_stack: PcscStack, tmp_path: Path) -> Iterator[Home]:
    with bind("127.0.0.1", 0) as at_oqs, bind("127.0.0.1", 0) as at_testbed:
        console = Listener(at_oqs)
        bed = testbed.settings.Settings(tmp_path / "cards", pcsc_stack.directory, console.url)
        database = f"sqlite:///{tmp_path}/oqs.sqlite"
        with (
            Served(oqs_sim.app.build_app(oqs_sim.settings.Settings(database)), console),
            Served(testbed.app.build_app(bed), own := Listener(at_testbed)),
            httpx2.Client(base_url=console.url, trust_env=False, timeout=30) as oqs,
            httpx2.Client(base_url=own.url, trust_env=False, timeout=30) as client,
        ):
            oqs.put("/sim/clock", json={"Mode": "frozen", "Now": "2026-11-09T09:00:00+09:00"})
            client.put("/slots/0", json={"Card": "hanako"}).raise_for_status()
            yield Home(oqs, client, console.url)
            client.delete("/slots/0")


def test_the_page_signs_in_and_a_wrong_pin_leaves_the_code_and_says_the_tries(home: Home) -> None:
    code = home.begin()
    page = home.testbed.get(f"/portal-card?code={code}").text
    assert f'value="{code}"' in page
    assert "佐藤　花子" in page
    form = {"Code": code, "Slot": "0", "Pin": "9999"}
    wrong = home.testbed.post("/portal-card", data=form)
    assert wrong.status_code == 422
    assert "あと2回" in wrong.text
    assert not says(wrong.text, "9999")
    assert not home.is_signed_in()
    right = home.testbed.post("/portal-card", data={**form, "Pin": PIN})
    assert "確かめました" in right.text
    assert home.is_signed_in()


def test_the_page_is_in_english_too(home: Home) -> None:
    code = home.begin()
    assert (
        f'lang=en&amp;code={code}" lang="en"' in home.testbed.get(f"/portal-card?code={code}").text
    )
    form = {"Code": code, "Slot": "0", "Pin": "9999"}
    for page in (
        home.testbed.get(f"/portal-card?lang=en&code={code}"),
        home.testbed.post("/portal-card?lang=en", data=form),
        home.testbed.post("/portal-card?lang=en", data={**form, "Code": "NONE"}),
        home.testbed.post("/portal-card?lang=en", data={**form, "Pin": PIN}),
    ):
        assert japanese_in(page.text) == []
    assert "Go back to Mynaportal" in page.text


def test_the_page_says_how_many_tries_the_pin_has_before_one_is_used(home: Home) -> None:
    code = home.begin()
    assert "暗証番号はあと3回まちがえるとロックされます" in home.testbed.get("/portal-card").text
    form = {"Code": code, "Slot": "0", "Pin": "9999"}
    home.testbed.post("/portal-card", data=form)
    page = home.testbed.get(f"/portal-card?code={code}").text
    assert "暗証番号はあと2回まちがえるとロックされます" in page
    home.testbed.post("/portal-card", data=form)
    assert 'name="LastTry"' in home.testbed.get(f"/portal-card?code={code}").text
    home.testbed.post("/portal-card", data={**form, "LastTry": "1"})
    assert "暗証番号がロックされています" in home.testbed.get("/portal-card").text


def test_the_last_try_is_used_only_when_it_is_confirmed(home: Home) -> None:
    form = {"Code": home.begin(), "Slot": "0", "Pin": "9999"}
    for _ in range(2):
        home.testbed.post("/portal-card", data=form)
    held_back = home.testbed.post("/portal-card", data={**form, "Pin": PIN})
    assert "まだカードには送っていません" in held_back.text
    assert 'name="LastTry"' in held_back.text
    done = home.testbed.post("/portal-card", data={**form, "Pin": PIN, "LastTry": "1"})
    assert "確かめました" in done.text


def test_a_wrong_code_costs_no_try(home: Home) -> None:
    for code in ("ABCDEFGH", "x", ""):
        page = home.testbed.post("/portal-card", data={"Code": code, "Slot": "0", "Pin": "9999"})
        assert "このログイン番号は使えません" in page.text
    code = home.begin()
    wrong = {"Code": code, "Slot": "0", "Pin": "9999"}
    assert "あと2回" in home.testbed.post("/portal-card", data=wrong).text


def test_an_empty_slot_and_an_unknown_one_are_told(home: Home) -> None:
    code = home.begin()
    empty = home.testbed.post("/slots/1/portal-sign-in", json={"Code": code, "Pin": PIN})
    assert empty.json()["code"] == "SIM-SLOT-EMPTY"
    unknown = home.testbed.post("/slots/7/portal-sign-in", json={"Code": code, "Pin": PIN})
    assert unknown.json()["code"] == "SIM-SLOT-UNKNOWN"
    home.testbed.delete("/slots/0")
    assert "読取機にカードがありません" in home.testbed.get("/portal-card").text


def test_a_program_signs_in_with_the_card_in_a_slot(home: Home) -> None:
    asked = {"Code": home.begin(), "Pin": PIN}
    assert home.testbed.post("/slots/0/portal-sign-in", json=asked).status_code == 204
    assert home.is_signed_in()
    again = home.testbed.post("/slots/0/portal-sign-in", json=asked)
    assert again.json()["code"] == "SIM-SIGN-IN-UNKNOWN"


def test_the_command_signs_in_and_shows_no_pin(home: Home) -> None:
    code = home.begin()
    asked = ["sign-in", code.lower(), "--oqs", home.console, "--reader", "00 00"]
    wrong = run(*asked, pin="9999")
    assert wrong.exit_code == 3
    assert "あと2回" in wrong.output
    done = run(*asked, "--json", pin=PIN)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"signedIn": True, "channel": "portal"}
    for said in (wrong.output, done.output):
        assert not says(said, PIN)
        assert not says(said, "9999")
    assert home.is_signed_in()


def test_the_command_asks_for_no_pin_where_the_code_is_wrong(home: Home) -> None:
    asked = ["--oqs", home.console, "--reader", "00 00"]
    for code in ("ABCDEFGH", "no"):
        refused = run("sign-in", code, *asked, "--json", pin="9999")
        assert refused.exit_code == 1
        assert json.loads(refused.stdout)["error"]["problem"] == "SIM-SIGN-IN-UNKNOWN"
    left = run("sign-in", home.begin(), *asked, pin="9999")
    assert "あと2回" in left.output


def run(*arguments: str, pin: str) -> Result:
    return CliRunner().invoke(oqs_portal, [*arguments, "--lang", "ja"], input=f"{pin}\n")
