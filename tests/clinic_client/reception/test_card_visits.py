"""Visits by card, from a real PC/SC service to a real OQS and back."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from smartcard import scard

from reader.connection import CardConnection
from reader.description.layout import AUTHENTICATION_PIN, CardKind
from reader.errors import CardFault
from testbed.cards.personas import personas
from testbed.readers.private_pcscd import PcscStack
from testbed.readers.slots import Slots
from tests.presence import pcscd_of
from tests.secrecy import says
from virtual_card.card import VirtualCard
from virtual_card.image.credential import NO_SECRETS
from virtual_card.plugs.vpcd import VpcdPlug

HANAKO = personas()["hanako"]
Take = Callable[[str], VirtualCard]
Open = Callable[..., Any]


def test_a_card_on_the_reader_gives_the_eligibility(at_reader: Open, card: Take) -> None:
    clinic = at_reader(card("hanako"))
    visit = clinic.visit()
    assert visit["Word"] == "VALID"
    assert visit["Name"] == HANAKO.name
    result = visit["Result"]
    assert (result["InsurerNumber"], result["InsuredIdentificationNumber"]) == ("990010", "1234567")
    assert visit["Decision"]["Ratio"] == 3
    assert clinic.state()["CurrentVisit"]["VisitId"] == visit["VisitId"]


def test_the_desk_knows_the_tries_before_anybody_types(at_reader: Open, card: Take) -> None:
    state = at_reader(card("hanako")).state()
    assert state["Card"] == {"Kind": "MY_NUMBER_CARD", "RemainingTries": 3, "WithoutPin": False}


def test_where_the_time_went_is_written_down(at_reader: Open, card: Take) -> None:
    timings = at_reader(card("hanako")).visit()["Timings"]
    steps = [timings[name] for name in ("ChallengeMs", "CardMs", "InquiryMs")]
    assert all(ms > 0 for ms in steps)
    assert sum(steps) <= timings["TotalMs"]


def test_the_journal_of_oqs_finds_by_the_visit_what_was_asked_for_it(
    with_card: Open, oqs: Any
) -> None:
    clinic = with_card()
    by_card = clinic.visit()
    paths = [one["Path"] for one in oqs.asked_for(by_card)]
    assert paths == ["/qualification/card", "/qualification/challenges"]
    number = {
        "InsurerNumber": "990010",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234567",
        "InsuredBranchNumber": "01",
        "Birthdate": HANAKO.birthdate,
    }
    own = {"X-Request-Id": "my-own-id"}
    answer = clinic.http.post("/api/visits/number", json=number, headers=own)
    assert answer.headers["X-Request-Id"] == "my-own-id"
    (one,) = oqs.asked_for(answer.raise_for_status().json())
    assert one["Path"] == "/qualification/number"
    assert one["RequestId"].startswith("my-own-id.")


def test_an_insertion_is_told_within_a_tenth_of_a_second(
    open_clinic: Open, card: Take, pcsc_stack: PcscStack, insert: Callable[..., VpcdPlug]
) -> None:
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    plug: VpcdPlug | None = None
    took: list[float] = []
    for name, content in clinic.events():
        if name != "reader":
            continue
        if content["Reader"]["CardPresent"] and plug is not None:
            took.append(time.monotonic() - content["AtMonotonic"])
            if min(took) < 0.1:
                return
            assert len(took) < 10, took  # a busy machine has a quiet moment
            plug.remove()
            plug = None
        elif content["Reader"]["Name"] and not content["Reader"]["CardPresent"] and plug is None:
            plug = insert(card("hanako"))
    pytest.fail("the events ended before the insertion was told")


def test_a_wrong_pin_costs_one_try_and_says_how_many_are_left(at_reader: Open, card: Take) -> None:
    clinic = at_reader(card("hanako"))
    answer = clinic.receive("9999")
    problem = answer.json()
    assert answer.status_code == 409
    assert problem["code"] == "SIM-READER"
    assert problem["kind"] == "pin-wrong"
    assert problem["status_word"] == "0x63C2"
    assert problem["attempts_remaining"] == 2
    assert problem["japanese"] == "暗証番号が違います。あと2回入力できます。"
    assert clinic.state()["Card"]["RemainingTries"] == 2
    assert "あと2回入力できます" in clinic.page()


def test_a_right_pin_gives_all_tries_back(at_reader: Open, card: Take) -> None:
    clinic = at_reader(card("hanako"))
    clinic.receive("9999")
    clinic.visit()
    assert clinic.state()["Card"]["RemainingTries"] == 3


def test_the_last_try_is_only_used_when_it_is_confirmed(with_card: Open) -> None:
    clinic = with_card()
    for _ in range(2):
        clinic.receive("9999")
    held_back = clinic.receive("1234").json()
    assert (held_back["kind"], held_back["next_step"]) == ("pin-not-sent", "confirm-last-try")
    assert clinic.receive("1234", ConfirmLastTry=True).status_code == 201


def test_a_pin_of_another_form_never_reaches_the_card(with_card: Open) -> None:
    clinic = with_card()
    for slip in ("123", "12345", "12a4", ""):
        assert clinic.receive(slip).json()["kind"] == "pin-not-sent"
    assert clinic.receive("9999").json()["attempts_remaining"] == 2


def test_the_pin_is_repeated_in_no_answer(
    with_card: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    clinic = with_card()
    answers = [
        clinic.receive("7391"),
        clinic.http.post("/api/visits", json={"Pin": "7391", "Unknown": 1}),
        clinic.http.post("/api/visits", json={"Pin": 7391}),
        clinic.http.post("/api/visits", content=b'{"Pin": "7391"'),
    ]
    assert all(answer.is_client_error for answer in answers)
    assert not any(says(answer.text, "7391") for answer in answers)
    assert not says(caplog.text, "7391")


def test_a_card_that_is_not_registered_can_be_on_the_spot(with_card: Open) -> None:
    visit = with_card("ichiro").visit("2345")
    assert visit["Cause"] == "NOT_REGISTERED"
    assert visit["ProblemCode"] == "SIM-NOT-REGISTERED"
    assert visit["Decision"]["Ways"][0]["Way"] == "register_on_the_spot"


def test_a_revoked_certificate_leads_to_other_documents(
    with_card: Open, oqs: Any, card: Take
) -> None:
    clinic = with_card()
    oqs.revoke(_serial_of(card("hanako")))
    visit = clinic.visit()
    assert (visit["Word"], visit["Cause"]) == ("UNUSABLE", "CERTIFICATE")
    assert visit["Decision"]["Ways"][0]["Way"] == "certificate"


@pytest.mark.rules("R-115", "R-116", "R-117", "P-012", "P-013")
def test_a_suspended_card_is_not_said_to_need_a_renewal(
    with_card: Open, oqs: Any, card: Take
) -> None:
    clinic = with_card()
    oqs.suspend(card("hanako").image.serial)
    decision = clinic.visit()["Decision"]
    assert "一時停止" in decision["Headline"]["Japanese"]
    said, again = decision["Say"]["Japanese"], decision["CheckAgain"]["Japanese"]
    for word in ("一時停止の解除", "再発行", "市区町村の窓口", "0120-95-0178"):
        assert word in said
    assert "最短5日" in again
    page = clinic.page()
    assert "一時停止の解除" in page
    assert "更新から約24時間" not in page


def test_who_is_received_without_a_mute_card_does_not_wait_for_it(
    open_clinic: Open, card: Take, pcsc_stack: PcscStack, insert: Callable[..., VpcdPlug]
) -> None:
    asked = []

    def mute(part: str | None) -> CardConnection:
        asked.append(part)
        raise CardFault.mute("SELECT")

    clinic = open_clinic(mute, reader_part=pcsc_stack.readers[0])
    insert(card("hanako"))
    state = clinic.wait_until(lambda state: state["CardTrouble"] is not None)
    looked = len(asked)
    visit = clinic.unchecked("device", Insertion=state["Reader"]["Insertion"])
    assert visit["Cause"] == "DEVICE"
    assert len(asked) == looked, "a reader gives a mute card up after seconds only"


def test_with_the_line_down_the_reception_goes_on(with_card: Open, oqs: Any) -> None:
    clinic = with_card(line_probe_seconds=0.05)
    clinic.visit()
    oqs.stop()
    visit = clinic.visit()
    assert (visit["Word"], visit["Cause"]) == ("CHECK", "NETWORK")
    assert [way["Way"] for way in visit["Decision"]["Ways"]][:3] == [
        "card_with_portal_or_notice",
        "oral_no_change",
        "declaration",
    ]
    clinic.wait_until(lambda state: not state["Line"]["Up"])
    assert "オンライン資格確認につながりません" in clinic.page()


def test_with_the_line_down_a_wrong_pin_costs_nothing(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    oqs.stop()
    assert clinic.receive("9999").status_code == 201


def test_a_lost_eligibility_leads_to_the_fallback_and_the_list(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111", ReasonOfLoss="03")
    visit = clinic.visit()
    assert (visit["Validity"], visit["Word"], visit["Cause"]) == ("2", "CHECK", "LAG")
    decision = visit["Decision"]
    assert [way["Way"] for way in decision["Ways"] if way["Accepted"]][:2] == [
        "card_with_portal_or_notice",
        "declaration",
    ]
    assert (decision["Ratio"], decision["Claim"]["Mode"]) == (3, "old_eligibility")
    (waiting,) = clinic.get("/api/catch-up")["Waiting"]
    assert (waiting["VisitId"], waiting["CheckFrom"]) == (visit["VisitId"], "20261124")


def test_the_list_closes_itself_with_the_next_valid_answer(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    lost = {"DisqualificationDate": "20261111", "ReasonOfLoss": "03"}
    oqs.insure(world.hanako, HANAKO, Version=2, **lost)
    clinic.visit()
    gained = {
        "InsurerNumber": "06990014",
        "InsurerName": "北村型健康保険組合（模擬）",
        "InsuredCardSymbol": "北",
        "InsuredIdentificationNumber": "7654321",
        "InsuredBranchNumber": "00",
        "QualificationDate": "20261110",
    }
    oqs.insure(world.hanako, HANAKO, Version=3, **gained)
    visit = clinic.visit()
    assert visit["Word"] == "VALID"
    assert visit["Changed"][:2] == ["InsurerNumber", "InsuredCardSymbol"]
    assert clinic.get("/api/catch-up")["Waiting"] == []


def test_business_time_comes_from_the_deployments_clock(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    oqs.set_clock(datetime.fromisoformat("2026-11-24T09:10:00+09:00"))
    assert clinic.visit()["At"].startswith("2026-11-24T00:10:00")


def _serial_of(taken: VirtualCard) -> int:
    assert taken.image.authentication is not None
    certificate = x509.load_der_x509_certificate(taken.image.authentication.certificate)
    return certificate.serial_number


def test_a_resident_register_card_is_called_so(at_reader: Open, card: Take) -> None:
    old = replace(card("hanako").image, kind=CardKind.RESIDENT_REGISTER_CARD)
    clinic = at_reader(VirtualCard(old), until="CardTrouble")
    assert clinic.state()["CardTrouble"]["Kind"] == "not-my-number-card"
    assert "住民基本台帳カード" in clinic.page()


def test_a_card_without_pin_is_not_called_locked(at_reader: Open, card: Take) -> None:
    hanako = card("hanako").image
    assert hanako.authentication
    without = replace(
        hanako,
        authentication=replace(hanako.authentication, secret=None),
        signature=None,
        secrets=NO_SECRETS,
    )
    clinic = at_reader(VirtualCard(without))
    assert clinic.state()["Card"] == {
        "Kind": "MY_NUMBER_CARD",
        "RemainingTries": 0,
        "WithoutPin": True,
    }
    assert "暗証番号のないカード" in clinic.page()
    problem = clinic.receive("1234").json()
    assert problem["kind"] == "pin-blocked"
    assert "顔認証マイナンバーカード" in problem["japanese"]


@pytest.mark.rules("P-031")
def test_a_protected_person_is_received_by_the_certificate_alone(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, SelfInformationBlocked="1")
    visit = clinic.visit()
    assert visit["ProblemCode"] == "SIM-CARD-USE-BLOCKED"
    assert (visit["Word"], visit["Cause"], visit["Validity"]) == ("UNUSABLE", "BLOCKED", None)
    decision = visit["Decision"]
    assert decision["Situation"] == "blocked"
    assert decision["Headline"]["Japanese"] == (
        "カードでは確認できません。資格確認書で受け付けます。"
    )
    assert decision["Ways"][0]["Way"] == "certificate"
    assert {way["Way"] for way in decision["Ways"]} <= {"certificate", "self_pay"}
    assert visit["Result"] is None
    page = clinic.page()
    assert "住所は書き写さず、だれにも伝えません。" in page
    assert "カードの氏名・生年月日・性別・住所" not in page
    assert "市区町村" not in page
    assert "SIM-CARD-USE-BLOCKED" in page
    assert 'data-word="unusable"' in page


@pytest.mark.rules("R-159")
def test_one_in_arrears_pays_the_whole_cost(with_card: Open, oqs: Any, world: Any) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, SpecialMedicalExpense="1")
    visit = clinic.visit()
    assert (visit["Word"], visit["Validity"], visit["Cause"]) == ("VALID", "1", "NONE")
    decision = visit["Decision"]
    assert (decision["Ratio"], decision["RatioSource"]) == (10, "special_expenses")
    assert "特別療養費" in decision["Cautions"][0]["Japanese"]
    again = clinic.get(f"/api/visits/{visit['VisitId']}")["Decision"]
    assert again == decision, "what is kept gives the same"
    page = clinic.page()
    assert '<b id="ratio">10割（全額）</b>' in page
    assert '<p class="caution">特別療養費' in page
    (claimed,) = clinic.get("/api/claims?month=2026-11")["Claims"]
    assert (claimed["Mode"], claimed["Open"]) == ("no_claim", [])
    # Whoever is in arrears is insured.
    page = clinic.page()
    assert "特別療養費の対象" in page
    assert "保険なし" not in page
    assert "全額のお支払い" in visit["Decision"]["Say"]["Japanese"]


def test_a_visit_means_the_card_that_it_names(
    open_clinic: Open, card: Take, insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack
) -> None:
    stranger = card("ichiro")
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    plug = insert(card("hanako"))
    meant = clinic.wait_until(lambda state: state["Card"] is not None)["Reader"]["Insertion"]
    assert meant
    assert clinic.receive("1234", Insertion=meant).status_code == 201
    assert f'data-insertion="{meant}"' not in clinic.page(), "the visit is shown"
    plug.remove()
    gone = clinic.wait_until(lambda state: not state["Reader"]["CardPresent"])
    assert gone["Reader"]["Insertion"] is None
    assert "data-insertion" not in clinic.page("/unable")
    assert clinic.receive("1234", Insertion=meant).json()["code"] == "SIM-READER"
    insert(stranger)
    there = clinic.wait_until(lambda state: state["Card"] is not None)
    assert there["Reader"]["Insertion"] != meant
    named = f'data-insertion="{there["Reader"]["Insertion"]}"'
    assert named in clinic.page()
    unable = clinic.page("/unable")
    assert f'data-unchecked="network" {named}' in unable
    assert 'data-unchecked="no_card">' in unable, "who has no card does not mean the one there"
    refused = clinic.receive("9999", Insertion=meant)
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-CARD-EXCHANGED")
    unchecked = {"Cause": "authentication", "Insertion": meant}
    refused = clinic.http.post("/api/visits/unchecked", json=unchecked)
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-CARD-EXCHANGED")
    assert stranger.tries_left(AUTHENTICATION_PIN) == 3
    wrong = clinic.receive("9999", Insertion=there["Reader"]["Insertion"])
    assert wrong.json()["kind"] == "pin-wrong"


def test_a_card_that_was_left_behind_is_not_waited_for(
    open_clinic: Open, card: Take, insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack
) -> None:
    insert(card("hanako"))
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    state = clinic.wait_until(lambda state: state["Card"] is not None)
    lying = {"Insertion": state["Reader"]["Insertion"]}
    assert 'data-step="card"' in clinic.page()
    clinic.visit()
    for _ in range(2):  # to press once more changes nothing
        clinic.http.post("/api/next").raise_for_status()
        assert 'data-step="left"' in clinic.page()
        assert "前の方のカードが残っています" in clinic.page()
    clinic.http.post("/api/reader/restart", json=lying).raise_for_status()
    assert 'data-step="card"' in clinic.page(), "the receptionist wants this card once more"
    clinic.http.post("/api/next").raise_for_status()
    assert 'data-step="card"' in clinic.page(), "nobody was received with it since"


@pytest.mark.rules("P-023")
def test_a_card_that_was_left_behind_is_not_the_next_patients(at_reader: Open, card: Take) -> None:
    clinic = at_reader(card("hanako"))
    lying = {"Insertion": clinic.state()["Reader"]["Insertion"]}
    assert lying["Insertion"] in clinic.page("/unable")
    hers = clinic.visit()
    for pressed in (True, False):  # whether somebody presses F2
        if pressed:
            clinic.http.post("/api/next").raise_for_status()
        page = clinic.page("/unable")
        assert "受付の済んだ方のカードです" in page
        assert f'data-insertion="{lying["Insertion"]}"' not in page.split('id="main"')[1]
        for named in ({}, lying):
            for cause in ("device", "authentication", "certificate", "network", "not_registered"):
                visit = clinic.unchecked(cause, **named)
                assert (visit["Name"], visit["Previous"]) == (None, None), (cause, named)
    assert clinic.get("/api/catch-up")["News"] == [], "nobody else is confirmed as her"
    reason = {"Reason": "trial", "Note": "", "Staff": "受付"}
    clinic.http.put(f"/api/visits/{visit['VisitId']}/withdrawal", json=reason).raise_for_status()
    assert 'data-step="left"' in clinic.page(), "her card is still the one that was left"
    clinic.http.post("/api/reader/restart", json=lying).raise_for_status()
    again = clinic.unchecked("device", **lying)
    assert (again["Name"], again["Previous"]["VisitId"]) == (hers["Name"], hers["VisitId"])


def test_a_card_that_another_program_keeps_is_in_use_until_it_lets_go(
    open_clinic: Open, card: Take, insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack
) -> None:
    insert(card("hanako"))
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    result, held, _ = scard.SCardConnect(
        context, pcsc_stack.readers[0], scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1
    )
    assert result == scard.SCARD_S_SUCCESS
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    trouble = clinic.wait_until(lambda state: state["CardTrouble"] is not None)["CardTrouble"]
    assert (trouble["Kind"], trouble["NextStep"]) == ("card-in-use", "close-other-program")
    assert "ほかのプログラムが使っています" in clinic.page()
    assert "このカードは使えません" not in clinic.page()
    assert clinic.receive("1234").json()["kind"] == "card-in-use"
    scard.SCardDisconnect(held, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)
    clinic.wait_until(lambda state: state["Card"] is not None)
    assert clinic.visit()["Word"] == "VALID"


def test_after_the_service_died_the_card_is_there_again_and_a_visit_works(
    open_clinic: Open, card: Take, pcsc_stack: PcscStack
) -> None:
    slots = Slots(pcsc_stack)
    hanako = card("hanako")
    try:
        slots.move("hanako", 0, lambda: hanako)
        clinic = open_clinic(reader_part=pcsc_stack.readers[0])
        before = clinic.wait_until(lambda state: state["Card"] is not None)["Reader"]["Insertion"]
        os.kill(pcscd_of(pcsc_stack), signal.SIGKILL)
        again = clinic.wait_until(
            lambda state: state["Card"] and state["Reader"]["Insertion"] != before
        )
        assert again["Reader"]["Service"]
        assert clinic.visit()["Word"] == "VALID"
    finally:
        slots.close()
        pcsc_stack.wait_until_empty(0)


def test_where_the_tries_are_unknown_the_pin_is_sent_only_after_a_question(
    open_clinic: Open, card: Take, insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack
) -> None:
    silent = SilentCounter(card("hanako"))
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    insert(silent)
    state = clinic.wait_until(lambda state: state["Card"] is not None)
    assert state["Card"]["RemainingTries"] is None
    assert "残りの回数が分かりません" in clinic.page()
    held_back = clinic.receive("1234").json()
    assert (held_back["kind"], held_back["next_step"]) == ("pin-not-sent", "confirm-last-try")
    assert silent.presented == 0
    assert clinic.receive("1234", ConfirmLastTry=True).status_code == 201
    assert silent.presented == 1


class SilentCounter:
    """A card that answers a question for the tries with success, as some cards do."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.presented = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._card, name)

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == 0x20:
            if len(apdu) == 4:
                return bytes.fromhex("9000")
            self.presented += 1
        return self._card.process(apdu)
