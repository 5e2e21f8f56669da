"""A clerk's morning with the keyboard alone; and what assistive programs and paper see of it."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import clerk, individual_number, oqs

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from playwright.sync_api import Locator, Page

__all__ = ["clerk", "oqs"]
pytestmark = pytest.mark.timeout(240)
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"
PAGES = ("/", "/todo", "/file", "/procedures", "/upload", "/documents", "/readings")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def line(person: int, day: str = "20261101") -> str:
    return f"加入,990010,{individual_number(person)},20261120,最上,{1000 + person},01,{day}\r\n"


def access(page: Page, key: str) -> None:
    """Do what an access key does: browsers without a window leave Alt to the desktop."""
    meant = page.locator(f"[accesskey='{key}']")
    expect(meant).to_have_count(1)
    meant.focus()
    if meant.evaluate("one => one.tagName") == "A":
        page.keyboard.press("Enter")


def choose(page: Page, select: Locator, value: str) -> None:
    """Go down a choice until a value stands there."""
    for _ in range(40):
        if select.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(value)


def violations(page: Page) -> list[Any]:
    """Return what axe finds wrong with a page."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        "axe.run().then(({violations}) => violations.map("
        "one => [one.id, one.nodes.map(node => node.target.join(' '))]))"
    )
    return found


def test_a_morning_with_the_keyboard_alone(  # noqa: PLR0915 # told in one go, as it goes
    oqs: httpx2.Client, clerk: Page, tmp_path: Path
) -> None:
    keys = clerk.keyboard
    keys.press("Tab")
    expect(clerk.locator(".skip")).to_be_focused()

    # A file, with a line that is wrong.
    access(clerk, "3")
    expect(clerk).to_have_url(re.compile("/upload$"))
    path = tmp_path / "届出.csv"
    path.write_text(HEADER + line(1) + line(2) + line(3, "20261131"), "utf-8")
    clerk.locator("#File").set_input_files(path)  # the dialog is the browser's own
    clerk.locator("#InsurerNumber").focus()
    keys.type("990010")
    clerk.locator("#Operator").focus()
    keys.type("模擬係")
    keys.press("Enter")
    result = clerk.locator("section.receipt")
    expect(result).to_contain_text("受付 2行")
    expect(result).to_contain_text("不受理 1行")

    # A person by kana, and the next procedure from there.
    access(clerk, "s")
    expect(clerk.locator("#find")).to_be_focused()
    keys.type("しけん")
    keys.press("Enter")
    expect(clerk.locator("h2.name")).to_contain_text("試験　花子")
    access(clerk, "k")
    select = clerk.get_by_label("届出種別（最上型国民健康保険（模擬））")
    expect(select).to_be_focused()
    choose(clerk, select, "address")
    keys.press("Tab")
    keys.press("Enter")
    expect(clerk.locator(".whom")).to_contain_text("試験　花子")
    expect(clerk.locator("#IndividualNumber")).to_have_count(0)
    clerk.locator("#Address").focus()
    keys.type("模擬県模擬市新町5-5")
    keys.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("住所変更を受け付けました")

    # The name stands there before anything is filed.
    expect(clerk.locator("#IndividualNumber")).to_be_focused()
    keys.type(individual_number(2))
    expect(clerk.locator("output.named")).to_contain_text("模擬　太郎")

    # The list, filtered; the address carries it.
    access(clerk, "7")
    expect(clerk.locator("tbody tr")).to_have_count(3)
    kind = clerk.locator("#f-Kind")
    kind.focus()
    choose(clerk, kind, "address")
    clerk.locator(".filters button").focus()
    keys.press("Enter")
    expect(clerk.locator("tbody tr")).to_have_count(1)
    assert "Kind=address" in clerk.url

    # Printed, nothing is cut off.
    clerk.emulate_media(media="print")
    assert clerk.evaluate(
        "[...document.querySelectorAll('.table')].every(one => one.scrollWidth <= one.clientWidth)"
    )
    assert clerk.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    clerk.emulate_media(media="screen")

    # The other language, from here on.
    access(clerk, "l")
    expect(clerk.locator("html")).to_have_attribute("lang", "en")
    expect(clerk.locator("main")).to_contain_text("Procedures")
    assert "Kind=address" in clerk.url
    access(clerk, "8")
    expect(clerk.locator("main")).to_contain_text("Files with refused lines")


def test_axe_finds_nothing_and_a_phone_shows_all(oqs: httpx2.Client, clerk: Page) -> None:
    base = clerk.url.rstrip("/")
    text = HEADER + line(1) + line(2) + line(3, "20261131")
    sent: dict[str, Any] = {
        "InsurerNumber": "990010",
        "File": {"name": "届出.csv", "mimeType": "text/csv", "buffer": text.encode()},
    }
    result = clerk.request.post(f"{base}/upload", multipart=sent).url.removeprefix(base)
    found = clerk.request.post(f"{base}/persons", form={"Find": "しけん"}).url.removeprefix(base)
    for path in (*PAGES, result, found, "/persons?Find=0", "/persons?Find=1"):
        for width, language in ((1280, "ja"), (390, "en")):
            clerk.set_viewport_size({"width": width, "height": 800})
            clerk.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
            assert violations(clerk) == [], path
            assert clerk.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_service_that_is_gone_is_said_by_the_page_itself(oqs: httpx2.Client, clerk: Page) -> None:
    expect(clerk.locator(".part.done")).to_have_count(4)
    clerk.route("**/state", lambda route: route.abort())
    gone = clerk.locator("#gone")
    expect(gone).to_contain_text("中間サーバーにつながりません", timeout=15_000)
    expect(clerk.locator(".part.done")).to_have_count(0)
    clerk.unroute("**/state")
    expect(gone).to_contain_text("再びつながりました", timeout=15_000)
    expect(clerk.locator(".part.done")).to_have_count(4)
