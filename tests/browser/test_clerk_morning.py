"""A clerk's morning with the keyboard alone; and what assistive programs and paper see of it."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import begins, clerk, individual_number, oqs

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from playwright.sync_api import Locator, Page

__all__ = ["begins", "clerk", "oqs"]
pytestmark = pytest.mark.timeout(240)
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"
PAGES = (
    "/", "/todo", "/file", "/household", "/procedures", "/upload", "/documents",
    "/posting?InsurerNumber=990010", "/periodic-runs?Insurer=990010", "/discrepancies/desk",
    "/last-four", "/readings",
)  # fmt: skip
TICKET = {
    "InsurerNumber": "990028", "Kind": "負担割合", "Name": "試験　花子", "Birthdate": "S55.2.17",
    "Sex1": "2", "Address": "模擬県模擬市新町5-5", "InsuredNumber": "最上 1001 01",
    "VisitedOn": "20261118", "Institution": "模擬医院　模擬県模擬市中央1-1", "RatioPaid": "3割",
}  # fmt: skip
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
    access(clerk, "5")
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
    access(clerk, "4")
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
    access(clerk, "2")
    expect(clerk.locator("main")).to_contain_text("Files with refused lines, or not read")


def test_axe_finds_nothing_and_a_phone_shows_all(oqs: httpx2.Client, clerk: Page) -> None:
    base = clerk.url.rstrip("/")
    text = HEADER + line(1) + line(2) + line(3, "20261131")
    sent: dict[str, Any] = {
        "InsurerNumber": "990010",
        "File": {"name": "届出.csv", "mimeType": "text/csv", "buffer": text.encode()},
    }
    result = clerk.request.post(f"{base}/upload", multipart=sent).url.removeprefix(base)
    found = clerk.request.post(f"{base}/persons", form={"Find": "しけん"}).url.removeprefix(base)
    asked = {"IndividualNumber": individual_number(1), "InsuredIdentificationNumber": "1001"}
    typed = {"InsurerNumber": "990010", "InsuredCardSymbol": "最上", "InsuredBranchNumber": "01"}
    clerk.request.post(f"{base}/file", form={**typed, **asked, "Kind": "last_four_sent"})
    for kind in ("負担割合", "限度額適用区分"):
        clerk.request.post(f"{base}/discrepancies/desk", form={**TICKET, "Kind": kind})
    for path in (*PAGES, result, found, "/persons?Find=0", "/persons?Find=1"):
        for width, language in ((1280, "ja"), (390, "en"), (320, "ja")):
            clerk.set_viewport_size({"width": width, "height": 800})
            clerk.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
            if width != 320:
                assert violations(clerk) == [], path
            assert clerk.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_axe_finds_nothing_in_what_forms_answer(
    oqs: httpx2.Client, clerk: Page, language: str
) -> None:
    base = clerk.url.rstrip("/")
    text = HEADER + line(1) + line(2)
    sent: dict[str, Any] = {
        "InsurerNumber": "990010",
        "File": {"name": "届出.csv", "mimeType": "text/csv", "buffer": text.encode()},
    }
    clerk.request.post(f"{base}/upload", multipart=sent)

    def must_be_whole(named: str) -> None:
        assert violations(clerk) == [], named
        assert clerk.evaluate("document.documentElement.scrollWidth") <= 390, named

    clerk.set_viewport_size({"width": 390, "height": 800})
    clerk.goto(f"{base}/periodic-runs?Insurer=990010&lang={language}")
    clerk.locator("form[action$=preview] button").nth(0).click()
    expect(clerk.locator(".receipt")).to_be_visible()
    must_be_whole("preview")
    clerk.goto(f"{base}/periodic-runs/rules")
    must_be_whole("rules")
    clerk.goto(f"{base}/periodic-runs/preview?Kind=changes&InsurerNumber=990010")
    clerk.locator("form[action$=start] button").nth(0).click()
    expect(clerk.locator(".receipt")).to_be_visible()
    must_be_whole("a run that is done")
    clerk.goto(f"{base}/household")
    clerk.locator("[name='IndividualNumber.0']").fill("1234")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_be_visible()
    must_be_whole("a household with a mistake")
    clerk.goto(f"{base}/discrepancies/desk")
    clerk.locator("#Name").fill("試験")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_be_visible()
    must_be_whole("a ticket with a mistake")
    clerk.goto(f"{base}/posting?InsurerNumber=990010")
    clerk.locator("form[action='/posting'] button").last.click()
    expect(clerk.get_by_role("heading", level=3)).to_be_visible()
    must_be_whole("papers that are to be sent")
    clerk.locator("form[action='/posting'] button").last.click()
    expect(clerk.locator(".receipt")).to_be_visible()
    must_be_whole("papers that were sent")


def test_the_desks_are_worked_with_the_keyboard_alone(  # noqa: PLR0915 # told in one go
    oqs: httpx2.Client, clerk: Page
) -> None:
    keys = clerk.keyboard
    access(clerk, "3")
    expect(clerk.locator("#IndividualNumber")).to_be_focused()

    # A household: the names stand there before anything is filed.
    access(clerk, "h")
    expect(clerk).to_have_url(re.compile("/household$"))
    for element, text in (
        ("InsuredCardSymbol", "最上"),
        ("InsuredIdentificationNumber", "55"),
        ("QualificationDate", "20261101"),
    ):
        clerk.locator(f"#{element}").focus()
        keys.type(text)
    clerk.locator("#InsurerNumber").focus()
    keys.type("990010")
    for place, name in ((0, "試験　花子"), (1, "模擬　太郎")):
        clerk.locator(f"[name='IndividualNumber.{place}']").focus()
        keys.type(individual_number(place + 1))
        expect(clerk.locator("tbody tr").nth(place).locator("output")).to_contain_text(name)
        keys.press("Tab")
        keys.type(f"0{place + 1}")
    keys.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("2人の加入を受け付けました")

    # A discrepancy is taken in, and answered from the to-do list.
    access(clerk, "9")
    clerk.locator("#InsurerNumber").focus()
    keys.type("990028")
    for element, text in TICKET.items():
        field = clerk.locator(f"#{element}")
        if element != "InsurerNumber":
            field.focus()
            if field.evaluate("one => one.tagName") == "SELECT":
                choose(clerk, field, text)
            else:
                keys.type(text)
    clerk.locator("#Operator").focus()
    keys.press("Enter")
    expect(clerk.locator("section[aria-labelledby=open] tbody tr")).to_have_count(1)
    access(clerk, "2")
    case = clerk.locator("section[aria-labelledby=tickets] .cases a")
    case.focus()
    keys.press("Enter")
    finding = clerk.locator("[name=Finding]")
    finding.focus()
    choose(clerk, finding, "paper_right")
    clerk.locator("[name=Text]").focus()
    keys.type("記録を直します")
    keys.press("Enter")
    expect(clerk.locator("section[aria-labelledby=answered]")).to_contain_text("記録を直します")

    # A run is looked at before it is done; then the papers go out.
    access(clerk, "8")
    clerk.get_by_role("button", name="更新: 次回を確認").focus()
    keys.press("Enter")
    expect(clerk.locator("main")).to_contain_text("まだ何も行っていません")
    access(clerk, "7")
    clerk.locator("#f-insurer").focus()
    keys.type("990010")
    keys.press("Enter")
    sent = clerk.get_by_role("button", name="2通を送付済みにする")
    sent.focus()
    keys.press("Enter")
    clerk.get_by_role("button", name="はい、送付済みにする").focus()
    keys.press("Enter")
    expect(clerk.locator(".receipt")).to_contain_text("2通を送付済みにしました。")
    expect(clerk.locator("#waiting")).to_be_empty()


def test_a_service_that_is_gone_is_said_by_the_page_itself(oqs: httpx2.Client, clerk: Page) -> None:
    expect(clerk.locator(".part.done")).to_have_count(4)
    clerk.route("**/state", lambda route: route.abort())
    gone = clerk.locator("#gone")
    expect(gone).to_contain_text("中間サーバーにつながりません", timeout=15_000)
    expect(clerk.locator(".part.done")).to_have_count(0)
    clerk.unroute("**/state")
    expect(gone).to_contain_text("再びつながりました", timeout=15_000)
    expect(clerk.locator(".part.done")).to_have_count(4)
