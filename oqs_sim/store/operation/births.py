"""Finding persons by what is printed on a card: sex and birthdate, then name and address."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from oqs_sim.store.residents import RESIDENT, Resident
from oqs_sim.store.schema import resident, resident_by_birth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy import Connection

_BORN = (
    select(resident_by_birth.c.bucket, resident_by_birth.c.person_reference)
    .where(
        resident_by_birth.c.birthdate == bindparam("birthdate"),
        resident_by_birth.c.sex == bindparam("sex"),
    )
    .order_by(resident_by_birth.c.bucket, resident_by_birth.c.person_reference)
)
"""Who was born on a day with a sex, in the order of the buckets."""

_OF_BUCKET = select(*RESIDENT).where(
    resident.c.bucket == bindparam("of_bucket"),
    resident.c.person_reference.in_(bindparam("persons", expanding=True)),
)
"""Residents of one bucket."""


def residents_born(connection: Connection, birthdate: date, sex: str) -> Iterator[Resident]:
    """Yield the residents who were born on a day with a sex; a bucket is read at a time."""
    born = connection.execute(_BORN, {"birthdate": birthdate, "sex": sex}).all()
    for bucket, rows in groupby(born, key=attrgetter("bucket")):
        persons = [row.person_reference for row in rows]
        found = connection.execute(_OF_BUCKET, {"of_bucket": bucket, "persons": persons})
        yield from (Resident(*row) for row in found)
