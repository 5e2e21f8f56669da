"""OCSP (RFC 6960): what stands of one certificate at this moment.

There is no sign in public that cards name a responder; accredited verifiers (公的個人認証法 17条)
have one at J-LIS. Each generation has a responder of its own, whose certificate it issued. A
request for several certificates at once is not understood: the library reads one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from oqs_sim.jlis.authority import key_bytes, load_key, new_key, responder_certificate
from oqs_sim.jlis.generations import all_generations
from oqs_sim.jlis.revocation_list import stop_at
from oqs_sim.store import cards, issuer_keys
from oqs_sim.store.jlis import generations
from storage import reading
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from sqlalchemy import Engine

    from oqs_sim.jlis.authority import Authority

LIFETIME = timedelta(hours=1)
"""How long an answer holds; assumed."""
_RENEWED_BEFORE = timedelta(days=7)
"""How long before its end a responder gets a new certificate; assumed."""
_LARGEST_SERIAL = 0x7FFF_FFFF_FFFF_FFFF
_HASHES = {"sha1", "sha224", "sha256", "sha384", "sha512"}


@dataclass(frozen=True)
class _Responder:
    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey


@dataclass(frozen=True)
class OcspResponder:
    """Answers for all generations of both authorities."""

    engine: Engine

    def answer(self, request: bytes, now: datetime) -> bytes:
        """Return the response to a request, both in DER.

        What is no request, or asks for a serial below zero, is answered with malformedRequest, and
        a certificate of an issuer that is none of the simulated ones with unauthorized, unsigned
        both (§2.3).
        """
        try:
            asked = ocsp.load_der_ocsp_request(request)
            algorithm, nonce = asked.hash_algorithm, _nonce(asked)
            named = (asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number)
        # The parser is lazy, and what it raises for arbitrary bytes is documented for little of it.
        except Exception:  # noqa: BLE001 - see above
            return unsigned(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        name_hash, key_hash, serial = named
        if serial < 0:  # no certificate has one (RFC 5280 §4.1.2.2), and no answer can repeat it
            return unsigned(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        issuer = self._issuer(name_hash, key_hash, algorithm, now)
        if issuer is None or now > issuer.certificate.not_valid_after_utc:
            return unsigned(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        responder = self._responder(issuer, now)
        status, since, reason = self._status(issuer, serial, now)
        at = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=name_hash,
                issuer_key_hash=key_hash,
                serial_number=serial,
                algorithm=algorithm,
                cert_status=status,
                this_update=at,
                next_update=at + LIFETIME,
                revocation_time=since,
                revocation_reason=reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
        )
        if nonce is not None:
            builder = builder.add_extension(nonce, critical=False)
        signed = builder.sign(responder.private_key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def _issuer(
        self, name_hash: bytes, key_hash: bytes, algorithm: hashes.HashAlgorithm, now: datetime
    ) -> Authority | None:
        if algorithm.name not in _HASHES:
            return None
        for purpose in CertificatePurpose:
            for generation in all_generations(self.engine, purpose, now):
                certificate = generation.authority.certificate
                if (name_hash, key_hash) == (
                    _digest(certificate.subject.public_bytes(), algorithm),
                    _digest(_key_bits(certificate), algorithm),
                ):
                    return generation.authority
        return None

    def _status(
        self, issuer: Authority, serial: int, now: datetime
    ) -> tuple[ocsp.OCSPCertStatus, datetime | None, x509.ReasonFlags | None]:
        with reading(self.engine) as connection:
            found = (
                cards.stop_of(connection, issuer.key_identifier, serial)
                if 0 < serial <= _LARGEST_SERIAL
                else None
            )
        if found is None:
            return ocsp.OCSPCertStatus.UNKNOWN, None, None
        stop = stop_at(found, now)
        if stop is None:
            return ocsp.OCSPCertStatus.GOOD, None, None
        since, reason = stop
        return (
            ocsp.OCSPCertStatus.REVOKED,
            since.astimezone(UTC).replace(microsecond=0, tzinfo=None),
            None if reason is x509.ReasonFlags.unspecified else reason,
        )

    def _responder(self, issuer: Authority, now: datetime) -> _Responder:
        """Return who answers for a generation; it gets a new certificate in time."""
        with reading(self.engine) as connection:
            kept = generations.find_responder(connection, issuer.key_identifier)
        found = _usable(kept, issuer, now)
        if found is not None:
            return found
        key = new_key()
        made = _Responder(responder_certificate(issuer, key.public_key(), now), key)
        with self.engine.begin() as connection:
            issuer_keys.lock_issuers(connection)
            kept = generations.find_responder(connection, issuer.key_identifier)
            if (found := _usable(kept, issuer, now)) is not None:
                return found
            generations.keep_responder(
                connection,
                issuer.key_identifier,
                key_bytes(key),
                made.certificate.public_bytes(serialization.Encoding.DER),
            )
        return made


def unsigned(status: ocsp.OCSPResponseStatus) -> bytes:
    """Return a response that says why there is no answer."""
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return refused.public_bytes(serialization.Encoding.DER)


def _usable(
    kept: tuple[bytes, bytes] | None, issuer: Authority, now: datetime
) -> _Responder | None:
    if kept is None:
        return None
    key, der = kept
    certificate = x509.load_der_x509_certificate(der)
    ends = certificate.not_valid_after_utc
    # One that ends with its issuer stays, as no new one would hold for longer.
    lasts = ends == issuer.certificate.not_valid_after_utc or now <= ends - _RENEWED_BEFORE
    return _Responder(certificate, load_key(key)) if lasts else None


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    for one in asked.extensions:
        if isinstance(one.value, x509.OCSPNonce):
            return one.value
    return None


def _digest(content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
