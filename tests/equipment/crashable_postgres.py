"""A PostgreSQL server of our own that can crash."""

from __future__ import annotations

import signal

from testbed.launch.postgres import PostgresServer


class CrashablePostgres(PostgresServer):
    """A server that ends in the middle of its work and comes back with its data."""

    def crash_and_restart(self) -> None:
        """Have it end at once, as after a power cut (``pg_ctl restart -m immediate``)."""
        self._end(signal.SIGQUIT)
        self._run()
