"""Moving house (転出・転入) and leaving the country: when a card stops, and how it goes on.

Rules R-112 to R-114, R-119 and P-016. The certificate for identification is not revoked by a new
address; what stops a card is a procedure that was not done in time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from eligibility.days.office_calendar import open_deadline

MOVE_IN_DAYS = 14
"""転入届 within these days after moving (R-114)."""

MOVE_OUT_DAYS = 30
"""転入届 within these days after the planned day of moving out (R-114)."""

CONTINUED_USE_DAYS = 90
"""継続利用 within these days after the 転入届 (R-113)."""


class MovingState(StrEnum):
    """What a move has done to a card."""

    USABLE = "usable"
    """使える."""
    MOVED_OUT = "moved_out"
    """転出予定日を迎えて転入届がない: stopped until the 転入届."""
    LAPSED = "lapsed"
    """失効: the new municipality has to renew it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move from a municipality to another.

    `moving_out_on` is the 転出予定日 of the accepted 転出届, `moved_on` the day of the move itself,
    `moved_in_on` the day of the 転入届, `continued_on` that of the 継続利用 procedure. A 転出届
    that was accepted after the planned day (`accepted_on`) stops the card from then.
    """

    moving_out_on: date
    moved_on: date
    moved_in_on: date | None = None
    continued_on: date | None = None
    accepted_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse 継続利用 without or before a 転入届, and one before the move (`ValueError`)."""
        if self.moved_in_on is not None and self.moved_in_on < self.moved_on:
            raise ValueError("a 転入届 is filed after the move, not before it")
        if self.continued_on is not None and (
            self.moved_in_on is None or self.continued_on < self.moved_in_on
        ):
            raise ValueError("継続利用 comes with or after the 転入届")

    @property
    def stops_on(self) -> date:
        """The day from which the card rests until the 転入届 (R-112)."""
        if self.accepted_on is None:
            return self.moving_out_on
        return max(self.moving_out_on, self.accepted_on)

    @property
    def move_in_by(self) -> date:
        """The last day of a 転入届 after which the card goes on: both spans must hold (R-114)."""
        return min(
            open_deadline(self.moved_on, MOVE_IN_DAYS),
            open_deadline(self.moving_out_on, MOVE_OUT_DAYS),
        )

    @property
    def continue_by(self) -> date | None:
        """The last day of 継続利用, on which the card still works (R-113); None before 転入届."""
        if self.moved_in_on is None:
            return None
        return open_deadline(self.moved_in_on, CONTINUED_USE_DAYS)


def moving_state(on: date, move: Move, *, rests_between: bool = True) -> MovingState:
    """Return what the move has done to the card by the day (R-112, R-113, R-114).

    `rests_between` is the leaflet's wording, by which a card rests between the planned day of
    moving out and the 転入届 [interp]; without it, it works until the 転入届 is overdue.
    """
    if move.moved_in_on is None or on < move.moved_in_on:
        return _before_moving_in(on, move, rests_between=rests_between)
    if move.moved_in_on > move.move_in_by:
        return MovingState.LAPSED
    last = open_deadline(move.moved_in_on, CONTINUED_USE_DAYS)
    if move.continued_on is not None and move.continued_on <= last:
        return MovingState.USABLE
    return MovingState.USABLE if on <= last else MovingState.LAPSED


def _before_moving_in(on: date, move: Move, *, rests_between: bool) -> MovingState:
    if on < move.stops_on:
        return MovingState.USABLE
    if on > move.move_in_by:
        return MovingState.LAPSED
    return MovingState.MOVED_OUT if rests_between else MovingState.USABLE


def abroad_file_by(leaving_on: date) -> date:
    """Return the last day of the 国外継続利用申請: the day before the planned departure (R-119)."""
    return leaving_on - timedelta(days=1)


def usable_abroad(on: date, leaving_on: date, filed_on: date | None) -> bool:
    """Tell whether a card works on the day, whose holder leaves the country (R-119).

    Filed in time it goes on as 国外転出者向けマイナンバーカード; else it lapses on the planned day.
    """
    if filed_on is not None and filed_on <= abroad_file_by(leaving_on):
        return True
    return on < leaving_on
