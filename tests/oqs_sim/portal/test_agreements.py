"""同意 at the portal: what was agreed to, where, until when, and taking it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.test_home_consents import ask_again, given
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION
from tests.oqs_sim.medical.visits import ALL, consent_at_home, read_card, withdraw
from tests.oqs_sim.portal.test_account import as_person

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

CLINIC = "もぎ内科クリニック（模擬）"


def agree(oqs: Oqs, *items: str) -> None:
    """Have the card read, and agree to some of what the reader asks for."""
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": oqs.card.sign(oqs.challenge()), "Consents": {"Items": items}},
    }
    done = oqs.terminal.post("/qualification/card", json=inquiry)
    assert done.status_code == 200, done.text


@pytest.mark.rules("P-034", "P-035")
def test_the_page_names_what_was_agreed_to_where_and_until_when(member: Oqs) -> None:
    agree(member, "checkup")
    assert member.check_number().status_code == 200
    browser = as_person(member)
    page = browser.get("/portal/consents").text
    assert CLINIC in page
    assert "<dd>健診の情報</dd>" in page
    assert "令和8年11月9日（月） 9:00" in page
    assert "令和8年11月10日（火） 9:00" in page
    assert "✔ 見られます" in page
    history = browser.get("/portal/history").text
    assert history.count("同意したもの: 健診の情報") == 1
    assert '<a href="/portal/consents">' in browser.get("/portal").text
    member.set_clock("2026-11-10T09:00:01+09:00")
    assert "終わりました" in browser.get("/portal/consents").text


@pytest.mark.rules("P-034")
def test_each_line_of_the_history_says_what_was_agreed_to_with_it_and_no_other(
    member: Oqs,
) -> None:
    """The clock stands, so that all of these have one instant."""
    agree(member, "checkup")
    assert member.check().status_code == 200
    agree(member, "surgery")
    read_card(member, Consents={})
    page = as_person(member).get("/portal/history").text
    lines = [one for one in re.findall(r"<li class=.*?</li>", page) if "資格の確認" in one]
    told = [re.findall(r"同意したもの: (.*?)<", line) for line in lines]
    assert told == [[], ["手術の情報"], [], ["健診の情報"]]
    entries = own(member, "inquiries")["Entries"]
    checks = [one.get("Agreed") for one in entries if one["Purpose"] == "check"]
    assert checks == [None, ["surgery"], None, ["checkup"]]
    proof = member.card.sign(member.portal_challenge("inquiries"))
    lines = member.console.post("/portal/inquiries", json={"CardProof": proof}).json()["Inquiries"]
    assert [one.get("Agreed") for one in lines if one["Purpose"] == "check"] == checks


def test_a_line_whose_check_was_refused_says_nothing_of_consent(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": proof, "Consents": ALL},
    }
    assert member.terminal.post("/qualification/card", json=inquiry).status_code == 200
    again = member.terminal.post("/qualification/card", json=inquiry)
    assert again.json()["code"] == "SIM-CHALLENGE-USED"
    assert as_person(member).get("/portal/history").text.count("同意したもの: ") == 1


@pytest.mark.rules("P-022", "P-035")
@pytest.mark.parametrize(
    ("reason", "words"), [("2", "ご自身で取り消しました"), ("1", "医療機関が取り消しました")]
)
def test_a_withdrawal_tells_when_it_ended_and_leaves_what_was_agreed_to(
    member: Oqs, reason: str, words: str
) -> None:
    member.set_clock("2026-11-09T10:00:00+09:00")
    number = consent_at_home(member, Consents={"Items": ["checkup"]})
    member.set_clock("2026-11-09T11:00:00+09:00")
    browser = as_person(member)
    if reason == "2":
        browser.post("/portal/consents/end", data={"Number": number})
    else:
        assert withdraw(member, number).status_code == 204
    member.set_clock("2026-11-09T12:00:00+09:00")
    assert withdraw(member, number).status_code == 204, "to say it twice changes nothing"
    page = browser.get("/portal/consents").text.partition('id="at-readers"')[2]
    assert "<dd>健診の情報</dd>" in page
    assert "令和8年11月9日（月） 10:00" in page
    assert "令和8年11月9日（月） 11:00" in page
    assert words in page
    assert "✔ 見られます" not in page
    (reader,) = own_consents(member)["AtReaders"]
    assert reader["Items"] == ["checkup"]
    assert reader["ConsentedAt"].startswith("2026-11-09T01:00")
    assert reader["AvailableUntil"].startswith("2026-11-09T02:00")
    assert reader["EndedAt"].startswith("2026-11-09T02:00")
    assert reader["EndReason"] == reason
    assert "同意したもの: 健診の情報" in browser.get("/portal/history").text


@pytest.mark.rules("P-035")
def test_a_withdrawal_ends_no_viewing_that_was_over_by_itself(member: Oqs) -> None:
    number = consent_at_home(member, Consents={"Items": ["checkup"]})
    member.set_clock("2026-11-12T09:00:00+09:00")
    assert withdraw(member, number).status_code == 204
    told = own_consents(member)
    assert told["AtHome"][0]["EndReason"] == "1"
    (reader,) = told["AtReaders"]
    assert reader["AvailableUntil"].startswith("2026-11-10T00:00")
    assert "EndReason" not in reader


def test_a_reading_after_a_withdrawal_is_a_consent_of_its_own(member: Oqs) -> None:
    assert withdraw(member, consent_at_home(member, Consents=ALL)).status_code == 204
    agree(member, "checkup")
    (reader,) = own_consents(member)["AtReaders"]
    assert reader["Items"] == ["checkup"]
    assert "EndedAt" not in reader
    assert "EndReason" not in reader


def own_consents(oqs: Oqs) -> Any:
    return own(oqs, "consents")


def own(oqs: Oqs, what: str) -> Any:
    """What a program reads of a person who signs in with the card."""
    proof = oqs.card.sign(oqs.portal_challenge("sign_in"))
    token = oqs.console.post("/portal/sessions", json={"CardProof": proof}).json()["Token"]
    headers = {"Authorization": f"Bearer {token}"}
    return oqs.console.get(f"/portal/me/{what}", headers=headers).json()


@pytest.mark.rules("P-022")
def test_a_consent_at_home_is_taken_back_by_who_is_signed_in(member: Oqs) -> None:
    number = given(member)
    browser = as_person(member)
    page = browser.get("/portal/consents").text
    assert "続いています" in page
    assert "訪問診療など" in page
    (told,) = re.findall(r'name="Number" value="([0-9a-f]{32})"', page)
    assert told == number
    page = browser.post("/portal/consents/end", data={"Number": number}).text
    assert "ご自身で取り消しました" in page
    assert "取り消す</button>" not in page
    assert "患者さんが取り消しました" in ask_again(member.terminal, number).json()["japanese"]


def test_nobody_ends_the_consent_of_somebody_else(member: Oqs) -> None:
    number = given(member)
    other = member.resident(ICHIRO, "田中　一郎", "19520603")
    stranger = as_person(member, other)
    assert "ありません" in stranger.get("/portal/consents").text
    refused = stranger.post("/portal/consents/end", data={"Number": number})
    assert refused.status_code == 404
    assert "患者さん" not in refused.text
    assert ask_again(member.terminal, number).status_code == 200


def test_a_program_reads_and_withdraws_them_too(member: Oqs) -> None:
    number = given(member)
    agree(member, "checkup")
    proof = member.card.sign(member.portal_challenge("sign_in"))
    token = member.console.post("/portal/sessions", json={"CardProof": proof}).json()["Token"]
    headers = {"Authorization": f"Bearer {token}"}

    def told() -> Any:
        return member.console.get("/portal/me/consents", headers=headers).json()

    (reader,) = told()["AtReaders"]
    assert (reader["InstitutionName"], reader["Items"]) == (CLINIC, ["checkup"])
    assert told()["AtHome"][0]["SimulationConsentNumber"] == number
    done = member.console.post(
        "/portal/me/consents/withdrawals",
        json={"SimulationConsentNumber": number},
        headers=headers,
    )
    assert done.status_code == 204
    assert told()["AtHome"][0]["EndReason"] == "2"


@pytest.mark.rules("P-031")
def test_where_the_history_is_hidden_no_clinic_is_named_here_either(member: Oqs) -> None:
    given(member)
    member.report(2, Undisclosed="1")
    page = as_person(member).get("/portal/consents")
    assert page.status_code == 403
    assert CLINIC not in page.text
