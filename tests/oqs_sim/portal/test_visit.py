"""The first thing on the portal's home: whether the card works at a clinic, and what else does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.oqs_sim.bulk.test_public_assistance import (
    OFFICE,
    put_office,
    put_recipient,
    put_ticket,
)
from tests.oqs_sim.conftest import ICHIRO
from tests.oqs_sim.municipality.at_counter import Counter
from tests.oqs_sim.portal.english import japanese_in
from tests.oqs_sim.portal.test_account import as_person, word

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

CERTIFICATE = "資格確認書"
WITH_NOTICE = "マイナンバーカードと、資格情報のお知らせ"
DECLARATION = "マイナンバーカードだけ"
CARD = "マイナンバーカード"
NOTHING = "どれもないとき"
EMPLOYER = "健康保険被保険者資格証明書"


class Told:
    """The first section of the home page."""

    def __init__(self, oqs: Oqs, person: str | None = None) -> None:
        browser = as_person(oqs, person)
        self.home = browser.get("/portal").text
        assert japanese_in(browser.get("/portal?lang=en").text) == []
        (first,) = re.findall(r'<section class="standing visit.*?</section>', self.home, re.DOTALL)
        assert self.home.index(first) < self.home.index('id="standing"')
        (self.answer,) = re.findall(r'class="answer"><i aria-hidden="true">.</i> (.*?)</p>', first)
        self.sentence = re.findall(r"<p>(.*?)</p>", first)[0]
        self.take = re.findall(r"<b>(.*?)</b>", first)


def suspend(oqs: Oqs) -> None:
    path = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/suspension"
    assert oqs.console.put(path).status_code == 204


def test_who_is_registered_takes_the_card(member: Oqs) -> None:
    told = Told(member)
    assert told.answer == "カードで受診できます"
    assert "電子証明書の期限は令和13年2月17日（月）" in told.sentence
    assert told.take == [CARD]


@pytest.mark.rules("P-002", "R-111")
def test_in_the_grace_the_last_day_is_told(member: Oqs) -> None:
    member.set_clock("2031-03-01T09:00:00+09:00")
    told = Told(member)
    assert told.answer == "カードで受診できます。早めに更新してください"
    assert "令和13年5月31日（土）までは資格の確認にだけ使えます" in told.sentence
    assert told.take == [CARD]


@pytest.mark.rules("P-002", "R-021", "R-111")
def test_in_the_grace_who_is_not_registered_is_told_both(oqs: Oqs) -> None:
    oqs.report(1)
    oqs.set_clock("2031-03-01T09:00:00+09:00")
    told = Told(oqs)
    assert told.answer == "利用登録をすると、カードで受診できます"
    assert "令和13年5月31日（土）までは" in told.sentence
    assert told.take == [CARD, CERTIFICATE]


@pytest.mark.rules("P-004")
def test_after_the_grace_the_card_does_not_work(member: Oqs) -> None:
    member.set_clock("2031-06-01T09:00:00+09:00")
    told = Told(member)
    assert told.answer == "カードは使えません。資格確認書で受診できます"
    assert "3か月後の月末も過ぎ" in told.sentence
    assert told.take == [CERTIFICATE, WITH_NOTICE, DECLARATION]


@pytest.mark.rules("P-013", "R-115")
def test_a_card_that_was_reported_lost_is_not_asked_for(member: Oqs) -> None:
    suspend(member)
    told = Told(member)
    assert told.answer == "カードは使えません。資格確認書で受診できます"
    assert "から一時停止中です。見つかれば解除でき" in told.sentence
    assert "更新" not in told.sentence
    assert told.take == [CERTIFICATE, NOTHING]
    assert word(told.home) == "登録済"
    assert '<section class="standing minor check"' in told.home
    assert "このまま使えます" not in told.home


@pytest.mark.rules("R-048")
@pytest.mark.parametrize(
    ("insurer", "papers"),
    [
        ("06990014", [CERTIFICATE, EMPLOYER, NOTHING]),
        ("990010", [CERTIFICATE, NOTHING]),
        ("39990015", [CERTIFICATE, NOTHING]),
    ],
)
def test_nobody_is_told_to_bring_a_paper_that_the_insurer_does_not_have(
    oqs: Oqs, insurer: str, papers: list[str]
) -> None:
    oqs.report(1, insurer=insurer)
    assert oqs.register().status_code == 201
    suspend(oqs)
    assert Told(oqs).take == papers


@pytest.mark.rules("R-112", "R-114")
def test_a_card_that_rests_needs_the_filing_of_the_move(member: Oqs) -> None:
    Counter(member).file("move_out", PlannedOn="20261116")
    assert Told(member).answer == "カードで受診できます"
    member.set_clock("2026-11-20T09:00:00+09:00")
    told = Told(member)
    assert "までに転入届を出すと、また使えます" in told.sentence
    assert told.take == [CERTIFICATE, WITH_NOTICE, DECLARATION]
    member.set_clock("2027-03-01T09:00:00+09:00")
    assert "転入届が期限までになく" in Told(member).sentence


def test_a_card_that_was_given_back_is_told_as_revoked(member: Oqs) -> None:
    Counter(member).file("give_back")
    told = Told(member)
    assert "に失効しました。もう使えません" in told.sentence
    assert told.answer == "カードは使えません。資格確認書で受診できます"


@pytest.mark.parametrize("now", ["2026-11-09", "2030-12-20", "2031-03-01", "2031-06-01"])
def test_the_words_are_those_of_the_counter(member: Oqs, now: str) -> None:
    member.set_clock(f"{now}T09:00:00+09:00")
    told = Told(member)
    counter = Counter(member).card()["Sentence"]
    without_days = re.compile(r"(令和\d+年|\d{4}年)\d+月\d+日（.）")
    assert without_days.sub("", counter) in without_days.sub("", told.sentence)
    assert without_days.findall(told.sentence)


@pytest.mark.rules("R-021")
def test_who_is_not_registered_is_told_how_to_see_a_doctor(oqs: Oqs) -> None:
    oqs.report(1)
    told = Told(oqs)
    assert told.answer == "利用登録をすると、カードで受診できます"
    assert told.take == [CARD, CERTIFICATE]
    assert "利用登録へ進む" in told.home


@pytest.mark.rules("P-011", "R-021")
def test_a_card_without_a_pin_is_registered_at_the_desk_and_nobody_is_led_elsewhere(
    oqs: Oqs,
) -> None:
    ichiro = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.issue(ICHIRO, Kind="face_authentication_card")
    oqs.report(1, PersonReference=ichiro, InsuredBranchNumber="02")
    told = Told(oqs, ichiro)
    assert told.answer == "受付で利用登録をすると、カードで受診できます"
    assert told.take == [CARD, CERTIFICATE]
    assert "利用登録へ進む" not in told.home


@pytest.mark.rules("R-041")
def test_without_a_card_there_is_the_certificate(oqs: Oqs) -> None:
    ichiro = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.report(1, PersonReference=ichiro, InsuredBranchNumber="02")
    told = Told(oqs, ichiro)
    assert told.answer == "資格確認書で受診してください"
    assert told.take == [CERTIFICATE, NOTHING]


@pytest.mark.rules("R-092", "P-086")
def test_whose_insurance_does_not_show_yet_can_be_treated_all_the_same(oqs: Oqs) -> None:
    told = Told(oqs)
    assert told.answer == "保険の登録が、まだ見えません"
    assert told.take == [WITH_NOTICE, DECLARATION, CERTIFICATE]


@pytest.mark.parametrize("cause", ["suspended", "moved_out", "returned"])
def test_why_a_card_cannot_be_registered_is_told_by_its_own_cause(oqs: Oqs, cause: str) -> None:
    oqs.report(1)
    if cause == "suspended":
        suspend(oqs)
        said = "一時停止中です"
    elif cause == "moved_out":
        Counter(oqs).file("move_out", PlannedOn="20261110")
        oqs.set_clock("2026-11-20T09:00:00+09:00")
        said = "転入届を出すと、また使えます"
    else:
        Counter(oqs).file("give_back")
        said = "に失効しました"
    browser = as_person(oqs)
    for page in (browser.get("/portal/registration"), browser.post("/portal/registration")):
        assert said in page.text
        assert "市区町村で更新してから" not in page.text


@pytest.mark.rules("P-032")
def test_public_assistance_is_shown_with_its_tickets(oqs: Oqs) -> None:
    put_office(oqs)
    put_recipient(oqs)
    browser = as_person(oqs)
    browser.post("/portal/registration")
    told = Told(oqs)
    assert told.answer == "カードで受診できます"
    assert "医療券が登録された医療機関で使えます" in told.sentence
    assert "医療扶助（生活保護）" in told.home
    assert "有効な資格情報がありません" not in told.home
    page = browser.get("/portal/insurance-card").text
    assert f"<dt>公費負担者番号</dt><dd>{OFFICE}</dd>" in page
    assert "まだ登録されていません" in page
    put_ticket(oqs)
    oqs.set_clock("2026-11-16T09:00:00+09:00")
    page = browser.get("/portal/insurance-card").text
    assert "もぎ内科クリニック（模擬）、令和8年11月30日まで、窓口での支払い 0円" in page
    suspend(oqs)
    told = Told(oqs)
    assert told.answer == "カードは使えません。医療券で受診できます"
    assert told.take == ["医療券"]
