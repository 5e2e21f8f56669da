"""The clock is saved before it moves, and no restart takes back what was shown."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, text

from oqs_sim.store.clock import lock_clock, save_clock
from oqs_sim.timekeeping import Timekeeper
from wire.clock import CALENDAR_ENDS, ClockMode, ClockState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import KeepTables
    from tests.oqs_sim.conftest import Oqs

MONDAY = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
SECONDS = 30.0


def hurry(oqs: Oqs) -> None:
    """Let a connection wait for a lock for a moment only."""

    def wait_briefly(connection: Any, _: object) -> None:
        if oqs.engine.dialect.name == "sqlite":
            connection.execute("PRAGMA busy_timeout=50")
        else:
            connection.execute("SET lock_timeout = '50ms'")
            connection.commit()

    event.listen(oqs.engine, "connect", wait_briefly)
    oqs.engine.dispose()


@contextmanager
def locked(oqs: Oqs) -> Iterator[None]:
    """Keep everybody else from writing the clock."""
    sqlite = oqs.engine.dialect.name == "sqlite"
    other = create_engine(oqs.engine.url)
    with other.connect() as connection:
        connection.execute(
            text("BEGIN IMMEDIATE" if sqlite else "LOCK TABLE clock IN EXCLUSIVE MODE")
        )
        yield
        connection.rollback()
    other.dispose()


def shown(oqs: Oqs) -> str:
    now: str = oqs.console.get("/sim/clock").json()["Now"]
    return now


def test_what_cannot_be_saved_leaves_the_clock_and_a_retry_moves_it_once(oqs: Oqs) -> None:
    hurry(oqs)
    with locked(oqs):
        for _ in range(2):
            failed = oqs.console.post("/sim/clock/advance", json={"Days": 1})
            assert (failed.status_code, failed.headers["Retry-After"]) == (503, "1")
        assert oqs.console.put("/sim/clock", json={"Mode": "offset"}).status_code == 503
        assert shown(oqs) == "2026-11-09T00:00:00Z"
    moved = oqs.console.post("/sim/clock/advance", json={"Days": 1})
    assert moved.json()["Reading"]["Now"] == "2026-11-10T00:00:00Z"
    with closing(Timekeeper(oqs.engine, ())) as keeper:
        assert keeper.now() == MONDAY + timedelta(days=1)


def test_while_the_clock_waits_for_a_lock_all_others_are_answered(oqs: Oqs) -> None:
    begun = threading.Event()
    event.listen(oqs.engine, "checkout", lambda *_: begun.set())
    with ThreadPoolExecutor(1) as pool:
        with locked(oqs):
            waiting = pool.submit(oqs.console.put, "/sim/clock", json={"Mode": "offset"})
            assert begun.wait(SECONDS)
            assert oqs.console.get("/health").status_code == 200
            assert shown(oqs) == "2026-11-09T00:00:00Z"
            assert not waiting.done()
        assert waiting.result(SECONDS).status_code == 200


def test_while_a_server_keeps_tables_to_another_all_else_is_answered(
    oqs: Oqs, keep_tables: KeepTables
) -> None:
    url = oqs.engine.url.render_as_string(hide_password=False)
    if url.startswith("sqlite"):
        pytest.skip("on SQLite nobody keeps a reader waiting")
    with ThreadPoolExecutor(2) as pool:
        with keep_tables(url, "clock", "qualification_by_number") as until_waiting:
            number = pool.submit(oqs.check_number)
            clock = pool.submit(oqs.console.get, "/sim/clock")
            until_waiting(1)
            assert oqs.console.get("/health").status_code == 200
            assert not clock.done()
        assert clock.result(SECONDS).status_code == 200
        assert number.result(SECONDS).status_code == 200


def set_database_time_back(oqs: Oqs, hours: float) -> None:
    """Have the clock saved as by a database whose time was later."""
    with oqs.engine.begin() as connection:
        state, wall = lock_clock(connection)
        save_clock(connection, replace(state, wall_anchor=wall + timedelta(hours=hours)))


@pytest.mark.parametrize("mode", ClockMode)
@pytest.mark.asyncio
async def test_database_time_set_back_takes_no_business_time_back(
    oqs: Oqs, mode: ClockMode
) -> None:
    setting = {"Mode": mode, "SecondsPerDay": 1.0}
    oqs.console.put("/sim/clock", json=setting).raise_for_status()
    last = datetime.fromisoformat(shown(oqs))
    oqs.close()
    set_database_time_back(oqs, 7)
    with closing(Timekeeper(oqs.engine, ())) as again:
        found = await again.read()
        assert found.now >= last
        assert found.mode is mode
        assert again.now() >= found.now


def test_what_a_running_clock_showed_long_after_it_was_set_is_kept_too(oqs: Oqs) -> None:
    oqs.console.put("/sim/clock", json={"Mode": "accelerated", "SecondsPerDay": 0.02})
    saved = threading.Event()
    event.listen(oqs.engine, "commit", lambda _: saved.set())
    assert saved.wait(SECONDS)  # by itself, while it runs
    last = datetime.fromisoformat(shown(oqs))
    oqs.close()
    set_database_time_back(oqs, 24 * 365)
    with closing(Timekeeper(oqs.engine, ())) as again:
        assert again.now() >= last


@pytest.mark.parametrize("rate", [1.0, 8_640_000.0, 1e300, float("inf")])
def test_an_accelerated_clock_ends_with_the_calendar_and_starts_again(
    oqs: Oqs, rate: float
) -> None:
    long_ago = datetime(1950, 1, 1, tzinfo=UTC)
    with oqs.engine.begin() as connection:
        save_clock(connection, ClockState(ClockMode.ACCELERATED, rate, 7, MONDAY, long_ago, MONDAY))
    with closing(Timekeeper(oqs.engine, ())) as again:
        assert MONDAY < again.now() <= CALENDAR_ENDS
        if rate > 1:
            assert again.now() == CALENDAR_ENDS


@pytest.mark.parametrize("year", [1868, 1948, 2099, 2300])
def test_every_way_to_a_year_that_the_clock_does_not_show_is_told_the_same(
    oqs: Oqs, year: int
) -> None:
    instant = f"{year}-06-01T09:00:00+09:00"
    for method, path, body in (
        ("PUT", "/sim/clock", {"Mode": "frozen", "Now": instant}),
        ("POST", "/sim/clock/advance", {"To": instant}),
        ("POST", "/sim/clock/advance", {"By": instant}),
    ):
        refused = oqs.console.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
        assert "from 1949 to the end of 2098" in refused.json()["detail"], (path, body)
        assert "1949年から2098年の終わりまで" in refused.json()["japanese"], (path, body)


@pytest.mark.parametrize(
    "body",
    [
        {"To": "2099-01-01T00:00:00+09:00"},
        {"To": "9999-12-31T23:59:59-12:00"},
        {"Seconds": 1e308},
        {"Seconds": 1e12},
        {"Seconds": -1},
        {"Seconds": 2**63},
        {"Seconds": float("nan")},
        {"Seconds": float("inf")},
        {"Days": 36_600},
        {"Days": 2**63},
        {"Days": -1},
        {"BusinessDays": 2**63},
        {"BusinessDays": -1},
    ],
)
def test_an_advance_out_of_the_calendar_is_refused(oqs: Oqs, body: dict[str, Any]) -> None:
    refused = oqs.console.post(
        "/sim/clock/advance",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert shown(oqs) == "2026-11-09T00:00:00Z"


def test_business_days_end_with_the_years_whose_holidays_are_known(oqs: Oqs) -> None:
    oqs.set_clock("2098-12-30T09:00:00+09:00")
    for body in ({"BusinessDays": 1}, {"Days": 3}, {"Seconds": 1e6}):
        refused = oqs.console.post("/sim/clock/advance", json=body)
        assert (refused.status_code, "2098" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "setting",
    [
        {"Mode": "frozen", "Now": "2099-01-01T00:00:00+09:00"},
        {"Mode": "frozen", "Now": "0001-01-01T00:00:00+14:00"},
        {"Mode": "accelerated", "Now": "1356-07-31T04:07:26-05:10", "SecondsPerDay": 1},
        {"Mode": "accelerated", "SecondsPerDay": 0},
        {"Mode": "accelerated", "SecondsPerDay": -1},
        {"Mode": "accelerated", "SecondsPerDay": 1e-320},
        {"Mode": "accelerated", "SecondsPerDay": float("nan")},
        {"Mode": "accelerated"},
    ],
)
def test_a_setting_that_no_clock_has_is_refused(oqs: Oqs, setting: dict[str, Any]) -> None:
    refused = oqs.console.put(
        "/sim/clock", content=json.dumps(setting), headers={"Content-Type": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert shown(oqs) == "2026-11-09T00:00:00Z"


def advance(oqs: Oqs, key: str, **body: Any) -> Any:
    return oqs.console.post("/sim/clock/advance", json=body, headers={"Idempotency-Key": key})


def test_an_advance_with_a_key_is_made_once(oqs: Oqs) -> None:
    first = advance(oqs, '"k-1"', Days=1)
    again = advance(oqs, "k-1", Days=1)
    assert (first.status_code, again.status_code, again.text) == (200, 200, first.text)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert shown(oqs) == "2026-11-10T00:00:00Z"
    other = advance(oqs, "k-1", Days=2)
    assert (other.status_code, other.json()["code"]) == (422, "SIM-IDEMPOTENCY-KEY-REUSED")
    assert advance(oqs, "k-2", Days=1).json()["Reading"]["Now"] == "2026-11-11T00:00:00Z"


@pytest.mark.parametrize("key", ["", "x" * 256, 'a"b', "a\\b", "two words"])
def test_a_key_is_short_and_printable(oqs: Oqs, key: str) -> None:
    refused = advance(oqs, key, Days=1)
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")


class Worker(BaseHTTPRequestHandler):
    """A sync worker that fails as often as it is told, and then applies nothing."""

    def do_POST(self) -> None:  # the library's name
        self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.asked.set()
        server.may_answer.wait(SECONDS)
        failing, server.failures = server.failures > 0, server.failures - 1
        body = b"{}" if failing else json.dumps({"BecameVisible": []}).encode()
        self.send_response(500 if failing else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def worker() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Worker)
    server.failures = 0
    server.asked, server.may_answer = threading.Event(), threading.Event()
    server.may_answer.set()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.may_answer.set()
    server.shutdown()
    thread.join(SECONDS)
    server.server_close()


@pytest.fixture
def followed(oqs: Oqs, worker: Any) -> Oqs:
    oqs.keeper.followers = (f"http://127.0.0.1:{worker.server_port}",)
    return oqs


def test_the_same_key_brings_an_advance_to_its_end_where_a_worker_failed(
    followed: Oqs, worker: Any
) -> None:
    worker.failures = 1
    failed = advance(followed, "k", Days=1)
    assert (failed.status_code, failed.json()["code"]) == (502, "SIM-FOLLOWER-FAILED")
    assert shown(followed) == "2026-11-10T00:00:00Z"
    assert advance(followed, "k", Days=1).status_code == 200
    assert shown(followed) == "2026-11-10T00:00:00Z"
    worker.failures = 1  # which nobody meets: the answer is kept
    assert advance(followed, "k", Days=1).headers["Idempotency-Replayed"] == "true"


def test_an_advance_to_an_instant_is_safe_to_send_again_on_a_clock_that_runs(
    followed: Oqs, worker: Any
) -> None:
    followed.console.put("/sim/clock", json={"Mode": "offset"}).raise_for_status()
    worker.failures = 1
    to = {"To": "2026-11-12T00:00:00Z"}
    assert followed.console.post("/sim/clock/advance", json=to).status_code == 502
    again = followed.console.post("/sim/clock/advance", json=to)
    assert again.status_code == 200
    assert again.json()["Reading"]["Now"].startswith("2026-11-12T00:")


def test_the_same_key_is_told_to_wait_while_the_first_is_under_way(
    followed: Oqs, worker: Any
) -> None:
    worker.may_answer.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(advance, followed, "k", Days=1)
        assert worker.asked.wait(SECONDS)
        second = advance(followed, "k", Days=1)
        assert second.status_code == 409
        assert second.json()["code"] == "SIM-IDEMPOTENCY-KEY-UNDER-WAY"
        worker.may_answer.set()
        assert first.result(SECONDS).status_code == 200
    assert shown(followed) == "2026-11-10T00:00:00Z"
