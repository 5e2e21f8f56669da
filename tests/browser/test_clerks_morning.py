"""A clerk's whole morning in a real browser: from a file with mistakes to an empty to-do list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import clerk, individual_number, oqs

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from playwright.sync_api import Page

__all__ = ["clerk", "oqs"]
pytestmark = pytest.mark.timeout(240)
MOGAMI = "990010"
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"


def line(person: int, day: str = "20261101") -> str:
    number = individual_number(person)
    return f"加入,{MOGAMI},{number},20261120,最上,{1000 + person},01,{day}\r\n"


def go(page: Page, word: str) -> None:
    """Choose a page in the frame's list."""
    page.get_by_role("navigation").first.get_by_role("link", name=re.compile(word)).first.click()


def hand_in(page: Page, path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    go(page, "ファイル")
    page.get_by_label("保険者", exact=True).select_option(MOGAMI)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=re.compile("取り込む")).click()


@pytest.mark.rules("R-070", "R-098", "R-140")
def test_a_morning_ends_with_nothing_left_to_do(  # noqa: PLR0915 # told in one go, as it goes
    oqs: httpx2.Client, clerk: Page, tmp_path: Path
) -> None:
    base = clerk.url.rstrip("/")

    # A file with a line that is refused, and the same file mended.
    path = tmp_path / "届出.csv"
    hand_in(clerk, path, HEADER + line(1) + line(2) + line(3, "20261131"))
    result = clerk.get_by_role("status", name=re.compile("結果"))
    expect(result).to_contain_text("受付 2行")
    expect(result).to_contain_text("不受理 1行")
    expect(result).to_contain_text("カレンダーにありません")
    go(clerk, "やること")
    expect(clerk.locator("main")).to_contain_text("届出.csv")
    hand_in(clerk, path, HEADER + line(1) + line(2) + line(3))
    expect(result).to_contain_text("受付 1行")
    expect(result).to_contain_text("受付済み 2行")
    expect(result).to_contain_text("不受理 0行")

    # The papers that these bring: previewed, then made.
    go(clerk, "定期処理")
    clerk.get_by_label("保険者", exact=True).select_option(MOGAMI)
    clerk.get_by_role("button", name="表示").click()
    changes = clerk.get_by_role("row").filter(has_text="届出に伴う交付").first
    changes.get_by_role("button", name=re.compile("今日.*行う")).click()
    for name in ("試験　花子", "模擬　太郎", "架空　一郎"):
        expect(clerk.get_by_role("row").filter(has_text=name)).to_contain_text("資格確認書")
    clerk.get_by_role("button", name=re.compile("この内容で")).click()
    expect(clerk.locator("main").get_by_role("status")).to_contain_text("資格確認書 3件")

    # A patient calls: found by kana, and the address is filed from her page.
    clerk.locator("#find").fill("しけん")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("h2.name")).to_contain_text("試験　花子")
    kind = clerk.get_by_label(re.compile("届出種別"))
    kind.select_option("address")
    clerk.locator("form", has=kind).get_by_role("button").first.click()
    expect(clerk.locator("main")).to_contain_text("試験　花子")
    clerk.locator("#Address").fill("模擬県模擬市新町5-5")
    clerk.locator("#PostNumber").fill("9900005")
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_text(re.compile("住所変更を受け付けました"))).to_be_visible()

    # The post: printed, and noted as sent; what waited for the old address does not go out.
    go(clerk, "発送")
    clerk.get_by_label("保険者", exact=True).select_option(MOGAMI)
    clerk.get_by_role("button", name="絞り込む").click()
    expect(clerk.locator("main")).to_contain_text("3通")
    printed = clerk.get_by_role("link", name=re.compile("証類を印刷"))
    href = printed.first.get_attribute("href")
    assert href is not None
    making = clerk.request.get(base + href).text()
    (pdf,) = re.findall(r'http-equiv="refresh" content="1; url=([^"]*)"', making)
    papers = clerk.request.get(base + pdf.replace("&amp;", "&"))
    assert papers.headers["content-type"] == "application/pdf"
    assert papers.body().startswith(b"%PDF")
    clerk.get_by_role("button", name=re.compile("送付済みにする")).click()
    clerk.get_by_role("button", name="はい、送付済みにする").click()
    expect(clerk.locator("main")).to_contain_text("3通を送付済みにしました")
    expect(clerk.locator("main")).to_contain_text("送っていない証類はありません")

    # A discrepancy, told and answered.
    go(clerk, "相違")
    for label, text in {
        "氏名": "模擬　太郎", "生年月日": "S31.11.22", "住所": "模擬県1",
        "被保険者番号": "最上 1002 01", "受診日": "20261118",
        "医療機関等の名称・所在地": "模擬医院　模擬県2",
    }.items():  # fmt: skip
        clerk.get_by_label(label).fill(text)
    clerk.get_by_label("相違のある項目").select_option("負担割合")
    clerk.get_by_label("性別").select_option("1")
    clerk.get_by_label("支払った負担割合").select_option("3割")
    clerk.get_by_role("button", name="受け付ける").click()
    told = clerk.get_by_role("row").filter(has_text="模擬　太郎")
    told.get_by_label("確かめた結果").select_option(index=1)
    told.get_by_label("回答の内容").fill("12月から2割です")
    told.get_by_role("button", name="回答する").click()
    expect(clerk.locator("main")).to_contain_text("回答を待っている申し出はありません")
    expect(clerk.locator("main")).to_contain_text("12月から2割です")

    # Nothing is left.
    go(clerk, "やること")
    expect(clerk.get_by_role("heading", level=2)).to_have_count(1)
    expect(clerk.locator("main")).to_contain_text("いまやることはありません")
