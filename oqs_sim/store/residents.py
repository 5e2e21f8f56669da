"""The resident register, as the J-LIS simulator keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, String, any_, bindparam, func, select, update

from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.person_query import PersonQuery
from oqs_sim.store.schema import resident, resident_by_birth, resident_by_number
from storage import BulkInsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True)
class Resident:
    """A resident of the simulated register."""

    person_reference: str
    individual_number: str
    name: str
    name_kana: str
    sex: str
    birthdate: date
    address: str
    post_number: str
    municipality_code: str


RESIDENT = tuple(resident.c[field.name] for field in fields(Resident))
"""The columns of a `Resident`, in its order."""

_RESIDENT = select(*RESIDENT).where(is_person(resident))
"""The resident of a key."""

_PERSONS = select(resident_by_number.c.bucket, resident_by_number.c.person_reference)
_each = func.json_each(bindparam("numbers", type_=String)).table_valued("value", name="each")
_PERSONS_ON_SQLITE = _PERSONS.where(
    resident_by_number.c.individual_number.in_(select(_each.c.value))
)
"""The persons who have one of some 個人番号, which are given as one JSON array."""
_PERSONS_ON_POSTGRESQL = _PERSONS.where(
    resident_by_number.c.individual_number == any_(bindparam("numbers", type_=ARRAY(String)))
)
"""The same; they are given as an array."""

_RESIDENTS = PersonQuery.of(resident, select(*RESIDENT))
"""The residents of some keys."""

_CHANGE = update(resident).where(is_person(resident))
"""Changes a resident in what is given with it."""


class ResidentInsert:
    """Adds many residents at once."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._residents = BulkInsert(resident, engine)
        self._by_number = BulkInsert(resident_by_number, engine)
        self._by_birth = BulkInsert(resident_by_birth, engine)

    def add(self, connection: Connection, new: Iterable[Resident]) -> None:
        """Add residents whose individual numbers are not taken."""
        members = [column.key for column in resident.c][1:]
        keyed = sorted(
            ((PersonKey.of(one.person_reference).bucket, one) for one in new),
            key=lambda row: (row[0], row[1].person_reference),
        )
        ways = sorted(
            [one.individual_number, bucket, one.person_reference] for bucket, one in keyed
        )
        self._residents.add(
            connection,
            [[bucket, *(getattr(one, name) for name in members)] for bucket, one in keyed],
        )
        births = sorted(
            [one.birthdate, one.sex, bucket, one.person_reference] for bucket, one in keyed
        )
        self._by_number.add(connection, ways)
        self._by_birth.add(connection, births)


def find_by_numbers(
    connection: Connection, individual_numbers: Sequence[str]
) -> dict[str, Resident]:
    """Find residents by 個人番号; who has none of these is left out."""
    persons = find_persons(connection, individual_numbers)
    found = (Resident(*row) for row in _RESIDENTS.rows(connection, persons))
    return {one.individual_number: one for one in found}


def find_persons(connection: Connection, individual_numbers: Sequence[str]) -> list[PersonKey]:
    """Find whose these 個人番号 are, in the order of their keys."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(_PERSONS_ON_POSTGRESQL, {"numbers": list(individual_numbers)})
    else:
        given = json.dumps(list(individual_numbers))
        found = connection.execute(_PERSONS_ON_SQLITE, {"numbers": given})
    return sorted(PersonKey(*row) for row in found.all())


def find_by_reference(connection: Connection, person_reference: str) -> Resident | None:
    """Find a resident as the simulation calls a person."""
    return _resident(connection, PersonKey.of(person_reference))


def change_resident(
    connection: Connection, person_reference: str, changes: Mapping[str, str]
) -> None:
    """Write what has changed of a resident, by column."""
    connection.execute(_CHANGE.values(**changes), PersonKey.of(person_reference).bound)


def _resident(connection: Connection, key: PersonKey) -> Resident | None:
    row = connection.execute(_RESIDENT, key.bound).one_or_none()
    return Resident(*row) if row else None
