"""What a list is asked for: typed by people, in any width."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING

from clinic_client.store.visit_list import VisitFilter, VisitState
from eligibility.days.office_calendar import add_months
from eligibility.identifiers.insured_number import comparable_number
from eligibility.identifiers.names import kana_key
from eligibility.reception.case import Cause
from eligibility.sentence import Sentence
from wire.catalogue import Catalogue, Problem
from wire.dates import DayOutOfBounds, read_bounded_day
from wire.forms.typed_day import typed_day

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import TypeVar

    _Word = TypeVar("_Word", bound=StrEnum)

_HALF_WIDTH = {
    unicodedata.normalize("NFKC", chr(half)): chr(half) for half in range(0xFF65, 0xFFA0)
} | {"\u3099": "\uff9e", "\u309a": "\uff9f"}


def visits_wanted(text: str, first: str, last: str, cause: str, state: str) -> VisitFilter:
    """Read a search as it was typed.

    Raises:
        Problem: INVALID_REQUEST, with what is wrong.
    """
    names, numbers = _terms(text)
    began = typed_day(first, Sentence("いつから", "From"))
    ended = typed_day(last, Sentence("いつまで", "Until"))
    if began and ended and ended < began:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "The last day lies before the first.",
            japanese="「いつまで」が「いつから」より前です。どちらかを直してください。",
        )
    symbols, insured = _insured(text)
    return VisitFilter(
        began,
        ended,
        names,
        numbers,
        symbols,
        insured,
        _word(cause, Cause),
        _word(state, VisitState),
    )


def month_wanted(text: str, today: date) -> date:
    """Return the first day of a month, 2026-11, 202611 or 2026年11月; this month without one.

    Raises:
        Problem: INVALID_REQUEST.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return today.replace(day=1)
    for sign in "年-/.":
        year, found, month = plain.removesuffix("月").partition(sign)
        if found:
            plain = f"{year}{month.zfill(2)}"
            break
    try:
        return read_bounded_day(f"{plain}01")
    except DayOutOfBounds:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "The month cannot be read; write it as 2026-11.",
            japanese="月を読めません。2026-11 のように入れてください。",
        ) from None


def last_day(month: date) -> date:
    """Return the last day of the month that begins on a day."""
    return add_months(month, 1) - timedelta(days=1)


def _terms(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the forms of a name, and of a number, that a text may mean."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return (), ()
    kana = kana_key(text)
    half = "".join(_HALF_WIDTH.get(one, one) for one in unicodedata.normalize("NFD", kana))
    names = dict.fromkeys(("".join(text.split()), plain, kana, half))
    return tuple(names), _numbers(plain)


def _numbers(plain: str) -> tuple[str, ...]:
    digits = any(map(str.isdigit, plain))
    return tuple(dict.fromkeys((plain, plain.rjust(8), comparable_number(plain)))) if digits else ()


def _insured(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the forms of 記号, and of 番号, where a text has both, as a list shows them."""
    *symbol, number = text.split() or [""]
    numbers = _numbers(unicodedata.normalize("NFKC", number))
    if not symbol or not numbers:
        return (), ()
    joined = "".join(symbol)
    return tuple(dict.fromkeys((joined, unicodedata.normalize("NFKC", joined)))), numbers


def _word(sent: str, of: type[_Word]) -> _Word | None:
    if not sent:
        return None
    if sent not in set(of):
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"{of.__name__} is none of: {', '.join(of)}.",
            japanese="選べない値です。一覧から選びなおしてください。",
        )
    return of(sent)
