"""Pages that lead on: where an address leads nowhere, and where a service has no page of its own.

A program gets a problem document; only who prefers HTML, as browsers do, gets a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eligibility.sentence import Sentence
from wire.problem_document import MEDIA_TYPE
from wire.serving.access import ListenerKind, listener_of
from wire.serving.headers import prefers_html
from wire.serving.reference import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from fastapi import FastAPI, Request
    from starlette.responses import Response


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
    "failed": Sentence("できませんでした", "It could not be done"),
    "again": Sentence("もう一度", "Try again"),
    "back": Sentence(
        "入力した内容は、ブラウザーの「戻る」で残っています。",
        "What you typed is still there when you go back in the browser.",
    ),
    "to_page": Sentence("入力のない画面へ", "The page without what was typed"),
    "home": Sentence("最初の画面", "First page"),
    "mark": Sentence("模擬", "SIMULATION"),
    "other": Sentence("English", "日本語"),
}


_WRONG: Mapping[str, str] = {
    "missing": "入れてください。",
    "string_too_long": "{max_length}文字までです。短くしてください。",
    "string_too_short": "{min_length}文字以上で入れてください。",
    "int_parsing": "数で入れてください。",
    "greater_than_equal": "{ge}以上の数で入れてください。",
    "less_than_equal": "{le}以下の数で入れてください。",
    "literal_error": "選べるのは {expected} です。",
    "enum": "選べるのは {expected} です。",
}
"""What a person is told of a field by the kind of its error; its field may say so itself."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""How a browser sends a form."""
_KEPT = ("Retry-After", "WWW-Authenticate", "Allow")
"""Headers of a problem that its page has too."""


def prefers_page(request: Request) -> bool:
    """Tell whether a page is wanted rather than JSON, where there is one; no line has any."""
    if request.method not in {"GET", "HEAD"}:
        return False
    if listener_of(request.scope) is not ListenerKind.CONSOLE:
        return False
    return prefers_html(request)


OwnPage = Callable[["Request", int], HTMLResponse]
"""Makes the page for an address that leads nowhere, of a status, in the look of its part."""


def lead_on_by_itself(app: FastAPI, prefix: str, page: OwnPage) -> None:
    """Have a part of a service answer itself where an address below ``prefix`` leads nowhere."""
    app.state.own_pages = {**getattr(app.state, "own_pages", {}), f"{prefix}/": page}


def answer_with_pages(app: FastAPI) -> None:
    """Have a person whose page or form fails see a page that says so; a program gets the problem.

    To be called when all handlers of errors are there.
    """
    for kind, answer in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(answer))


def _as_page(answer: Any) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def page(request: Request, error: Exception) -> Response:
        document: Response = await answer(request, error)
        sends_form = request.headers.get("content-type", "").startswith(_FORMS)
        if document.media_type != MEDIA_TYPE or not (
            prefers_page(request) or (sends_form and prefers_html(request))
        ):
            return document
        shown = _problem_page(request, json.loads(bytes(document.body)), _wrong_fields(error))
        shown.headers.update(
            {name: document.headers[name] for name in _KEPT if name in document.headers}
        )
        return shown

    return page


def _wrong_fields(error: Exception) -> dict[str, Sentence]:
    """Return what is wrong with which field of an address or a form."""
    if not isinstance(error, RequestValidationError):
        return {}
    return {str(one["loc"][-1]): _what_is_wrong(one) for one in error.errors() if one["loc"]}


def _what_is_wrong(one: Mapping[str, Any]) -> Sentence:
    bounds = one.get("ctx", {})
    japanese = _WRONG.get(one["type"], "値に誤りがあります。確かめてください。").format_map(bounds)
    return Sentence(bounds.get("japanese") or japanese, f"{one['msg']}.")


def _problem_page(
    request: Request, problem: Mapping[str, Any], wrong: Mapping[str, Sentence]
) -> HTMLResponse:
    """Return the page of a problem: what happened, and what was asked for, to be mended there."""
    english = request.query_params.get("lang") == "en"
    asked: Mapping[str, str] = request.query_params if request.method != "POST" else {}
    page = _templates().get_template("unable.html")
    return HTMLResponse(
        page.render(
            lang="en" if english else "ja",
            service=request.app.title,
            words={name: one.en if english else one.ja for name, one in _WORDS.items()},
            said=problem["title"] if english else problem["japanese"],
            code=problem["code"],
            # Of what is sent by a form nothing is shown again, as it may be a PIN.
            sent=request.method == "POST",
            typed={name: text for name, text in asked.items() if name != "lang"},
            wrong={name: one.en if english else one.ja for name, one in wrong.items()},
            path=request.url.path,
        ),
        problem["status"],
        {"Vary": "Accept"},
    )


def page_that_leads_on(request: Request, status: int) -> HTMLResponse:
    """Return the page for an address that leads nowhere.

    The root of a service that has no page there gets a first page instead.
    """
    own_pages: Mapping[str, OwnPage] = getattr(request.app.state, "own_pages", {})
    for prefix, page in own_pages.items():
        if request.url.path.startswith(prefix):
            answer = page(request, status)
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
