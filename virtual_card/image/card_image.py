"""A card as data: all that makes it this card, as it left the municipal office.

Its file is TOML that anyone can read and edit. The file holds private keys of a simulated card and
is written for its owner only. PINs are in it as salted hashes. How many tries are left is not in
it, see `memory`.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import tomli_w
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD, CardKind
from virtual_card.image import parts
from virtual_card.image.behaviour import USUAL, Behaviour
from virtual_card.image.credential import NO_SECRETS, Credential, HolderSecrets, hashed
from virtual_card.image.table import ImageError, Table

if TYPE_CHECKING:
    from datetime import date

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from virtual_card.image.face import Face

__all__ = ["CONTACTLESS_ATR", "CONTACT_ATR", "CardImage", "Credential", "ImageError"]

FORM = 2
"""Version of the form of the file. Form 1 had JPKI only, and did not say its version."""
CONTACT_ATR = bytes.fromhex("3BE000FF8131FE4514")
"""The classic contact ATR, the one that OpenSC's driver lists."""

CONTACTLESS_ATR = bytes.fromhex("3B888001000005E0B381A1007F")
"""A contactless one (ISO 14443 type B), as a reader makes it up."""


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
    expires_on: date | None = None
    """Last day of the card; without it the card has neither 共通カード nor a face."""
    face: Face | None = None
    """Text and pictures; None for a carrier without them, such as a phone."""
    secrets: HolderSecrets = NO_SECRETS
    terminal_authority: bytes = field(repr=False, default=b"")
    """Public key (SubjectPublicKeyInfo, DER) of the authority whose terminals may use the card
    without a PIN; nothing where there is none."""

    @classmethod
    def build(
        cls,
        *,
        label: str,
        serial: str,
        municipality: str,
        authentication: tuple[x509.Certificate, x509.Certificate, RSAPrivateKey] | None,
        authentication_pin: str = "",
        signature: tuple[x509.Certificate, x509.Certificate, RSAPrivateKey] | None = None,
        signature_password: str = "",
        kind: CardKind = CardKind.MY_NUMBER_CARD,
        atr: bytes = CONTACT_ATR,
        behaviour: Behaviour = USUAL,
        expires_on: date | None = None,
        face: Face | None = None,
        secrets: HolderSecrets = NO_SECRETS,
        terminal_authority: bytes = b"",
    ) -> Self:
        """Make an image of certificates (with issuer and key) and PINs, which are hashed.

        A PIN of "" is one that is not set. Raises `ImageError` for a PIN that its holder could
        not have chosen.
        """
        return cls(
            label=label,
            serial=serial,
            municipality=municipality,
            authentication=authentication
            and Credential.build(*authentication, hashed(AUTHENTICATION_PIN, authentication_pin)),
            signature=signature
            and Credential.build(*signature, hashed(SIGNATURE_PASSWORD, signature_password)),
            kind=kind,
            atr=atr,
            behaviour=behaviour,
            expires_on=expires_on,
            face=face,
            secrets=secrets,
            terminal_authority=terminal_authority,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a card from its file; raises `ImageError`."""
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{path}: the card image cannot be read ({error.strerror})."
            raise ImageError(message) from error
        except ValueError as error:  # no TOML, no UTF-8, a number of thousands of digits
            message = f"{path}: the card image is no TOML ({error})."
            raise ImageError(message) from error
        except RecursionError as error:
            message = f"{path}: the card image is no TOML (nested too deeply)."
            raise ImageError(message) from error
        table = Table(path, "", entries)
        form = table.count("form", default=1)
        if form > FORM:
            raise table.error("form", f"is {form}, and this program knows {FORM} at most")
        image = cls(
            label=table.line("label"),
            serial=table.digits("serial", 15),
            municipality=table.digits("municipality", 5),
            authentication=parts.read_credential(table.table("authentication"), "pin"),
            signature=parts.read_credential(table.table("signature"), "password"),
            kind=parts.read_kind(table),
            atr=parts.read_atr(table),
            behaviour=parts.read_behaviour(table.table("behaviour")),
            expires_on=table.day("expires_on"),
            face=parts.read_face(table),
            secrets=parts.read_secrets(table.table("secrets")),
            terminal_authority=parts.read_terminal_authority(table.table("terminals")),
        )
        table.expect_nothing_else()
        return image

    def save(self, path: Path) -> None:
        """Write the card to a file, as a whole or not at all, readable by its owner only."""
        entries: dict[str, object] = {
            "form": FORM,
            "label": self.label,
            "serial": self.serial,
            "municipality": self.municipality,
            "kind": parts.kind_name(self.kind),
            "atr": self.atr.hex().upper(),
        }
        if self.expires_on:
            entries["expires_on"] = self.expires_on
        entries["behaviour"] = asdict(self.behaviour)
        entries["secrets"] = parts.secrets_table(self.secrets)
        if self.authentication:
            entries["authentication"] = parts.credential_table(self.authentication, "pin")
        if self.signature:
            entries["signature"] = parts.credential_table(self.signature, "password")
        if self.face:
            entries |= parts.face_tables(self.face)
        if self.terminal_authority:
            entries["terminals"] = parts.terminal_authority_table(self.terminal_authority)
        descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as scratch:
                tomli_w.dump(entries, scratch, multiline_strings=True)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @cached_property
    def terminal_authority_key(self) -> RSAPublicKey | None:
        """The authority's key, read."""
        if not self.terminal_authority:
            return None
        key = serialization.load_der_public_key(self.terminal_authority)
        assert isinstance(key, RSAPublicKey)
        return key
