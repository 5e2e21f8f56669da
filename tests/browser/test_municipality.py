"""The municipality's counter in a real browser, with real cards in the testbed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.timeout(240)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def testbed(addresses: dict[str, str]) -> Iterator[httpx2.Client]:
    """The machine with the cards."""
    with httpx2.Client(base_url=addresses["testbed"], timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def clerk(browser: Browser, addresses: dict[str, str]) -> Iterator[Page]:
    """The clerk's screen, which needs no script."""
    set_clock(addresses, "2026-11-16T10:00:00+09:00")
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="ja-JP", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(addresses["oqs_console"] + "/municipality")
    yield page
    context.close()


def set_clock(addresses: dict[str, str], now: str) -> None:
    body = {"Mode": "frozen", "Now": now}
    answer = httpx2.put(addresses["oqs_console"] + "/sim/clock", json=body, trust_env=False)
    assert answer.is_success, answer.text


def find(clerk: Page, sought: str, name: str) -> None:
    clerk.locator("[name=sought]").first.fill(sought)
    clerk.get_by_role("button", name="探す").first.click()
    clerk.get_by_role("link", name=name).click()


def file(clerk: Page, act: str, **fields: str) -> str:
    """Fill in the form of an act and send it; return what the receipt says."""
    form = clerk.locator("details.act").filter(has=clerk.get_by_text(act, exact=True))
    form.locator("summary").click()
    for label, value in fields.items():
        field = form.get_by_label(label, exact=True)
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    form.get_by_role("button").click()
    expect(clerk.locator("#receipt")).to_contain_text(act)
    return clerk.locator("#receipt p").first.inner_text()


def registered(testbed: httpx2.Client, pin: str) -> str:
    """Use a PIN of Hanako's card; return the code of what came of it."""
    answer = testbed.post("/cards/hanako/registration", json={"Pin": pin})
    return str(answer.json()["code"])


@pytest.mark.rules("P-017")
def test_a_pin_goes_to_the_card_and_nowhere_else(
    clerk: Page, testbed: httpx2.Client, addresses: dict[str, str]
) -> None:
    assert testbed.post("/cards", json={"Persona": "hanako"}).is_success
    for _ in range(3):
        assert registered(testbed, "9999") == "SIM-READER"
    find(clerk, "hanako", "佐藤")
    expect(clerk.locator("article .state")).to_contain_text("使えます")
    form = clerk.locator("details.act").filter(has_text="暗証番号の初期化")
    form.locator("summary").click()
    form.get_by_label("新しい暗証番号", exact=True).fill("8642")
    form.get_by_label("もう一度", exact=True).fill("8643")
    form.get_by_role("button").click()
    expect(clerk.get_by_role("alert")).to_contain_text("2回の暗証番号が違います")
    clerk.locator("details.act[open] summary").click()
    file(clerk, "暗証番号の初期化", 新しい暗証番号="8642", もう一度="8642")
    assert registered(testbed, "8642") == "SIM-NO-ACTIVE-QUALIFICATION", "the PIN was right"
    password = "ZQX9WKJ7VB"
    file(
        clerk, "暗証番号の初期化", どの暗証番号="署名用（英数字6〜16桁）",
        新しい暗証番号=password, もう一度=password,
    )  # fmt: skip
    assert password not in clerk.content()
    place = Path(addresses["line_directory"]).parent
    holding = [one for one in place.rglob("*") if one.is_file() and one.parent.name != "cards"]
    assert any(one.name.startswith("oqs.sqlite") for one in holding)
    assert not [one for one in holding if password.encode() in one.read_bytes()]
    form = clerk.locator("details.act").filter(has_text="暗証番号の初期化")
    form.locator("summary").click()
    form.get_by_label("新しい暗証番号", exact=True).fill("12")
    form.get_by_label("もう一度", exact=True).fill("12")
    form.get_by_role("button").click()
    expect(clerk.get_by_role("alert")).to_contain_text("数字4桁で決めてください")


