"""A household files together: all of it is recorded, or nothing, and each learns why."""

from __future__ import annotations

import re
from typing import Any

import pytest

import intermediate_server.store
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.documents.test_posting import get, listed, text_of


@pytest.fixture(params=ENGINES)
def deployed(prepare: Any, request: pytest.FixtureRequest) -> Any:
    """OQS and the service on either engine, with three residents; no worker."""
    options: dict[str, Any] = {}
    if request.param != "sqlite":
        databases: Databases = request.getfixturevalue("databases")
        migrations = intermediate_server.store.MIGRATIONS
        options = {"database_url": databases.with_tables(metadata, migrations)}
    made = prepare(**options)
    made.start_oqs()
    made.start_service()
    made.references = [made.register(person) for person in (1, 2, 3)]
    return made


def joining(person: int, **fields: str) -> dict[str, str]:
    return {
        "Kind": "join", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(person),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
        "InsuredBranchNumber": f"{person:02}", "QualificationDate": "20261101",
        "PersonalFamilyClassification": "1" if person == 1 else "2", "Householder": "佐藤　花子",
        **fields,
    }  # fmt: skip


def file(deployment: Any, procedures: list[dict[str, str]], key: str | None = None) -> Any:
    client = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/procedures/household", json={"Procedures": procedures}, headers=headers)


def recorded(deployment: Any) -> list[int]:
    """Return how many entries there are of each resident."""
    return [
        len(deployment.pages.get(f"/sim/persons/{one}").json().get("Changes", []))
        for one in deployment.references
    ]


@pytest.mark.rules("P-064", "R-040")
def test_a_household_joins_together_each_with_a_receipt_and_a_document(deployed: Any) -> None:
    answer = file(deployed, [joining(1), joining(2), joining(3)])
    assert answer.status_code == 201, answer.text
    outcomes = answer.json()["Outcomes"]
    assert [one["Result"] for one in outcomes] == ["accepted"] * 3
    assert [one["Receipt"]["PersonReference"] for one in outcomes] == deployed.references
    assert all(one["Receipt"]["Documents"] for one in outcomes)


@pytest.mark.rules("R-056")
def test_the_head_of_a_household_is_said_once_and_can_be_said_later(deployed: Any) -> None:
    client = deployed.client(deployed.line.url, f"insurer-{MOGAMI}")
    family = [
        joining(person, PersonalFamilyClassification="2", Householder="") for person in (1, 2)
    ]
    alone = file(deployed, [joining(3, PersonalFamilyClassification="2", Householder="")])
    named = client.post(
        "/procedures/household", json={"Procedures": family, "Householder": "試験　一郎"}
    )
    assert named.status_code == 201, named.text
    for one in named.json()["Outcomes"]:
        (paper,) = one["Receipt"]["Documents"]
        assert "試験一郎" in text_of(deployed.pages.get(paper["Pdf"]).content)
    (paper,) = alone.json()["Outcomes"][0]["Receipt"]["Documents"]
    assert deployed.pages.get(paper["Pdf"]).json()["code"] == "SIM-HOUSEHOLDER-UNKNOWN"
    to_do = deployed.pages.get("/todo").text
    assert "世帯主氏名がなく印刷できない証類" in to_do
    assert to_do.count(f"/persons/{deployed.references[2]}") == 1
    assert deployed.references[0] not in to_do
    said = {**joining(3), "Kind": "change", "Householder": "試験　次郎"}
    del said["QualificationDate"]
    assert client.post("/procedures", json=said).status_code == 201
    assert "試験次郎" in text_of(deployed.pages.get(paper["Pdf"]).content)
    rows = listed(get(deployed, "posting.csv"))
    assert [row["印刷できない理由"] for row in rows] == ["", "", ""]
    assert "世帯主氏名がなく印刷できない証類" not in deployed.pages.get("/todo").text


