"""The page that tells a clerk how to practise: whence numbers come, and a day's exercise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse  # noqa: TC002 # FastAPI reads it at run time

from intermediate_server.web.page_context import page_routes
from intermediate_server.web.texts import say

if TYPE_CHECKING:
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/practice"
_STEPS = (
    ("search", "/persons"),
    ("file", "/file"),
    ("household", "/household"),
    ("mend", "/procedures"),
    ("print", "/posting"),
    ("upload", "/upload"),
    ("readings", "/readings"),
)
"""What is practised, and on which page."""


def router(context: PageContext) -> Routes:
    """Return the route."""
    routes = page_routes()

    @routes.get(PATH, summary="How to practise: 個人番号 that may be used, and a day's exercise")
    async def show_practice() -> HTMLResponse:
        steps = [
            (path, say(f"practice.{step}"), say(f"practice.{step}_how")) for step, path in _STEPS
        ]
        return await context.render("practice.html", PATH, await context.now(), steps=steps)

    return routes
