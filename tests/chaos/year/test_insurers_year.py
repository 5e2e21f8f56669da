"""A year of insurers in any course: procedures, days, runs and kills, against a plain account.

All parts are real but the network: the ledger, the register of documents, the runs and the worker
on a database, OQS's intake on another. A kill takes a process at one of its commits.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

import oqs_sim.app
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.chaos.year.lived_year import Year
from tests.chaos.year.town import OQS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.databases import Databases

MINUTES = float(os.environ.get("OQS_SIM_YEAR_MINUTES", "0"))
"""How long years are tried; a few fixed ones in a quick run. `make test-year` asks for more."""


def live(new_database: Callable[[str], str], years: int) -> None:
    """Live through some years, always the same; through new ones for as long as was asked for."""
    fixed = settings(
        max_examples=years,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink) if MINUTES else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    until = time.monotonic() + MINUTES * 60
    run_state_machine_as_test(lambda: Year(new_database), settings=fixed)  # type: ignore[no-untyped-call] # hypothesis leaves it so
    while time.monotonic() < until:
        new = settings(fixed, derandomize=False)
        run_state_machine_as_test(lambda: Year(new_database), settings=new)  # type: ignore[no-untyped-call]


@pytest.mark.timeout(120 + MINUTES * 180)
@pytest.mark.long
def test_any_year_on_sqlite() -> None:
    with tempfile.TemporaryDirectory() as place:
        count = iter(range(10**9))
        live(lambda name: f"sqlite:///{place}/{name}-{next(count)}.sqlite", 12)


@pytest.mark.timeout(120 + MINUTES * 180)
def test_any_year_on_postgresql(databases: Databases) -> None:
    tables = {
        "intermediate": (metadata, MIGRATIONS),
        "oqs": (OQS.metadata, oqs_sim.app.MIGRATIONS),
    }
    live(lambda name: databases.with_tables(*tables[name]), 3)
