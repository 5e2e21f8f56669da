"""Verifying what a card proves: certificate, chain, use, signature.

What a certificate is by itself (who issued it, for which use) never changes, so the outcome is
remembered by the certificate's bytes; validity on the day, revocation and the signature are
looked at each time.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from oqs_sim.authority import AUTHENTICATION_POLICY
from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    from oqs_sim.authority import Authority
    from oqs_sim.challenge import ChallengeIssuer, FreshChallenge
    from wire.vocabulary import CardProof

REMEMBERED = 4096
"""How many certificates are remembered as verified."""


@dataclass(frozen=True)
class VerifiedCertificate:
    """A certificate that the simulated J-LIS issued for user authentication."""

    serial: int
    public_key: rsa.RSAPublicKey


@dataclass
class ProofVerifier:
    """Verifies proofs against one authority."""

    authority: Authority
    challenges: ChallengeIssuer
    remembered: int = REMEMBERED
    """0 verifies the chain of every certificate anew."""
    _known: OrderedDict[bytes, VerifiedCertificate] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.authority_key = self.authority.key_identifier
        self._authority_public_key = self.authority.public_key

    def verify(self, proof: CardProof) -> tuple[VerifiedCertificate, FreshChallenge]:
        """Return the certificate and the challenge of a sound proof.

        Raises:
            Problem: CHALLENGE_UNKNOWN, CERTIFICATE_UNKNOWN or SIGNATURE_INVALID.
        """
        challenge = _decoded(proof.challenge, "Challenge")
        fresh = self.challenges.recognise(challenge)
        if fresh is None:
            raise Problem(Catalogue.CHALLENGE_UNKNOWN)
        certificate = self._certificate(_decoded(proof.certificate, "Certificate"))
        try:
            certificate.public_key.verify(
                _decoded(proof.signature, "Signature"),
                challenge,
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except InvalidSignature:
            raise Problem(Catalogue.SIGNATURE_INVALID) from None
        return certificate, fresh

    def _certificate(self, der: bytes) -> VerifiedCertificate:
        known = self._known.get(der)
        if known is not None:
            return known
        verified = self._verify_certificate(der)
        if self.remembered:
            self._known[der] = verified
            if len(self._known) > self.remembered:
                self._known.popitem(last=False)
        return verified

    def _verify_certificate(self, der: bytes) -> VerifiedCertificate:
        """Check issuer, chain signature, key usage and policy."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            extensions = certificate.extensions
            issuer_key = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
            usage = extensions.get_extension_for_class(x509.KeyUsage).value
            policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
            public_key = certificate.public_key()
        except (ValueError, x509.ExtensionNotFound) as error:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, f"It cannot be read: {error}") from None
        if issuer_key.value.key_identifier != self.authority_key:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "Another authority issued it.")
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "Its key is not an RSA key.")
        if not usage.digital_signature or usage.content_commitment or usage.key_cert_sign:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "It is not for user authentication.")
        if all(policy.policy_identifier != AUTHENTICATION_POLICY for policy in policies):
            raise Problem(
                Catalogue.CERTIFICATE_UNKNOWN, "Its policy is not that of user authentication."
            )
        try:
            self._authority_public_key.verify(
                certificate.signature,
                certificate.tbs_certificate_bytes,
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except InvalidSignature:
            raise Problem(
                Catalogue.CERTIFICATE_UNKNOWN, "Its signature is not its issuer's."
            ) from None
        return VerifiedCertificate(certificate.serial_number, public_key)


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Problem(Catalogue.INVALID_REQUEST, f"{name} is not base64.") from None
