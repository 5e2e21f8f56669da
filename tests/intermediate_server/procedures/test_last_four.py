"""The last four digits: asked, answered, not answered; a wrong answer stops the view (R-190)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import intermediate_server.store
from intermediate_server.procedures.attention import AttentionKind, attention_of
from intermediate_server.procedures.history import History
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.documents.test_posting import text_of
from tests.intermediate_server.filing.test_file_intake import send
from tests.intermediate_server.procedures.test_procedure_kinds import (
    JOIN,
    LEAVE,
    Desk,
    procedure,
)

SENT = procedure(ProcedureKind.LAST_FOUR_SENT)
RIGHT = procedure(ProcedureKind.LAST_FOUR, last_four="0019")
WRONG = procedure(ProcedureKind.LAST_FOUR, last_four="0091")
OPEN, STOPPED = AttentionKind.LAST_FOUR_OPEN, AttentionKind.VIEW_STOPPED


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(JOIN._replace(filed_on=date(2026, 4, 1), householder="試験　太郎"))
    return made


def watched(desk: Desk) -> set[AttentionKind]:
    kept = History()
    kept.extend(desk.history)
    assert attention_of(kept) == attention_of(desk.history)
    return set(attention_of(desk.history))


@pytest.mark.rules("R-190")
def test_who_was_asked_is_on_the_list_until_they_answer(desk: Desk) -> None:
    sent = desk.file(SENT)
    assert sent.reason.startswith("送付先: 試験　太郎")
    assert watched(desk) == {OPEN}
    desk.file(RIGHT)
    assert watched(desk) == set()
    desk.file(SENT)
    assert watched(desk) == {OPEN}, "asked again"


@pytest.mark.rules("R-190", "P-030")
def test_a_wrong_answer_stops_the_view_and_a_right_one_later_opens_it(desk: Desk) -> None:
    desk.file(SENT)
    assert desk.file(WRONG).marks.view_stopped
    assert watched(desk) == {STOPPED}
    assert not desk.file(RIGHT).marks.view_stopped
    assert watched(desk) == set()


@pytest.mark.rules("P-030")
def test_a_right_answer_does_not_open_what_the_register_has_stopped(desk: Desk) -> None:
    desk.file(WRONG)
    desk.file(procedure(ProcedureKind.JLIS_MISMATCH, reason="生年月日"))
    assert desk.file(RIGHT).marks.view_stopped


@pytest.mark.rules("R-190", "P-030")
def test_a_membership_under_the_wrong_person_is_cancelled_and_waits_for_nobody(desk: Desk) -> None:
    desk.file(SENT)
    desk.file(WRONG)
    desk.file(procedure(ProcedureKind.CANCEL, reason="別人の番号"))
    assert watched(desk) == set()


def test_who_has_left_need_not_answer(desk: Desk) -> None:
    desk.file(SENT)
    desk.file(LEAVE)
    assert watched(desk) == set()


# --- on the running system, on both engines ---


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
    made.references = [made.register(person) for person in (1, 2)]
    return made


def waiting(deployment: Any, insurer: str = MOGAMI) -> list[str]:
    client = deployment.client(deployment.line.url, f"insurer-{insurer}")
    answer = client.get("/members/last-four-open").raise_for_status()
    return [one["PersonReference"] for one in answer.json()["Waiting"]]


def notices(deployment: Any, person: int) -> list[tuple[str, list[str]]]:
    """Return the notices of a person, and what became of each."""
    store = intermediate_server.store.open_store(deployment.database_url)
    try:
        found = store.documents.of_person(deployment.references[person - 1])
    finally:
        store.close()
    return [
        (one.document.kind or "", [event.event for event in one.events])
        for one in found
        if one.document.kind == "last_four_notice"
    ]


def printed(deployment: Any, person: int) -> str:
    """Return what stands on a person's last paper."""
    reference = deployment.references[person - 1]
    (*_, last) = deployment.pages.get(f"/sim/persons/{reference}").json()["Documents"]
    return text_of(deployment.pages.get(last["Pdf"]).content)


@pytest.mark.rules("R-190")
def test_whoever_asks_for_the_notice_has_filed_it_and_waits_for_the_answer(deployed: Any) -> None:
    for person in (1, 2):
        deployed.file(person=person, FiledOn="20261101").raise_for_status()
    asked = {
        "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "Occasion": "last_four_check",
    }  # fmt: skip
    client = deployed.client(deployed.line.url, f"insurer-{MOGAMI}")
    assert client.post("/documents", json=asked).json()["Kind"] == "last_four_notice"
    filed = deployed.file(person=2, Kind="last_four_sent").json()
    assert [one["Kind"] for one in filed["Documents"]] == ["last_four_notice"]
    assert set(waiting(deployed)) == set(deployed.references)
    assert individual_number(2)[-4:] in printed(deployed, 2)


@pytest.mark.rules("R-190", "P-030")
def test_notices_go_out_by_file_and_the_open_answers_are_listed(deployed: Any) -> None:
    for person in (1, 2):
        deployed.file(person=person, FiledOn="20261101").raise_for_status()
    header = "届出種別,保険者番号,届出日,個人番号,記号,番号,枝番"
    lines = [
        f"下4桁通知,{MOGAMI},20261110,{individual_number(person)},最上,{1_234_560 + person},01"
        for person in (1, 2)
    ]
    report = send(deployed, "\r\n".join([header, *lines, ""]).encode())
    assert report.status_code == 200, report.text
    assert set(waiting(deployed)) == set(deployed.references)
    assert waiting(deployed, TSUCHIURA) == []
    page = deployed.pages.get("/last-four").text
    assert "2026年11月10日" in page
    assert "6日" in page
    assert notices(deployed, 1) == notices(deployed, 2) == [("last_four_notice", [])]
    assert f"下4桁{individual_number(1)[-4:]}" in printed(deployed, 1)
    run = {"InsurerNumber": MOGAMI, "Kind": "changes"}
    client = deployed.client(deployed.line.url, f"insurer-{MOGAMI}")
    assert client.post("/runs", json=run).json()["Outcome"]["Issued"] == {}, "it is there already"
    assert 'id="attention"' not in deployed.pages.get("/").text, "nothing has to be settled"
    read = individual_number(1)[-4:]
    deployed.file(Kind="last_four", LastFour=read).raise_for_status()
    answer = f"下4桁確認,{MOGAMI},20261116,{individual_number(2)},最上,1234562,01,0000"
    send(deployed, f"{header},下4桁\r\n{answer}\r\n".encode()).raise_for_status()
    assert notices(deployed, 1) == notices(deployed, 2) == [("last_four_notice", ["answered"])]
    assert waiting(deployed) == []
    assert "閲覧停止" in deployed.pages.get("/").text
    log = deployed.pages.get("/readings").text
    assert "下4桁の回答待ち" in log
