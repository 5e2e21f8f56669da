"""What a desk does with a card: look at it, and have its holder prove who they are."""

import hashlib
from dataclasses import dataclass

from reader.connection import CardConnection, exclusive
from reader.errors import PinBlocked, PinNotSent
from reader.jpki import JpkiApplication
from reader.layout import AUTHENTICATION_PIN, CardKind
from reader.pin import Pin

_SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
"""What PKCS #1 v1.5 puts before a SHA-256 hash (RFC 8017, section 9.2, note 1)."""


@dataclass(frozen=True)
class CardGlance:
    """What a card says before anybody types a PIN."""

    kind: CardKind
    tries: int | None
    """Tries that the authentication PIN still has; 0 is locked, None is unknown."""


@dataclass(frozen=True)
class IdentityProof:
    """A certificate and a signature over the challenge made with its key."""

    certificate: bytes
    """利用者証明用電子証明書 as DER."""
    signature: bytes
    """RSASSA-PKCS1-v1_5 with SHA-256 over the challenge, 256 bytes."""


def look(connection: CardConnection) -> CardGlance:
    """Say what kind of card lies there and how many tries its PIN has, without using one.

    Raises `NotMyNumberCard` for another card, `CardRemoved` when it is taken away meanwhile.
    """
    with exclusive(connection, reset=False):
        jpki = JpkiApplication(connection)
        jpki.select()
        return CardGlance(kind=jpki.kind(), tries=jpki.authentication_tries())


def prove_identity(
    connection: CardConnection,
    pin: Pin,
    challenge: bytes,
    *,
    confirmed_last_try: bool = False,
) -> IdentityProof:
    """Verify the PIN and have the card sign the challenge, in one exclusive transaction.

    The counter is read first and a PIN is sent at most once, never again by itself. With one
    try left it is not sent at all unless the holder confirmed that. The card is reset at the
    end, however it ends, so that nobody after us finds the PIN verified.

    Raises `PinNotSent`, `PinWrong`, `PinBlocked`, `NotMyNumberCard`, `CardRemoved` and
    `CardFault`.
    """
    digest_info = _SHA256_DIGEST_INFO + hashlib.sha256(challenge).digest()
    with exclusive(connection, reset=True):
        jpki = JpkiApplication(connection)
        jpki.select()
        kind = jpki.kind()
        # A card without a readable certificate must not cost a try. A phone shows it only
        # after the PIN.
        certificate = None if kind.is_phone else jpki.authentication_certificate()
        tries = jpki.authentication_tries()
        if tries == 0:
            raise PinBlocked
        if tries == 1 and not confirmed_last_try:
            raise PinNotSent.last_try(AUTHENTICATION_PIN.name)
        jpki.verify_authentication_pin(pin)
        signature = jpki.sign_with_authentication_key(digest_info)
        if certificate is None:
            certificate = jpki.authentication_certificate()
    return IdentityProof(certificate=certificate, signature=signature)
