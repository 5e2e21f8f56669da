"""A clerk's day in a real browser: filing by keyboard, mistakes, the clock, a file, documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import expect

from eligibility.identifiers.numbers import individual_check_digit
from tests.browser.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.timeout(180)
FRIDAY = "2026-11-20T10:00:00+09:00"


@pytest.fixture(scope="module")
def begins() -> str:
    """It is Friday before a long weekend."""
    return FRIDAY


def individual_number(person: int) -> str:
    body = f"{99_000_000_700 + person}"
    return f"{body}{individual_check_digit(body)}"


@pytest.fixture
def oqs(addresses: dict[str, str]) -> Iterator[httpx2.Client]:
    """OQS' console, with three residents."""
    with httpx2.Client(base_url=addresses["oqs_console"], trust_env=False) as client:
        people = (
            ("試験　花子", "ｼｹﾝ ﾊﾅｺ", "2", "19800217"),
            ("模擬　太郎", "ﾓｷﾞ ﾀﾛｳ", "1", "19561122"),
            ("架空　一郎", "ｶｸｳ ｲﾁﾛｳ", "1", "19920801"),
        )
        for number, (name, kana, sex, birthdate) in enumerate(people, start=1):
            resident = {
                "IndividualNumber": individual_number(number), "Name": name, "NameKana": kana,
                "Sex1": sex, "Birthdate": birthdate,
            }  # fmt: skip
            client.post("/sim/jlis/residents", json=resident).raise_for_status()
        yield client


@pytest.fixture(params=["light"])
def clerk(
    browser: Browser, addresses: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The clerk's screen."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="ja-JP", color_scheme=request.param
    )
    page = context.new_page()
    page.goto(addresses["intermediate_console"] + "/")
    yield page
    context.close()


def start(clerk: Page, kind: str = "加入", insurer: str = "990010") -> None:
    """Open the form of a kind, whole: what is typed into a page that still comes is not sent."""
    with clerk.expect_navigation():
        clerk.get_by_role("link", name="届出", exact=True).click()
    clerk.get_by_label("保険者", exact=True).select_option(insurer)
    if kind != "加入":  # with which the form begins
        with clerk.expect_navigation():
            clerk.locator(".kinds").get_by_role("button", name=kind, exact=True).click()
    expect(clerk.locator(".kinds [aria-pressed]")).to_have_text(kind)


def fill(clerk: Page, person: int = 1, number: str = "1234567", **fields: str) -> None:
    texts = {
        "IndividualNumber": individual_number(person),
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": number,
        "InsuredBranchNumber": "01",
        **fields,
    }
    for element, text in texts.items():
        clerk.locator(f"#{element}").fill(text)


def flagged(clerk: Page, area: str) -> str:
    """The day of a strip that carries the flag."""
    return clerk.locator(f"{area} .strip .visible .number").first.inner_text()


def test_a_procedure_is_filed_by_keyboard_alone(oqs: httpx2.Client, clerk: Page) -> None:
    clerk.get_by_role("link", name="届出", exact=True).click()
    expect(clerk.locator("#IndividualNumber")).to_be_focused()
    clerk.get_by_label("保険者", exact=True).select_option("990010")
    clerk.locator("#IndividualNumber").focus()
    keyboard = clerk.keyboard
    for text in (individual_number(1), "", "最上", "1234567", "01"):
        keyboard.type(text)
        keyboard.press("Tab")
    keyboard.type("20261101")
    keyboard.press("Enter")
    receipt = clerk.locator("#receipt")
    expect(receipt).to_contain_text("加入を受け付けました")
    expect(receipt).to_contain_text("試験　花子")
    expect(receipt).to_contain_text("2026年11月26日（木）")
    assert flagged(clerk, "#receipt") == "26"
    expect(receipt.locator(".strip .closed")).to_have_count(3)
    expect(receipt).to_contain_text("資格確認書")
    expect(clerk.locator("#IndividualNumber")).to_be_focused()
    expect(clerk.locator("#IndividualNumber")).to_have_value("")
    picture(clerk, "clerk-filed.png")
    assert individual_number(1) not in clerk.url


