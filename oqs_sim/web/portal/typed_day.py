"""A day as a form sends it."""

from __future__ import annotations

import unicodedata
from datetime import date

from wire.catalogue import Catalogue, Problem
from wire.dates import read_bounded_day, write_day


def typed_day(text: str, what: str) -> date | None:
    """Read a day, 2026-11-20 or 20261120; None where nothing was typed.

    Raises:
        Problem: INVALID_REQUEST that names the field.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    try:
        return read_bounded_day(write_day(date.fromisoformat(plain.replace("/", "-"))))
    except ValueError:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"{what} is no day.",
            japanese=f"{what}を日付として読めません。2026-11-20 のように入れてください。",
        ) from None