def test_where_one_is_refused_none_is_recorded_and_each_learns_how_it_stands(
    deployed: Any,
) -> None:
    file(deployed, [joining(2)]).raise_for_status()
    answer = file(deployed, [joining(1), joining(2), joining(3)])
    assert answer.status_code == 422
    report = answer.json()
    assert report["Recorded"] is False
    assert [one["Result"] for one in report["Outcomes"]] == ["withheld", "refused", "withheld"]
    assert report["Outcomes"][1]["Code"] == "SIM-PROCEDURE-REFUSED"
    assert "加入しています" in report["Outcomes"][1]["Japanese"]
    assert recorded(deployed) == [0, 1, 0]
    log = re.sub(r"<[^>]*>", " ", deployed.pages.get("/readings").text)
    assert MOGAMI in log
    assert "届出" in log


def test_an_unknown_person_or_an_unreadable_line_keeps_all_back(deployed: Any) -> None:
    nobody = file(deployed, [joining(1), joining(8)]).json()["Outcomes"]
    assert [one.get("Code") for one in nobody] == [None, "SIM-UNKNOWN-PERSON"]
    unread = file(deployed, [joining(1), joining(2, QualificationDate="昨日")]).json()["Outcomes"]
    assert [one["Result"] for one in unread] == ["withheld", "refused"]
    foreign = file(deployed, [joining(1, InsurerNumber=TSUCHIURA)]).json()["Outcomes"]
    assert foreign[0]["Code"] == "SIM-WRONG-CALLER"
    assert recorded(deployed) == [0, 0, 0]


