"""Reported discrepancies (相違) of a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.portal.schema import portal_discrepancy
from storage import lock_name, turn_to_write

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class ReportedDiscrepancy:
    """A report as it is kept."""

    reported_at: datetime
    kind: str
    name: str
    birthdate: date
    sex: str
    address: str
    insured_number: str
    visited_on: date
    institution: str
    ratio_paid: int
    """In tenths."""


_COLUMNS = [portal_discrepancy.c[name] for name in ReportedDiscrepancy.__dataclass_fields__]

_REPORTS = (
    select(portal_discrepancy.c.number, *_COLUMNS)
    .where(is_person(portal_discrepancy))
    .order_by(portal_discrepancy.c.number.desc())
)
"""What a person has reported, the last first."""

_LAST = select(func.max(portal_discrepancy.c.number)).where(is_person(portal_discrepancy))
"""The number of a person's last report."""


def add_report(engine: Engine, person: PersonKey, report: ReportedDiscrepancy) -> int:
    """Keep a report; return its number, which counts the person's reports from 1."""
    with turn_to_write(engine), engine.begin() as connection:
        lock_name(connection, f"portal {person.person_reference}")
        number: int = (connection.execute(_LAST, person.bound).scalar_one() or 0) + 1
        row = {**person._asdict(), "number": number, **asdict(report)}
        connection.execute(insert(portal_discrepancy), row)
    return number


def reports_of(connection: Connection, person: PersonKey) -> list[tuple[int, ReportedDiscrepancy]]:
    """Return a person's reports with their numbers, the last first."""
    rows = connection.execute(_REPORTS, person.bound)
    return [(number, ReportedDiscrepancy(*rest)) for number, *rest in rows]
