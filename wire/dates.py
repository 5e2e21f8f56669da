"""Days and moments as the interface writes them: ``yyyyMMdd`` and ``yyyyMMddHHmmss``."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@lru_cache(maxsize=65_536)
def read_day(text: str) -> date:
    """Read ``yyyyMMdd``.

    Raises:
        ValueError: there is no such day.
    """
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def write_day(on: date) -> str:
    """Write a day; years before 1000 keep their zeros."""
    iso = on.isoformat()
    return iso[:4] + iso[5:7] + iso[8:10]


def write_day_or_none(on: date | None) -> str | None:
    """Write a day, or nothing where there is none."""
    return None if on is None else write_day(on)


def write_moment(at: datetime) -> str:
    """Write a moment by the clock of its own time zone, which is to be Tokyo's."""
    iso = at.isoformat()
    return iso[:4] + iso[5:7] + iso[8:10] + iso[11:13] + iso[14:16] + iso[17:19]
