"""A route for the paths where microseconds count.

Its body is read by the model straight from the bytes, and its function called with that and the
request; what FastAPI does besides (dependencies, parameters, a second reading of the JSON) takes
longer than a check itself. On the line a request does not even go through the application's layers:
whoever is served there asks for little else, and its path and method alone say by what it is
answered. Refusals, problems and the OpenAPI document are those of any other route.
"""

from __future__ import annotations

import inspect
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from wire.messages.json_document import RepeatedMember, loads_once
from wire.serving.access import check_admitted, roles_of
from wire.serving.json_route import LateRoute, stands_twice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send


_GIVEN = "__pydantic_fields_set__"


class JsonAnswer(Response):
    """An answer that is JSON already."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", b"application/json"),
        ]


class DirectRoute(LateRoute):
    """A route of a function ``(body: Model, request: Request) -> Response``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        endpoint = self.endpoint
        body, request_parameter = inspect.signature(endpoint).parameters
        model = get_type_hints(endpoint)[body]
        assert issubclass(model, BaseModel)
        assert get_type_hints(endpoint)[request_parameter] is Request
        members = members_in(model)

        async def handle(request: Request) -> Response:
            document = await body_of(request.receive)
            try:
                read = model.model_validate_json(document)
            except ValidationError as error:
                raise fields_wrong(error) from None
            refuse_repeated(document, members(read))
            answer: Response = await endpoint(read, request)
            return answer

        return handle


def members_in(model: type[BaseModel]) -> Callable[[BaseModel], Iterable[set[str]]]:
    """Return what tells the members that are given of an element, and of those it always has."""
    return attrgetter(_GIVEN, *_paths_in(model))


def _paths_in(model: type[BaseModel], within: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield f"{within}{name}.{_GIVEN}"
            yield from _paths_in(kind, f"{within}{name}.")


def refuse_repeated(document: bytes, members: Iterable[set[str]]) -> None:
    """Refuse JSON in which a member stands twice; ``members`` are those that were read of it.

    Raises:
        RequestValidationError: one does.
    """
    # A document has a colon for each member, and more in its texts, and in what lists hold.
    if document.count(b":") == sum(map(len, members)):
        return
    try:
        loads_once(document)
    except RepeatedMember as repeated:
        raise stands_twice(repeated) from None


def fields_wrong(error: ValidationError) -> RequestValidationError:
    """Return what a model says of a body as FastAPI says it."""
    places = [
        {**one, "loc": ("body", *one["loc"])}
        for one in error.errors(include_url=False, include_input=False)
    ]
    return RequestValidationError(places)


async def body_of(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        ClientDisconnect: the caller went away before its end.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        return whole
    pieces = []
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await receive()


class ShortWays:
    """The application of the line, but for requests that a direct route answers at once."""

    def __init__(self, line: FastAPI) -> None:
        self._line = line
        self._ways: dict[tuple[str, str], ASGIApp] = {
            (method, route.path): _DirectWay(line, route)
            for route in line.router.routes
            if isinstance(route, DirectRoute)
            for method in route.methods or ()
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request, by its method and path alone where it can be."""
        way = self._ways.get((scope["method"], scope["path"]), self._line)
        return way(scope, receive, send)


class _DirectWay:
    """Answers the requests of one route, and tells errors as ``line`` does."""

    def __init__(self, line: FastAPI, route: DirectRoute) -> None:
        self._line, self._route, self._roles = line, route, frozenset(roles_of(route))
        self._answer = route.get_route_handler()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"], scope["route"] = self._line, self._route
        request = Request(scope, receive)
        try:
            check_admitted(scope, self._roles)
            answer = await self._answer(request)
        except Exception as error:
            handler = self._handler_of(error)
            if handler is None:
                raise
            answer = await handler(request, error)
        await answer(scope, receive, send)

    def _handler_of(self, error: Exception) -> Callable[..., Awaitable[Response]] | None:
        """Return what tells an error of this kind; a bug's is for the last resort."""
        handlers: dict[Any, Any] = self._line.exception_handlers
        kinds = (kind for kind in type(error).__mro__ if kind is not Exception)
        return next((handlers[kind] for kind in kinds if kind in handlers), None)
