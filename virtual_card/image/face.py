"""What is printed on the card and kept in it: whose it is, its pictures, who vouches for them."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from virtual_card.encoding.cv_certificate import CvCertificate

_ERAS = (date(2019, 5, 1), date(1989, 1, 8), date(1926, 12, 25), date(1912, 7, 30))
"""First days of 令和, 平成, 昭和 and 大正; before them was 明治, whose first year was 1868."""
_MEIJI = 1868


@dataclass(frozen=True)
class Holder:
    """基本4情報 and the number, as the text on the card has them."""

    individual_number: str
    """個人番号, 12 digits."""
    name: str
    """Family and given name with an ideographic space (U+3000) between them."""
    address: str
    birthdate: date
    sex: str
    """JIS X 0303: 1 male, 2 female, 9 not applicable, 0 unknown (a certificate writes 1, 2, 3)."""


@dataclass(frozen=True)
class Pictures:
    """The face of the card as pictures."""

    name: bytes = field(repr=False)
    """PNG with 1 bit, as all but the photo."""
    address: bytes = field(repr=False)
    individual_number: bytes = field(repr=False)
    security_code: bytes = field(repr=False)
    """セキュリティコード, four digits under the photo."""
    photo: bytes = field(repr=False, default=b"")
    """JPEG 2000 (JP2) in grey; nothing on the card of an infant (P-010)."""


@dataclass(frozen=True)
class Face:
    """The printed face with the keys that vouch for it.

    A real card holds what was signed; this one signs when it is asked, so that a text or picture
    in its image can be changed and still verifies.
    """

    holder: Holder
    pictures: Pictures
    chip_key: bytes = field(repr=False)
    """The card's own RSA-2048 key, PKCS #8 as DER. One key stands for several here: that which
    signs challenges, that in the signed records, and that for session keys."""
    signing_key: bytes = field(repr=False)
    """Key of the municipality that signs text and pictures; on no real card."""
    signing_certificate: bytes = field(repr=False)
    """Card-verifiable certificate of that key, 568 bytes."""

    @cached_property
    def chip(self) -> RSAPrivateKey:
        """The card's own key, ready for use."""
        return load_key(self.chip_key)

    @cached_property
    def signer(self) -> RSAPrivateKey:
        """The municipality's key, ready for use."""
        return load_key(self.signing_key)

    @cached_property
    def certificate(self) -> CvCertificate:
        """The municipality's certificate, read."""
        return CvCertificate.parse(self.signing_certificate)


def load_key(der: bytes) -> RSAPrivateKey:
    """Make a private key of a card image ready for use."""
    # Its consistency was checked when it was made or read from a file.
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


def key_bytes(key: RSAPrivateKey) -> bytes:
    """Write a private key as a card image keeps it (PKCS #8, DER)."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def era_birthdate(birthdate: date) -> str:
    """Write a birthdate as the card's key 生年月日 takes it: the year of the era, month, day."""
    first_year = next((era.year for era in _ERAS if birthdate >= era), _MEIJI)
    return f"{birthdate.year - first_year + 1:02d}{birthdate:%m%d}"


def number_b(birthdate: date, expires_on: date, security_code: str) -> str:
    """Write 照合番号B: birthdate with the era's year, Gregorian year of expiry, security code."""
    return f"{era_birthdate(birthdate)}{expires_on:%Y}{security_code}"
