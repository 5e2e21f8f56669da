"""The headers of a request: Accept, Authorization; and what a 401 says of them."""

from __future__ import annotations

import pytest
from fastapi import Request

from wire.catalogue import Catalogue, Problem
from wire.serving.headers import bearer_token, chosen_form, prefers_html
from wire.serving.problem_http import answer_of

JSON, XML, PDF = "application/json", "application/xml", "application/pdf"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def asking(*headers: tuple[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (XML, XML),
        ("Application/XML", XML),
        (f"{PDF};q=0, {XML}", XML),
        (f"{PDF};q=0.5, {XML};q=0.9", XML),
        (f"{XML};q=0.5, {PDF}", PDF),
        (f"{XML}, {PDF}", XML),
        (f"{PDF}, {XML}", PDF),
        (f"text/html, {XML};q=0.1", XML),
        (f"{XML}, */*", XML),
        (f"{JSON};q=0, */*", XML),
        (f"*/*;q=0.1, {PDF} ; Q=0.2", PDF),
        ("text/html", None),
        (f"{PDF};q=0", None),
        (f"{JSON};q=0.000", None),
        ("*/*;q=0", None),
        (f"{PDF};q=nan", None),
    ],
)
def test_a_form_is_chosen_by_its_weight(accept: str, form: str | None) -> None:
    request = asking(("Accept", accept)) if accept else asking()
    assert chosen_form(request, (JSON, XML, PDF), JSON) == form


def test_the_usual_form_is_answered_where_several_are_as_good() -> None:
    assert chosen_form(asking(("Accept", "*/*")), (JSON, XML, PDF), PDF) == PDF
    assert chosen_form(asking(("Accept", f"{XML}, {JSON}")), (JSON, XML, PDF), PDF) == XML


def test_a_header_that_comes_twice_is_one_list() -> None:
    request = asking(("Accept", f"{JSON};q=0"), ("Accept", XML))
    assert chosen_form(request, (JSON, XML, PDF), JSON) == XML


@pytest.mark.parametrize(
    ("accept", "page"),
    [(BROWSER, True), ("text/html", True), ("*/*", False), (JSON, False), ("text/html;q=0", False)],
)
def test_who_prefers_html_is_a_person(accept: str, *, page: bool) -> None:
    assert prefers_html(asking(("Accept", accept))) is page


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_known_however_its_scheme_is_written(scheme: str) -> None:
    assert bearer_token(asking(("Authorization", f"{scheme}  t-1 "))) == "t-1"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic t-1", "t-1", "Bearert-1"])
def test_what_is_no_token_is_none(header: str) -> None:
    assert bearer_token(asking(("Authorization", header))) is None


def test_each_401_says_how_to_tell_who_asks() -> None:
    for entry in Catalogue:
        told = answer_of(Problem(entry)).headers.get("WWW-Authenticate")
        assert (told is not None) is (entry.kind.status == 401), entry
