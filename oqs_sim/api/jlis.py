"""The J-LIS simulator's counter: residents, cards, certificates, terminals."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Response
from pydantic import StringConstraints

from eligibility.days.dates import TOKYO
from oqs_sim.api.line import rendered
from oqs_sim.jlis import authority
from oqs_sim.jlis.authority import Purpose, private_pem
from oqs_sim.jlis.card_order import CardOrder
from oqs_sim.jlis.carrier import Carrier, StopReason
from oqs_sim.jlis.revocation_list import revocation_list
from oqs_sim.qualification.checks import day
from wire.catalogue import Catalogue
from wire.dates import write_day
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day, Institution, Sex
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.jlis.card_keys import CardKey
    from oqs_sim.jlis.card_order import CertificateOnCard, Certificates, IssuedCard
    from oqs_sim.jlis.counter import Counter
    from oqs_sim.store.cards import CardCertificate, KnownCard
    from oqs_sim.timekeeping import Timekeeper

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewResident(Element):
    """A resident to be registered."""

    individual_number: Text
    name: Text
    name_kana: Text
    """半角カナ."""
    sex1: Sex
    birthdate: Day
    address: Text = "模擬県模擬市模擬町1-1"
    post_number: Text = "990-0001"
    municipality_code: Annotated[str, StringConstraints(pattern=r"^99\d{3}$")] = "99001"
    """Prefecture 99 does not exist."""


class ResidentReference(Element):
    """How the simulation calls a person."""

    person_reference: str


class ResidentChange(Element):
    """What has changed of a resident; what is absent stays."""

    name: Text | None = None
    name_kana: Text | None = None
    address: Text | None = None
    post_number: Text | None = None


class NewCard(Element):
    """Asks for a card, or for certificates on a phone."""

    individual_number: Text
    issued_on: Day | None = None
    """Today when absent."""
    kind: Carrier = Carrier.CARD
    security_code: Annotated[str, StringConstraints(pattern=r"^\d{4}$")] | None = None
    """セキュリティコード under the photo; J-LIS chooses one when absent."""
    stay_ends_on: Day | None = None
    """Last day of a foreign resident's period of stay."""

    def order(self, today: date) -> CardOrder:
        """Read it."""
        return CardOrder(
            self.individual_number,
            day(self.issued_on) if self.issued_on else today,
            self.kind,
            self.security_code,
            day(self.stay_ends_on) if self.stay_ends_on else None,
        )


class CardCertificateIssued(Element):
    """A certificate of the card with its key, PEM."""

    certificate: str
    private_key: str
    authority: str
    serial: int
    expires_on: Day

    @classmethod
    def of(cls, issued: CertificateOnCard | None) -> CardCertificateIssued | None:
        """Render what the counter issued."""
        if issued is None:
            return None
        return cls(**{**vars(issued), "expires_on": write_day(issued.expires_on)})


class CardVerifiable(Element):
    """A key with its card-verifiable certificate."""

    private_key: str
    """PEM."""
    certificate: str
    """568 bytes in base64."""

    @classmethod
    def of(cls, key: CardKey) -> CardVerifiable:
        """Render a key."""
        return cls(
            private_key=private_pem(key.private_key),
            certificate=base64.b64encode(key.certificate).decode(),
        )


class RenewedCertificates(Element):
    """New certificates for a card that goes on."""

    authentication: CardCertificateIssued | None = None
    signature: CardCertificateIssued | None = None

    @classmethod
    def of(cls, issued: Certificates) -> RenewedCertificates:
        """Render what the counter issued."""
        return cls(
            authentication=CardCertificateIssued.of(issued.get(Purpose.AUTHENTICATION)),
            signature=CardCertificateIssued.of(issued.get(Purpose.SIGNATURE)),
        )


