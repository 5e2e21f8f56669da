"""From a card's certificate to the generation that issued it: path validation (RFC 5280 §6).

The signature and the days are checked each time. The profile is parsed once for each generation:
it issues the same extensions to everybody, but for the identifier of the key, so bytes that are
equal to those of one that was examined prove the profile of another one. Reading them would cost
a check as much as both of its signatures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from oqs_sim.jlis.certificate_profile import check_profile, named_issuer
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    Load = Callable[[CertificatePurpose], Sequence[x509.Certificate]]
    """Returns the certificates of all generations of an authority as they are now."""

PADDING, HASH = padding.PKCS1v15(), hashes.SHA256()
_LARGEST_SERIAL = 0x7FFF_FFFF_FFFF_FFFF
"""Of a certificate that can be looked up: what a database keeps in a number."""
_IDENTIFIER = 20
"""Bytes of a key's identifier, with which the certificates of the authority end."""
_KEY_BITS = 270
"""Bytes of an RSA-2048 key in a certificate, which stand right before the extensions."""


@dataclass(frozen=True)
class ValidCertificate:
    """A certificate that one of the generations issued for authentication."""

    authority_key: bytes
    """Identifier of the generation's key."""
    serial: int
    public_key: rsa.RSAPublicKey


@dataclass
class _Issuer:
    """A generation, as those trust it who check."""

    certificate: x509.Certificate
    key_identifier: bytes = field(init=False)
    public_key: rsa.RSAPublicKey = field(init=False)
    head: bytes = b""
    """How certificates that were examined go on after the serial: algorithm and issuer."""
    tail: bytes = b""
    """How they end, but for the identifier of the key; empty until one was examined."""

    def __post_init__(self) -> None:
        self.key_identifier = self.certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value.digest
        key = self.certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey), "the authorities have RSA keys"
        self.public_key = key
        self.valid_from = self.certificate.not_valid_before_utc
        self.valid_until = self.certificate.not_valid_after_utc

    def has_proven(self, signed: bytes) -> bool:
        """Tell whether equal bytes prove the profile of a certificate, by its signed part."""
        tail = self.tail
        if not tail or signed[-_IDENTIFIER - len(tail) : -_IDENTIFIER] != tail:
            return False
        start = _after_serial(signed)
        return signed[start : start + len(self.head)] == self.head and _ends_with_identifier(
            signed, len(tail)
        )

    def learn(self, signed: bytes) -> None:
        """Keep what the signed part of an examined certificate has in common with others."""
        start = _after_serial(signed)
        issuer = _beyond(signed, start)
        self.head = signed[start : _beyond(signed, issuer)]
        # Issuer, validity, subject and key; the rest are the extensions.
        place = issuer
        for _ in range(4):
            place = _beyond(signed, place)
        tail = signed[place:-_IDENTIFIER]
        self.tail = tail if _ends_with_identifier(signed, len(tail)) else b""


