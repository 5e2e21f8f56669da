"""What the J-LIS simulator keeps: residents, authorities, certificates, registrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, insert, select, update

from oqs_sim.store.schema import (
    authority,
    certificate,
    registration,
    resident,
    resident_by_number,
)
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class Standing:
    """A resident, and how his card stands."""

    resident: Resident
    registered: bool
    certificate_expires_on: date | None


_STANDING = (
    select(
        resident,
        registration.c.channel,
        select(func.max(certificate.c.expires_on))
        .where(
            certificate.c.bucket == resident.c.bucket,
            certificate.c.person_reference == resident.c.person_reference,
            certificate.c.revoked_at.is_(None),
        )
        .correlate(resident)
        .scalar_subquery()
        .label("certificate_expires_on"),
    )
    .select_from(resident_by_number)
    .join(
        resident,
        and_(
            resident.c.bucket == resident_by_number.c.bucket,
            resident.c.person_reference == resident_by_number.c.person_reference,
        ),
    )
    .outerjoin(
        registration,
        and_(
            registration.c.bucket == resident.c.bucket,
            registration.c.person_reference == resident.c.person_reference,
        ),
    )
    .where(resident_by_number.c.individual_number.in_(bindparam("numbers", expanding=True)))
)


def find_standings(
    connection: Connection, individual_numbers: Sequence[str]
) -> dict[str, Standing]:
    """Find residents by 個人番号, many in one question; who has none is left out."""
    rows = connection.execute(_STANDING, {"numbers": individual_numbers})
    return {
        row.individual_number: Standing(
            Resident(*row[1:10]), row.channel is not None, row.certificate_expires_on
        )
        for row in rows
    }


_CARDS = (
    select(
        resident.c.person_reference,
        registration.c.channel,
        select(func.max(certificate.c.expires_on))
        .where(
            certificate.c.bucket == resident.c.bucket,
            certificate.c.person_reference == resident.c.person_reference,
            certificate.c.revoked_at.is_(None),
        )
        .correlate(resident)
        .scalar_subquery()
        .label("certificate_expires_on"),
    )
    .outerjoin(
        registration,
        and_(
            registration.c.bucket == resident.c.bucket,
            registration.c.person_reference == resident.c.person_reference,
        ),
    )
    .where(
        resident.c.bucket == bindparam("of_bucket"),
        resident.c.person_reference.in_(bindparam("persons", expanding=True)),
    )
)


def find_cards(
    connection: Connection, person_references: Iterable[str]
) -> dict[str, tuple[bool, date | None]]:
    """Find whether cards are registered, and until when their certificates hold."""
    buckets: dict[int, list[str]] = {}
    for reference in person_references:
        buckets.setdefault(bucket_of(reference), []).append(reference)
    return {
        row.person_reference: (row.channel is not None, row.certificate_expires_on)
        for bucket, persons in buckets.items()
        for row in connection.execute(_CARDS, {"of_bucket": bucket, "persons": persons})
    }


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


def add_certificate(
    connection: Connection,
    authority_key: bytes,
    serial: int,
    person_reference: str,
    fingerprint: bytes,
    expires_on: date,
) -> None:
    """Write down a certificate that was issued."""
    connection.execute(
        insert(certificate),
        {
            "authority_key": authority_key,
            "serial": serial,
            "bucket": bucket_of(person_reference),
            "person_reference": person_reference,
            "fingerprint": fingerprint,
            "expires_on": expires_on,
        },
    )


def revoke_certificate(connection: Connection, serial: int, at: datetime) -> bool:
    """Revoke all certificates with this serial; return False when there is none."""
    done = connection.execute(
        update(certificate).where(certificate.c.serial == serial).values(revoked_at=at)
    )
    return done.rowcount > 0


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
