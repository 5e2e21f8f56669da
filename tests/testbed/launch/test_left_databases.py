"""Databases on a server that others use too: those of the killed are cleared away by the living."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from testbed.launch.postgres import OwnDatabases
from tests.equipment.crashable_postgres import CrashablePostgres

OWNER = (
    "import sys, signal\n"
    "from testbed.launch.postgres import OwnDatabases\n"
    "print(*OwnDatabases.on(sys.argv[1], ['oqs', 'clinic']).names.values(), flush=True)\n"
    "signal.pause()\n"
)


def names_on(server: str) -> set[str]:
    engine = create_engine(server)
    with engine.connect() as connection:
        found = set(connection.scalars(text("SELECT datname FROM pg_database")))
    engine.dispose()
    return found


@pytest.mark.postgres
@pytest.mark.deployment
def test_databases_of_a_killed_run_are_removed_and_those_of_a_living_one_stay(
    postgres: CrashablePostgres,
) -> None:
    server = postgres.url()
    killed = subprocess.Popen(
        [sys.executable, "-c", OWNER, server],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert killed.stdout
    theirs = set(killed.stdout.readline().split())
    assert len(theirs) == 2
    ours = OwnDatabases.on(server, ["oqs"])
    assert names_on(server) >= theirs | set(ours.names.values())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        gone = text("SELECT count(*) FROM pg_stat_activity WHERE datname = ANY(:names)")
        while connection.scalar(gone, {"names": list(theirs)}):
            os.sched_yield()
    engine.dispose()
    later = OwnDatabases.on(server, ["oqs"])
    try:
        assert names_on(server).isdisjoint(theirs)
        assert names_on(server) >= set(ours.names.values())
    finally:
        later.drop()
        ours.drop()
