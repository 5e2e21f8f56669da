"""What a clerk typed into the one field, understood: a name, kana, a number, a date of birth."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from eligibility.identifiers.names import kana_key
from intermediate_server.filing.field_parsers import Unreadable, day
from intermediate_server.store.finding.person_search import SearchTerms
from intermediate_server.web.texts import long_day, say

if TYPE_CHECKING:
    from datetime import date

LONGEST = 60
"""Characters of a search that are looked at."""
_KANA = re.compile(r"[ァ-ヶー・ヽヾ]+")
_BRANCH = re.compile(r"[0-9０-９]{2}")
_WITH_BRANCH = 2
"""Parts of 記号 and 番号; a third one is the 枝番."""
_NUMBER = re.compile(r"[0-9A-Za-z-]*[0-9][0-9A-Za-z-]*")
_HALF_WIDTH = {
    unicodedata.normalize("NFKC", chr(half)): chr(half) for half in range(0xFF65, 0xFF9E)
}
_DOT = "・"
_HALF_MARKS = {"\u3099": "\uff9e", "\u309a": "\uff9f"}


def half_width(kana: str) -> str:
    """Return katakana as registers write them: half width, with the marks after the sign."""
    parts = unicodedata.normalize("NFD", kana)
    return "".join(_HALF_WIDTH.get(part) or _HALF_MARKS.get(part, part) for part in parts)


def understood(text: str) -> SearchTerms:
    """Understand what was typed; nothing is found by the terms of an empty text."""
    typed = text[:LONGEST].replace("\u3000", " ")
    tokens = typed.replace("・", " ").split()
    if not tokens:
        return SearchTerms()
    if len(tokens) > _WITH_BRANCH and _BRANCH.fullmatch(tokens[-1]):
        tokens = tokens[:-1]  # 記号 番号 枝番: the 枝番 adds nothing to what is found
    *before, last = tokens
    plain = unicodedata.normalize("NFKC", last)
    if not before:
        if _NUMBER.fullmatch(plain):
            return SearchTerms(numbers=_in_any_width(last, plain))
        return SearchTerms(*_named(last))
    if not any(sign.isdigit() for sign in plain):
        return SearchTerms(*_named("".join(typed.split())))
    first = "".join(before)
    symbols = _both(first, unicodedata.normalize("NFKC", first))
    numbers = _in_any_width(last, plain) if _NUMBER.fullmatch(plain) else ()
    born = _day(plain)
    kana, names = _named("".join(typed.split()[:-1])) if born else ((), ())
    return SearchTerms(kana, names, numbers, symbols, born)


def in_words(terms: SearchTerms) -> str:
    """Say what was understood: who is looked for."""
    ways = []
    if named := (*terms.kana, *terms.names)[:1]:
        ways.append(say("found.by_name", text=named[0]))
        if terms.birthdate:
            ways[-1] = say("found.and", one=ways[-1], other=_born(terms.birthdate))
    if terms.numbers:
        ways.append(say("found.by_number", text=unicodedata.normalize("NFKC", terms.numbers[-1])))
        if terms.symbols:
            symbol = say("found.by_symbol", text=terms.symbols[-1])
            ways[-1] = say("found.and", one=symbol, other=ways[-1])
    return say("found.or").join(ways)


def _born(on: date) -> str:
    return say("found.by_birthdate", day=long_day(on))


def _named(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the beginnings of kana, and those of a name; with its ・ first and last, and without.

    A register has ・ between the parts of a foreign name, or a blank.
    """
    if _DOT in text:
        (kana, names), (plain_kana, plain_names) = (
            _named_so(text), _named_so(text.replace(_DOT, ""))
        )  # fmt: skip
        return (*kana[:1], *plain_kana, *kana[1:]), (*plain_names, *names)
    return _named_so(text)


def _named_so(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = _both(text, unicodedata.normalize("NFKC", text))
    kana = kana_key(text)
    if _KANA.fullmatch(kana):
        return (kana, half_width(kana)), names
    if kana.isascii():  # letters, of which a register has capitals, in either width
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in kana.upper())
        return (kana.upper(),), (*names, *_both(kana.upper(), wide))
    return (), names


def _in_any_width(typed: str, plain: str) -> tuple[str, ...]:
    """Return a number as it was typed, in half width, and in full width, as files may have it."""
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in plain)
    return tuple(dict.fromkeys((typed, plain, wide)))


def _both(one: str, other: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((one, other)))


def _day(text: str) -> date | None:
    try:
        return day(text)
    except Unreadable:
        return None
