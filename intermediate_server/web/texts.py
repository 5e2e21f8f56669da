"""The words of the clerk's pages, in Japanese and in English.

A page speaks the language that its request asked for: with ``?lang=en``, or before.
"""

from __future__ import annotations

import tomllib
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.days import dates
from eligibility.days.eras import era_date
from eligibility.sentence import Language, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from fastapi import Request, Response


COOKIE = "lang"
"""Remembers the language."""


class Years(StrEnum):
    """How the pages write years in Japanese."""

    WESTERN = "western"
    """西暦: 2026年11月26日."""
    JAPANESE = "japanese"
    """和暦: 令和8年11月26日."""

    @property
    def other(self) -> Years:
        """The other way, one touch away."""
        return Years.JAPANESE if self is Years.WESTERN else Years.WESTERN


YEARS_COOKIE = "years"
"""Remembers how years are written."""
PREFERENCES = (COOKIE, YEARS_COOKIE)
"""The parameters of an address by which a page is asked to speak otherwise."""
A_YEAR = 365 * 24 * 3600
_spoken: ContextVar[Language] = ContextVar("language", default=Language.JAPANESE)
_years: ContextVar[Years] = ContextVar("years", default=Years.WESTERN)
_address: ContextVar[str] = ContextVar("address", default="")


def spoken() -> Language:
    """Return the language of the request that is being answered."""
    return _spoken.get()


def years() -> Years:
    """Return how the request that is being answered has years written."""
    return _years.get()


def speak(request: Request) -> None:
    """Answer a request in the language and with the years that it asks for.

    That is Japanese, unless it asked for English, with 西暦, unless it asked for 和暦.
    """
    wanted = request.query_params.get(YEARS_COOKIE) or request.cookies.get(YEARS_COOKIE)
    _years.set(Years.JAPANESE if wanted == Years.JAPANESE.value else Years.WESTERN)
    asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
    english = asked == Language.ENGLISH.value
    _spoken.set(Language.ENGLISH if english else Language.JAPANESE)
    url = request.url.remove_query_params(PREFERENCES)
    _address.set(f"{url.path}?{url.query}" if request.method == "GET" else "")


def remember_language(request: Request, response: Response) -> None:
    """Have the browser keep the language, or the way of years, that was just asked for."""
    for name, chosen in ((COOKIE, spoken()), (YEARS_COOKIE, years())):
        if name in request.query_params:
            response.set_cookie(name, chosen, max_age=A_YEAR, httponly=True, samesite="strict")


def in_other_language(here: str) -> str:
    """Return the address of this page in the other language; of an answer to a form, ``here``."""
    return _here(here, COOKIE, spoken().other)


def with_other_years(here: str) -> str:
    """Return the address of this page with the other way of years."""
    return _here(here, YEARS_COOKIE, years().other)


def _here(here: str, name: str, value: str) -> str:
    path, _, query = (_address.get() or here or "/").partition("?")
    return f"{path}?{query}{'&' if query else ''}{name}={value}"


def _read(name: str) -> dict[str, Any]:
    content = tomllib.loads(
        files("intermediate_server.web").joinpath(name).read_text(encoding="utf-8")
    )
    return {
        f"{section}.{key}": text
        for section, texts in content.items()
        for key, text in texts.items()
    }


class Told(NamedTuple):
    """What a page says, and behind it what is on record in Japanese, whatever the page speaks."""

    text: str
    kept: str = ""


@cache
def all_texts() -> Mapping[str, Sentence]:
    """Return every text by its key (``frame.skip``)."""
    return {key: Sentence(**text) for key, text in _read("texts.toml").items()}


@cache
def english_words() -> Mapping[str, str]:
    """Return what is called by a code, in English, by group and code (``kind.seventy``)."""
    words = {key: text.en for key, text in all_texts().items()}
    return {**words, **_read("words.toml")}


def say(key: str, **values: object) -> str:
    """Return a text with its blanks filled in.

    Raises:
        KeyError: there is no such text, or a blank was not given.
    """
    return said(all_texts()[key]).format(**values)


def said(sentence: Sentence) -> str:
    """Return a sentence."""
    return spoken().of(sentence)


def word(group: str, code: str, japanese: str) -> str:
    """Return what a code is called, of which only the Japanese word is known where it comes from.

    In English it is the word ``group.code``; where there is none, the code itself is readable.
    """
    if spoken() is Language.JAPANESE:
        return japanese
    return english_words().get(f"{group}.{code}") or code.replace("_", " ").capitalize()


def long_day(on: date) -> str:
    """Return a day: 2026年11月26日（木）, 令和8年11月26日（木）, Thu 26 Nov 2026."""
    if spoken() is Language.ENGLISH:
        return dates.english_date(on)
    if years() is Years.JAPANESE:
        return f"{era_date(on)}（{dates.weekday(on).ja}）"
    return dates.japanese_date(on)


def moment(at: datetime) -> str:
    """Return a day with its weekday, and the time, in Tokyo."""
    return f"{long_day(at.astimezone(dates.TOKYO).date())} {time_of_day(at)}"


def weekday(on: date) -> str:
    """Return the weekday in short."""
    return said(dates.weekday(on))


def time_of_day(at: datetime) -> str:
    """Return hours, minutes and seconds in Tokyo."""
    return f"{at.astimezone(dates.TOKYO):%H:%M:%S}"
