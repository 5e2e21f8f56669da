"""On which day which run of an insurer falls due."""

from __future__ import annotations

from datetime import date

import pytest

from intermediate_server.policies import load_policies
from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.runs.schedule import days_between, next_due, runs_due

POLICIES = {policy.key: policy for policy in load_policies(None)}


def due(key: str, kind: RunKind, since: date, until: date) -> list[date]:
    return [day for day in days_between(since, until) if kind in runs_due(POLICIES[key], day)]


@pytest.mark.rules("R-057", "R-009", "R-042")
@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mogami", [date(2025, 7, 1)]),
        ("tsuchiura", [date(2025, 1, 1), date(2025, 7, 1)]),
        ("kitamura", [date(2025, 12, 1)]),
    ],
)
def test_first_documents_go_out_in_the_month_in_which_old_cards_end(
    key: str, days: list[date]
) -> None:
    """Seeds 001 (January and July 2025), 002 Q11 and 004 step 3."""
    assert due(key, RunKind.OLD_CARDS, date(2024, 11, 1), date(2026, 11, 1)) == days


@pytest.mark.rules("PP-13", "P-005")
@pytest.mark.parametrize(
    ("key", "day"),
    [("mogami", date(2026, 11, 30)), ("kyokai", date(2026, 12, 1)), ("ishioka", None)],
)
def test_certificates_for_lapsing_cards_are_due_as_the_insurer_says(
    key: str, day: date | None
) -> None:
    assert next_due(POLICIES[key], RunKind.LAPSES, date(2026, 11, 1)) == day


@pytest.mark.rules("R-026", "R-027", "R-029", "R-040")
def test_releases_are_looked_for_on_the_day_on_which_they_take_effect() -> None:
    year = (date(2026, 12, 31), date(2027, 12, 31))
    ends = due("ishioka", RunKind.RELEASES, *year)
    assert ends[3:6] == [date(2027, 2, 1), date(2027, 2, 16), date(2027, 2, 28)]
    assert len(ends) == 36, "and on the days of an insurer whose member somebody was before (R-040)"
    assert len(due("mogami", RunKind.RELEASES, *year)) == 24


@pytest.mark.rules("P-070", "P-071", "P-053")
def test_ages_are_looked_at_where_there_are_members_of_them() -> None:
    first = date(2027, 3, 1)
    assert {RunKind.SCHOOL, RunKind.SEVENTY, RunKind.LATE_ELDERLY} <= set(
        runs_due(POLICIES["kitamura"], first)
    )
    assert set(runs_due(POLICIES["kouki"], first)) == {
        RunKind.USE_LAPSES, RunKind.RELEASES, RunKind.EXPIRY_NOTICES, RunKind.EMERGENCY,
        RunKind.RENEWAL,
    }  # fmt: skip
    assert next_due(POLICIES["kouki"], RunKind.SEVENTY, first) is None
