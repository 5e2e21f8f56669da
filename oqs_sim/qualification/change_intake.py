"""Taking in changes of qualifications, as the intermediate server delivers them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import ValidationError

from oqs_sim.store.changes import ImpossibleValue, apply_changes, conflicting
from oqs_sim.store.operation.seed import least_epoch
from oqs_sim.store.use_registrations import ReportedOrder, apply_orders
from storage import BUCKETS, bucket_of
from wire.bulk import ABSENT, COLUMNS, ChangeTable, TableError
from wire.catalogue import Catalogue, Problem
from wire.messages.field_reason import why_unfit
from wire.vocabulary.changes import (
    MOST_CONFLICTS_TOLD,
    BatchReceipt,
    RegistrationOrder,
    VersionConflict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

    from wire.vocabulary.changes import ChangeBatch

RETRY_AFTER_SECONDS = 1


@dataclass
class ChangeIntake:
    """Applies batches of changes, each in one transaction.

    A change that says something else of a version than is known already is not applied: what is
    known stays, and the receipt names the conflict.

    Checks go on meanwhile. No more than ``at_once`` batches are under way, so that those who
    deliver cannot crowd out those who ask.
    """

    engine: Engine
    at_once: int = 4
    _under_way: int = 0

    async def take(self, batch: ChangeBatch, epoch: int | None = None) -> BatchReceipt:
        """Apply a batch of models.

        Raises:
            Problem: as ``take_table``.
        """
        return await self._take(batch.bucket, ChangeTable.of(batch.changes), epoch)

    async def take_table(
        self, bucket: int, document: bytes, epoch: int | None = None
    ) -> BatchReceipt:
        """Apply a batch that came as a table; the same one twice, or an older one, does no harm.

        ``epoch`` is that of the ledger of which it was read; where nobody says, it is not looked
        at.

        Raises:
            Problem: INVALID_REQUEST when a line is wrong, or a person lies in another bucket;
                INTAKE_BUSY when too much is under way already; LEDGER_WENT_BACK when the batch was
                read before the system went back to its seed.
        """
        try:
            table = ChangeTable.read(document)
        except TableError as error:
            raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
        return await self._take(bucket, table, epoch)

    async def _take(self, bucket: int, table: ChangeTable, epoch: int | None) -> BatchReceipt:
        if not 0 <= bucket < BUCKETS:
            raise Problem(Catalogue.INVALID_REQUEST, f"Buckets go from 0 to {BUCKETS - 1}.")
        for person in table.persons:
            if bucket_of(person) != bucket:
                raise Problem(
                    Catalogue.INVALID_REQUEST, f"{person} does not lie in bucket {bucket}."
                )
        if self._under_way >= self.at_once:
            raise Problem(
                Catalogue.INTAKE_BUSY,
                f"{self._under_way} batches are being applied.",
                retry_after=RETRY_AFTER_SECONDS,
            )
        self._under_way += 1
        try:
            return await asyncio.to_thread(lambda: self._apply(bucket, table, epoch))
        finally:
            self._under_way -= 1

    def _apply(self, bucket: int, table: ChangeTable, epoch: int | None) -> BatchReceipt:
        try:
            with self.engine.begin() as connection:
                refused = conflicting(connection, bucket, table)
                taken = table.without(refused) if refused else table
                applied = apply_changes(connection, bucket, taken)
                apply_orders(connection, bucket, _orders(taken))
                # Last, as all before it has waited for a seed that is being put back.
                if epoch is not None and epoch < least_epoch(connection):
                    raise Problem(Catalogue.LEDGER_WENT_BACK)
        except ImpossibleValue as error:
            raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
        except ValidationError as error:
            said = "; ".join(f"{one['loc']}: {why_unfit(one).en}" for one in error.errors())
            raise Problem(Catalogue.INVALID_REQUEST, said) from None
        return BatchReceipt(
            applied=applied,
            superseded=len(taken) - applied,
            conflicting=len(refused) or None,
            conflicts=_named(dict.fromkeys(refused.values())) or None,
        )


def _named(versions: Iterable[tuple[str, int]]) -> tuple[VersionConflict, ...]:
    code = Catalogue.VERSION_CONFLICT.kind.code
    return tuple(
        VersionConflict(person_reference=person, version=version, code=code)
        for person, version in islice(versions, MOST_CONFLICTS_TOLD)
    )


_FROM_END = len(COLUMNS) - COLUMNS.index("registration_order")
"""Which value of a line, counted from its end, is the order; nearly all lines order nothing."""


def _orders(table: ChangeTable) -> list[ReportedOrder]:
    ordering = ChangeTable(
        tuple(line for line in table.lines if line.rsplit("\t", _FROM_END)[-_FROM_END] != ABSENT)
    )
    return [
        ReportedOrder(
            one.person_reference,
            one.version,
            datetime.fromisoformat(one.visible_from)
            if one.registration_order is RegistrationOrder.RELEASE
            else None,
        )
        for one in ordering.changes
    ]
