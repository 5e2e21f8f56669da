"""The cards of the deployment: issued for personas, kept as image files."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reader.session import prove_identity
from testbed.personas import Persona, personas
from virtual_card.card import VirtualCard
from virtual_card.image import CardImage
from virtual_card.inprocess import InProcessConnection
from wire.problem import Catalogue, Problem, entry_of

if TYPE_CHECKING:
    from pathlib import Path

    from reader.pin import Pin

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
SUFFIX = ".card.toml"


@dataclass(frozen=True)
class Shelf:
    """Card images in a directory, by name."""

    directory: Path

    def names(self) -> list[str]:
        """Return the names of all cards."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.directory.glob(f"*{SUFFIX}"))

    def path(self, name: str) -> Path:
        """Return where a card's image lies.

        Raises:
            Problem: CARD_UNKNOWN.
        """
        path = self.directory / f"{name}{SUFFIX}"
        if not NAME.fullmatch(name) or not path.is_file():
            known = ", ".join(self.names()) or "none yet"
            raise Problem(Catalogue.CARD_UNKNOWN, f"Cards there are: {known}.")
        return path

    def card(self, name: str) -> VirtualCard:
        """Return a card; its tries are those that its last holder left."""
        return VirtualCard.from_file(self.path(name))

    def add(self, name: str, image: CardImage) -> None:
        """Keep a new card."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        image.save(self.directory / f"{name}{SUFFIX}")


@dataclass(frozen=True)
class Municipality:
    """The window where cards are applied for and handed over, and the holder's own phone."""

    oqs: httpx2.AsyncClient
    shelf: Shelf

    async def issue(self, persona: Persona) -> None:
        """Have J-LIS issue the persona's card, set its PINs and keep it.

        Raises:
            Problem: OQS does not answer, or does not know the person.
        """
        ordered = await self._ask(
            "/sim/jlis/cards", {"IndividualNumber": persona.individual_number}
        )
        image = CardImage.build(
            label=persona.name,
            serial=ordered["SerialNumber"],
            municipality=ordered["MunicipalityCode"],
            authentication=_credential(ordered["Authentication"]),
            authentication_pin=persona.authentication_pin,
            signature=_credential(ordered["Signature"]),
            signature_password=persona.signature_password,
        )
        self.shelf.add(persona.key, image)

    async def register(self, name: str, pin: Pin) -> None:
        """Register a card for insurance use in the portal, with the holder's phone as reader.

        Raises:
            Problem: the portal refuses.
            ReaderError: the card refuses, e.g. a wrong PIN.
        """
        granted = await self._ask("/portal/challenges", None)
        challenge = base64.b64decode(granted["Challenge"])
        connection = InProcessConnection(self.shelf.card(name))
        proof = prove_identity(connection, pin, challenge)
        connection.close()
        await self._ask(
            "/portal/registrations",
            {
                "CardProof": {
                    "Challenge": granted["Challenge"],
                    "Certificate": base64.b64encode(proof.certificate).decode(),
                    "Signature": base64.b64encode(proof.signature).decode(),
                }
            },
        )

    async def _ask(self, path: str, body: object) -> dict[str, Any]:
        try:
            response = await self.oqs.post(path, json=body)
        except httpx2.HTTPError as error:
            raise Problem(Catalogue.SERVICE_UNREACHABLE, f"OQS: {error}") from None
        if not response.is_success:
            document = response.json()
            raise Problem(entry_of(document["code"]), document.get("detail"))
        answer: dict[str, Any] = response.json()
        return answer


def _credential(
    issued: dict[str, str],
) -> tuple[x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]:
    key = serialization.load_pem_private_key(issued["PrivateKey"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return (
        x509.load_pem_x509_certificate(issued["Certificate"].encode()),
        x509.load_pem_x509_certificate(issued["Authority"].encode()),
        key,
    )


def find_persona(key: str) -> Persona:
    """Return a persona.

    Raises:
        Problem: CARD_UNKNOWN.
    """
    known = personas()
    if key not in known:
        raise Problem(Catalogue.CARD_UNKNOWN, f"Personas there are: {', '.join(known)}.")
    return known[key]
