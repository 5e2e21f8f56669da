"""What a worker goes by: its window, its pace, its lock, and the lags that it counts."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from intermediate_server.sync.lag import SECONDS, LagStep, WallLag, in_steps
from intermediate_server.sync.pace import GOOD_SECONDS, SMALLEST, Pace
from intermediate_server.sync.standby import SingleWorkerLock
from intermediate_server.sync.window import Window

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


class Elapsed:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def counted(lag: WallLag) -> dict[float | None, int]:
    return {step.at_most: step.changes for step in lag.steps if step.changes}


def test_what_an_advance_made_due_is_counted_from_the_advance() -> None:
    elapsed = Elapsed()
    lag = WallLag(elapsed)
    lag.look(tuesday("00:00"), 0.0)
    elapsed.seconds += 50
    lag.look(tuesday("23:00"), 0.0)
    elapsed.seconds += 0.2
    lag.delivered({tuesday("12:00"): 7})
    assert counted(lag) == {0.3: 7}


def test_on_a_running_clock_it_is_counted_from_the_instant_itself() -> None:
    elapsed = Elapsed()
    lag = WallLag(elapsed)
    lag.look(tuesday("12:00"), 60.0)
    elapsed.seconds += 10
    lag.look(tuesday("12:10"), 60.0)
    lag.delivered({tuesday("12:08"): 1})
    assert counted(lag) == {3.0: 1}


def test_after_an_outage_it_is_counted_from_the_first_look_that_saw_it_due() -> None:
    elapsed = Elapsed()
    lag = WallLag(elapsed)
    lag.look(tuesday("12:00"), 0.0)
    for _ in range(3):
        elapsed.seconds += 30
        lag.look(tuesday("12:00"), 0.0)
    lag.delivered({tuesday("11:00"): 2})
    assert counted(lag) == {600.0: 2}


def test_the_steps_stay_the_same_however_many_are_counted() -> None:
    elapsed = Elapsed()
    lag = WallLag(elapsed)
    lag.look(tuesday("12:00"), 0.0)
    for thousandth in range(3_000):
        elapsed.seconds = 100.0005 + thousandth / 1_000
        lag.delivered({tuesday("12:00"): 1})
    assert counted(lag) == {0.1: 100, 0.3: 200, 1.0: 700, 3.0: 2_000}
    assert len(lag.steps) == len(SECONDS) + 1
