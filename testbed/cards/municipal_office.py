"""The municipal office: cards are ordered of J-LIS there, handed over, renewed and reset."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reader.session import prove_identity
from testbed.cards.card_making import make_image, renewed
from testbed.cards.personas import find_persona, personas
from testbed.cards.printing import FontMissing
from testbed.portal_sign_in import proof_document
from virtual_card.image.card_image import CardImage
from virtual_card.plugs.inprocess import InProcessConnection
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import CardContent, Carrier, RenewedCertificates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reader.description.layout import PinReference
    from reader.pin import Pin
    from testbed.cards.card_store import CardStore
    from testbed.cards.personas import Persona
    from testbed.oqs_console import OqsConsole


@dataclass(frozen=True)
class MunicipalOffice:
    """The window (市区町村の窓口) that orders cards and hands them over, and the holder's phone."""

    oqs: OqsConsole
    store: CardStore
    _turns: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock), init=False
    )
    """By card: it bears what J-LIS issued last, however many ask at once."""

    async def issue(self, persona: Persona) -> None:
        """Have J-LIS issue the persona's card, set its PINs, print its face and keep it.

        Someone who is not a resident yet is registered first. What has happened to the card since
        (suspended, revoked) happens right away.

        Raises:
            Problem: OQS does not answer, or refuses the order; there is no Japanese font.
        """
        image = await self._make(
            persona,
            {
                "IndividualNumber": persona.individual_number,
                "Kind": persona.kind,
                "SecurityCode": persona.security_code,
                "IssuedOn": persona.issued_on,
            },
        )
        card = f"/sim/jlis/cards/{image.serial}"
        if persona.stopped == "suspended":
            await self.oqs.ask("PUT", f"{card}/suspension", None)
        elif persona.stopped == "revoked":
            await self.oqs.ask("POST", f"{card}/revocation", {})

    async def make_ordered(self, order: Mapping[str, str | None]) -> str:
        """Have J-LIS issue a card that was applied for, and make it; return its 製造番号.

        It belongs to the persona with the 個人番号 of the order, and takes the place of the one
        that they had.

        Raises:
            Problem: CARD_UNKNOWN where no persona has the number, or what `issue` raises.
        """
        number = order["IndividualNumber"]
        whose = [one for one in personas().values() if one.individual_number == number]
        # The one of the same kind; else a card in the place of another card, never of a phone.
        fitting = [one for one in whose if one.kind == order["Kind"]] or [
            one for one in whose if one.kind.endswith("card")
        ]
        if not fitting:
            raise Problem(Catalogue.CARD_UNKNOWN, "No persona has this individual number.")
        who = fitting[0]
        if order["Kind"] == Carrier.FACE_AUTHENTICATION_CARD:  # no PIN is set on it (P-011)
            who = dataclasses.replace(
                who,
                authentication_pin="",
                signature_password="",
                input_support_pin="",
                resident_register_pin="",
            )
        return (await self._make(who, {**order, "SecurityCode": who.security_code})).serial

    async def _make(self, persona: Persona, order: Mapping[str, str | None]) -> CardImage:
        async with self._turns[persona.key]:
            since = self.store.times_put_back
            try:
                sent = await self.oqs.ask("POST", "/sim/jlis/cards", order)
            except Problem as problem:
                if problem.entry is not Catalogue.UNKNOWN_PERSON:
                    raise
                await self.oqs.ask("POST", "/sim/jlis/residents", _resident(persona))
                sent = await self.oqs.ask("POST", "/sim/jlis/cards", order)
            try:
                # In a thread: its own key and its pictures take a while.
                image = await asyncio.to_thread(
                    make_image, persona, CardContent.model_validate(sent)
                )
            except FontMissing as error:
                raise Problem(Catalogue.FONT_MISSING, str(error)) from None
            self.store.add(persona.key, image, since)
            return image

    async def hand_over(self, name: str) -> str:
        """Have a card ready, issued if it is a persona's first; return what it is called.

        Raises:
            Problem: CARD_UNKNOWN for no card's and no persona's name, or what `issue` raises.
        """
        cards = self.store.names()
        if name in cards:
            return name
        try:
            who = find_persona(name)
        except Problem as problem:
            there = f"Cards there are: {', '.join(cards) or 'none yet'}."
            raise Problem(
                problem.entry, f"{there} {problem.detail}", japanese=problem.japanese
            ) from None
        if who.key not in cards:
            await self.issue(who)
        return who.key

    async def renew(self, name: str) -> None:
        """Renew a card's certificates (更新); PINs and face stay.

        Raises:
            Problem: CARD_UNKNOWN, or J-LIS refuses.
        """
        async with self._turns[name]:
            since = self.store.times_put_back
            image = CardImage.load(self.store.path(name))
            path = f"/sim/jlis/cards/{image.serial}/certificates"
            sent = RenewedCertificates.model_validate(await self.oqs.ask("POST", path, {}))
            self.store.replace(
                name,
                dataclasses.replace(
                    image,
                    authentication=renewed(image.authentication, sent.authentication),
                    signature=renewed(image.signature, sent.signature),
                ),
                since,
            )

    def reset_pin(self, name: str, reference: PinReference, pin: str | None) -> None:
        """Give all tries back to a secret of a card, and a new value if one is given.

        Raises:
            Problem: CARD_UNKNOWN, or INVALID_REQUEST for what the window cannot do.
        """
        card = self.store.card(name)
        try:
            card.office_reset(reference, pin)
        except ValueError as error:
            wrong = pin is not None and not reference.accepts(pin)
            japanese = f"{reference.ja}は{reference.format}で決めてください。" if wrong else None
            raise Problem(Catalogue.INVALID_REQUEST, str(error), japanese=japanese) from None

    async def register(self, name: str, pin: Pin) -> None:
        """Register a card for insurance use in the portal, with the holder's phone as reader.

        Raises:
            Problem: the portal refuses.
            ReaderError: the card refuses, e.g. a wrong PIN.
        """
        granted = await self.oqs.ask("POST", "/portal/challenges", None)
        challenge = base64.b64decode(granted["Challenge"])
        connection = InProcessConnection(self.store.card(name))
        proof = prove_identity(connection, pin, challenge)
        connection.close()
        await self.oqs.ask(
            "POST",
            "/portal/registrations",
            proof_document(granted, proof),
        )


def _resident(persona: Persona) -> dict[str, str]:
    return {
        "IndividualNumber": persona.individual_number,
        "Name": persona.name,
        "NameKana": persona.name_kana,
        "Sex1": persona.sex,
        "Birthdate": persona.birthdate,
        "Address": persona.address,
        "PostNumber": persona.post_number,
    }
