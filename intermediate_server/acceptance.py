"""Accepting a procedure: matched, decided, recorded, in this order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from intermediate_server.documents.decision import Case, occasion_of
from intermediate_server.oqs_client import unreachable
from intermediate_server.procedures.change import UNKNOWN_SOURCE, Change
from intermediate_server.procedures.decide import decide
from intermediate_server.procedures.edits import Filed
from intermediate_server.procedures.person import NO_CARD, RegisterMatch
from intermediate_server.procedures.procedure import WITHOUT_NUMBER
from intermediate_server.store.ledger import Recorded
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.documents.document import Document
    from intermediate_server.oqs_client import OqsClient
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Source
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store import Ledger
    from intermediate_server.store.ledger import Once
    from wire.clock import ClockReading, RemoteClock


class _AlreadyRecorded(Exception):
    def __init__(self, history: tuple[Change, ...], entry: Change) -> None:
        self.history = history
        self.entry = entry


@dataclass(frozen=True)
class Acceptance:
    """Takes procedures of insurers."""

    ledger: Ledger
    policies: PolicyBook
    oqs: OqsClient
    clock: RemoteClock

    async def accept(
        self,
        procedure: Procedure,
        source: Source = UNKNOWN_SOURCE,
        once: Once | None = None,
        known_person: str | None = None,
    ) -> Recorded:
        """Record a procedure; when this returns, the worker will deliver it in its time.

        ``known_person`` is the reference of whom it is about, where that was known without the
        個人番号: somebody of whom something is recorded.
        One with a 整理番号 that was recorded before adds nothing, and gives what there is.

        Raises:
            Problem: UNKNOWN_INSURER, UNKNOWN_PERSON, INVALID_NUMBER, PROCEDURE_REFUSED,
                REFERENCE_REUSED, SERVICE_UNREACHABLE; then nothing is recorded.
            AnsweredBefore: what is to be done ``once`` was done before.
        """
        if once is not None:
            await asyncio.to_thread(self.ledger.require_new, once.request)
        policy = self.policies.of(procedure.insurer_number)
        reading, match = await asyncio.gather(
            self.read_clock(), self._match(procedure, known_person)
        )
        use = match.card.registered if match else None
        filed = Filed(procedure, policy, reading.now, source, use)
        reference = match.person.reference if match else procedure.person_reference
        assert reference is not None

        def decided(history: tuple[Change, ...]) -> tuple[Change, ...]:
            if procedure.reference:
                for entry in history:
                    if entry.content_key == procedure.content_key:
                        raise _AlreadyRecorded(history, entry)
            return decide(filed, match.person if match else None, history)

        def issued(
            history: Sequence[Change], entry: Change, documents: Sequence[Document]
        ) -> tuple[Document, ...]:
            occasion = occasion_of(entry)
            if occasion is None:
                return ()
            card = match.card if match else NO_CARD
            case = Case(history, entry, documents, card, policy, reading.today)
            return (case.decide(occasion, occasioned_by=entry.version),)

        try:
            return await asyncio.to_thread(self.ledger.record, reference, decided, issued, once)
        except _AlreadyRecorded as known:
            return Recorded((known.entry,), known.history, unchanged=True)

    async def _match(self, procedure: Procedure, known_person: str | None) -> RegisterMatch | None:
        if known_person is not None and known_person.startswith(WITHOUT_NUMBER):
            history = await asyncio.to_thread(self.ledger.history, known_person)
            if not history:
                raise Problem(Catalogue.UNKNOWN_PERSON)
            return RegisterMatch(history[-1].change.person)
        if known_person is not None:
            return await self.oqs.match_known(known_person)
        if procedure.individual_number is None:
            return None
        return await self.oqs.match(procedure.individual_number)

    async def read_clock(self) -> ClockReading:
        """Return what the clock shows.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        try:
            return await self.clock.read()
        except httpx2.HTTPError as error:
            raise unreachable("The clock", error) from None
