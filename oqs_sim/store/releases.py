"""Ending use registrations that insurers have released (利用登録解除; R-026, R-027, R-030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, exists
from sqlalchemy.dialects import postgresql, sqlite

from oqs_sim.store.schema import registration, registration_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

_ENDED = delete(registration).where(
    registration.c.bucket == bindparam("of_bucket"),
    registration.c.person_reference == bindparam("of_person"),
    exists().where(
        registration_order.c.bucket == registration.c.bucket,
        registration_order.c.person_reference == registration.c.person_reference,
        registration_order.c.released_from > registration.c.registered_at,
    ),
)
"""Ends a registration that a release has overtaken; one made after it stays."""


class Order(NamedTuple):
    """What an insurer reported of a person's use registration."""

    person_reference: str
    version: int
    released_from: datetime | None
    """None where an earlier release is withdrawn."""


def apply_orders(connection: Connection, bucket: int, orders: Iterable[Order]) -> None:
    """End the registrations of a bucket that are released, whatever else a later version says.

    Of several orders of a person the newest stands, in whatever order they come, and however often.
    """
    newest = {one.person_reference: one for one in sorted(orders, key=lambda one: one.version)}
    if not newest:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(registration_order)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["bucket", "person_reference"],
            set_={name: new.excluded[name] for name in ("version", "released_from")},
            where=registration_order.c.version < new.excluded.version,
        ),
        [{"bucket": bucket, **one._asdict()} for one in newest.values()],
    )
    connection.execute(
        _ENDED, [{"of_bucket": bucket, "of_person": reference} for reference in newest]
    )
