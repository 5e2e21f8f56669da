"""What the routes and the page of the operator have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from oqs_sim.operation.delays import DelayProfile
from oqs_sim.operation.message_setting import MessageSetting
from oqs_sim.operation.orders import (
    Backlog,
    BulkView,
    DelaySetting,
    FaultOrder,
    FaultReport,
    OperationView,
    SeedView,
    UseView,
    WindowOrder,
    WindowView,
)
from oqs_sim.store.bulk.receptions import waiting_parts
from oqs_sim.store.operation import rules, windows
from oqs_sim.store.operation.rules import SetDelay
from oqs_sim.store.operation.seed import seed_taken
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of, console_client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from oqs_sim.operation.control import Operation
    from oqs_sim.operation.request_journal import RequestJournal
    from oqs_sim.timekeeping import Timekeeper

BACKLOG_SECONDS = 2.0


class Desk:
    """What the routes and the page of the operator have in common."""

    def __init__(
        self,
        operation: Operation,
        journal: RequestJournal,
        time: Timekeeper,
        intermediates: Sequence[str],
        report_days: int,
    ) -> None:
        """Take what is set and noted, and the addresses of the intermediate server."""
        self.operation, self.journal, self.time = operation, journal, time
        self._intermediates, self._report_days = intermediates, report_days

    async def view(self) -> OperationView:
        """Return all that is set."""
        now = (await self.time.read()).now
        engine = self.operation.engine

        def look() -> OperationView:
            with reading(engine) as connection:
                seed = seed_taken(connection)
                return OperationView(
                    now=now,
                    delays=tuple(map(DelaySetting.of, rules.delays(connection))),
                    faults=tuple(map(FaultReport.of, rules.faults(connection))),
                    messages=tuple(
                        MessageSetting.model_validate_json(written)
                        for written in rules.message_settings(connection).values()
                    ),
                    windows=tuple(
                        WindowView.of(one, now) for one in windows.all_windows(connection)
                    ),
                    uses=tuple(
                        UseView.of(one, self._report_days) for one in windows.all_uses(connection)
                    ),
                    bulk=BulkView.of(waiting_parts(connection)),
                    seed=None if seed is None else SeedView.of(seed),
                )

        return await read_aside(engine, look)

    async def set_delay(self, setting: DelaySetting) -> None:
        """Set a delay.

        ``none`` for all requests ends every delay; for some it excepts them from what is set for
        more, and is kept as long as anything else is delayed.
        """
        institution = setting.medical_institution_code or ""
        delay = SetDelay(setting.path, institution, setting.profile.value)
        is_for_all = not (setting.path or institution)

        def work(connection: Connection) -> None:
            rules.set_delay(connection, delay)
            none_left = all(one.profile == DelayProfile.NONE for one in rules.delays(connection))
            if none_left or (is_for_all and setting.profile is DelayProfile.NONE):
                rules.end_delays(connection)

        await self.operation.set(work)

    async def end_delays(self, path: str, institution_code: str) -> None:
        """End the delay that is set for a path, an institution, or both; without either, all.

        Raises:
            Problem: NO_SUCH_RULE where nothing is set for just these.
        """

        def work(connection: Connection) -> bool:
            if not (path or institution_code):
                rules.end_delays(connection)
                return True
            return rules.end_delay(connection, path, institution_code)

        if not await self.operation.set(work):
            raise Problem(Catalogue.NO_SUCH_RULE)

    async def add_fault(self, order: FaultOrder) -> FaultReport:
        """Have something go wrong."""
        return FaultReport.of(
            await self.operation.set(
                lambda connection: rules.add_fault(
                    connection,
                    order.effect,
                    path=order.pattern,
                    institution_code=order.medical_institution_code or "",
                    probability=order.probability,
                    seed=order.seed,
                    most=order.times,
                )
            )
        )

    async def end_fault(self, number: int) -> None:
        """End a fault.

        Raises:
            Problem: NO_SUCH_RULE.
        """
        if not await self.operation.set(lambda connection: rules.end_fault(connection, number)):
            raise Problem(Catalogue.NO_SUCH_RULE)

    async def set_messages(self, setting: MessageSetting) -> None:
        """Have the answers to an institution's terminal, or to all, be written in a form."""
        code = setting.medical_institution_code or ""
        written = setting.model_dump_json(by_alias=True, exclude_none=True)
        await self.operation.set(lambda connection: rules.set_messages(connection, code, written))

    async def end_message_setting(self, institution_code: str | None) -> None:
        """Have answers be written as those to all others; without a code, those to all as ever.

        Raises:
            Problem: NO_SUCH_RULE.
        """
        code = institution_code or ""
        if not await self.operation.set(
            lambda connection: rules.end_message_setting(connection, code)
        ):
            raise Problem(Catalogue.NO_SUCH_RULE)

    async def open_window(self, order: WindowOrder) -> WindowView:
        """Open something, now or later.

        Raises:
            Problem: INVALID_REQUEST for one that would end before it begins.
        """
        now = (await self.time.read()).now
        opens_at = order.opens_at or now
        if order.closes_at is not None and order.closes_at <= opens_at:
            raise Problem(Catalogue.INVALID_REQUEST, f"It would open at {opens_at.isoformat()}.")
        window = await self.operation.set(
            lambda connection: windows.open_window(
                connection,
                order.kind,
                opens_at,
                order.closes_at,
                institution_code=order.medical_institution_code,
                prefecture=order.prefecture,
                municipalities=order.municipalities,
                opened_by=order.opened_by,
                reason=order.reason,
            )
        )
        return WindowView.of(window, now)

    async def close_window(self, number: int) -> None:
        """Close what is open, or was to open later.

        Raises:
            Problem: NO_SUCH_RULE.
        """
        now = (await self.time.read()).now

        def work(connection: Connection) -> bool:
            return windows.close_window(connection, number, now)

        if not await self.operation.set(work):
            raise Problem(Catalogue.NO_SUCH_RULE)

    async def note_report(self, number: int, institution_code: str) -> None:
        """Note that an institution has reported its uses of a mode.

        Raises:
            Problem: NO_SUCH_RULE where it has none to report.
        """
        now: datetime = (await self.time.read()).now

        def work(connection: Connection) -> bool:
            return windows.note_report(connection, number, institution_code, now)

        if not await self.operation.set(work):
            raise Problem(Catalogue.NO_SUCH_RULE)

    async def backlog(self) -> Backlog:
        """Ask the intermediate server how much waits for its delivery."""
        if not self._intermediates:
            return Backlog(answers=False, detail="No intermediate server was named to OQS.")
        async with console_client(self._intermediates[0], BACKLOG_SECONDS) as client:
            try:
                response = await client.get("/sync/status")
                response.raise_for_status()
                status = response.json()
                return Backlog(
                    answers=True,
                    waiting=status["Backlog"],
                    due=status.get("Due"),
                    paused="PausedBy" in status,
                    detail=status.get("LastError"),
                )
            except (httpx2.HTTPError, ValueError, KeyError) as error:
                return Backlog(answers=False, detail=cause_of(error))
