"""Verifying what a card proves: that its certificate was issued, and that it holds the key."""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from oqs_sim.jlis.authority import Authority
    from oqs_sim.qualification.challenge import Binding, ChallengeIssuer
    from oqs_sim.store.journal import IssuedChallenge
    from wire.vocabulary.inquiry import CardProof

_LARGEST_SERIAL = 0x7FFF_FFFF_FFFF_FFFF
"""Of a certificate that can be looked up: what a database keeps in a number."""
_PADDING, _HASH = padding.PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True)
class Proven:
    """What a sound proof shows."""

    serial: int
    """Of the certificate."""
    fingerprint: bytes
    """SHA-256 of the certificate, to be compared with what was issued under this serial."""
    challenge: IssuedChallenge


class ProofVerifier:
    """Verifies proofs against the authority that issues authentication certificates."""

    def __init__(self, authority: Authority, challenges: ChallengeIssuer) -> None:
        """Take the authority and whoever issued the challenges."""
        self.authority_key = authority.key_identifier
        self._public_key = authority.public_key
        self._challenges = challenges

    def verify(self, proof: CardProof, binding: Binding) -> Proven:
        """Check challenge, chain and signature, each time anew.

        Whether the certificate may be used (validity, revocation) and for what (its register
        entry) is for the caller to look up, and the challenge for the caller to spend.

        Raises:
            Problem: CHALLENGE_UNKNOWN, CERTIFICATE_UNKNOWN or SIGNATURE_INVALID.
        """
        signed = _decoded(proof.challenge, "Challenge")
        challenge = self._challenges.recognise(signed, binding)
        if challenge is None:
            raise Problem(Catalogue.CHALLENGE_UNKNOWN)
        der = _decoded(proof.certificate, "Certificate")
        serial, public_key = self._issued(der)
        try:
            public_key.verify(_decoded(proof.signature, "Signature"), signed, _PADDING, _HASH)
        except InvalidSignature:
            raise Problem(Catalogue.SIGNATURE_INVALID) from None
        return Proven(serial, hashlib.sha256(der).digest(), challenge)

    def _issued(self, der: bytes) -> tuple[int, rsa.RSAPublicKey]:
        """Return serial number and key of a certificate that bears the authority's signature."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            serial, signature = certificate.serial_number, certificate.signature
            public_key, signed = certificate.public_key(), _signed_part(der)
        # The parser is lazy, and what its parts raise for arbitrary bytes is documented for none:
        # ValueError, TypeError, InvalidVersion, UnsupportedAlgorithm, and warnings made errors.
        except Exception as error:  # noqa: BLE001 - see above
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, f"It cannot be read: {error}") from None
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "Its key is not an RSA key.")
        try:
            self._public_key.verify(signature, signed, _PADDING, _HASH)
        except InvalidSignature:
            raise Problem(
                Catalogue.CERTIFICATE_UNKNOWN,
                "Its signature is not that of the authority for user authentication.",
            ) from None
        if not 0 < serial <= _LARGEST_SERIAL:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "No such serial number is issued.")
        return serial, public_key


def _signed_part(der: bytes) -> bytes:
    """Cut out what a certificate's signature is over: the first element of its sequence.

    The library would write these bytes anew, in a third of the time of the verification.
    """
    start = _header_length(der, 0)
    length = _header_length(der, start)
    content = (
        int.from_bytes(der[start + 2 : start + length], "big") if length > 2 else der[start + 1]
    )
    return der[start : start + length + content]


def _header_length(der: bytes, place: int) -> int:
    """Return how many bytes of tag and length stand before an element's content."""
    first = der[place + 1]
    return 2 if first < 0x80 else 2 + (first & 0x7F)


def _decoded(text: str, name: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one, and text with other letters than ASCII's another
        raise Problem(Catalogue.INVALID_REQUEST, f"{name} is not base64.") from None
