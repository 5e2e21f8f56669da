"""A town in which insurers and their members live: its register, its clock, OQS and the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from intermediate_server.procedures.person import CardStanding, PersonDetails, RegisterMatch
from oqs_sim.qualification.change_intake import ChangeIntake
from storage import bucket_of
from wire.clock import ClockMode, ClockReading

if TYPE_CHECKING:
    from intermediate_server.store.outgoing.outbox_batches import Batch
    from intermediate_server.sync.delivery import Sync
    from wire.vocabulary.changes import BatchReceipt

OQS = oqs_sim.store.schema
AT_FIRST = datetime(2026, 11, 16, 10, tzinfo=TOKYO)


@dataclass
class Town:
    """The resident register and the clock, as the intermediate server asks for them."""

    oqs: Any
    now: datetime
    residents: dict[str, tuple[PersonDetails, date | None]]
    """By individual number, with the last day of the card's certificate."""

    async def read(self) -> ClockReading:
        return ClockReading(mode=ClockMode.FROZEN, now=self.now, rate=0, revision=1, began=AT_FIRST)

    async def match(self, number: Any) -> RegisterMatch:
        person, _ = self.residents[number.digits]
        (card,) = await self.cards([person.reference])
        return RegisterMatch(person, card)

    async def match_all(self, numbers: list[Any]) -> list[RegisterMatch]:
        return [await self.match(one) for one in numbers]

    async def cards(self, references: list[str]) -> list[CardStanding]:
        expiries = {person.reference: expiry for person, expiry in self.residents.values()}
        registered = self.registered()
        return [CardStanding(one in registered, expiries.get(one)) for one in references]

    def registered(self) -> set[str]:
        with self.oqs.connect() as connection:
            return set(connection.scalars(select(OQS.registration.c.person_reference)))

    def register(self, reference: str) -> None:
        row = {
            "bucket": bucket_of(reference), "person_reference": reference,
            "channel": "portal", "registered_at": self.now,
        }  # fmt: skip
        with self.oqs.begin() as connection:
            connection.execute(insert(OQS.registration), row)

    # --- what the worker delivers to ---

    async def deliver(self, batch: Batch) -> BatchReceipt:
        return await ChangeIntake(self.oqs).take_table(batch.bucket, batch.document)


@dataclass
class Workers:
    """The sync worker, in a process of its own that nobody kills here."""

    sync: Sync

    async def follow(self, now: datetime) -> list[Any]:
        await self.sync.deliver_due(now)
        return []
