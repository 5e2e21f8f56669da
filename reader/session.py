"""What a desk does with a card: look at it, and have its holder prove who they are.

Whatever needs a PIN goes the same way: the counter is read first and a PIN is sent at most
once, never again by itself; with one try left it is not sent at all unless the holder confirmed
that; PIN and use lie in one exclusive transaction, and the card is reset at the end, however
that comes, so that nobody after us finds the PIN verified.
"""

import hashlib
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from reader.applications.application_client import ApplicationClient
from reader.applications.input_support import InputSupportClient
from reader.applications.jpki import CertificatesPresent, JpkiClient, SigningKey
from reader.certificate import CardCertificate
from reader.connection import CardConnection, exclusive, undisturbed
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_PIN,
    Application,
    CardKind,
    PinReference,
    SignatureMode,
)
from reader.errors import CardFault, NotMyNumberCard, PhoneNotTaken, PinBlocked, ReaderError
from reader.pin import Secret
from reader.terminal import Terminal

_Opened = TypeVar("_Opened", bound=ApplicationClient)

SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
"""What PKCS #1 v1.5 puts before a SHA-256 hash (RFC 8017, section 9.2, note 1)."""


@dataclass(frozen=True)
class CardGlance:
    """What a card says before anybody types a PIN."""

    kind: CardKind
    tries: int | None
    """Tries that the authentication PIN still has; 0 is locked, None is unknown."""
    without_pin: bool = False
    """Whether it seems to be a 顔認証マイナンバーカード, which was issued without PINs.

    An assumption: no public mark tells such a card. Taken for one is a card without signature
    certificate whose authentication PIN and text PIN both have no try left."""


@dataclass(frozen=True)
class IdentityProof:
    """A certificate and a signature over the challenge made with its key."""

    certificate: CardCertificate
    """利用者証明用電子証明書."""
    signature: bytes
    """RSASSA-PKCS1-v1_5 with SHA-256 over the challenge, 256 bytes."""


def look(connection: CardConnection) -> CardGlance:
    """Say what kind of card lies there and how many tries its PIN has, without using one.

    Raises `NotMyNumberCard` for another card, `CardRemoved` when it is taken away meanwhile.
    """

    def glance() -> CardGlance:
        jpki = JpkiClient(connection)
        jpki.select()
        with jpki.telling_of_resets(AUTHENTICATION_PIN):
            kind = jpki.kind()
        return glance_at(connection, jpki, kind)

    return undisturbed(connection, glance)


def prove_identity(
    connection: CardConnection,
    secret: Secret,
    challenge: bytes,
    *,
    confirmed_last_try: bool = False,
    takes_phones: bool = True,
    check: Callable[[CardCertificate], None] | None = None,
) -> IdentityProof:
    """Verify the authentication PIN and have the card sign the challenge.

    ``check`` may refuse the card by its certificate: what it raises comes before the PIN, which a
    phone, whose certificate its PIN guards, does not get then.

    Raises `PinNotSent`, `PinWrong`, `PinBlocked`, `NotMyNumberCard`, `CardRemoved` and
    `CardFault`; `PhoneNotTaken` for a phone unless the reader ``takes_phones``, before the PIN.
    """
    with exclusive(connection, reset=True):
        jpki = JpkiClient(connection)
        jpki.select()
        try:
            with jpki.telling_of_resets(AUTHENTICATION_PIN):
                kind = jpki.kind()
                if kind is CardKind.RESIDENT_REGISTER_CARD:
                    raise NotMyNumberCard.resident_register_card()
                if kind.is_phone and not takes_phones:
                    raise PhoneNotTaken
                # A card without a readable certificate must not cost a try. A phone shows it only
                # after the PIN.
                certificate = None if kind.is_phone else jpki.authentication_certificate()
                if check is not None:
                    if certificate is None:
                        raise NotMyNumberCard.phone()
                    check(certificate)
                jpki.present(secret, confirmed_last_try=confirmed_last_try)
                signature = _sign(jpki, challenge)
                if certificate is None:
                    certificate = jpki.authentication_certificate()
        except PinBlocked as blocked:
            if blocked.status_word is None and _seems_without_pin(connection, jpki):
                raise PinBlocked.without_pin() from None
            raise
    return _proof(certificate, signature, challenge)


