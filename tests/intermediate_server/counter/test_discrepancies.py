"""Discrepancy tickets: told over the line or at the page, listed, and answered once (R-098)."""

from __future__ import annotations

import re
from typing import Any

import pytest

import intermediate_server.store
from eligibility.reception.discrepancy import DiscrepancyKind
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import MOGAMI, TERMINAL, TSUCHIURA

TICKET = {
    "InsurerNumber": MOGAMI, "Kind": "ratio", "Name": "試験　花子", "Birthdate": "S55.2.17",
    "Sex1": "2", "Address": "模擬県1", "InsuredNumber": "最上 1234561 01",
    "VisitedOn": "20261110", "Institution": "模擬医院　模擬県2", "RatioPaid": "3割",
}  # fmt: skip
EIGHT = {
    "Name": "氏名", "Birthdate": "生年月日", "Sex1": "性別", "Address": "住所",
    "InsuredNumber": "被保険者番号", "VisitedOn": "受診日",
    "Institution": "医療機関等の名称・所在地", "RatioPaid": "支払った負担割合",
}  # fmt: skip


@pytest.fixture(params=ENGINES)
def deployed(prepare: Any, request: pytest.FixtureRequest) -> Any:
    options: dict[str, Any] = {}
    if request.param != "sqlite":
        databases: Databases = request.getfixturevalue("databases")
        migrations = intermediate_server.store.MIGRATIONS
        options = {"database_url": databases.with_tables(metadata, migrations)}
    made = prepare(**options)
    made.start_oqs()
    made.start_service()
    return made


def insurer(deployment: Any, number: str = MOGAMI) -> Any:
    return deployment.client(deployment.line.url, f"insurer-{number}")


def tell(client: Any, key: str | None = None, **fields: str) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/discrepancies", json={**TICKET, **fields}, headers=headers)


@pytest.mark.rules("R-098")
def test_a_clinic_or_the_insurers_window_tells_it_and_the_insurer_answers_once(
    deployed: Any,
) -> None:
    clinic = deployed.client(deployed.line.url, f"terminal-{TERMINAL}")
    told = tell(clinic)
    assert told.status_code == 201, told.text
    assert told.json()["FiledBy"] == TERMINAL
    tell(insurer(deployed), Kind="限度額適用区分", RatioPaid="10割").raise_for_status()
    first, second = insurer(deployed).get("/discrepancies").json()["Tickets"]
    assert (first["Kind"], first["RatioPaid"]) == ("ratio", 3)
    assert (second["Kind"], second["RatioPaid"]) == ("limit", 10)
    assert insurer(deployed, TSUCHIURA).get("/discrepancies").json() == {"Tickets": []}
    path = f"/discrepancies/{first['Ticket']}/answer"
    answer = {"Finding": "paper_right", "Text": "7月から2割です"}
    assert insurer(deployed, TSUCHIURA).post(path, json=answer).status_code == 404
    answered = insurer(deployed).post(path, json=answer).json()
    assert answered["Answer"]["AnsweredOn"] == "20261116"
    assert "届け出て" in answered["Answer"]["NextStep"]
    again = insurer(deployed).post(path, json=answer)
    assert again.json()["code"] == "SIM-PROCEDURE-REFUSED"
    waiting = insurer(deployed).get("/discrepancies").json()["Tickets"]
    assert [one["Ticket"] for one in waiting] == [second["Ticket"]]
    last = insurer(deployed).get("/discrepancies?Open=false").json()["Tickets"]
    assert {one["Ticket"] for one in last} == {first["Ticket"], second["Ticket"]}
    assert clinic.get("/discrepancies").json()["code"] == "SIM-WRONG-CALLER"
    assert "相違の申し出" in deployed.pages.get("/readings").text


@pytest.mark.rules("R-098")
@pytest.mark.parametrize("missing", EIGHT)
def test_a_ticket_that_lacks_one_of_the_eight_is_refused_with_its_name(
    deployment: Any, missing: str
) -> None:
    answer = tell(insurer(deployment), **{missing: ""})
    assert answer.status_code == 422
    assert EIGHT[missing] in answer.json()["japanese"]


