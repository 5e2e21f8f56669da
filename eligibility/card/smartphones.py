"""The health card in a smartphone (スマートフォンのマイナ保険証).

Rules P-014 and P-015. It comes from the physical card, needs a clinic that is equipped for it, and
has no grace: it stops when the card or the card's certificate expires.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SMARTPHONES_FROM = date(2025, 9, 19)
"""Equipped clinics accept smartphones from this day on (P-014)."""


class Phone(StrEnum):
    """Kinds of smartphones, which identify their owners differently (P-014)."""

    IPHONE = "iphone"
    ANDROID = "android"

    @property
    def asks_for_pin(self) -> bool:
        """Whether the PIN of the phone's certificate is typed on the reader; else the device asks.

        An iPhone identifies its owner by face or finger.
        """
        return self is Phone.ANDROID


class PhoneObstacle(StrEnum):
    """Why a phone cannot be used; the physical card may do all the same."""

    NOT_YET = "not_yet"
    """制度の開始前."""
    CLINIC_NOT_EQUIPPED = "clinic_not_equipped"
    """医療機関が対応していない."""
    FIRST_VISIT = "first_visit"
    """初めての来院: bring the physical card."""
    CARD_EXPIRED = "card_expired"
    """カードの有効期限切れ."""
    CERTIFICATE_EXPIRED = "certificate_expired"
    """電子証明書の有効期限切れ, that of the card or of the phone."""
    APPLY_AGAIN = "apply_again"
    """更新後に申し込みなおしていない: it was set up before the card was renewed."""


@dataclass(frozen=True, slots=True)
class PhoneCard:
    """A health card in a phone: set up on a day, with a certificate of its own."""

    phone: Phone
    set_up_on: date
    certificate_expires_on: date


@dataclass(frozen=True, slots=True)
class ParentCard:
    """The physical card that a phone's card comes from, as last renewed."""

    card_expires_on: date
    certificate_expires_on: date
    renewed_on: date | None = None


def phone_obstacle(
    on: date,
    phone: PhoneCard,
    parent: ParentCard,
    *,
    clinic_equipped: bool = True,
    first_visit: bool = False,
) -> PhoneObstacle | None:
    """Return why a phone cannot be used on the day, or None (P-014, P-015).

    There is no grace. After a renewal of the physical card the phone is set up anew on the portal;
    one that was set up on the day of the renewal counts as set up after it [interp].
    """
    if on < SMARTPHONES_FROM:
        return PhoneObstacle.NOT_YET
    if not clinic_equipped:
        return PhoneObstacle.CLINIC_NOT_EQUIPPED
    if first_visit:
        return PhoneObstacle.FIRST_VISIT
    if on > parent.card_expires_on:
        return PhoneObstacle.CARD_EXPIRED
    if on > min(parent.certificate_expires_on, phone.certificate_expires_on):
        return PhoneObstacle.CERTIFICATE_EXPIRED
    if parent.renewed_on is not None and phone.set_up_on < parent.renewed_on <= on:
        return PhoneObstacle.APPLY_AGAIN
    return None
