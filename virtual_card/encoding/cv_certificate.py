"""Card-verifiable certificates: an RSA-2048 key with its name, in a form that a chip can check.

`7F21 { 5F4E { issuer's key id, subject's key id, 90 e, 91 n }, 5F37 { signature } }`, 568 bytes.
The signature is RSASSA-PKCS1-v1_5 with SHA-256 over the value of 5F4E. Two readers of real cards
agree on these bytes; the keys and their names here are simulated.
"""

from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)

from virtual_card.encoding import tlv

KEY_ID_LENGTH = 16
_TEMPLATE, _BODY, _SIGNATURE = 0x7F21, 0x5F4E, 0x5F37
_EXPONENT, _MODULUS = 0x90, 0x91
_EXPONENT_VALUE = b"\x01\x00\x01"
_MODULUS_LENGTH = 256
_PKCS1, _SHA256 = padding.PKCS1v15(), hashes.SHA256()


def key_id(number: str, version: str = "001") -> bytes:
    """Write a key's name: seven digits, `08 05`, three digits of version, four zeros.

    Real numbers begin with 5, 6 or a municipality's code; simulated ones with 99.
    """
    return number.encode("ascii") + b"\x08\x05" + version.encode("ascii") + bytes(4)


def public_key_fields(key: RSAPublicKey) -> bytes:
    """Write an RSA-2048 key as the card does: `90 03 010001 91 820100 n`, 265 bytes."""
    modulus = key.public_numbers().n.to_bytes(_MODULUS_LENGTH, "big")
    return tlv.encode(_EXPONENT, _EXPONENT_VALUE) + tlv.encode(_MODULUS, modulus)


def read_public_key(fields: bytes) -> RSAPublicKey:
    """Read what `public_key_fields` writes; raises ValueError for anything else."""
    found = dict(tlv.decode(fields))
    if list(found) != [_EXPONENT, _MODULUS] or found[_EXPONENT] != _EXPONENT_VALUE:
        message = "a public key is 90 03 010001 91 820100 and the modulus"
        raise ValueError(message)
    modulus = found[_MODULUS]
    if len(modulus) != _MODULUS_LENGTH or not modulus[0] & 0x80:
        message = "the modulus must have 2048 bits"
        raise ValueError(message)
    return RSAPublicNumbers(65537, int.from_bytes(modulus, "big")).public_key()


@dataclass(frozen=True)
class CvCertificate:
    """A key, who vouches for it, and the signature that says so."""

    body: bytes
    """The value of 5F4E, 297 bytes, which the signature is over."""
    signature: bytes

    @classmethod
    def issue(
        cls,
        issuer: RSAPrivateKey,
        issuer_key_id: bytes,
        subject: RSAPublicKey,
        subject_key_id: bytes,
    ) -> Self:
        """Sign a key with the issuer's."""
        body = issuer_key_id + subject_key_id + public_key_fields(subject)
        return cls(body, issuer.sign(body, _PKCS1, _SHA256))

    @classmethod
    def parse(cls, encoded: bytes) -> Self:
        """Read a certificate, with its template or without; raises ValueError."""
        fields = list(tlv.decode(encoded))
        if len(fields) == 1 and fields[0][0] == _TEMPLATE:
            fields = list(tlv.decode(fields[0][1]))
        if [tag for tag, _ in fields] != [_BODY, _SIGNATURE]:
            message = "a card-verifiable certificate is 7F21 with 5F4E and 5F37"
            raise ValueError(message)
        certificate = cls(fields[0][1], fields[1][1])
        read_public_key(certificate.body[2 * KEY_ID_LENGTH :])
        return certificate

    @property
    def issuer_key_id(self) -> bytes:
        """The name of the key that signed it."""
        return self.body[:KEY_ID_LENGTH]

    @property
    def subject_key_id(self) -> bytes:
        """The name of the key in it."""
        return self.body[KEY_ID_LENGTH : 2 * KEY_ID_LENGTH]

    @property
    def public_key(self) -> RSAPublicKey:
        """The key in it."""
        return read_public_key(self.body[2 * KEY_ID_LENGTH :])

    @property
    def fields(self) -> bytes:
        """Body and signature without the template around them, as GET DATA tells them."""
        return tlv.encode(_BODY, self.body) + tlv.encode(_SIGNATURE, self.signature)

    def encode(self) -> bytes:
        """Write the whole certificate, 568 bytes."""
        return tlv.encode(_TEMPLATE, self.fields)

    def is_signed_by(self, issuer: RSAPublicKey) -> bool:
        """Whether the signature was made with the issuer's key."""
        try:
            issuer.verify(self.signature, self.body, _PKCS1, _SHA256)
        except InvalidSignature:
            return False
        return True
