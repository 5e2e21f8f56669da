"""マイナポータル, simulated: what a person does with the own card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response  # noqa: TC002 # FastAPI reads it at run time

from eligibility.registration.state_machine import RegistrationChannel
from oqs_sim.api.line import rendered
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import CardProof, ChallengeGrant

if TYPE_CHECKING:
    from oqs_sim.qualification.registration import Registrar
    from oqs_sim.timekeeping import Timekeeper


class RegistrationRequest(Element):
    """Asks for use registration of the card that made the proof."""

    card_proof: CardProof
    channel: RegistrationChannel = RegistrationChannel.PORTAL


class Registered(Element):
    """The card is registered for insurance use."""

    simulation_reference: str


def router(registrar: Registrar, time: Timekeeper) -> Routes:
    """Return the portal's routes."""
    routes = Routes(CONSOLE, prefix="/portal", tags=["マイナポータル"])

    @routes.post(
        "/challenges",
        summary="Get a challenge for the own card to sign",
        status_code=201,
        response_model=ChallengeGrant,
    )
    async def grant_challenge() -> Response:
        checks = registrar.checks
        grant = ChallengeGrant(
            challenge=checks.challenge(), valid_seconds=checks.challenges.lifetime
        )
        return rendered(grant, 201)

    @routes.post(
        "/registrations",
        summary="利用登録: register the card for insurance use",
        status_code=201,
        response_model=Registered,
        responses=problem_responses(
            Catalogue.CHALLENGE_UNKNOWN,
            Catalogue.CHALLENGE_USED,
            Catalogue.SIGNATURE_INVALID,
            Catalogue.CERTIFICATE_UNKNOWN,
            Catalogue.CERTIFICATE_LAPSED,
            Catalogue.CERTIFICATE_REVOKED,
            Catalogue.NO_ACTIVE_QUALIFICATION,
        ),
    )
    async def register(request: RegistrationRequest) -> Response:
        person = await registrar.register(request.card_proof, request.channel, time.now())
        return rendered(Registered(simulation_reference=person.person_reference), 201)

    return routes
