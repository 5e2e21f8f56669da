"""What a worker goes by: its window, its pace, its lock, and the lags that it counts."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from intermediate_server.sync.lag import SECONDS, FellDue, LagStep, WallLag, in_steps
from intermediate_server.sync.pace import GOOD_SECONDS, SMALLEST, Pace
from intermediate_server.sync.standby import SingleWorkerLock
from intermediate_server.sync.window import Window
from wire.clock import ClockMode, ClockReading

NIGHT = Window(time(22), time(5))
MORNING = Window(time(1), time(5))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 # made aware here
    lambda at: at.replace(tzinfo=TOKYO)
)


def tuesday(text: str) -> datetime:
    return datetime.combine(datetime(2026, 11, 17, tzinfo=TOKYO), time.fromisoformat(text), TOKYO)


@pytest.mark.parametrize(
    ("at", "night", "morning"),
    [
        ("00:00", True, False), ("01:00", True, True), ("04:59", True, True),
        ("05:00", False, False), ("21:59", False, False), ("22:00", True, False),
    ],
)  # fmt: skip
def test_a_window_is_open_from_its_beginning_up_to_its_end(
    at: str, *, night: bool, morning: bool
) -> None:
    assert NIGHT.is_open(tuesday(at)) is night
    assert MORNING.is_open(tuesday(at)) is morning


@given(instants, st.sampled_from([NIGHT, MORNING]))
def test_the_next_opening_is_open_and_at_most_a_day_away(at: datetime, window: Window) -> None:
    opening = window.next_opening(at)
    assert window.is_open(opening)
    assert at <= opening < at + timedelta(days=1)
    assert at - timedelta(days=1) < window.last_closing(at) <= at


def test_after_the_window_only_what_fell_due_in_it_goes_out_and_only_once() -> None:
    noon = tuesday("12:00")
    assert NIGHT.horizon(noon, noon - timedelta(days=1)) == tuesday("05:00")
    assert NIGHT.horizon(noon, tuesday("05:00")) is None
    assert NIGHT.horizon(tuesday("23:00"), tuesday("05:00")) == tuesday("23:00")


@pytest.mark.parametrize("text", ["", "22-05", "25:00-05:00", "05:00-05:00", "22:00-05:00 "])
def test_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|hour"):
        Window.parse(text)


def test_a_window_is_written_as_two_times() -> None:
    assert Window.parse("22:00-05:00") == NIGHT


def test_a_slow_oqs_gets_smaller_batches_and_a_quick_one_larger_ones_again() -> None:
    pace = Pace(4_000)
    pace.answered(GOOD_SECONDS * 2)
    pace.slow_down()
    assert pace.size == 1_000
    pace.answered(GOOD_SECONDS * 0.7)
    assert pace.size == 1_000
    for _ in range(10):
        pace.answered(GOOD_SECONDS / 10)
    assert pace.size == 4_000


def test_the_pace_never_falls_to_nothing() -> None:
    pace, one = Pace(4_000), Pace(1)
    for _ in range(50):
        pace.slow_down()
        one.slow_down()
    assert (pace.size, one.size) == (SMALLEST, 1)


def test_a_single_workers_lock_has_one_holder_until_it_is_released(tmp_path: Path) -> None:
    first, second = SingleWorkerLock(tmp_path / "lock"), SingleWorkerLock(tmp_path / "lock")
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_lags_are_counted_in_the_smallest_step_that_holds_them() -> None:
    assert in_steps({0.5: 2, 1: 3, 1.5: 4, 9: 5}, (1, 2)) == (
        LagStep(at_most=1, changes=5),
        LagStep(at_most=2, changes=4),
        LagStep(changes=5),
    )


class Course:
    """A clock, and the wall by which a worker looks at it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.moved_at: float | None = 0.0
        self.revision = 0
        self.lag = WallLag(self.wall)

    def wall(self, seconds: float | None = None) -> datetime:
        at = self.seconds if seconds is None else seconds
        return tuesday("00:00") + timedelta(days=30, seconds=at)

    def moves(self) -> None:
        """Have somebody advance the clock at this moment."""
        self.revision += 1
        self.moved_at = self.seconds

    def look(self, shown: str, rate: float = 0.0) -> None:
        """Have the worker see what the clock shows."""
        self.lag.look(
            ClockReading(
                mode=ClockMode.ACCELERATED if rate else ClockMode.FROZEN,
                now=tuesday(shown),
                rate=rate,
                revision=self.revision,
                began=tuesday("00:00"),
                moved_at=None if self.moved_at is None else self.wall(self.moved_at),
            )
        )

    def delivered(self, instant: str, recorded: float | None = -3600.0, **how: bool) -> None:
        recorded_at = None if recorded is None else self.wall(recorded)
        self.lag.delivered({FellDue(tuesday(instant), recorded_at, **how): 1})

    @property
    def counted(self) -> dict[float | str | None, int]:
        found: dict[float | str | None, int] = {
            step.at_most: step.changes for step in self.lag.steps if step.changes
        }
        return {**found, **({"unknown": self.lag.unknown} if self.lag.unknown else {})}


