"""Somebody's own My Number Card (ご自身のカード): known by its certificate, proved by its PIN.

Asked of it are what its application calls itself, which certificates it has, the tries of the
authentication PIN, and the authentication certificate, which needs no PIN; of a card that may have
been issued without PINs also the tries of 券面入力補助. No number, name or face is read. A card
that is no My Number Card hears one SELECT.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reader.applications.jpki import JpkiClient
from reader.connection import undisturbed
from reader.description.layout import AUTHENTICATION_PIN, CardKind
from reader.errors import CardFault, CardInUse, NotMyNumberCard
from reader.session import glance_at, prove_identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.certificate import CardCertificate
    from reader.connection import CardConnection
    from reader.pin import Pin

_CHALLENGE_LENGTH = 32


@dataclass(frozen=True)
class OwnCard:
    """What a My Number Card says without a PIN."""

    certificate: CardCertificate
    """利用者証明用電子証明書."""
    tries: int | None
    """Of the authentication PIN; 0 is locked or never set, None is unknown."""
    without_pin: bool
    """See `reader.session.CardGlance`."""


def recognise(connection: CardConnection) -> OwnCard | None:
    """Return what a My Number Card says of itself; None for a card without its application.

    Raises `NotMyNumberCard` for a phone, a 住基カード, and a card whose certificate is missing or
    cannot be read; `CardRemoved`, `CardFault`.
    """
    return undisturbed(connection, lambda: _recognise(connection))


def _recognise(connection: CardConnection) -> OwnCard | None:
    jpki = JpkiClient(connection)
    try:
        jpki.select()
    except CardInUse:
        raise
    except (NotMyNumberCard, CardFault):  # whatever another card makes of the command
        return None
    with jpki.telling_of_resets(AUTHENTICATION_PIN):
        kind = jpki.kind()
        if kind is CardKind.RESIDENT_REGISTER_CARD:
            raise NotMyNumberCard.resident_register_card()
        if kind.is_phone:
            raise NotMyNumberCard.phone()
        if not jpki.certificates_present().authentication:
            raise NotMyNumberCard.without_certificate()
        try:
            certificate = jpki.authentication_certificate()
        except CardFault as fault:
            if fault.__cause__ is None:  # what was read could be understood, if it was read at all
                raise
            raise NotMyNumberCard.unknown_certificate() from None
    glance = glance_at(connection, jpki, kind)
    return OwnCard(certificate, glance.tries, glance.without_pin)


def prove_own_card(
    connection: CardConnection, pin: Pin, is_this: Callable[[CardCertificate], bool]
) -> None:
    """Have the card compare its PIN and sign a challenge of ours, and check the signature.

    Of another card than is meant, the PIN is not sent; nor with one try left, or with unknown
    tries: the last try of a real card is never used.

    Raises what `prove_identity` does; `CardFault` also for another card.
    """

    def check(certificate: CardCertificate) -> None:
        if not is_this(certificate):
            raise CardFault("looking at the certificate", reason="it is another card's by now")

    prove_identity(connection, pin, secrets.token_bytes(_CHALLENGE_LENGTH), check=check)
