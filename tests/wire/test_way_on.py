"""Nobody is left with a document for programs on a page, and no program with a page."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
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


@pytest.mark.parametrize(
    ("address", "typed", "said"),
    [
        ("/operation?code=" + "c" * 70, "c" * 70, "48文字まで"),
        ("/operation?request_id=" + "r" * 70, "r" * 70, "64文字まで"),
        ("/operation?lang=fr", None, "選べるのは"),
        ("/operation?before=x", "x", "数で入れて"),
        ("/municipality?sought=" + "さ" * 300, "さ" * 300, "200文字まで"),
        ("/municipality?sought=%0B", None, "制御文字"),
        ("/municipality/notices?town=1", "1", "確かめてください"),
        ("/municipality/persons/" + "p" * 30, None, "20文字まで"),
    ],
)
def test_what_is_wrong_on_a_page_is_a_page_with_what_was_typed(
    oqs_sim_console: TestClient, address: str, typed: str | None, said: str
) -> None:
    page = oqs_sim_console.get(address, headers={"Accept": BROWSER})
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert said in page.text
    assert typed is None or f'value="{typed}"' in page.text
    assert f'action="{address.partition("?")[0]}"' in page.text
    program = oqs_sim_console.get(address)
    assert (program.status_code, program.json()["code"]) == (422, "SIM-INVALID-REQUEST")


def test_a_page_of_what_is_wrong_speaks_english_and_believes_nothing(
    oqs_sim_console: TestClient,
) -> None:
    address = '/operation?lang=en&code="><script>' + "c" * 70
    page = oqs_sim_console.get(address, headers={"Accept": BROWSER})
    assert page.status_code == 422
    assert "<script" not in page.text
    assert "It could not be done" in page.text
    assert "at most 48 characters" in page.text


def test_a_form_that_is_wrong_is_a_page_and_shows_no_secret(oqs_sim_console: TestClient) -> None:
    sent = {"pin": "9" * 60, "again": "9" * 60}
    page = oqs_sim_console.post(
        "/municipality/persons/p/pin", data=sent, headers={"Accept": BROWSER, "Origin": OWN_URL}
    )
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")
    assert "999" not in page.text
    assert "「戻る」" in page.text


def test_every_page_of_a_console_tells_a_person_what_is_wrong(oqs_sim_console: TestClient) -> None:
    app: Any = oqs_sim_console.app
    pages = [
        one.path
        for one in app.app.routes
        if isinstance(one, APIRoute)
        and "GET" in one.methods
        and "{" not in one.path
        and isinstance(one.response_class, type)
        and issubclass(one.response_class, HTMLResponse)
    ]
    assert {"/operation", "/municipality", "/portal"} <= set(pages)
    for path in pages:
        names = ("lang", "sought", "code", "town", "before", "receipt", "sent", "Year")
        query = "&".join(f"{name}={'x' * 400}" for name in names)
        page = oqs_sim_console.get(f"{path}?{query}", headers={"Accept": BROWSER})
        assert page.headers["content-type"].startswith("text/html"), path


@contextmanager
def console(**settings: Any) -> Iterator[TestClient]:
    with TestClient(AtConsole(build_app(Settings("sqlite://", **settings))), OWN_URL) as client:
        yield client


@pytest.fixture
def oqs_sim_console() -> Iterator[TestClient]:
    with console() as client:
        yield client