def test_sent_again_under_its_key_a_household_is_filed_once(deployed: Any) -> None:
    household = [joining(1), joining(2)]
    first = file(deployed, household, "key-1")
    again = file(deployed, household, "key-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = file(deployed, [joining(1), joining(3)], "key-1")
    assert other.json()["code"] == "SIM-IDEMPOTENCY-KEY-REUSED"
    assert recorded(deployed) == [1, 1, 0]


def test_a_household_gets_another_number_together(deployed: Any) -> None:
    file(deployed, [joining(1), joining(2)]).raise_for_status()
    changed = [
        {
            "Kind": "renumber", "InsurerNumber": MOGAMI,
            "IndividualNumber": individual_number(person), "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": "55", "InsuredBranchNumber": f"{person:02}",
            "NewInsuredIdentificationNumber": "77",
        }
        for person in (1, 2)
    ]  # fmt: skip
    outcomes = file(deployed, changed).json()["Outcomes"]
    assert [one["Receipt"]["Documents"][0]["Kind"] for one in outcomes] == ["certificate"] * 2


# --- on the page ---


def fields(**more: str) -> dict[str, str]:
    return {
        "Kind": "join", "InsurerNumber": MOGAMI, "Householder": "佐藤　花子",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "55", "QualificationDate": "20261101",
        "IndividualNumber.0": individual_number(1), "InsuredBranchNumber.0": "01",
        "IndividualNumber.1": individual_number(2), "InsuredBranchNumber.1": "02",
        "Operator": "試験　係", **more,
    }  # fmt: skip


def test_the_page_files_for_all_or_shows_what_is_wrong_in_its_line(deployed: Any) -> None:
    page = deployed.pages.get("/household").text
    assert "世帯の加入" in page
    wrong = deployed.pages.post("/household", data=fields(**{"InsuredBranchNumber.1": "x"}))
    assert wrong.status_code == 422
    assert "だれの分も受け付けていません" in wrong.text
    assert recorded(deployed) == [0, 0, 0]
    key = re.search(r'name="IdempotencyKey" value="([^"]+)"', wrong.text)
    assert key
    sent = fields(IdempotencyKey=key[1])
    done = deployed.pages.post("/household", data=sent)
    assert "2人の加入を受け付けました" in done.text
    again = deployed.pages.post("/household", data=sent)
    assert "すでに受け付けています" in again.text
    assert recorded(deployed) == [1, 1, 0]
    refused = deployed.pages.post("/household", data=fields(**{
        "IndividualNumber.2": individual_number(3), "InsuredBranchNumber.2": "03",
    }))  # fmt: skip
    assert refused.status_code == 409
    assert "加入しています" in refused.text
    assert "まだ記録していません" in refused.text


def test_another_kind_keeps_what_was_typed(deployed: Any) -> None:
    page = deployed.pages.post("/household", data=fields(Switch="leave")).text
    assert "世帯の喪失" in page
    assert individual_number(2) in page


def test_a_family_is_found_by_symbol_and_number_and_files_without_the_twelve_digits(
    deployed: Any,
) -> None:
    pages = deployed.pages
    assert file(deployed, [joining(1), joining(2), joining(3)]).status_code == 201
    gone = {
        "Kind": "leave", "DisqualificationDate": "20261110", "ReasonOfLoss": "03",
        "QualificationDate": "20261101",
    }  # fmt: skip
    left = {**joining(3), **gone}
    for name in ("PersonalFamilyClassification", "Householder"):
        del left[name]
    client = deployed.client(deployed.line.url, f"insurer-{MOGAMI}")
    assert client.post("/procedures", json=left).status_code == 201
    first, second, third = deployed.references

    person = pages.get(f"/persons/{first}").text
    assert f'href="/persons/{second}"' in person
    assert f'href="/persons/{third}"' not in person, "who has left is no more of the family"
    assert re.search(rf"{second}.*人の画面", re.sub(r"<[^>]*>", " ", pages.get("/readings").text))

    number = {
        "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
    }  # fmt: skip
    for found in (
        pages.get(f"/household?Person={first}").text,
        pages.post("/household", data={**number, "Kind": "address", "Members": "1"}).text,
    ):
        assert re.findall(r'name="Person\.(\d)" value="(\S+)"', found) == [
            ("0", first), ("1", second),
        ]  # fmt: skip
        assert found.count(" checked>") == 2
        assert 'name="InsuredBranchNumber.1" value="02"' in found

    other = pages.post("/household", data={**number, "InsurerNumber": TSUCHIURA, "Members": "1"})
    assert other.status_code == 404
    assert "いま加入している人は記録されていません" in other.text

    typed = {
        **number, "Kind": "address", "Address": "模擬県9", "Person.0": first, "Included.0": "1",
        "InsuredBranchNumber.0": "01", "Person.1": second, "InsuredBranchNumber.1": "02",
    }  # fmt: skip
    filed = pages.post("/household", data=typed)
    assert "1人の住所変更を受け付けました" in filed.text
    assert recorded(deployed) == [2, 1, 2], "only who takes part"
    nobody = pages.post("/household", data={**typed, "Included.0": ""})
    assert nobody.status_code == 422
    wrong = pages.post(
        "/household", data={**typed, "Included.1": "1", "InsuredBranchNumber.1": "9x"}
    )
    assert wrong.status_code == 422
    assert wrong.text.count(" checked>") == 2
    assert recorded(deployed) == [2, 1, 2]


@pytest.mark.rules("N-003")
def test_nobody_of_a_household_gets_the_number_of_another(deployed: Any) -> None:
    assert file(deployed, [joining(1)]).status_code == 201
    answer = file(deployed, [joining(2, InsuredBranchNumber="01"), joining(3)])
    assert answer.status_code == 422
    first, second = answer.json()["Outcomes"]
    assert first["Code"] == "SIM-INSURED-NUMBER-TAKEN"
    assert "別の人が使っています" in first["Japanese"]
    assert "花子" not in answer.text
    assert second["Result"] == "withheld"
    assert recorded(deployed) == [1, 0, 0]


@pytest.mark.rules("N-003")
def test_two_of_one_household_do_not_get_one_branch(deployed: Any) -> None:
    answer = file(deployed, [joining(1), joining(2, InsuredBranchNumber="01"), joining(3)])
    outcomes = answer.json()["Outcomes"]
    codes = [one.get("Code") for one in outcomes]
    assert codes == ["SIM-INSURED-NUMBER-TAKEN", "SIM-INSURED-NUMBER-TAKEN", None]
    for one in outcomes[:2]:
        assert "いっしょに届け出た別の人にもあります" in one["Japanese"]
    assert recorded(deployed) == [0, 0, 0]


@pytest.mark.rules("N-003")
def test_the_page_marks_both_who_would_get_one_branch_and_keeps_what_was_typed(
    deployed: Any,
) -> None:
    page = deployed.pages.post("/household", data=fields(**{"InsuredBranchNumber.1": "01"}))
    assert page.status_code == 409, page.text
    assert page.text.count("いっしょに届け出た別の人にもあります") == 2
    for person in (1, 2):
        assert f'value="{individual_number(person)}"' in page.text
    assert recorded(deployed) == [0, 0, 0]


@pytest.mark.rules("N-003")
def test_two_who_would_get_one_branch_are_told_so_also_where_one_is_on_record(
    deployed: Any,
) -> None:
    before = deployed.file(
        TSUCHIURA, QualificationDate="20250401", PersonalFamilyClassification="1"
    )
    assert before.status_code == 201, before.text
    page = deployed.pages.post("/household", data=fields(**{"InsuredBranchNumber.1": "01"}))
    assert page.status_code == 409, page.text
    assert page.text.count("いっしょに届け出た別の人にもあります") == 2


@pytest.mark.rules("N-003")
def test_only_the_clerk_reads_whose_number_it_is_and_that_is_noted(deployed: Any) -> None:
    file(deployed, [joining(1)])
    own = {**joining(2, InsuredBranchNumber="01"), "Operator": "係"}
    page = deployed.pages.post("/file", data=own)
    assert page.status_code == 409
    holder = deployed.references[0]
    assert f'<a href="/persons/{holder}" lang="ja">佐藤　花子</a>' in page.text
    family = {
        "Kind": "join", "InsurerNumber": MOGAMI, "Householder": "佐藤　花子",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "55", "QualificationDate": "20261101",
        "IndividualNumber.0": individual_number(2), "InsuredBranchNumber.0": "01",
    }  # fmt: skip
    assert "使っている人: 佐藤　花子" in deployed.pages.post("/household", data=family).text
    log = deployed.pages.get("/readings").text
    assert len(re.findall(rf"{holder}(?!\")(?:(?!</tr>).)*検索", log, re.DOTALL)) == 2, (
        "each time the name was shown"
    )


@pytest.mark.rules("R-056")
def test_no_child_heads_a_household_that_is_filed_together(deployed: Any) -> None:
    """Neither row is taken, and both learn the same."""
    deployed.references = [
        deployed.register(7, "雛形　大輔", "20240530"),
        deployed.register(8, "雛形　葵", "20180615"),
    ]
    named = {"Householder": "雛形　大輔", "PersonalFamilyClassification": "1"}
    answer = file(deployed, [joining(7, **named), joining(8, **named)])
    assert answer.status_code == 422, answer.text
    said = [one["Japanese"] for one in answer.json()["Outcomes"]]
    assert said[0] == said[1]
    assert "18歳未満" in said[0]
    form = {
        "Kind": "join", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "55", "Householder": "雛形大輔",
        "QualificationDate": "20261101",
        **{f"IndividualNumber.{at}": individual_number(7 + at) for at in (0, 1)},
        **{f"InsuredBranchNumber.{at}": f"0{1 + at}" for at in (0, 1)},
    }  # fmt: skip
    page = deployed.pages.post("/household", data=form)
    assert (page.status_code, page.text.count("18歳未満の人の氏名です")) == (409, 2)
    assert recorded(deployed) == [0, 0]
    named["Householder"] = "雛形　誠"
    assert file(deployed, [joining(7, **named), joining(8, **named)]).status_code == 201


@pytest.mark.rules("R-056")
def test_a_child_named_as_its_own_head_is_said_so(deployed: Any) -> None:
    deployed.register(7, "雛形　大輔", "20240530")
    alone = {**joining(7, Householder="雛形　大輔"), "FiledOn": ""}
    page = deployed.pages.post("/file", data=alone, follow_redirects=True).text
    assert "18歳未満の本人の氏名が届けられているため" in page
    assert "世帯主氏名が届けられていないため" not in page
