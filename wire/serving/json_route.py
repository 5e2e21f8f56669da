"""Routes of functions: each derived late, and those that take JSON refuse a member said twice."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

from wire.messages.json_document import RepeatedMember, loads_once

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_completing = RLock()


class LateRoute(APIRoute):
    """A route of a function as FastAPI has it, but derived when first asked for, or described.

    A service has hundreds of routes, its start would take three times as long, and most are never
    asked for.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # By these a route is found, and told for whom it is; all else is missing until it is read.
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.name = options.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.include_in_schema = options.get("include_in_schema", True)
        self.openapi_extra = options.get("openapi_extra")
        self._later: dict[str, Any] | None = options
        self._deriving = False
        self.app = self._answer

    @property
    def app(self) -> ASGIApp:
        """What answers; deriving leaves what stands before the route where it is, at any moment."""
        return self._before

    @app.setter
    def app(self, app: ASGIApp) -> None:
        if self._deriving:
            self._answers = app
        else:
            self._before = app

    def __getattr__(self, name: str) -> Any:  # whatever FastAPI has there
        """Derive what is missing."""
        with _completing:
            later, self._later = self.__dict__.get("_later"), None
            if later is not None:
                self._deriving = True
                try:
                    super().__init__(self.path, self.endpoint, **later)
                finally:
                    self._deriving = False
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name, name=name, obj=self) from None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answers(scope, receive, send)


class JsonRoute(LateRoute):
    """A route whose body, where that is JSON, says all once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()
        if self.body_field is None:
            return answer

        async def handle(request: Request) -> Response:
            read = _Read(request.scope, request.receive)
            if _says_json(read):
                try:
                    await read.json()
                except RepeatedMember as repeated:
                    raise stands_twice(repeated) from None
                except (ValueError, RecursionError):
                    pass  # what answers tells it
            return await answer(read)

        return handle


class _Read(Request):
    """A request whose JSON is read once, and says all once."""

    async def json(self) -> Any:  # as JSON has it
        """Return what the body holds.

        Raises:
            RepeatedMember: a member stands there twice.
            ValueError: it is no JSON.
            RecursionError: it is nested too deeply.
        """
        if not hasattr(self, "_json"):
            self._json = loads_once(await self.body())
        return self._json


def stands_twice(repeated: RepeatedMember) -> RequestValidationError:
    """Return what is told of a member that stands there twice, as FastAPI says it."""
    told = {"japanese": "同じ項目が二つあります。どちらかを除いてください。"}
    where = ("body", repeated.name)
    return RequestValidationError([{"loc": where, "msg": "it stands there twice", "ctx": told}])


def _says_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind, _, form = media_type.partition("/")
    return kind == "application" and (form == "json" or form.endswith("+json"))
