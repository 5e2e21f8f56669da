"""Residents together with how their cards stand, many in one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select

from oqs_sim.store.residents import RESIDENT, Resident
from oqs_sim.store.schema import (
    card_certificate,
    certificate,
    registration,
    resident,
    resident_by_number,
)
from storage import bucket_of
from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class CardStanding:
    """How a person's card stands."""

    registered: bool = False
    """Whether it is registered for insurance use (利用登録)."""
    certificate_expires_on: date | None = None
    """Until when the newest authentication certificate holds that is not revoked; None without."""


NO_CARD = CardStanding()


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """A resident, and how their card stands."""

    resident: Resident
    card: CardStanding


_EXPIRES_ON = (
    select(func.max(certificate.c.expires_on))
    .select_from(card_certificate)
    .join(
        certificate,
        and_(
            certificate.c.authority_key == card_certificate.c.authority_key,
            certificate.c.serial == card_certificate.c.serial,
        ),
    )
    .where(
        card_certificate.c.bucket == resident.c.bucket,
        card_certificate.c.person_reference == resident.c.person_reference,
        card_certificate.c.purpose == CertificatePurpose.AUTHENTICATION,
        card_certificate.c.kind.in_([Carrier.CARD.value, Carrier.FACE_AUTHENTICATION_CARD.value]),
        certificate.c.revoked_at.is_(None),
    )
    .correlate(resident)
    .scalar_subquery()
    .label("certificate_expires_on")
)
"""Until when the newest certificate of a resident's card holds."""

_OF_RESIDENT = and_(
    registration.c.bucket == resident.c.bucket,
    registration.c.person_reference == resident.c.person_reference,
)

_RECORDS = (
    select(*RESIDENT, registration.c.channel, _EXPIRES_ON)
    .select_from(resident_by_number)
    .join(
        resident,
        and_(
            resident.c.bucket == resident_by_number.c.bucket,
            resident.c.person_reference == resident_by_number.c.person_reference,
        ),
    )
    .outerjoin(registration, _OF_RESIDENT)
    .where(resident_by_number.c.individual_number.in_(bindparam("numbers", expanding=True)))
)
"""The residents who have one of these 個人番号, and how their cards stand."""

_CARDS = (
    select(resident.c.person_reference, registration.c.channel, _EXPIRES_ON)
    .outerjoin(registration, _OF_RESIDENT)
    .where(
        resident.c.bucket == bindparam("of_bucket"),
        resident.c.person_reference.in_(bindparam("persons", expanding=True)),
    )
)
"""How the cards of these residents of a bucket stand."""


def find_records(
    connection: Connection, individual_numbers: Sequence[str]
) -> dict[str, ResidentRecord]:
    """Find residents by 個人番号; who has none of these is left out."""
    records = {}
    for *row, channel, expires_on in connection.execute(_RECORDS, {"numbers": individual_numbers}):
        found = Resident(*row)
        card = CardStanding(channel is not None, expires_on)
        records[found.individual_number] = ResidentRecord(found, card)
    return records


def find_cards(connection: Connection, person_references: Iterable[str]) -> dict[str, CardStanding]:
    """Find how the cards of residents stand, by their references."""
    buckets: dict[int, list[str]] = {}
    for reference in person_references:
        buckets.setdefault(bucket_of(reference), []).append(reference)
    return {
        reference: CardStanding(channel is not None, expires_on)
        for bucket, persons in buckets.items()
        for reference, channel, expires_on in connection.execute(
            _CARDS, {"of_bucket": bucket, "persons": persons}
        )
    }
