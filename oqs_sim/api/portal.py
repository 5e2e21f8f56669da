"""マイナポータル, simulated: what a person does with the own card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query, Response
from pydantic import AwareDatetime

from eligibility.registration.state_machine import RegistrationChannel
from eligibility.terminal.consent import ConsentItem
from oqs_sim.api import portal_account, portal_agreements
from oqs_sim.api.line import CERTIFICATE, rendered
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.registration import AT_THE_PORTAL
from wire.catalogue import Catalogue, entry_of
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.consoles.portal import LogPlace
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import CardProof, ChallengeGrant

if TYPE_CHECKING:
    from oqs_sim.portal.services import Portal
    from oqs_sim.qualification.registration import Registrar
    from oqs_sim.store.inquiries import PastInquiry
    from oqs_sim.timekeeping import Timekeeper


class RegistrationRequest(Element):
    """Asks for use registration of the card that made the proof."""

    card_proof: CardProof
    channel: Literal[RegistrationChannel.PORTAL, RegistrationChannel.ATM] = (
        RegistrationChannel.PORTAL
    )


class Registered(Element):
    """The card is registered for insurance use."""

    simulation_reference: str


class InquiriesRequest(Element):
    """Asks who has asked about the person whose card made the proof."""

    card_proof: CardProof
    before: LogPlace | None = None
    """``Before`` of the page before; whoever begins leaves it out."""


class PersonInquiry(Element):
    """One inquiry about the person, answered or refused."""

    asked_at: AwareDatetime
    """Business time."""
    recorded_at: AwareDatetime
    """The database's time."""
    medical_institution_code: str | None
    """Who asked; absent where the person did, at the portal, or an insurer, as the purpose says."""
    reference_classification: ReferenceClassification | None
    """照会区分: by card or by number; absent where an insurer asked, who does neither."""
    purpose: ChallengePurpose
    qualification_validity: str | None
    """資格有効性, where a qualification was told."""
    refusal: str | None
    """The code of the problem, where it was refused."""
    japanese: str | None
    """What the one who asked was told of a refusal."""
    agreed: tuple[ConsentItem, ...] | None
    """What the person agreed to at the reader; absent where it was nothing, or nobody asked."""

    @classmethod
    def of(cls, line: PastInquiry) -> PersonInquiry:
        """Render a line of the log."""
        return cls(
            asked_at=line.asked_at,
            recorded_at=line.recorded_at,
            medical_institution_code=line.institution_code or None,
            reference_classification=ReferenceClassification(line.reference_classification)
            if line.reference_classification
            else None,
            purpose=ChallengePurpose(line.purpose),
            qualification_validity=line.validity,
            refusal=line.refusal,
            japanese=entry_of(line.refusal).kind.japanese if line.refusal else None,
            agreed=tuple(item for item in ConsentItem if item in line.agreed) or None,
        )


class PersonInquiries(Element):
    """Who has asked about the person, the last first, a page at a time."""

    inquiries: tuple[PersonInquiry, ...]
    total: int
    """How many there are in all."""
    before: str | None
    """With what the next page is asked for; absent on the last one."""


def routers(portal: Portal) -> list[Routes]:
    """Return all routes of the portal for programs."""
    return [
        router(portal.registrar, portal.time),
        portal_account.router(portal),
        portal_agreements.router(portal),
    ]


def router(registrar: Registrar, time: Timekeeper) -> Routes:
    """Return the routes that each take a proof of their own."""
    routes = Routes(CONSOLE, prefix="/portal", tags=["マイナポータル"])

    @routes.post(
        "/challenges",
        summary="Get a challenge for the own card to sign",
        status_code=201,
        response_model=ChallengeGrant,
    )
    async def grant_challenge(
        purpose: Annotated[
            Literal[
                ChallengePurpose.REGISTRATION, ChallengePurpose.INQUIRIES, ChallengePurpose.SIGN_IN
            ],
            Query(alias="Purpose"),
        ] = ChallengePurpose.REGISTRATION,
    ) -> Response:
        """Bound to the portal, and to what it is asked for; no terminal can use it."""
        return rendered(registrar.checks.grant(AT_THE_PORTAL, purpose), 201)

    @routes.post(
        "/registrations",
        summary="利用登録: register the card for insurance use",
        status_code=201,
        response_model=Registered,
        responses=problem_responses(
            Catalogue.CHALLENGE_UNKNOWN,
            Catalogue.CHALLENGE_EXPIRED,
            Catalogue.CHALLENGE_OTHER_PURPOSE,
            Catalogue.CHALLENGE_USED,
            Catalogue.SIGNATURE_INVALID,
            *CERTIFICATE,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.STORAGE_UNAVAILABLE,
            Catalogue.NO_ACTIVE_QUALIFICATION,
            Catalogue.REGISTRATION_REFUSED,
            Catalogue.REGISTRATION_NOT_POSSIBLE,
        ),
    )
    async def register(request: RegistrationRequest) -> Response:
        person = await registrar.register(
            request.card_proof, request.channel, await time.asked_at()
        )
        return rendered(Registered(simulation_reference=person.person_reference), 201)

    @routes.post(
        "/inquiries",
        summary="Tell the person who has asked about them, and what came of it",
        response_model=PersonInquiries,
        responses=problem_responses(
            Catalogue.CHALLENGE_UNKNOWN,
            Catalogue.CHALLENGE_EXPIRED,
            Catalogue.CHALLENGE_OTHER_PURPOSE,
            Catalogue.CHALLENGE_USED,
            Catalogue.SIGNATURE_INVALID,
            *CERTIFICATE,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def show_inquiries(request: InquiriesRequest) -> Response:
        """Refusals are among them, and each page is one more, with a proof of its own.

        The challenge is one for the purpose ``inquiries``.
        """
        before = int(request.before) if request.before else None
        page = await registrar.inquiries(request.card_proof, await time.asked_at(), before)
        return rendered(
            PersonInquiries(
                inquiries=tuple(PersonInquiry.of(line) for _, line in page.entries),
                total=page.total,
                before=None if page.following is None else str(page.following),
            )
        )

    return routes
