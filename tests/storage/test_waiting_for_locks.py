"""Nobody waits longer for the lock than the setting says, in turns or not."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.schema import metadata
from storage import (
    LOCK_SECONDS,
    LOCK_SETTING,
    StorageUnavailable,
    open_engine,
    outages,
    turn_to_write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine


CLIENTS_GIVE_UP = 10.0
SECONDS = 0.5
SLACK = 1.0


@contextmanager
def locked(file: Path | str) -> Iterator[None]:
    """Have another program hold the lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def took(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv(LOCK_SETTING, str(SECONDS))
    opened = open_engine(f"sqlite:///{tmp_path}/any.sqlite", metadata, MIGRATIONS)
    yield opened
    opened.dispose()


def test_a_request_is_answered_before_its_client_gives_up() -> None:
    checks_wait = 3.0
    assert LOCK_SECONDS + checks_wait < CLIENTS_GIVE_UP


def test_however_many_wait_in_turn_each_waits_as_long_as_one(engine: Engine) -> None:
    def write() -> None:
        with pytest.raises(outages(engine)), turn_to_write(engine), engine.begin():
            pass

    with locked(str(engine.url.database)), ThreadPoolExecutor(6) as threads:
        waits = [threads.submit(took, write) for _ in range(6)]
        assert max(one.result() for one in waits) < SECONDS + SLACK
    with turn_to_write(engine), engine.begin() as connection:
        connection.execute(text("DELETE FROM resident"))


def test_who_takes_no_turn_waits_as_long(engine: Engine) -> None:
    def write() -> None:
        with pytest.raises(outages(engine)), engine.begin():
            pass

    with locked(str(engine.url.database)):
        assert SECONDS - 0.1 < took(write) < SECONDS + SLACK


def test_a_server_waits_as_long(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCK_SETTING, "2.5")
    url = new_database()
    opened = open_engine(url, metadata, MIGRATIONS)
    with opened.connect() as connection:
        if opened.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "2500ms"
        else:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 2_500
    opened.dispose()


@pytest.mark.parametrize("setting", ["0", "-1", "10", "soon", "nan"])
def test_a_bound_that_clients_do_not_outwait_is_refused(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCK_SETTING, setting)
    with pytest.raises(StorageUnavailable, match=LOCK_SETTING) as refused:
        open_engine(f"sqlite:///{tmp_path}/any.sqlite", metadata, MIGRATIONS)
    assert LOCK_SETTING in refused.value.ja