class Card(Element):
    """What goes onto a new card."""

    person_reference: str
    serial_number: str
    kind: Carrier
    municipality_code: str
    issued_on: Day
    expires_on: Day
    name: str
    name_kana: str
    sex1: Sex
    birthdate: Day
    address: str
    security_code: str
    photo: bool
    """Whether it has one; an infant's card has none."""
    authentication: CardCertificateIssued | None = None
    signature: CardCertificateIssued | None = None
    """Absent for a child under 15 and on 顔認証マイナンバーカード."""
    issuer: CardVerifiable
    """The municipality's key for text and pictures (simulation: no real one is handed out)."""
    terminal_authority: str
    """Public key, PEM, of the authority whose terminals the card is to accept."""

    @classmethod
    def of(cls, issued: IssuedCard) -> Card:
        """Render what the counter issued."""
        person, card = issued.person, issued.card
        certificates = RenewedCertificates.of(issued.certificates)
        return cls(
            person_reference=person.person_reference,
            serial_number=card.serial_number,
            kind=issued.carrier,
            municipality_code=person.municipality_code,
            issued_on=write_day(card.issued_on),
            expires_on=write_day(card.expires_on),
            name=person.name,
            name_kana=person.name_kana,
            sex1=Sex(person.sex1),
            birthdate=write_day(person.birthdate),
            address=person.address,
            security_code=issued.security_code,
            photo=issued.photo,
            authentication=certificates.authentication,
            signature=certificates.signature,
            issuer=CardVerifiable.of(issued.signer),
            terminal_authority=issued.terminal_authority.public_pem,
        )


class CertificateState(Element):
    """A certificate of a card as it stands."""

    purpose: Purpose
    serial: int
    expires_on: Day
    revoked: bool
    suspended: bool


class CardState(Element):
    """A card as it stands."""

    serial_number: str
    kind: Carrier
    issued_on: Day
    expires_on: Day
    certificates: list[CertificateState]

    @classmethod
    def of(cls, card: KnownCard, certificates: list[CardCertificate]) -> CardState:
        """Render what the counter knows."""
        return cls(
            serial_number=card.serial_number,
            kind=Carrier(card.kind),
            issued_on=write_day(card.issued_on),
            expires_on=write_day(card.expires_on),
            certificates=[
                CertificateState(
                    purpose=Purpose(one.purpose),
                    serial=one.serial,
                    expires_on=write_day(one.expires_on),
                    revoked=one.revoked_at is not None,
                    suspended=one.suspended_at is not None,
                )
                for one in certificates
            ],
        )


class Renewal(Element):
    """Asks for new certificates."""

    issued_on: Day | None = None
    """Today when absent."""


class Revocation(Element):
    """Why a card is stopped for good."""

    reason: StopReason = StopReason.RETURNED


class TerminalOrder(Element):
    """Asks for the credential of an institution's terminal."""

    medical_institution_code: Institution


