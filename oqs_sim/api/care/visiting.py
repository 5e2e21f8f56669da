"""訪問診療・オンライン診療: what terminals and patients do with consents at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response

from oqs_sim.api.line import refused_card, rendered
from oqs_sim.api.message_route import DOCUMENT, NOT_READ, Exchange, OwnMessage
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.messages.message_kind import MessageKind
from wire.serving.access import CONSOLE, Routes, allow, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.care.visiting import (
    ConsentEnd,
    ConsentNumberOfPatient,
    ConsentsRequest,
    GivenConsent,
    GivenConsents,
    HomeConsentAnswer,
    HomeConsentRequest,
    HomeInquiry,
)

if TYPE_CHECKING:
    from oqs_sim.api.message_route import MessageForms
    from oqs_sim.store.bulk.home_consents import HomeConsent
    from oqs_sim.timekeeping import Timekeeper
    from oqs_sim.visiting.home_consents import HomeConsents
    from wire.messages.refusal import Refusal

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)
_PROOF = (
    Catalogue.CHALLENGE_UNKNOWN,
    Catalogue.CHALLENGE_EXPIRED,
    Catalogue.CHALLENGE_OTHER_PURPOSE,
    Catalogue.CHALLENGE_USED,
    Catalogue.SIGNATURE_INVALID,
    Catalogue.CERTIFICATE_UNKNOWN,
    Catalogue.CERTIFICATE_LAPSED,
    Catalogue.CERTIFICATE_REVOKED,
    Catalogue.STORAGE_UNAVAILABLE,
)
_CONSENT_GIVEN = OwnMessage("SIM-visiting-consents", HomeConsentAnswer)


def _refused_consent(refusal: Refusal) -> HomeConsentAnswer:
    """Return the answer to a consent that is not taken."""
    return HomeConsentAnswer(qualification=refused_card(refusal))


def router(consents: HomeConsents, time: Timekeeper, messages: MessageForms) -> Routes:
    """Return the routes; how the real system has them is not public."""
    routes = Routes(Role.TERMINAL, tags=["訪問・オンライン診療"])

    async def give_consent(asked: HomeConsentRequest, request: Request) -> Response:
        """Sign a challenge of the purpose ``check``."""
        institution = participant(request).name
        return rendered(await consents.give(asked, institution, await time.asked_at()), 201)

    routes.add_api_route(
        "/visiting/consents",
        give_consent,
        methods=["POST"],
        summary="Take the consent of a patient at home, with a check by card (SIM)",
        status_code=201,
        response_model=HomeConsentAnswer,
        responses={
            201: {"content": DOCUMENT},
            **problem_responses(
                *_CALLER,
                *NOT_READ,
                *_PROOF,
                Catalogue.CARD_USE_BLOCKED,
                Catalogue.NOT_REGISTERED,
            ),
        },
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(HomeConsentRequest, _CONSENT_GIVEN, _refused_consent)
        ),
    )

    async def ask_again(asked: HomeInquiry, request: Request) -> Response:
        institution = participant(request).name
        return rendered(await consents.ask_again(asked, institution, await time.asked_at()))

    routes.add_api_route(
        "/visiting/qualification",
        ask_again,
        methods=["POST"],
        summary="再照会: ask again without the card, on a consent that stands (SIM)",
        response_model=QualificationAnswer,
        responses={
            200: {"content": DOCUMENT},
            **problem_responses(
                *_CALLER,
                *NOT_READ,
                Catalogue.CONSENT_UNKNOWN,
                Catalogue.CONSENT_ENDED,
                Catalogue.CARD_USE_BLOCKED,
                Catalogue.NOT_REGISTERED,
                Catalogue.STORAGE_UNAVAILABLE,
            ),
        },
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(HomeInquiry, MessageKind.CONFIRMATION, refused_card)
        ),
    )

    async def withdraw(asked: HomeInquiry, request: Request) -> Response:
        await consents.withdraw(asked, participant(request).name, await time.asked_at())
        return Response(status_code=204)

    routes.add_api_route(
        "/visiting/withdrawals",
        withdraw,
        methods=["POST"],
        summary="閲覧同意取消: end a consent as the institution (SIM)",
        status_code=204,
        responses=problem_responses(*_CALLER, *NOT_READ, Catalogue.CONSENT_UNKNOWN),
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(HomeInquiry, MessageKind.CONFIRMATION, refused_card)
        ),
    )

    @routes.post(
        "/portal/consents",
        summary="Tell the person which consents they gave at home",
        response_model=GivenConsents,
        responses=problem_responses(*_PROOF, Catalogue.CARD_USE_BLOCKED, Catalogue.INVALID_REQUEST),
        openapi_extra=allow(CONSOLE),
        tags=["マイナポータル"],
    )
    async def show_consents(asked: ConsentsRequest) -> Response:
        """Sign a challenge of the portal, of the purpose ``inquiries``."""
        found = await consents.given(asked.card_proof, await time.asked_at())
        return rendered(GivenConsents(consents=tuple(map(given_consent, found))))

    @routes.post(
        "/portal/consents/withdrawals",
        summary="患者取消: end a consent as the person who gave it",
        status_code=204,
        responses=problem_responses(*_PROOF, Catalogue.INVALID_REQUEST, Catalogue.CONSENT_UNKNOWN),
        openapi_extra=allow(CONSOLE),
        tags=["マイナポータル"],
    )
    async def withdraw_as_patient(asked: ConsentNumberOfPatient) -> Response:
        """Sign a challenge of the portal, of the purpose ``inquiries``."""
        await consents.withdraw_as_patient(
            asked.card_proof, asked.simulation_consent_number, await time.asked_at()
        )
        return Response(status_code=204)

    return routes


def given_consent(one: HomeConsent) -> GivenConsent:
    """Render a consent for the person who gave it."""
    return GivenConsent(
        simulation_consent_number=one.consent_number,
        medical_institution_code=one.institution_code,
        medical_treatment_flag=one.treatment_flag,
        consented_at=one.consented_at,
        ended_at=one.ended_at,
        end_reason=ConsentEnd(one.end_reason) if one.end_reason else None,
    )
