"""Carrying changes to OQS when their time has come, in sets.

Claim, deliver, mark: a worker takes a bucket on lease, delivers what is due in it as idempotent
batches, and only then marks each. While a worker has a bucket no other one delivers from it, so
that each person's changes go out in order. A crash between any two steps loses nothing, and what is
delivered a second time changes nothing, as OQS goes by the version.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from intermediate_server.oqs_client import DeliveryFailed, DeliveryRefused, OqsBusy
from intermediate_server.store.outgoing.outbox_batches import (
    Batch,
    LedgerWentBack,
    OutboxBatches,
    instant_of,
)
from intermediate_server.sync.lag import FellDue, WallLag
from intermediate_server.sync.pace import Pace
from intermediate_server.sync.standby import worker_lock
from storage import outages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Protocol

    from intermediate_server.store import Store
    from intermediate_server.store.outgoing.leases import Leases
    from intermediate_server.sync.standby import WorkerLock
    from intermediate_server.sync.window import Window
    from wire.vocabulary.changes import BatchReceipt

    class DeliveryTarget(Protocol):
        """Where batches go: OQS, or what stands in for it."""

        async def deliver(self, batch: Batch) -> BatchReceipt:
            """Deliver a batch; raises `DeliveryFailed` and its kinds."""
            ...


_ONE_DAY = timedelta(days=1)
OTHERS_SECONDS = 0.05
"""The pause before another look at what other workers have under way."""
STALLED_SECONDS = 15.0
"""After how long, when a lease has run out too, others are taken not to deliver any more."""
BUSY_ATTEMPTS = 10
"""How often a batch is offered to an OQS that is busy, before the round is given up."""


class DeliveryStep(Enum):
    """Where a worker is with a batch."""

    BEFORE_CLAIM = auto()
    AFTER_CLAIM = auto()
    AFTER_DELIVERY = auto()
    BEFORE_MARK = auto()
    AFTER_MARK = auto()


class DeliveryPaused(DeliveryFailed):
    """Something is due, and the delivery was paused by a person."""


def _unseen(_: DeliveryStep) -> None:
    """Let a worker go on."""


@dataclass
class Sync:
    """Delivers what is due; one round at a time.

    ``lanes`` is how many batches are under way at once at most. ``observer`` is called at each step
    of each batch; a test has the process end there.
    """

    store: Store
    leases: Leases
    oqs: DeliveryTarget
    pace: Pace = field(default_factory=Pace)
    lanes: int = 2
    window: Window | None = None
    wall_lag: WallLag = field(default_factory=WallLag)
    observer: Callable[[DeliveryStep], None] = _unseen
    delivered: int = 0
    """How many changes this worker has delivered since it started."""
    conflicting: int = 0
    """How many OQS did not take meanwhile, as it knows their version with other content."""
    lock: WorkerLock = field(init=False)
    _batches: OutboxBatches = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        self.lock = worker_lock(self.store.engine)
        self._batches = OutboxBatches(self.store.engine)

    async def deliver_due(self, now: datetime) -> int:
        """Deliver what is due at the business instant ``now`` and no other worker has under way.

        What OQS does not take, as it knows the version with other content, is set aside for a
        person to see, and delivered no more. A batch that OQS refuses stays, and does not hold up
        the other buckets. Returns how many changes were delivered; none while the delivery is
        paused, its window is closed, or another worker has the lock.

        Raises:
            DeliveryFailed: OQS does not answer; what was delivered before is marked.
            DeliveryRefused: OQS refused a batch; all others are delivered.
        """
        async with self._turn:
            until = await self._horizon(now) if self.lock.acquire() else None
            if until is None:
                return 0
            delivered = await self._sweep(until, now) if await self._is_due(until) else 0
            if until < now and not await self._is_due(until):
                # The window is closed and has been used to its end.
                await asyncio.to_thread(self.store.control.swept, now)
            return delivered

    async def finish(self, now: datetime) -> None:
        """Return when nothing is left that is due at ``now``, whichever worker delivers it.

        Raises:
            DeliveryFailed: as ``deliver_due``.
            DeliveryPaused: something is due, and will not be delivered until a person resumes.
        """
        delivered, moved_at = -1, time.monotonic()
        while True:
            await self.deliver_due(now)
            control = await asyncio.to_thread(self.store.control.state)
            if control.paused_by is not None and await self._is_due(now):
                raise DeliveryPaused(
                    f"{control.paused_by} paused the delivery. What is due waits; resume it."
                )
            until = await self._horizon(now)
            if until is None or not await self._is_due(until):
                return
            known, delivered = delivered, await asyncio.to_thread(self.store.outbox.delivered)
            if delivered != known:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > self.leases.seconds + STALLED_SECONDS:
                raise DeliveryFailed(
                    "Another sync worker has what is due, and has delivered nothing for "
                    f"{time.monotonic() - moved_at:.0f} seconds. See whether it hangs, and end it: "
                    "nothing is lost, and this one goes on."
                )
            await asyncio.sleep(OTHERS_SECONDS)

    async def next_round(self, now: datetime) -> datetime | None:
        """Return the business instant at which there is something to do; it may be past.

        None while there is nothing, or nothing for this worker.
        """
        control = await asyncio.to_thread(self.store.control.state)
        if control.paused_by is not None or not self.lock.acquire():
            return None
        due = await asyncio.to_thread(self.store.outbox.next_due)
        if due is None or self.window is None:
            return due
        return self.window.next_opening(max(due, now))

    async def _is_due(self, until: datetime) -> bool:
        due = await asyncio.to_thread(self.store.outbox.next_due)
        return due is not None and due <= until

    async def _horizon(self, now: datetime) -> datetime | None:
        """Return up to when due changes may go out; None when none may."""
        control = await asyncio.to_thread(self.store.control.state)
        if control.paused_by is not None:
            return None
        if self.window is None:
            return now
        if control.swept_until is None:
            # What was recorded before the first look waits for the next window.
            await asyncio.to_thread(self.store.control.swept, now)
        elif control.swept_until > now:
            # The clock was set back. Which windows it has passed since nobody knows: the last one.
            return self.window.horizon(now, now - _ONE_DAY)
        return self.window.horizon(now, control.swept_until)

    async def _sweep(self, until: datetime, now: datetime) -> int:
        buckets = deque(await asyncio.to_thread(self.leases.with_work, until))
        if buckets:  # workers begin at different places
            buckets.rotate(hash(self.leases.worker) % len(buckets))
        before = self.delivered
        failures: list[DeliveryFailed] = []

        async def lane() -> None:
            while buckets and not any(type(failure) is DeliveryFailed for failure in failures):
                try:
                    await self._deliver_bucket(buckets.popleft(), until, now)
                except DeliveryFailed as failure:
                    failures.append(failure)

        ended = await asyncio.gather(*(lane() for _ in range(self.lanes)), return_exceptions=True)
        for error in filter(None, ended):
            raise error
        if failures:
            raise next(
                (one for one in failures if not isinstance(one, DeliveryRefused)), failures[0]
            )
        return self.delivered - before

    async def _deliver_bucket(self, bucket: int, until: datetime, now: datetime) -> None:
        try:
            while True:
                self.observer(DeliveryStep.BEFORE_CLAIM)
                if not await asyncio.to_thread(self._claimed, bucket):
                    return
                size = self.pace.size
                batch = await asyncio.to_thread(self._batches.batch, bucket, until, size)
                done = len(batch)
                if batch:
                    self.observer(DeliveryStep.AFTER_CLAIM)
                    receipt = await self._deliver(batch)
                    self.observer(DeliveryStep.AFTER_DELIVERY)
                    taken, untaken = _settled(batch, receipt)
                    done = len(taken) + len(untaken)
                    recorded = await asyncio.to_thread(self._batches.recorded, batch, until)
                    self.wall_lag.delivered(
                        Counter(
                            FellDue(instant_of(text), *recorded.get((person, version), (None,)))
                            for text, person, version in taken.keys
                        )
                    )
                    self.observer(DeliveryStep.BEFORE_MARK)
                    await self._mark(taken, now, untaken)
                    self.delivered += len(taken)
                    self.conflicting += len(untaken)
                    self.observer(DeliveryStep.AFTER_MARK)
                if len(batch) == done < size:
                    return
        finally:
            with suppress(*outages(self.store.engine)):  # the lease then runs out by itself
                await asyncio.to_thread(self.leases.release, bucket)

    async def _mark(self, taken: Batch, now: datetime, untaken: Batch) -> None:
        try:
            await asyncio.to_thread(self._batches.mark, taken, now, untaken)
        except LedgerWentBack:
            raise DeliveryFailed(
                "The system went back to its seed while a batch was under way. What the ledger has "
                "now is delivered."
            ) from None

    def _claimed(self, bucket: int) -> bool:
        return self.store.control.state().paused_by is None and self.leases.claim(bucket)

    async def _deliver(self, batch: Batch) -> BatchReceipt:
        """Deliver a batch, at the pace at which OQS takes it."""
        attempts = 0
        while True:
            begun = time.monotonic()
            try:
                receipt = await self.oqs.deliver(batch)
            except OqsBusy as busy:
                self.pace.slow_down()
                attempts += 1
                if attempts == BUSY_ATTEMPTS:
                    raise DeliveryFailed(str(busy)) from None
                await asyncio.sleep(busy.seconds)
                await asyncio.to_thread(self.leases.claim, batch.bucket)
            except DeliveryRefused:
                raise
            except DeliveryFailed:
                self.pace.slow_down()
                raise
            else:
                self.pace.answered(time.monotonic() - begun)
                return receipt


def _settled(batch: Batch, receipt: BatchReceipt) -> tuple[Batch, Batch]:
    """Return what OQS has of a batch, and what it did not take for good.

    Where a receipt names some of the conflicts only, what OQS has is not known yet: nothing of it
    is settled, and the batch without these tells of the next ones.

    Raises:
        DeliveryFailed: the receipt names none of the conflicts that it counts.
    """
    named = {(one.person_reference, one.version) for one in receipt.conflicts or ()}
    if not receipt.conflicting and not named:
        return batch, replace(batch, lines=())
    taken, untaken = batch.divided(named)
    if (receipt.conflicting or 0) > len(untaken):
        if not untaken:
            raise DeliveryFailed(
                f"OQS tells of {receipt.conflicting} version conflicts in bucket {batch.bucket} "
                "and does not name them. The changes stay here and are delivered again."
            )
        taken = replace(batch, lines=())
    return taken, untaken
