"""Verifying what a card proves: that its certificate is sound, and that it holds the key."""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature

from oqs_sim.qualification.certificate_path import HASH, PADDING
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.qualification.certificate_path import PathValidator
    from oqs_sim.qualification.challenge import Binding, ChallengeIssuer
    from oqs_sim.store.journal import IssuedChallenge
    from wire.vocabulary.inquiry import CardProof


@dataclass(frozen=True)
class Proven:
    """What a sound proof shows."""

    authority_key: bytes
    """Identifier of the key of the generation that issued the certificate."""
    serial: int
    """Of the certificate."""
    fingerprint: bytes
    """SHA-256 of the certificate, to be compared with what was issued under this serial."""
    challenge: IssuedChallenge


class ProofVerifier:
    """Verifies proofs against the generations that issue authentication certificates."""

    def __init__(self, path: PathValidator, challenges: ChallengeIssuer) -> None:
        """Take who validates certificates, and who issued the challenges."""
        self._path = path
        self._challenges = challenges

    def verify(self, proof: CardProof, binding: Binding, at: datetime) -> Proven:
        """Check challenge, path and signature, each time anew.

        Whether the certificate may be used still (end, suspension, revocation) and by whom (its
        record) is for the caller to look up, and the challenge for the caller to spend.

        Raises:
            Problem: CHALLENGE_UNKNOWN, CHALLENGE_OTHER_PURPOSE, SIGNATURE_INVALID, or that of
                `oqs_sim.qualification.certificate_path.PathValidator.validate`.
        """
        signed = _decoded(proof.challenge, "Challenge")
        challenge = self._challenges.recognise(signed, binding)
        if challenge is None:
            raise self._not_recognised(signed, binding)
        der = _decoded(proof.certificate, "Certificate")
        found = self._path.validate(der, at)
        try:
            signature = _decoded(proof.signature, "Signature")
            found.public_key.verify(signature, signed, PADDING, HASH)
        except InvalidSignature:
            raise Problem(Catalogue.SIGNATURE_INVALID) from None
        fingerprint = hashlib.sha256(der).digest()
        return Proven(found.authority_key, found.serial, fingerprint, challenge)

    def _not_recognised(self, signed: bytes, binding: Binding) -> Problem:
        issued_for = self._challenges.purpose_of(signed, binding.caller)
        if issued_for is None:
            return Problem(Catalogue.CHALLENGE_UNKNOWN)
        return Problem(
            Catalogue.CHALLENGE_OTHER_PURPOSE,
            f"It was issued for {issued_for}, and is used for {binding.purpose}.",
        )


def _decoded(text: str, name: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one, and text with other letters than ASCII's another
        raise Problem(Catalogue.INVALID_REQUEST, f"{name} is not base64.") from None
