"""A PostgreSQL server of our own that can crash, and makes a database in little time."""

from __future__ import annotations

import signal

import psycopg

from testbed.launch.postgres import PostgresServer


class CrashablePostgres(PostgresServer):
    """A server that ends in the middle of its work and comes back with its data."""

    _maintenance: psycopg.Connection | None = None

    def crash_and_restart(self) -> None:
        """Have it end at once, as after a power cut (``pg_ctl restart -m immediate``)."""
        self._end(signal.SIGQUIT)
        self._run()

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database as a copy of another one's files.

        A server writes each page of the copy into its log otherwise, which takes three times as
        long with the thousand files of our tables.
        """
        self._maintain(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, also while somebody is connected to it."""
        self._maintain(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _maintain(self, statement: str) -> None:
        """Run a statement on a connection that is kept for the next one."""
        if self._maintenance is None:
            self._maintenance = psycopg.connect(self.url(), autocommit=True)
        self._maintenance.execute(statement.encode())

    def _end(self, number: signal.Signals) -> None:
        maintenance, self._maintenance = self._maintenance, None
        if maintenance is not None:
            maintenance.close()
        super()._end(number)
