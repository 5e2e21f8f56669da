"""A route whose body and answer are messages: XML or JSON, the answer as the question was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from wire.catalogue import Catalogue
from wire.messages.json_form import read_json, write_json
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wire.messages.message_kind import MessageKind
    from wire.vocabulary.element import Element

JSON = "application/json"
XML = "application/xml"
_XML_TYPES = {XML, "text/xml"}
DOCUMENT: dict[str, Any] = {XML: {"schema": {"type": "string", "format": "binary"}}}
NOT_READ = (
    Catalogue.MESSAGE_UNREADABLE,
    Catalogue.MESSAGE_TOO_LARGE,
    Catalogue.MESSAGE_ELEMENT,
)
"""Why a message is not read; a route that reads one names them."""


def says_xml(request: Request) -> bool:
    """Tell whether the body of a request is XML, by its media type."""
    named = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return named in _XML_TYPES


class MessageRoute(APIRoute):
    """A route that takes a kind of message; its function is documented as one of a JSON body."""

    kind: MessageKind
    take: Callable[[Any, Request], Coroutine[Any, Any, Element]]
    """Answers the message that was read."""
    admit: Callable[[Request], Coroutine[Any, Any, None]]
    """Refuses a caller before anything is read of the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""

        async def handle(request: Request) -> Response:
            await self.admit(request)
            as_xml = says_xml(request)
            read = read_xml if as_xml else read_json
            answer = await self.take(read(await request.body(), self.kind), request)
            written = write_xml(answer) if as_xml else write_json(answer)
            return Response(written, media_type=f"{XML}; charset=utf-8" if as_xml else JSON)

        return handle
