"""The page of what is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse  # noqa: TC002 # as above

from intermediate_server.readings import Read, Reader
from intermediate_server.web.page_context import TODO, page_routes

if TYPE_CHECKING:
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes


def router(context: PageContext) -> Routes:
    """Return the route."""
    routes = page_routes()

    @routes.get(TODO, summary="What is to be done, with a way to each case")
    async def show_todo(request: Request) -> HTMLResponse:
        reading = await context.now()
        groups = await context.waiting.groups()
        async with context.readings.reading(
            Reader.of(request.scope, request.cookies), Read.TODO
        ) as read:
            read += [
                case.person_reference
                for group in groups
                for case in group.cases
                if case.person_reference
            ]
        return await context.render("todo.html", TODO, reading, groups=groups)

    return routes
