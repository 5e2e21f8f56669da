"""The profile of an authentication certificate: what has to be in one, and what may not.

All that an issuer's signature alone does not say (RFC 5280 §4.2, §6.1; specification: card §4). A
verifier that skips it takes any certificate that hangs on the issuer in some way, as published
ones did (specification: card §7).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NoReturn, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtensionOID, SignatureAlgorithmOID

from oqs_sim.jlis.authority import AUTHENTICATION_POLICY
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_KEY_BITS = 2048
_KNOWN_CRITICAL = {
    ExtensionOID.KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.BASIC_CONSTRAINTS,
}
"""What may be critical: a critical extension has to be understood, or the certificate refused."""

_Value = TypeVar("_Value", bound=x509.ExtensionType)


def named_issuer(certificate: x509.Certificate) -> bytes | None:
    """Return the authority key identifier; None where there is none.

    Raises:
        Problem: CERTIFICATE_EXTENSION where the extensions cannot be read.
    """
    found = _find(_extensions(certificate), x509.AuthorityKeyIdentifier)
    return found.value.key_identifier if found else None


def check_profile(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Refuse what is no authentication certificate (利用者証明用電子証明書) of this issuer.

    Its signature and its days are not looked at.

    Raises:
        Problem: CERTIFICATE_UNREADABLE, CERTIFICATE_ISSUER_UNKNOWN, CERTIFICATE_IS_AUTHORITY,
            CERTIFICATE_KEY_USAGE, CERTIFICATE_POLICY or CERTIFICATE_EXTENSION.
    """
    if certificate.version is not x509.Version.v3:
        _refuse(Catalogue.CERTIFICATE_EXTENSION, "It is of X.509 version 1, without extensions.")
    if certificate.issuer != issuer.subject:
        _refuse(Catalogue.CERTIFICATE_ISSUER_UNKNOWN, "It names another issuer than its key does.")
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.RSA_WITH_SHA256:
        _refuse(Catalogue.CERTIFICATE_UNREADABLE, "It is not signed with RSA and SHA-256.")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        _refuse(
            Catalogue.CERTIFICATE_UNREADABLE,
            f"Its key is not an RSA key of {LEAST_KEY_BITS} bits at least.",
        )
    extensions = _extensions(certificate)
    for one in extensions:
        if one.critical and one.oid not in _KNOWN_CRITICAL:
            _refuse(
                Catalogue.CERTIFICATE_EXTENSION,
                f"A critical extension is not known: {one.oid.dotted_string}.",
            )
    _check_use(extensions)
    policies = _find(extensions, x509.CertificatePolicies)
    if policies is None or AUTHENTICATION_POLICY not in {
        one.policy_identifier for one in policies.value
    }:
        _refuse(
            Catalogue.CERTIFICATE_POLICY,
            f"It was not issued under {AUTHENTICATION_POLICY.dotted_string}.",
        )
    own = _find(extensions, x509.SubjectKeyIdentifier)
    if own is None or own.value.digest != _identifier_of(key):
        _refuse(
            Catalogue.CERTIFICATE_EXTENSION, "Its subject key identifier is not that of its key."
        )


def _check_use(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> None:
    """Refuse an authority, and a key that is for something else.

    Raises:
        Problem: CERTIFICATE_IS_AUTHORITY or CERTIFICATE_KEY_USAGE.
    """
    constraints = _find(extensions, x509.BasicConstraints)
    usage = _find(extensions, x509.KeyUsage)
    if (constraints and constraints.value.ca) or (
        usage and (usage.value.key_cert_sign or usage.value.crl_sign)
    ):
        _refuse(Catalogue.CERTIFICATE_IS_AUTHORITY, "It may issue certificates or lists.")
    if usage is None or not usage.critical:
        _refuse(Catalogue.CERTIFICATE_KEY_USAGE, "Its critical key usage is missing.")
    if not usage.value.digital_signature:
        _refuse(Catalogue.CERTIFICATE_KEY_USAGE, "Its key is not for digital signatures.")
    if usage.value.content_commitment:
        # 署名用電子証明書 has it beside, and 利用者証明用 never: a will is not declared by a login.
        _refuse(Catalogue.CERTIFICATE_KEY_USAGE, "Its key is for signing documents.")
    if _find(extensions, x509.ExtendedKeyUsage):
        # No dump of a real one has it (specification: card §4).
        _refuse(Catalogue.CERTIFICATE_KEY_USAGE, "It has an extended key usage.")


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    # The parser is lazy, and what it raises for arbitrary bytes is documented for little of it.
    except Exception as error:  # noqa: BLE001 - see above
        _refuse(Catalogue.CERTIFICATE_EXTENSION, f"Its extensions cannot be read: {error}")


def _find(
    extensions: Iterable[x509.Extension[x509.ExtensionType]], kind: type[_Value]
) -> x509.Extension[_Value] | None:
    for one in extensions:
        if isinstance(one.value, kind):
            return one  # type: ignore[return-value] # of this kind, as was just seen
    return None


def _identifier_of(key: rsa.RSAPublicKey) -> bytes:
    """Return the identifier of a key: SHA-1 of its bits (RFC 5280 §4.2.1.2, method 1)."""
    bits = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return hashlib.sha1(bits, usedforsecurity=False).digest()


def _refuse(entry: Catalogue, detail: str) -> NoReturn:
    raise Problem(entry, detail)
