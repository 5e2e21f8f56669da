"""How the folder exchange stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from clinic_client.exchange.courier import Courier


class ErrorLeftReport(BaseModel):
    """An `.err` that lies in `res`, as nobody fetches it."""

    name: str
    code: str
    japanese: str = Field(description="what happened, and what to do next")
    english: str


class ExchangeReport(BaseModel):
    """The folder exchange since the service started."""

    root: str = Field(description="the folder with `req`, `res` and `face`")
    answered: int = Field(description="requests that got an answer of OQS")
    refused: int = Field(description="requests that came back with an `.err`")
    under_way: int = Field(description="requests that OQS is asked for now, or that wait for it")
    waiting: int = Field(
        description="of those under way, what is not sent until OQS is back, or answers others of "
        "the same kind"
    )
    pushed: int = Field(description="files put into `face`")
    kept: int = Field(
        description="files for `face` that wait, in their order, until the folder takes them"
    )
    errors_left: list[ErrorLeftReport] = Field(
        description="each `.err` that nobody has fetched for some seconds, the oldest first"
    )
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
            waiting=state.waiting,
            pushed=state.pushed,
            kept=state.kept,
            errors_left=[
                ErrorLeftReport(
                    name=error.name,
                    code=error.code,
                    japanese=error.sentence.ja,
                    english=error.sentence.en,
                )
                for error in state.errors
            ],
            trouble=state.trouble.ja if state.trouble else "",
            trouble_en=state.trouble.en if state.trouble else "",
        )

    return routes
