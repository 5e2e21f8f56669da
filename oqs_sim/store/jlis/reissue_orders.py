"""Cards that were applied for and not handed over yet, and those that were."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from oqs_sim.store.jlis.schema import reissue_order
from oqs_sim.store.person import PersonKey

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


@dataclass(frozen=True)
class ReissueOrder:
    """An application for a card, as it was accepted."""

    number: str
    """受付番号, 12 digits."""
    person_reference: str
    reason: str
    applied_on: date
    express: bool
    soonest_on: date
    """From this day on it can be handed over."""
    usually_on: date
    fee_yen: int
    card: str | None = None
    """Serial number of the card that was handed over."""


_ORDER = select(*(reissue_order.c[field.name] for field in fields(ReissueOrder))).where(
    reissue_order.c.number == bindparam("of_number")
)
"""The application with a number."""

_HAND_OVER = (
    update(reissue_order)
    .where(reissue_order.c.number == bindparam("of_number"), reissue_order.c.card.is_(None))
    .values(card=bindparam("serial"))
)
"""Notes which card was handed over; once."""


def add_order(connection: Connection, new: ReissueOrder) -> None:
    """Keep an application."""
    bucket = PersonKey.of(new.person_reference).bucket
    connection.execute(insert(reissue_order), {"bucket": bucket, **vars(new)})


def find_order(connection: Connection, number: str) -> ReissueOrder | None:
    """Return the application with a number."""
    row = connection.execute(_ORDER, {"of_number": number}).one_or_none()
    return ReissueOrder(*row) if row else None


def note_handed_over(connection: Connection, number: str, serial: str) -> bool:
    """Note which card was handed over; return False where one was before."""
    values = {"of_number": number, "serial": serial}
    return connection.execute(_HAND_OVER, values).rowcount == 1
