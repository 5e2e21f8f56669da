"""What the J-LIS simulator keeps: residents, authorities, registrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from oqs_sim.store.schema import (
    authority,
    registration,
    resident,
    resident_by_number,
)
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

    from oqs_sim.store.inquiries import Person


@dataclass(frozen=True)
class Resident:
    """A resident of the simulated register."""

    person_reference: str
    individual_number: str
    name: str
    name_kana: str
    sex1: str
    birthdate: date
    address: str
    post_number: str
    municipality_code: str


def add_resident(connection: Connection, new: Resident) -> bool:
    """Add a resident; return False when the individual number is taken."""
    if find_resident(connection, new.individual_number):
        return False
    bucket = bucket_of(new.person_reference)
    connection.execute(insert(resident), {"bucket": bucket, **vars(new)})
    connection.execute(
        insert(resident_by_number),
        {
            "individual_number": new.individual_number,
            "bucket": bucket,
            "person_reference": new.person_reference,
        },
    )
    return True


def find_resident(connection: Connection, individual_number: str) -> Resident | None:
    """Find a resident by 個人番号."""
    way = connection.execute(
        select(resident_by_number.c.bucket, resident_by_number.c.person_reference).where(
            resident_by_number.c.individual_number == individual_number
        )
    ).one_or_none()
    if way is None:
        return None
    row = connection.execute(
        select(resident).where(
            resident.c.bucket == way.bucket, resident.c.person_reference == way.person_reference
        )
    ).one()
    return Resident(*row[1:])


def find_by_reference(connection: Connection, person_reference: str) -> Resident | None:
    """Find a resident as the simulation calls a person."""
    row = connection.execute(
        select(resident).where(
            resident.c.bucket == bucket_of(person_reference),
            resident.c.person_reference == person_reference,
        )
    ).one_or_none()
    return Resident(*row[1:]) if row else None


def change_resident(
    connection: Connection, person_reference: str, changes: Mapping[str, str]
) -> None:
    """Write what has changed of a resident, by column."""
    connection.execute(
        update(resident)
        .where(
            resident.c.bucket == bucket_of(person_reference),
            resident.c.person_reference == person_reference,
        )
        .values(**changes)
    )


def find_authority(connection: Connection, purpose: str) -> tuple[bytes, bytes] | None:
    """Return an authority's private key and certificate (DER), if it has been made."""
    row = connection.execute(
        select(authority.c.private_key, authority.c.certificate).where(
            authority.c.purpose == purpose
        )
    ).one_or_none()
    return (row.private_key, row.certificate) if row else None


def add_authority(
    connection: Connection, purpose: str, private_key: bytes, certificate_der: bytes
) -> None:
    """Keep a new authority."""
    connection.execute(
        insert(authority),
        {"purpose": purpose, "private_key": private_key, "certificate": certificate_der},
    )


def register(connection: Connection, person: Person, channel: str, at: datetime) -> None:
    """Register a person's card for insurance use."""
    connection.execute(
        insert(registration),
        {
            "bucket": person.bucket,
            "person_reference": person.person_reference,
            "channel": channel,
            "registered_at": at,
        },
    )
