from __future__ import annotations

import asyncio
import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.qualification.change_intake import ChangeIntake
from oqs_sim.timekeeping import Timekeeper
from storage import bucket_of
from tests.oqs_sim.conftest import HANAKO
from wire.bulk import COLUMNS, ChangeTable
from wire.catalogue import Problem
from wire.serving.problem_http import answer_of
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def test_a_batch_twice_changes_nothing(oqs: Oqs) -> None:
    assert oqs.report(1) == {"Applied": 1, "Superseded": 0}
    assert oqs.report(1) == {"Applied": 0, "Superseded": 1}


def test_an_older_change_never_undoes_a_newer_one(member: Oqs) -> None:
    member.report(3, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(2)
    assert member.check().json()["MessageBody"]["QualificationValidity"] == "2"


def test_a_person_of_another_bucket_is_refused(oqs: Oqs) -> None:
    wrong = (bucket_of(oqs.hanako) + 1) % 64
    refused = oqs.worker.post("/intermediate/changes", json={"Bucket": wrong, "Changes": []})
    assert refused.status_code == 200, "an empty batch is in any bucket"
    change = {
        "PersonReference": oqs.hanako, "Version": 1, "InsurerNumber": "990010",
        "InsurerName": "x", "InsuredIdentificationNumber": "1", "Name": "x", "NameKana": "x",
        "Sex1": "2", "Birthdate": "19800217", "QualificationDate": "20240401",
        "InsuredPartialContributionRatio": "030", "VisibleFrom": "2024-04-04T00:00:00+09:00",
    }  # fmt: skip
    refused = oqs.worker.post("/intermediate/changes", json={"Bucket": wrong, "Changes": [change]})
    assert refused.status_code == 422


def test_two_active_qualifications_are_several(member: Oqs) -> None:
    member.report(2, insurer="06990014", QualificationDate="20261101")
    body = member.check().json()["MessageBody"]
    assert body["QualificationValidity"] == "5"
    assert len(body["ResultList"]) == 2


def test_a_person_is_matched_by_individual_number_only_for_the_intermediate_server(
    oqs: Oqs,
) -> None:
    found = oqs.intermediate.post("/intermediate/persons", json={"IndividualNumber": HANAKO})
    assert found.json()["PersonReference"] == oqs.hanako
    unknown = oqs.intermediate.post(
        "/intermediate/persons", json={"IndividualNumber": "990000000027"}
    )
    assert unknown.json()["code"] == "SIM-UNKNOWN-PERSON"
    wrong = oqs.intermediate.post(
        "/intermediate/persons", json={"IndividualNumber": "990000000018"}
    )
    assert wrong.json()["code"] == "SIM-INVALID-NUMBER"
    assert "990000000018" not in wrong.text


def test_business_days_are_counted_over_weekend_and_holiday(oqs: Oqs) -> None:
    oqs.set_clock("2026-11-19T09:00:00+09:00")
    moved = oqs.console.post("/sim/clock/advance", json={"BusinessDays": 3}).json()
    assert moved["Reading"]["Now"] == "2026-11-25T00:00:00Z"


def test_the_clock_never_goes_back(oqs: Oqs) -> None:
    refused = oqs.console.post("/sim/clock/advance", json={"To": "2026-11-08T00:00:00Z"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "SIM-CLOCK-BACKWARDS"


def test_an_advance_names_exactly_one_distance(oqs: Oqs) -> None:
    names = ("To", "Seconds", "Days", "BusinessDays", "By")
    nulls: list[dict[str, Any]] = [{name: None} for name in names]
    for body in ({}, {"Days": 1, "Seconds": 1}, {"Days": -1}, dict.fromkeys(names), *nulls):
        assert oqs.console.post("/sim/clock/advance", json=body).status_code == 422, body
    moved = oqs.console.post("/sim/clock/advance", json={"Days": 1, "To": None})
    assert moved.json()["Reading"]["Now"] == "2026-11-10T00:00:00Z"


@pytest.mark.asyncio
async def test_an_advance_tells_which_worker_failed(oqs: Oqs) -> None:
    keeper = Timekeeper(oqs.engine, ("http://127.0.0.1:9",))
    with closing(keeper), pytest.raises(Problem, match=r"SIM-FOLLOWER-FAILED.*127\.0\.0\.1:9"):
        await keeper.advance(lambda now: now)


@pytest.mark.asyncio
async def test_a_restart_goes_on_from_where_the_clock_stood(oqs: Oqs) -> None:
    before = oqs.console.get("/sim/clock").json()
    with closing(Timekeeper(oqs.engine, ())) as keeper:
        after = await keeper.read()
    assert after.now.isoformat() == "2026-11-09T00:00:00+00:00"
    assert (after.mode, after.revision) == (before["Mode"], before["Revision"])


@pytest.mark.asyncio
async def test_who_waits_for_the_clock_is_told_when_it_moves(oqs: Oqs) -> None:
    with closing(Timekeeper(oqs.engine, ())) as keeper:
        shown = (await keeper.read()).revision
        waiting = asyncio.create_task(keeper.wait_for_change(shown, 30))
        await asyncio.sleep(0)  # lets the task begin to wait
        await keeper.advance(lambda now: now)
        assert (await waiting).revision - shown == 1


@pytest.mark.asyncio
async def test_nobody_waits_for_the_clock_of_a_service_that_ends(oqs: Oqs) -> None:
    with closing(Timekeeper(oqs.engine, ())) as keeper:
        keeper.stop_streams()
        await keeper.advance(lambda now: now)  # which was under way
        shown = (await keeper.read()).revision
        async with asyncio.timeout(20):
            assert (await keeper.wait_for_change(shown, 3_600)).revision == shown


def table_of(*changes: QualificationChange) -> bytes:
    return ChangeTable.of(changes).document


def change_of(oqs: Oqs, version: int, **fields: str) -> QualificationChange:
    return QualificationChange(
        person_reference=oqs.hanako, version=version, insurer_number="990010", insurer_name="最上",
        insured_card_symbol="最上", insured_identification_number="1234567",
        insured_branch_number="01", name="佐藤　花子", name_kana="ｻﾄｳ ﾊﾅｺ", sex1=Sex.FEMALE,
        birthdate="19800217", qualification_date="20240401",
        insured_partial_contribution_ratio="030",
        visible_from="2024-04-04T00:00:00+09:00",
    ).model_copy(update=fields)  # fmt: skip


def deliver_table(oqs: Oqs, document: bytes, bucket: int | None = None) -> Any:
    place = bucket_of(oqs.hanako) if bucket is None else bucket
    return oqs.worker.post(f"/intermediate/changes/{place}", content=document)


def test_a_table_is_applied_as_the_same_changes_in_json_are(member: Oqs) -> None:
    by_json = member.check().json()["MessageBody"]
    taken = deliver_table(member, table_of(change_of(member, 2)))
    assert taken.json() == {"Applied": 1, "Superseded": 0}
    by_table = member.check().json()["MessageBody"]
    for body in (by_json, by_table):
        result = body["ResultList"][0]["ResultOfQualificationConfirmation"]
        result["InsurerName"] = "the same"
    assert by_table == by_json


def test_of_one_qualification_the_newest_change_of_a_batch_stands(member: Oqs) -> None:
    versions = [change_of(member, number, address=f"address {number}") for number in (3, 4, 2)]
    assert deliver_table(member, table_of(*versions)).json() == {"Applied": 1, "Superseded": 2}
    result = member.check().json()["MessageBody"]["ResultList"][0]
    assert result["ResultOfQualificationConfirmation"]["Address"] == "address 4"


def test_odd_characters_arrive_as_they_were(member: Oqs) -> None:
    odd = "a\\tb\\N\\\\rc"
    deliver_table(member, table_of(change_of(member, 2, address=odd))).raise_for_status()
    result = member.check().json()["MessageBody"]["ResultList"][0]
    assert result["ResultOfQualificationConfirmation"]["Address"] == odd


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (lambda oqs: table_of(change_of(oqs, 2))[:-20], "cut off"),
        (lambda oqs: table_of(change_of(oqs, 2)).replace(b"Version", b"Edition"), "first line"),
        (lambda oqs: table_of(change_of(oqs, 2, birthdate="1980-02-17")), "Birthdate cannot be"),
        (
            lambda oqs: table_of(change_of(oqs, 2)).replace(b"\t030\t", b"\t"),
            f"{len(COLUMNS) - 1} columns, not {len(COLUMNS)}",
        ),
        (lambda _: b"\xff", "not UTF-8"),
        (lambda oqs: table_of(change_of(oqs, 2, visible_from="soon")), "soon"),
    ],
)
def test_a_table_that_is_wrong_is_refused_whole(member: Oqs, document: Any, said: str) -> None:
    refused = deliver_table(member, document(member))
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert said in refused.json()["detail"]
    assert deliver_table(member, table_of(change_of(member, 2))).json()["Applied"] == 1


def test_a_table_of_another_bucket_is_refused(oqs: Oqs) -> None:
    wrong = (bucket_of(oqs.hanako) + 1) % 64
    for bucket in (wrong, 64, -1):
        refused = deliver_table(oqs, table_of(change_of(oqs, 1)), bucket)
        assert refused.status_code == 422


@pytest.mark.asyncio
async def test_more_batches_than_may_be_under_way_are_asked_to_come_back(oqs: Oqs) -> None:
    busy = ChangeIntake(oqs.engine, at_once=0)
    with pytest.raises(Problem, match="SIM-INTAKE-BUSY") as refused:
        await busy.take_table(bucket_of(oqs.hanako), table_of(change_of(oqs, 1)))
    answer = answer_of(refused.value)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.asyncio
async def test_two_workers_are_followed_side_by_side_and_tell_each_change_once(oqs: Oqs) -> None:
    change = change_of(oqs, 1).model_dump(by_alias=True, exclude_none=True)
    both = threading.Barrier(2, timeout=30)

    class Worker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["Content-Length"]))
            both.wait()  # neither answers before the other one is asked
            body = json.dumps({"BecameVisible": [change]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    servers = [HTTPServer(("127.0.0.1", 0), Worker) for _ in range(2)]
    threads = [threading.Thread(target=server.handle_request) for server in servers]
    for thread in threads:
        thread.start()
    addresses = tuple(f"http://127.0.0.1:{server.server_port}" for server in servers)
    with closing(Timekeeper(oqs.engine, addresses)) as keeper:
        advanced = await keeper.advance(lambda now: now)
    for thread, server in zip(threads, servers, strict=True):
        thread.join(30)
        server.server_close()
    assert [one.version for one in advanced.became_visible] == [1]
