"""The simulated J-LIS certification authorities and the certificates they issue.

Forms, key usage, policies and validity follow what is known of the real ones (specification:
card §4); every name says that it is simulated. The policy identifier of the authentication
certificate and the exact distribution point names are not confirmed by a primary source.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eligibility.card.certificates import certificate_not_after
from eligibility.days.eras import MEIJI, era_of
from wire.dates import write_day
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from oqs_sim.store.residents import Resident

ORGANIZATION = "JPKI-SIM"
OPERATOR = "Simulated Agency for Local Authority Information Systems (SIMULATION)"
AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
"""Of one secondary source; unverified."""
SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.0.20")
"""The identifier of the published test hierarchy."""
PHONE_SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.40")
"""On a phone; that of its authentication certificate is not known, so it is the card's."""
PREFECTURE, CITY = "Mogi-ken", "Mogi-shi"
"""Where all simulated people live, as a signature certificate's subject has it."""
AUTHORITY_YEARS = 10
RESPONDER_LIFETIME = timedelta(days=365)
"""Of a responder's certificate; assumed."""
OLDEST_CARD_YEARS = 15
"""How much older than the deployment a card may be that it issues (a 住基カード of 2015)."""


_UNIT = {
    CertificatePurpose.AUTHENTICATION: "JPKI for user authentication",
    CertificatePurpose.SIGNATURE: "JPKI for digital signature",
}
_UNIT_JAPANESE = {
    CertificatePurpose.AUTHENTICATION: "利用者証明用",
    CertificatePurpose.SIGNATURE: "署名用",
}


@dataclass(frozen=True)
class Authority:
    """One of the two certification authorities."""

    purpose: CertificatePurpose
    private_key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key_identifier(self) -> bytes:
        """What its certificates name as their issuer's key."""
        return self.certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value.digest

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        """The key that its certificates are checked with."""
        return self.private_key.public_key()

    @property
    def pem(self) -> str:
        """Its certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate with the key that goes onto the card."""

    certificate: x509.Certificate
    private_key: rsa.RSAPrivateKey


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _authority_name(purpose: CertificatePurpose) -> x509.Name:
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANIZATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[purpose]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, OPERATOR),
    )


def distribution_point(purpose: CertificatePurpose) -> x509.Name:
    """Return where a municipality's certificates say that their list lies (失効リストの所在)."""
    return _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANIZATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[purpose]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "CRL Distribution Points"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, PREFECTURE),
        (NameOID.COMMON_NAME, f"{CITY} CRLDP"),
    )


def _authority_name_japanese(purpose: CertificatePurpose) -> x509.DirectoryName:
    return x509.DirectoryName(
        _name(
            (NameOID.COUNTRY_NAME, "JP"),
            (NameOID.ORGANIZATION_NAME, "公的個人認証サービス（模擬）"),
            (
                NameOID.ORGANIZATIONAL_UNIT_NAME,
                f"公的個人認証サービス{_UNIT_JAPANESE[purpose]}（模擬）",
            ),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "地方公共団体情報システム機構（模擬）"),
        )
    )


