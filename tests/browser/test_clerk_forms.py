"""The forms at the counter in a real browser: nothing by heart, nothing lost, nothing unasked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_clerk import begins, clerk, individual_number, oqs
from tests.browser.test_clerk_morning import violations

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Page

__all__ = ["begins", "clerk", "oqs"]
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
    file(clerk, kind="change", PersonalFamilyClassification="2")
    open_person(clerk)
    joined = clerk.locator(".timeline > li").filter(has_text="加入")
    joined.get_by_role("link", name=re.compile("訂正")).click()
    expect(clerk.locator("main")).to_contain_text("訂正する届出: 加入 資格取得日 2026年11月1日")
    expect(clerk.locator("#CorrectedVersion")).to_have_count(0)
    expect(clerk.locator(".field", has=clerk.locator("#QualificationDate"))).to_contain_text(
        "いま 2026年11月1日（日）"
    )
    whose = clerk.locator(".field", has=clerk.locator("#PersonalFamilyClassification"))
    expect(whose.locator(".recorded")).to_have_text("いま 家族")
    must_be_whole(clerk)
    clerk.locator("#QualificationDate").fill("20261105")
    clerk.locator("#Reason").fill("届書の日付の誤り")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("訂正を受け付けました")
    clerk.locator("#receipt a").first.click()
    expect(clerk.locator(".timeline > li").first).to_contain_text("版1の訂正")
    expect(clerk.locator("main")).to_contain_text("2026年11月5日（木）から")


def test_who_comes_with_the_twelve_digits_chooses_among_what_was_filed(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk)
    file(clerk, kind="address", Address="模擬県模擬市新町5-5")
    clerk.goto(f"{base(clerk)}/file?Kind=correct")
    expect(clerk.locator("[autofocus]")).to_be_focused()
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal li")).to_have_text("個人番号が必要です。入力してください。")
    clerk.locator("#IndividualNumber").fill(individual_number(1))
    clerk.keyboard.press("Enter")
    choice = clerk.locator(".choice button")
    expect(choice).to_have_count(2)
    expect(choice.first).to_contain_text("住所変更 模擬県模擬市新町5-5")
    must_be_whole(clerk)
    choice.first.click()
    expect(clerk.locator("main")).to_contain_text("訂正する届出: 住所変更")
    clerk.locator(".sheet summary").click()
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


def test_what_an_insurer_wants_is_said_on_the_form_and_again_to_the_clerk(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk)
    open_person(clerk)
    kind = clerk.get_by_label(re.compile("届出種別"))
    expect(kind).to_have_value("")
    kind.select_option("release_use")
    clerk.get_by_role("button", name="届出をする").click()
    wanted = clerk.locator(".wanted:visible")
    expect(wanted).to_have_count(1)
    expect(wanted).to_contain_text("写真のないものだけなら2点）。窓口だけで受け付けます")
    clerk.locator("#InsurerNumber").select_option("990028")
    expect(wanted).to_contain_text("窓口か郵送（写し）で受け付けます")
    clerk.locator("#InsurerNumber").select_option(MOGAMI)
    must_be_whole(clerk)
    clerk.locator("#Applicant").select_option("代理人")
    clerk.locator("#ProxyName").fill("試験　次郎")
    clerk.keyboard.press("Enter")
    refusal = clerk.locator(".refusal")
    expect(refusal).to_contain_text("代理人が申請するときは代理人）に、身分証明書")
    expect(refusal).to_contain_text("求めてください")
    expect(clerk.locator("#ProxyName")).to_have_value("試験　次郎")
    clerk.locator("#PapersWithPhoto").select_option("1")
    clerk.locator("#ProxyName").focus()
    clerk.keyboard.press("Enter")
    # The papers suffice; the card of this resident was never registered.
    expect(refusal).to_contain_text("利用登録がされていません")


def test_a_newborn_is_filed_from_the_page_of_the_family(oqs: httpx2.Client, clerk: Page) -> None:
    file(clerk, Address="模擬県模擬市新町5-5", Householder="試験　花子")
    open_person(clerk)
    clerk.get_by_label(re.compile("届出種別")).select_option("newborn")
    clerk.get_by_role("button", name="届出をする").click()
    expect(clerk.locator(".whom")).to_contain_text("生まれた子の家族: 試験　花子")
    for element, text in {
        "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
        "InsuredBranchNumber": "", "Address": "模擬県模擬市新町5-5", "Householder": "試験　花子",
    }.items():  # fmt: skip
        expect(clerk.locator(f"#{element}")).to_have_value(text)
    expect(clerk.get_by_text("番号がないとき必須")).to_have_count(5)
    must_be_whole(clerk)
    child = {
        "InsuredBranchNumber": "04", "Name": "試験　空", "NameKana": "シケン　ソラ",
        "Birthdate": "20261115",
    }  # fmt: skip
    for element, text in child.items():
        clerk.locator(f"#{element}").fill(text)
    clerk.locator("#Sex1").select_option("2")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("出生を受け付けました")
    expect(clerk.locator("#receipt")).to_contain_text("試験　空")
    expect(clerk.locator("#receipt")).to_contain_text("最上 55 04")


def test_the_twelve_digits_bring_name_and_number_and_keep_them_after_a_mistake(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk, 2)
    clerk.goto(f"{base(clerk)}/file")
    clerk.locator("#KindKey").fill("9")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_contain_text("種別の番号 9 はありません")
    clerk.locator("#KindKey").press_sequentially("14")
    expect(clerk.locator(".kinds [aria-pressed]")).to_have_text("喪失")
    named, right = clerk.locator("output.named"), individual_number(2)
    for typed, said in (
        (right[:-1], "11桁です。1桁足りません"),
        (f"{right}0", "13桁です。1桁多く入っています"),
        (f"{right[:-1]}{(int(right[-1]) + 1) % 10}", "検査用数字（末尾の1桁）が合いません"),
    ):
        clerk.locator("#IndividualNumber").fill("")
        clerk.locator("#IndividualNumber").press_sequentially(typed)
        if len(typed) < len(right):
            expect(named).to_have_text("")
            clerk.keyboard.press("Tab")
        expect(named).to_contain_text(said)
        expect(named).not_to_contain_text(typed)
    clerk.locator("#IndividualNumber").fill(right)
    expect(named).to_contain_text("模擬　太郎")
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")
    expect(clerk.locator("#InsuredIdentificationNumber")).to_have_value("55")
    expect(clerk.locator("#InsuredBranchNumber")).to_have_value("02")
    clerk.locator("#InsuredBranchNumber").fill("09")
    clerk.keyboard.press("Enter")
    expect(clerk.locator(".refusal")).to_contain_text("喪失事由が必要です")
    expect(named).to_contain_text("模擬　太郎")
    expect(clerk.locator("#InsuredBranchNumber")).to_have_value("09")


def test_another_language_keeps_what_was_typed(oqs: httpx2.Client, clerk: Page) -> None:
    clerk.goto(f"{base(clerk)}/file?Kind=leave")
    clerk.locator("#InsuredCardSymbol").fill("最上")
    clerk.locator("#IndividualNumber").fill(individual_number(2))
    for language, word in (("en", "Leave"), ("ja", "喪失")):
        clerk.locator(".language").click()
        expect(clerk.locator("html")).to_have_attribute("lang", language)
        expect(clerk.locator(".kinds [aria-pressed]")).to_have_text(word)
        expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")
        expect(clerk.locator("#IndividualNumber")).to_have_value(individual_number(2))


def test_nothing_is_sent_in_silence_while_the_service_is_gone(
    oqs: httpx2.Client, clerk: Page
) -> None:
    clerk.goto(f"{base(clerk)}/file?Kind=leave")
    clerk.locator("#InsuredCardSymbol").fill("最上")
    send = clerk.locator(".send button.main")
    clerk.route("**/state", lambda route: route.abort())
    expect(send).to_have_attribute("aria-disabled", "true", timeout=15_000)
    said = clerk.locator(".send .blocked")
    expect(said).to_contain_text("いまは送れません")
    sent: list[str] = []
    clerk.on("request", lambda one: sent.append(one.method))
    clerk.locator("#InsuredCardSymbol").press("Enter")
    clerk.locator(".kinds .kind").first.click()
    expect(clerk.locator("#InsuredCardSymbol")).to_have_value("最上")
    assert "POST" not in sent
    clerk.unroute("**/state")
    expect(said).to_be_empty(timeout=15_000)
    expect(send).not_to_have_attribute("aria-disabled", "true")
    clerk.locator("#InsuredCardSymbol").press("Enter")
    expect(clerk.locator(".refusal")).to_contain_text("喪失事由が必要です")


def test_a_hint_covers_nothing(oqs: httpx2.Client, clerk: Page) -> None:
    clerk.goto(f"{base(clerk)}/file?Kind=leave")
    places = "[...document.querySelectorAll('.field label')].map(one => one.offsetTop)"
    before = clerk.evaluate(places)
    for field in clerk.locator(".field input").all():
        field.focus()
        covered = clerk.evaluate(
            """() => {
              const said = document.querySelector('.field:focus-within .how');
              const hint = said.getBoundingClientRect();
              return [...document.querySelectorAll('.field label, .field input, .field select')]
                .map(one => one.getBoundingClientRect())
                .filter(one => one.top < hint.bottom && hint.top < one.bottom
                            && one.left < hint.right && hint.left < one.right).length;
            }"""
        )
        assert covered == 0
        assert clerk.evaluate(places) == before


def test_a_discrepancy_is_filled_in_from_the_record_and_leads_to_what_corrects_it(
    oqs: httpx2.Client, clerk: Page
) -> None:
    file(clerk)
    file(clerk, 2)
    clerk.goto(f"{base(clerk)}/discrepancies/desk")
    clerk.locator("#VisitedOn").fill("20261118")
    for searched, name in (("試験花子", "試験　花子"), ("最上 55 02", "")):
        clerk.locator("#Find").fill(searched)
        clerk.keyboard.press("Enter")
        if not name:  # two have the number
            expect(clerk.locator(".choice button")).to_have_count(2)
            must_be_whole(clerk)
            clerk.locator(".choice button").filter(has_text="模擬　太郎").click()
        expect(clerk.locator("#Name")).to_have_value(name or "模擬　太郎")
        expect(clerk.locator("#VisitedOn")).to_have_value("20261118")
    expect(clerk.locator("#InsuredNumber")).to_have_value("最上 55 02")
    expect(clerk.locator("#Birthdate")).to_have_value("1956-11-22")
    clerk.locator("#Kind").select_option("負担割合")
    clerk.locator("#Address").fill("模擬県1")
    clerk.locator("#Institution").fill("模擬医院　模擬県2")
    clerk.locator("#RatioPaid").select_option("3割")
    clerk.locator(".language").click()
    expect(clerk.locator("html")).to_have_attribute("lang", "en")
    expect(clerk.locator("#Institution")).to_have_value("模擬医院　模擬県2")
    clerk.locator(".language").click()
    clerk.get_by_role("button", name="受け付ける").last.click()
    told = clerk.locator("section[aria-labelledby=open] tbody tr")
    expect(told).to_have_count(1)
    expect(told.locator("[name=Finding]")).to_have_value("")
    told.locator("[name=Text]").fill("12月から2割です")
    told.get_by_role("button", name="回答する").click()
    expect(clerk.locator(".refusal")).to_contain_text("まだ回答していません")
    expect(told.locator("[name=Text]")).to_have_value("12月から2割です")
    told.locator("[name=Finding]").select_option("neither")
    told.get_by_role("button", name="回答する").click()
    receipt = clerk.locator("#receipt")
    expect(receipt).to_contain_text("模擬　太郎　男 の申し出に回答しました")
    must_be_whole(clerk)
    receipt.get_by_role("link", name="負担割合変更を届け出る").click()
    expect(clerk.locator(".kinds [aria-pressed]")).to_have_text("負担割合変更")
    expect(clerk.locator(".whom")).to_contain_text("模擬　太郎")
    expect(clerk.locator("#InsuredBranchNumber")).to_have_value("02")
    ratio = clerk.locator(".field", has=clerk.locator("#InsuredPartialContributionRatio"))
    expect(ratio.locator(".recorded")).to_have_text("いま 3割")
    clerk.goto(f"{base(clerk)}/discrepancies/desk")
    clerk.get_by_role("link", name="証類を作り直す").click()
    expect(clerk.locator("h2.name")).to_contain_text("模擬　太郎")


def test_a_family_moves_together_from_the_page_of_one_of_them(
    oqs: httpx2.Client, clerk: Page
) -> None:
    for person in (1, 2, 3):
        file(clerk, person)
    open_person(clerk)
    family = clerk.locator("section[aria-labelledby=family]")
    expect(family.locator(".cases a")).to_have_text(["模擬　太郎", "架空　一郎"])
    must_be_whole(clerk)
    family.get_by_role("link", name="世帯でまとめて届け出る").click()
    expect(clerk.locator(".kinds [aria-pressed]")).to_have_text("住所変更")
    rows = clerk.locator("table.household tbody tr")
    expect(rows.nth(2)).to_contain_text("架空　一郎")
    rows.nth(2).get_by_role("checkbox").uncheck()
    clerk.locator("#Address").fill("模擬県模擬市新町5-5")
    clerk.locator(".language").click()
    expect(clerk.locator("html")).to_have_attribute("lang", "en")
    expect(clerk.locator("#Address")).to_have_value("模擬県模擬市新町5-5")
    expect(rows.nth(2).get_by_role("checkbox")).not_to_be_checked()
    must_be_whole(clerk)
    expect(clerk.get_by_role("link", name="File a newborn")).to_have_attribute(
        "href", re.compile("Kind=newborn&Family=")
    )
    clerk.locator(".language").click()
    clerk.locator("#Address").focus()
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("2人の住所変更を受け付けました")


def test_who_is_insured_in_person_is_proposed_as_the_head_of_the_household(
    oqs: httpx2.Client, clerk: Page
) -> None:
    clerk.goto(clerk.url.rstrip("/") + "/household")
    head, rows = clerk.locator("#Householder"), clerk.locator("table.household tbody tr")
    for place, (person, chosen) in enumerate(((2, "2"), (1, "1"))):
        rows.nth(place).locator("select").first.select_option(chosen)
        rows.nth(place).locator("input").first.fill(individual_number(person))
        expect(rows.nth(place).locator("output")).to_contain_text("✔")
    expect(head).to_have_value("試験　花子")
    rows.nth(0).locator("select").first.select_option("1")
    expect(head).to_have_value("")
    rows.nth(1).locator("select").first.select_option("2")
    expect(head).to_have_value("模擬　太郎")
    for place in (0, 1):
        rows.nth(place).locator("select").first.select_option("")
    expect(head).to_have_value("模擬　太郎")
    head.fill("架空　一郎")
    rows.nth(1).locator("select").first.select_option("1")
    rows.nth(0).locator("select").first.select_option("2")
    expect(head).to_have_value("架空　一郎")


def test_a_day_of_filing_far_back_is_asked_about_and_filed_with_a_second_press(
    oqs: httpx2.Client, clerk: Page
) -> None:
    clerk.goto(f"{base(clerk)}/file?Kind=join")
    for element, text in (
        ("IndividualNumber", individual_number(1)), ("InsuredIdentificationNumber", "55"),
        ("InsuredBranchNumber", "01"), ("QualificationDate", "20210915"), ("FiledOn", "20210915"),
    ):  # fmt: skip
        clerk.locator(f"#{element}").fill(text)
    clerk.locator("#FiledOn").press("Enter")
    meant = clerk.get_by_role("button", name="この届出日で届け出る")
    expect(meant).to_be_in_viewport()
    expect(clerk.locator("#FiledOn")).to_have_value("20210915")
    must_be_whole(clerk)
    clerk.locator("#FiledOn").press("Enter")
    expect(clerk.locator("#receipt")).to_have_count(0)
    clerk.get_by_role("button", name="和暦", exact=True).click()
    expect(clerk.locator("#FiledOn")).to_have_value("20210915")
    clerk.locator("#FiledOn").press("Enter")
    meant.click()
    expect(clerk.locator("#receipt")).to_contain_text("から医療機関に見えます")
    expect(clerk.locator("#receipt")).to_contain_text("届出日から数えた反映の日より後に入力")
    must_be_whole(clerk)


def test_no_child_is_proposed_as_the_head_of_the_household(oqs: httpx2.Client, clerk: Page) -> None:
    for person, birthdate in ((21, "20240530"), (22, "20180615")):
        resident = {
            "IndividualNumber": individual_number(person), "Name": f"試験　子{person}",
            "NameKana": "ｼｹﾝ ｺ", "Sex1": "1", "Birthdate": birthdate,
        }  # fmt: skip
        oqs.post("/sim/jlis/residents", json=resident).raise_for_status()
    clerk.goto(clerk.url.rstrip("/") + "/household")
    head, rows = clerk.locator("#Householder"), clerk.locator("table.household tbody tr")
    for place, person in enumerate((21, 22, 1)):
        rows.nth(place).locator("input").first.fill(individual_number(person))
        expect(rows.nth(place).locator("output")).to_contain_text("✔")
        expect(head).to_have_value("試験　花子" if person == 1 else "")
    rows.nth(0).locator("select").first.select_option("1")
    expect(head).to_have_value("試験　花子")


def top_of(page: Page, selector: str) -> float:
    return page.locator(selector).first.evaluate("one => one.getBoundingClientRect().top")


@pytest.mark.parametrize("width", [390, 780])
def test_in_one_column_the_form_comes_first_and_what_was_filed_is_in_view(
    oqs: httpx2.Client, clerk: Page, width: int
) -> None:
    clerk.set_viewport_size({"width": width, "height": 800})
    clerk.goto(f"{base(clerk)}/file")
    expect(clerk.locator("#IndividualNumber")).to_be_focused()
    assert 0 < top_of(clerk, "#IndividualNumber") < 800, "the kinds do not stand before it"
    kinds = clerk.locator(".kinds")
    expect(kinds.get_by_role("button", name="喪失")).to_be_hidden()
    kinds.locator("summary").focus()
    clerk.keyboard.press("Enter")
    kinds.get_by_role("button", name="加入", exact=True).click()
    expect(kinds.locator("summary")).to_contain_text("加入")
    for element, text in (
        ("IndividualNumber", individual_number(1)), ("InsuredIdentificationNumber", "55"),
        ("InsuredBranchNumber", "01"), ("QualificationDate", "20261101"),
    ):  # fmt: skip
        clerk.locator(f"#{element}").fill(text)
    clerk.keyboard.press("Enter")
    expect(clerk.locator("#receipt")).to_contain_text("加入を受け付けました")
    expect(clerk.locator("#receipt")).to_be_focused()
    assert 0 <= top_of(clerk, "#receipt") < 400
    clerk.set_viewport_size({"width": 1280, "height": 800})
    expect(kinds.get_by_role("button", name="喪失")).to_be_visible()
    expect(kinds.locator("summary")).to_be_hidden()
    must_be_whole(clerk)
