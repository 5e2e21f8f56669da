"""What carries certificates, which of them it carries, and why they are stopped."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from oqs_sim.jlis.authority import Purpose

SIGNATURE_FROM_AGE = 15
"""A younger child gets no signature certificate."""
PHOTO_FROM_AGE, WITHOUT_PHOTO_FROM = 1, date(2024, 12, 2)
"""A younger infant's card has no photo, where it is applied for from this day on (P-010)."""
LAST_RESIDENT_REGISTER_CARD = date(2015, 12, 28)
"""Last day on which a 住基カード was issued."""
RESIDENT_REGISTER_CARD_YEARS = 10


class Carrier(StrEnum):
    """What carries the certificates."""

    CARD = "card"
    """マイナンバーカード."""
    FACE_AUTHENTICATION_CARD = "face_authentication_card"
    """顔認証マイナンバーカード: no PIN is set, and there is no signature certificate (P-011)."""
    ANDROID = "android"
    IPHONE = "iphone"
    RESIDENT_REGISTER_CARD = "resident_register_card"
    """住基カード, with a signature certificate only."""

    @property
    def is_phone(self) -> bool:
        """Whether it hangs on a card, and has no grace (P-015)."""
        return self in {Carrier.ANDROID, Carrier.IPHONE}


class StopReason(StrEnum):
    """Why a certificate was revoked; the values are those of a revocation list."""

    RETURNED = "cessationOfOperation"
    """返納."""
    LOST = "keyCompromise"
    CHANGED = "affiliationChanged"
    """The name or the address of a signature certificate is no longer right."""
    SUPERSEDED = "superseded"
    """A new certificate has taken its place."""
    UNSPECIFIED = "unspecified"


def purposes_of(carrier: Carrier, age: int) -> tuple[Purpose, ...]:
    """Say which certificates a carrier gets."""
    if carrier is Carrier.RESIDENT_REGISTER_CARD:
        return (Purpose.SIGNATURE,)
    if carrier is Carrier.FACE_AUTHENTICATION_CARD or age < SIGNATURE_FROM_AGE:
        return (Purpose.AUTHENTICATION,)
    return (Purpose.AUTHENTICATION, Purpose.SIGNATURE)


def has_photo(age: int, issued_on: date) -> bool:
    """Say whether a card has a photo; an infant's has none (P-010)."""
    return age >= PHOTO_FROM_AGE or issued_on < WITHOUT_PHOTO_FROM
