"""All pages of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oqs_sim.web.portal import (
    account_pages,
    agreement_pages,
    medical_pages,
    service_pages,
    sign_in_pages,
)

if TYPE_CHECKING:
    from oqs_sim.portal.services import Portal
    from wire.serving.access import Routes


def routers(portal: Portal) -> list[Routes]:
    """Return them."""
    return [
        module.router(portal)
        for module in (
            sign_in_pages,
            account_pages,
            agreement_pages,
            medical_pages,
            service_pages,
        )
    ]
