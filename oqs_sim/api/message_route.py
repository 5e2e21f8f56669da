"""A route whose body and answer are messages, the answer in the form of the question.

A message comes in one of three forms: as plain JSON, as JSON within ``XmlMsg``, or as XML. Plain
JSON is the short way, and tells an error as a problem document; the other two are those of the
interface, and tell an error as its answers do. What is no message at all is a problem document
in every form.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from fastapi import Request, Response
from pydantic import ValidationError

from wire.catalogue import Catalogue, Problem
from wire.messages.json_form import is_within_root, read_json, write_json
from wire.messages.message_reading import ORDINARY, ReadingBounds, WrongValue, units_wrong
from wire.messages.refusal import Refusal
from wire.messages.xml_reader import encoding_of, read_xml
from wire.messages.xml_writer import write_xml
from wire.request_note import current_note
from wire.serving.access import participant
from wire.serving.direct import (
    DirectRoute,
    body_of,
    fields_wrong,
    members_in,
    refuse_repeated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from oqs_sim.operation.control import Operation
    from oqs_sim.timekeeping import Timekeeper
    from wire.messages.message_kind import MessageKind
    from wire.messages.profile import Encoding
    from wire.vocabulary.element import Element

    Take = Callable[[Any, Request], Coroutine[Any, Any, Response]]

_Result = TypeVar("_Result")
JSON = "application/json"
XML = "application/xml"
ZIP = "application/zip"
_XML_TYPES = (b"application/xml", b"text/xml")
DOCUMENT: dict[str, Any] = {XML: {"schema": {"type": "string", "format": "binary"}}}
NOT_READ = (
    Catalogue.MESSAGE_UNREADABLE,
    Catalogue.MESSAGE_TOO_LARGE,
    Catalogue.MESSAGE_ELEMENT,
)
"""Why a message is not read; a route that reads one names them."""
_BRIEF = 64 << 10
"""Bytes of a message that is read at once; a longer one may take a second, and has a thread."""
_SERVER_ERROR = 500


def says_xml(request: Request) -> bool:
    """Tell whether the body of a request is XML, by its media type."""
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            if value == b"application/json":  # what nearly all send
                return False
            return value.partition(b";")[0].strip().lower() in _XML_TYPES
    return False


@dataclass(frozen=True)
class Exchange:
    """Which message a route takes, and which it answers with."""

    question: type[Element]
    answer: MessageKind
    refuse: Callable[[Refusal], Element]
    """Makes the answer to what is refused."""
    bounds: ReadingBounds = ORDINARY
    only_within_root: bool = False
    """Whether JSON has to be within ``XmlMsg``."""
    take: Take | None = None
    """What answers, where the function of the route is there for its description only."""
    admit: Callable[[Request], Coroutine[Any, Any, None]] | None = None
    """Refuses a caller before anything is read of the body."""


@dataclass(frozen=True)
class MessageForms:
    """Makes routes of messages, which go by what an operator has set for a terminal."""

    operation: Operation
    time: Timekeeper

    def route(self, exchange: Exchange) -> type[MessageRoute]:
        """Return the kind of route that exchanges these messages."""
        members = {"operation": self.operation, "time": self.time, "exchange": exchange}
        return type("MessageRoute", (MessageRoute,), members)


class MessageRoute(DirectRoute):
    """A route of a function ``(asked: Model, request: Request) -> Response`` of plain JSON."""

    operation: ClassVar[Operation]
    time: ClassVar[Timekeeper]
    exchange: ClassVar[Exchange]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        exchange, question, admit = self.exchange, self.exchange.question, self.exchange.admit
        take: Take = exchange.take or self.endpoint
        members = members_in(question)

        async def handle(request: Request) -> Response:
            if admit is not None:
                await admit(request)
            body = await body_of(request.receive)
            if says_xml(request):
                return await self._as_messages(body, request, take, is_xml=True)
            if not exchange.only_within_root:
                try:
                    asked = question.model_validate_json(body)
                except ValidationError as error:
                    if not is_within_root(body):
                        raise units_wrong(error, exchange.bounds) or fields_wrong(error) from None
                else:
                    if exchange.bounds is ORDINARY:  # in long lists it would take too long
                        refuse_repeated(body, members(asked))
                    return await take(asked, request)
            return await self._as_messages(body, request, take, is_xml=False)

        return handle

    async def _as_messages(
        self,
        body: bytes,
        request: Request,
        take: Take,
        *,
        is_xml: bool,
    ) -> Response:
        """Answer a message in a form of the interface."""
        exchange, institution = self.exchange, participant(request).name
        asked: Element | None = None

        def read() -> Element:
            return (read_xml if is_xml else read_json)(body, exchange.question, exchange.bounds)

        try:
            asked = await _aside(body, read)
            answered = await take(asked, request)
        except Problem as problem:
            is_no_message = asked is None and not isinstance(problem, WrongValue)
            if is_no_message or problem.entry.kind.status >= _SERVER_ERROR:
                raise
            note = current_note()
            if note is not None:
                note.code = problem.entry.kind.code
            now = await self.time.asked_at()
            refused = exchange.refuse(Refusal.of(problem, asked, institution, now))
            return self._written(refused, request, encoding_of(body) if is_xml else None)
        plain = bytes(answered.body)

        def write() -> Response:
            answer = exchange.answer.model.model_validate_json(plain)
            encoding = encoding_of(body) if is_xml else None
            return self._written(answer, request, encoding, answered.status_code)

        return await _aside(plain, write)

    def _written(
        self, message: Element, request: Request, encoding: Encoding | None, status: int = 200
    ) -> Response:
        """Write an answer as the terminal that asks is set to get it.

        ``encoding`` is that of the question; None where that was JSON.
        """
        setting = self.operation.standing.message_setting(participant(request).name)
        profile = setting.profile(encoding)
        if encoding is None:
            return Response(write_json(message, profile), status, media_type=JSON)
        document = write_xml(message, profile)
        if setting.zip_password is None:
            charset = profile.encoding.declared.lower()
            return Response(document, status, media_type=f"{XML}; charset={charset}")
        from wire.messages.archive import pack  # noqa: PLC0415 # a library for this alone

        packed = pack(f"{self.exchange.answer.api_id}.xml", document, setting.zip_password)
        return Response(packed, status, media_type=ZIP)


async def _aside(document: bytes, work: Callable[[], _Result]) -> _Result:
    """Do what takes long for a long document in a thread."""
    return work() if len(document) < _BRIEF else await asyncio.to_thread(work)