def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(
    oqs: httpx2.Client, clerk: Page
) -> None:
    start(clerk)
    fill(clerk, QualificationDate="20260231", Operator="模擬係")
    right = individual_number(1)
    clerk.locator("#IndividualNumber").fill(f"{right[:-1]}{(int(right[-1]) + 1) % 10}")
    clerk.keyboard.press("Enter")
    wrong = clerk.locator("#QualificationDate")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(clerk.locator("#QualificationDate-fault")).to_contain_text("カレンダーにありません")
    expect(clerk.locator("#IndividualNumber-fault")).to_contain_text("検査用数字")
    expect(clerk.locator("#IndividualNumber")).to_be_focused()
    expect(wrong).to_have_value("20260231")
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")
    expect(clerk.locator("#Operator")).to_have_value("模擬係")
    picture(clerk, "clerk-mistake.png")
    # Another kind keeps what was typed, too; and a refusal says why.
    clerk.locator("#IndividualNumber").fill(individual_number(1))
    clerk.locator(".kinds").get_by_role("button", name="死亡").click()
    expect(clerk.locator("#InsuredIdentificationNumber")).to_have_value("1234567")
    clerk.locator("#EffectiveDate").fill("20261118")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_contain_text("先に加入の届出をしてください")
    expect(clerk.locator("#EffectiveDate")).to_have_value("20261118")


def test_the_picture_follows_what_is_typed_and_the_clock(oqs: httpx2.Client, clerk: Page) -> None:
    start(clerk)
    preview = clerk.locator("#preview-body")
    expect(preview).to_contain_text("2026年11月26日（木）")
    clerk.locator("#FiledOn").fill("20261118")
    clerk.locator("#InsuredCardSymbol").fill("最上")
    expect(preview).to_contain_text("2026年11月24日（火）")
    clerk.locator("#FiledOn").fill("")
    clerk.locator("#InsuredCardSymbol").focus()
    oqs.post("/sim/clock/advance", json={"Days": 40}).raise_for_status()
    expect(clerk.locator("#now")).to_contain_text("2026年12月30日（水）")
    expect(preview).to_contain_text("2027年1月7日（木）")
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")


# One day, told in one go: taken apart, each part would have to tell the ones before it again.
def test_a_persons_way_from_filing_to_visibility(oqs: httpx2.Client, clerk: Page) -> None:
    start(clerk)
    fill(clerk, QualificationDate="20261101")
    clerk.keyboard.press("Enter")
    start(clerk, insurer="06990014")
    fill(clerk, number="77", QualificationDate="20261110")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("重なっています")
    start(clerk, "住所変更")
    fill(clerk, Address="模擬県模擬市新町5-5")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("住所変更を受け付けました")

    clerk.get_by_role("link", name="概況").click()
    expect(clerk.locator(".attention")).to_contain_text("資格の重複")
    picture(clerk, "clerk-overview.png")
    clerk.locator(".attention a").click()
    expect(clerk.locator(".banner")).to_contain_text("どちらかの喪失または訂正の届出が必要です")
    expect(clerk.locator(".timeline > li")).to_have_count(3)
    expect(clerk.locator(".timeline")).to_contain_text("あと6日")
    picture(clerk, "clerk-person.png")
    oqs.post("/sim/clock/advance", json={"BusinessDays": 3}).raise_for_status()
    expect(clerk.locator(".timeline .done")).to_have_count(3, timeout=30_000)
    expect(clerk.locator("#state")).to_contain_text("反映待ち 0件")

    # The record is mended by another procedure, and the page follows by itself.
    start(clerk, "喪失")
    fill(clerk, DisqualificationDate="20261110")
    clerk.locator("#ReasonOfLoss").select_option("03")
    clerk.keyboard.press("Enter")
    clerk.locator("#receipt a").first.click()
    expect(clerk.locator(".banner")).to_have_count(0)
    expect(clerk.locator("main")).to_contain_text("2026年11月10日（火）に喪失")
    expect(clerk.locator("main")).to_contain_text("保険者に返却してください")


def test_a_stopped_view_is_shown_until_it_is_settled(oqs: httpx2.Client, clerk: Page) -> None:
    start(clerk)
    clerk.locator(".sheet summary").click()
    fill(clerk, QualificationDate="20261101", Name="試験　花代")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text(
        "見えないように閲覧を止めています（J-LIS照合の不一致: 氏名）"
    )
    clerk.get_by_role("link", name="概況").click()
    expect(clerk.locator(".attention")).to_contain_text("閲覧停止")
    start(clerk, "氏名変更")
    fill(clerk)
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).not_to_contain_text("閲覧を止めています")
    clerk.get_by_role("link", name="概況").click()
    expect(clerk.locator(".attention")).to_have_count(0)


def test_nothing_is_filled_in_where_somebody_is_about_to_type(
    oqs: httpx2.Client, clerk: Page
) -> None:
    start(clerk)
    fill(clerk, QualificationDate="20261101")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("最上 1234567 01")
    start(clerk, "氏名変更")
    held: list[Route] = []
    clerk.route("**/persons/name", lambda route: held.append(route))  # noqa: PLW0108 # takes no builtin
    with clerk.expect_request("**/persons/name"):
        clerk.locator("#IndividualNumber").fill(individual_number(1))
    clerk.locator("#InsuredCardSymbol").focus()
    held.pop().continue_()
    expect(clerk.locator(".named")).to_contain_text("試験")
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("")
    clerk.keyboard.press("Tab")
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")
    expect(clerk.locator("#InsuredIdentificationNumber")).to_have_value("1234567")


