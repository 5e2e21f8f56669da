"""What carries certificates: which of them it gets, and whether there is a photo."""

from __future__ import annotations

from datetime import date

from eligibility.card.makes import CardMake
from wire.vocabulary.jlis import Carrier, CertificatePurpose

SIGNATURE_FROM_AGE = 15
"""A younger child gets no signature certificate."""
PHOTO_FROM_AGE, WITHOUT_PHOTO_FROM = 1, date(2024, 12, 2)
"""A younger infant's card has no photo, where it is applied for from this day on (P-010)."""
LAST_RESIDENT_REGISTER_CARD = date(2015, 12, 28)
"""Last day on which a 住基カード was issued."""
RESIDENT_REGISTER_CARD_YEARS = 10


def purposes_of(carrier: Carrier, age: int) -> tuple[CertificatePurpose, ...]:
    """Say which certificates a carrier gets."""
    if carrier is Carrier.RESIDENT_REGISTER_CARD:
        return (CertificatePurpose.SIGNATURE,)
    if carrier is Carrier.FACE_AUTHENTICATION_CARD or age < SIGNATURE_FROM_AGE:
        return (CertificatePurpose.AUTHENTICATION,)
    return (CertificatePurpose.AUTHENTICATION, CertificatePurpose.SIGNATURE)


def make_of(carrier: Carrier) -> CardMake:
    """Say whether a card has a PIN (P-011); a phone has one, or what takes its place."""
    return CardMake.FACE_ONLY if carrier is Carrier.FACE_AUTHENTICATION_CARD else CardMake.STANDARD


def has_photo(age: int, issued_on: date) -> bool:
    """Say whether a card has a photo; an infant's has none (P-010)."""
    return age >= PHOTO_FROM_AGE or issued_on < WITHOUT_PHOTO_FROM
