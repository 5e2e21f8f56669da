"""By which keys a person is known: by a card, and by the numbers that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from clinic_client.store.schema import visit, visit_coverage
from clinic_client.visits.same_person import KnownNumber, PersonNumber, keys_of
from clinic_client.visits.visit import Patient
from eligibility.qualification import QualificationValidity
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from clinic_client.visits.same_person import Person

_CONFIRMED = (
    visit.c.validity == QualificationValidity.VALID.value,
    visit.c.withdrawn.is_(False),
    visit.c.patient_key.is_not(None),
)
_BORN = (
    select(visit.c.birthdate)
    .where(visit.c.patient_key == bindparam("key"), *_CONFIRMED)
    .order_by(visit.c.at.desc())
    .limit(1)
)
"""When the holder of a key was born, as a check told it last."""
_OF_BIRTHDATE = (
    select(
        visit.c.patient_key,
        visit.c.name,
        visit.c.name_kana,
        visit.c.sex1,
        visit.c.birthdate,
        visit_coverage.c.insurer_number,
        visit_coverage.c.symbol,
        visit_coverage.c.number,
        visit_coverage.c.branch,
    )
    .join(visit_coverage, visit_coverage.c.visit_id == visit.c.visit_id)
    .where(visit.c.birthdate == bindparam("born"), *_CONFIRMED)
    .distinct()
)
"""Of whom that were born on a day, and of which numbers, checks told."""


def all_keys(connection: Connection, person: Person) -> frozenset[str]:
    """Return all keys by which a person is known (`keys_of`)."""
    born = person.born or connection.scalar(_BORN, {"key": person.key})
    rows = connection.execute(_OF_BIRTHDATE, {"born": born}) if born else ()
    known = [
        KnownNumber(
            row.patient_key,
            Patient(row.name, row.name_kana, Sex(row.sex1), row.birthdate),
            PersonNumber.of(row.insurer_number, row.symbol, row.number, row.branch),
        )
        for row in rows
    ]
    return keys_of(person, known)
