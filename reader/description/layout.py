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

    @property
    def ja(self) -> str:
        """Its name for a person."""
        return _NAMES_JA[self]


_NAMES_JA = {
    Application.JPKI: "公的個人認証",
    Application.CARD_INPUT_SUPPORT: "券面入力補助",
    Application.CARD_SURFACE: "券面事項確認",
    Application.COMMON: "共通",
    Application.RESIDENT_REGISTER: "住基",
    Application.ISSUER_SECURITY_DOMAIN: "発行者",
}


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


class CardFile(IntEnum):
    """A file of one of the card's applications, by its two-byte identifier."""

    @property
    def sfi(self) -> int:
        """The short file identifier (5 bits) that READ, VERIFY and sign take instead."""
        return self.value & 0x1F


class JpkiFile(CardFile):
    """A file of JPKI (公的個人認証)."""

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
    """Public key of the authority whose terminals may use the card without a PIN."""
    AUTHENTICATION_KEY = 0x0017
    AUTHENTICATION_PIN = 0x0018
    SIGNATURE_KEY = 0x001A
    SIGNATURE_PASSWORD = 0x001B


class InputSupportFile(CardFile):
    """A file of 券面入力補助 (the printed attributes as text)."""

    INDIVIDUAL_NUMBER = 0x0001
    """個人番号, `FF10`; 17 bytes."""
    ATTRIBUTES = 0x0002
    """氏名・住所・生年月日・性別, `FF20`."""
    SIGNATURES = 0x0003
    """Hashes of the two files before, and the signature over them, `FF30`; 336 bytes."""
    CARD_CERTIFICATE = 0x0004
    """Card-verifiable certificate of the signing key, `7F21`; 568 bytes."""
    APPLICATION_INFO = 0x0005
    """`FF40`; 256 bytes."""
    SESSION_KEY = 0x0006
    """Public key for secure messaging, `A1`; 269 bytes."""
    APPLICATION_KEY = 0x0007
    """Public key of the application, `FF50`; 536 bytes."""
    RESERVED = 0x0008
    """16 bytes of FF; who may read them is unknown."""
    PIN = 0x0011
    BLOCKED_PIN = 0x0012
    """Blocked on every card; its purpose is unknown."""
    SIGNING_KEY = 0x0013
    """Signs with `80 2A` and asks for no PIN."""
    NUMBER_A = 0x0014
    """照合番号A."""
    NUMBER_B = 0x0015
    """照合番号B."""


class SurfaceFile(CardFile):
    """A file of 券面事項確認 (the printed face as pictures)."""

    AGE = 0x0001
    """生年月日, `FF10`, for age checks."""
    FACE = 0x0002
    """Pictures of name, address and photo, `FF20`."""
    APPLICATION_INFO = 0x0003
    """`FF30`, with the municipality."""
    CARD_CERTIFICATE = 0x0004
    """Card-verifiable certificate of the signing key, `7F21`; 568 bytes."""
    INDIVIDUAL_NUMBER = 0x0005
    """個人番号 as a picture, `FF40`."""
    RESERVED = 0x0006
    """16 bytes of FF."""
    BIRTHDATE = 0x0011
    """生年月日 as six digits, the year of the Japanese era first."""
    NUMBER_B = 0x0012
    """照合番号B; here B comes before A."""
    NUMBER_A = 0x0013
    """照合番号A."""


class CommonFile(CardFile):
    """A file of 共通カード."""

    CARD_RECORD = 0x0001
    """Record 1, `01`: serial number (15 digits), municipality (5), expiry (8)."""
    KEY_REFERENCE = 0x0002
    """16 bytes."""
    INTERNAL_AUTHENTICATION_KEY = 0x0019
    """For INTERNAL AUTHENTICATE, without a PIN."""
    PIN = 0x001C
    INTERNAL = 0x001E
    """An internal file of unknown purpose."""


