"""OCSP (RFC 6960): what stands of one certificate at this moment.

There is no sign in public that cards name a responder; accredited verifiers (公的個人認証法 17条)
have one at J-LIS. Each generation has a responder of its own, whose certificate it issued. So one
answer tells of certificates of one generation alone: nobody may answer for those of another.

The library reads and writes what is asked and said of one certificate. A request for several is
taken apart into requests for one each, and their answers are put together and signed anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
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
_SEQUENCE, _OCTETS, _BITS = 0x30, 0x04, 0x03
"""Tags of DER."""


@dataclass(frozen=True)
class _Responder:
    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey


@dataclass(frozen=True)
class _Asked:
    """What is asked of one certificate."""

    name_hash: bytes
    key_hash: bytes
    algorithm: hashes.HashAlgorithm
    serial: int
    nonce: x509.OCSPNonce | None

    @classmethod
    def read(cls, request: bytes) -> _Asked:
        """Read a request for one certificate."""
        one = ocsp.load_der_ocsp_request(request)
        return cls(
            one.issuer_name_hash,
            one.issuer_key_hash,
            one.hash_algorithm,
            one.serial_number,
            _nonce(one),
        )


@dataclass(frozen=True)
class OcspResponder:
    """Answers for all generations of both authorities."""

    engine: Engine

    def answer(self, request: bytes, now: datetime) -> bytes:
        """Return the response to a request, both in DER.

        What is no request, or asks for a serial below zero, is answered with malformedRequest, and
        a certificate of an issuer that is none of the simulated ones with unauthorized, as are
        certificates of several issuers; unsigned both (§2.3).
        """
        try:
            asked = [_Asked.read(one) for one in _each_alone(request)]
        # The parser is lazy, and what it raises for arbitrary bytes is documented for little of it.
        except Exception:  # noqa: BLE001 - see above
            return unsigned(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        # No certificate has a serial below zero (RFC 5280 §4.1.2.2), and no answer can repeat it.
        if not asked or any(one.serial < 0 for one in asked):
            return unsigned(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        issuer, *others = [self._issuer(one, now) for one in asked]
        if issuer is None or now > issuer.certificate.not_valid_after_utc:
            return unsigned(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        if any(one is None or one.key_identifier != issuer.key_identifier for one in others):
            return unsigned(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        responder = self._responder(issuer, now)
        answers = [self._answer(one, issuer, responder, now) for one in asked]
        return answers[0] if len(answers) == 1 else _joined(answers, responder.private_key)

    def _answer(
        self, asked: _Asked, issuer: Authority, responder: _Responder, now: datetime
    ) -> bytes:
        """Return the response that tells of one certificate."""
        status, since, reason = self._status(issuer, asked.serial, now)
        at = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.name_hash,
                issuer_key_hash=asked.key_hash,
                serial_number=asked.serial,
                algorithm=asked.algorithm,
                cert_status=status,
                this_update=at,
                next_update=at + LIFETIME,
                revocation_time=since,
                revocation_reason=reason,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
        )
        if asked.nonce is not None:
            builder = builder.add_extension(asked.nonce, critical=False)
        signed = builder.sign(responder.private_key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def _issuer(self, asked: _Asked, now: datetime) -> Authority | None:
        if asked.algorithm.name not in _HASHES:
            return None
        for purpose in CertificatePurpose:
            for generation in all_generations(self.engine, purpose, now):
                certificate = generation.authority.certificate
                if (asked.name_hash, asked.key_hash) == (
                    _digest(certificate.subject.public_bytes(), asked.algorithm),
                    _digest(_key_bits(certificate), asked.algorithm),
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


def _each_alone(request: bytes) -> list[bytes]:
    """Return a request for each certificate that is asked for, with all that is said besides.

    Raises:
        ValueError: it is no request.
    """
    ((_, whole),) = _elements(request)
    (_, asking), *signature = _elements(whole)
    parts = _elements(asking)
    (certificates,) = [value for tag, value in parts if tag == _SEQUENCE]
    each = [_written(*one) for one in _elements(certificates)]

    def asking_for(some: bytes) -> bytes:
        rest = (_written(*one) for one in signature)
        return _written(_SEQUENCE, _with_list(parts, some), *rest)

    if asking_for(b"".join(each)) != request:
        raise ValueError("It is not written in DER.")
    return list(map(asking_for, each))


def _joined(answers: list[bytes], key: rsa.RSAPrivateKey) -> bytes:
    """Return one response that tells what several of the same responder tell."""
    told = []
    for answer in answers:
        ((_, parts),) = _elements(ocsp.load_der_ocsp_response(answer).tbs_response_bytes)
        told.append(_elements(parts))
    singles = b"".join(value for parts in told for tag, value in parts if tag == _SEQUENCE)
    signed = _with_list(told[0], singles)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    ((_, whole),) = _elements(answers[0])
    status, (response_tag, content) = _elements(whole)
    ((_, response),) = _elements(content)
    kind, (_, basic) = _elements(response)
    ((_, basic),) = _elements(basic)
    _, algorithm, _, certificates = _elements(basic)
    basic = _written(
        _SEQUENCE,
        signed,
        _written(*algorithm),
        _written(_BITS, b"\x00", signature),
        _written(*certificates),
    )
    response = _written(_SEQUENCE, _written(*kind), _written(_OCTETS, basic))
    return _written(_SEQUENCE, _written(*status), _written(response_tag, response))


def _with_list(parts: list[tuple[int, bytes]], content: bytes) -> bytes:
    """Write a sequence anew, with other content of the list that is a part of it."""
    return _written(
        _SEQUENCE,
        *(_written(tag, content if tag == _SEQUENCE else value) for tag, value in parts),
    )


def _elements(content: bytes) -> list[tuple[int, bytes]]:
    """Return tags and values of the DER elements that follow one another.

    Raises:
        ValueError: there is something else.
    """
    found = []
    while content:
        tag, length, *_ = content[:2].ljust(2, b"\xff")
        begin = 2
        if length > 0x7F:
            begin += length & 0x7F
            length = int.from_bytes(content[2:begin])
        if len(content) < begin + length:
            raise ValueError("The element is cut off.")
        found.append((tag, content[begin : begin + length]))
        content = content[begin + length :]
    return found


def _written(tag: int, *values: bytes) -> bytes:
    """Write a DER element."""
    value = b"".join(values)
    length = len(value)
    if length < 0x80:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + value
