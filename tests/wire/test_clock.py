from datetime import UTC, datetime, timedelta

import pytest

from wire.clock import Clock, ClockMode, ClockMovedBackwards

MONDAY = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)


class Wall:
    """A wall clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return MONDAY + timedelta(seconds=self.seconds)

    def elapsed(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def clock(wall: Wall) -> Clock:
    return Clock(wall.now, wall.elapsed)


def test_a_new_clock_shows_wall_time(clock: Clock, wall: Wall) -> None:
    wall.seconds = 90
    assert clock.now() == MONDAY + timedelta(seconds=90)


def test_a_frozen_clock_stands_still(clock: Clock, wall: Wall) -> None:
    clock.move(clock.setting(ClockMode.FROZEN))
    wall.seconds = 3600
    assert clock.now() == MONDAY


def test_the_first_setting_may_go_back_because_nothing_has_happened_yet(clock: Clock) -> None:
    clock.move(clock.setting(ClockMode.FROZEN, MONDAY - timedelta(days=30)))
    assert clock.now() == MONDAY - timedelta(days=30)


def test_a_later_setting_may_not_go_back(clock: Clock) -> None:
    clock.move(clock.setting(ClockMode.FROZEN, MONDAY))
    with pytest.raises(ClockMovedBackwards, match="cannot go back"):
        clock.move(clock.setting(ClockMode.FROZEN, MONDAY - timedelta(seconds=1)))


def test_an_accelerated_clock_passes_a_day_in_the_given_seconds(clock: Clock, wall: Wall) -> None:
    clock.move(clock.setting(ClockMode.ACCELERATED, MONDAY, seconds_per_day=10))
    wall.seconds += 15
    assert clock.now() == MONDAY + timedelta(days=1, hours=12)


def test_an_accelerated_clock_needs_its_rate(clock: Clock) -> None:
    with pytest.raises(ValueError, match="seconds that a day takes"):
        clock.move(clock.setting(ClockMode.ACCELERATED))


def test_an_advance_keeps_the_mode_and_a_real_clock_becomes_offset(
    clock: Clock, wall: Wall
) -> None:
    clock.move(clock.advanced_to(MONDAY + timedelta(days=3)))
    assert clock.state.mode is ClockMode.OFFSET
    wall.seconds += 60
    assert clock.now() == MONDAY + timedelta(days=3, seconds=60)


def test_an_advance_never_goes_back(clock: Clock) -> None:
    with pytest.raises(ClockMovedBackwards):
        clock.move(clock.advanced_to(MONDAY - timedelta(seconds=1)))


def test_each_movement_has_a_revision_of_its_own(clock: Clock) -> None:
    clock.move(clock.setting(ClockMode.FROZEN))
    clock.move(clock.advanced_to(MONDAY + timedelta(days=1)))
    assert clock.reading().revision == 2


def test_today_is_the_day_in_tokyo(clock: Clock) -> None:
    clock.move(clock.setting(ClockMode.FROZEN, datetime(2026, 11, 9, 15, 0, tzinfo=UTC)))
    assert clock.reading().today.isoformat() == "2026-11-10"
