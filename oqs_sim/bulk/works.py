"""Inquiries in bulk as a service has them: their desk, and the thread that does them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from oqs_sim.bulk.confirmations import Confirmations
from oqs_sim.bulk.consent_lists import ConsentLists
from oqs_sim.bulk.message import BulkMessage
from oqs_sim.bulk.processor import BulkProcessor
from oqs_sim.bulk.reception_desk import ReceptionDesk
from oqs_sim.bulk.reference_registry import ReferenceRegistrations, ReferenceRegistry
from oqs_sim.bulk.ticket_lists import TicketLists
from oqs_sim.store.bulk.receptions import LimitsSeen
from oqs_sim.store.inquiries import Inquiries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from oqs_sim.bulk.policy import BulkPolicy
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.visiting.home_consents import HomeConsents


class BulkWorks:
    """All that belongs to inquiries in bulk, beside the checks of a service."""

    def __init__(
        self,
        checks: Checks,
        consents: HomeConsents,
        policy: BulkPolicy,
        now: Callable[[], datetime],
    ) -> None:
        """Take the checks beside which they are done, and the business clock."""
        engine = checks.engine
        self._inquiries, self._limits = Inquiries(engine), LimitsSeen(engine)
        consent_lists = ConsentLists(engine, self._inquiries, consents)
        self.processor = BulkProcessor(
            engine,
            policy,
            {
                BulkMessage.QUALIFICATION: Confirmations(
                    self._inquiries, self._limits, checks.welfare
                ),
                BulkMessage.REFERENCE_NUMBER: ReferenceRegistrations(self._inquiries, policy),
                BulkMessage.HOME_VISIT: consent_lists,
                BulkMessage.ONLINE_EXAMINATION: consent_lists,
                BulkMessage.MEDICAL_TICKET: TicketLists(self._inquiries, checks.welfare),
            },
            now,
        )
        self.desk = ReceptionDesk(engine, policy, self.processor)
        self.registry = ReferenceRegistry(checks, policy)

    def start(self) -> None:
        """Begin to do what is taken."""
        self.processor.start()

    async def stop(self) -> None:
        """End after the part that is under way, and give the connections back."""
        await asyncio.to_thread(self.processor.stop)
        self._inquiries.close()
        self._limits.close()
