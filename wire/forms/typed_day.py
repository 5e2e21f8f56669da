"""A day as people type it into a form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from eligibility.days.eras import ERAS, era_date, era_of
from eligibility.sentence import Sentence
from wire.catalogue import Catalogue, Problem
from wire.dates import FIRST_YEAR, LAST_YEAR, DayOutOfBounds, read_bounded_day, write_day
from wire.vocabulary.codes import Bounds
from wire.vocabulary.texts import FIT

_NUMBERS = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)", re.ASCII)
_IN_ERA = re.compile(
    r"(\D{1,2}?)(?:(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d)(\d\d))", re.ASCII
)
_WEEKDAY = re.compile(r"\([月火水木金土日]\)$")
_ERA_OF = {sign: era for era in ERAS for sign in (era.name, era.name[0], era.letter)}


def typed_day(text: str, what: Sentence) -> date | None:
    """Read a day, as 昭和21年6月3日, 昭21.6.3, S210603 or 1946-06-03; None where nothing was typed.

    Raises:
        Problem: INVALID_REQUEST that names the field, and says of what is no day of its era, or of
            the calendar, that there is no such day.
    """
    if not text.strip():
        return None
    try:
        return _bounded(text)
    except DayOutOfBounds as error:
        english, japanese = f"{what.en}: {error.text.en}", f"{what.ja}: {error.text.ja}"
    except ValueError:
        english = f"{what.en}: {_UNREADABLE.en}"
        japanese = f"{what.ja}を{_UNREADABLE.ja}"
    raise Problem(Catalogue.INVALID_REQUEST, english, japanese=japanese)


def readable_day(text: object) -> date | None:
    """Return the day that somebody typed; None where it is none."""
    try:
        return _bounded(text) if isinstance(text, str) else None
    except ValueError:
        return None


_UNREADABLE = Sentence(
    "日付として読めません。昭和21年6月3日 か 1946-06-03 のように入れてください。",
    "This is no day. Write it as 1946-06-03, 19460603 or S21.6.3.",
)


def fault_of_day(text: str) -> Sentence | None:
    """Say why what somebody typed is no day; None of one that is."""
    try:
        _bounded(text)
    except DayOutOfBounds as error:
        return error.text
    except ValueError:
        return _UNREADABLE
    return None


def _as_written(text: str) -> str:
    """Write a typed day as the interface does."""
    said = fault_of_day(text)
    if said is not None:
        raise PydanticCustomError("day", "{reason}", {"reason": said.en, "japanese": said.ja})
    return write_day(_bounded(text))


WrittenByHand = Annotated[
    str,
    StringConstraints(max_length=40),
    FIT,
    AfterValidator(_as_written),
    Bounds(f"{FIRST_YEAR}0101", f"{LAST_YEAR}1231"),
    Field(
        description="``yyyyMMdd``; also as people type it: 昭和55年2月17日, 昭55.2.17, S550217, "
        "1980-02-17, in full width too",
        # For the reader of the document alone; what is wrong with a day is told by its sentence.
        json_schema_extra={"pattern": "^[0-9]{8}$"},
    ),
]
"""A day of a form, read as `typed_day` does; it comes out as ``yyyyMMdd``."""


def _bounded(text: str) -> date:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return read_bounded_day(write_day(_read(_WEEKDAY.sub("", plain))))


def _read(plain: str) -> date:
    numbers = _NUMBERS.fullmatch(plain)
    if numbers:
        year, month, day = (int(part) for part in numbers.groups() if part)
        return _day(plain, year, month, day)
    in_era = _IN_ERA.fullmatch(plain)
    era = _ERA_OF.get(in_era.group(1)) if in_era else None
    if in_era is None or era is None:
        raise ValueError(plain)
    of_its_era, of_month, of_day = (part for part in in_era.groups()[1:] if part)
    of_era = 1 if of_its_era == "元" else int(of_its_era)
    year = era.begins.year + of_era - 1
    found = _day(plain, year, int(of_month), int(of_day))
    if of_era < 1 or (found.year <= LAST_YEAR and era_of(found) is not era):
        raise DayOutOfBounds(_no_such_day(plain, found if of_era else None))
    return found


def _day(plain: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DayOutOfBounds(_no_such_day(plain)) from None


def _no_such_day(plain: str, meant: date | None = None) -> Sentence:
    meant_ja = f"{era_date(meant)}のことであれば、そのように入れてください。" if meant else ""
    meant_en = f" Write {meant.isoformat()} if that is meant." if meant else ""
    return Sentence(
        f"「{plain}」という日はありません。{meant_ja or '年・月・日を確かめてください。'}",
        f"There is no day {plain!r}.{meant_en}",
    )
