"""The driver beside a browser, the diagnosis beside both: one system for all of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from testbed.launch.participants import OLD_INSURER, Addresses
from testbed.story import Story
from tests.secrecy import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.deployment, pytest.mark.timeout(240)]
LOCAL = {"pin", "face", "ways", "consent", "consent-each", "consent-items", "consent-none"}
"""Buttons that ask the service nothing, which somebody presses in the browser as well."""
OF_DIGITS = {"delete", "shuffle"}
_OFFERS = """([wanted, ofDigits]) => {
    const all = [...document.querySelectorAll("[data-screen]:not([hidden]) [data-go]")];
    const seen = all.filter((one) => one.checkVisibility()).map((one) => one.dataset.go);
    return String([...new Set(seen)].filter((one) => !ofDigits.includes(one))) === String(wanted);
}"""


class Driver:
    """The driver, as a maker's test calls it."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses
        self.system = Addresses(
            addresses["oqs_console"],
            addresses["intermediate_line"],
            addresses["clinic"],
            addresses["testbed"],
            Path(addresses["line_directory"]),
        )
        self._http = httpx2.Client(base_url=addresses["testbed"], timeout=60, trust_env=False)

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self._http.request(method, f"/driver{path}", **options)

    def does(self, method: str, path: str, **body: Any) -> Any:
        answer = self.ask(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    """A system in which Hanako's card was used once, and what drives it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "testbed", "up", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the system did not start; its words are above"
        driver = Driver(json.loads(line))
        with Story(driver.system, tell=lambda _: None) as story:
            story.a_member_gets_her_card()
        # On a busy machine the reader may be late with its credential, without which no face fits.
        for _ in range(10):
            shown = driver.does("PUT", "/card", Person="hanako")
            if "face" in [one["Id"] for one in shown["Patient"]["Buttons"]]:
                break
            driver.does("DELETE", "/card")
        yield driver
        driver.close()
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


@pytest.fixture(autouse=True)
def reset(driver: Driver) -> None:
    """What a maker's test begins with."""
    shown = driver.does("POST", "/reset", ToSeed=False)
    assert (shown["Card"], shown["Patient"]["State"], shown["Desk"]["State"]) == (
        None,
        "wait",
        "idle",
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    yield context.new_page()
    context.close()


def alike(page: Page, shown: Any) -> None:
    """The browser shows the same screen, title and buttons, in the same order."""
    screen = shown["Patient"]
    section = page.locator("[data-screen]:not([hidden])")
    expect(section).to_have_attribute("data-screen", screen["State"])
    title = section.locator("h1:visible").inner_text()
    assert "".join(title.split()) == "".join(screen["Title"].split())
    # The page is told of what the program was answered.
    wanted = [one["Id"] for one in screen["Buttons"]]
    page.wait_for_function(_OFFERS, arg=[wanted, sorted(OF_DIGITS)])


def test_a_reception_driven_by_a_program_is_the_one_that_a_browser_shows(
    driver: Driver, page: Page
) -> None:
    page.goto(driver.addresses["clinic"] + "/patient")

    def touch(button: str, **more: Any) -> Any:
        if button in LOCAL:
            page.locator(f'[data-screen]:not([hidden]) [data-go="{button}"]:visible').first.click()
        shown = driver.does("POST", "/patient/press", Id=button, **more)
        alike(page, shown)
        return shown

    alike(page, driver.does("PUT", "/card", Person="hanako"))
    touch("pin")
    touch("ways")
    touch("face")
    touch("ways")
    shown = touch("visual")
    assert shown["Desk"]["State"] == "eye"
    shown = driver.does("POST", "/desk/press", Id="identity-visual")
    assert shown["Patient"]["State"] == "consent"
    alike(page, shown)
    shown = touch("consent-each")
    (items,) = [one for one in shown["Patient"]["Buttons"] if one["Id"] == "consent-items"]
    assert "checkup" in [one["Id"] for one in items["Choices"]]
    touch("consent")
    touch("consent-each")
    page.locator('[data-item="checkup"]').click()
    touch("consent-items", Items=["checkup"])
    shown = touch("subsidy-no")
    assert (shown["Patient"]["State"], shown["Desk"]["State"]) == ("done", "valid")
    assert any("健診" in line for line in shown["Desk"]["Texts"])
    shown = driver.does("DELETE", "/card")
    assert shown["Patient"]["State"] == "wait"
    alike(page, shown)


def test_wrong_pins_are_counted_down_to_the_last_try_and_a_right_one_ends_the_count(
    driver: Driver,
) -> None:
    driver.does("PUT", "/card", Person="hanako")
    for left in (2, 1):
        driver.does("POST", "/patient/press", Id="pin")
        shown = driver.does("POST", "/patient/press", Id="enter", Pin="9999")
        assert shown["Patient"]["State"] == "wrong"
        assert f"あと{left}回" in shown["Patient"]["Title"]
    assert driver.does("POST", "/patient/press", Id="pin")["Patient"]["State"] == "last"
    driver.does("POST", "/patient/press", Id="last-try")
    shown = driver.does("POST", "/patient/press", Id="enter", Pin="1234")
    assert shown["Patient"]["State"] == "consent"
    # Who takes the card now is checked without consent.
    shown = driver.does("DELETE", "/card")
    assert (shown["Patient"]["State"], shown["Desk"]["State"]) == ("wait", "valid")


def test_who_is_not_on_the_reader_is_checked_by_number_at_the_desk(driver: Driver) -> None:
    shown = driver.does("POST", "/desk/press", Id="by-number")
    assert shown["Desk"]["State"] == "number"
    wrong = {"InsurerNumber": "06990015", "InsuredIdentificationNumber": "1", "Birthdate": "x"}
    refused = driver.ask("POST", "/desk/press", json={"Id": "submit", "Fields": wrong})
    assert refused.json()["code"] in {"SIM-INVALID-NUMBER", "SIM-INVALID-REQUEST"}
    typed = {
        "InsurerNumber": "990010", "InsuredCardSymbol": "最上", "Birthdate": "昭和55年2月17日",
        "InsuredIdentificationNumber": "1234567", "InsuredBranchNumber": "01",
    }  # fmt: skip
    shown = driver.does("POST", "/desk/press", Id="submit", Fields=typed)
    assert shown["Desk"]["State"] == "valid"
    assert driver.does("POST", "/desk/press", Id="next-patient")["Desk"]["State"] == "idle"


def test_what_an_insurer_filed_is_waited_for_by_what_the_patient_is_called(
    driver: Driver,
) -> None:
    told = driver.ask("GET", "/reports", params={"Person": "hanako"}).raise_for_status().json()
    assert [(one["Kind"], one["State"]) for one in told["Changes"]] == [("join", "delivered")]
    number = {
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234567",
        "InsuredBranchNumber": "01",
    }  # fmt: skip
    for kind in ("jlis_mismatch", "jlis_match"):  # at once
        with Story(driver.system, tell=lambda _: None) as story:
            story._report(OLD_INSURER, Kind=kind, Reason="…", **number)
        for person in ("hanako", told["PersonReference"]):
            found = driver.ask("GET", "/reports", params={"Person": person}).json()
            newest = found["Changes"][-1]
            assert (newest["Kind"], newest["State"]) == (kind, "delivered")
    nobody = driver.ask("GET", "/reports", params={"Person": "nobody"})
    assert nobody.json()["code"] == "SIM-UNKNOWN-PERSON"


def test_points_papers_and_declarations_are_done_as_at_the_desk(driver: Driver) -> None:
    def press(button: str, **fields: str) -> Any:
        return driver.does("POST", "/desk/press", Id=button, Fields=fields)["Desk"]

    def refused(button: str, **fields: str) -> dict[str, str]:
        answer = driver.ask("POST", "/desk/press", json={"Id": button, "Fields": fields})
        assert answer.status_code == 422, answer.text
        return {one["field"]: one["japanese"] for one in answer.json()["fields"]}

    press("unable")
    shown = press("device", Birthdate="S30.3.5")
    assert shown["State"] == "check"
    reckoned = press("charge", Points="291")
    assert "580円" in reckoned["Texts"], "2割 for now"
    assert "点数を" in " ".join(refused("charge", Points="many").values())

    (paper,) = [one for one in shown["Buttons"] if one["Id"] == "accept certificate"]
    required = {one["Name"]: one["Unless"] for one in paper["Fields"] if one["Required"]}
    assert required == {"ExpiresOn": "Undated", "Ratio": None}
    assert [one["Name"] for one in paper["Fields"]] == paper["Needs"]
    missing = refused("accept certificate", InsurerNumber="990010")
    assert set(missing) == {"Fields.ExpiresOn", "Fields.Ratio"}
    assert "有効期限" in missing["Fields.ExpiresOn"]
    shown = press("accept certificate", Undated="on", Ratio="3")
    assert any("資格確認書で受け付けました" in line for line in shown["Texts"])
    assert "870円" in shown["Texts"], "the points stand there, and the share is another one"

    press("withdraw", Reason="left", Staff="山本", Paid="870")
    shown = driver.does("GET", "")["Desk"]
    assert "受け取った 870円を返します。" in " ".join(shown["Texts"])
    shown = press("bring-back")
    assert "取消" not in shown["Texts"]

    press("next-patient")
    press("unable")
    shown = press("device")
    (way,) = [one["Id"] for one in shown["Buttons"] if one["Id"].endswith("/declaration")]
    shown = press(way)
    assert "print declaration" not in [one["Id"] for one in shown["Buttons"]]
    assert "body.Address" in refused("accept declaration", Name="模擬　太郎")
    declared = {
        "Name": "模擬　太郎", "Birthdate": "S55.2.17", "Sex1": "1", "Address": "架空県最上町1-1",
        "InsurerKind": "kokuho", "Telephone": "000-0000-0000",
    }  # fmt: skip
    press("keep declaration", **declared)
    shown = press(way)
    assert "delete declaration" in [one["Id"] for one in shown["Buttons"]]
    shown = press("accept declaration")
    assert shown["State"] == "check", "back at the desk"
    assert any("申立書で受け付けました" in line for line in shown["Texts"])


def test_waiting_ends_with_what_is_waited_for_or_says_what_is_shown_instead(
    driver: Driver,
) -> None:
    driver.does("PUT", "/card", Person="hanako")
    driver.does("PUT", "/card", Person="hanako")  # it stays
    shown = driver.ask("GET", "", params={"Patient": ["done", "ask"], "Desk": "card"}).json()
    assert shown["Patient"]["State"] == "ask"
    late = driver.ask("GET", "", params={"Patient": "done", "WaitSeconds": 0.2})
    assert (late.status_code, late.json()["code"]) == (409, "SIM-DRIVER-WAITED")
    assert "patient 'ask', desk 'card'" in late.json()["detail"]
    absent = driver.ask("POST", "/patient/press", json={"Id": "consent-all"})
    assert absent.json()["code"] == "SIM-DRIVER-NO-BUTTON"
    assert "face, pin, visual" in absent.json()["detail"]
    english = driver.ask("GET", "", params={"Lang": "en"}).json()
    assert english["Patient"]["Title"] == "How would you like to be identified?"


def test_no_answer_says_a_pin_again(driver: Driver) -> None:
    driver.does("PUT", "/card", Person="hanako")
    driver.does("POST", "/patient/press", Id="pin")
    for pin in ("8642", "86427531086427531086427531", {"typed": "8642"}, 8642):
        answer = driver.ask("POST", "/patient/press", json={"Id": "enter", "Pin": pin})
        assert not says(answer.text, "8642")


def test_the_diagnosis_says_what_is_wrong_until_it_is_mended(driver: Driver, page: Page) -> None:
    panel = f"{driver.addresses['testbed']}/panel/disturbances/line/outage"
    page.goto(driver.addresses["testbed"] + "/diagnose")
    expect(page.locator("#summary")).not_to_have_class("bad")
    assert Axe().run(page).response["violations"] == []
    httpx2.put(panel, json={"On": True}, trust_env=False).raise_for_status()
    try:
        page.locator("#again").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#summary")).to_have_class("bad")
        expect(page.locator(".to-do")).to_contain_text("OQS に仕掛けてあります")
        assert Axe().run(page).response["violations"] == []
        said = diagnosed(driver)
        assert said["good"] is False
    finally:
        httpx2.put(panel, json={"On": False}, trust_env=False).raise_for_status()
    page.emulate_media(media="print")
    expect(page.locator("#again")).to_be_hidden()


def diagnosed(driver: Driver) -> Any:
    command = [sys.executable, "-m", "testbed", "diagnose", "--json", "--system"]
    done = subprocess.run(
        [*command, driver.addresses["name"]], capture_output=True, text=True, check=False
    )
    said = json.loads(done.stdout)
    assert done.returncode == (0 if said["good"] else 1)
    return said


def test_a_system_in_order_is_said_to_be_and_nothing_of_it_is_changed(driver: Driver) -> None:
    driver.does("PUT", "/card", Person="hanako")
    before = driver.does("GET", "")
    said = diagnosed(driver)
    found = {one["probe"]: one for one in said["findings"]}
    assert "カードが応答します" in found["card"]["japanese"]
    for probe in ("reader", "clinic", "terminal-certificate", "clock", "sync-worker", "fonts"):
        assert found[probe]["answer"] == "good", found[probe]
    assert driver.addresses["name"] in found["system"]["japanese"]
    assert driver.does("GET", "") == before
