"""The operation as the application takes it in: one thing to start, to stop and to mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oqs_sim.api.operation import console, person_line
from oqs_sim.api.operation.struck import UNTOUCHED, Struck
from oqs_sim.operation.control import Operation
from oqs_sim.operation.desk import Desk
from oqs_sim.operation.person_lookup import PersonLookup
from oqs_sim.operation.request_journal import RequestJournal
from oqs_sim.operation.reset import Resetter
from oqs_sim.operation.system_parts import system_parts
from oqs_sim.store.operation.migrated import is_newest
from storage import read_aside
from wire.serving.access import ListenerKind, caller_in, listener_of
from wire.serving.observation.metrics import Gauge
from wire.serving.observation.watching import Part

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from oqs_sim.api.message_route import MessageForms
    from oqs_sim.bulk.processor import BulkProcessor
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.settings import Settings
    from oqs_sim.timekeeping import Timekeeper
    from wire.serving.access import Routes
    from wire.serving.application import Service
    from wire.serving.observation.observer import Answered


class Operating:
    """The operation of a service of OQS."""

    def __init__(
        self, settings: Settings, engine: Engine, checks: Checks, time: Timekeeper, migrations: Path
    ) -> None:
        """Take what is operated."""
        self._engine, self._checks, self._time = engine, checks, time
        self._migrations = migrations
        self.operation = Operation(engine, time.now, dict(settings.institution_municipalities))
        self.operation.on_reset.append(checks.forget)
        self.journal = RequestJournal(
            engine, settings.requests_kept, keeps_asked=settings.requests_with_content
        )
        others = system_parts(settings.clock_forerunners, settings.cards_url, settings.clinic_urls)
        self.resetter = Resetter(engine, self.operation, time, others)
        self.desk = Desk(
            self.operation, self.journal, time, settings.clock_forerunners, settings.report_days
        )

    async def start(self) -> None:
        """Begin to look at what other processes set, and to write down requests."""
        await self.operation.start()
        await self.journal.start()

    async def stop(self) -> None:
        """Stop it, and write what is left."""
        await self.operation.stop()
        await self.journal.stop()

    def line_routes(self, messages: MessageForms) -> Routes:
        """Return the routes of terminals."""
        lookup = PersonLookup(self._checks, self.operation)
        return person_line.router(lookup, self._time, messages)

    def console_routes(self) -> Routes:
        """Return the routes of operators."""
        return console.router(self.desk, self.resetter)

    def parts(self, bulk: BulkProcessor) -> list[Part]:
        """Return what has to work for OQS to be ready."""

        async def database() -> str | None:
            newest = await read_aside(
                self._engine, lambda: is_newest(self._engine, self._migrations)
            )
            return None if newest else "The tables are not those of this program."

        async def journal() -> str | None:
            alive = self._checks.journal.is_alive
            return None if alive else "The thread that writes inquiries down has ended."

        async def in_bulk() -> str | None:
            return None if bulk.is_alive else "The thread that does inquiries in bulk has ended."

        return [Part("database", database), Part("journal", journal), Part("bulk", in_bulk)]

    def stand_before(self, app: Service, bulk: BulkProcessor) -> None:
        """Have requests of the line be struck as it is set, and noted."""
        app.at_line = Struck(app.at_line, app.line.routes, self.operation, self._time.asked_at)
        app.observer.also = self._note
        journal = self._checks.journal
        app.observer.metrics += [
            Gauge(
                "oqs_sim_journal_waiting",
                "Inquiries that wait to be written down.",
                lambda: journal.waiting,
            ),
            Gauge(
                "oqs_sim_requests_waiting",
                "Requests that are not in the journal of requests yet.",
                lambda: self.journal.waiting,
            ),
            Gauge(
                "oqs_sim_bulk_failures",
                "Failures in bulk that nobody foresaw, since the process began.",
                lambda: bulk.failures,
            ),
        ]

    def _note(self, done: Answered) -> None:
        if listener_of(done.scope) is not ListenerKind.LINE or done.scope["path"] in UNTOUCHED:
            return
        who = caller_in(done.scope)
        self.journal.note(
            "" if who is None else str(who.role),
            "" if who is None else who.name,
            done.scope["method"],
            done.route,
            done.status,
            done.seconds,
            done.note,
        )
