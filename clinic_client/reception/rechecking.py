"""Checking again by itself (再確認): every waiting visit whose number is known, when it is due.

What is to be asked and when lies in the database, so that it goes on after a restart. A check is
claimed for some seconds before it goes out; where its process dies, another one makes it then.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from clinic_client.check_under_way import CheckStep, CheckUnderWay
from clinic_client.intermediate_client import visible_day
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.reception.case import KnownPatient, VisitFacts, awaited_reference, case_of
from clinic_client.reception.receiving import visit_of
from clinic_client.visits.catch_up import following_check, is_news
from clinic_client.visits.same_person import found_by_itself
from clinic_client.visits.visit import CheckChannel, KnownVisits
from storage import read_aside
from wire.catalogue import Catalogue
from wire.clock import wall_clock
from wire.dates import read_day
from wire.request_note import own_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clinic_client.clock_follower import ClockFollower
    from clinic_client.intermediate_client import IntermediateView
    from clinic_client.oqs_client import OqsClient
    from clinic_client.store import VisitStore
    from clinic_client.store.automatic_checks import AutomaticCheck
    from clinic_client.visits.visit import Visit
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""How often what is due is looked for while nothing happens; it is one small query."""
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
"""How long a check rests that OQS did not answer, while it answers others; twice as long each
time."""

_LONGEST_DELIVERY_SECONDS = 16.0
"""How long a pause a delivery under way is worth; one that is held up longer is not waited for."""


class Rechecking:
    """Makes the checks that are due, one after the other, while the line is up.

    `on_news` is told when the lists have changed.
    """

    def __init__(
        self,
        *,
        oqs: OqsClient,
        clock: ClockFollower,
        store: VisitStore,
        intermediate: IntermediateView,
        claim_seconds: float,
        on_news: Callable[[], None],
    ) -> None:
        self._oqs = oqs
        self._clock = clock
        self._store = store
        self._intermediate = intermediate
        self._claim = timedelta(seconds=claim_seconds)
        self._on_news = on_news
        self._woken = asyncio.Event()
        self._resting: dict[str, tuple[float, float]] = {}
        """Until when (of the monotonic clock) a check rests, and for how long it has."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Check again until `stop`."""
        self._task = asyncio.create_task(self._run(), name="clinic-rechecking")

    async def stop(self) -> None:
        """Check no more; a check that is under way is given up, and made after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look at once for what is due: the clock has moved, or a visit was recorded."""
        self._woken.set()

    def line_is_back(self) -> None:
        """Make at once what could not be made while the line was down."""
        self._resting.clear()
        self.wake()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._round()
            except self._store.outages as error:
                log.warning("Nobody can be checked again, as the database is away: %s", error)
            except Exception:  # a fault over one visit must not end the checks of all others
                log.exception("A check that was to go out by itself has failed.")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _round(self) -> None:
        if not self._oqs.up or not self._clock.known:
            return
        now, engine = self._clock.shown().now, self._store.engine
        due = await read_aside(engine, lambda: self._store.automatic.due(now, wall_clock()))
        for check in due:
            if self._rests(check.visit_id):
                continue
            if await self._claimed(check):
                await self._make(check)

    async def _claimed(self, check: AutomaticCheck) -> bool:
        """Take a check, where the line is still up and nobody else is at it."""
        if not self._oqs.up:
            return False
        wall = wall_clock()
        return await asyncio.to_thread(
            lambda: self._store.automatic.claim(check, wall, wall + self._claim),
        )

    async def _make(self, check: AutomaticCheck) -> None:
        store, engine = self._store, self._store.engine
        waiting = await read_aside(engine, lambda: store.find(check.visit_id))
        if waiting is None or waiting.withdrawal is not None:
            return
        came = await read_aside(engine, lambda: store.came_at(waiting))
        if await self._is_delivered_just_now(waiting):
            self._rest(check.visit_id)
            await asyncio.to_thread(lambda: store.automatic.release(check.visit_id))
            return
        under_way = CheckUnderWay()
        with own_note(), under_way.request():
            await self._ask(under_way, check, waiting, came)

    async def _ask(
        self, under_way: CheckUnderWay, check: AutomaticCheck, waiting: Visit, came: Visit
    ) -> None:
        store = self._store
        try:
            # What counts is the day on which the patient was here (P-092).
            with under_way.step(CheckStep.INQUIRY):
                answer = await self._oqs.inquire_by_number(check.asked, on=came.day)
        except LineDown:
            self._rest(check.visit_id)
            await asyncio.to_thread(lambda: store.automatic.release(check.visit_id))
            return
        except asyncio.CancelledError:
            store.automatic.release(check.visit_id)
            raise
        except Refused as error:
            code = error.document.code
            log.warning("OQS refused to check visit %s again: %s", check.visit_id, code)
            await self._nothing_new(check, await self._clock.now(), code)
            return
        self._resting.pop(check.visit_id, None)
        now = await self._clock.now()
        if not is_news(answer.message_body.validity, waiting.case.validity):
            await self._nothing_new(check, now, None)
            return
        told = await self._found(under_way, waiting, check.asked, answer, now)
        found = replace(told, previous_id=came.visit_id, timings=under_way.timings)
        if not found_by_itself(waiting, found):
            # Whose number it is, only the desk can find out; the visit waits for that.
            log.warning("The number of visit %s is another person's.", check.visit_id)
            await self._nothing_new(check, now, Catalogue.OTHER_PERSON.kind.code)
            return
        if await asyncio.to_thread(
            lambda: store.record_recheck(found, waiting, wall_clock(), check.asked)
        ):
            self._on_news()

    async def _nothing_new(self, check: AutomaticCheck, now: datetime, problem: str | None) -> None:
        then = following_check(now, check.attempts)
        await asyncio.to_thread(
            lambda: self._store.automatic.nothing_new(check, now, then, problem),
        )
        self._on_news()

    async def _found(
        self,
        under_way: CheckUnderWay,
        waiting: Visit,
        asked: QualificationConfirmSearchInfo,
        answer: QualificationAnswer,
        now: datetime,
    ) -> Visit:
        pending = await self._intermediate.pending(awaited_reference(answer))
        facts = VisitFacts(
            now,
            KnownPatient(waiting.patient_key, KnownVisits(waiting)),
            read_day(asked.born_on),
            visible_on=visible_day(pending),
            by_number=True,
            variant=waiting.case.variant,
        )
        return visit_of(under_way, CheckChannel.CATCH_UP, case_of(answer, facts), facts)

    async def _is_delivered_just_now(self, waiting: Visit) -> bool:
        """Tell whether what is waited for is due and not there yet (a simulation's view).

        On the day that the desk was told, the clock moves for it and for those who deliver at once;
        who asks first would ask in vain, and again on another day only.
        """
        _, waited = self._resting.get(waiting.visit_id, (0.0, 0.0))
        if waited >= _LONGEST_DELIVERY_SECONDS:
            return False
        now = self._clock.shown().now
        return await self._intermediate.delivers(waiting.simulation_reference, now)

    def _rests(self, visit_id: str) -> bool:
        until, _ = self._resting.get(visit_id, (0.0, 0.0))
        return time.monotonic() < until

    def _rest(self, visit_id: str) -> None:
        _, before = self._resting.get(visit_id, (0.0, 0.0))
        pause = min(max(2 * before, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        self._resting[visit_id] = (time.monotonic() + pause, pause)
