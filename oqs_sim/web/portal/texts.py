"""The words of the portal's pages, and in which language a request has them.

That is the one it asks for: with ``?lang=en``, or before, or else by what the browser prefers.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2.filters import do_mark_safe

from eligibility.sentence import Language, Sentence
from oqs_sim.portal.account import NOT_SHOWN
from wire.serving.headers import preferred_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastapi import Request, Response

COOKIE = "lang"
"""Remembers the language; it has the name of the parameter."""
A_YEAR = 365 * 24 * 3600
_spoken: ContextVar[Language] = ContextVar("language", default=Language.JAPANESE)
_address: ContextVar[str] = ContextVar("address", default="")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_IN_BRACKETS = re.compile(r"\([^()]*\)")


@cache
def all_texts() -> Mapping[str, Sentence]:
    """Return every text by its key (``home.visit``)."""
    content = tomllib.loads(
        files("oqs_sim.web.portal").joinpath("texts.toml").read_text(encoding="utf-8")
    )
    return {
        f"{section}.{name}": Sentence(**text)
        for section, texts in content.items()
        for name, text in texts.items()
    }


@cache
def english_words() -> Mapping[str, Mapping[str, str]]:
    """Return what records call by a Japanese word, in English, in groups."""
    return tomllib.loads(
        files("oqs_sim.web.portal").joinpath("words.toml").read_text(encoding="utf-8")
    )


@contextmanager
def speaking(request: Request) -> Iterator[None]:
    """Have a request answered in the language that it asks for."""
    asked = request.query_params.get(COOKIE) or request.cookies.get(COOKIE)
    known = set(Language)
    language = Language(asked if asked in known else preferred_language(request, tuple(Language)))
    url = request.url.remove_query_params(COOKIE)
    said = _spoken.set(language)
    here = _address.set(f"{url.path}?{url.query}" if request.method == "GET" else url.path)
    try:
        yield
    finally:
        _spoken.reset(said)
        _address.reset(here)


def spoken() -> Language:
    """Return the language of the request that is being answered."""
    return _spoken.get()


def say(key: str, **values: object) -> str:
    """Return a text with its blanks filled in, also by sentences and by what is marked up.

    Raises:
        KeyError: there is no such text, or a blank was not given.
    """
    told = {
        name: said(value) if isinstance(value, Sentence) else value
        for name, value in values.items()
    }
    return do_mark_safe(said(all_texts()[key])).format(**told)  # which escapes the rest


def said(sentence: Sentence) -> str:
    """Return a sentence."""
    return spoken().of(sentence)


def name(value: Sentence | str) -> str:
    """Return a name, marked as Japanese on a page in English where it is; or that it is hidden."""
    if value == NOT_SHOWN.ja:
        value = NOT_SHOWN
    words = said(value) if isinstance(value, Sentence) else value
    if spoken() is Language.ENGLISH and _JAPANESE.search(_IN_BRACKETS.sub("", words)):
        return do_mark_safe('<span lang="ja">{}</span>').format(words)
    return words


def word(japanese: str, group: str) -> str:
    """Return what a record calls by a Japanese word."""
    if spoken() is Language.JAPANESE:
        return japanese
    return english_words()[group].get(japanese) or name(japanese)


def remember(request: Request, response: Response) -> None:
    """Have the browser keep the language that was just asked for."""
    if COOKIE in request.query_params:
        response.set_cookie(COOKIE, spoken(), max_age=A_YEAR, httponly=True, samesite="strict")


def in_other_language(address: str = "") -> str:
    """Return the address of the page that is being answered, or another, in the other language."""
    path, _, query = (address or _address.get()).partition("?")
    return f"{path}?{query}{'&' if query else ''}{COOKIE}={spoken().other}"
