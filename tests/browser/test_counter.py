"""The counter of an insurer in a real browser: a household, a release, open answers, a ticket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import clerk, individual_number, oqs

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)
__all__ = ["clerk", "oqs"]
MOGAMI = "990010"


def type_number(page: Page, person: int, branch: str) -> None:
    page.get_by_label("保険者").select_option(MOGAMI)
    page.locator("#IndividualNumber").fill(individual_number(person))
    page.get_by_label("記号", exact=True).fill("最上")
    page.locator("#InsuredIdentificationNumber").fill("55")
    page.get_by_label("枝番", exact=True).fill(branch)


@pytest.mark.rules("R-028", "R-190", "R-098")
def test_a_day_at_the_counter(  # noqa: PLR0915 # told in one go
    clerk: Page, oqs: httpx2.Client
) -> None:
    page = clerk
    page.get_by_role("link", name="届出", exact=True).click()
    page.get_by_role("link", name="世帯でまとめて").click()
    page.get_by_label("保険者").select_option(MOGAMI)
    page.get_by_label("記号", exact=True).fill("最上")
    page.locator("#InsuredIdentificationNumber").fill("55")
    page.get_by_label("資格取得日").fill("20261101")
    for place in (1, 2):
        page.get_by_label(f"{place}人目の個人番号").fill(individual_number(place))
        page.get_by_label(f"{place}人目の枝番").fill(f"0{place}")
    expect(page.locator("#Householder")).to_have_value("試験　花子")
    page.get_by_label("2人目の枝番").fill("枝")
    page.get_by_role("button", name="届け出る", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("だれの分も受け付けていません")
    page.get_by_label("2人目の枝番").fill("02")
    page.get_by_role("button", name="届け出る", exact=True).last.click()
    expect(page.locator(".receipt")).to_contain_text("2人の加入を受け付けました")

    page.goto(re.sub(r"/household.*", "/file", page.url))
    page.get_by_role("button", name="利用登録解除").click()
    type_number(page, 1, "01")
    page.get_by_role("button", name="届け出る", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("身分証明書が足りません")

    page.get_by_role("button", name="下4桁通知").click()
    type_number(page, 2, "02")
    page.get_by_role("button", name="届け出る", exact=True).last.click()
    expect(page.locator("#receipt")).to_contain_text("下4桁通知を受け付けました")
    page.get_by_role("link", name="概況").click()
    page.locator("a[href='/last-four']").first.click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("模擬　太郎")
    page.get_by_role("button", name="回答を記入").click()
    page.locator("#IndividualNumber").fill(individual_number(2))
    page.get_by_label("下4桁").fill(individual_number(2)[-4:])
    page.get_by_role("button", name="届け出る", exact=True).last.click()
    expect(page.locator("#receipt")).to_contain_text("下4桁確認を受け付けました")
    page.get_by_role("link", name="概況").click()
    page.locator("a[href='/last-four']").first.click()
    expect(page.get_by_text("回答を待っている人はいません")).to_be_visible()

    page.get_by_role("link", name="相違").click()
    page.get_by_label("相違のある項目").select_option("負担割合")
    page.get_by_label("氏名").fill("試験　花子")
    page.get_by_label("生年月日").fill("S55.2.17")
    page.get_by_label("性別").select_option("2")
    page.get_by_label("住所").fill("模擬県1")
    page.get_by_label("被保険者番号").fill("最上 55 01")
    page.get_by_label("受診日").fill("20261118")
    page.get_by_label("医療機関等の名称・所在地").fill("模擬医院　模擬県2")
    page.get_by_label("支払った負担割合").select_option("3割")
    page.get_by_role("button", name="受け付ける").click()
    page.get_by_label("回答の内容").fill("記録を直しました")
    page.get_by_label("確かめた結果").select_option("paper_right")
    page.get_by_role("button", name="回答する").click()
    expect(page.locator("section[aria-labelledby=answered]")).to_contain_text("記録を直しました")
