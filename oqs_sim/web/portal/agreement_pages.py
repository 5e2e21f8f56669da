"""同意: what a person agreed to at readers and at home, and taking the latter back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Request  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # likewise

from oqs_sim.portal.agreements import agreed_items, end_of, treatment_of
from oqs_sim.web.portal import frame
from wire.vocabulary.care.visiting import ConsentNumber  # noqa: TC001 # FastAPI reads it

if TYPE_CHECKING:
    from oqs_sim.portal.services import Portal
    from wire.serving.access import Routes


def router(portal: Portal) -> Routes:
    """Return the pages."""
    routes = frame.page_routes()

    @routes.get("/consents", summary="同意: what was agreed to, when, where, and until when")
    async def show_consents(request: Request) -> HTMLResponse:
        session, account = await frame.account_of(request, portal)
        account.require_history_shown()
        found = await portal.agreements.of(session.person)
        names = portal.institutions
        return frame.render(
            "consents.html",
            here="history",
            at_readers=[
                (
                    names.of(code),
                    one,
                    agreed_items(one.items),
                    end_of(one),
                    one.consent.holds_at(account.now),
                )
                for code, one in found.at_readers.items()
            ],
            at_home=[
                (names.of(one.institution_code), one, treatment_of(one), end_of(one))
                for one in found.at_home
            ],
        )

    @routes.post("/consents/end", summary="取り消す: end a consent that was given at home")
    async def end_consent(
        request: Request, number: Annotated[ConsentNumber, Form(alias="Number")]
    ) -> Response:
        session, account = await frame.account_of(request, portal)
        account.require_history_shown()
        await portal.agreements.withdraw(session.person, number, account.now)
        return frame.go_to("/portal/consents")

    return routes
