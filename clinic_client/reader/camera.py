"""What a real reader has beside the chip: a camera, and leave to use cards without their PIN.

SIMULATION, both. The camera sees no picture: what is on the card's front it asks of the J-LIS
simulator, which printed it, and whether a face fits of the testbed, which knows who stands there.
By a switch it recognises nobody. The credential with which the
reader stands in for the PIN comes from there too, see `reader.terminal`.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ValidationError

from reader.terminal import Terminal
from wire.client import cause_of
from wire.vocabulary.jlis import CardFront, CardVerifiable, FaceSeen, TerminalOrder

if TYPE_CHECKING:
    from eligibility.card.makes import CardMake
    from reader.certificate import CardCertificate

log = logging.getLogger(__name__)

_CREDENTIAL_SECONDS = 10.0
"""How long the J-LIS simulator may take for a credential, for which it makes a key."""


@dataclass
class SimulatedCamera:
    """The camera of a reader, and its credential for cards."""

    console: httpx2.AsyncClient
    """The console of OQS, where the J-LIS simulator answers."""
    institution_code: str
    faces: httpx2.AsyncClient | None = None
    """The testbed, which knows who stands at the reader; None where nobody does."""
    recognises: bool = True
    """The switch: without it no face fits the photograph."""
    _terminal: Terminal | None = field(default=None, init=False, repr=False)

    async def sees(self, certificate: CardCertificate) -> CardMake | None:
        """Return the make of the card in the reader; None where nobody can tell."""
        path = f"/sim/jlis/certificates/{int(certificate.serial, 16)}/card-front"
        try:
            answer = await self.console.get(path)
            if not answer.is_success:
                log.info("The camera recognises no card: %s", answer.status_code)
                return None
            return CardFront.model_validate_json(answer.content).make
        except (httpx2.HTTPError, ValidationError) as error:
            log.warning("The camera does not work: %s", cause_of(error))
            return None

    async def fits(self, certificate: CardCertificate) -> bool:
        """Tell whether the face before it fits the photograph on the card in the reader.

        Of whom nobody knows anything it fits, as the switch says.
        """
        if not self.recognises or self.faces is None:
            return self.recognises
        try:
            answer = await self.faces.get(f"/faces/{int(certificate.serial, 16)}")
            if answer.is_success:
                return FaceSeen.model_validate_json(answer.content).fits
            log.warning("Nobody knows who stands at the reader: %s", answer.status_code)
        except (httpx2.HTTPError, ValidationError) as error:
            log.warning("Nobody tells who stands at the reader: %s", cause_of(error))
        return True

    async def credential(self) -> Terminal | None:
        """Return by what the reader uses a card without its PIN; None where it has got none."""
        if self._terminal is None:
            order = TerminalOrder(medical_institution_code=self.institution_code)
            try:
                answer = await self.console.post(
                    "/sim/jlis/terminals",
                    content=order.model_dump_json(by_alias=True),
                    headers={"Content-Type": "application/json"},
                    timeout=_CREDENTIAL_SECONDS,
                )
                answer.raise_for_status()
                self._terminal = _read(CardVerifiable.model_validate_json(answer.content))
            except (httpx2.HTTPError, ValidationError, ValueError) as error:
                log.warning("The reader has no credential for cards: %s", cause_of(error))
        return self._terminal

    async def another_credential(self, refused: Terminal) -> Terminal | None:
        """Return one in place of what a card refuses; None where it would be the same.

        Cards of today refuse that of an authority of before, as when J-LIS has begun anew.
        """
        if self._terminal is refused:
            self._terminal = None
        new = await self.credential()
        return None if new is None or new.certificate == refused.certificate else new


def _read(credential: CardVerifiable) -> Terminal:
    key = load_pem_private_key(credential.private_key.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key of the reader is no RSA key")  # noqa: TRY004 # of what came in
    return Terminal(
        base64.b64decode(credential.certificate),
        lambda challenge: key.sign(challenge, PKCS1v15(), hashes.SHA256()),
    )
