"""The panel in a browser, on a whole system: live, calm, and honest where a service is away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from testbed.cards.personas import personas
from testbed.launch.participants import INSTITUTION
from tests.browser.conftest import running
from tests.hanging import stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.timeout(240)


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def test_a_service_that_hangs_is_told_and_the_panel_comes_back(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page(locale="ja-JP")
    page.goto(addresses["testbed"] + "/?lang=ja")
    said, button = page.locator("#said"), page.locator("button").first
    expect(button).to_be_enabled()
    with stopped(addresses["testbed"]):
        expect(said).to_contain_text("操作盤のサービスが答えません", timeout=10_000)
        expect(button).to_be_disabled()
    expect(said).to_be_empty(timeout=20_000)
    expect(button).to_be_enabled()
    page.context.close()


def test_where_oqs_hangs_the_panel_says_so_and_shows_the_slots(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page(locale="ja-JP")
    with stopped(addresses["oqs_console"]):
        page.goto(addresses["testbed"] + "/?lang=ja", timeout=15_000)
        expect(page.locator("#clock .trouble")).to_contain_text("OQSが答えないので")
        expect(page.locator("article h3").first).to_have_text("受付の読取機 Virtual PCD 00 00")
    page.context.close()


def press_switch(page: Page, place: str, manner: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{place} {manner}")).click()


def pressed(page: Page, place: str, manner: str) -> Locator:
    return page.get_by_role("button", name=f"{place} {manner} 起きています", exact=True)


@pytest.fixture
def panel(browser: Browser, addresses: dict[str, str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page.goto(addresses["testbed"] + "/?lang=ja")
    yield page
    page.context.close()


def test_a_person_is_found_by_keyboard_and_the_card_laid_and_taken_with_one_press_each(
    panel: Page, addresses: dict[str, str]
) -> None:
    panel.keyboard.press("/")
    panel.keyboard.type("たなか")
    people = panel.locator("#persons > li:visible")
    expect(people).to_have_count(1)
    expect(panel.locator("#found")).to_have_text("1人")
    panel.keyboard.press("Enter")
    expect(panel.locator("#person-ichiro")).to_have_class(re.compile("lying"), timeout=20_000)
    with httpx2.Client(base_url=addresses["testbed"], trust_env=False) as testbed:
        assert testbed.get("/slots/0").json()["Card"] == "ichiro"
        panel.keyboard.press("Escape")
        expect(people).to_have_count(len(personas()))
        panel.keyboard.press("ArrowDown")
        panel.keyboard.press("ArrowRight")
        second = people.nth(1).get_by_role("button")
        expect(second).to_be_focused()
        panel.locator("#person-ichiro").get_by_role(
            "button", name="田中　一郎のカードを外す"
        ).click()
        expect(panel.locator("#person-ichiro")).not_to_have_class(re.compile("lying"))
        assert testbed.get("/slots/0").json()["Card"] is None


def test_the_panel_follows_what_is_done_elsewhere_and_moves_nothing_of_ones_own(
    panel: Page, addresses: dict[str, str]
) -> None:
    with httpx2.Client(base_url=addresses["testbed"], timeout=20, trust_env=False) as testbed:
        testbed.put("/slots/0", json={"Card": "hanako"}).raise_for_status()
        expect(panel.locator("#person-hanako")).to_have_class(re.compile("lying"), timeout=20_000)
        faults = panel.locator("#faults-0")
        faults.locator("summary").click()
        panel.locator("#search").fill("佐藤")
        panel.evaluate("window.scrollTo(0, 60); window.stayed = true")
        button = panel.locator("#person-hanako-iphone button")
        button.focus()
        at = panel.evaluate("scrollY")
        testbed.post("/slots/0/faults", json={"Faults": ["slow:ms=500"]}).raise_for_status()
        expect(panel.locator("#slot-0")).to_contain_text("故障: 応答を0.5秒遅らせる")
        testbed.put("/slots/0", json={"Card": "hanako-android"}).raise_for_status()
        expect(panel.locator("#person-hanako-android")).to_have_class(
            re.compile("lying"), timeout=20_000
        )
    expect(panel.locator("#person-hanako")).not_to_have_class(re.compile("lying"))
    expect(faults).to_have_attribute("open", "")
    expect(panel.locator("#search")).to_have_value("佐藤")
    expect(panel.locator("#persons > li:visible")).to_have_count(3)
    expect(button).to_be_focused()
    assert panel.evaluate("scrollY") == at
    assert panel.evaluate("window.stayed"), "the page was loaded anew"


def test_each_outage_and_delay_is_set_shown_and_ended_by_the_same_button(
    panel: Page, addresses: dict[str, str]
) -> None:
    with (
        httpx2.Client(base_url=addresses["oqs_console"], trust_env=False) as oqs,
        httpx2.Client(base_url=addresses["intermediate_console"], trust_env=False) as insurers,
    ):

        def effects() -> set[tuple[str, str]]:
            faults = oqs.get("/sim/operation").json()["Faults"]
            return {(one["Effect"], one["MedicalInstitutionCode"]) for one in faults}

        everything = [
            (place, manner)
            for place in ("読取機", "回線", "OQS", "連携")
            for manner in ("障害", "遅れ")
        ]
        for place, manner in everything:
            press_switch(panel, place, manner)
            expect(pressed(panel, place, manner)).to_have_attribute("aria-pressed", "true")
        assert effects() == {
            ("cut:when=before", INSTITUTION),
            ("delay:ms=3000", INSTITUTION),
            ("status:code=SIM-STORAGE-UNAVAILABLE", None),
            ("delay:ms=5000", None),
            ("delay:ms=3000", None),
        }
        assert insurers.get("/sync/status").json()["PausedBy"] == "模擬操作盤"
        assert violations(panel) == []
        for place, manner in everything:
            press_switch(panel, place, manner)
            expect(pressed(panel, place, manner)).to_have_count(0)
        assert effects() == set()
        assert "PausedBy" not in insurers.get("/sync/status").json()
        # Somebody else sets and ends it.
        order = {"Effect": "cut:when=before", "MedicalInstitutionCode": INSTITUTION}
        oqs.post("/sim/operation/faults", json=order).raise_for_status()
        expect(pressed(panel, "回線", "障害")).to_be_visible()
        oqs.delete("/sim/operation/faults").raise_for_status()
        expect(pressed(panel, "回線", "障害")).to_have_count(0)


def test_a_check_at_the_desk_fails_while_the_panel_has_cut_the_line(
    panel: Page, addresses: dict[str, str]
) -> None:
    asked = {"InsurerNumber": "990010", "InsuredCardSymbol": "最上", "Birthdate": "19800217",
             "InsuredIdentificationNumber": "1234567"}  # fmt: skip

    def cause() -> str:
        url = f"{addresses['clinic']}/api/visits/number"
        answer = httpx2.post(url, json=asked, timeout=20, trust_env=False)
        found: str = answer.raise_for_status().json()["Cause"]
        return found

    there = cause()
    assert there != "NETWORK"
    press_switch(panel, "回線", "障害")
    expect(pressed(panel, "回線", "障害")).to_be_visible()
    assert cause() == "NETWORK"
    press_switch(panel, "回線", "障害")
    expect(pressed(panel, "回線", "障害")).to_have_count(0)
    assert cause() == there


@pytest.mark.parametrize(
    ("listener", "named"),
    [
        ("clinic", "受付の画面は動きません。"),
        ("oqs_console", "資格を確認できず、新しいカードも作れません。"),
        ("intermediate_console", "保険者の手続きを登録できません。"),
    ],
)
def test_a_service_that_is_gone_is_named_with_what_to_do_and_nothing_hangs(
    panel: Page, addresses: dict[str, str], listener: str, named: str
) -> None:
    services = panel.locator("#services")
    with stopped(addresses[listener]):
        expect(services).to_contain_text(named, timeout=10_000)
        expect(services).to_contain_text("始めた端末の表示を確かめ")
        # What does not need that service is done as ever.
        panel.get_by_role("button", name="読取機 遅れ").click()
        expect(pressed(panel, "読取機", "遅れ")).to_be_visible(timeout=10_000)
        assert "Failed to fetch" not in panel.locator("body").inner_text()
        panel.goto(addresses["testbed"] + "/?lang=ja", timeout=20_000)
    expect(services).not_to_contain_text(named, timeout=20_000)
    expect(services.locator(".up")).to_have_count(4)


def test_axe_finds_nothing_and_each_width_shows_all_light_and_dark(panel: Page) -> None:
    for width, scheme in ((1280, "light"), (1024, "dark"), (390, "light"), (390, "dark")):
        panel.set_viewport_size({"width": width, "height": 800})
        panel.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert violations(panel) == []
        assert panel.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def town() -> Iterator[dict[str, str]]:
    """A system with the practice town."""
    with running("up", "--port", "0", "--json", "--town") as addresses:
        yield addresses


def test_an_exercise_is_begun_and_stopped_and_says_while_the_service_hangs(
    browser: Browser, town: dict[str, str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page.goto(town["testbed"] + "/practice?lang=ja")
    said = page.locator("#said")
    page.locator("#own summary").click()
    page.locator("#start-own").click()
    expect(said).not_to_be_empty()
    for place in (0, 1):
        page.locator(".comes").nth(place).check()
    page.locator("#start-own").click()
    expect(page.locator("#queue li")).to_have_count(2)
    expect(page).to_have_url(re.compile("exercise="))
    first = page.locator(".place").inner_text()
    with stopped(town["testbed"]):
        expect(page.locator("#next")).to_be_disabled(timeout=15_000)
        expect(said).not_to_be_empty()
    expect(page.locator("#next")).to_be_enabled(timeout=20_000)
    expect(said).to_be_empty()
    page.keyboard.press("n")
    expect(page.locator(".place")).not_to_have_text(first)
    page.locator("#stop summary").click()
    page.locator("#stop button").click()
    expect(page.locator("#result tbody tr")).to_have_count(2)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.locator("#print").click()
    assert page.evaluate("window.printed")
    page.context.close()
