"""同意 at the portal: what was agreed to, where, until when, and taking it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.test_home_consents import ask_again, given
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION
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
