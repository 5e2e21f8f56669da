"""What procedures come to, held against the rules about moving on every day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.moving import Move, MovingState, moving_state
from eligibility.days.dates import TOKYO
from oqs_sim.municipality.course import Course, Stop
from oqs_sim.store.municipality.filings import CounterProcedure

BEGIN = date(2026, 11, 2)
DAYS = st.integers(0, 60)


def at(day: int, hour: int = 10) -> datetime:
    return datetime.combine(BEGIN + timedelta(days=day), time(hour), TOKYO)


def state(stop: Stop | None, on: date) -> MovingState:
    noon = datetime.combine(on, time(12), TOKYO)
    if stop is None or stop.since > noon:
        return MovingState.USABLE
    return MovingState.LAPSED if stop.lapsed(noon) else MovingState.MOVED_OUT


@pytest.mark.rules("R-112", "R-113", "R-114")
@given(
    planned=DAYS,
    stayed=DAYS,
    filed=DAYS,
    continued=st.integers(0, 120) | st.none(),
    rests=st.booleans(),
)
def test_a_move_stops_the_card_on_the_days_on_which_the_rules_stop_it(
    planned: int, stayed: int, filed: int, continued: int | None, *, rests: bool
) -> None:
    planned_on = BEGIN + timedelta(days=planned)
    moved = min(stayed, stayed + filed)
    moved_in = stayed + filed
    procedures = [
        CounterProcedure(1, "move_out", at(0), planned_on=planned_on),
        CounterProcedure(2, "move_in", at(moved_in), moved_on=BEGIN + timedelta(days=moved)),
    ]
    continued_on = None
    if continued is not None:
        procedures.append(CounterProcedure(3, "continue_use", at(moved_in + continued)))
        continued_on = BEGIN + timedelta(days=moved_in + continued)
    moved_in_on = BEGIN + timedelta(days=moved_in)
    whole = Move(planned_on, BEGIN + timedelta(days=moved), moved_in_on, continued_on, BEGIN)
    for day in range(moved_in, moved_in + 130, 7):
        on = BEGIN + timedelta(days=day)
        known = [one for one in procedures if one.at.date() <= on]
        course = Course.of(known, rests_between=rests)
        lapsed_before = state(
            Course.of(procedures[:1], rests_between=rests).for_all_cards, moved_in_on
        )
        expected = moving_state(on, whole, rests_between=rests)
        if lapsed_before is MovingState.LAPSED:
            expected = MovingState.LAPSED
        assert state(course.for_all_cards, on) is expected


def test_a_lapse_stays_whatever_is_filed_after_it_until_a_new_card_is_handed_over() -> None:
    lapsed = [
        CounterProcedure(1, "move_out", at(0), planned_on=BEGIN),
        CounterProcedure(2, "move_in", at(40), moved_on=BEGIN),
        CounterProcedure(3, "move_out", at(50), planned_on=BEGIN + timedelta(days=90)),
    ]
    course = Course.of(lapsed)
    assert course.for_all_cards is not None
    assert course.for_all_cards.lapsed(at(50))
    applied = CounterProcedure(4, "apply", at(51), ready_on=BEGIN + timedelta(days=60))
    handed = CounterProcedure(5, "hand_over", at(60), "1")
    after = Course.of([*lapsed, applied, handed])
    assert after.application is None
    assert after.for_all_cards is not None, "the second move is still to come"
    assert not after.for_all_cards.lapsed(at(89))
    assert after.for_all_cards.since == datetime.combine(BEGIN + timedelta(days=90), time(), TOKYO)
