"""The running desk: everything that a clinic has open during its hours."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from clinic_client.clock_follower import ClockFollower
from clinic_client.discrepancies.telling import Telling
from clinic_client.events import (
    Bulletin,
    ClockMoved,
    ExchangeChanged,
    LineChanged,
    ReaderChanged,
    StepsChanged,
    VisitsChanged,
)
from clinic_client.oqs_client import OqsClient
from clinic_client.reader.camera import SimulatedCamera
from clinic_client.reader.station import ReaderStation
from clinic_client.reception.discarding import Discarding
from clinic_client.reception.receiving import CardExchanged, Reception
from clinic_client.reception.rechecking import Rechecking
from clinic_client.reception.steps import FourSteps
from eligibility.reception.options import FallbackOptionId
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import RemoteClock

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from clinic_client.declaration.draft import KeptDeclaration
    from clinic_client.discrepancies.insurer_line import InsurerLine
    from clinic_client.exchange.courier import ExchangeState
    from clinic_client.intermediate_client import IntermediateView
    from clinic_client.reader.patient_steps import StepsState
    from clinic_client.reader.station import StationState
    from clinic_client.settings import Settings
    from clinic_client.store import VisitStore
    from clinic_client.visits.visit import Visit
    from reader.connection import CardConnection
    from reader.errors import ReaderError
    from wire.clock import ClockReading


class Desk:
    """The reader, the line, the clock and the reception, and what is on the screen now."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: VisitStore,
        line_client: httpx2.AsyncClient,
        console_client: httpx2.AsyncClient,
        face_client: httpx2.AsyncClient | None,
        intermediate: IntermediateView,
        insurers: InsurerLine,
        connect: Callable[[str | None], CardConnection],
    ) -> None:
        self.settings = settings
        self.store = store
        self.bulletin = Bulletin()
        self.intermediate = intermediate
        self.telling = Telling(settings, insurers, store)
        self.station = ReaderStation(
            settings.reader_part, self._reader_changed, connect, settings.variant
        )
        self.oqs = OqsClient(
            line_client,
            settings.institution_code,
            settings.line_probe_seconds,
            self._line_changed,
        )
        self.clock = ClockFollower(RemoteClock(console_client), self._clock_changed)
        self.reception = Reception(
            oqs=self.oqs,
            station=self.station,
            clock=self.clock,
            store=store,
            intermediate=intermediate,
            variant=settings.variant,
            on_visit=self._visited,
            on_check=lambda: self._reader_changed(self.station.state),
            received=lambda: self._received,
        )
        self.rechecking = Rechecking(
            oqs=self.oqs,
            clock=self.clock,
            store=store,
            intermediate=intermediate,
            claim_seconds=2 * (settings.line_timeout_seconds + settings.line_probe_seconds),
            on_news=self.lists_changed,
        )
        self.discarding = Discarding(self.clock, store, self.lists_changed)
        self.steps = FourSteps(
            settings,
            oqs=self.oqs,
            station=self.station,
            clock=self.clock,
            store=store,
            reception=self.reception,
            camera=SimulatedCamera(console_client, settings.institution_code, face_client),
            on_change=self._steps_changed,
        )
        self.exchange: ExchangeState | None = None
        """What the folder exchange does; None is a desk without one."""
        self.current: Visit | None = None
        """The visit that the desk shows: the last one, until the next card comes."""
        self.current_insertion: str | None = None
        """The card that it came of; None where it came of none, as one by number."""
        self.failed_attempt: ReaderError | Problem | None = None
        """Why the last attempt with the card that lies there led to no visit."""
        self.turn = secrets.token_hex(8)
        """Names whose turn it is at the desk: the visit that is shown, else whoever comes next. It
        is another one with each card, and each time that the screen is made ready."""
        self._insertion = ""
        self._identified = ""
        """The insertion of the card whose holder is identified, and at the reader still."""
        self._received = ""
        """The insertion of the card whose holder was received last."""
        self._received_visit = ""
        """The visit that came of it."""
        self._refresh: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Open the desk."""
        self.station.start()
        self.oqs.start()
        self.clock.start()
        self.rechecking.start()
        self.discarding.start()

    def stop_streams(self) -> None:
        """Send every open page's stream away, so that the service can end at once."""
        self.bulletin.close()

    async def stop(self) -> None:
        """Close it."""
        self.stop_streams()
        await asyncio.gather(self.rechecking.stop(), self.discarding.stop())
        await asyncio.gather(self.station.stop(), self.oqs.stop(), self.clock.stop())
        if self._refresh is not None:
            self._refresh.cancel()
            with suppress(asyncio.CancelledError):
                await self._refresh
        self.store.close()

    async def find_declaration(self, visit_id: str) -> tuple[Visit, KeptDeclaration | None]:
        """Return a visit and what is kept of its declaration.

        Raises:
            Problem: NOT_FOUND.
        """
        store, today = self.store, self.clock.shown().today
        visit, kept = await read_aside(
            store.engine,
            lambda: (store.find(visit_id), store.declarations.of_visit(visit_id, today)),
        )
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        return visit, kept

    @property
    def card_received(self) -> bool:
        """Whether the card that lies there is that of somebody who was received already."""
        state = self.station.state
        return state.card_present and state.insertion == self._received

    @property
    def card_left(self) -> bool:
        """Whether the card still lies there whose holder was received, and who is not shown."""
        return self.card_received and self.current is None

    def clear(self, insertion: str | None = None) -> None:
        """Make the screen ready for the next patient.

        ``insertion`` is of the card that the page showed. Where another one lies there by now, the
        screen is ready already, and its holder goes on.
        """
        if insertion in {None, self.station.state.insertion}:
            self._show(None)
            self.failed_attempt = None
            if not self.card_left:
                self.steps.begin_anew()
        self.bulletin.publish(VisitsChanged())

    def begin_anew(self, insertion: str) -> None:
        """Have the patient whose card lies there begin anew, though they were received already.

        Their visit leaves the screen, which shows the card again.

        Raises:
            CardExchanged: another card lies there than that of the insertion.
        """
        if insertion != self.station.state.insertion:
            raise CardExchanged
        self._received = ""
        if self.current is not None and self.current_insertion == insertion:
            self._show(None)
            self.bulletin.publish(VisitsChanged())
        self.steps.begin_anew()

    def withdrawn(self, visit_id: str) -> None:
        """Take a withdrawn visit off the screen; whose card still lies there can begin anew."""
        lies = self._received and self._received == self.station.state.insertion
        if lies and visit_id == self._received_visit:
            self.begin_anew(self._received)
        if self.current is not None and self.current.visit_id == visit_id:
            self._show(None)
        self.brought_back()

    def brought_back(self) -> None:
        """Have every page read the lists anew, and what is due be checked again."""
        self.rechecking.wake()
        self.lists_changed()

    def changed(self, visit: Visit) -> None:
        """Show a visit as it stands now."""
        if self.current is not None and self.current.visit_id == visit.visit_id:
            self.current = visit
        self.bulletin.publish(VisitsChanged())

    def lists_changed(self) -> None:
        """Have every open page read the lists anew."""
        self.bulletin.publish(VisitsChanged())

    def attempt_failed(self, error: ReaderError | Problem, insertion: str | None = None) -> None:
        """Let the desk see why the patient's attempt led to nothing.

        ``insertion`` is of the card that it was made with. Where another one lies there by now, the
        attempt is not its holder's, and nothing is shown.
        """
        if insertion and insertion != self.station.state.insertion:
            return
        self.failed_attempt = error
        self._reader_changed(self.station.state)

    def _reader_changed(self, state: StationState) -> None:
        if state.insertion != self._insertion:
            self._insertion = state.insertion
            was_shown = self.current is not None
            self._show(None)
            if was_shown:
                self.bulletin.publish(VisitsChanged())
        if not state.card_present or state.card is None:
            # What went wrong with a card is told until the next one lies there.
            self.failed_attempt = self.failed_attempt if not state.card_present else None
        self.bulletin.publish(ReaderChanged(state))

    def _steps_changed(self, steps: StepsState) -> None:
        identified = steps.insertion if steps.identified else ""
        if identified and identified != self._identified:
            # What went wrong before, as a wrong PIN, is over.
            self.failed_attempt = None
        self._identified = identified
        self.bulletin.publish(StepsChanged(steps))

    def exchange_changed(self) -> None:
        """Let the pages see that the folder exchange has another trouble, or none any more."""
        if self.exchange is not None:
            self.bulletin.publish(ExchangeChanged(self.exchange))

    def _line_changed(self, up: bool) -> None:  # noqa: FBT001 # as the line tells it
        self.bulletin.publish(LineChanged(up))
        if up:
            self.rechecking.line_is_back()

    def _visited(self, visit: Visit | None, insertion: str | None) -> None:
        self.rechecking.wake()
        # A late answer to a card before this one stands in the list, and not before its holder.
        if visit is not None and insertion in {None, self.station.state.insertion}:
            self._show(visit, insertion)
            self.failed_attempt = None
            # The card that was left there stays the last one's, whoever is received without it.
            if insertion is not None or not self.card_received:
                again = any(
                    way.id is FallbackOptionId.READ_CARD_AGAIN for way in visit.decision.options
                )
                self._received = "" if again else self.station.state.insertion
                self._received_visit = visit.visit_id
        self.bulletin.publish(VisitsChanged(visit))

    def _show(self, visit: Visit | None, insertion: str | None = None) -> None:
        self.current, self.current_insertion = visit, insertion
        self.turn = visit.visit_id if visit else secrets.token_hex(8)

    def _clock_changed(self, reading: ClockReading) -> None:
        self.bulletin.publish(ClockMoved(reading))
        self.rechecking.wake()
        self.discarding.wake()
        if self.intermediate.offered and (self._refresh is None or self._refresh.done()):
            self._refresh = asyncio.create_task(
                self.reception.refresh_expectations(), name="clinic-expectations"
            )
