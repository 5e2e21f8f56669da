"""Each reading of a person by a clerk or an insurer has its line, and each refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.procedures.change import FilingChannel
from intermediate_server.readings import Read
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.reading_log import NOBODY, PersonReading
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number

if TYPE_CHECKING:
    from collections.abc import Callable


def lines(deployment: Any, person: str | None = None) -> list[tuple[str, str, str, str | None]]:
    """Return the lines, the newest first: whom, who, what, refusal."""
    store = open_store(deployment.database_url)
    try:
        return [
            (one.person_reference, one.reader, one.what, one.refusal)
            for one in store.readings.recent(100, person)
        ]
    finally:
        store.close()


@pytest.fixture
def hanako(deployment: Any) -> str:
    reference: str = deployment.register()
    assert deployment.file().status_code == 201
    deployment.pages.cookies.set("operator", "%E6%9C%80%E4%B8%8A")
    return reference


def test_a_persons_page_has_its_line(deployment: Any, hanako: str) -> None:
    assert deployment.pages.get(f"/persons/{hanako}").status_code == 200
    assert lines(deployment)[0] == (hanako, "最上", "person", None)


def test_a_person_who_is_not_there_has_a_line_with_the_refusal(
    deployment: Any, hanako: str
) -> None:
    assert deployment.pages.get("/persons/SIM-NOBODY").status_code == 404
    assert lines(deployment)[0] == ("SIM-NOBODY", "最上", "person", "SIM-NOT-FOUND")


def test_looking_a_person_up_has_a_line_without_the_individual_number(
    deployment: Any, hanako: str
) -> None:
    number = individual_number(1)
    found = deployment.pages.post("/persons", data={"IndividualNumber": number})
    assert found.status_code == 303
    assert lines(deployment)[0] == (hanako, "最上", "match", None)
    unknown = deployment.pages.post("/persons", data={"IndividualNumber": individual_number(9)})
    assert unknown.status_code == 404
    assert lines(deployment)[0] == (NOBODY, "最上", "match", "SIM-UNKNOWN-PERSON")
    mistyped = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    wrong = deployment.pages.post("/persons", data={"IndividualNumber": mistyped})
    assert wrong.status_code == 404
    assert lines(deployment)[0] == (NOBODY, "最上", "search", None)
    assert mistyped not in repr(lines(deployment))
    assert deployment.pages.get(f"/persons/{number}").status_code == 404
    assert lines(deployment)[0] == (NOBODY, "最上", "person", "SIM-NOT-FOUND")
    assert number not in repr(lines(deployment))
    assert number not in deployment.pages.get("/readings").text


def test_all_who_stand_on_a_page_have_lines(deployment: Any, hanako: str) -> None:
    ichiro = deployment.register(2, "佐藤　一郎")
    assert deployment.file(person=2).status_code == 201
    for path, what in (("/", "overview"), ("/documents", "register")):
        assert deployment.pages.get(path).status_code == 200
        newest = [line for line in lines(deployment) if line[2] == what]
        assert {line[0] for line in newest} == {hanako, ichiro}


def test_the_receipt_of_a_procedure_has_a_line(deployment: Any, hanako: str) -> None:
    assert deployment.pages.get("/file", params={"Filed": f"{hanako}:1"}).status_code == 200
    assert lines(deployment)[0] == (hanako, "最上", "receipt", None)


def test_an_insurer_who_asks_for_a_document_has_a_line(deployment: Any, hanako: str) -> None:
    insurer = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    other = deployment.client(deployment.line.url, f"insurer-{TSUCHIURA}")
    asked = {
        "InsurerNumber": MOGAMI,
        "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01",
        "Occasion": "certificate_lost",
    }
    made = insurer.post("/documents", json=asked)
    assert made.status_code == 201, made.text
    assert lines(deployment)[0] == (hanako, MOGAMI, "application", None)
    unknown = insurer.post("/documents", json={**asked, "IndividualNumber": individual_number(9)})
    assert unknown.status_code == 404
    assert lines(deployment)[0] == (NOBODY, MOGAMI, "application", "SIM-UNKNOWN-PERSON")
    refused = other.get(f"/documents/{hanako}/1.pdf")
    assert refused.status_code == 404
    assert lines(deployment)[0] == (hanako, TSUCHIURA, "document", "SIM-NOT-PRINTED")


def test_a_refused_procedure_has_a_line(deployment: Any, hanako: str) -> None:
    assert deployment.file(person=9).status_code == 404
    assert lines(deployment)[0] == (NOBODY, MOGAMI, "filing", "SIM-UNKNOWN-PERSON")


def test_the_view_of_the_simulation_has_a_line(deployment: Any, hanako: str) -> None:
    assert deployment.pages.get(f"/sim/persons/{hanako}").status_code == 200
    assert lines(deployment)[0] == (hanako, "最上", "simulation", None)


def test_the_page_shows_who_has_read_what_and_when(deployment: Any, hanako: str) -> None:
    deployment.pages.get(f"/persons/{hanako}")
    deployment.pages.get("/persons/SIM-NOBODY")
    page = deployment.pages.get("/readings").text
    assert "最上" in page
    assert "個人の画面" in page
    assert hanako in page
    assert "見つかりませんでした" in page
    assert "2026年11月16日（月） 10:00:00" in page
    only = deployment.pages.get("/readings", params={"Person": hanako}).text
    assert "SIM-NOBODY" not in only
    assert hanako in only


def test_every_route_that_names_a_person_leaves_a_line(deployment: Any, hanako: str) -> None:
    """A route that is added later is met here."""
    paths = deployment.pages.get("/openapi.json").json()["paths"]
    tried = 0
    for path, operations in paths.items():
        if "{person_reference}" not in path:
            continue
        for method in operations:
            address = path.format(person_reference=hanako, number=1)
            on_line = path.endswith("/events")
            client = (
                deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
                if on_line
                else deployment.pages
            )
            sent: dict[str, Any] = {}
            if method == "post":
                sent = (
                    {"json": {"Event": "sent", "On": "20261116"}}
                    if on_line
                    else {"data": {"Membership": "0", "Occasion": "spare", "Event": "sent"}}
                )
            before = len(lines(deployment, hanako))
            answer = client.request(method.upper(), address, **sent)
            assert len(lines(deployment, hanako)) > before, (method, path, answer.status_code)
            tried += 1
    assert tried >= 5


def test_lines_are_kept_on_either_engine(new_database: Callable[..., str]) -> None:
    store = open_store(new_database(metadata, MIGRATIONS))
    shown = PersonReading("SIM-1", "最上", FilingChannel.PAGE, Read.PERSON, None)
    refused = PersonReading(NOBODY, MOGAMI, FilingChannel.LINE, Read.MATCH, None, "SIM-NOT-FOUND")
    for _ in range(3):
        store.readings.add([shown, refused])
    assert len(store.readings.recent(100)) == 6
    assert len(store.readings.recent(4)) == 4
    (one, *_) = store.readings.recent(100, "SIM-1")
    assert (one.reader, one.what, one.refusal) == ("最上", "person", None)
    assert one.recorded_at is not None
    store.close()


def listed(insurer: str, person: int, **fields: str) -> dict[str, str]:
    return {
        "Kind": "join",
        "InsurerNumber": insurer,
        "IndividualNumber": individual_number(person),
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": f"{1_234_560 + person}",
        "InsuredBranchNumber": "01",
        "QualificationDate": "20261101",
        **fields,
    }


def test_lines_of_a_list_that_are_refused_have_their_lines(deployment: Any, hanako: str) -> None:
    ichiro = deployment.register(2, "佐藤　一郎")
    insurer = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    procedures = [
        listed(TSUCHIURA, 1),
        listed(MOGAMI, 2),
        listed(MOGAMI, 9),
        listed(MOGAMI, 2, QualificationDate="soon"),
        listed(MOGAMI, 1, InsuredIdentificationNumber="7654321"),
    ]
    before = len(lines(deployment))
    report = insurer.post("/procedures/list", json={"Procedures": procedures}).json()
    assert (report["Accepted"], report["Refused"]) == (1, 4)
    codes = [one.get("Code") for one in report["Outcomes"]]
    assert codes[::2] == ["SIM-WRONG-CALLER", "SIM-UNKNOWN-PERSON", "SIM-PROCEDURE-REFUSED"]
    added = lines(deployment)[: len(lines(deployment)) - before]
    assert sorted(added) == [
        (hanako, MOGAMI, "filing", "SIM-PROCEDURE-REFUSED"),
        (hanako, MOGAMI, "filing", "SIM-WRONG-CALLER"),
    ]
    assert lines(deployment, ichiro) == []


def test_lines_of_a_file_that_are_refused_have_their_lines(deployment: Any, hanako: str) -> None:
    number = individual_number(1)
    content = (
        "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"
        f"加入,{MOGAMI},{number},20261116,最上,7654321,01,20261101\r\n"
        f"加入,{TSUCHIURA},{number},20261116,最上,7654322,01,20261101\r\n"
    )
    before = len(lines(deployment))
    insurer = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    assert insurer.post("/procedures/file", content=content.encode()).status_code == 422
    assert len(lines(deployment)) == before + 2
    sent = {"Operator": "最上", "InsurerNumber": MOGAMI}
    files = {"File": ("members.csv", content.encode(), "text/csv")}
    deployment.pages.post("/upload", data=sent, files=files)
    by_whom = {(person, who, code) for person, who, what, code in lines(deployment)[:4]}
    assert by_whom == {
        (hanako, who, code)
        for who in (MOGAMI, "最上")
        for code in ("SIM-PROCEDURE-REFUSED", "SIM-WRONG-CALLER")
    }
    assert number not in repr(lines(deployment))


@pytest.mark.parametrize("many", [1, 5_000])
def test_few_and_many_lines_are_kept_as_they_are(
    new_database: Callable[..., str], many: int
) -> None:
    store = open_store(new_database(metadata, MIGRATIONS))
    at = datetime(2026, 11, 16, 1, tzinfo=UTC)
    written = [
        PersonReading(f"SIM-{one}", "最上", FilingChannel.FILE, Read.FILING, at, "SIM-WRONG-CALLER")
        for one in range(many)
    ]
    try:
        store.readings.add([])
        store.readings.add(written)
        found = store.readings.recent(many + 1)
    finally:
        store.close()
    assert {replace(one, recorded_at=None) for one in found} == set(written)
    assert len(found) == many


def test_the_page_of_the_log_names_whom_it_can(
    prepare: Any, new_database: Callable[..., str]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    reference = deployment.register(name="試験　花子")
    assert deployment.file().status_code == 201
    renamed = {"Kind": "name", "Name": "改名　花子", "NameKana": "ｶｲﾒｲ ﾊﾅｺ"}
    assert deployment.file(**renamed).status_code == 201
    deployment.pages.get(f"/persons/{reference}")
    deployment.pages.get("/persons/SIM-NOBODY")
    log = deployment.pages.get("/readings").text
    assert "改名　花子" in log
    assert "試験　花子" not in log
    assert "SIM-NOBODY" in log
    of_one = deployment.pages.get("/readings", params={"Person": reference}).text
    assert f"改名　花子 {reference} の記録です" in of_one
