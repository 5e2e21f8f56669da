"""Card-verifiable certificates: how J-LIS vouches for keys that a chip checks.

The form is that of the real cards' own (card sheet, section 1): `7F21 { 5F4E { issuer's key id,
subject's key id, 90 e, 91 n }, 5F37 { signature } }`, RSASSA-PKCS1-v1_5 with SHA-256 over the
value of 5F4E. The card has its own reading of it; the two meet in these bytes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_EXPONENT = bytes.fromhex("9003010001")
_KEY_BYTES = 256


def key_id(number: str, version: str = "001") -> bytes:
    """Name a key in 16 bytes: seven digits, `08 05`, three digits of version, four zeros."""
    return number.encode("ascii") + b"\x08\x05" + version.encode("ascii") + bytes(4)


def certify(
    issuer: RSAPrivateKey, issuer_id: bytes, subject: RSAPublicKey, subject_id: bytes
) -> bytes:
    """Return the certificate of a key, 568 bytes."""
    modulus = subject.public_numbers().n.to_bytes(_KEY_BYTES, "big")
    body = issuer_id + subject_id + _EXPONENT + _element("91", modulus)
    signature = issuer.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return _element("7F21", _element("5F4E", body) + _element("5F37", signature))


def _element(tag: str, value: bytes) -> bytes:
    """Write an element of more than 127 bytes as the card wants it: always `82 hh ll`."""
    return bytes.fromhex(tag) + b"\x82" + len(value).to_bytes(2, "big") + value