@pytest.mark.rules("R-098")
def test_what_cannot_be_read_or_is_for_another_insurer_is_refused(deployment: Any) -> None:
    client = insurer(deployment)
    assert tell(client, Kind="住所").status_code == 422
    for share in ("11割", "5割", "-1割"):
        assert tell(client, RatioPaid=share).status_code == 422
    assert tell(client, VisitedOn="昨日").status_code == 422
    assert tell(client, InsurerNumber=TSUCHIURA).json()["code"] == "SIM-WRONG-CALLER"
    assert tell(client, InsurerNumber="999999").json()["code"] == "SIM-UNKNOWN-INSURER"
    assert client.get("/discrepancies").json() == {"Tickets": []}


@pytest.mark.parametrize("visited", ["19000101", "20261117", "20290101"])
def test_a_visit_lies_within_the_life_of_the_patient(deployment: Any, visited: str) -> None:
    answer = tell(insurer(deployment), VisitedOn=visited)
    assert answer.status_code == 422
    assert "受診日" in answer.json()["japanese"]
    page = deployment.pages.post("/discrepancies/desk", data={**TICKET, "VisitedOn": visited})
    assert page.status_code == 422
    assert insurer(deployment).get("/discrepancies").json() == {"Tickets": []}


def test_sent_again_under_its_key_a_ticket_is_taken_once(deployed: Any) -> None:
    client = insurer(deployed)
    first, again = tell(client, "key"), tell(client, "key")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert tell(client, "key", Name="別人").json()["code"] == "SIM-IDEMPOTENCY-KEY-REUSED"
    assert len(client.get("/discrepancies").json()["Tickets"]) == 1


@pytest.mark.rules("R-098", "R-201")
def test_the_clerk_types_the_day_of_the_visit_without_its_year(deployment: Any) -> None:
    typed = {**TICKET, "Kind": "負担割合", "VisitedOn": "11/10", "Operator": "係"}
    answer = deployment.pages.post("/discrepancies/desk", data=typed, follow_redirects=True)
    assert "2026年11月10日" in answer.text


def test_the_clerk_takes_and_answers_tickets_on_a_page(deployed: Any) -> None:
    pages = deployed.pages
    assert "回答を待っている申し出はありません" in pages.get("/discrepancies/desk").text
    typed = {**TICKET, "InsurerNumber": TSUCHIURA, "Kind": "負担割合", "Operator": "係"}
    wrong = pages.post("/discrepancies/desk", data={**typed, "VisitedOn": ""})
    assert wrong.status_code == 422
    assert "受診日" in wrong.text
    assert "試験　花子" in wrong.text, "nothing typed is lost"
    key = re.search(r'name="IdempotencyKey" value="([^"]+)"', wrong.text)
    assert key
    sent = {**typed, "IdempotencyKey": key[1]}
    assert pages.post("/discrepancies/desk", data=sent).status_code == 303
    assert pages.post("/discrepancies/desk", data=sent).status_code == 409
    page = pages.get("/discrepancies/desk").text
    assert "国保賦課係（内線2296）" in page
    ticket = re.search(r"/discrepancies/desk/([0-9A-F]{16})", page)
    assert ticket
    path = f"/discrepancies/desk/{ticket[1]}"
    assert pages.post(path, data={"Finding": "x"}).status_code == 422
    done = pages.post(path, data={"Finding": "check_right", "Text": "更新前の証でした"})
    assert done.status_code == 303
    page = pages.get("/discrepancies/desk").text
    assert "更新前の証でした" in page
    assert "証類を作り直して" in page
    assert pages.post(path, data={"Finding": "neither"}).status_code == 409


