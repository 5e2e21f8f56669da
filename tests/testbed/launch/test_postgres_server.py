"""The private PostgreSQL: reached by a socket only, gone with its owner, cleared away later."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from testbed.launch.postgres import PostgresServer

HOLD = """
from testbed.launch.postgres import PostgresServer
with PostgresServer() as server:
    print(server.directory, flush=True)
    input()
"""


def test_it_listens_on_a_socket_and_on_no_port(postgres: PostgresServer) -> None:
    engine = create_engine(postgres.url())
    with engine.connect() as connection:
        addresses = connection.exec_driver_sql("SHOW listen_addresses").scalar()
        user = connection.exec_driver_sql("SELECT current_user").scalar()
    engine.dispose()
    assert (addresses, user) == ("", "oqs")
    assert (postgres.directory.stat().st_mode & 0o077) == 0


@pytest.mark.postgres
def test_a_server_whose_owner_was_killed_ends_and_is_cleared_away_by_the_next() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    directory = Path(owner.stdout.readline().strip())
    postmaster = os.pidfd_open(int((directory / "data" / "postmaster.pid").read_text().split()[0]))
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert select.select([postmaster], [], [], 30)[0], "the server has outlived its owner"
    os.close(postmaster)
    assert directory.exists()
    with PostgresServer() as server:
        assert not directory.exists()
        assert server.directory.exists()
    assert not server.directory.exists()
