"""The parts of a card image as tables of its file: each is read here, and written here."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import fields
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
)

from reader.description.layout import CardKind
from virtual_card.encoding.cv_certificate import CvCertificate
from virtual_card.encoding.secret import PinSecret
from virtual_card.image.behaviour import USUAL, Behaviour
from virtual_card.image.credential import Credential, HolderSecrets
from virtual_card.image.face import Face, Holder, Pictures, key_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from virtual_card.image.table import Table

_PNG, _JPEG_2000 = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_BASE64_COLUMNS = 76
_LONGEST_ATR = 33
_NOT_SET = "none"
"""Stands for a PIN of JPKI that was not set; one that is forgotten in the file is a mistake."""


def kind_name(kind: CardKind) -> str:
    """Return how the file calls a kind: `my-number-card`."""
    return kind.name.lower().replace("_", "-")


def read_kind(table: Table) -> CardKind:
    """Read the kind of card."""
    kinds = {kind_name(kind): kind for kind in CardKind}
    return kinds[table.one_of("kind", *kinds)]


def read_atr(table: Table) -> bytes:
    """Read the answer to reset: TS, T0 and at most 31 bytes more (ISO 7816-3, 8.2.1)."""
    atr = table.hexadecimal("atr")
    if not 2 <= len(atr) <= _LONGEST_ATR:
        raise table.error("atr", f"must have 2 to {_LONGEST_ATR} bytes")
    return atr


def read_behaviour(table: Table | None) -> Behaviour:
    """Read the switches; one that is absent is as usual."""
    if table is None:
        return USUAL
    switches: dict[str, bool | int] = {}
    for switch in fields(Behaviour):
        usual = getattr(USUAL, switch.name)
        if isinstance(usual, bool):
            switches[switch.name] = table.yes_or_no(switch.name, default=usual)
        else:
            switches[switch.name] = table.count(switch.name, default=usual)
    table.expect_nothing_else()
    try:
        return Behaviour(**switches)  # type: ignore[arg-type] # each as its field's default is
    except ValueError as error:
        raise table.error(str(error).partition(" ")[0], str(error)) from None


def read_secrets(table: Table | None) -> HolderSecrets:
    """Read the hashed secrets; one that is absent was not set."""
    if table is None:
        return HolderSecrets()
    read = {field.name: _read_secret(table, field.name) for field in fields(HolderSecrets)}
    table.expect_nothing_else()
    return HolderSecrets(**read)


def secrets_table(secrets: HolderSecrets) -> Mapping[str, str]:
    """Write the hashed secrets that were set."""
    return {
        field.name: secret.to_text()
        for field in fields(HolderSecrets)
        if (secret := getattr(secrets, field.name)) is not None
    }


def read_credential(table: Table | None, secret: str) -> Credential | None:
    """Read a certificate with its key and its PIN, which is "none" where it was not set."""
    if table is None:
        return None
    certificate = _read_certificate(table, "certificate")
    ca_certificate = _read_certificate(table, "ca_certificate")
    key = _read_private_key(table, "private_key")
    if key.public_key() != _public_key(table, certificate):
        raise table.error("private_key", "does not belong to the certificate")
    hashed = None if table.text(secret) == _NOT_SET else _read_secret(table, secret)
    table.expect_nothing_else()
    return Credential.build(certificate, ca_certificate, key, hashed)


def credential_table(credential: Credential, secret: str) -> Mapping[str, str]:
    """Write a certificate with its key and its PIN."""
    return {
        secret: credential.secret.to_text() if credential.secret else _NOT_SET,
        "certificate": _certificate_pem(credential.certificate),
        "ca_certificate": _certificate_pem(credential.ca_certificate),
        "private_key": _private_pem(credential.private_key),
    }


def read_face(top: Table) -> Face | None:
    """Read text, pictures and the keys behind them: four tables, all or none."""
    tables = {name: top.table(name) for name in ("holder", "pictures", "chip", "issuer")}
    present = {name: table for name, table in tables.items() if table is not None}
    if not present:
        return None
    if absent := tables.keys() - present.keys():
        first = min(absent)
        raise top.error(first, "is missing (holder, pictures, chip, issuer belong together)")
    holder, pictures, chip, issuer = present.values()
    signing_key = _read_private_key(issuer, "private_key")
    try:
        certificate = CvCertificate.parse(issuer.base64("certificate"))
    except ValueError as error:
        raise issuer.error("certificate", str(error)) from None
    if certificate.public_key != signing_key.public_key():
        raise issuer.error("private_key", "does not belong to the certificate")
    face = Face(
        _read_holder(holder),
        _read_pictures(pictures),
        key_bytes(_read_private_key(chip, "private_key")),
        key_bytes(signing_key),
        certificate.encode(),
    )
    for table in present.values():
        table.expect_nothing_else()
    return face


def face_tables(face: Face) -> Mapping[str, Mapping[str, object]]:
    """Write text, pictures and the keys behind them."""
    pictures = {
        field.name: _base64(content)
        for field in fields(Pictures)
        if (content := getattr(face.pictures, field.name))
    }
    return {
        "holder": {field.name: getattr(face.holder, field.name) for field in fields(Holder)},
        "pictures": pictures,
        "chip": {"private_key": _private_pem(face.chip_key)},
        "issuer": {
            "certificate": _base64(face.signing_certificate),
            "private_key": _private_pem(face.signing_key),
        },
    }


def read_terminal_authority(table: Table | None) -> bytes:
    """Read the public key of the authority that vouches for terminals."""
    if table is None:
        return b""
    try:
        key = serialization.load_pem_public_key(table.text("authority").encode())
    except (ValueError, UnsupportedAlgorithm):
        raise table.error("authority", "must be a public key as PEM") from None
    if not isinstance(key, RSAPublicKey) or key.key_size != 2048:
        raise table.error("authority", "must be an RSA key of 2048 bits")
    table.expect_nothing_else()
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def terminal_authority_table(der: bytes) -> Mapping[str, str]:
    """Write the public key of the authority that vouches for terminals."""
    pem = serialization.load_der_public_key(der).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"authority": pem.decode()}


def _read_holder(table: Table) -> Holder:
    birthdate = table.day("birthdate")
    if birthdate is None:
        raise table.error("birthdate", "is missing")
    return Holder(
        table.digits("individual_number", 12),
        table.line("name"),
        table.line("address"),
        birthdate,
        table.one_of("sex", "1", "2", "9", "0"),
    )


def _read_pictures(table: Table) -> Pictures:
    read = {}
    for field in fields(Pictures):
        content = read[field.name] = table.base64(field.name)
        if field.name == "photo":
            if content and not content.startswith(_JPEG_2000):
                raise table.error("photo", "must be a JPEG 2000 picture (JP2) in base64")
        elif not content.startswith(_PNG):
            raise table.error(field.name, "must be a PNG picture in base64")
    return Pictures(**read)


def _read_secret(table: Table, key: str) -> PinSecret | None:
    text = table.optional_text(key)
    if text is None:
        return None
    try:
        return PinSecret.from_text(text)
    except ValueError as error:
        raise table.error(key, str(error)) from error


def _read_certificate(table: Table, key: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(table.text(key).encode())
    except (ValueError, x509.InvalidVersion) as error:
        raise table.error(key, "must be a certificate as PEM") from error


def _public_key(table: Table, certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise table.error("certificate", "must hold an RSA key") from error


def _read_private_key(table: Table, key: str) -> RSAPrivateKey:
    try:
        read = serialization.load_pem_private_key(
            table.text(key).encode(), None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise table.error(key, "must be a private key as PEM without password") from error
    if not isinstance(read, RSAPrivateKey) or read.key_size != 2048:
        raise table.error(key, "must be an RSA key of 2048 bits")
    if not _fits_together(read.private_numbers()):
        raise table.error(key, "is damaged: its numbers do not belong together")
    return read


def _fits_together(key: RSAPrivateNumbers) -> bool:
    """Tell whether a key's numbers are those of one key.

    The library's own check asks also whether two of them are primes, which takes a hundred times
    as long as all the rest of a card.
    """
    p, q, d, public = key.p, key.q, key.d, key.public_numbers
    return (
        min(p, q) > 1
        and p * q == public.n
        and d * public.e % (p - 1) == 1
        and d * public.e % (q - 1) == 1
        and key.dmp1 == d % (p - 1)
        and key.dmq1 == d % (q - 1)
        and key.iqmp * q % p == 1
    )


def _certificate_pem(der: bytes) -> str:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(der: bytes) -> str:
    body = base64.b64encode(der).decode()
    lines = "\n".join(textwrap.wrap(body, 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"


def _base64(content: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(content).decode(), _BASE64_COLUMNS))
