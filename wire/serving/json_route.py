"""Routes that take JSON: an object in which a member stands twice is refused at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from wire.messages.json_document import RepeatedMember, loads_once

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response


class JsonRoute(APIRoute):
    """A route of a function as FastAPI has it, whose body, where that is JSON, says all once."""

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
