"""Nobody is left with a document for programs on a page, and no program with a page."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.app import build_app
from oqs_sim.settings import Settings
from tests.equipment.callers import OWN_URL, AtConsole
from tests.wire.test_application import make

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
def client() -> TestClient:
    return make()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_unknown_page_leads_on_in_both_languages(client: TestClient, language: str) -> None:
    page = client.get(f"/nowhere?lang={language}", headers={"Accept": BROWSER})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert f'<html lang="{language}">' in page.text
    assert ("There is no such page" in page.text) is (language == "en")
    assert page.text.count("<h1>") == page.text.count("<main>") == 1
    links = re.findall(r'href="(/[^"]*)"', page.text)
    assert "/docs" in links
    for link in links:
        assert client.get(link, headers={"Accept": BROWSER}).status_code == 200, link


def test_what_was_asked_for_is_shown_and_not_believed(client: TestClient) -> None:
    page = client.get("/<script>alert(1)</script>", headers={"Accept": BROWSER})
    assert page.status_code == 404
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/json", "", "text/html;q=0.5, application/json", "text/html;q=x"],
)
def test_a_program_gets_a_problem(client: TestClient, accept: str) -> None:
    answer = client.get("/nowhere", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.json()["code"] == "SIM-NOT-FOUND"


def test_a_page_that_takes_only_what_is_sent_leads_on_too(client: TestClient) -> None:
    assert client.get("/away", headers={"Accept": BROWSER}).status_code == 405
    assert client.post("/own", headers={"Accept": BROWSER}).json()["code"].startswith("SIM-")


def test_a_service_without_pages_has_a_first_one(client: TestClient) -> None:
    page = client.get("/?lang=en", headers={"Accept": BROWSER})
    assert page.status_code == 200
    assert "This service has no pages for people." in page.text
    assert "/docs" in page.text


def test_the_first_page_says_for_whom_each_entrance_is(oqs_sim_console: TestClient) -> None:
    page = oqs_sim_console.get("/", headers={"Accept": BROWSER})
    assert page.status_code == 200
    assert "人のための画面がありません" not in page.text
    for path, for_whom in (
        ("/portal", "患者さんへ"),
        ("/municipality", "市区町村の職員へ"),
        ("/operation", "試験をする方・動かす方へ"),
        ("/docs", "ソフトウェアを作る方へ"),
    ):
        assert page.text.index(f'href="{path}"') < page.text.index(for_whom)
        assert oqs_sim_console.get(path, headers={"Accept": BROWSER}).status_code == 200, path
    english = oqs_sim_console.get("/?lang=en", headers={"Accept": BROWSER}).text
    assert english.index("For patients") < english.index("For municipal clerks")
    lost = oqs_sim_console.get("/nowhere", headers={"Accept": BROWSER})
    assert (lost.status_code, 'href="/portal"' in lost.text) == (404, True)


def test_the_first_page_leads_to_no_page_that_is_not_there() -> None:
    with console(simulation=False) as plain:
        page = plain.get("/", headers={"Accept": BROWSER}).text
        assert 'href="/portal"' in page
        assert 'href="/municipality"' not in page
        assert 'href="/operation"' not in page


@contextmanager
def console(**settings: Any) -> Iterator[TestClient]:
    with TestClient(AtConsole(build_app(Settings("sqlite://", **settings))), OWN_URL) as client:
        yield client


@pytest.fixture
def oqs_sim_console() -> Iterator[TestClient]:
    with console() as client:
        yield client
