"""The JPKI application (公的個人認証) of the card."""

from dataclasses import dataclass
from enum import Enum

from reader import apdu
from reader.applications.application_client import ApplicationClient
from reader.card_text import shown
from reader.certificate import CardCertificate, UnreadableCertificate
from reader.connection import send_long
from reader.description.layout import (
    AUTHENTICATION_PIN,
    SIGNATURE_PASSWORD,
    TOKEN_LABEL_LENGTH,
    Application,
    CardKind,
    JpkiFile,
    PinReference,
    SignatureMode,
)
from reader.description.status import StatusWord
from reader.errors import CardFault, NotMyNumberCard

_PRESENT = 0x8F
_CHALLENGE_LENGTH = 16
"""Bytes of the card's challenge to a terminal: our reading."""


class CertificateFile(Enum):
    """The four certificates of JPKI and where they are kept."""

    AUTHENTICATION = JpkiFile.AUTHENTICATION_CERTIFICATE
    """利用者証明用電子証明書; a phone shows it only after the authentication PIN."""
    SIGNATURE = JpkiFile.SIGNATURE_CERTIFICATE
    """署名用電子証明書; shown only after the signature password."""
    AUTHENTICATION_CA = JpkiFile.AUTHENTICATION_CA_CERTIFICATE
    SIGNATURE_CA = JpkiFile.SIGNATURE_CA_CERTIFICATE


class SigningKey(Enum):
    """The two private keys of JPKI."""

    AUTHENTICATION = (JpkiFile.AUTHENTICATION_KEY, AUTHENTICATION_PIN)
    """For saying who one is."""
    SIGNATURE = (JpkiFile.SIGNATURE_KEY, SIGNATURE_PASSWORD)
    """For signing documents."""

    @property
    def file(self) -> JpkiFile:
        """Where it is kept."""
        return self.value[0]

    @property
    def secret(self) -> PinReference:
        """The PIN that opens it."""
        return self.value[1]


@dataclass(frozen=True)
class CertificatesPresent:
    """Which certificates a card was given (JPKI EF 0008)."""

    signature: bool
    """False on the card of a child under 15, and on one without PIN."""
    authentication: bool


class JpkiClient(ApplicationClient):
    """Speaks with JPKI  over a connection. `select` comes first."""

    application = Application.JPKI

    def token_label(self) -> str:
        """Read what the token calls itself (JPKI EF 0006), without its padding."""
        label = self.read(JpkiFile.TOKEN_INFO, TOKEN_LABEL_LENGTH)
        if not label:
            raise CardFault("reading what the token calls itself: the card gives nothing")
        return shown(label.decode("ascii", errors="replace").rstrip(" \x00"))

    def kind(self) -> CardKind:
        """Say what carries the certificates; raises `NotMyNumberCard` for an unknown label."""
        label = self.token_label()
        try:
            return CardKind(label)
        except ValueError:
            raise NotMyNumberCard(found=label) from None

    def certificates_present(self) -> CertificatesPresent:
        """Read which certificates there are (JPKI EF 0008)."""
        flags = self.read(JpkiFile.CERTIFICATES_PRESENT, 3)
        if len(flags) < 2:
            raise CardFault("reading which certificates there are: the card's list is too short")
        return CertificatesPresent(
            signature=flags[0] == _PRESENT, authentication=flags[1] == _PRESENT
        )

    def certificate(self, which: CertificateFile) -> CardCertificate:
        """Read a certificate.

        The card's file may be longer than what it holds (filler), so the length is taken from
        the DER header. One command where the reader carries long answers, else one per 256
        bytes. Raises `CardFault`, with 6982 where its PIN is missing, and for what is no
        certificate, or a damaged one as far as one can see without its issuer.
        """
        der = self.read_whole_object(which.value)
        try:
            return CardCertificate.read(der)
        except UnreadableCertificate as error:
            during = f"reading the {which.name.lower()} certificate"
            raise CardFault(during, reason=str(error)) from error

    def authentication_certificate(self) -> CardCertificate:
        """Read the user-authentication certificate (利用者証明用電子証明書)."""
        return self.certificate(CertificateFile.AUTHENTICATION)

    def sign_with(
        self, key: SigningKey, message: bytes, mode: SignatureMode = SignatureMode.VERBATIM
    ) -> bytes:
        """Have the card sign, 256 bytes; see `SignatureMode` for what the message must be.

        The key's PIN must have been verified; CardFault with 6982 where it was not.
        """
        return self.sign(key.file, lambda sfi: apdu.sign(message, mode, sfi))

    def challenge(self) -> bytes:
        """Ask for 16 random bytes, which a terminal has to sign."""
        challenge, status = self._connection.send(apdu.get_challenge(_CHALLENGE_LENGTH))
        if status != StatusWord.SUCCESS or len(challenge) != _CHALLENGE_LENGTH:
            raise CardFault("GET CHALLENGE", status_word=status)
        return challenge

    def show_terminal(self, certificate: bytes) -> None:
        """Show a terminal's card-verifiable certificate (SET PUBLIC IC KEY).

        Raises `CardFault` where the card does not accept it (6A80 malformed, 6300 not signed by
        the authority that it knows).
        """
        command = apdu.set_public_key(certificate, JpkiFile.TERMINAL_CA_KEY.sfi)
        _, status = send_long(self._connection, command)
        if status != StatusWord.SUCCESS:
            raise CardFault("showing the terminal's certificate", status_word=status)

    def authenticate_terminal(self, signature: bytes) -> None:
        """Answer the challenge with the terminal's signature (EXTERNAL AUTHENTICATE).

        Raises `CardFault` (6985 no certificate or challenge before, 6300 wrong signature).
        """
        command = apdu.external_authenticate(signature, JpkiFile.TERMINAL_CA_KEY.sfi)
        _, status = send_long(self._connection, command)
        if status != StatusWord.SUCCESS:
            raise CardFault("authenticating the terminal", status_word=status)
