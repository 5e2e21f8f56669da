"""The national hotline (マイナンバー総合フリーダイヤル) and its hours (R-116, R-200)."""

from datetime import datetime, time
from enum import StrEnum

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import closed, in_year_end_closure

NUMBER = "0120-95-0178"

VOICE_GUIDE = "4→2"
"""What to press for questions about the health card (R-200)."""

OPENS = time(9, 30)
CLOSES = time(20)
CLOSES_ON_DAYS_OFF = time(17, 30)


class Call(StrEnum):
    """What someone calls for."""

    LOSS = "loss"
    """紛失・一時停止: 24 hours on 365 days."""
    ENQUIRY = "enquiry"
    """問い合わせ."""


def hours(at: datetime) -> tuple[time, time] | None:
    """Return from when to when enquiries are answered on the day of the instant (R-200).

    Until 20:00 on weekdays, until 17:30 at weekends and on holidays, not at the turn of the year
    (年末年始, taken as 29 December to 3 January [interp]).
    """
    on = at.astimezone(TOKYO).date()
    if in_year_end_closure(on):
        return None
    return OPENS, CLOSES_ON_DAYS_OFF if closed(on) else CLOSES


def answered(at: datetime, call: Call) -> bool:
    """Tell whether someone answers at the instant; at closing time nobody does (R-116, R-200)."""
    if call is Call.LOSS:
        return True
    opening = hours(at)
    return opening is not None and opening[0] <= at.astimezone(TOKYO).time() < opening[1]
