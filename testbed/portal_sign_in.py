"""Signing in at the portal with a card in a reader: the PIN goes to the card, the proof to OQS."""

from __future__ import annotations

import asyncio
import base64
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reader.errors import ReaderError
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import look, prove_identity
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reader.pin import Pin
    from reader.session import IdentityProof
    from testbed.oqs_console import OqsConsole

CODE = re.compile(r"[A-Z2-9]{8}")
"""The form of a code, as the portal's page shows it."""


def read_code(text: str) -> str:
    """Return a code as it was typed: in small letters, in full width, with blanks or a hyphen.

    Raises:
        Problem: SIGN_IN_UNKNOWN for what cannot be one.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not CODE.fullmatch(plain):
        raise Problem(Catalogue.SIGN_IN_UNKNOWN, "A code has 8 letters and digits.")
    return plain


def proof_document(granted: Mapping[str, str], proof: IdentityProof) -> dict[str, object]:
    """Write what a card has signed as the portal takes it."""
    return {
        "CardProof": {
            "Challenge": granted["Challenge"],
            "Certificate": base64.b64encode(proof.certificate.der).decode(),
            "Signature": base64.b64encode(proof.signature).decode(),
        }
    }


@dataclass(frozen=True)
class SignInAtReader:
    """Signs people in with cards in the readers of the PC/SC service that this process uses."""

    oqs: OqsConsole

    async def sign_in(
        self, code: str, reader: str, pin: Pin, *, confirmed_last_try: bool = False
    ) -> str:
        """Sign in whose card is in a reader, under a code; return where the code is shown.

        The code is looked at before the PIN is sent: a wrong one costs no try.

        Raises:
            Problem: the portal refuses, or does not answer.
            ReaderError: the card refuses, e.g. a wrong PIN.
        """
        granted = await self.oqs.ask("POST", f"/portal/sign-ins/{code}/challenges", None)

        def prove() -> IdentityProof:
            with PcscConnection(reader) as card, pin:
                challenge = base64.b64decode(granted["Challenge"])
                return prove_identity(card, pin, challenge, confirmed_last_try=confirmed_last_try)

        proof = await asyncio.to_thread(prove)
        standing = await self.oqs.ask(
            "POST", f"/portal/sign-ins/{code}", proof_document(granted, proof)
        )
        return str(standing["Channel"])

    async def tries(self, reader: str) -> int | None:
        """Ask the card in a reader how many tries its PIN has left, which uses none.

        None where the card does not say, or cannot be read just now.
        """

        def ask() -> int | None:
            try:
                with PcscConnection(reader) as card:
                    return look(card).tries
            except ReaderError:
                return None

        return await asyncio.to_thread(ask)
