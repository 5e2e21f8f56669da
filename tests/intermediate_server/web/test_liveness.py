"""Every page says within seconds what does not answer, and that it is back."""

from __future__ import annotations

import asyncio
import re
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

import intermediate_server.app
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from intermediate_server.web import liveness
from tests.intermediate_server.conftest import SECONDS, Faults, individual_number
from tests.intermediate_server.web.test_clerk_words import PAGES
from tests.intermediate_server.web.test_todo import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.databases import KeepTables


GLANCE = 0.6
"""Seconds that a page waits for a part that may hang."""


class Hanging(Faults):
    """An OQS that takes every request and, for a while, answers none."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self.answering = threading.Event()
        self.answering.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not self.answering.is_set():
            await asyncio.to_thread(self.answering.wait, SECONDS)
        await super().__call__(scope, receive, send)


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "SECONDS_KNOWN", 0.0)


def parts(deployment: Any) -> dict[str, tuple[str, str]]:
    """Return each part's tone and word."""
    page = deployment.pages.get("/state").text
    found = re.findall(r'class="part (\w+)" id="part-(\w+)".*?<b[^>]*>(.*?)</b>', page)
    return {part: (tone, word) for tone, part, word in found}


def until_out(deployment: Any, *out: str) -> dict[str, tuple[str, str]]:
    """Return how all parts are when these are said not to answer; until then they are slow."""
    until = monotonic() + 30
    while True:
        found = parts(deployment)
        if all(found[part][0] == "bad" for part in out):
            for part in out:
                assert re.fullmatch(r"応答なし（\d\d:\d\d:\d\dから）", found[part][1]), part
            return found
        for part in out:
            assert found[part][0] == "bad" or found[part][1].startswith("応答待ち（"), part
        assert monotonic() < until, found


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service wait for ever for what it asks: only who does not wait answers in time."""
    monkeypatch.setattr(intermediate_server.app, "CONSOLE_SECONDS", 600.0)
    monkeypatch.setattr(liveness, "ANSWERS_WITHIN", 0.5)


def test_all_is_well(deployment: Any) -> None:
    assert parts(deployment) == dict.fromkeys(
        ("clock", "oqs", "delivery", "database"), ("done", "正常")
    )


def test_oqs_and_the_clock_that_come_later_are_told_to_be_back(prepare: Any) -> None:
    deployment = prepare()
    late = deployment.put_oqs_off()
    deployment.start_service()
    found = until_out(deployment, "clock", "oqs", "delivery")
    assert found["database"] == ("done", "正常")
    page = deployment.pages.get("/").text
    assert "時計につながらない" in page
    assert "接続できません。" in page
    head = re.sub(r"http\S+", "", page[: page.index("<main")])  # a worker's address
    assert not re.search(r"<small[^>]*>[^<]*[a-z]{4}", head), "no English"
    assert "同期ワーカーが動いていません" in page
    deployment.serve_late_oqs(*late)
    until = monotonic() + SECONDS
    while {found[part][0] for part in ("clock", "oqs")} != {"done"}:
        assert monotonic() < until, found
        found = parts(deployment)
    for part in ("clock", "oqs"):
        assert re.fullmatch(r"復旧（\d\d:\d\d:\d\d）", found[part][1]), part
    while "時計につながらない" in deployment.pages.get("/").text:
        assert monotonic() < until


def test_a_database_that_is_away_is_red(
    prepare: Any, new_database: Callable[..., str], take_away: Callable[[str], None]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    assert parts(deployment)["database"] == ("done", "正常")
    take_away(deployment.database_url)
    tone, word = parts(deployment)["database"]
    assert tone == "bad"
    assert "応答なし" in word
    assert "届出も閲覧もできません" in deployment.pages.get("/file").text


def test_a_pause_is_told_with_who_did_it(deployment: Any) -> None:
    deployment.pages.post("/sync/pause", json={"By": "模擬係"}).raise_for_status()
    assert parts(deployment)["delivery"] == ("waiting", "停止中")
    assert "模擬係 が連携を止めています" in deployment.pages.get("/").text


@pytest.mark.usefixtures("_patient")
def test_an_oqs_that_hangs_makes_no_page_wait(prepare: Any) -> None:
    deployment = prepare(faults_type=Hanging)
    deployment.start_oqs()
    deployment.start_service(oqs_seconds=600.0, glance_seconds=GLANCE)
    deployment.start_worker()
    reference = deployment.register()
    assert deployment.file().status_code == 201
    pages = deployment.pages
    until = monotonic() + SECONDS
    while counted(deployment, "/todo") != "1":
        assert monotonic() < until
    deployment.faults.answering.clear()
    try:
        for path in (*PAGES, f"/persons/{reference}"):
            page = pages.get(path)
            assert page.status_code in {200, 404}, path
            assert 'class="part done" id="part-oqs"' not in page.text, path
        assert "利用登録の状況は分かりません" in page.text
        until_out(deployment, "clock", "oqs")
        listed = pages.get("/todo").text
        assert "いまは確かめられません" in listed
        assert "1通" in listed, "what was known before stays"
        badge = re.search(r'<span id="waiting".*?</a>', listed, re.DOTALL)
        assert badge
        assert "<b>1</b>" in badge[0]
        assert "？" in badge[0]
        assert pages.post("/persons", data={"Find": individual_number(1)}).status_code == 503
    finally:
        deployment.faults.answering.set()
    while "bad" in {tone for tone, _ in parts(deployment).values()}:
        pass
    until = monotonic() + SECONDS
    while "？" in pages.get("/todo").text:
        assert monotonic() < until
    assert pages.post("/persons", data={"Find": individual_number(1)}).status_code == 303


@pytest.mark.usefixtures("_patient")
def test_a_worker_that_hangs_makes_no_page_and_no_filing_wait(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.worker_listener.socket.listen()  # connections are taken, and not answered
    deployment.start_service(glance_seconds=GLANCE)
    deployment.register()
    found = until_out(deployment, "delivery")
    assert found["oqs"][0] == "done"
    typed = {
        "Kind": "join", "InsurerNumber": "990010", "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "QualificationDate": "20261116",
    }  # fmt: skip
    assert (
        "受け付けました" in deployment.pages.post("/file", data=typed, follow_redirects=True).text
    )


@pytest.mark.postgres
@pytest.mark.usefixtures("_patient")
def test_a_database_that_hangs_makes_no_page_wait(
    prepare: Any, databases: Any, keep_tables: KeepTables, caplog: pytest.LogCaptureFixture
) -> None:
    url = databases.with_tables(metadata, MIGRATIONS)
    deployment = prepare(database_url=f"{url}&options=-c%20lock_timeout%3D600s")
    deployment.start_oqs()
    deployment.start_service(database_seconds=0.8, glance_seconds=GLANCE)
    pages = deployment.pages
    assert pages.get("/todo").status_code == 200
    with keep_tables(url, *(table.name for table in metadata.sorted_tables)):
        for path in ("/", "/todo", "/procedures", "/documents", "/readings", "/persons?Find=x"):
            page = pages.get(path)
            assert page.status_code == 503, path
            assert "データベース" in page.text, path
        assert "The database took more than 0.8 seconds." in caplog.text
        until_out(deployment, "database")
        assert pages.post("/file", data={"Kind": "join"}).status_code == 503, "nothing has begun"
    while parts(deployment)["database"][0] != "done":
        pass
    assert pages.get("/todo").status_code == 200
