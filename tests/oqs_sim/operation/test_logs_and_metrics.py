"""A request's id goes along with it; logs and metrics tell how it went, and nothing personal."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.equipment.served import Served
from tests.oqs_sim.conftest import HANAKO, ICHIRO, INSTITUTION
from wire.catalogue import Catalogue
from wire.client import console_client
from wire.log_lines import FORM, LEVEL, LogSettingWrong, begin_logs
from wire.request_note import HEADER, begin_note
from wire.serving.observation.metrics import Counter, Gauge, Histogram, exposition
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

    from tests.oqs_sim.conftest import Oqs


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Have the log as it was, after the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    quiet = {name: logging.getLogger(name).level for name in ("httpx2", "httpcore2", "asyncio")}
    yield monkeypatch
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)


# --- the id ---


def test_an_id_is_taken_and_goes_into_the_answer_and_the_problem(oqs: Oqs) -> None:
    answer = oqs.terminal.post("/qualification/challenges", headers={HEADER: "desk-1"})
    assert answer.headers[HEADER] == "desk-1"
    refused = oqs.terminal.post("/qualification/number", json={}, headers={HEADER: "desk-2"})
    assert refused.headers[HEADER] == refused.json()["request_id"] == "desk-2"
    on_console = oqs.console.get("/health", headers={HEADER: "desk-3"})
    assert on_console.headers[HEADER] == "desk-3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
def test_what_is_no_id_is_replaced_by_one_that_nobody_has(oqs: Oqs, given: str) -> None:
    first = oqs.terminal.post("/qualification/challenges", headers={HEADER: given})
    second = oqs.terminal.post("/qualification/challenges", headers={HEADER: given})
    ids = {answer.headers[HEADER] for answer in (first, second)}
    assert len(ids) == 2
    assert given not in ids


def test_what_is_asked_of_another_service_carries_the_id_on() -> None:
    heard: list[str] = []

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in ("startup", "shutdown"):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        heard.append(dict(scope["headers"]).get(HEADER.lower().encode(), b"").decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(url: str, *, noted: bool) -> None:
        if noted:
            begin_note([(HEADER.lower().encode(), b"desk-4")])
        async with console_client(url, 30) as client:
            await client.get("/")

    with bind("127.0.0.1", 0) as bound:
        listener = Listener(bound)
        with Served(listening, listener):
            asyncio.run(ask(listener.url, noted=True))
            asyncio.run(ask(listener.url, noted=False))
    assert heard == ["desk-4", ""]


def test_one_id_leads_from_the_desk_to_the_line_in_the_database(member: Oqs) -> None:
    member.terminal.headers[HEADER] = "desk-5"
    assert member.check_number().status_code == 200
    found = member.console.get("/sim/operation/requests", params={"RequestId": "desk-5"}).json()
    (request,) = found["Requests"]
    assert request["PersonReference"] == member.hanako


# --- the log ---


def test_a_log_in_json_names_the_request_and_how_it_went(
    member: Oqs, logs: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.setenv(FORM, "json")
    logs.setenv(LEVEL, "info")
    begin_logs("oqs")
    member.terminal.post("/qualification/number", json={}, headers={HEADER: "desk-6"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [one for one in lines if one.get("request_id") == "desk-6"]
    assert line["service"] == "oqs"
    assert line["message"] == "POST /qualification/number"
    assert (line["status"], line["code"]) == (422, "SIM-INVALID-REQUEST")
    assert line["caller"] == f"terminal:{INSTITUTION}"
    assert line["milliseconds"] > 0


def test_no_line_above_debug_holds_anything_of_a_person(
    oqs: Oqs, logs: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.setenv(FORM, "json")
    logs.setenv(LEVEL, "info")
    begin_logs("oqs")
    oqs.resident(ICHIRO, "田中　一郎", "19900102")
    again = {"IndividualNumber": ICHIRO, "Name": "鈴木　実", "NameKana": "ｽｽﾞｷ", "Sex1": "1"}
    assert oqs.console.post("/sim/jlis/residents", json={**again, "Birthdate": "x"}).is_client_error
    oqs.report(1)
    assert oqs.register().status_code == 201
    assert oqs.check().status_code == 200
    assert oqs.check_number(Birthdate="19800218").status_code == 200
    assert oqs.check_number(InsuredIdentificationNumber="1\x00").status_code == 422
    logging.getLogger("a").error("It failed", exc_info=ValueError("of 佐藤　花子, 19800217"))
    said = capsys.readouterr().err
    assert "/qualification/card" in said
    personal = [
        "佐藤", "花子", "ﾊﾅｺ", "田中", "鈴木", HANAKO, ICHIRO, "19800217", "19800218", "19900102",
        "1234567", "最上", "模擬県",
    ]  # fmt: skip
    assert [one for one in personal if one in said] == []


def test_a_log_for_people_names_the_request_behind_the_sentence(
    logs: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.delenv(FORM, raising=False)
    logs.delenv(LEVEL, raising=False)
    begin_logs("OQS")

    async def answering() -> None:
        begin_note([(HEADER.lower().encode(), b"desk-7")])
        logging.getLogger("a").warning("The disk is full")

    asyncio.run(answering())
    logging.getLogger("a").warning("It was emptied")
    logging.getLogger("a").info("Nobody asked")
    assert capsys.readouterr().err.splitlines() == [
        "OQS: The disk is full [desk-7]",
        "OQS: It was emptied",
    ]


@pytest.mark.parametrize(("name", "known"), [(FORM, "json, text"), (LEVEL, "debug, error")])
def test_a_setting_of_the_log_that_there_is_not_is_told_in_a_sentence(
    logs: pytest.MonkeyPatch, name: str, known: str
) -> None:
    logs.setenv(name, "loud")
    with pytest.raises(LogSettingWrong, match=f"{name}=loud is no setting of the log. .*{known}"):
        begin_logs("oqs")


# --- metrics and readiness ---


def metric(text: str, name: str, **labels: str) -> float:
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    found = [
        line.rpartition(" ")[2]
        for line in text.splitlines()
        if re.match(rf"{name}[{{ ]", line) and all(one in line for one in wanted)
    ]
    (value,) = found
    return float(value)


def test_prometheus_reads_requests_checks_refusals_and_latencies(member: Oqs) -> None:
    for _ in range(3):
        member.check_number()
    member.check_number(InsurerNumber="123456")
    answer = member.console.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    number = "/qualification/number"
    assert metric(text, "oqs_sim_requests_total", route=number, status="200", listener="line") == 3
    assert metric(text, "oqs_sim_requests_total", route=number, status="422") == 1
    assert metric(text, "oqs_sim_checks_total", route=number, validity="1") == 3
    assert metric(text, "oqs_sim_refusals_total", code="SIM-INVALID-NUMBER") == 1
    assert metric(text, "oqs_sim_request_seconds_count", route=number) == 4
    assert metric(text, "oqs_sim_request_seconds_bucket", route=number, le="+Inf") == 4
    assert metric(text, "oqs_sim_journal_waiting") == 0
    assert member.terminal.get("/metrics").status_code == 404


def test_metrics_are_written_as_prometheus_reads_them() -> None:
    counter = Counter("a_total", "How often.", "what")
    counter.count('a "b"\n\\')
    histogram = Histogram("b_seconds", "How long.")
    for seconds in (0.001, 0.002, 99.0):
        histogram.observe(seconds)
    lines = exposition([counter, histogram, Gauge("c", "How much.", lambda: 2.5)]).splitlines()
    assert lines[:3] == [
        "# HELP a_total How often.",
        "# TYPE a_total counter",
        r'a_total{what="a \"b\"\n\\"} 1',
    ]
    assert 'b_seconds_bucket{le="0.001"} 1' in lines
    assert 'b_seconds_bucket{le="0.0025"} 2' in lines
    assert 'b_seconds_bucket{le="10.0"} 2' in lines
    assert 'b_seconds_bucket{le="+Inf"} 3' in lines
    assert "b_seconds_sum 99.003000" in lines
    assert lines[-1] == "c 2.5"


def test_a_service_whose_database_is_away_is_up_and_not_ready(
    oqs: Oqs, take_away: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    ready = oqs.console.get("/ready")
    assert (ready.status_code, ready.json()["Parts"]) == (200, ["database", "journal", "bulk"])
    take_away(oqs.engine.url.render_as_string(hide_password=False))
    answer: Any = oqs.console.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "SIM-NOT-READY")
    assert answer.json()["parts"] == {
        "database": "It does not answer. See that its server runs and can be reached."
    }
    for _ in range(3):
        assert oqs.console.get("/ready").status_code == 503
    (told,) = [one for one in caplog.records if one.name == "wire.serving.observation.watching"]
    assert told.getMessage().startswith("database is not ready. It does not answer.")
    assert not told.exc_info
    assert oqs.console.get("/health").status_code == 200
    assert oqs.console.get("/metrics").status_code == 200
    for path in ("/operation", "/municipality?sought=a", "/portal/people"):
        page = oqs.console.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 503, path
        assert page.headers["content-type"].startswith("text/html"), path
        assert page.headers["Retry-After"] == "1"
        assert Catalogue.STORAGE_UNAVAILABLE.kind.japanese in page.text, path
    assert oqs.console.get("/operation").json()["code"] == "SIM-STORAGE-UNAVAILABLE"
