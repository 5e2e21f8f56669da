"""What the J-LIS simulator keeps of cards: certificates, whose they are, what stopped them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, false, insert, or_, select, update

from oqs_sim.store.municipality.certificate_ends import CertificateEnd, add_end
from oqs_sim.store.municipality.rests import CertificateKey, rest_of
from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.schema import card_certificate, certificate, issued_card
from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection


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
class ReplacedCertificate:
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
    replaces: ReplacedCertificate | None = None
    """What it replaces, if it is a renewal."""
    awaits_link: bool = False
    """Whether a check has J-LIS say first whose it is, as the holder had another before."""


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
    suspended_by: str | None
    """Serial number of the carrier that was reported: of itself, or of the card of a phone."""
    rests_from: datetime | None
    """From when it rests by a move, perhaps an instant to come; `rest_of` says why."""

    @property
    def key(self) -> CertificateKey:
        """The certificate by its issuer's key identifier and its serial."""
        return CertificateKey(self.authority_key, self.serial)

    def suspended(self, at: datetime) -> bool:
        """Tell whether it is suspended (一時停止) at the instant."""
        return self.suspended_at is not None and self.suspended_at <= at

    def rests(self, at: datetime) -> bool:
        """Tell whether it rests (休止), or has lapsed, by a move at the instant."""
        return self.rests_from is not None and self.rests_from <= at

    def works(self, at: datetime) -> bool:
        """Tell whether nothing stops it at the instant; its dates are another thing."""
        revoked = self.revoked_at is not None and self.revoked_at <= at
        return not (revoked or self.suspended(at) or self.rests(at))


@dataclass(frozen=True)
class StoppedCertificate:
    """An entry of a revocation list, or an answer of the responder."""

    serial: int
    revoked_at: datetime | None
    suspended_at: datetime | None
    stop_reason: str | None
    rests_from: datetime | None
    lapses_at: datetime | None = None
    """From when its rest is for good."""


_CARD = select(*(issued_card.c[field.name] for field in fields(KnownCard))).where(
    issued_card.c.serial_number == bindparam("serial_number")
)
"""The carrier with a serial number."""

_CERTIFICATES_OF_PERSON = (
    select(card_certificate).where(is_person(card_certificate)).order_by(card_certificate.c.purpose)
)
"""Which certificates a person has, on whatever carrier."""

_IS_CERTIFICATE = and_(
    certificate.c.authority_key == bindparam("of_authority"),
    certificate.c.serial == bindparam("of_serial"),
)

_STATUS = select(
    certificate.c.expires_on,
    certificate.c.revoked_at,
    certificate.c.suspended_at,
    certificate.c.suspended_by,
    certificate.c.rests_from,
).where(_IS_CERTIFICATE)
"""How a certificate stands."""

_STOP_COLUMNS = (
    certificate.c.serial,
    certificate.c.revoked_at,
    certificate.c.suspended_at,
    certificate.c.stop_reason,
    certificate.c.rests_from,
)

_STOP = select(*_STOP_COLUMNS).where(_IS_CERTIFICATE)
"""Whether a certificate is stopped; no row where none was issued."""

_STOPPED = (
    select(*_STOP_COLUMNS)
    .where(
        certificate.c.authority_key == bindparam("of_authority"),
        or_(
            certificate.c.revoked_at.is_not(None),
            certificate.c.suspended_at.is_not(None),
            certificate.c.rests_from.is_not(None),
        ),
    )
    .order_by(certificate.c.serial)
)
"""What an authority's revocation list is written from."""

_REVOKE = (
    update(certificate)
    .where(_IS_CERTIFICATE)
    .values(revoked_at=bindparam("at"), stop_reason=bindparam("reason"))
)
"""Revokes a certificate."""

_HOLDERS_OF_SERIAL = select(certificate.c.person_reference).where(
    certificate.c.serial == bindparam("of_serial")
)
"""Who has certificates with a serial, whichever authority issued them."""

_SUSPEND = (
    update(certificate)
    .where(_IS_CERTIFICATE)
    .values(suspended_at=bindparam("at"), suspended_by=bindparam("by"))
)
"""Suspends a certificate, or lifts that."""