def _key_usage(
    *, digital_signature: bool = False, content_commitment: bool = False, authority: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def new_key() -> rsa.RSAPrivateKey:
    """Make an RSA-2048 key, as the card's are."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_bytes(key: rsa.RSAPrivateKey) -> bytes:
    """Write a private key as it is kept (PKCS #8, DER)."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_key(der: bytes) -> rsa.RSAPrivateKey:
    """Read a private key as it is kept.

    Nobody but this system has made it, so that its numbers need no proof, which takes longer than
    all else that is done with it.
    """
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Write a private key as it is handed out (PKCS #8, PEM)."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def make_authority(
    purpose: CertificatePurpose, now: datetime, valid_from: datetime | None = None
) -> Authority:
    """Make a self-signed authority, valid for ten years from ``now``.

    The first of a deployment began long before it, as it has issued old cards; a later one begins
    with ``valid_from``.
    """
    key = new_key()
    name = _authority_name(purpose)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    start = valid_from or now - timedelta(days=365 * OLDEST_CARD_YEARS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(_serial())
        .not_valid_before(start)
        .not_valid_after(now + timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([_authority_name_japanese(purpose)]), critical=False
        )
        .add_extension(
            x509.CRLDistributionPoints(
                [x509.DistributionPoint([x509.DirectoryName(name)], None, None, None)]
            ),
            critical=False,
        )
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(purpose, key, certificate)


def _serial() -> int:
    """Return a serial of four bytes (発行番号), new at every issue."""
    return 0x0100_0000 + secrets.randbelow(0x7EFF_FFFF - 0x0100_0000)


def _common_name(municipality_code: str) -> str:
    """Return a name that says nothing of its holder, 23 characters as on a test card.

    The first 14 have no known meaning; the municipality and a tail follow.
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(14)) + municipality_code + "003A"


def certificate_birthdate(birthdate: date) -> str:
    """Return a birthdate as the certificate writes it: era digit, then the Gregorian date."""
    era = era_of(birthdate) or MEIJI
    return f"{era.digit}{write_day(birthdate)}"


def _utf8_string(text: str) -> bytes:
    """Encode a DER UTF8String."""
    content = text.encode()
    length = len(content)
    if length < 0x80:
        return bytes([0x0C, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x0C, 0x80 | len(octets)]) + octets + content


def _four_attributes(person: Resident) -> x509.SubjectAlternativeName:
    """基本4情報 and the positions of substituted characters, in the real order 1, 4, 3, 5, 2, 6."""
    values = {
        1: person.name,
        4: certificate_birthdate(person.birthdate),
        3: person.sex,
        5: person.address,
        2: "0" * len(person.name),
        6: "0" * len(person.address),
    }
    return x509.SubjectAlternativeName(
        [
            x509.OtherName(
                x509.ObjectIdentifier(f"1.2.392.200149.8.5.5.{number}"), _utf8_string(text)
            )
            for number, text in values.items()
        ]
    )


def _policy(purpose: CertificatePurpose, *, phone: bool) -> x509.ObjectIdentifier:
    if purpose is CertificatePurpose.AUTHENTICATION:
        return AUTHENTICATION_POLICY
    return PHONE_SIGNATURE_POLICY if phone else SIGNATURE_POLICY


def issue(
    authority: Authority,
    key: rsa.RSAPrivateKey,
    person: Resident,
    issued_at: datetime,
    expires_on: date,
    *,
    phone: bool = False,
) -> IssuedCertificate:
    """Issue a certificate for a person's key; it ends with ``expires_on`` in Tokyo.

    It begins with ``issued_at``, and never before its issuer.
    """
    subject = [(NameOID.COUNTRY_NAME, "JP")]
    if authority.purpose is CertificatePurpose.SIGNATURE:
        subject += [(NameOID.LOCALITY_NAME, PREFECTURE), (NameOID.LOCALITY_NAME, CITY)]
    subject.append((NameOID.COMMON_NAME, _common_name(person.municipality_code)))
    distribution = distribution_point(authority.purpose)
    signs = authority.purpose is CertificatePurpose.SIGNATURE
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(*subject))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(_serial())
        .not_valid_before(
            max(issued_at, authority.certificate.not_valid_before_utc).astimezone(UTC)
        )
        .not_valid_after(certificate_not_after(expires_on))
        .add_extension(_key_usage(digital_signature=True, content_commitment=signs), critical=True)
        .add_extension(
            x509.CertificatePolicies(
                [
                    x509.PolicyInformation(
                        _policy(authority.purpose, phone=phone),
                        ["http://simulation.invalid/cps.html"],
                    )
                ]
            ),
            critical=True,
        )
        .add_extension(
            x509.IssuerAlternativeName([_authority_name_japanese(authority.purpose)]),
            critical=False,
        )
        .add_extension(
            x509.CRLDistributionPoints(
                [x509.DistributionPoint([x509.DirectoryName(distribution)], None, None, None)]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier(authority.key_identifier, None, None), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if signs:
        builder = builder.add_extension(_four_attributes(person), critical=False)
    return IssuedCertificate(builder.sign(authority.private_key, hashes.SHA256()), key)


def responder_certificate(
    authority: Authority, public_key: rsa.RSAPublicKey, now: datetime
) -> x509.Certificate:
    """Delegate answers about an authority's certificates to a key (RFC 6960 §4.2.2.2).

    It is not asked itself whether it is revoked, as it holds for a year at most.
    """
    end = min(now + RESPONDER_LIFETIME, authority.certificate.not_valid_after_utc)
    subject = _name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, ORGANIZATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT[authority.purpose]),
        (NameOID.COMMON_NAME, "OCSP Responder (SIMULATION)"),
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(public_key)
        .serial_number(_serial())
        .not_valid_before(now)
        .not_valid_after(end)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier(authority.key_identifier, None, None), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(authority.private_key, hashes.SHA256())
    )
