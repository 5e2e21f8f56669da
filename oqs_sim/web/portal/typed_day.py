"""A day as people type it into a form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from eligibility.days.eras import ERAS
from wire.catalogue import Catalogue, Problem
from wire.dates import read_bounded_day, write_day

_NUMBERS = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)")
_IN_ERA = re.compile(r"(\D{1,2}?)(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_WEEKDAY = re.compile(r"\([月火水木金土日]\)$")
_ERA_OF = {sign: era for era in ERAS for sign in (era.name, era.letter)}


def typed_day(text: str, what: str) -> date | None:
    """Read a day, 昭和21年6月3日, S21.6.3, 1946-06-03 or 19460603; None where nothing was typed.

    Raises:
        Problem: INVALID_REQUEST that names the field.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not plain:
        return None
    try:
        return read_bounded_day(write_day(_read(_WEEKDAY.sub("", plain))))
    except ValueError:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"{what} is no day.",
            japanese=f"{what}を日付として読めません。昭和21年6月3日 か 1946-06-03 のように"
            "入れてください。",
        ) from None


def _read(plain: str) -> date:
    numbers = _NUMBERS.fullmatch(plain)
    if numbers:
        year, month, day = (int(part) for part in numbers.groups() if part)
        return date(year, month, day)
    in_era = _IN_ERA.fullmatch(plain)
    era = _ERA_OF.get(in_era.group(1)) if in_era else None
    if in_era is None or era is None:
        raise ValueError(plain)
    year = 1 if in_era.group(2) == "元" else int(in_era.group(2))
    found = date(era.begins.year + year - 1, int(in_era.group(3)), int(in_era.group(4)))
    if year < 1 or found < era.begins:
        raise ValueError(f"{plain} lies before the era")
    return found