@pytest.mark.rules("R-098")
@pytest.mark.parametrize("kind", ["負担割合", "限度額適用区分"])
def test_after_a_loss_the_next_step_is_one_that_is_taken(deployed: Any, kind: str) -> None:
    reference = deployed.register(name="試験　花子")
    assert deployed.file(QualificationDate="20261101").status_code == 201
    lost = {"Kind": "leave", "DisqualificationDate": "20261111", "ReasonOfLoss": "99"}
    assert deployed.file(**lost).status_code == 201
    pages = deployed.pages
    sent = pages.post("/discrepancies/desk", data={**TICKET, "Kind": kind})
    assert sent.status_code == 303, sent.text
    (ticket,) = re.findall(r'action="(/discrepancies/desk/\w+)"', pages.get(sent.url.path).text)
    answer = {"Finding": "neither", "Text": "試験"}
    said = pages.post(ticket, data=answer, follow_redirects=True).text
    receipt = said[said.index('id="receipt"') : said.index('<section aria-labelledby="open"')]
    assert "2026年11月11日（水）に喪失しています" in receipt
    assert "作り直す" not in receipt
    way = pages.get(f"{ticket}/next").headers["Location"]
    if kind == "負担割合":
        assert "訂正を届け出る" in receipt
        typed = {
            "Kind": "correct", "Person": reference, "InsurerNumber": MOGAMI,
            "CorrectedVersion": "2", "InsuredCardSymbol": "最上", "Reason": "相違の申し出",
            "InsuredIdentificationNumber": "1234561", "InsuredBranchNumber": "01",
            "InsuredPartialContributionRatio": "030", "Birthdate": "S55.2.18",
        }  # fmt: skip
        assert "Kind=correct" in way
        assert "CorrectedVersion=2" in way
        assert "訂正する届出" in pages.get(way).text
        assert pages.post("/file", data=typed).status_code == 303
    else:
        assert "href" not in receipt.partition("次にすること")[2]
        assert way == f"/persons/{reference}"


def test_who_told_it_and_whose_it_is_read_a_ticket_and_nobody_else(deployed: Any) -> None:
    clinic = deployed.client(deployed.line.url, f"terminal-{TERMINAL}")
    differs = {"Kind": "name", "OnCheck": "試験　花●", "ShouldBe": "試験　花子"}
    told = tell(clinic, **differs).raise_for_status().json()
    path = f"/discrepancies/tickets/{told['Ticket']}"
    for reads in (clinic, insurer(deployed)):
        read = reads.get(path).raise_for_status().json()
        assert {name: read[name] for name in differs} == differs
        assert "Answer" not in read
    assert insurer(deployed, TSUCHIURA).get(path).status_code == 404
    of_the_insurer = tell(insurer(deployed)).json()["Ticket"]
    assert clinic.get(f"/discrepancies/tickets/{of_the_insurer}").status_code == 404
    assert clinic.get("/discrepancies/tickets/0123456789ABCDEF").status_code == 404
    answer = {"Finding": "paper_right", "Text": "直しました"}
    insurer(deployed).post(
        f"/discrepancies/{told['Ticket']}/answer", json=answer
    ).raise_for_status()
    assert clinic.get(path).json()["Answer"]["Text"] == "直しました"


@pytest.mark.rules("R-098")
@pytest.mark.parametrize(
    ("kind", "leads_to"),
    [
        (DiscrepancyKind.NAME, "Kind=name"),
        (DiscrepancyKind.BIRTHDATE, "Kind=correct"),
        (DiscrepancyKind.NUMBER, "Kind=renumber"),
        (DiscrepancyKind.PERSON, ""),
    ],
)
def test_what_differs_is_shown_to_the_clerk_and_leads_to_what_corrects_it(
    deployment: Any, kind: DiscrepancyKind, leads_to: str
) -> None:
    reference = deployment.register(name="試験　花子")
    assert deployment.file(QualificationDate="20261101").status_code == 201
    tell(insurer(deployment), Kind=kind.value, OnCheck="これ", ShouldBe="あれ").raise_for_status()
    pages = deployment.pages
    page = pages.get("/discrepancies/desk").text
    for shown in (kind.word.ja, "表示: これ", "申し出: あれ"):
        assert shown in page
    (ticket,) = re.findall(r'action="(/discrepancies/desk/\w+)"', page)
    sent = pages.post(ticket, data={"Finding": "paper_right", "Text": "試験"})
    assert sent.status_code == 303
    way = pages.get(f"{ticket}/next").headers["Location"]
    if leads_to:
        assert leads_to in way
        assert pages.get(way).status_code == 200
    else:
        assert way == f"/persons/{reference}"
        assert "この人の記録を開く" in pages.get("/discrepancies/desk").text
