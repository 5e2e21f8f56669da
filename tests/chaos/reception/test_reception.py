"""Days at a reception in any course, on the whole clinic, its cards and OQS in one process."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from clinic_client import clock_follower
from clinic_client.reader import station
from clinic_client.reception import rechecking
from tests.chaos.reception.lived_day import WITHOUT_CARD, Cut, Day
from tests.chaos.reception.people import PIN, World, make_world
from tests.chaos.reception.place import Hiccup, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINUTES = float(os.environ.get("OQS_SIM_RECEPTION_MINUTES", "0"))
"""How long days are tried; a few fixed ones in a quick run. `make test-reception` asks for more."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("reception") / "world")


@pytest.fixture
def open_place(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Place]]:
    """Open a clinic of its own for each day; what is waited for there comes soon."""
    for module, name, seconds in (
        (rechecking, "LOOK_SECONDS", 0.05),
        (rechecking, "_FIRST_PAUSE_SECONDS", 0.01),
        (rechecking, "_LONGEST_PAUSE_SECONDS", 0.02),
        (clock_follower, "_RETRY_SECONDS", 0.01),
        (station, "_LOOK_AGAIN_AFTER", 0.01),
    ):
        monkeypatch.setattr(module, name, seconds)
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as directory:

        def run() -> Place:
            place = Path(directory) / f"day-{next(numbers)}"
            world.copy_to(place)
            return Place(place, monkeypatch)

        yield run


@pytest.mark.timeout(300 + MINUTES * 180)
def test_any_day_at_the_reception(open_place: Callable[[], Place]) -> None:
    """Live some days, always the same; new ones for as long as was asked for."""
    fixed = settings(
        max_examples=100 if MINUTES else 2,
        stateful_step_count=16,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink) if MINUTES else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    until = time.monotonic() + MINUTES * 60
    run_state_machine_as_test(lambda: Day(open_place), settings=fixed)  # type: ignore[no-untyped-call] # hypothesis leaves it so
    while time.monotonic() < until:
        new = settings(fixed, derandomize=False)
        run_state_machine_as_test(lambda: Day(open_place), settings=new)  # type: ignore[no-untyped-call]


@pytest.fixture
def day(open_place: Callable[[], Place]) -> Iterator[Day]:
    """A day on which something happens that once went wrong."""
    day = Day(open_place)
    yield day
    day.each_visit_is_there_once()
    day.the_screens_are_right()
    day.teardown()


def test_who_has_no_card_is_not_the_one_whose_card_lies_there(day: Day) -> None:
    day.a_card_is_laid("infant")
    for cause in sorted(WITHOUT_CARD):
        day.a_card_cannot_be_checked(cause, None, twice=False)
    day.the_card_is_taken()
    day.a_card_cannot_be_checked("blocked", None, twice=False)


def test_whose_card_was_exchanged_while_they_were_identified_leaves_nothing_to_the_next(
    day: Day,
) -> None:
    for after in range(4):
        day.a_card_is_laid("insured")
        day.do(day.identify("pin", PIN, Cut("answer", after, "unregistered"), None))
        day.the_screens_are_right()


def test_an_answer_to_a_card_that_was_exchanged_is_not_shown_to_the_next(day: Day) -> None:
    for after in range(3):
        day.a_card_is_laid("insured")
        day.do(day.identify("pin", PIN, None, None))
        cut = Cut("answer", after, "unregistered")
        day.do(day.check(agrees=False, registers=False, cut=cut, hiccup=None))
        day.the_screens_are_right()


def test_one_answer_of_a_patient_from_two_screens_is_one_visit(day: Day) -> None:
    day.a_card_is_laid("insured")
    day.do(day.identify("visual", PIN, None, None))
    day.two_screens_send_the_same_answer(None)


@pytest.mark.parametrize("at", ["identity", "check"])
def test_a_patient_over_whom_oqs_failed_is_told_to_the_receptionist(day: Day, at: str) -> None:
    day.a_card_is_laid("insured")
    failed = (0, Hiccup.FAILED)
    day.do(day.identify("pin", PIN, None, failed if at == "identity" else None))
    if at == "check":
        day.do(day.check(agrees=False, registers=False, cut=None, hiccup=failed))


def test_a_visit_by_number_is_none_of_the_card_that_lies_there(day: Day) -> None:
    day.a_card_is_laid("insured")
    day.a_number_is_asked("newcomer", None, None, mistyped=False, twice=True)
    assert day.do(day.place.get("/api/state"))["CurrentInsertion"] is None
