"""For which days runs may be started."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.days.dates import TOKYO
from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI
from tests.intermediate_server.runs.lived_days import morning
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intermediate_server.runs.lived_days import LivedDays
    from wire.clock import ClockReading


def start(days: LivedDays, insurer: str, on: date) -> None:
    policy = days.acceptance.policies.of_digits(insurer)

    async def done() -> None:
        await (await days.execution.start(RunKind.RENEWAL, policy, on, "試験"))

    days.runner.run(done())


@pytest.mark.parametrize("engine", ENGINES)
def test_no_run_is_for_a_day_before_the_clock_and_the_first_filing(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    days.join(days.resident(date(1980, 2, 17)), MOGAMI, FiledOn="20260310")
    began = days.runner.run(days.acceptance.read_clock()).began.astimezone(TOKYO).date()
    assert began > date(2026, 3, 10)
    for insurer, on in ((MOGAMI, date(1900, 1, 1)), (MOGAMI, date(2026, 3, 9)),
                        (KITAMURA, date(2026, 3, 10))):  # fmt: skip
        with pytest.raises(Problem) as refused:
            start(days, insurer, on)
        assert refused.value.entry is Catalogue.PROCEDURE_REFUSED
        assert "日付を確かめてください" in refused.value.japanese
        assert days.store.runs.last(insurer, RunKind.RENEWAL, on) is None
    start(days, MOGAMI, date(2026, 3, 10))
    start(days, KITAMURA, began)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_due_at_all_insurers_is_found_with_one_look_at_the_clock(
    live: Callable[..., LivedDays], monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    days = live(date(2026, 11, 16), engine)
    days.town.now = morning(date(2026, 12, 2))  # nobody has done the runs since
    read, looks = days.town.read, []

    async def look() -> ClockReading:
        looks.append(await read())
        return looks[-1]

    monkeypatch.setattr(days.town, "read", look)
    policies = days.acceptance.policies
    found = days.runner.run(days.execution.due_at(policies))
    assert len(looks) == 1
    of_each = [(policy, days.runner.run(days.execution.due(policy))) for policy in policies]
    assert found == [(policy, kind, on) for policy, due in of_each for kind, on in due]
    assert {policy.key for policy, due in of_each if due} > {"mogami", "kitamura"}