class ResidentRegisterFile(CardFile):
    """A file of 住基."""

    RECORD = 0x0002
    PIN = 0x001C


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


SIGNATURE_LENGTH = 256
"""Bytes of a signature of the card's keys (RSA-2048)."""

LONGEST_VERBATIM_INPUT = 245
"""Bytes that PKCS #1 v1.5 leaves in 2048 bits."""


@dataclass(frozen=True)
class PinReference:
    """One secret of the card: where it is kept, how it is written, how often it may be missed."""

    application: Application
    file: int
    ja: str
    """Its Japanese name, as a person knows it."""
    shortest: int
    longest: int
    pattern: str
    """A regular expression of what the holder may have chosen."""
    format: str
    """The same for a person, in Japanese."""
    format_en: str
    """Likewise in English."""
    tries: int
    """Wrong entries in a row after which it is blocked."""
    change_instruction: tuple[int, int, int] | None = None
    """CLA, INS and P1 of the command that changes it; None where its holder cannot."""
    en: str = "PIN"
    """Its name in English."""

    @property
    def is_numeric(self) -> bool:
        """Whether it has digits only, as the pad of a reader can type."""
        return self.pattern.startswith("[0-9]")

    def accepts(self, text: str) -> bool:
        """Whether a text has the form of this secret (never whether it is right)."""
        return re.fullmatch(self.pattern, text, re.ASCII) is not None


def _digits(
    count: int,
    application: Application,
    file: CardFile,
    ja: str,
    en: str,
    *,
    made_of: str = "",
    tries: int = 3,
    change_instruction: tuple[int, int, int] | None = None,
) -> PinReference:
    """Describe a secret of so many digits; `made_of` says to a person what stands in them."""
    return PinReference(
        application=application,
        file=file,
        ja=ja,
        en=en,
        shortest=count,
        longest=count,
        pattern=f"[0-9]{{{count}}}",
        format=f"数字{count}桁{made_of}",
        format_en=f"{count} digits",
        tries=tries,
        change_instruction=change_instruction,
    )


_CHANGE_REFERENCE_DATA = (0x00, 0x24, 0x01)
_CHANGE_KEY = (0x80, 0x32, 0x00)
"""CLA, INS and P1 of the two commands that change a PIN."""

AUTHENTICATION_PIN = _digits(
    4,
    Application.JPKI,
    JpkiFile.AUTHENTICATION_PIN,
    "利用者証明用電子証明書の暗証番号",
    "PIN of the user-authentication certificate",
    change_instruction=_CHANGE_REFERENCE_DATA,
)
"""利用者証明用: the four digits that a patient types at the reader."""

SIGNATURE_PASSWORD = PinReference(
    application=Application.JPKI,
    file=JpkiFile.SIGNATURE_PASSWORD,
    ja="署名用電子証明書のパスワード",
    en="password of the signature certificate",
    shortest=6,
    longest=16,
    pattern=r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}",
    format="英大文字と数字を両方含む6〜16文字",
    format_en="6 to 16 capital letters and digits, some of both",
    tries=5,
    change_instruction=_CHANGE_REFERENCE_DATA,
)
"""署名用: compared byte for byte, so a client upper-cases it first."""

INPUT_SUPPORT_PIN = _digits(
    4,
    Application.CARD_INPUT_SUPPORT,
    InputSupportFile.PIN,
    "券面入力補助用の暗証番号",
    "PIN of the printed attributes (券面入力補助)",
    change_instruction=_CHANGE_REFERENCE_DATA,
)
"""券面入力補助: opens the My Number and the printed attributes."""

RESIDENT_REGISTER_PIN = _digits(
    4,
    Application.RESIDENT_REGISTER,
    ResidentRegisterFile.PIN,
    "住民基本台帳用の暗証番号",
    "PIN of the resident register (住基)",
    change_instruction=_CHANGE_KEY,
)
"""住基: asked for at the municipal office."""

