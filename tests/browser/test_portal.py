"""The portal on a phone, in a real browser: from the card in a reader to the saved PDF."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

from testbed.launch.participants import OLD_INSURER
from testbed.story import tokyo
from tests.browser.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from testbed.launch.participants import Addresses
    from testbed.story import Story

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def begins() -> str:
    """The day on which the story begins."""
    return "2026-11-09T09:00:00+09:00"


AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
OPEN = ("/portal/sign-in", "/portal/people", "/portal/atm", "/portal/hotline",
        "/portal/guide?card=yes&phone=yes")  # fmt: skip
OWN = ("/portal", "/portal/insurance-card", "/portal/registration", "/portal/history",
       "/portal/discrepancies", "/portal/guide", "/portal/medicines", "/portal/checkups",
       "/portal/costs", "/portal/consents")  # fmt: skip


def violations(page: Page) -> list[Any]:
    """Return what axe finds wrong with a page."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        "axe.run().then(({violations}) => violations.map("
        "one => [one.id, one.nodes.map(node => node.target.join(' '))]))"
    )
    return found


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture
def portal(system: Addresses) -> str:
    return system.oqs_console + "/portal"


@pytest.fixture
def hanako(story: Story, system: Addresses) -> None:
    """Hanako is insured, has her card, and has not registered it; it lies in the reader."""
    who = story.persona
    with httpx2.Client(base_url=system.oqs_console, trust_env=False) as oqs:
        now = {"Mode": "frozen", "Now": tokyo(2026, 11, 9, 9).isoformat()}
        oqs.put("/sim/clock", json=now).raise_for_status()
        resident = {
            "IndividualNumber": who.individual_number, "Name": who.name, "Sex1": who.sex,
            "NameKana": who.name_kana, "Birthdate": who.birthdate, "Address": who.address,
            "PostNumber": who.post_number,
        }  # fmt: skip
        oqs.post("/sim/jlis/residents", json=resident).raise_for_status()
    story._report(
        OLD_INSURER,
        Kind="join",
        FiledOn="20240401",
        InsuredCardSymbol="最上",
        InsuredIdentificationNumber="1234567",
        InsuredBranchNumber="01",
        QualificationDate="20240401",
    )
    story.advance(Seconds=0)
    story.insert()


@pytest.fixture
def phone(browser: Browser, hanako: None) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    yield context
    context.close()


def sign_in(context: BrowserContext, portal: str, pin: str = "1234") -> Page:
    page = context.new_page()
    page.goto(portal)
    page.get_by_role("button", name="カードでログイン").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="カードを読み取る画面").click()
    reader = opened.value
    assert "pin" not in reader.url
    reader.get_by_label("暗証番号").fill(pin)
    reader.get_by_role("button", name="ログインする").click()
    expect(reader.get_by_text("確かめました")).to_be_visible()
    reader.close()
    # The page goes on by itself.
    expect(page.locator("h1.who")).to_have_text(re.compile("佐藤　花子"), timeout=10_000)
    return page


def test_from_the_card_to_the_saved_pdf(phone: BrowserContext, portal: str) -> None:
    page = sign_in(phone, portal)
    expect(page.locator(".standing .word")).to_contain_text("未登録")
    page.get_by_role("link", name="健康保険証", exact=True).last.click()
    expect(page.get_by_text("利用登録が済んでいる必要があります")).to_be_visible()
    page.get_by_role("link", name="利用登録へ進む").click()
    expect(page.locator(".steps .now")).to_contain_text("利用登録を申し込む")
    page.get_by_role("button", name="利用登録する").click()
    expect(page.locator(".standing .word")).to_contain_text("登録済")
    expect(page.locator(".steps .done")).to_have_count(4)
    page.get_by_role("link", name="健康保険証を見る").click()
    expect(page.locator(".insurer")).to_contain_text("1234567")
    picture(page, "portal-insurance-card.png")
    with page.expect_download() as saving:
        page.get_by_role("link", name="端末に保存").click()
    assert saving.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="履歴").click()
    expect(page.locator(".log li")).to_have_count(3)
    picture(page, "portal-history.png")
    page.get_by_role("link", name="ホーム").click()
    picture(page, "portal-home.png")
    page.get_by_role("button", name="ログアウト").click()
    expect(page).to_have_url(re.compile("/portal/sign-in$"))
    page.go_back()
    page.reload()
    expect(page.get_by_text("花子")).to_have_count(0)


def test_axe_finds_nothing_and_each_width_shows_all_light_and_dark(
    browser: Browser, phone: BrowserContext, portal: str
) -> None:
    signed_in = sign_in(phone, portal).context.cookies()
    root = portal.removesuffix("/portal")
    for width, scheme, locale in (
        (390, "light", "ja-JP"), (390, "dark", "ja-JP"), (320, "light", "ja-JP"),
        (1280, "dark", "ja-JP"), (390, "dark", "en-GB"), (320, "light", "en-GB"),
        (1280, "light", "en-GB"),
    ):  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = context.new_page()
        for path in OPEN:
            page.goto(root + path)
            assert violations(page) == [], (path, width, scheme, locale)
            assert not is_wider_than_the_screen(page), (path, width, locale)
        page.goto(root + "/portal/atm")
        page.locator("main button").click()
        assert violations(page) == [], (page.url, width, scheme)
        assert not is_wider_than_the_screen(page), (page.url, width)
        context.add_cookies(signed_in)
        for path in OWN:
            page.goto(root + path)
            assert page.url.endswith(path)
            assert page.locator("html").get_attribute("lang") == locale[:2]
            assert violations(page) == [], (path, width, scheme, locale)
            assert not is_wider_than_the_screen(page), (path, width, locale)
        context.close()


def test_by_keyboard_and_without_a_script(browser: Browser, hanako: None, portal: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ja-JP", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(portal)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(4):  # the brand, the card, the people
        page.keyboard.press("Tab")
        if page.get_by_role("link", name="人を選ぶ").evaluate("one => one.matches(':focus')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("人を選ぶ")
    page.locator("#query").focus()
    page.keyboard.type("はなこ")
    page.keyboard.press("Enter")
    page.locator(".person").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1.who")).to_contain_text("佐藤　花子")
    assert "?" not in page.url
    page.goto(portal + "/registration")
    page.get_by_role("button", name="利用登録する").press("Enter")
    expect(page.locator(".standing .word")).to_contain_text("登録済")
    context.close()


def test_the_atm_and_the_hotline(phone: BrowserContext, portal: str, system: Addresses) -> None:
    page = phone.new_page()
    page.goto(portal + "/atm")
    page.get_by_role("link", name="人を選んで始める").click()
    page.locator(".person").first.click()
    page.get_by_role("button", name="利用登録する").click()
    expect(page.get_by_text("カードをお取りください")).to_be_visible()
    picture(page, "portal-atm.png")
    page.goto(portal + "/hotline")
    page.get_by_label("氏名").fill("さとうはなこ")
    page.get_by_label("生年月日").fill("1980-02-17")
    page.get_by_role("button", name="カードを止める").click()
    expect(page.get_by_role("heading", name="カードを止めました")).to_be_visible()
    with httpx2.Client(base_url=system.clinic, trust_env=False, timeout=30) as clinic:
        refused = clinic.post("/api/visits", json={"Pin": "1234"})
        assert "SIM-CERTIFICATE-SUSPENDED" in refused.text