@pytest.mark.rules("R-112", "R-115", "R-117")
def test_a_resident_moves_loses_the_card_and_gets_another(
    clerk: Page, testbed: httpx2.Client, addresses: dict[str, str]
) -> None:
    assert testbed.post("/cards", json={"Persona": "hanako"}).is_success
    first = testbed.get("/cards/hanako").json()["SerialNumber"]
    find(clerk, "さとう", "佐藤")
    file(clerk, "転出届", 転出予定日="2026-11-17")
    set_clock(addresses, "2026-11-17T10:00:00+09:00")
    clerk.reload()
    expect(clerk.locator("article .state")).to_contain_text("休止中")
    form = clerk.locator("details.act").filter(has=clerk.get_by_text("転入届", exact=True))
    form.locator("summary").click()
    form.get_by_label("住み始めた日").fill("2026-11-18")
    form.get_by_label("新しい住所").fill("模擬県別市2-2")
    form.get_by_role("button").click()
    expect(clerk.get_by_role("alert")).to_contain_text("今日より後")
    expect(form.get_by_label("新しい住所")).to_have_value("模擬県別市2-2")
    form.get_by_label("住み始めた日").fill("2026-11-17")
    form.get_by_label("市区町村コード").fill("99002")
    form.get_by_role("button").click()
    told = clerk.locator("#receipt p").first.inner_text()
    assert "継続利用の手続きも済み" in told
    expect(clerk.locator("article .state")).to_contain_text("使えます")
    expect(clerk.locator(".who")).to_contain_text("模擬県別市2-2")
    file(clerk, "紛失・一時停止")
    expect(clerk.locator("article .state")).to_contain_text("一時停止中")
    assert "最短で令和8年11月24日" in file(clerk, "カードの申請", 理由="紛失")
    set_clock(addresses, "2026-11-24T10:00:00+09:00")
    clerk.reload()
    file(clerk, "カードの交付")
    second = testbed.get("/cards/hanako").json()["SerialNumber"]
    assert second != first
    expect(clerk.locator("article")).to_have_count(1)
    expect(clerk.locator("article")).to_contain_text(second)
    expect(clerk.locator("article .state")).to_contain_text("使えます")
    assert registered(testbed, "1234") == "SIM-NO-ACTIVE-QUALIFICATION"


@pytest.mark.rules("P-002", "P-004")
def test_a_certificate_past_its_day_is_renewed_on_the_card(
    clerk: Page, testbed: httpx2.Client
) -> None:
    for persona in ("shigeru", "fumi"):
        assert testbed.post("/cards", json={"Persona": persona}).is_success
    find(clerk, "shigeru", "伊藤")
    expect(clerk.locator("article .state")).to_contain_text("猶予期間")
    assert "利用登録はまだありません" in file(clerk, "電子証明書の更新")
    find(clerk, "fumi", "渡辺")
    expect(clerk.locator("article .state")).to_contain_text("使えません")
    assert "利用登録はまだありません" in file(clerk, "電子証明書の更新")


def violations(page: Page) -> list[Any]:
    """Return what axe finds wrong with a page."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        "axe.run().then(({violations}) => violations.map("
        "one => [one.id, one.impact, one.nodes.map(node => node.html)]))"
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_shows_all(
    clerk: Page, testbed: httpx2.Client, addresses: dict[str, str], browser: Browser, scheme: Any
) -> None:
    for persona in ("hanako", "hanako-android", "ichiro", "yoko", "takeshi"):
        assert testbed.post("/cards", json={"Persona": persona}).is_success
    paths = ["/municipality?sought=さ"]
    for persona, name in (("hanako", "佐藤"), ("yoko", "中村"), ("takeshi", "山本")):
        find(clerk, persona, name)
        paths.append(clerk.url.removeprefix(addresses["oqs_console"]))
    find(clerk, "ichiro", "田中")
    file(clerk, "転出届", 転出予定日="2026-11-17")
    paths += [clerk.url.removeprefix(addresses["oqs_console"]), "/municipality/persons/nobody"]
    set_clock(addresses, "2030-12-16T10:00:00+09:00")
    paths.append("/municipality/notices")
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, locale="ja-JP", color_scheme=scheme
    )
    page = context.new_page()
    for path in paths:
        page.goto(addresses["oqs_console"] + path)
        expect(page.locator(".mark").first).to_have_text("模擬")
        for summary in page.locator("summary").all():
            summary.click()
        assert violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{path} is {wide} pixels wide"
    expect(page.locator("tbody tr")).not_to_have_count(0)
    context.close()