def test_a_file_is_taken_and_its_bad_lines_are_told(
    oqs: httpx2.Client, clerk: Page, tmp_path: Path
) -> None:
    header = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,整理番号"
    lines = [
        f"加入,990010,{individual_number(3)},20261120,最上,99,01,20261101,A1",
        f"加入,990010,{individual_number(2)},20261120,最上,98,01,20261131,=A2",
        "だめ",
    ]
    path = tmp_path / "届出.csv"
    path.write_text("\r\n".join((header, *lines, "")), "cp932")
    clerk.get_by_role("link", name="ファイル取込").click()
    clerk.get_by_label("保険者", exact=True).select_option("990010")
    clerk.locator("#File").set_input_files(path)
    clerk.get_by_role("button", name="取り込む").click()
    result = clerk.locator("section.receipt")
    expect(result).to_contain_text("受付 1行")
    expect(result).to_contain_text("不受理 2行")
    expect(result).to_contain_text("カレンダーにありません")
    expect(result).to_contain_text("'=A2")
    picture(clerk, "clerk-upload.png")
    with clerk.expect_download() as download:
        result.get_by_role("link", name="結果のファイル").click()
    report = download.value.path().read_text("utf-8-sig")
    assert report.startswith("行,結果,版,見える日")
    assert individual_number(3) not in report

    # What came by file gets its documents by a run.
    clerk.get_by_role("link", name="定期処理").click()
    clerk.locator("[name=Insurer]").select_option("990010")
    clerk.get_by_role("button", name="表示").click()
    changes = clerk.get_by_role("row").filter(has_text="届出に伴う交付").first
    expect(changes).to_contain_text("届出1件が待っています")
    changes.get_by_role("button", name="今日行う").click()
    expect(clerk.locator("tbody")).to_contain_text("架空　一郎")
    clerk.get_by_role("button", name="この内容で").click()
    expect(clerk.locator(".receipt")).to_contain_text("資格確認書 1件")
    clerk.get_by_role("link", name="交付簿").click()
    expect(clerk.locator("tbody")).to_contain_text("架空　一郎")
    picture(clerk, "clerk-register.png")
    href = clerk.get_by_role("link", name="資格確認書").get_attribute("href")
    assert href is not None
    answer = clerk.request.get(clerk.url.replace("/documents", href))
    assert answer.headers["content-type"] == "application/pdf"


def test_a_document_asked_for_is_decided_and_noted(oqs: httpx2.Client, clerk: Page) -> None:
    start(clerk)
    fill(clerk, QualificationDate="20261101")
    clerk.keyboard.press("Enter")
    clerk.locator("#receipt a").first.click()
    clerk.locator("[name=Occasion]").select_option("certificate_lost")
    clerk.get_by_role("button", name="決定する").click()
    expect(clerk.locator(".receipt")).to_contain_text("資格確認書を交付します")
    clerk.locator("[name=Event]").first.select_option("lost")
    clerk.locator("[name=Note]").first.fill("自宅で")
    clerk.get_by_role("button", name="記入").first.click()
    expect(clerk.locator("main")).to_contain_text("2026年11月20日（金） 紛失（自宅で）")


def test_a_person_is_found_by_number_and_an_unknown_one_is_told(
    oqs: httpx2.Client, clerk: Page
) -> None:
    clerk.locator("#find").fill(individual_number(9))
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_contain_text("住民の登録が見つかりません")
    start(clerk)
    fill(clerk, QualificationDate="20261101")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_be_visible()
    clerk.locator("#find").fill(individual_number(1))
    clerk.keyboard.press("Enter")
    expect(clerk.locator("h2.name")).to_contain_text("試験　花子")


@pytest.mark.parametrize("clerk", ["dark"], indirect=True)
def test_the_page_is_dark_where_that_is_wanted(oqs: httpx2.Client, clerk: Page) -> None:
    ground = clerk.evaluate("getComputedStyle(document.body).backgroundColor")
    assert re.fullmatch(r"rgb\(20, 24, 29\)", ground)


def test_the_form_fits_the_screen(oqs: httpx2.Client, clerk: Page) -> None:
    for kind in ("加入", "喪失", "利用登録解除", "訂正"):
        start(clerk, kind)
        box = clerk.locator(".send button.main").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, kind
    assert clerk.evaluate("document.documentElement.scrollWidth") <= 1280
