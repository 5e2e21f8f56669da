"""Days and instants as the portal writes them: in the era's year, with the weekday."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, weekday
from eligibility.days.eras import era_date

if TYPE_CHECKING:
    from datetime import date, datetime


def long_day(on: date) -> str:
    """Write a day: 令和8年11月20日（金）."""
    return f"{era_date(on)}（{weekday(on).ja}）"


def long_moment(at: datetime) -> str:
    """Write an instant by the clock of Japan: 令和8年11月20日（金） 9:12."""
    local = at.astimezone(TOKYO)
    return f"{long_day(local.date())} {local.hour}:{local.minute:02}"
