"""What lies where on a My Number Card: applications, files, PINs and their formats.

Nothing here does anything: these are the names and numbers that both sides of the reader
need. Source: spec section 1 of the card (AIDs, EFs, access, PINs).
"""

import re
from dataclasses import dataclass
from enum import Enum, IntEnum


class Application(Enum):
    """An application of the card, with its AID (application identifier)."""

    JPKI = bytes.fromhex("D392F000260100000001")
    """公的個人認証: certificates and keys for user authentication and for signing."""
    CARD_INPUT_SUPPORT = bytes.fromhex("D3921000310001010408")
    """券面入力補助: the printed attributes and the My Number as text."""
    CARD_SURFACE = bytes.fromhex("D3921000310001010402")
    """券面事項確認: the printed face as pictures."""
    COMMON = bytes.fromhex("D3921000310001010100")
    """共通カード: the card's own serial number and municipality."""
    RESIDENT_REGISTER = bytes.fromhex("D3921000310001010401")
    """住基: the resident register."""
    ISSUER_SECURITY_DOMAIN = bytes.fromhex("A0000001510000")
    """The GlobalPlatform domain that is current when the card gets power."""

    @property
    def aid(self) -> bytes:
        """The application identifier, as SELECT takes it."""
        return self.value


class CardKind(Enum):
    """What carries the certificates; the value is the label that JPKI EF 0006 begins with."""

    MY_NUMBER_CARD = "JPKIAPICCTOKEN2"
    ANDROID_PHONE = "JPKIAPGPSETOKEN"
    """A phone guards the authentication certificate with the authentication PIN."""
    IPHONE = "JPKIAPIOSTOKEN"
    RESIDENT_REGISTER_CARD = "JPKIAPICCTOKEN"
    """住基カード, the card before the My Number Card; its certificates ended in 2025."""

    @property
    def label(self) -> bytes:
        """The 32 bytes of the label as they stand on the card, padded with spaces."""
        return self.value.encode("ascii").ljust(32)

    @property
    def is_phone(self) -> bool:
        """Whether a phone answers, not a card."""
        return self in (CardKind.ANDROID_PHONE, CardKind.IPHONE)


class JpkiFile(IntEnum):
    """A file of the JPKI application, by its two-byte identifier."""

    SIGNATURE_CERTIFICATE = 0x0001
    """署名用電子証明書, DER; holds name and address, so the signature password guards it."""
    SIGNATURE_CA_CERTIFICATE = 0x0002
    TOKEN_INFO = 0x0006
    CERTIFICATES_PRESENT = 0x0008
    """Three bytes; 8F in the first: signature certificate present, in the second: the other."""
    PROTECTED = 0x0009
    """Purpose unknown; no client reads it."""
    AUTHENTICATION_CERTIFICATE = 0x000A
    """利用者証明用電子証明書, DER; free to read on a card."""
    AUTHENTICATION_CA_CERTIFICATE = 0x000B
    TERMINAL_CA_KEY = 0x0016
    AUTHENTICATION_KEY = 0x0017
    AUTHENTICATION_PIN = 0x0018
    SIGNATURE_KEY = 0x001A
    SIGNATURE_PASSWORD = 0x001B

    @property
    def sfi(self) -> int:
        """The short file identifier (5 bits) that READ, VERIFY and sign take instead."""
        return self.value & 0x1F


TOKEN_INFO_LENGTH = 160
"""Bytes of JPKI EF 0006, a serialised CK_TOKEN_INFO."""

TOKEN_LABEL_LENGTH = 32
"""Bytes at the start of JPKI EF 0006 that name the kind of card."""


class SignatureMode(IntEnum):
    """P1 of `80 2A`: what the card does with the bytes before it signs (RSA-2048)."""

    VERBATIM = 0x00
    """PKCS #1 v1.5 padding around the bytes as they are; a DigestInfo is the caller's matter."""
    HASHED_BARE = 0x01
    """The card hashes (SHA-256) and pads the bare hash."""
    DIGEST = 0x02
    """32 bytes of SHA-256 come in; the card makes the DigestInfo."""
    HASHED = 0x03
    """The card hashes (SHA-256) and makes the DigestInfo."""
    PSS_DIGEST = 0x04
    """32 bytes of SHA-256 come in; RSASSA-PSS."""
    PSS_HASHED = 0x05
    """The card hashes (SHA-256); RSASSA-PSS."""


LONGEST_VERBATIM_INPUT = 245
"""Bytes that PKCS #1 v1.5 leaves in 2048 bits."""


@dataclass(frozen=True)
class PinReference:
    """One secret of the card: where it is kept, how it is written, how often it may be missed."""

    application: Application
    file: int
    name: str
    """Its Japanese name, as a person knows it."""
    shortest: int
    longest: int
    pattern: str
    """A regular expression of what the holder may have chosen."""
    format: str
    """The same for a person, in Japanese."""
    tries: int

    def accepts(self, text: str) -> bool:
        """Whether a text has the form of this secret (never whether it is right)."""
        return re.fullmatch(self.pattern, text, re.ASCII) is not None


AUTHENTICATION_PIN = PinReference(
    application=Application.JPKI,
    file=JpkiFile.AUTHENTICATION_PIN,
    name="利用者証明用電子証明書の暗証番号",
    shortest=4,
    longest=4,
    pattern=r"[0-9]{4}",
    format="数字4桁",
    tries=3,
)
"""利用者証明用: the four digits that a patient types at the reader."""

SIGNATURE_PASSWORD = PinReference(
    application=Application.JPKI,
    file=JpkiFile.SIGNATURE_PASSWORD,
    name="署名用電子証明書のパスワード",
    shortest=6,
    longest=16,
    pattern=r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}",
    format="英大文字と数字を両方含む6〜16文字",
    tries=5,
)
"""署名用: compared byte for byte, so a client upper-cases it first."""

LONGEST_PIN = 16
"""Bytes that VERIFY takes at most."""
