from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.moving import (
    Move,
    MovingState,
    abroad_file_by,
    moving_state,
    usable_abroad,
)
from eligibility.days.office_calendar import closed

ONE_DAY = timedelta(days=1)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
spans = st.integers(0, 120).map(lambda n: timedelta(days=n))


def states(move, first, last, **parameters):
    return [
        moving_state(first + timedelta(days=i), move, **parameters)
        for i in range((last - first).days + 1)
    ]


@pytest.mark.rules("R-112")
def test_a_card_rests_from_the_planned_day_until_the_day_of_moving_in():
    planned, moved_in = date(2026, 11, 10), date(2026, 11, 20)
    move = Move(planned, moved_on=planned, moved_in_on=moved_in)
    assert moving_state(planned - ONE_DAY, move) is MovingState.USABLE
    assert set(states(move, planned, moved_in - ONE_DAY)) == {MovingState.MOVED_OUT}
    assert moving_state(moved_in, move) is MovingState.USABLE


@pytest.mark.rules("R-112")
def test_moving_in_on_the_planned_day_leaves_no_gap():
    planned = date(2026, 11, 10)
    move = Move(planned, planned, moved_in_on=planned)
    assert set(states(move, planned - ONE_DAY, planned + ONE_DAY)) == {MovingState.USABLE}


@pytest.mark.rules("R-112")
def test_a_late_notice_of_moving_out_stops_the_card_only_then():
    planned = date(2026, 11, 10)
    move = Move(planned, planned, accepted_on=date(2026, 11, 13))
    assert moving_state(date(2026, 11, 12), move) is MovingState.USABLE
    assert moving_state(date(2026, 11, 13), move) is MovingState.MOVED_OUT


@pytest.mark.rules("R-112")
def test_whether_a_card_rests_in_between_is_a_parameter():
    planned = date(2026, 11, 10)
    move = Move(planned, planned)
    assert moving_state(planned, move, rests_between=False) is MovingState.USABLE
    overdue = move.move_in_by + ONE_DAY
    assert moving_state(overdue, move, rests_between=False) is MovingState.LAPSED


@pytest.mark.rules("R-113", "T-043")
def test_without_continued_use_a_card_lapses_after_ninety_days_and_a_closed_one():
    move = Move(date(2026, 10, 1), date(2026, 10, 1), moved_in_on=date(2026, 10, 5))
    assert move.continue_by == date(2027, 1, 4)
    assert moving_state(date(2027, 1, 4), move) is MovingState.USABLE
    assert moving_state(date(2027, 1, 5), move) is MovingState.LAPSED


@pytest.mark.rules("R-113")
def test_the_ninetieth_day_is_the_last_where_it_is_an_open_one():
    move = Move(date(2026, 5, 20), date(2026, 5, 20), moved_in_on=date(2026, 5, 21))
    assert move.continue_by == date(2026, 8, 19), "a Wednesday, 90 days after 21 May"
    assert moving_state(date(2026, 8, 19), move) is MovingState.USABLE
    assert moving_state(date(2026, 8, 20), move) is MovingState.LAPSED


@pytest.mark.rules("R-113")
def test_continued_use_on_the_last_day_is_in_time_and_a_day_later_is_not():
    for continued_on, after in [
        (date(2027, 1, 4), MovingState.USABLE),
        (date(2027, 1, 5), MovingState.LAPSED),
    ]:
        move = Move(date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 5), continued_on)
        assert moving_state(date(2027, 2, 1), move) is after


@pytest.mark.rules("R-114")
@pytest.mark.parametrize(
    ("planned", "moved_on", "last"),
    [
        (date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 16)),
        (date(2026, 11, 1), date(2026, 11, 25), date(2026, 12, 1)),
        (date(2026, 9, 6), date(2026, 9, 6), date(2026, 9, 24)),
        # No closed day near the last one: 14 days of the move, then 30 of the plan.
        (date(2026, 11, 4), date(2026, 11, 4), date(2026, 11, 18)),
        (date(2026, 11, 2), date(2026, 11, 30), date(2026, 12, 2)),
    ],
)
def test_moving_in_is_due_within_fourteen_days_of_the_move_and_thirty_of_the_plan(
    planned, moved_on, last
):
    assert Move(planned, moved_on).move_in_by == last
    in_time = Move(planned, moved_on, moved_in_on=last)
    late = Move(planned, moved_on, moved_in_on=last + ONE_DAY)
    assert moving_state(last + ONE_DAY, in_time) is MovingState.USABLE
    assert moving_state(last + ONE_DAY, late) is MovingState.LAPSED


@pytest.mark.rules("R-114")
def test_one_of_the_two_spans_is_not_enough():
    planned = date(2026, 11, 1)
    fifteen_days_after_a_late_move = Move(planned, date(2026, 11, 2), date(2026, 11, 20))
    forty_days_after_the_plan = Move(planned, date(2026, 12, 5), date(2026, 12, 11))
    for move in (fifteen_days_after_a_late_move, forty_days_after_the_plan):
        assert moving_state(date(2026, 12, 11), move) is MovingState.LAPSED


@pytest.mark.rules("P-016")
def test_who_does_every_procedure_in_time_loses_only_the_gap():
    planned = date(2026, 11, 10)
    move = Move(planned, planned, date(2026, 11, 12), date(2026, 11, 12))
    rest = [
        day
        for day in (planned + timedelta(days=i) for i in range(-30, 800))
        if moving_state(day, move) is not MovingState.USABLE
    ]
    assert rest == [date(2026, 11, 10), date(2026, 11, 11)]


@pytest.mark.rules("R-113", "R-114")
@given(days, spans, spans, spans, st.booleans())
def test_a_lapsed_card_stays_lapsed(planned, to_move, to_move_in, to_continue, continued):
    moved_on = planned + to_move
    moved_in = moved_on + to_move_in
    move = Move(planned, moved_on, moved_in, moved_in + to_continue if continued else None)
    seen = states(move, planned, moved_in + timedelta(days=250))
    lapsed = MovingState.LAPSED
    assert all(after is lapsed for now, after in pairwise(seen) if now is lapsed)


@pytest.mark.rules("R-113", "R-114")
@given(days, spans)
def test_deadlines_fall_on_open_days(planned, to_move):
    move = Move(planned, planned + to_move, planned + to_move)
    assert not closed(move.move_in_by)
    assert move.continue_by is not None
    assert not closed(move.continue_by)


@pytest.mark.parametrize(
    ("moved_in_on", "continued_on"),
    [
        (date(2026, 11, 9), None),
        (None, date(2026, 11, 12)),
        (date(2026, 11, 12), date(2026, 11, 11)),
    ],
)
def test_procedures_out_of_order_are_refused(moved_in_on, continued_on):
    with pytest.raises(ValueError, match="転入届"):
        Move(date(2026, 11, 10), date(2026, 11, 10), moved_in_on, continued_on)


@pytest.mark.rules("R-119")
def test_leaving_the_country_is_filed_by_the_day_before():
    leaving = date(2026, 12, 10)
    assert abroad_file_by(leaving) == date(2026, 12, 9)
    assert usable_abroad(date(2027, 6, 1), leaving, date(2026, 12, 9))
    for filed_on in (date(2026, 12, 10), None):
        assert usable_abroad(date(2026, 12, 9), leaving, filed_on)
        assert not usable_abroad(date(2026, 12, 10), leaving, filed_on)
