"""The forms at the counter in a real browser: nothing by heart, nothing lost or done by accident."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import clerk, individual_number, oqs
from tests.browser.test_clerk_morning import violations

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Page

__all__ = ["clerk", "oqs"]
pytestmark = pytest.mark.timeout(180)
MOGAMI = "990010"


def base(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def file(page: Page, person: int = 1, kind: str = "join", **fields: str) -> None:
    """File a procedure without looking at the form."""
    typed = {
        "Kind": kind, "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(person),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
        "InsuredBranchNumber": f"0{person}", **fields,
    }  # fmt: skip
    if kind == "join":
        typed.setdefault("QualificationDate", "20261101")
    assert page.request.post(f"{base(page)}/file", form=typed).ok


def open_person(page: Page, person: int = 1) -> None:
    page.locator("#find").fill(individual_number(person))
    page.keyboard.press("Enter")
    expect(page.locator("h2.name")).to_be_visible()


def must_be_whole(page: Page) -> None:
    """Axe finds nothing, at the desk and on a phone."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_correction_begins_at_what_was_filed_and_shows_what_is_recorded(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk)
    file(clerk, kind="ratio", InsuredPartialContributionRatio="020")
    open_person(clerk)
    joined = clerk.locator(".timeline > li").filter(has_text="加入")
    joined.get_by_role("link", name=re.compile("訂正")).click()
    expect(clerk.locator("main")).to_contain_text("訂正する届出: 加入 資格取得日 2026年11月1日")
    expect(clerk.locator("#CorrectedVersion")).to_have_count(0)
    expect(clerk.locator(".field", has=clerk.locator("#QualificationDate"))).to_contain_text(
        "いま 2026-11-01"
    )
    ratio = clerk.locator(".field", has=clerk.locator("#InsuredPartialContributionRatio"))
    expect(ratio.locator(".recorded")).to_have_text("いま 2割")
    must_be_whole(clerk)
    clerk.locator("#QualificationDate").fill("20261105")
    clerk.locator("#Reason").fill("届書の日付の誤り")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("訂正を受け付けました")
    clerk.locator("#receipt a").first.click()
    expect(clerk.locator(".timeline > li").first).to_contain_text("版1の訂正")
    expect(clerk.locator("main")).to_contain_text("2026-11-05 から")


def test_who_comes_with_the_twelve_digits_chooses_among_what_was_filed(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk)
    file(clerk, kind="address", Address="模擬県模擬市新町5-5")
    clerk.goto(f"{base(clerk)}/file?Kind=correct")
    clerk.locator("#IndividualNumber").fill(individual_number(1))
    clerk.keyboard.press("Enter")
    choice = clerk.locator(".choice button")
    expect(choice).to_have_count(2)
    expect(choice.first).to_contain_text("住所変更 模擬県模擬市新町5-5")
    must_be_whole(clerk)
    choice.first.click()
    expect(clerk.locator("main")).to_contain_text("訂正する届出: 住所変更")
    clerk.locator("summary").click()
    address = clerk.locator(".field", has=clerk.locator("#Address"))
    expect(address).to_contain_text("いま 模擬県模擬市新町5-5")
    clerk.get_by_role("button", name="ほかの届出を選ぶ").click()
    expect(choice).to_have_count(2)


def test_a_cancellation_says_what_it_undoes_and_asks(oqs: httpx2.Client, clerk: Page) -> None:
    file(clerk)
    file(clerk, kind="address", Address="模擬県模擬市新町5-5")
    asked = clerk.locator(".undoing")

    def ask() -> None:
        clerk.goto(f"{base(clerk)}/procedures")
        rows = clerk.get_by_role("row")
        expect(rows.filter(has_text="住所変更").get_by_role("link", name="取消")).to_have_count(0)
        rows.filter(has_text="資格取得日").get_by_role("link", name=re.compile("取消")).click()
        expect(clerk.locator("main")).to_contain_text("取り消す加入: 最上 55 01")
        clerk.locator("#Reason").fill("二重の届出")
        clerk.keyboard.press("Enter")
        expect(asked).to_be_focused()

    ask()
    expect(asked).to_contain_text("まだ届け出ていません")
    expect(asked.locator("li").filter(has_text="住所変更")).to_have_count(1)
    expect(asked).to_contain_text("資格確認書（2026年11月20日（金））")
    must_be_whole(clerk)
    asked.get_by_role("link", name="取り消さない").click()
    expect(clerk.locator(".timeline > li")).to_have_count(2)
    ask()
    clerk.get_by_role("button", name="取り消す", exact=True).click()
    expect(clerk.locator("#receipt")).to_contain_text("取消を受け付けました")
    clerk.locator("#receipt a").first.click()
    expect(clerk.locator(".timeline > li")).to_have_count(3)
    expect(clerk.locator(".timeline > li").first).to_contain_text("加入の取消")