class PathValidator:
    """Validates authentication certificates against all generations of their authority."""

    def __init__(self, load: Load) -> None:
        """Take whoever knows the generations; they are asked for again when one is not known."""
        self._load = load
        self._issuers: list[_Issuer] = []

    def validate(self, der: bytes, at: datetime) -> ValidCertificate:
        """Return what a certificate says that is in order at the instant, but for its record.

        Its end is for the caller, who knows of the grace (P-002); its issuer has to hold until
        then.

        Raises:
            Problem: CERTIFICATE_UNREADABLE, CERTIFICATE_ISSUER_UNKNOWN,
                CERTIFICATE_NOT_AUTHENTICATION, CERTIFICATE_SIGNATURE_FALSE, what `check_profile`
                raises, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_ISSUER_EXPIRED, or
                CERTIFICATE_UNKNOWN for a serial number that is never issued.
        """
        try:
            certificate = x509.load_der_x509_certificate(der)
            serial, signature = certificate.serial_number, certificate.signature
            public_key, signed = certificate.public_key(), _signed_part(der)
            begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        # The parser is lazy, and what its parts raise for arbitrary bytes is documented for none:
        # ValueError, TypeError, InvalidVersion, UnsupportedAlgorithm, and warnings made errors.
        except Exception as error:  # noqa: BLE001 - see above
            raise _unreadable(f"It cannot be read: {error}") from None
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise _unreadable("Its key is not an RSA key.")
        for issuer in self._issuers:
            if issuer.has_proven(signed):
                _verify(issuer.public_key, signature, signed)
                break
        else:
            issuer = self._examined(certificate, signed)
        if at < begins:
            raise Problem(
                Catalogue.CERTIFICATE_NOT_YET_VALID, f"It is valid from {begins.isoformat()} on."
            )
        if not issuer.valid_from <= min(at, ends) <= issuer.valid_until:
            raise Problem(
                Catalogue.CERTIFICATE_ISSUER_EXPIRED,
                f"Its issuer was valid until {issuer.valid_until.isoformat()}.",
            )
        if not 0 < serial <= _LARGEST_SERIAL:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "No such serial number is issued.")
        return ValidCertificate(issuer.key_identifier, serial, public_key)

    def _examined(self, certificate: x509.Certificate, signed: bytes) -> _Issuer:
        """Return who issued a certificate, all of which is read and checked."""
        identifier = named_issuer(certificate)
        issuer = self._issuer(identifier)
        if issuer is None:
            self._refuse_stranger(identifier)
        _verify(issuer.public_key, certificate.signature, signed)
        check_profile(certificate, issuer.certificate)
        issuer.learn(signed)
        return issuer

    def _issuer(self, identifier: bytes | None) -> _Issuer | None:
        for _ in range(2):
            for one in self._issuers:
                if one.key_identifier == identifier:
                    return one
            # Another process may have begun a generation since.
            known = {one.certificate for one in self._issuers}
            trusted = self._load(CertificatePurpose.AUTHENTICATION)
            new = [_Issuer(one) for one in trusted if one not in known]
            if not new:
                break
            self._issuers = new[::-1] + self._issuers  # the newest first
        return None

    def _refuse_stranger(self, identifier: bytes | None) -> NoReturn:
        """Refuse a certificate of nobody who issues them for authentication.

        Raises:
            Problem: CERTIFICATE_NOT_AUTHENTICATION or CERTIFICATE_ISSUER_UNKNOWN.
        """
        for one in self._load(CertificatePurpose.SIGNATURE):
            if _Issuer(one).key_identifier == identifier:
                raise Problem(
                    Catalogue.CERTIFICATE_NOT_AUTHENTICATION,
                    "It names the authority for digital signatures (署名用) as its issuer.",
                )
        named = f"the issuer's key {identifier.hex()}" if identifier else "no issuer's key"
        raise Problem(
            Catalogue.CERTIFICATE_ISSUER_UNKNOWN,
            f"It names {named}, and no generation of the authority has that.",
        )


def _verify(public_key: rsa.RSAPublicKey, signature: bytes, signed: bytes) -> None:
    try:
        public_key.verify(signature, signed, PADDING, HASH)
    except InvalidSignature:
        raise Problem(
            Catalogue.CERTIFICATE_SIGNATURE_FALSE,
            "Its signature is not that of the authority for user authentication that it names.",
        ) from None


def _unreadable(why: str) -> Problem:
    return Problem(Catalogue.CERTIFICATE_UNREADABLE, why)


def _signed_part(der: bytes) -> bytes:
    """Cut out what a certificate's signature is over: the first element of its sequence.

    The library would write these bytes anew, in a third of the time of the verification.
    """
    start = _header_length(der, 0)
    return der[start : _beyond(der, start)]


def _ends_with_identifier(signed: bytes, tail: int) -> bool:
    """Tell whether the last bytes are the identifier of the key before the extensions."""
    end = len(signed) - _IDENTIFIER - tail
    bits = hashlib.sha1(signed[end - _KEY_BITS : end], usedforsecurity=False)
    return bits.digest() == signed[-_IDENTIFIER:]


def _after_serial(signed: bytes) -> int:
    """Return where the signature algorithm stands: after the version, if any, and the serial."""
    place = _header_length(signed, 0)
    if signed[place] == 0xA0:
        place = _beyond(signed, place)
    return _beyond(signed, place)


def _beyond(der: bytes, place: int) -> int:
    """Return where the element ends that begins at a place."""
    header = _header_length(der, place)
    if header > 2:
        return place + header + int.from_bytes(der[place + 2 : place + header], "big")
    return place + header + der[place + 1]


def _header_length(der: bytes, place: int) -> int:
    """Return how many bytes of tag and length stand before an element's content."""
    first = der[place + 1]
    return 2 if first < 0x80 else 2 + (first & 0x7F)
