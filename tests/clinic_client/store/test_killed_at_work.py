"""What a process of the clinic was at when it was killed is done when it is sent again, at once."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS, open_store
from storage import IdempotentRequest, Presence, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clinic_client.store import VisitStore

REQUEST = IdempotentRequest("desk", "/api/visits", "k" * 64, b"f" * 32)
AT_WORK = """
import sys
from datetime import UTC, datetime
from clinic_client.store.visit_store import open_store
from storage import IdempotentRequest
store = open_store(sys.argv[1])
request = IdempotentRequest("desk", "/api/visits", "k" * 64, b"f" * 32)
assert store.begin(request, datetime.now(UTC)) is None
print("at work", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    return new_database(metadata, MIGRATIONS)


@pytest.fixture
def store(url: str) -> Iterator[VisitStore]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def other(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process of the clinic, in the middle of a visit."""
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process
        process.kill()


@pytest.mark.deployment
def test_a_visit_that_was_killed_is_begun_anew_and_one_at_work_is_left_alone(
    store: VisitStore, other: subprocess.Popen[str]
) -> None:
    later = datetime.now(UTC)
    under_way = store.begin(REQUEST, later)
    assert under_way is not None
    assert under_way.status is None
    other.kill()
    other.wait()
    end = time.monotonic() + 10  # within which the server of a database sees that it is gone
    while store.begin(REQUEST, later) is not None:
        assert time.monotonic() < end, "nobody is at work on it any more"


def test_a_process_is_told_from_one_that_has_ended(url: str) -> None:
    engine = open_engine(url, metadata, MIGRATIONS)
    running, second = Presence(engine), Presence(engine)
    for one in (running, running, second):
        one.show()

    def ended(name: str) -> bool:
        with engine.begin() as connection:
            return second.ended(connection, name, datetime.now(UTC))

    assert not ended(running.name)
    assert ended("0" * 14)
    assert ended("f" * 16), "as processes were called before"
    running.close()
    assert ended(running.name)
    running.show()
    assert not ended(running.name)
    for one in (running, second):
        one.close()
    engine.dispose()


@pytest.mark.postgres
def test_who_was_cut_off_shows_itself_again_and_a_new_server_knows_of_nobody_before(
    databases: Callable[..., str],
) -> None:
    url = databases.with_tables(metadata, MIGRATIONS)  # type: ignore[attr-defined]
    engine = open_engine(url, metadata, MIGRATIONS)
    cut, other = Presence(engine), Presence(engine)
    cut.show()
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database() "
                "AND backend_type = 'client backend'"
            )
        )
    cut.show()
    with engine.begin() as connection:
        now = datetime.now(UTC)
        assert not other.ended(connection, cut.name, now)
        assert other.ended(connection, "0" * 14, now)
        assert not other.ended(connection, "0" * 14, now - timedelta(days=3650)), "nobody knows"
    cut.close()
    engine.dispose()
