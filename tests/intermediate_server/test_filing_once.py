"""A procedure that is sent again with its key is filed once, over real sockets."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import individual_number

if TYPE_CHECKING:
    from collections.abc import Callable

TOGETHER = 6


@pytest.fixture
def filing(prepare: Callable[..., Any], new_database: Callable[..., str]) -> Any:
    """Start OQS and the service on either engine, with a resident."""
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    return deployment


def insurer(filing: Any, number: str = "990010") -> Any:
    return filing.client(filing.line.url, f"insurer-{number}")


def send(filing: Any, client: Any, key: str, **procedure: Any) -> Any:
    client.headers["Idempotency-Key"] = key
    return filing.file(client=client, **procedure)


def count(filing: Any) -> int:
    engine = create_engine(filing.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM change")).scalar_one()
    engine.dispose()
    return found


def test_a_procedure_sent_again_is_answered_as_before(filing: Any) -> None:
    client = insurer(filing)
    first, again = send(filing, client, "k"), send(filing, client, "k")
    assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(filing) == 1


def test_without_a_key_the_same_procedure_is_judged_anew(filing: Any) -> None:
    client = insurer(filing)
    assert filing.file(client=client).status_code == 201
    again = filing.file(client=client)
    assert again.status_code in {201, 409}, again.text
    assert "Idempotency-Replayed" not in again.headers


def test_a_key_with_another_content_is_refused_and_files_nothing(filing: Any) -> None:
    client = insurer(filing)
    send(filing, client, "k")
    for other in ({"InsuredBranchNumber": "02"}, {"person": 2}):
        refused = send(filing, client, "k", **other)
        assert (refused.status_code, refused.json()["code"]) == (422, "SIM-IDEMPOTENCY-KEY-REUSED")
    assert count(filing) == 1


def test_two_keys_of_one_request_are_refused(filing: Any) -> None:
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    refused = insurer(filing).post("/procedures", headers=twice, json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert "2つ以上" in refused.text
    assert count(filing) == 0


def test_the_keys_of_one_insurer_are_nothing_to_another(filing: Any) -> None:
    assert send(filing, insurer(filing), "k").status_code == 201
    other = send(filing, insurer(filing, "990028"), "k", insurer="990028")
    assert other.json()["Version"] == 2


def test_a_refusal_is_not_kept(filing: Any) -> None:
    client = insurer(filing)
    assert send(filing, client, "k", FiledOn="20261117").status_code == 409
    assert send(filing, client, "k").status_code == 201


def test_a_reference_number_stands_for_one_content(filing: Any) -> None:
    client = insurer(filing)
    first = filing.file(client=client, ReferenceNumber="A-1")
    again = filing.file(client=client, ReferenceNumber="A-1")
    assert (again.status_code, again.json()["Unchanged"]) == (201, True)
    assert again.json()["Version"] == first.json()["Version"]
    other = filing.file(client=client, ReferenceNumber="A-1", InsuredBranchNumber="02")
    assert (other.status_code, other.json()["code"]) == (409, "SIM-REFERENCE-REUSED")
    listed = client.post(
        "/procedures/list",
        json={
            "Procedures": [
                {
                    "Kind": "join",
                    "InsurerNumber": "990010",
                    "IndividualNumber": individual_number(1),
                    "InsuredCardSymbol": "最上",
                    "InsuredIdentificationNumber": "7654321",
                    "InsuredBranchNumber": "01",
                    "QualificationDate": "20261116",
                    "FiledOn": "20261116",
                    "ReferenceNumber": "A-1",
                }
            ]
        },
    )
    assert listed.json()["Outcomes"][0]["Code"] == "SIM-REFERENCE-REUSED"
    assert count(filing) == 1


def test_many_at_the_same_time_file_once(filing: Any) -> None:
    clients = [insurer(filing) for _ in range(TOGETHER)]
    at_once = threading.Barrier(TOGETHER, timeout=30)

    def one(client: Any) -> Any:
        at_once.wait()
        return send(filing, client, "k")

    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = list(pool.map(one, clients))
    filed = {answer.text for answer in answers if answer.status_code == 201}
    waiting = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert len(filed) == 1
    assert waiting <= {"SIM-IDEMPOTENCY-KEY-UNDER-WAY"}
    assert count(filing) == 1


def test_two_services_on_one_database_file_once(filing: Any) -> None:
    clients = [insurer(filing)]
    filing.line, filing.console = filing.listener("intermediate-server"), filing.listener()
    filing.start_service()  # each knows nothing of what the other one has under way
    clients.append(insurer(filing))
    at_once = threading.Barrier(2, timeout=30)

    def one(client: Any) -> Any:
        at_once.wait()
        return send(filing, client, "k")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, clients))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert ["Idempotency-Replayed" in one.headers for one in answers].count(True) == 1
    assert count(filing) == 1


def test_what_is_kept_tells_no_individual_number_and_no_key(filing: Any) -> None:
    send(filing, insurer(filing), "a-key-of-mine")
    engine = create_engine(filing.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM idempotency_key")).one()
    engine.dispose()
    assert "a-key-of-mine" not in str(row)
    assert "99000000050" not in str(row)


def test_a_form_sent_twice_files_once(filing: Any) -> None:
    page = filing.pages.get("/file").text
    found = re.search(r'name="IdempotencyKey" value="([^"]+)"', page)
    assert found
    form = {
        "IdempotencyKey": found[1],
        "Kind": "join",
        "InsurerNumber": "990010",
        "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01",
        "QualificationDate": "20261116",
    }
    first, again = (filing.pages.post("/file", data=form) for _ in range(2))
    assert first.status_code == 303, first.text
    assert again.headers["Location"] == first.headers["Location"]
    assert count(filing) == 1
    changed = filing.pages.post("/file", data={**form, "InsuredBranchNumber": "02"})
    assert changed.status_code == 422
    assert "すでに受け付けています" in changed.text
    assert count(filing) == 1


def test_every_route_that_takes_a_key_says_so(filing: Any) -> None:
    route = filing.pages.get("/openapi.json").json()["paths"]["/procedures"]["post"]
    assert "Idempotency-Key" in {one["name"] for one in route["parameters"]}
    assert "SIM-IDEMPOTENCY-KEY-REUSED" in route["responses"]["422"]["description"]
    assert "SIM-IDEMPOTENCY-KEY-UNDER-WAY" in route["responses"]["409"]["description"]
