"""A route of terminals that takes a message as JSON or as XML, and answers as it was asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from fastapi import Response

from oqs_sim.api.message_route import XML, says_xml
from wire.messages.message_reading import ReadingBounds
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml
from wire.serving.direct import DirectRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Request

    from wire.messages.message_kind import MessageKind

_LARGE = ReadingBounds(document_bytes=64 << 20)
"""Of a message with thousands of units; what a listener takes is bounded before."""


class BulkRoute(DirectRoute):
    """A route of a function ``(body: Model, request: Request) -> Response`` of JSON.

    A body whose media type is XML is read, and answered, as the files of the interface are. That
    may take a second for thousands of units, and is done in a thread.
    """

    question: ClassVar[MessageKind]
    answer: ClassVar[MessageKind]
    refuses_repeated = False
    """To look for these in lists of thousands would cost as much as to read them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        take_json = super().get_route_handler()
        endpoint = self.endpoint

        def written(answered: bytes) -> bytes:
            return write_xml(self.answer.model.model_validate_json(answered))

        async def handle(request: Request) -> Response:
            if not says_xml(request):
                return await take_json(request)
            document = await request.body()
            asked = await asyncio.to_thread(read_xml, document, self.question, _LARGE)
            answered: Response = await endpoint(asked, request)
            document = await asyncio.to_thread(written, bytes(answered.body))
            return Response(document, answered.status_code, media_type=f"{XML}; charset=utf-8")

        return handle
