"""Taking in what the intermediate server delivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from oqs_sim.store.changes import apply_changes
from oqs_sim.store.releases import Order, apply_orders
from storage import bucket_of
from wire.problem import Catalogue, Problem
from wire.vocabulary import (
    BatchReceipt,
    ChangeBatch,
    QualificationChange,
    RegistrationOrder,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine


@dataclass(frozen=True)
class Intake:
    """Applies batches of changes, each in one transaction."""

    engine: Engine

    def apply(self, batch: ChangeBatch) -> BatchReceipt:
        """Apply a batch; the same batch twice, or an older one, does no harm.

        Raises:
            Problem: INVALID_REQUEST when a person lies in another bucket than the batch says.
        """
        for change in batch.changes:
            if bucket_of(change.person_reference) != batch.bucket:
                raise Problem(
                    Catalogue.INVALID_REQUEST,
                    f"{change.person_reference} does not lie in bucket {batch.bucket}.",
                )
        with self.engine.begin() as connection:
            applied = apply_changes(
                connection, [_row(batch.bucket, change) for change in batch.changes]
            )
            apply_orders(connection, batch.bucket, _orders(batch.changes))
        return BatchReceipt(applied=applied, superseded=len(batch.changes) - applied)


def _orders(changes: Iterable[QualificationChange]) -> list[Order]:
    return [
        Order(
            one.person_reference,
            one.version,
            datetime.fromisoformat(one.visible_from)
            if one.registration_order is RegistrationOrder.RELEASE
            else None,
        )
        for one in changes
        if one.registration_order is not None
    ]


def _row(bucket: int, change: QualificationChange) -> dict[str, Any]:
    row = change.model_dump()
    row["visible_from"] = datetime.fromisoformat(change.visible_from)
    return {"bucket": bucket, **row}