_LINK = update(certificate).where(_IS_CERTIFICATE).values(awaits_link=false())
"""Notes that J-LIS has said whose a certificate is."""


def add_card(connection: Connection, new: KnownCard) -> None:
    """Write down a carrier that was issued."""
    key = PersonKey.of(new.person_reference)
    connection.execute(insert(issued_card), {"bucket": key.bucket, **vars(new)})


def find_card(connection: Connection, serial_number: str) -> KnownCard | None:
    """Find a carrier by its serial number."""
    row = connection.execute(_CARD, {"serial_number": serial_number}).one_or_none()
    return KnownCard(*row) if row else None


def add_certificate(connection: Connection, new: NewCertificate) -> None:
    """Write down a certificate that was issued: the way in by it, and that of its holder."""
    whose = {
        **PersonKey.of(new.person_reference)._asdict(),
        "authority_key": new.authority_key,
        "serial": new.serial,
    }
    connection.execute(
        insert(certificate),
        {
            **whose,
            "fingerprint": new.fingerprint,
            "expires_on": new.expires_on,
            "renewed_at": new.replaces.at if new.replaces else None,
            "replaced_expiry": new.replaces.expired_on if new.replaces else None,
            "grace": new.grace,
            "awaits_link": new.awaits_link,
        },
    )
    connection.execute(
        insert(card_certificate),
        {**whose, "card": new.card, "kind": new.kind, "purpose": new.purpose},
    )
    if new.purpose == CertificatePurpose.AUTHENTICATION and not Carrier(new.kind).is_phone:
        add_end(
            connection,
            CertificateEnd(new.expires_on, new.authority_key, new.serial, new.person_reference),
        )


def certificates_of(connection: Connection, person_reference: str) -> list[CardCertificate]:
    """Return all certificates of a person, on whatever carrier."""
    held = connection.execute(_CERTIFICATES_OF_PERSON, PersonKey.of(person_reference).bound).all()
    # A few point reads rather than a join, as the two tables may lie on different machines.
    return [
        CardCertificate(
            one.authority_key,
            one.serial,
            one.card,
            one.kind,
            one.purpose,
            *connection.execute(
                _STATUS, {"of_authority": one.authority_key, "of_serial": one.serial}
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
            connection.execute(_REVOKE, {**one.key.bound, "at": at, "reason": reason})


def holders_of(connection: Connection, serial: int) -> list[str]:
    """Return who has certificates with this serial, whichever authority issued them."""
    return list(connection.scalars(_HOLDERS_OF_SERIAL, {"of_serial": serial}))


def suspend(
    connection: Connection, which: Iterable[CardCertificate], at: datetime | None, by: str | None
) -> None:
    """Suspend certificates from an instant on, as a carrier was reported; lift that with None."""
    for one in which:
        connection.execute(_SUSPEND, {**one.key.bound, "at": at, "by": by})


def link(connection: Connection, authority_key: bytes, serial: int) -> None:
    """Note that J-LIS has said whose a certificate is."""
    connection.execute(_LINK, {"of_authority": authority_key, "of_serial": serial})


def stop_of(connection: Connection, authority_key: bytes, serial: int) -> StoppedCertificate | None:
    """Return whether and why a certificate is stopped; None where none was issued."""
    key = CertificateKey(authority_key, serial)
    row = connection.execute(_STOP, key.bound).one_or_none()
    return _with_rest(connection, authority_key, StoppedCertificate(*row)) if row else None


def stopped(connection: Connection, authority_key: bytes) -> list[StoppedCertificate]:
    """Return all certificates of an authority that are revoked, suspended, or rest."""
    rows = connection.execute(_STOPPED, {"of_authority": authority_key}).all()
    return [_with_rest(connection, authority_key, StoppedCertificate(*row)) for row in rows]


def _with_rest(
    connection: Connection, authority_key: bytes, one: StoppedCertificate
) -> StoppedCertificate:
    """Say also of one that rests when that is for good."""
    if one.rests_from is None:
        return one
    rest = rest_of(connection, CertificateKey(authority_key, one.serial))
    return one if rest is None else replace(one, lapses_at=rest.lapses_at)
