"""What an operator opens, and whom it is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.operation import windows
from oqs_sim.store.operation.windows import Window, WindowKind
from oqs_sim.store.schema import metadata
from storage import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

NINE = datetime(2026, 11, 9, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
CLINIC = "9910000018"
OTHER = "9810000018"


@pytest.fixture
def engine(new_database: Callable[..., str]) -> Engine:
    return open_engine(new_database(metadata, MIGRATIONS), metadata, MIGRATIONS)


def opened(engine: Engine, closes_at: datetime | None = TEN, **scope: Any) -> Window:
    with engine.begin() as connection:
        return windows.open_window(
            connection,
            WindowKind.SYSTEM_FAILURE,
            NINE,
            closes_at,
            opened_by="障害窓口",
            reason="回線の障害",
            **scope,
        )


def open_at(engine: Engine, now: datetime) -> list[Window]:
    with engine.begin() as connection:
        return windows.open_windows(connection, now)


def test_a_window_is_open_from_its_beginning_until_before_its_end(engine: Engine) -> None:
    window = opened(engine)
    second = timedelta(seconds=1)
    assert open_at(engine, NINE - second) == []
    assert open_at(engine, NINE) == open_at(engine, TEN - second) == [window]
    assert open_at(engine, TEN) == []
    assert not window.is_open(NINE - second)
    assert window.is_open(NINE)
    assert not window.is_open(TEN)


def test_a_window_without_end_is_open_until_it_is_closed(engine: Engine) -> None:
    window = opened(engine, closes_at=None)
    assert open_at(engine, NINE + timedelta(days=3650)) == [window]
    with engine.begin() as connection:
        assert windows.close_window(connection, window.number, TEN)
        assert not windows.close_window(connection, window.number, TEN)
    assert open_at(engine, TEN) == []


def test_a_window_is_for_an_institution_a_prefecture_or_all(engine: Engine) -> None:
    one = opened(engine, institution_code=CLINIC)
    prefecture = opened(engine, prefecture="99")
    everybody = opened(engine)
    assert [one.number, prefecture.number, everybody.number] == [1, 2, 3]
    assert [window.covers(CLINIC) for window in (one, prefecture, everybody)] == [True] * 3
    assert [window.covers(OTHER) for window in (one, prefecture, everybody)] == [False, False, True]


def test_a_window_for_municipalities_is_for_those_who_are_known_to_lie_in_them(
    engine: Engine,
) -> None:
    window = opened(engine, municipalities=("99001", "99003"))
    assert open_at(engine, NINE) == [window]
    assert window.covers(CLINIC, "99001")
    assert window.covers(OTHER, "99003")  # wherever its code is of
    assert not window.covers(CLINIC, "99002")
    assert not window.covers(CLINIC)


def test_a_use_after_the_report_is_to_be_reported_again(engine: Engine) -> None:
    window = opened(engine)
    with engine.begin() as connection:
        windows.note_use(connection, window.number, CLINIC, NINE)
        windows.note_use(connection, window.number, CLINIC, TEN)
        (use,) = windows.all_uses(connection)
        assert (use.uses, use.first_at, use.last_at, use.reported_at) == (2, NINE, TEN, None)
        assert windows.note_report(connection, window.number, CLINIC, TEN)
        assert not windows.note_report(connection, window.number, CLINIC, TEN)
        windows.note_use(connection, window.number, CLINIC, TEN)
        (use,) = windows.all_uses(connection)
    assert (use.uses, use.reported_at) == (3, None)
