"""A route whose body and answer are messages, the answer in the form of the question.

A message comes in one of three forms: as plain JSON, as JSON within ``XmlMsg``, or as XML. Plain
JSON is the short way, and tells an error as a problem document; the other two are those of the
interface, and tell an error as its answers do. What is no message at all is a problem document
in every form. In every form an empty element is as an absent one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from fastapi import Request, Response
from pydantic import ValidationError

from wire.catalogue import Catalogue, Problem
from wire.messages.json_document import (
    RepeatedMember,
    loads_once,
    may_hold_empty,
    without_empty,
)
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
from wire.serving.json_route import stands_twice

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
class QuestionForm:
    """How a question was written."""

    within_root: bool = False
    """As JSON within ``XmlMsg``."""
    encoding: Encoding | None = None
    """That of XML; None where it was JSON."""

    @property
    def is_plain(self) -> bool:
        """Whether it was plain JSON."""
        return not self.within_root and self.encoding is None


PLAIN = QuestionForm()
_QUESTION_FORM = "question_form"


def question_form(request: Request) -> QuestionForm:
    """Return how the question was written that a function of a route is called with."""
    found: QuestionForm = request.scope.get(_QUESTION_FORM, PLAIN)
    return found


@dataclass(frozen=True)
class OwnMessage:
    """A message whose layout is the simulator's own, by how its file is called."""

    api_id: str
    model: type[Element]


@dataclass(frozen=True)
class Exchange:
    """Which message a route takes, and which it answers with."""

    question: type[Element]
    answer: MessageKind | OwnMessage
    refuse: Callable[[Refusal], Element]
    """Makes the answer to what is refused."""
    bounds: ReadingBounds = ORDINARY
    only_within_root: bool = False
    """Whether JSON has to be within ``XmlMsg``."""
    take: Take | None = None
    """What answers, where the function of the route is there for its description only."""
    admit: Callable[[Request], Coroutine[Any, Any, None]] | None = None
    """Refuses a caller before anything is read of the body."""
    write: Callable[[Element, QuestionForm], Response] | None = None
    """Writes a refusal, where the function of the route writes its answers itself, in any form."""


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
        exchange, admit = self.exchange, self.exchange.admit
        take: Take = exchange.take or self.endpoint
        read = _PlainReader(exchange.question, exchange.bounds)

        async def handle(request: Request) -> Response:
            if admit is not None:
                await admit(request)
            body = await body_of(request.receive)
            if says_xml(request):
                return await self._as_messages(body, request, take, is_xml=True)
            if not exchange.only_within_root and not is_within_root(body):
                brief = len(body) < _BRIEF
                asked = read(body) if brief else await asyncio.to_thread(read, body)
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

        form = QuestionForm(within_root=not is_xml)
        try:
            if is_xml:
                form = QuestionForm(encoding=encoding_of(body))
            request.scope[_QUESTION_FORM] = form
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
            if exchange.write is not None:
                return exchange.write(refused, form)
            return self._written(refused, request, form.encoding)
        plain = bytes(answered.body)
        if exchange.write is not None or not plain:
            return answered

        def write() -> Response:
            answer = exchange.answer.model.model_validate_json(plain)
            return self._written(answer, request, form.encoding, answered.status_code)

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


class _PlainReader:
    """Reads questions in plain JSON."""

    def __init__(self, question: type[Element], bounds: ReadingBounds) -> None:
        self._question, self._members = question, members_in(question)
        self._bounds = bounds

    def __call__(self, document: bytes) -> Element:
        """Read a question.

        Raises:
            RequestValidationError: it is not the message, or a member stands there twice.
            Problem: TOO_MANY_UNITS.
        """
        try:
            return self._read(document)
        except ValidationError as error:
            raise units_wrong(error, self._bounds) or fields_wrong(error) from None

    def _read(self, document: bytes) -> Element:
        if may_hold_empty(document):
            try:
                members = loads_once(document.decode())
            except RepeatedMember as repeated:
                raise stands_twice(repeated) from None
            except (ValueError, RecursionError):
                pass  # the model tells it
            else:
                return self._question.model_validate(without_empty(members, self._question))
        asked = self._question.model_validate_json(document)
        refuse_repeated(document, self._members(asked))
        return asked


async def _aside(document: bytes, work: Callable[[], _Result]) -> _Result:
    """Do what takes long for a long document in a thread."""
    return work() if len(document) < _BRIEF else await asyncio.to_thread(work)
