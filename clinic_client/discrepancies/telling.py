"""Telling an insurer of what differs at a visit, and learning what came of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.discrepancies.insurer_line import ToldTicket
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.visits.ticket import VisitTicket, shown_of
from storage import read_aside
from wire.clock import wall_clock
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clinic_client.discrepancies.insurer_line import InsurerLine
    from clinic_client.settings import Settings
    from clinic_client.store import VisitStore
    from clinic_client.visits.visit import Visit
    from eligibility.reception.discrepancy import DiscrepancyKind
    from wire.vocabulary.codes import Sex

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """Who it is about, as the receptionist has seen to it. `ratio_paid` is in tenths."""

    name: str
    birthdate: str
    """yyyyMMdd."""
    sex: Sex
    address: str
    insured_number: str
    ratio_paid: int


@dataclass(frozen=True)
class Telling:
    """The tickets of one clinic."""

    settings: Settings
    line: InsurerLine
    store: VisitStore

    async def tell(self, visit: Visit, said: Said, differing: dict[DiscrepancyKind, str]) -> None:
        """Tell the insurer of a visit what differs and what it should be: a ticket for each.

        What was taken is kept at once, so that telling again after a failure goes on with the rest.

        Raises:
            LineDown: the line is down.
            Refused: the intermediate server does not take one.
        """
        coverage = visit.coverage
        assert coverage is not None, "whoever tells has seen that it can be told"
        institution = f"{self.settings.institution_name}　{self.settings.institution_address}"
        for kind, should_be in differing.items():
            on_check = shown_of(visit, kind)
            told = ToldTicket(
                insurer_number=coverage.insurer_number,
                kind=kind,
                on_check=on_check,
                should_be=should_be,
                name=said.name,
                birthdate=said.birthdate,
                sex1=said.sex,
                address=said.address,
                insured_number=said.insured_number,
                visited_on=write_day(visit.day),
                institution=institution,
                ratio_paid=f"{said.ratio_paid}割",
            )
            taken = await self.line.tell(visit.visit_id, told)
            kept = VisitTicket(
                taken.ticket,
                visit.visit_id,
                kind,
                on_check,
                should_be,
                read_day(taken.received_on),
            )
            await asyncio.to_thread(self.store.tickets.add, kept, wall_clock())

    async def of_visit(self, visit_id: str) -> Sequence[VisitTicket]:
        """Return the tickets of a visit, and ask the insurer for what it has not answered.

        Where the line is down they stand as they were last known.
        """
        tickets = await self._kept(visit_id)
        waiting = [one for one in tickets if one.finding is None]
        if not waiting or not self.line.offered:
            return tickets
        await asyncio.gather(*map(self._look_after, waiting))
        return await self._kept(visit_id)

    async def _kept(self, visit_id: str) -> Sequence[VisitTicket]:
        return await read_aside(self.store.engine, lambda: self.store.tickets.of_visit(visit_id))

    async def _look_after(self, one: VisitTicket) -> None:
        try:
            found = await self.line.read(one.ticket)
        except (LineDown, Refused) as error:
            log.warning("What became of a ticket is not known: %s", error)
            return
        if found.answer is not None:
            answer = found.answer
            await asyncio.to_thread(
                self.store.tickets.note_answer,
                one.ticket,
                answer.finding,
                answer.text,
                read_day(answer.answered_on),
            )
