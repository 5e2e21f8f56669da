"""The resident register, as the J-LIS simulator keeps it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, select, update

from oqs_sim.store.person import PersonKey, is_person
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

_RESIDENTS = (
    select(*RESIDENT)
    .select_from(resident_by_number)
    .join(
        resident,
        and_(
            resident.c.bucket == resident_by_number.c.bucket,
            resident.c.person_reference == resident_by_number.c.person_reference,
        ),
    )
    .where(resident_by_number.c.individual_number.in_(bindparam("numbers", expanding=True)))
)
"""The residents who have one of these 個人番号."""

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
    found = connection.execute(_RESIDENTS, {"numbers": individual_numbers})
    return {one.individual_number: one for one in (Resident(*row) for row in found)}


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
