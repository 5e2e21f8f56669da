"""An order for a card, and what J-LIS answers it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.vocabulary.jlis import Carrier, CertificatePurpose

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.jlis.card_keys import CardKey
    from oqs_sim.store.cards import KnownCard
    from oqs_sim.store.residents import Resident


@dataclass(frozen=True)
class CardOrder:
    """An order for a card, or for certificates on a phone."""

    individual_number: str
    issued_on: date
    carrier: Carrier = Carrier.CARD
    security_code: str | None = None
    """Four digits under the photo; chosen by J-LIS where it is absent."""
    stay_ends_on: date | None = None
    """End of a foreign resident's period of stay (P-009)."""
    applied_on: date | None = None
    """The day of application, by which the age of adulthood goes (P-008); that of issue if absent.
    """


@dataclass(frozen=True)
class CertificateOnCard:
    """A certificate, its key and its issuer's certificate, as PEM."""

    certificate: str
    private_key: str
    authority: str
    serial: int
    expires_on: date


Certificates = dict[CertificatePurpose, CertificateOnCard]


@dataclass(frozen=True)
class IssuedCard:
    """What goes onto a new card. The PINs are set where the card is handed over, not here."""

    person: Resident
    card: KnownCard
    carrier: Carrier
    security_code: str
    photo: bool
    """Whether there is one on it; an infant's has none."""
    certificates: Certificates
    signer: CardKey
    """The municipality's key for text and pictures."""
    terminal_authority: CardKey