def router(counter: Counter, time: Timekeeper) -> APIRouter:  # noqa: C901 - a list of routes
    """Return the routes of the J-LIS simulator."""
    routes = APIRouter(prefix="/sim/jlis", tags=["J-LIS（模擬）"])

    def today() -> date:
        return time.now().astimezone(TOKYO).date()

    @routes.post(
        "/residents",
        summary="Register a resident",
        status_code=201,
        response_model=ResidentReference,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER, Catalogue.ALREADY_EXISTS, Catalogue.INVALID_REQUEST
        ),
    )
    async def register_resident(resident: NewResident) -> Response:
        added = counter.register_resident(
            individual_number=resident.individual_number,
            name=resident.name,
            name_kana=resident.name_kana,
            sex=resident.sex1,
            birthdate=day(resident.birthdate),
            address=resident.address,
            post_number=resident.post_number,
            municipality_code=resident.municipality_code,
        )
        return rendered(ResidentReference(person_reference=added.person_reference), 201)

    @routes.patch(
        "/residents/{person_reference}",
        summary="Change a resident's name or address; revokes the signature certificate",
        status_code=204,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON),
    )
    async def change_resident(person_reference: str, change: ResidentChange) -> Response:
        changes = change.model_dump(exclude_none=True)
        counter.change_resident(person_reference, changes, time.now())
        return Response(status_code=204)

    @routes.post(
        "/cards",
        summary="Issue a card, or certificates on a phone",
        status_code=201,
        response_model=Card,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER, Catalogue.UNKNOWN_PERSON, Catalogue.INVALID_REQUEST
        ),
    )
    def issue_card(order: NewCard) -> Response:  # in a thread: its keys take a while to make
        return rendered(Card.of(counter.issue_card(order.order(today()), time.now())), 201)

    @routes.get(
        "/cards/{serial_number}",
        summary="Say how a card and its certificates stand",
        response_model=CardState,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def show_card(serial_number: str) -> Response:
        return rendered(CardState.of(*counter.find_card(serial_number)))

    @routes.post(
        "/cards/{serial_number}/certificates",
        summary="更新: renew a card's certificates; the old ones are revoked",
        status_code=201,
        response_model=RenewedCertificates,
        responses=problem_responses(Catalogue.NOT_FOUND, Catalogue.INVALID_REQUEST),
    )
    def renew_certificates(serial_number: str, renewal: Renewal) -> Response:  # in a thread
        issued_on = day(renewal.issued_on) if renewal.issued_on else today()
        issued = counter.renew_certificates(serial_number, issued_on, time.now())
        return rendered(RenewedCertificates.of(issued), 201)

    @routes.put(
        "/cards/{serial_number}/suspension",
        summary="一時停止: suspend a card from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def suspend_card(serial_number: str) -> Response:
        counter.suspend_card(serial_number, time.now())
        return Response(status_code=204)

    @routes.delete(
        "/cards/{serial_number}/suspension",
        summary="一時停止解除: lift a card's suspension",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def lift_suspension(serial_number: str) -> Response:
        counter.lift_suspension(serial_number)
        return Response(status_code=204)

    @routes.post(
        "/cards/{serial_number}/revocation",
        summary="失効: revoke all certificates of a card from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def revoke_card(serial_number: str, revocation: Revocation) -> Response:
        counter.revoke_card(serial_number, revocation.reason, time.now())
        return Response(status_code=204)

    @routes.post(
        "/certificates/{serial}/revocation",
        summary="Revoke a certificate from now on",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def revoke_certificate(serial: int) -> Response:
        counter.revoke(serial, time.now())
        return Response(status_code=204)

    @routes.get(
        "/authorities/{purpose}/certificate",
        summary="Get the certificate of an authority (PEM)",
        response_class=Response,
        responses={200: {"content": {"application/x-pem-file": {}}}},
    )
    def show_authority(purpose: Purpose) -> Response:  # in a thread: a key may have to be made
        issuer = authority.load_or_make(counter.engine, purpose, time.now())
        return Response(issuer.pem, media_type="application/x-pem-file")

    @routes.get(
        "/authorities/{purpose}/crl",
        summary="失効リスト: get the revocation list of an authority (DER)",
        response_class=Response,
        responses={200: {"content": {"application/pkix-crl": {}}}},
    )
    def show_revocation_list(purpose: Purpose) -> Response:  # in a thread, likewise
        issuer = authority.load_or_make(counter.engine, purpose, time.now())
        listed = revocation_list(counter.engine, issuer, time.now())
        return Response(listed, media_type="application/pkix-crl")

    @routes.get(
        "/card-root",
        summary="Get the public key at the root of the signatures on cards (PEM)",
        response_class=Response,
        responses={200: {"content": {"application/x-pem-file": {}}}},
    )
    def show_card_root() -> Response:  # in a thread, likewise
        return Response(counter.keys.root().public_pem, media_type="application/x-pem-file")

    @routes.post(
        "/terminals",
        summary="Get the credential with which a terminal uses cards without a PIN (simulation)",
        status_code=201,
        response_model=CardVerifiable,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    def certify_terminal(order: TerminalOrder) -> Response:  # in a thread, likewise
        key = counter.keys.terminal(order.medical_institution_code)
        return rendered(CardVerifiable.of(key), 201)

    return routes
