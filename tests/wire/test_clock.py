from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wire.clock import SETTLING_SECONDS, ClockMode, ClockMovedBackwards, ClockReading, ClockState

MONDAY = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
NEW = ClockState(ClockMode.REAL, 1.0, 0, MONDAY, MONDAY, MONDAY)
"""A clock as it begins, on a Monday."""


def after(**passed: float) -> datetime:
    return MONDAY + timedelta(**passed)


def frozen() -> ClockState:
    return NEW.setting(MONDAY, ClockMode.FROZEN, MONDAY)


def test_a_new_clock_shows_wall_time() -> None:
    assert NEW.shown(after(seconds=90)) == after(seconds=90)


def test_a_real_clock_stands_while_wall_time_is_behind_it() -> None:
    assert NEW.shown(after(hours=-7)) == MONDAY


def test_a_frozen_clock_stands_still() -> None:
    assert frozen().shown(after(hours=1)) == MONDAY


def test_the_first_setting_may_go_back_because_nothing_has_happened_yet() -> None:
    set_back = NEW.setting(MONDAY, ClockMode.FROZEN, after(days=-30))
    assert set_back.shown(MONDAY) == after(days=-30)


def test_a_later_setting_may_not_go_back() -> None:
    in_japans_time = r"09:00:00\+09:00 and cannot go back to 2026-11-09T08:59:59\+09:00\."
    with pytest.raises(ClockMovedBackwards, match=in_japans_time):
        frozen().setting(MONDAY, ClockMode.FROZEN, after(seconds=-1))


def test_an_accelerated_clock_passes_a_day_in_the_given_seconds() -> None:
    fast = NEW.setting(MONDAY, ClockMode.ACCELERATED, MONDAY, seconds_per_day=10)
    assert fast.shown(after(seconds=15)) == after(days=1, hours=12)


def test_a_clock_that_slows_down_stands_where_others_show_it_until_they_know() -> None:
    fast = NEW.setting(MONDAY, ClockMode.ACCELERATED, MONDAY, seconds_per_day=10)
    slowed = fast.setting(after(seconds=15), ClockMode.FROZEN)
    settled = after(seconds=15 + SETTLING_SECONDS)
    assert slowed.shown(after(seconds=15)) == fast.shown(settled)
    with pytest.raises(ClockMovedBackwards):
        fast.setting(after(seconds=15), ClockMode.OFFSET, fast.shown(after(seconds=15)))


def test_an_accelerated_clock_needs_its_rate() -> None:
    with pytest.raises(ValueError, match="seconds that a day takes"):
        NEW.setting(MONDAY, ClockMode.ACCELERATED)


def test_an_advance_keeps_the_mode_and_a_real_clock_becomes_offset() -> None:
    advanced = NEW.advanced(MONDAY, after(days=3))
    assert advanced.mode is ClockMode.OFFSET
    assert advanced.shown(after(seconds=60)) == after(days=3, seconds=60)


def test_an_advance_never_goes_back() -> None:
    with pytest.raises(ClockMovedBackwards):
        NEW.advanced(MONDAY, after(seconds=-1))


def test_each_movement_has_a_revision_of_its_own() -> None:
    assert frozen().advanced(MONDAY, after(days=1)).revision == 2


def test_today_is_the_day_in_tokyo() -> None:
    evening = datetime(2026, 11, 9, 15, 0, tzinfo=UTC)
    reading = ClockReading(mode=ClockMode.FROZEN, now=evening, rate=0, revision=1, began=evening)
    assert reading.today.isoformat() == "2026-11-10"


def test_a_clock_tells_when_it_was_moved_also_after_it_was_saved_again() -> None:
    assert frozen().moved_at == MONDAY
    running = frozen().setting(MONDAY, ClockMode.ACCELERATED, seconds_per_day=60)
    assert running.moved_at is None, "from where it began to run is not kept"
    moved = running.advanced(
        after(seconds=10), running.shown(after(seconds=10)) + timedelta(days=9)
    )
    saved = replace(
        moved,
        business_anchor=moved.reached(after(seconds=25)),
        wall_anchor=after(seconds=25),
    )
    assert saved.moved_at == moved.moved_at == after(seconds=10)
