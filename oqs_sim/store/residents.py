"""The resident register, as the J-LIS simulator keeps it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.schema import resident, resident_by_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection


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

_KEY_BY_NUMBER = select(resident_by_number.c.bucket, resident_by_number.c.person_reference).where(
    resident_by_number.c.individual_number == bindparam("individual_number")
)
"""Whose 個人番号 this is."""

_RESIDENT = select(*RESIDENT).where(is_person(resident))
"""The resident of a key."""

_CHANGE = update(resident).where(is_person(resident))
"""Changes a resident in what is given with it."""


def add_resident(connection: Connection, new: Resident) -> bool:
    """Add a resident; return False when the individual number is taken."""
    if find_resident(connection, new.individual_number):
        return False
    key = PersonKey.of(new.person_reference)
    connection.execute(insert(resident), {**vars(new), "bucket": key.bucket})
    connection.execute(
        insert(resident_by_number), {"individual_number": new.individual_number, **key._asdict()}
    )
    return True


def find_resident(connection: Connection, individual_number: str) -> Resident | None:
    """Find a resident by 個人番号."""
    key = connection.execute(_KEY_BY_NUMBER, {"individual_number": individual_number}).one_or_none()
    return _resident(connection, PersonKey(*key)) if key else None


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
