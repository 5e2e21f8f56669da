"""Days and moments as the interface writes them: ``yyyyMMdd`` and ``yyyyMMddHHmmss``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def read_day(text: str) -> date:
    """Read ``yyyyMMdd``.

    Raises:
        ValueError: there is no such day.
    """
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def write_day(on: date) -> str:
    """Write a day; years before 1000 keep their zeros."""
    return f"{on.year:04}{on.month:02}{on.day:02}"


def write_day_or_none(on: date | None) -> str | None:
    """Write a day, or nothing where there is none."""
    return None if on is None else write_day(on)


def write_moment(at: datetime) -> str:
    """Write a moment by the clock of its own time zone, which is to be Tokyo's."""
    return f"{write_day(at)}{at:%H%M%S}"
