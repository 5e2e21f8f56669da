"""A card as data: a TOML file that anyone can read and edit.

The file holds private keys of a simulated card and is written for its owner only. PINs are in
it as salted hashes. How many tries are left is not in it, see `memory`.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from reader.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD, CardKind, PinReference
from virtual_card.secret import PinSecret
from virtual_card.state import USUAL, Behaviour

CONTACT_ATR = bytes.fromhex("3BE000FF8131FE4514")
"""The classic contact ATR, the one that OpenSC's driver lists."""

CONTACTLESS_ATR = bytes.fromhex("3B888001000005E0B381A1007F")
"""A contactless one (ISO 14443 type B), as a reader makes it up."""


class ImageError(Exception):
    """A card image cannot be used; the message names the file, the key and the reason."""


@dataclass(frozen=True)
class Credential:
    """A certificate with its issuer's, its private key and the hash of its PIN."""

    certificate: bytes = field(repr=False)
    """DER."""
    ca_certificate: bytes = field(repr=False)
    """DER."""
    private_key: bytes = field(repr=False)
    """RSA-2048, PKCS #8 as DER."""
    secret: PinSecret

    @classmethod
    def build(
        cls,
        certificate: x509.Certificate,
        ca_certificate: x509.Certificate,
        private_key: RSAPrivateKey,
        secret: PinSecret,
    ) -> Self:
        """Take the parts as `cryptography` has them."""
        return cls(
            certificate.public_bytes(serialization.Encoding.DER),
            ca_certificate.public_bytes(serialization.Encoding.DER),
            private_key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            secret,
        )

    def load_private_key(self) -> RSAPrivateKey:
        """Make the private key ready for use."""
        # Its consistency was checked when it was made or read from a file.
        key = serialization.load_der_private_key(
            self.private_key, None, unsafe_skip_rsa_key_validation=True
        )
        assert isinstance(key, RSAPrivateKey)
        return key


@dataclass(frozen=True)
class CardImage:
    """All that makes a card this card, as it left the municipal office."""

    label: str
    """For people: whose card it is."""
    serial: str
    """Serial number of the card, 15 digits (common application)."""
    municipality: str
    """Five digits of the municipality that issued it; 99xxx is nowhere."""
    authentication: Credential | None
    """利用者証明用電子証明書; None where the card has none."""
    signature: Credential | None
    """署名用電子証明書; None where the card has none (a child under 15)."""
    kind: CardKind = CardKind.MY_NUMBER_CARD
    atr: bytes = CONTACT_ATR
    behaviour: Behaviour = USUAL

    @classmethod
    def build(
        cls,
        *,
        label: str,
        serial: str,
        municipality: str,
        authentication: tuple[x509.Certificate, x509.Certificate, RSAPrivateKey] | None,
        authentication_pin: str,
        signature: tuple[x509.Certificate, x509.Certificate, RSAPrivateKey] | None = None,
        signature_password: str = "",
        kind: CardKind = CardKind.MY_NUMBER_CARD,
        atr: bytes = CONTACT_ATR,
        behaviour: Behaviour = USUAL,
    ) -> Self:
        """Make an image of certificates (with issuer and key) and PINs, which are hashed.

        Raises `ImageError` for a PIN that its holder could not have chosen.
        """
        return cls(
            label=label,
            serial=serial,
            municipality=municipality,
            authentication=authentication
            and Credential.build(*authentication, _hashed(AUTHENTICATION_PIN, authentication_pin)),
            signature=signature
            and Credential.build(*signature, _hashed(SIGNATURE_PASSWORD, signature_password)),
            kind=kind,
            atr=atr,
            behaviour=behaviour,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a card from its file; raises `ImageError`."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{path}: the card image cannot be read ({error.strerror})."
            raise ImageError(message) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            message = f"{path}: the card image is no TOML ({error})."
            raise ImageError(message) from error
        top = _Table(path, "", table)
        image = cls(
            label=top.text("label"),
            serial=top.text("serial"),
            municipality=top.text("municipality"),
            authentication=_read_credential(top.table("authentication"), "pin"),
            signature=_read_credential(top.table("signature"), "password"),
            kind=_read_kind(top),
            atr=top.hexadecimal("atr"),
            behaviour=_read_behaviour(top.table("behaviour")),
        )
        top.expect_nothing_else()
        return image

    def save(self, path: Path) -> None:
        """Write the card to a file, as a whole or not at all, readable by its owner only."""
        table: dict[str, object] = {
            "label": self.label,
            "serial": self.serial,
            "municipality": self.municipality,
            "kind": _kind_name(self.kind),
            "atr": self.atr.hex().upper(),
            "behaviour": asdict(self.behaviour),
        }
        if self.authentication:
            table["authentication"] = _credential_table(self.authentication, "pin")
        if self.signature:
            table["signature"] = _credential_table(self.signature, "password")
        descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as scratch:
                tomli_w.dump(table, scratch, multiline_strings=True)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


class _Table:
    """A table of the file, which knows its place for the sake of error messages."""

    def __init__(self, path: Path, place: str, entries: dict[str, object]) -> None:
        self._path = path
        self._place = place
        self._entries = entries
        self._known: set[str] = set()

    def error(self, key: str, reason: str) -> ImageError:
        return ImageError(f"{self._path}: {self._place}{key}: {reason}.")

    def take(self, key: str) -> object:
        self._known.add(key)
        if key not in self._entries:
            raise self.error(key, "is missing")
        return self._entries[key]

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str):
            raise self.error(key, "must be text")
        return value

    def hexadecimal(self, key: str) -> bytes:
        try:
            return bytes.fromhex(self.text(key))
        except ValueError:
            raise self.error(key, "must be hexadecimal digits") from None

    def yes_or_no(self, key: str, *, default: bool) -> bool:
        self._known.add(key)
        value = self._entries.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def count(self, key: str, *, default: int) -> int:
        self._known.add(key)
        value = self._entries.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(key, "must be a number, 0 or more")
        return value

    def table(self, key: str) -> _Table | None:
        self._known.add(key)
        value = self._entries.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return _Table(self._path, f"{self._place}{key}.", value)

    def expect_nothing_else(self) -> None:
        for key in self._entries:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                raise self.error(key, f"is unknown here (known: {known})")