def prove_identity_by_terminal(
    connection: CardConnection, terminal: Terminal, challenge: bytes
) -> IdentityProof:
    """Have an authorised terminal take the PIN's place, after it recognised the holder's face.

    SIMULATION, see `reader.terminal`. The terminal shows its certificate and signs the card's
    challenge; then the card signs ours. Raises what `prove_identity` does, but of PINs.
    """
    with exclusive(connection, reset=True):
        jpki = JpkiClient(connection)
        jpki.select()
        with jpki.telling_of_resets(AUTHENTICATION_PIN):
            certificate = jpki.authentication_certificate()
            jpki.show_terminal(terminal.certificate)
            jpki.authenticate_terminal(terminal.sign(jpki.challenge()))
            signature = _sign(jpki, challenge)
        return _proof(certificate, signature, challenge)


def sign(
    connection: CardConnection,
    secret: Secret,
    message: bytes,
    mode: SignatureMode = SignatureMode.VERBATIM,
    *,
    confirmed_last_try: bool = False,
) -> bytes:
    """Have the key that this PIN opens sign a message, 256 bytes.

    `SignatureMode` says what the message must be. Raises what `prove_identity` does.
    """
    key = next(key for key in SigningKey if key.secret is secret.reference)
    with opened(
        JpkiClient(connection), connection, secret, confirmed_last_try=confirmed_last_try
    ) as jpki:
        return jpki.sign_with(key, message, mode)


@contextmanager
def opened(
    application: _Opened,
    connection: CardConnection,
    secret: Secret,
    *,
    confirmed_last_try: bool = False,
) -> Iterator[_Opened]:
    """Hold the card alone with one application selected and one of its PINs verified."""
    with exclusive(connection, reset=True):
        application.select()
        with application.telling_of_resets(secret.reference):
            application.present(secret, confirmed_last_try=confirmed_last_try)
            yield application


def why_locked(connection: CardConnection, reference: PinReference) -> ReaderError:
    """Say why a PIN of this card has no try left: locked, never set, or nothing for it to open.

    Raises what reading the card does.
    """
    if reference.application is not Application.JPKI:
        return PinBlocked(reference=reference)
    if reference is AUTHENTICATION_PIN:
        glance = look(connection)
        if glance.kind is CardKind.RESIDENT_REGISTER_CARD:
            return NotMyNumberCard.resident_register_card()
        if glance.without_pin:
            return PinBlocked.without_pin()
    elif not undisturbed(connection, lambda: _present(connection)).signature:
        return PinBlocked.without_certificate(reference)
    return PinBlocked(reference=reference)


def _present(connection: CardConnection) -> CertificatesPresent:
    jpki = JpkiClient(connection)
    jpki.select()
    with jpki.telling_of_resets(AUTHENTICATION_PIN):
        return jpki.certificates_present()


def glance_at(connection: CardConnection, jpki: JpkiClient, kind: CardKind) -> CardGlance:
    """Glance at a card whose JPKI is current; another application may be afterwards."""
    tries = jpki.tries(AUTHENTICATION_PIN)
    is_card = kind is CardKind.MY_NUMBER_CARD
    without_pin = is_card and tries == 0 and _seems_without_pin(connection, jpki)
    return CardGlance(kind=kind, tries=tries, without_pin=without_pin)


def _sign(jpki: JpkiClient, challenge: bytes) -> bytes:
    digest_info = SHA256_DIGEST_INFO + hashlib.sha256(challenge).digest()
    return jpki.sign_with(SigningKey.AUTHENTICATION, digest_info)


def _proof(certificate: CardCertificate, signature: bytes, challenge: bytes) -> IdentityProof:
    """Put a proof together; raises `CardFault` where its parts do not belong together."""
    if not certificate.signed(signature, challenge):
        raise CardFault("signing", reason="the signature is not of the certificate's key")
    return IdentityProof(certificate=certificate, signature=signature)


def seems_without_pin(
    kind: CardKind, present: CertificatesPresent, spent: Set[PinReference]
) -> bool:
    """Apply the assumption of `CardGlance.without_pin`, by the PINs that have no try left."""
    return (
        kind is CardKind.MY_NUMBER_CARD
        and not present.signature
        and {AUTHENTICATION_PIN, INPUT_SUPPORT_PIN} <= spent
    )


def _seems_without_pin(connection: CardConnection, jpki: JpkiClient) -> bool:
    """Ask a My Number Card with a blocked PIN; another application is current afterwards."""
    present = jpki.certificates_present()
    if present.signature:
        return False
    text = InputSupportClient(connection)
    try:
        text.select()
    except NotMyNumberCard:
        return False
    spent = {AUTHENTICATION_PIN} | (
        {INPUT_SUPPORT_PIN} if text.tries(INPUT_SUPPORT_PIN) == 0 else set()
    )
    return seems_without_pin(CardKind.MY_NUMBER_CARD, present, spent)
