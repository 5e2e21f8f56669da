"""What a person sees of themselves at the portal, and does there."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from eligibility.sentence import Sentence
from tests.oqs_sim.conftest import ICHIRO, TestCard
from tests.oqs_sim.portal.test_sign_in import begin, browser_of, prove
from wire.forms.typed_day import typed_day

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from tests.oqs_sim.conftest import Oqs


def as_person(oqs: Oqs, reference: str | None = None, channel: str = "portal") -> TestClient:
    browser = browser_of(oqs)
    person = {"PersonReference": reference or oqs.hanako, "Channel": channel}
    assert browser.post("/portal/people/sign-in", data=person).status_code == 200
    return browser


def word(page: str) -> str:
    """How the registration stands, in the large word of the page."""
    (found,) = re.findall(r'class="word"><i aria-hidden="true">.</i> (.*?)</p>', page)
    return str(found)


@pytest.mark.rules("R-020", "R-021", "R-031")
def test_who_is_insured_registers_and_can_use_the_card_at_once(oqs: Oqs) -> None:
    oqs.report(1)
    browser = as_person(oqs)
    assert word(browser.get("/portal").text) == "未登録"
    assert oqs.check().json()["code"] == "SIM-NOT-REGISTERED"
    page = browser.post("/portal/registration").text
    assert word(page) == "登録済"
    assert "令和8年11月9日（月）にマイナポータルで登録されました" in page
    assert page.count('<li class="done"') == 4
    assert oqs.check().json()["MessageBody"]["QualificationValidity"] == "1"


@pytest.mark.rules("R-021", "P-021")
def test_who_is_not_insured_is_told_why_not(oqs: Oqs) -> None:
    browser = as_person(oqs)
    page = browser.get("/portal/registration").text
    assert "有効な保険資格情報がないため登録できません" in page
    assert "利用登録する</button>" not in page
    sent = browser.post("/portal/registration")
    assert sent.status_code == 409
    assert "有効な保険資格情報がないため登録できません" in sent.text
    assert "SIM-NO-ACTIVE-QUALIFICATION" in browser.get("/portal/history").text
    assert word(browser.get("/portal").text) == "未登録"


def test_who_is_registered_is_not_registered_again(member: Oqs) -> None:
    sent = as_person(member).post("/portal/registration")
    assert sent.status_code == 409
    assert "すでに利用登録されています" in sent.text


@pytest.mark.rules("R-021", "P-011")
@pytest.mark.parametrize(("channel", "path"), [("portal", "/portal"), ("atm", "/portal/atm")])
def test_a_card_without_a_pin_is_registered_neither_here_nor_at_an_atm(
    oqs: Oqs, channel: str, path: str
) -> None:
    ichiro = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.issue(ICHIRO, Kind="face_authentication_card")
    oqs.report(1, PersonReference=ichiro, InsuredBranchNumber="02")
    sent = as_person(oqs, ichiro, channel).post(f"{path}/registration")
    assert sent.status_code == 409
    assert "暗証番号のないカードは、医療機関・薬局のカードリーダーで登録してください" in sent.text


def test_a_stopped_card_is_not_registered(oqs: Oqs) -> None:
    oqs.report(1)
    oqs.console.put(f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/suspension")
    browser = as_person(oqs)
    assert "カードは使えません" in browser.get("/portal").text
    assert "一時停止中です" in browser.post("/portal/registration").text


@pytest.mark.rules("R-026", "R-030", "R-031")
def test_a_release_shows_from_its_day_and_then_the_card_is_registered_again(member: Oqs) -> None:
    member.set_clock("2026-12-31T09:00:00+09:00")
    browser = as_person(member)
    assert word(browser.get("/portal").text) == "登録済"
    member.report(2, RegistrationOrder="release", VisibleFrom="2026-12-31T00:00:00+09:00")
    page = browser.get("/portal").text
    assert word(page) == "解除済"
    assert "令和8年12月31日（木）から解除されています" in page
    assert word(browser.post("/portal/registration").text) == "登録済"


@pytest.mark.rules("P-004")
def test_a_registration_ends_with_the_grace_of_the_certificate(member: Oqs) -> None:
    member.set_clock("2031-05-31T09:00:00+09:00")
    browser = as_person(member)
    page = browser.get("/portal").text
    assert word(page) == "登録済"
    assert "電子証明書は令和13年2月17日（月）が期限でした。令和13年5月31日（土）までは" in page
    member.set_clock("2031-06-01T09:00:00+09:00")
    page = as_person(member).get("/portal").text
    assert word(page) == "解除済"
    assert "令和13年6月1日（日）に解除されました" in page


@pytest.mark.rules("R-085", "P-027")
def test_the_screen_has_one_card_for_each_insurer_with_its_fields(member: Oqs) -> None:
    member.report(
        2, DisqualificationDate="20261101", ReasonOfLoss="03", VisibleFrom="2026-11-05T00:00:00Z"
    )
    member.report(
        3,
        "99000019",
        InsurerName="模擬健康保険組合",
        InsuredCardSymbol="12",
        InsuredIdentificationNumber="77",
        InsuredBranchNumber="00",
        QualificationDate="20261101",
        PersonalFamilyClassification="2",
        LimitClassificationFlag="A03",
        LimitValidEndDate="20270731",
    )
    page = as_person(member).get("/portal/insurance-card").text
    new, old = page.split("<article")[1:]
    for label, value in (
        ("保険者番号", "99000019"), ("記号", "12"), ("番号", "77"), ("枝番", "00"),
        ("氏名", "佐藤　花子"), ("フリガナ", "サトウ ハナコ"), ("生年月日", "昭和55年2月17日"),
        ("性別", "女"), ("本人・家族", "家族"), ("資格取得年月日", "令和8年11月1日"),
        ("負担割合", "3割"), ("限度額適用区分", "ウ（令和9年7月31日まで）"),
    ):  # fmt: skip
        assert f"<dt>{label}</dt><dd>{value}</dd>" in new, label
    assert "有効" in new
    assert "終わりました" in old
    assert "<dt>資格喪失年月日</dt><dd>令和8年11月1日</dd>" in old


@pytest.mark.rules("R-159")
def test_who_is_in_arrears_sees_that_the_whole_cost_is_paid_first(member: Oqs) -> None:
    member.report(2, SpecialMedicalExpense="1", LimitClassificationFlag="A03")
    page = as_person(member).get("/portal/insurance-card").text
    assert "10割（いったん全額を支払います）" in page
    assert "特別療養費の支給対象です" in page
    assert "限度額適用区分" not in page


@pytest.mark.rules("R-032", "R-071", "R-073", "R-083", "R-084")
def test_only_who_is_registered_saves_the_pdf_and_it_says_all(oqs: Oqs, tmp_path: Path) -> None:
    oqs.report(1)
    browser = as_person(oqs)
    assert "先に利用登録をしてください" in browser.get("/portal/insurance-card.pdf").text
    assert "端末に保存</a>" not in browser.get("/portal/insurance-card").text
    browser.post("/portal/registration")
    assert "端末に保存</a>" in browser.get("/portal/insurance-card").text
    saved = browser.get("/portal/insurance-card.pdf")
    assert saved.headers["content-type"] == "application/pdf"
    assert "花子" not in saved.headers["content-disposition"]
    path = tmp_path / "saved.pdf"
    path.write_bytes(saved.content)
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    for said in (
        "990010", "最上", "1234567", "01", "佐藤", "花子", "サトウ", "昭和55年2月17日", "3割",
        "最上型国民健康保険（模擬）", "令和8年11月9日 保存", "この画面や、保存したPDFだけでは",
        "SIMULATION",
    ):  # fmt: skip
        assert said in text, said
    about = subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Tagged: +yes", about)
    fonts = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Gothic.* yes yes yes", fonts)


def test_a_name_that_no_font_has_is_saved_all_the_same(member: Oqs) -> None:
    member.report(2, Name="佐藤　\U0002fa1f子")
    saved = as_person(member).get("/portal/insurance-card.pdf")
    assert saved.content.startswith(b"%PDF")


def test_the_history_is_the_whole_log_page_by_page(member: Oqs) -> None:
    for _ in range(22):
        assert member.check_number().status_code == 200
    assert member.check().status_code == 200
    assert member.check(member.card.sign(member.challenge("registration"))).status_code >= 400
    card = member.issued["SerialNumber"]
    member.console.put(f"/sim/jlis/cards/{card}/suspension")
    assert member.check().status_code == 403
    browser = as_person(member)
    first = browser.get("/portal/history").text
    assert "全部で26件" in first  # the registration and the sign-in as well
    (more,) = re.findall(r'href="(/portal/history\?before=\d+)"', first)
    second = browser.get(more).text
    assert first.count("<li class=") == 20
    assert second.count("<li class=") == 6
    assert "次の20件" not in second
    both = first + second
    assert both.count("資格の確認（記号・番号で）") == 22
    assert both.count("資格の確認（マイナンバーカードで）") == 2
    assert both.count("SIM-CERTIFICATE-SUSPENDED") == 1
    assert both.count("<b>もぎ内科クリニック（模擬）</b>") == 24
    assert "9910000018" not in both
    assert both.count("利用登録</span>") == 1


@pytest.mark.rules("P-031")
def test_of_whom_it_is_not_disclosed_the_history_is_hidden_and_the_screen_is_not(
    member: Oqs,
) -> None:
    member.report(2, Undisclosed="1")
    browser = as_person(member)
    hidden = browser.get("/portal/history")
    assert hidden.status_code == 403
    assert "提供の履歴は表示しない設定" in hidden.text
    assert "最上型" in browser.get("/portal/insurance-card").text


REPORT = {
    "Kind": "limit",
    "Name": "佐藤　花子",
    "Birthdate": "1980-02-17",
    "Sex": "女",
    "Address": "模擬県模擬市一番町1-1",
    "InsuredNumber": "最上 1234567 01",
    "VisitedOn": "2026-11-05",
    "Institution": "模擬診療所 模擬市1-1",
    "RatioPaid": "2",
}


@pytest.mark.rules("R-098")
def test_a_discrepancy_is_kept_with_its_eight_items_and_says_whom_to_call(member: Oqs) -> None:
    browser = as_person(member)
    form = browser.get("/portal/discrepancies").text
    for known in ("佐藤　花子", "昭和55年2月17日", "最上 1234567 01"):
        assert f'value="{known}"' in form
    assert browser.post("/portal/discrepancies", data=REPORT).status_code == 200
    browser.post("/portal/discrepancies", data={**REPORT, "Kind": "ratio"})
    page = browser.get("/portal/discrepancies").text
    second, first = re.findall(r'<article class="ticket">(.*?)</article>', page, re.DOTALL)
    assert "一部負担金の負担割合" in second
    assert "限度額適用区分" in first
    assert "国保課 資格係" in page
    assert "099-000-0010" in page
    for said in ("令和8年11月5日（木）", "模擬診療所 模擬市1-1", "2割", "佐藤　花子", "女"):
        assert said in first
    other = member.resident(ICHIRO, "田中　一郎", "19520603")
    assert 'class="ticket"' not in as_person(member, other).get("/portal/discrepancies").text


REAL = re.compile(r"0120-|0800-|029-826|088-804|29-6111|29-5625|62-2054|55-2113|72-2364")
"""Telephone numbers of the public notices."""


@pytest.mark.rules("R-098")
def test_whom_to_call_is_the_own_insurer_and_no_number_is_a_real_one(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(
        3, "06990014", InsurerName="北村型健康保険組合（模擬）", QualificationDate="20261101"
    )
    browser = as_person(member)
    page = browser.get("/portal/discrepancies").text
    assert "北村型健康保険組合（模擬）" in page
    assert "土浦" not in page
    pages = [page, browser.get("/portal/guide?card=no").text]
    assert not [found for each in pages for found in REAL.findall(each)]
    assert "土浦市のページ" not in pages[1]
    assert "資格情報のお知らせ、資格確認書、または保険者から届いた封筒" in pages[1]


def test_a_page_that_does_not_exist_leads_back_to_the_portal(oqs: Oqs) -> None:
    asked = {"Accept": "text/html"}
    page = browser_of(oqs).get("/portal/nothing", headers=asked)
    assert page.status_code == 404
    assert "portal.css" in page.text
    assert 'href="/portal"' in page.text
    assert "API" not in page.text
    program = oqs.console.get("/portal/nothing", headers={"Accept": "application/json"})
    assert program.json()["code"] == "SIM-NOT-FOUND"


@pytest.mark.parametrize(
    "written", ["昭和55年2月17日", "昭55年2月17日", "S55.2.17", "1980-02-17", "１９８００２１７"]
)
def test_a_birthdate_is_typed_as_people_write_it(member: Oqs, written: str) -> None:
    data = {"Name": "佐藤花子", "Birthdate": written}
    assert "カードを止めました" in browser_of(member).post("/portal/hotline", data=data).text


@pytest.mark.parametrize("written", ["むかし", "昭55年2月", "慶応3年1月1日"])
def test_what_is_no_day_is_said(member: Oqs, written: str) -> None:
    data = {"Name": "佐藤花子", "Birthdate": written}
    page = browser_of(member).post("/portal/hotline", data=data)
    assert page.status_code == 422
    assert "生年月日を日付として読めません" in page.text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("昭和99年1月1日", "令和6年1月1日のことであれば"),
        ("S64.1.8", "平成元年1月8日のことであれば"),
        ("平成元年1月1日", "昭和64年1月1日のことであれば"),
        ("平成31年5月1日", "令和元年5月1日のことであれば"),
        ("大正15年12月25日", "昭和元年12月25日のことであれば"),
        ("M45.7.30", "大正元年7月30日のことであれば"),
        ("昭和0年1月1日", "年・月・日を確かめてください"),
        ("昭和55年13月1日", "年・月・日を確かめてください"),
        ("昭和56年2月29日", "年・月・日を確かめてください"),
        ("1981-02-29", "年・月・日を確かめてください"),
    ],
)
def test_a_day_that_does_not_exist_is_said_to_be_none(member: Oqs, written: str, said: str) -> None:
    data = {"Name": "佐藤花子", "Birthdate": written}
    page = browser_of(member).post("/portal/hotline", data=data)
    assert page.status_code == 422
    assert f"生年月日: 「{written}」という日はありません。" in page.text
    assert said in page.text


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("昭和64年1月7日", "1989-01-07"),
        ("平成元年1月8日", "1989-01-08"),
        ("平成31年4月30日", "2019-04-30"),
        ("R1.5.1", "2019-05-01"),
        ("明治元年1月25日", "1868-01-25"),
    ],
)
def test_an_era_is_read_to_its_last_day(written: str, on: str) -> None:
    assert typed_day(written, Sentence("生年月日", "Date of birth")) == date.fromisoformat(on)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"Institution": " "}, "次の項目を入れてください: 医療機関等の名称・所在地。"),
        (
            {"RatioPaid": "", "VisitedOn": ""},
            "次の項目を入れてください: 受診日、支払った負担割合。",
        ),
        ({"VisitedOn": "2026-11-10"}, "受診日が今日より後です"),
        ({"VisitedOn": "きのう"}, "受診日を日付として読めません"),
        ({"RatioPaid": "7"}, "次の項目を入れてください: 支払った負担割合。"),
    ],
)
def test_what_is_wrong_with_a_report_is_said_and_nothing_typed_is_lost(
    member: Oqs, wrong: dict[str, str], said: str
) -> None:
    browser = as_person(member)
    page = browser.post("/portal/discrepancies", data={**REPORT, **wrong, "Address": "別の住所"})
    assert page.status_code == 422
    assert said in page.text
    assert 'value="別の住所"' in page.text
    assert 'class="ticket"' not in page.text


def test_a_program_reads_and_does_the_same(member: Oqs) -> None:
    proof = member.card.sign(member.portal_challenge("sign_in"))
    token = member.console.post("/portal/sessions", json={"CardProof": proof}).json()["Token"]
    headers = {"Authorization": f"Bearer {token}"}
    me = member.console.get("/portal/me", headers=headers).json()
    assert me["MayDownload"] is True
    assert me["Registration"]["Refusal"] == "already_registered"
    (insurer,) = me["Insurers"]
    assert {"Label": "記号", "Value": "最上"} in insurer["Fields"]
    again = member.console.post("/portal/me/registration", headers=headers)
    assert (again.status_code, again.json()["reason"]) == (409, "already_registered")
    for _ in range(20):
        member.check_number()
    page = member.console.get("/portal/me/inquiries", headers=headers).json()
    assert page["Total"] == 23
    rest = member.console.get(
        f"/portal/me/inquiries?Before={page['Before']}", headers=headers
    ).json()
    assert (len(page["Entries"]), len(rest["Entries"]), "Before" in rest) == (20, 3, False)
    new = {**REPORT, "Birthdate": "19800217", "VisitedOn": "20261105", "RatioPaid": 2}
    kept = member.console.post("/portal/me/discrepancies", json=new, headers=headers)
    assert (kept.status_code, kept.json()["Telephone"]) == (201, "099-000-0010")
    listed = member.console.get("/portal/me/discrepancies", headers=headers).json()
    assert [one["Number"] for one in listed["Discrepancies"]] == [1]
    pdf = member.console.get("/portal/me/eligibility.pdf", headers=headers)
    assert pdf.content.startswith(b"%PDF")


@pytest.mark.rules("R-021")
def test_the_atm_registers_says_so_and_forgets_who_was_there(oqs: Oqs) -> None:
    oqs.report(1)
    browser = browser_of(oqs)
    prove(oqs, begin(browser, "atm"))
    assert "佐藤　花子" in browser.post("/portal/sign-in/card").text
    page = browser.post("/portal/atm/registration").text
    assert "カードをお取りください" in page
    assert "セブン銀行ATMで登録されました" in page
    assert browser.get("/portal/atm/registration").url.path == "/portal/atm"
    assert oqs.check().status_code == 200


def test_who_leaves_the_atm_is_forgotten(member: Oqs) -> None:
    browser = as_person(member, channel="atm")
    assert browser.post("/portal/atm/end").url.path == "/portal/atm"
    assert browser.get("/portal/atm/registration").url.path == "/portal/atm"


@pytest.mark.rules("R-115", "R-116", "R-117", "P-012", "P-013")
@pytest.mark.parametrize("now", ["2026-11-22T03:00:00+09:00", "2026-12-31T23:59:00+09:00"])
def test_the_hotline_stops_card_and_phone_at_once_at_any_hour(oqs: Oqs, now: str) -> None:
    oqs.report(1)
    oqs.register()
    phone = TestCard.of(oqs.issue("990000000019", Kind="android")["Authentication"])
    signed_in = as_person(oqs)
    oqs.set_clock(now)
    assert oqs.check().status_code == 200
    browser = browser_of(oqs)
    assert "いま受け付けています" in browser.get("/portal/hotline").text
    page = browser.post("/portal/hotline", data={"Name": "佐藤花子", "Birthdate": "1980-02-17"})
    assert "カードを止めました" in page.text
    for card in (oqs.card, phone):
        assert oqs.check(card.sign(oqs.challenge())).json()["code"] == "SIM-CERTIFICATE-SUSPENDED"
    assert signed_in.get("/portal").url.path == "/portal/sign-in"
    if now.startswith("2026-11-22"):
        assert "早ければ令和8年11月27日（金）ごろ" in page.text
        assert "令和8年12月21日（月）までに申請" in page.text


@pytest.mark.parametrize(
    ("name", "birthdate", "status", "said"),
    [
        ("佐藤花子", "1980-02-18", 404, "この氏名と生年月日の方が見つかりません"),
        ("田中", "1980-02-17", 404, "この氏名と生年月日の方が見つかりません"),
        ("", "1980-02-17", 422, "氏名と生年月日を入れてください"),
        ("佐藤花子", "", 422, "氏名と生年月日を入れてください"),
    ],
)
def test_nobody_s_card_is_stopped_by_who_does_not_know_name_and_birthdate(
    member: Oqs, name: str, birthdate: str, status: int, said: str
) -> None:
    page = browser_of(member).post("/portal/hotline", data={"Name": name, "Birthdate": birthdate})
    assert page.status_code == status
    assert said in page.text
    assert "まだカードは止まっていません" in page.text
    assert member.check().status_code == 200


def test_of_two_of_one_name_and_birthdate_no_card_is_stopped(member: Oqs) -> None:
    member.resident(ICHIRO, "佐藤　花子", "19800217")
    page = browser_of(member).post(
        "/portal/hotline", data={"Name": "サトウハナコ", "Birthdate": "1980-02-17"}
    )
    assert "同じ氏名・生年月日の方が複数いる" in page.text
    assert member.check().status_code == 200


@pytest.mark.rules("R-200")
@pytest.mark.parametrize(
    ("now", "enquiries", "today"),
    [
        ("2026-11-20T19:59:00+09:00", "いま受け付けています", "9:30〜20:00"),
        ("2026-11-20T20:00:00+09:00", "いまは時間外です", "9:30〜20:00"),
        ("2026-11-22T17:00:00+09:00", "いま受け付けています", "9:30〜17:30"),
        ("2026-12-31T12:00:00+09:00", "いまは時間外です", "休み"),
    ],
)
def test_the_hotline_says_when_it_answers_and_what_to_press(
    oqs: Oqs, now: str, enquiries: str, today: str
) -> None:
    oqs.set_clock(now)
    page = browser_of(oqs).get("/portal/hotline").text
    assert "0120-95-0178" in page
    assert "「4→2」" in page
    loss, enquiry = re.findall(r"<dd>(.*?)</dd>", page)
    assert "24時間365日" in loss
    assert enquiries in enquiry
    assert f"問い合わせは {today}です" in page


@pytest.mark.rules(
    "R-022", "R-083", "R-084", "R-097", "R-120", "R-121", "R-157", "R-158", "R-173", "R-174"
)
def test_the_guide_asks_what_one_has_and_tells_the_rest(oqs: Oqs) -> None:
    browser = browser_of(oqs)
    page = browser.get("/portal/guide?card=yes&phone=yes").text
    assert "資格情報画面を、あらかじめスマートフォンに保存" in page
    assert re.findall(r"<li>(.*?)</li>", page.split("保存のしかた")[1])[:4] == [
        "お知らせのQRコードを読み取ります。",
        "マイナポータルにログインします。",
        "「健康保険証」を選びます。",
        "「端末に保存」を選びます。",
    ]
    assert "右下を切り取り" in browser.get("/portal/guide?card=yes&phone=no").text
    without = browser.get("/portal/guide?card=no").text
    assert "証明写真機で" in without
    assert "スマートフォンを持っていますか" not in without
    for said in ("医療費控除", "加入・脱退の届出", "勤め先を通じて", "先に利用登録", "最短5日程度"):
        assert said in page
    seen = re.findall(r'<li class="seen"><span>(.*?)</span>', page)
    assert seen == ["券面の氏名・住所・生年月日・性別・顔写真"]


@pytest.mark.rules("R-201", "R-202", "R-203")
def test_the_guide_names_the_offices_of_the_notices_as_examples(oqs: Oqs) -> None:
    page = browser_of(oqs).get("/portal/guide").text
    for office in ("土浦市国保年金課", "内線2406", "最上地区広域連合", "キタムラ健康保険組合"):
        assert office in page
    assert '<a href="https://myna.go.jp/"' in page


@pytest.mark.parametrize(
    "path",
    ["/portal", "/portal/insurance-card", "/portal/insurance-card.pdf", "/portal/history",
     "/portal/registration", "/portal/discrepancies", "/portal/medicines", "/portal/checkups",
     "/portal/costs", "/portal/consents"],
)  # fmt: skip
def test_nothing_of_a_person_is_shown_to_who_is_not_signed_in(member: Oqs, path: str) -> None:
    page = browser_of(member).get(path)
    assert page.url.path == "/portal/sign-in"
    assert "花子" not in page.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/portal/sign-in", {"Channel": "reader"}),
        ("/portal/sign-in", {"Channel": "x"}),
        ("/portal/people", {"Query": "あ" * 201}),
        ("/portal/people", {"Query": "a\x00b"}),
        ("/portal/people/sign-in", {}),
        ("/portal/hotline", {"Name": "あ", "Birthdate": "x"}),
    ],
)
def test_what_no_form_of_ours_sends_is_refused_with_a_page(
    oqs: Oqs, path: str, sent: dict[str, str]
) -> None:
    page = browser_of(oqs).post(path, data=sent)
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert "模擬" in page.text


@pytest.mark.rules("P-031")
@pytest.mark.parametrize("flag", ["Undisclosed", "SelfInformationBlocked"])
def test_a_hidden_history_is_hidden_from_programs_too(member: Oqs, flag: str) -> None:
    member.report(2, **{flag: "1"})
    proof = {"CardProof": member.card.sign(member.portal_challenge("inquiries"))}
    refused = member.console.post("/portal/inquiries", json=proof)
    assert (refused.status_code, refused.json()["code"]) == (403, "SIM-CARD-USE-BLOCKED")


@pytest.mark.parametrize(("channel", "path"), [("portal", "/portal"), ("atm", "/portal/atm")])
def test_while_j_lis_is_out_nobody_is_registered_and_the_page_says_why(
    oqs: Oqs, channel: str, path: str
) -> None:
    oqs.report(1)
    browser = as_person(oqs, channel=channel)
    assert oqs.console.put("/sim/jlis/outage", json={}).is_success
    sent = browser.post(f"{path}/registration")
    assert sent.status_code == 424
    assert "いまは利用登録ができません" in sent.text
    assert word(as_person(oqs).get("/portal").text) == "未登録"
