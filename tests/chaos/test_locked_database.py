"""While somebody else writes to SQLite, no service stops answering: only what writes waits."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx2

import clinic_client.app
import clinic_client.settings
from tests.equipment.served import Served
from tests.intermediate_server.conftest import individual_number
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.intermediate_server.conftest import Deployment

AT_ONCE = 1.0
"""Seconds within which a service answers that does not wait; a lock is waited for ten."""


@contextmanager
def written_to(database: Path) -> Iterator[None]:
    """Hold SQLite's lock for writing, as another process does."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def clinic_of(deployment: Deployment, certificates: Path, database: Path) -> Iterator[str]:
    settings = clinic_client.settings.Settings(
        deployment.oqs_line.url,
        deployment.oqs_console.url,
        certificates,
        database_url=f"sqlite:///{database}",
        reader_part="no such reader",
    )
    with (
        bind("127.0.0.1", 0) as listening,
        Served(clinic_client.app.build_app(settings), listener := Listener(listening)),
    ):
        yield listener.url


def test_health_is_told_while_a_write_waits_for_another_writer(
    prepare: Callable[..., Deployment], certificates: Path, tmp_path: Path
) -> None:
    deployment = prepare(oqs_database_url=f"sqlite:///{tmp_path / 'oqs.db'}")
    deployment.start_oqs()
    deployment.start_worker()
    deployment.start_service()
    deployment.register()
    deployment.file().raise_for_status()
    card = (
        deployment.oqs.post("/sim/jlis/cards", json={"IndividualNumber": individual_number(1)})
        .raise_for_status()
        .json()
    )
    with clinic_of(deployment, certificates, tmp_path / "clinic.db") as clinic:
        # A write of each service that has a database, and where else it is asked meanwhile.
        resident = {
            "IndividualNumber": individual_number(2),
            "Name": "佐藤　花子",
            "NameKana": "ｻﾄｳ ﾊﾅｺ",
            "Sex1": "2",
            "Birthdate": "19800217",
        }
        serial = card["SerialNumber"]
        oqs, pages = deployment.oqs_console.url, deployment.console.url
        writes = [
            (tmp_path / "oqs.db", oqs, "POST", "/sim/jlis/residents", resident),
            (tmp_path / "oqs.db", oqs, "PUT", f"/sim/jlis/cards/{serial}/suspension", None),
            (
                tmp_path / "oqs.db",
                oqs,
                "POST",
                f"/sim/jlis/cards/{serial}/revocation",
                {"Reason": "keyCompromise"},
            ),
            (tmp_path / "intermediate.db", pages, "POST", "/sync/pause", {"By": "試験"}),
            (tmp_path / "clinic.db", clinic, "POST", "/api/visits/unchecked", {"Cause": "device"}),
        ]
        others = (oqs, pages, deployment.worker_listener.url, clinic)
        for database, service, method, path, body in writes:
            _while_it_waits(database, service, method, path, body, others)


def _while_it_waits(
    database: Path, service: str, method: str, path: str, body: Any, others: tuple[str, ...]
) -> None:
    with ThreadPoolExecutor(1) as thread, httpx2.Client(timeout=30, trust_env=False) as client:
        with written_to(database):
            began = thread.submit(client.request, method, f"{service}{path}", json=body)
            for url in (service, *others):
                # Several, as the first may come before the write does.
                for _ in range(20):
                    asked = perf_counter()
                    client.get(f"{url}/health").raise_for_status()
                    assert perf_counter() - asked < AT_ONCE, f"{path} holds {url} up"
            assert not began.done(), f"{path} writes nothing"
        assert began.result().is_success, began.result().text
