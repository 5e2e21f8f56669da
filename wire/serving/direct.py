"""A route for the paths where microseconds count.

Its body is read by the model straight from the bytes, and its function called with that and the
request; what FastAPI does besides (dependencies, parameters, a second reading of the JSON) takes
longer than the check itself. The OpenAPI document is that of any other route.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response


class DirectRoute(APIRoute):
    """A route of a function ``(body: Model, request: Request) -> Response``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        endpoint = self.endpoint
        body, request_parameter = inspect.signature(endpoint).parameters
        model = get_type_hints(endpoint)[body]
        assert issubclass(model, BaseModel)
        assert get_type_hints(endpoint)[request_parameter] is Request

        async def handle(request: Request) -> Response:
            try:
                read = model.model_validate_json(await request.body())
            except ValidationError as error:
                places = [
                    {**one, "loc": ("body", *one["loc"])}
                    for one in error.errors(include_url=False, include_input=False)
                ]
                raise RequestValidationError(places) from None
            answer: Response = await endpoint(read, request)
            return answer

        return handle
