"""Pages that lead on: where an address leads nowhere, and where a service has no page of its own.

A program gets a problem document; only who prefers HTML, as browsers do, gets a page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eligibility.sentence import Sentence
from wire.serving.access import ListenerKind, listener_of
from wire.serving.headers import prefers_html
from wire.serving.reference import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request


class Entrance(NamedTuple):
    """A page by which people come in to a service."""

    path: str
    name: Sentence
    for_whom: Sentence
    """Whom it is for, and what they do there."""


_COMMON = (
    Entrance(
        "/docs",
        Sentence("APIの説明", "Reference of the API"),
        Sentence(
            "ソフトウェアを作る方へ: 何を送り、何が返るか",
            "For makers of software: what to send, and what comes back",
        ),
    ),
    Entrance(
        "/health",
        Sentence("動いているかどうか", "Whether it is up"),
        Sentence("動作の監視へ: プログラム向けの答え", "For monitoring: an answer for programs"),
    ),
)
"""What every service has."""
_WORDS: Mapping[str, Sentence] = {
    "lost": Sentence("このページはありません", "There is no such page"),
    "said": Sentence(
        "アドレスを確かめるか、次のどれかへ進んでください。",
        "Check the address, or go on to one of these.",
    ),
    "welcome": Sentence(
        "このサービスには、人のための画面がありません。プログラムはAPIで使います。",
        "This service has no pages for people. Programs use its API.",
    ),
    "choose": Sentence(
        "どなたですか。行き先を選んでください。", "Who are you? Choose where to go."
    ),
    "home": Sentence("最初の画面", "First page"),
    "mark": Sentence("模擬", "SIMULATION"),
    "other": Sentence("English", "日本語"),
}


def prefers_page(request: Request) -> bool:
    """Tell whether a page is wanted rather than JSON, where there is one; no line has any."""
    if request.method not in {"GET", "HEAD"}:
        return False
    if listener_of(request.scope) is not ListenerKind.CONSOLE:
        return False
    return prefers_html(request)


OwnPage = Callable[[int], HTMLResponse]
"""Makes the page for an address that leads nowhere, of a status, in the look of its part."""


def lead_on_by_itself(app: FastAPI, prefix: str, page: OwnPage) -> None:
    """Have a part of a service answer itself where an address below ``prefix`` leads nowhere."""
    app.state.own_pages = {**getattr(app.state, "own_pages", {}), f"{prefix}/": page}


def page_that_leads_on(request: Request, status: int) -> HTMLResponse:
    """Return the page for an address that leads nowhere.

    The root of a service that has no page there gets a first page instead.
    """
    own_pages: Mapping[str, OwnPage] = getattr(request.app.state, "own_pages", {})
    for prefix, page in own_pages.items():
        if request.url.path.startswith(prefix):
            answer = page(status)
            answer.headers["Vary"] = "Accept"
            return answer
    if request.url.path == "/":
        return _page(request, 200, None, "choose" if request.app.state.entrances else "welcome")
    return _page(request, status, "lost", "said")


def _page(request: Request, status: int, headline: str | None, said: str) -> HTMLResponse:
    lang = "en" if request.query_params.get("lang") == "en" else "ja"
    words = {
        name: sentence.en if lang == "en" else sentence.ja for name, sentence in _WORDS.items()
    }
    entrances = (
        (one.path, *(text.en if lang == "en" else text.ja for text in (one.name, one.for_whom)))
        for one in (*request.app.state.entrances, *_COMMON)
    )
    page = _templates().get_template("way_on.html")
    return HTMLResponse(
        page.render(
            lang=lang,
            other="ja" if lang == "en" else "en",
            service=request.app.title,
            headline=None if headline is None else words[headline],
            said=words[said],
            words=words,
            entrances=list(entrances),
            path=request.url.path,
        ),
        status,
        # The same address answers a program otherwise.
        {"Vary": "Accept"},
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
