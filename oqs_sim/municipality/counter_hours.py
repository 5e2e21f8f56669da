"""When a counter is open: on open days (開庁日; C-001), in office hours.

Each municipality has hours of its own, and some open on a Saturday; so by default nothing is
refused, and the page says that the counter would be closed.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_day
from eligibility.days.office_calendar import roll, why_closed
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from datetime import datetime

OPENS, CLOSES = time(8, 30), time(17, 15)
"""Office hours, as many offices have them [unverified]."""


def closed_now(now: datetime) -> Sentence | None:
    """Say that the counter is closed, why, and when it opens; None while it is open."""
    local = now.astimezone(TOKYO)
    on = local.date()
    why = why_closed(on)
    if why is None and OPENS <= local.time() < CLOSES:
        return None
    next_open = roll(on if local.time() < OPENS else on + timedelta(days=1))
    because = f"きょうは閉庁日（{why}）です。" if why else "窓口の時間外です。"
    in_english = "Today is a closed day" if why else "The counter is closed at this hour"
    return Sentence(
        f"{because}次に開くのは{era_day(next_open)}{OPENS.hour}時{OPENS.minute:02d}分です。",
        f"{in_english}; it opens on {next_open.isoformat()} at {OPENS:%H:%M}.",
    )
