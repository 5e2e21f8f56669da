"""Cards and their certificates: issued, renewed, stopped."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Response

from eligibility.days.dates import TOKYO
from oqs_sim.api.line import rendered
from oqs_sim.jlis.authority import private_pem
from oqs_sim.jlis.card_order import CardOrder
from oqs_sim.qualification.asking import requested_day
from wire.catalogue import Catalogue
from wire.dates import write_day
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Sex
from wire.vocabulary.jlis import (
    CardCertificateIssued,
    CardContent,
    CardRecord,
    CardRecords,
    CardVerifiable,
    Carrier,
    CertificatePurpose,
    CertificateRecord,
    NewCard,
    Renewal,
    RenewedCertificates,
    Revocation,
)
from wire.vocabulary.texts import LARGEST, Reference, ShortLine

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.api.jlis.needs import NeedsJlis
    from oqs_sim.jlis.card_keys import CardKey
    from oqs_sim.jlis.card_order import CertificateOnCard, Certificates, IssuedCard
    from oqs_sim.jlis.issuance_desk import IssuanceDesk
    from oqs_sim.store.cards import CardCertificate, KnownCard
    from oqs_sim.timekeeping import Timekeeper
    from wire.serving.access import Routes

Person = Annotated[Reference, Path()]
SerialNumber = Annotated[ShortLine, Path()]
"""製造番号."""


def _order(asked: NewCard, today: date) -> CardOrder:
    return CardOrder(
        asked.individual_number,
        requested_day(asked.issued_on) if asked.issued_on else today,
        asked.kind,
        asked.security_code,
        requested_day(asked.stay_ends_on) if asked.stay_ends_on else None,
        requested_day(asked.applied_on) if asked.applied_on else None,
    )


def _issued(certificate: CertificateOnCard | None) -> CardCertificateIssued | None:
    if certificate is None:
        return None
    written = {**vars(certificate), "expires_on": write_day(certificate.expires_on)}
    return CardCertificateIssued(**written)


def _renewed(certificates: Certificates) -> RenewedCertificates:
    return RenewedCertificates(
        authentication=_issued(certificates.get(CertificatePurpose.AUTHENTICATION)),
        signature=_issued(certificates.get(CertificatePurpose.SIGNATURE)),
    )


def verifiable(key: CardKey) -> CardVerifiable:
    """Tell a key and its certificate."""
    return CardVerifiable(
        private_key=private_pem(key.private_key),
        certificate=base64.b64encode(key.certificate).decode(),
    )


def content(issued: IssuedCard) -> CardContent:
    """Tell what goes onto a card."""
    person, card = issued.person, issued.card
    certificates = _renewed(issued.certificates)
    return CardContent(
        person_reference=person.person_reference,
        serial_number=card.serial_number,
        kind=issued.carrier,
        municipality_code=person.municipality_code,
        issued_on=write_day(card.issued_on),
        expires_on=write_day(card.expires_on),
        name=person.name,
        name_kana=person.name_kana,
        sex1=Sex(person.sex),
        birthdate=write_day(person.birthdate),
        address=person.address,
        security_code=issued.security_code,
        photo=issued.photo,
        authentication=certificates.authentication,
        signature=certificates.signature,
        issuer=verifiable(issued.signer),
        terminal_authority=issued.terminal_authority.public_pem,
    )


def _record(card: KnownCard, certificates: list[CardCertificate], now: datetime) -> CardRecord:
    return CardRecord(
        serial_number=card.serial_number,
        kind=Carrier(card.kind),
        issued_on=write_day(card.issued_on),
        expires_on=write_day(card.expires_on),
        certificates=[
            CertificateRecord(
                purpose=CertificatePurpose(one.purpose),
                serial=one.serial,
                expires_on=write_day(one.expires_on),
                revoked=one.revoked_at is not None,
                suspended=one.suspended(now) or one.rests(now),
            )
            for one in certificates
        ],
    )


def router(desk: IssuanceDesk, time: Timekeeper, needs: NeedsJlis) -> Routes:
    """Return the routes of the cards; none answers while J-LIS is out."""
    routes = needs.routes()

    def today() -> date:
        return time.now().astimezone(TOKYO).date()

    @routes.post(
        "/cards",
        summary="Issue a card, or certificates on a phone",
        status_code=201,
        response_model=CardContent,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER, Catalogue.UNKNOWN_PERSON, Catalogue.INVALID_REQUEST
        ),
    )
    def issue_card(order: NewCard) -> Response:  # in a thread: its keys take a while to make
        return rendered(content(desk.issue_card(_order(order, today()), time.now())), 201)

    @routes.get(
        "/cards/{serial_number}",
        summary="Say how a card and its certificates stand",
        response_model=CardRecord,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def show_card(serial_number: SerialNumber) -> Response:
        card, on_card = await asyncio.to_thread(lambda: desk.on_record.find_card(serial_number))
        return rendered(_record(card, on_card, await time.asked_at()))

    @routes.get(
        "/residents/{person_reference}/cards",
        summary="List a person's cards and phones, the oldest first, as they stand",
        response_model=CardRecords,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON),
    )
    async def list_cards(person_reference: Person) -> Response:
        """Find the serial number that whoever reports a loss does not know."""
        found = await asyncio.to_thread(lambda: desk.on_record.cards_of(person_reference))
        now = await time.asked_at()
        return rendered(CardRecords(cards=tuple(_record(*one, now) for one in found)))

    @routes.post(
        "/cards/{serial_number}/certificates",
        summary="更新: renew a card's certificates; the old ones are revoked",
        status_code=201,
        response_model=RenewedCertificates,
        responses=problem_responses(
            Catalogue.NOT_FOUND, Catalogue.INVALID_REQUEST, Catalogue.CARD_NOT_RENEWABLE
        ),
    )
    def renew_certificates(
        serial_number: SerialNumber, renewal: Renewal
    ) -> Response:  # in a thread
        """Do it on any day; from when a renewal is open (P-003) is for the counter to say."""
        issued_on = requested_day(renewal.issued_on) if renewal.issued_on else today()
        issued = desk.renew_certificates(serial_number, issued_on, time.now())
        return rendered(_renewed(issued), 201)

    @routes.put(
        "/cards/{serial_number}/suspension",
        summary="一時停止: suspend a card from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def suspend_card(serial_number: SerialNumber) -> Response:
        await asyncio.to_thread(lambda: desk.on_record.suspend_card(serial_number, time.now()))
        return Response(status_code=204)

    @routes.delete(
        "/cards/{serial_number}/suspension",
        summary="一時停止解除: lift a card's suspension",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def lift_suspension(serial_number: SerialNumber) -> Response:
        await asyncio.to_thread(lambda: desk.on_record.lift_suspension(serial_number))
        return Response(status_code=204)

    @routes.post(
        "/cards/{serial_number}/revocation",
        summary="失効: revoke all certificates of a card from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def revoke_card(serial_number: SerialNumber, revocation: Revocation) -> Response:
        reason, on_record = revocation.reason, desk.on_record
        await asyncio.to_thread(lambda: on_record.revoke_card(serial_number, reason, time.now()))
        return Response(status_code=204)

    @routes.post(
        "/certificates/{serial}/revocation",
        summary="Revoke a certificate from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def revoke_certificate(serial: Annotated[int, Path(ge=1, le=LARGEST)]) -> Response:
        await asyncio.to_thread(lambda: desk.on_record.revoke(serial, time.now()))
        return Response(status_code=204)

    return routes
