"""同意 for programs: what a person has agreed to, and taking back what was agreed to at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response  # FastAPI reads them at run time

from eligibility.terminal.consent import ConsentItem
from oqs_sim.api.care.visiting import given_consent
from oqs_sim.api.line import rendered
from oqs_sim.api.portal_account import session_of_program
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.care.visiting import ConsentEnd
from wire.vocabulary.consoles.portal import OwnConsents, ReaderConsent, WithdrawnConsent

if TYPE_CHECKING:
    from oqs_sim.portal.agreements import Agreements
    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.portal.services import Portal


def router(portal: Portal) -> Routes:
    """Return the routes."""
    routes = Routes(CONSOLE, prefix="/portal", tags=["マイナポータル"])

    @routes.get(
        "/me/consents",
        summary="同意: tell what a person has agreed to at readers and at home",
        response_model=OwnConsents,
        responses=problem_responses(Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED),
    )
    async def show_consents(request: Request) -> Response:
        session = await session_of_program(portal, request)
        account = await portal.account(session)
        account.require_history_shown()
        return rendered(_consents(await portal.agreements.of(session.person), portal.institutions))

    @routes.post(
        "/me/consents/withdrawals",
        summary="患者取消: end a consent that was given at home",
        status_code=204,
        responses=problem_responses(
            Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED, Catalogue.CONSENT_UNKNOWN
        ),
    )
    async def withdraw_consent(request: Request, withdrawn: WithdrawnConsent) -> Response:
        session = await session_of_program(portal, request)
        account = await portal.account(session)
        await portal.agreements.withdraw(
            session.person, withdrawn.simulation_consent_number, account.now
        )
        return Response(status_code=204)

    return routes


def _consents(found: Agreements, names: InstitutionNames) -> OwnConsents:
    return OwnConsents(
        at_readers=tuple(
            ReaderConsent(
                medical_institution_code=code,
                institution_name=names.of(code).ja,
                consented_at=one.read_at,
                available_until=one.consent.until,
                ended_at=one.withdrawn_at,
                end_reason=ConsentEnd(one.end_reason) if one.end_reason else None,
                items=tuple(item for item in ConsentItem if item in one.items),
            )
            for code, one in found.at_readers.items()
        ),
        at_home=tuple(map(given_consent, found.at_home)),
    )
