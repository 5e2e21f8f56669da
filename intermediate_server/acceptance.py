"""Accepting a procedure: matched, decided, recorded, in this order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from intermediate_server.oqs import unreachable
from intermediate_server.procedures import filing_of, next_change

if TYPE_CHECKING:
    from intermediate_server.change import Change
    from intermediate_server.oqs import OqsLine
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures import Procedure
    from intermediate_server.store import Ledger
    from wire.clock import ClockReading, ClockSource


@dataclass(frozen=True)
class Acceptance:
    """Takes procedures of insurers."""

    ledger: Ledger
    policies: PolicyBook
    oqs: OqsLine
    clock: ClockSource

    async def accept(self, procedure: Procedure) -> Change:
        """Record a procedure; when this returns, the worker will deliver it in its time.

        Raises:
            Problem: UNKNOWN_INSURER, UNKNOWN_PERSON, INVALID_NUMBER, PROCEDURE_REFUSED,
                SERVICE_UNREACHABLE; then nothing is recorded.
        """
        policy = self.policies.of(procedure.insurer_number)
        reading, person = await asyncio.gather(
            self._read_clock(), self.oqs.match(procedure.individual_number)
        )
        filing = filing_of(procedure, policy, reading.now)
        return await asyncio.to_thread(
            self.ledger.append,
            person.reference,
            lambda history: next_change(procedure, person, history, policy, filing),
        )

    async def _read_clock(self) -> ClockReading:
        try:
            return await self.clock.read()
        except httpx2.HTTPError as error:
            raise unreachable("The clock", error) from None
