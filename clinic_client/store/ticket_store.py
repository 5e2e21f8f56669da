"""Discrepancy tickets of visits: which were told, and what the insurers answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from clinic_client.store.schema import discrepancy_ticket
from clinic_client.visits.ticket import VisitTicket
from eligibility.reception.discrepancy import DiscrepancyKind
from storage import insert_into, reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Dialect, Engine, Executable

_OF_VISIT = (
    select(discrepancy_ticket)
    .where(discrepancy_ticket.c.visit_id == bindparam("visit"))
    .order_by(discrepancy_ticket.c.filed_at, discrepancy_ticket.c.ticket)
)
"""The tickets of a visit, in the order in which they were told."""
_ANSWERED = (
    update(discrepancy_ticket)
    .where(discrepancy_ticket.c.ticket == bindparam("of_ticket"))
    .values(
        finding=bindparam("with_finding"),
        answer=bindparam("with_answer"),
        answered_on=bindparam("with_day"),
    )
)
"""Note what the insurer answered."""


def _add(dialect: Dialect) -> Executable:
    """Keep a ticket; one that was told again is kept already."""
    return insert_into(discrepancy_ticket, dialect).on_conflict_do_nothing(
        index_elements=["ticket"]
    )


class TicketStore:
    """The tickets. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, told: VisitTicket, filed_at: datetime) -> None:
        """Keep a ticket that the insurer has taken."""
        row = {
            "ticket": told.ticket,
            "visit_id": told.visit_id,
            "kind": told.kind.value,
            "on_check": told.on_check,
            "should_be": told.should_be,
            "received_on": told.received_on,
            "filed_at": filed_at,
        }
        with self._engine.begin() as connection:
            connection.execute(_add(self._engine.dialect), row)

    def of_visit(self, visit_id: str) -> Sequence[VisitTicket]:
        """Return the tickets of a visit, in the order in which they were told."""
        with reading(self._engine) as connection:
            rows = connection.execute(_OF_VISIT, {"visit": visit_id}).all()
        return [
            VisitTicket(
                row.ticket,
                row.visit_id,
                DiscrepancyKind(row.kind),
                row.on_check,
                row.should_be,
                row.received_on,
                row.finding,
                row.answer,
                row.answered_on,
            )
            for row in rows
        ]

    def note_answer(self, ticket: str, finding: str, answer: str, answered_on: date) -> None:
        """Note what the insurer answered."""
        noted = {
            "of_ticket": ticket,
            "with_finding": finding,
            "with_answer": answer,
            "with_day": answered_on,
        }
        with self._engine.begin() as connection:
            connection.execute(_ANSWERED, noted)
