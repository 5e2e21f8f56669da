"""The card's RSA-2048 signature in its six modes (`80 2A`)."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed

from reader.description.layout import LONGEST_VERBATIM_INPUT, SignatureMode
from reader.description.status import StatusWord
from virtual_card.chip.command import Refusal

_SHA256 = hashes.SHA256()
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=_SHA256.digest_size)
"""The salt's length is not documented; as long as the hash is what RFC 8017 advises."""


def sign(key: RSAPrivateKey, mode: SignatureMode, message: bytes) -> bytes:
    """Sign with the Chinese remainder theorem, through OpenSSL: 256 bytes.

    Refuses an empty message (6700), a verbatim one over 245 bytes (6985) and a digest that is
    not one (6A80, the word for it is our reading).
    """
    if not message:
        raise Refusal(StatusWord.WRONG_LENGTH)
    if mode in (SignatureMode.DIGEST, SignatureMode.PSS_DIGEST):
        if len(message) != _SHA256.digest_size:
            raise Refusal(StatusWord.WRONG_DATA)
        scheme = _PKCS1 if mode is SignatureMode.DIGEST else _PSS
        return key.sign(message, scheme, Prehashed(_SHA256))
    if mode is SignatureMode.HASHED:
        return key.sign(message, _PKCS1, _SHA256)
    if mode is SignatureMode.PSS_HASHED:
        return key.sign(message, _PSS, _SHA256)
    if mode is SignatureMode.HASHED_BARE:
        message = hashlib.sha256(message).digest()
    if len(message) > LONGEST_VERBATIM_INPUT:
        raise Refusal(StatusWord.CONDITIONS_NOT_SATISFIED)
    return key.sign(message, _PKCS1, NoDigestInfo())
