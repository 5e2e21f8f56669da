"""How the folder exchange stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from clinic_client.exchange.courier import Courier


class ExchangeReport(BaseModel):
    """The folder exchange since the service started."""

    root: str = Field(description="the folder with `req`, `res` and `face`")
    answered: int = Field(description="requests that got an answer of OQS")
    refused: int = Field(description="requests that came back with an `.err`")
    under_way: int = Field(description="requests that OQS is asked for now, or that wait for it")
    pushed: int = Field(description="files put into `face`")
    trouble: str = Field(description="why nothing goes on, in Japanese; empty where all is well")
    trouble_en: str


def router(courier: Courier | None) -> Routes:
    """Return the route; None is a clinic without an exchange."""
    routes = Routes(CONSOLE, tags=["連携フォルダー"])

    @routes.get(
        "/api/exchange",
        summary="Tell how the folder exchange stands",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def show_exchange() -> ExchangeReport:
        if courier is None:
            raise Problem(
                Catalogue.NOT_FOUND,
                "The setting exchange_directory is not set.",
                japanese="連携フォルダーは設定されていません。",
            )
        state = courier.state
        return ExchangeReport(
            root=state.root,
            answered=state.answered,
            refused=state.refused,
            under_way=state.under_way,
            pushed=state.pushed,
            trouble=state.trouble_ja,
            trouble_en=state.trouble_en,
        )

    return routes
