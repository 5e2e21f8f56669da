"""Residents together with how their cards stand, many in one question.

Numbers, persons and certificates lie under different keys, so they are read one after the other: a
distributed database joins no tables that lie in different places.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, BigInteger, String, and_, any_, bindparam, func, select

from oqs_sim.store.person import PersonKey
from oqs_sim.store.person_query import PersonQuery
from oqs_sim.store.residents import RESIDENT, Resident, find_persons
from oqs_sim.store.schema import (
    card_certificate,
    certificate,
    registration,
    resident,
)
from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection, Row


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


_BESIDE = resident.outerjoin(
    registration,
    and_(
        registration.c.bucket == resident.c.bucket,
        registration.c.person_reference == resident.c.person_reference,
    ),
)
"""Residents, with the registration of their cards."""

_RESIDENTS = PersonQuery.of(
    resident, select(*RESIDENT, registration.c.channel).select_from(_BESIDE)
)
"""Some residents, and whether their cards are registered."""

_CHANNELS = PersonQuery.of(
    resident, select(resident.c.person_reference, registration.c.channel).select_from(_BESIDE)
)
"""Whether the cards of some residents are registered."""

_CERTIFICATES = PersonQuery.of(
    card_certificate,
    select(
        card_certificate.c.person_reference,
        card_certificate.c.authority_key,
        card_certificate.c.serial,
    ).where(
        card_certificate.c.purpose == CertificatePurpose.AUTHENTICATION,
        card_certificate.c.kind.in_([Carrier.CARD.value, Carrier.FACE_AUTHENTICATION_CARD.value]),
    ),
)
"""The authentication certificates of some persons' cards, also those that were revoked."""

_EXPIRIES = select(certificate.c.serial, certificate.c.expires_on).where(
    certificate.c.authority_key == bindparam("of_authority"), certificate.c.revoked_at.is_(None)
)
_each = func.json_each(bindparam("serials", type_=String)).table_valued("value", name="each")
_EXPIRIES_ON_SQLITE = _EXPIRIES.where(certificate.c.serial.in_(select(_each.c.value)))
"""Until when those of some certificates of an authority hold that are not revoked; their serials
are given as one JSON array."""
_EXPIRIES_ON_POSTGRESQL = _EXPIRIES.where(
    certificate.c.serial == any_(bindparam("serials", type_=ARRAY(BigInteger)))
)
"""The same; they are given as an array."""


def find_records(
    connection: Connection, individual_numbers: Sequence[str]
) -> dict[str, ResidentRecord]:
    """Find residents by 個人番号; who has none of these is left out."""
    persons = find_persons(connection, individual_numbers)
    expiries = _expiries(connection, persons)
    records = {}
    for *row, channel in _RESIDENTS.rows(connection, persons):
        found = Resident(*row)
        card = CardStanding(channel is not None, expiries.get(found.person_reference))
        records[found.individual_number] = ResidentRecord(found, card)
    return records


def find_cards(connection: Connection, person_references: Iterable[str]) -> dict[str, CardStanding]:
    """Find how the cards of residents stand, by their references."""
    persons = sorted(set(map(PersonKey.of, person_references)))
    expiries = _expiries(connection, persons)
    return {
        reference: CardStanding(channel is not None, expiries.get(reference))
        for reference, channel in _CHANNELS.rows(connection, persons)
    }


def _expiries(connection: Connection, persons: Sequence[PersonKey]) -> dict[str, date]:
    """Return until when the newest certificate of each person's card holds, where there is one."""
    holders: dict[bytes, dict[int, str]] = {}
    for reference, authority_key, serial in _CERTIFICATES.rows(connection, persons):
        holders.setdefault(authority_key, {})[serial] = reference
    newest: dict[str, date] = {}
    for authority_key, holder_of in holders.items():
        for serial, expires_on in _expiries_of(connection, authority_key, sorted(holder_of)):
            reference = holder_of[serial]
            known = newest.get(reference)
            if known is None or expires_on > known:
                newest[reference] = expires_on
    return newest


def _expiries_of(
    connection: Connection, authority_key: bytes, serials: Sequence[int]
) -> Sequence[Row[int, date]]:
    asked: dict[str, object] = {"of_authority": authority_key, "serials": serials}
    if connection.dialect.name == "postgresql":
        return connection.execute(_EXPIRIES_ON_POSTGRESQL, asked).all()
    asked["serials"] = json.dumps(serials)
    return connection.execute(_EXPIRIES_ON_SQLITE, asked).all()
