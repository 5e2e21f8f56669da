"""What the J-LIS simulator keeps of cards: certificates, whose they are, what stopped them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from oqs_sim.store.schema import card_certificate, certificate, issued_card, terminal_credential
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection, Update


@dataclass(frozen=True)
class KnownCard:
    """A carrier of certificates that was issued: a card, or a phone."""

    serial_number: str
    """製造番号, 15 digits."""
    person_reference: str
    kind: str
    issued_on: date
    expires_on: date


@dataclass(frozen=True)
class Replaced:
    """What a renewal replaced."""

    expired_on: date
    """The last day of the certificate before."""
    at: datetime
    """When it was renewed."""


@dataclass(frozen=True)
class NewCertificate:
    """A certificate as it is written down when it is issued."""

    authority_key: bytes
    """Identifier of its issuer's key."""
    serial: int
    person_reference: str
    card: str
    """Serial number of the carrier."""
    kind: str
    """What the carrier is."""
    purpose: str
    fingerprint: bytes
    """SHA-256 of the DER."""
    expires_on: date
    grace: bool
    """Whether it works for eligibility after its end (P-002); a phone's does not (P-015)."""
    replaces: Replaced | None = None
    """What it replaces, if it is a renewal."""


@dataclass(frozen=True)
class CardCertificate:
    """A certificate of a carrier as it stands now."""

    authority_key: bytes
    serial: int
    card: str
    kind: str
    purpose: str
    expires_on: date
    revoked_at: datetime | None
    suspended_at: datetime | None


@dataclass(frozen=True)
class StoppedCertificate:
    """An entry of a revocation list."""

    serial: int
    revoked_at: datetime | None
    suspended_at: datetime | None
    reason: str | None


def add_card(connection: Connection, new: KnownCard) -> None:
    """Write down a carrier that was issued."""
    values = {"bucket": bucket_of(new.person_reference), **vars(new)}
    connection.execute(insert(issued_card), values)


def find_card(connection: Connection, serial_number: str) -> KnownCard | None:
    """Find a carrier by its serial number."""
    row = connection.execute(
        select(
            issued_card.c.serial_number,
            issued_card.c.person_reference,
            issued_card.c.kind,
            issued_card.c.issued_on,
            issued_card.c.expires_on,
        ).where(issued_card.c.serial_number == serial_number)
    ).one_or_none()
    return KnownCard(*row) if row else None


def add_certificate(connection: Connection, new: NewCertificate) -> None:
    """Write down a certificate that was issued: the way in by it, and that of its holder."""
    bucket = bucket_of(new.person_reference)
    connection.execute(
        insert(certificate),
        {
            "authority_key": new.authority_key,
            "serial": new.serial,
            "bucket": bucket,
            "person_reference": new.person_reference,
            "fingerprint": new.fingerprint,
            "expires_on": new.expires_on,
            "renewed_at": new.replaces.at if new.replaces else None,
            "replaced_expiry": new.replaces.expired_on if new.replaces else None,
            "grace": new.grace,
        },
    )
    connection.execute(
        insert(card_certificate),
        {
            "bucket": bucket,
            "person_reference": new.person_reference,
            "authority_key": new.authority_key,
            "serial": new.serial,
            "card": new.card,
            "kind": new.kind,
            "purpose": new.purpose,
        },
    )


def certificates_of(connection: Connection, person_reference: str) -> list[CardCertificate]:
    """Return all certificates of a person, on whatever carrier."""
    held = connection.execute(
        select(card_certificate)
        .where(
            card_certificate.c.bucket == bucket_of(person_reference),
            card_certificate.c.person_reference == person_reference,
        )
        .order_by(card_certificate.c.purpose)
    ).all()
    # A few point reads rather than a join, as the two tables may lie on different machines.
    return [
        CardCertificate(
            one.authority_key,
            one.serial,
            one.card,
            one.kind,
            one.purpose,
            *connection.execute(
                select(
                    certificate.c.expires_on, certificate.c.revoked_at, certificate.c.suspended_at
                ).where(
                    certificate.c.authority_key == one.authority_key,
                    certificate.c.serial == one.serial,
                )
            ).one(),
        )
        for one in held
    ]


def revoke(
    connection: Connection, which: Iterable[CardCertificate], at: datetime, reason: str
) -> None:
    """Revoke certificates; one that is revoked already stays as it is."""
    for one in which:
        if one.revoked_at is None:
            connection.execute(
                _one(one.authority_key, one.serial).values(revoked_at=at, stop_reason=reason)
            )


def revoke_by_serial(connection: Connection, serial: int, at: datetime, reason: str) -> bool:
    """Revoke all certificates with this serial; return False when there is none."""
    done = connection.execute(
        update(certificate)
        .where(certificate.c.serial == serial)
        .values(revoked_at=at, stop_reason=reason)
    )
    return done.rowcount > 0


def suspend(connection: Connection, which: Iterable[CardCertificate], at: datetime | None) -> None:
    """Suspend certificates from an instant on, or lift that with None."""
    for one in which:
        connection.execute(_one(one.authority_key, one.serial).values(suspended_at=at))


def stopped(connection: Connection, authority_key: bytes) -> list[StoppedCertificate]:
    """Return all certificates of an authority that are revoked or suspended."""
    rows = connection.execute(
        select(
            certificate.c.serial,
            certificate.c.revoked_at,
            certificate.c.suspended_at,
            certificate.c.stop_reason,
        )
        .where(
            certificate.c.authority_key == authority_key,
            or_(certificate.c.revoked_at.is_not(None), certificate.c.suspended_at.is_not(None)),
        )
        .order_by(certificate.c.serial)
    )
    return [StoppedCertificate(*row) for row in rows]


def find_terminal(connection: Connection, institution_code: str) -> tuple[bytes, bytes] | None:
    """Return a terminal's private key and card-verifiable certificate, if it has them."""
    row = connection.execute(
        select(terminal_credential.c.private_key, terminal_credential.c.certificate).where(
            terminal_credential.c.institution_code == institution_code
        )
    ).one_or_none()
    return (row.private_key, row.certificate) if row else None


def add_terminal(
    connection: Connection, institution_code: str, private_key: bytes, certified: bytes
) -> None:
    """Keep a terminal's private key and card-verifiable certificate."""
    connection.execute(
        insert(terminal_credential),
        {
            "institution_code": institution_code,
            "private_key": private_key,
            "certificate": certified,
        },
    )


def _one(authority_key: bytes, serial: int) -> Update:
    return update(certificate).where(
        certificate.c.authority_key == authority_key, certificate.c.serial == serial
    )