def _hashed(reference: PinReference, text: str) -> PinSecret:
    if not reference.accepts(text):
        message = f"{reference.name} must be {reference.format}."
        raise ImageError(message)
    return PinSecret.of(text)


def _kind_name(kind: CardKind) -> str:
    return kind.name.lower().replace("_", "-")


def _read_kind(table: _Table) -> CardKind:
    name = table.text("kind")
    for kind in CardKind:
        if _kind_name(kind) == name:
            return kind
    raise table.error("kind", f"must be one of {', '.join(map(_kind_name, CardKind))}")


def _read_behaviour(table: _Table | None) -> Behaviour:
    if table is None:
        return USUAL
    behaviour = Behaviour(
        reselect_keeps_verified=table.yes_or_no(
            "reselect_keeps_verified", default=USUAL.reselect_keeps_verified
        ),
        warm_reset_clears=table.yes_or_no("warm_reset_clears", default=USUAL.warm_reset_clears),
        filler=table.count("filler", default=USUAL.filler),
    )
    table.expect_nothing_else()
    return behaviour


def _credential_table(credential: Credential, secret: str) -> dict[str, str]:
    return {
        secret: credential.secret.to_text(),
        "certificate": _pem(credential.certificate),
        "ca_certificate": _pem(credential.ca_certificate),
        "private_key": credential.load_private_key()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode(),
    }


def _pem(der: bytes) -> str:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _read_credential(table: _Table | None, secret: str) -> Credential | None:
    if table is None:
        return None
    certificate = _read_certificate(table, "certificate")
    ca_certificate = _read_certificate(table, "ca_certificate")
    try:
        key = serialization.load_pem_private_key(table.text("private_key").encode(), None)
    except (ValueError, TypeError) as error:
        raise table.error("private_key", "must be a private key as PEM without password") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size != 2048:
        raise table.error("private_key", "must be an RSA key of 2048 bits")
    if key.public_key() != certificate.public_key():
        raise table.error("private_key", "does not belong to the certificate")
    try:
        hashed = PinSecret.from_text(table.text(secret))
    except ValueError as error:
        raise table.error(secret, str(error)) from error
    table.expect_nothing_else()
    return Credential.build(certificate, ca_certificate, key, hashed)


def _read_certificate(table: _Table, key: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(table.text(key).encode())
    except ValueError as error:
        raise table.error(key, "must be a certificate as PEM") from error