COMMON_PIN = _digits(
    4,
    Application.COMMON,
    CommonFile.PIN,
    "共通カードの暗証番号",
    "PIN of the common application (共通)",
    change_instruction=_CHANGE_KEY,
)
"""共通: set together with that of 住基; to the holder both are one."""

FOLKLORE_TRIES = 10
"""Tries of 照合番号A, 照合番号B and 生年月日, as the community has it; no primary text says so."""

_NUMBER_A = ("照合番号A(マイナンバー)", "number A (the My Number)")
_NUMBER_B = ("照合番号B", "number B (printed on the card)")
_MADE_OF_PRINT = "(生年月日6桁・有効期限の西暦4桁・セキュリティコード4桁)"

INPUT_SUPPORT_NUMBER_A = _digits(
    12,
    Application.CARD_INPUT_SUPPORT,
    InputSupportFile.NUMBER_A,
    *_NUMBER_A,
    tries=FOLKLORE_TRIES,
)
"""照合番号A for the text: the My Number; opens the My Number, not the attributes."""

INPUT_SUPPORT_NUMBER_B = _digits(
    14,
    Application.CARD_INPUT_SUPPORT,
    InputSupportFile.NUMBER_B,
    *_NUMBER_B,
    made_of=_MADE_OF_PRINT,
    tries=FOLKLORE_TRIES,
)
"""照合番号B for the text: all of it is printed on the card's face; opens the attributes."""

SURFACE_NUMBER_A = _digits(
    12,
    Application.CARD_SURFACE,
    SurfaceFile.NUMBER_A,
    *_NUMBER_A,
    tries=FOLKLORE_TRIES,
)
"""照合番号A for the pictures: opens the face and the picture of the My Number."""

SURFACE_NUMBER_B = _digits(
    14,
    Application.CARD_SURFACE,
    SurfaceFile.NUMBER_B,
    *_NUMBER_B,
    made_of=_MADE_OF_PRINT,
    tries=FOLKLORE_TRIES,
)
"""照合番号B for the pictures: opens the face."""

SURFACE_BIRTHDATE = _digits(
    6,
    Application.CARD_SURFACE,
    SurfaceFile.BIRTHDATE,
    "生年月日",
    "birthdate",
    made_of="(和暦の年2桁・月2桁・日2桁)",
    tries=FOLKLORE_TRIES,
)
"""生年月日 with the year of the era: opens the record for age checks."""

PIN_REFERENCES = (
    AUTHENTICATION_PIN,
    SIGNATURE_PASSWORD,
    INPUT_SUPPORT_PIN,
    RESIDENT_REGISTER_PIN,
    COMMON_PIN,
    INPUT_SUPPORT_NUMBER_A,
    INPUT_SUPPORT_NUMBER_B,
    SURFACE_NUMBER_A,
    SURFACE_NUMBER_B,
    SURFACE_BIRTHDATE,
)
"""Every secret of the card that has a holder."""

LONGEST_PIN = 16
"""Bytes that VERIFY takes at most."""


class StandInKind(Enum):
    """What lies on a real reader in the place of a simulated card (代役のカード).

    The values are historical bytes in the ATR of the simulated card. SIMULATION: no real card has
    them. They tell a desk, before any command, what of the card is real.
    """

    ANY_CARD = b"SIM-STAND-IN"
    """A card of any make: only the putting on and the taking off are real."""
    OWN_CARD_WITH_PIN = b"SIM-OWN-PIN"
    """Somebody's own My Number Card (ご自身のカード), whose PIN and signature are real too."""
    OWN_CARD_WITHOUT_PIN = b"SIM-OWN-CARD"
    """The same, of which no PIN is used."""

    @classmethod
    def told_by(cls, atr: bytes) -> "StandInKind | None":
        """Return what a card says of itself; None for one that nothing stands in for."""
        return next((kind for kind in cls if kind.value in atr), None)
