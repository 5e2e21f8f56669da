"""One dialect for how far the clock goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eligibility.days.dates import TOKYO
from wire.clock_step import ClockStep, instant

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [
        ("90s", datetime(2026, 11, 20, 10, 1, 30, tzinfo=TOKYO)),
        ("5m", datetime(2026, 11, 20, 10, 5, tzinfo=TOKYO)),
        ("2h", datetime(2026, 11, 20, 12, tzinfo=TOKYO)),
        ("3d", datetime(2026, 11, 23, 10, tzinfo=TOKYO)),
        # 23 November is 勤労感謝の日.
        ("1bd", datetime(2026, 11, 24, 10, tzinfo=TOKYO)),
        ("0d", FRIDAY),
        ("2026-11-25T09:00", datetime(2026, 11, 25, 9, tzinfo=TOKYO)),
        ("2026-11-25T00:00+00:00", datetime(2026, 11, 25, tzinfo=UTC)),
        ("2026-11-25T00:00Z", datetime(2026, 11, 25, tzinfo=UTC)),
        ("2026-11-25", datetime(2026, 11, 25, tzinfo=TOKYO)),
    ],
)
def test_a_step_leads_to_an_instant(text: str, leads_to: datetime) -> None:
    assert ClockStep.parse(text).after(FRIDAY.astimezone(UTC)) == leads_to


@pytest.mark.parametrize("text", ["", "3", "d", "-3d", "3 d", "３d", "1.5h", "3w", "tomorrow"])
def test_what_is_no_step_is_told_with_what_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"5bd \(business days\)"):
        ClockStep.parse(text)


@pytest.mark.parametrize("text", ["36601d", "10001bd", "999999999h"])
def test_a_step_that_is_too_far_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="too far at once"):
        ClockStep.parse(text)


def test_what_is_no_instant_is_told() -> None:
    with pytest.raises(ValueError, match="is no instant"):
        instant("noon")
