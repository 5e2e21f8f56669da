"""Carrying changes to OQS when their time has come, in sets.

Claim, deliver, mark: what is due is read, delivered as one idempotent batch, and only then
marked. A crash between two steps loses nothing, and what is delivered a second time changes
nothing, as OQS goes by the version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intermediate_server.oqs import DeliveryRefused
from storage import BUCKETS

if TYPE_CHECKING:
    from datetime import datetime

    from intermediate_server.oqs import OqsLine
    from intermediate_server.store import Outbox


@dataclass(frozen=True)
class Sync:
    """Delivers what is due; one round at a time."""

    outbox: Outbox
    oqs: OqsLine
    batch_size: int = 2_000
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver_due(self, now: datetime) -> int:
        """Deliver everything that is due at the business instant ``now``; return how many changes.

        A batch that OQS refuses stays, and does not hold up the other buckets.

        Raises:
            DeliveryFailed: OQS does not answer; what was delivered before is marked.
            DeliveryRefused: OQS refused a batch; all others are delivered.
        """
        async with self._turn:
            first = await asyncio.to_thread(self.outbox.next_due)
            if first is None or first > now:
                return 0
            delivered = 0
            refused: DeliveryRefused | None = None
            for bucket in range(BUCKETS):
                try:
                    delivered += await self._deliver_bucket(bucket, now)
                except DeliveryRefused as error:
                    refused = refused or error
            if refused is not None:
                raise refused
            return delivered

    async def _deliver_bucket(self, bucket: int, now: datetime) -> int:
        delivered = 0
        while True:
            batch = await asyncio.to_thread(self.outbox.due, bucket, now, self.batch_size)
            if batch:
                await self.oqs.deliver(bucket, [change.for_delivery() for change in batch])
                await asyncio.to_thread(self.outbox.mark, bucket, batch, now)
                delivered += len(batch)
            if len(batch) < self.batch_size:
                return delivered
