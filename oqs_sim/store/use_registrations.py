"""Use registrations (利用登録), and the releases (解除) that end them (R-026, R-027, R-030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, exists

from oqs_sim.store.journal import Beside
from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.schema import registration, registration_order
from storage import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert

_END_RELEASED = delete(registration).where(
    is_person(registration),
    exists().where(
        registration_order.c.bucket == registration.c.bucket,
        registration_order.c.person_reference == registration.c.person_reference,
        registration_order.c.released_from > registration.c.registered_at,
    ),
)
"""Ends a registration that a release has overtaken; one made after it stays."""


_END = delete(registration).where(is_person(registration))
"""Ends a registration."""


class ReportedOrder(NamedTuple):
    """What an insurer reported of a person's use registration."""

    person_reference: str
    version: int
    released_from: datetime | None
    """None where an earlier release is withdrawn."""


def made_registration(person: PersonKey, channel: str, at: datetime) -> Beside:
    """Return what registers a person's card for insurance use."""
    return Beside(_register, {**person._asdict(), "channel": channel, "registered_at": at})


def _register(dialect: Dialect) -> Insert:
    """Register, unless another process just has."""
    new = insert_into(registration, dialect)
    return new.on_conflict_do_nothing(index_elements=["bucket", "person_reference"])


def end_registration(connection: Connection, person: PersonKey) -> None:
    """End a person's use registration; to do so again changes nothing (P-004)."""
    connection.execute(_END, person.bound)


def apply_orders(connection: Connection, bucket: int, orders: Iterable[ReportedOrder]) -> None:
    """End the registrations of a bucket that are released, whatever else a later version says.

    Of several orders of a person the newest stands, in whatever order they come, and however often.
    """
    newest = {one.person_reference: one for one in sorted(orders, key=lambda one: one.version)}
    if not newest:
        return
    connection.execute(
        _keep_newest(connection.dialect),
        [{"bucket": bucket, **one._asdict()} for one in newest.values()],
    )
    connection.execute(_END_RELEASED, [PersonKey(bucket, one).bound for one in newest])


def _keep_newest(dialect: Dialect) -> Insert:
    """Keep an order, unless one of a higher version is there."""
    new = insert_into(registration_order, dialect)
    return new.on_conflict_do_update(
        index_elements=["bucket", "person_reference"],
        set_={name: new.excluded[name] for name in ("version", "released_from")},
        where=registration_order.c.version < new.excluded.version,
    )