def test_what_an_advance_made_due_is_counted_from_the_advance() -> None:
    """Also by a worker that was stopped, and sees it long afterwards."""
    course = Course()
    course.look("00:00")
    course.seconds = 50
    course.moves()
    course.seconds = 650.5
    course.look("23:00")
    course.delivered("12:00")
    assert course.counted == {3600.0: 1}


def test_on_a_running_clock_it_is_counted_from_the_instant_itself() -> None:
    course = Course()
    course.seconds = 10  # nobody looked before; it has run since it was set
    course.look("00:10", 60.0)
    course.delivered("00:08")
    assert course.counted == {3.0: 1}


def test_it_is_known_which_of_two_courses_passed_an_instant() -> None:
    course = Course()
    course.look("00:00", 60.0)
    course.seconds = 20  # shows 00:20, and is advanced to noon
    course.moves()
    course.seconds = 22
    course.look("12:02", 60.0)
    course.delivered("00:18")  # at 18 seconds
    course.delivered("11:00")  # at 20
    course.delivered("12:01")  # at 21
    assert course.counted == {1.0: 1, 3.0: 1, 10.0: 1}


def test_what_was_due_when_it_was_recorded_is_counted_from_then() -> None:
    course = Course()
    course.look("12:00")
    course.seconds = 5_000
    course.delivered("11:00", recorded=4_999.95)
    course.delivered("00:00", recorded=4_950)
    assert course.counted == {0.1: 1, 60.0: 1}


def test_a_jump_that_nobody_saw_is_counted_apart() -> None:
    """A worker that begins sees where the clock is, and not from where it came."""
    course = Course()
    course.moves()
    course.seconds = 12
    course.look("12:00")
    course.delivered("11:00", recorded=-7_200)
    assert course.counted == {"unknown": 1}
    course.delivered("11:00", recorded=-30)  # at most 42 seconds ago, and at least 12
    assert course.counted == {"unknown": 1, 60.0: 1}


def test_of_two_jumps_between_two_looks_nobody_knows_which_it_was() -> None:
    course = Course()
    course.look("00:00")
    course.seconds = 1
    course.moves()
    course.seconds = 599
    course.moves()
    course.seconds = 600
    course.look("12:00")
    course.delivered("11:00")
    assert course.counted == {"unknown": 1}


def test_a_release_is_counted_by_a_clock_that_runs_and_apart_where_it_stands() -> None:
    course = Course()
    course.seconds = 10
    course.look("00:10", 60.0)
    course.delivered("00:10", released=True)
    assert course.counted == {0.1: 1}
    course.moves()
    course.look("12:00")
    course.seconds = 700
    course.delivered("12:00", released=True)
    assert course.counted == {0.1: 1, "unknown": 1}


def test_what_was_recorded_in_between_and_could_not_be_read_is_counted_apart() -> None:
    course = Course()
    course.look("12:00")
    course.seconds = 600
    course.delivered("11:00", recorded=None)
    assert course.counted == {"unknown": 1}


def test_there_are_always_as_many_steps() -> None:
    assert len(Course().lag.steps) == len(SECONDS) + 1
