"""Posting: the papers that go out together as one PDF, and their lists (PP-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints

from eligibility.documents import Delivery, DocumentKind
from intermediate_server.api.document_register import own_number
from intermediate_server.api.models import problem_of
from intermediate_server.documents.document import PAPER_KINDS
from intermediate_server.documents.selection import (
    Selection,
    read_moment,
    write_moment,
)
from intermediate_server.filing import field_parsers
from intermediate_server.filing.fields import Fault
from intermediate_server.readings import Read, Reader
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.line_credentials import Role
from wire.serving.access import CONSOLE, Routes, caller
from wire.serving.problem_http import problem_responses
from wire.vocabulary import texts
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import date

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.documents.selection import PostingPart
    from intermediate_server.readings import Readings

_ANSWERS = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
    Catalogue.INVALID_NUMBER,
    Catalogue.UNKNOWN_INSURER,
    Catalogue.SERVICE_UNREACHABLE,
)
NOT_PRINTED_HEADER = "X-Not-Printed"
"""How many papers of a part could not be printed; the list says which, and why."""
PARTS_HEADER = "X-Parts"
"""Of how many parts a PDF is one."""
UNTIL_HEADER = "X-Recorded-Until"
"""The moment until which papers were looked at. With it as ``RecordedUntil`` the other parts and
the list show the same papers, whatever is decided meanwhile."""
LISTED_HEADER = "X-Listed"
"""Tells all the papers that go out together from any others. With it as ``Listed`` they are noted
as sent, and no others."""


class SelectionQuery(Element):
    """What goes out together; today's decisions where no day is named."""

    insurer_number: texts.ShortLine
    from_: Annotated[texts.ShortLine, Field(alias="From")] = ""
    """The first day of decision; where it is left out, the last, or today: what waits from earlier
    days is then in none of the answers, while the clerk's page has it."""
    to: texts.ShortLine = ""
    """The last day of decision; where it is left out, the first, or today."""
    kind: DocumentKind | Literal[""] = ""
    """Only papers of one kind."""
    delivery: Delivery | Literal[""] = ""
    """Only papers that go by one way."""
    sent_too: bool = False
    """Whether what has been sent is printed again."""
    recorded_until: Annotated[str, StringConstraints(max_length=40), texts.FIT] = ""
    """What was recorded later is left out; a PDF says of which moment it is."""

    async def selection(self, request: Request, acceptance: Acceptance) -> Selection:
        """Return what is asked for, where the caller may ask for it.

        Raises:
            Problem: WRONG_CALLER, INVALID_REQUEST, INVALID_NUMBER, UNKNOWN_INSURER,
                SERVICE_UNREACHABLE.
        """
        insurer = insurer_of(request, self.insurer_number, acceptance)
        first, last = _day("From", self.from_), _day("To", self.to)
        today = (await acceptance.read_clock()).today
        first = first or last or today
        last = last or max(first, today)
        if last < first:
            raise Problem(Catalogue.INVALID_REQUEST, "To is before From.")
        kinds = PAPER_KINDS if not self.kind else frozenset({self.kind}) & PAPER_KINDS
        ways = frozenset(Delivery) if not self.delivery else frozenset({self.delivery})
        until = (
            read_moment("RecordedUntil", self.recorded_until)
            if self.recorded_until
            else wall_clock()
        )
        return Selection(insurer, first, last, kinds, ways, today, not self.sent_too, until)


class PostingQuery(SelectionQuery):
    """A part of what goes out together."""

    part: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Which thousand papers."""


class PostedQuery(SelectionQuery):
    """What has gone out together, all its parts."""

    listed: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    """What the papers or their list said (`X-Listed`): just these are noted."""


Asked = Annotated[PostingQuery, Query()]


class Posted(Element):
    """How many papers were noted as sent."""

    posted: int
    posting: str
    """The moment by which they are taken back together, where it was a mistake."""


class TakeBackQuery(Element):
    """What was noted as sent by mistake."""

    insurer_number: texts.ShortLine
    posting: Annotated[str, StringConstraints(min_length=1, max_length=40), texts.FIT]
    """What the answer said when it was noted."""


class TakenBack(Element):
    """How many papers wait for the post again."""

    taken_back: int


def router(posting: DocumentPosting, acceptance: Acceptance, readings: Readings) -> Routes:
    """Return the routes of posting."""
    routes = Routes(Role.INSURER, CONSOLE, tags=["郵送"])

    async def pdf(
        request: Request,
        asked: PostingQuery,
        make: Callable[[Selection, int], Awaitable[tuple[PostingPart, bytes]]],
        read_as: Read,
        name: str,
    ) -> Response:
        """Give a part as PDF, when it is written down who reads of whom."""
        selection = await asked.selection(request, acceptance)
        shown = await _shown(posting, selection)
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, read_as) as read:
            made, content = await make(selection, asked.part)
            # Of who is only refused, the papers tell nothing; the list does.
            listed = [row for row in made.rows if read_as is Read.REGISTER or not row.refusal]
            read += [row.document[0] for row in listed]
        file = f"{name}-{selection.insurer_number}-{selection.first:%Y%m%d}-{asked.part}.pdf"
        return Response(
            content,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{file}"',
                PARTS_HEADER: str(made.parts),
                NOT_PRINTED_HEADER: str(sum(bool(row.refusal) for row in made.rows)),
                **shown,
            },
        )

    @routes.get(
        "/documents/print.pdf",
        summary="The papers that go out together as one PDF, a thousand at most, in posting order",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The papers of this part."},
            **problem_responses(*_ANSWERS, Catalogue.NOT_PRINTED, Catalogue.FONT_MISSING),
        },
    )
    async def print_pdf(request: Request, asked: Asked) -> Response:
        return await pdf(request, asked, posting.papers, Read.DOCUMENT, "print")

    @routes.get(
        "/documents/posting.pdf",
        summary="The list that goes along with the papers of a part, by way of delivery",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The list of this part."},
            **problem_responses(*_ANSWERS, Catalogue.NOT_PRINTED, Catalogue.FONT_MISSING),
        },
    )
    async def list_pdf(request: Request, asked: Asked) -> Response:
        return await pdf(request, asked, posting.list_pdf, Read.REGISTER, "posting")

    @routes.get(
        "/documents/labels.pdf",
        summary="Address labels of what goes out by mail, twelve on A4, in posting order",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The labels of this part."},
            **problem_responses(*_ANSWERS, Catalogue.NOT_PRINTED, Catalogue.FONT_MISSING),
        },
    )
    async def labels_pdf(request: Request, asked: Asked) -> Response:
        return await pdf(request, asked, posting.labels, Read.REGISTER, "labels")

    @routes.get(
        "/documents/posting.csv",
        summary="The list of all papers that go out together, as CSV",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
                "description": "The list; a line for each paper, with its part and page.",
            },
            **problem_responses(*_ANSWERS, Catalogue.NOT_PRINTED, Catalogue.FONT_MISSING),
        },
    )
    async def list_csv(request: Request, asked: Asked) -> StreamingResponse:
        selection = await asked.selection(request, acceptance)
        shown = await _shown(posting, selection)
        reader = Reader.of(request.scope, request.cookies)
        lines = _logged(posting, selection, readings, reader)
        first = await anext(lines)  # what is refused is refused before anything is sent

        async def pieces() -> AsyncIterator[bytes]:
            yield first
            async for piece in lines:
                yield piece

        name = f"posting-{selection.insurer_number}-{selection.first:%Y%m%d}.csv"
        return StreamingResponse(
            pieces(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', **shown},
        )

    @routes.post(
        "/documents/posted",
        summary="Note that the papers that go out together have been sent, all parts of them",
        responses=problem_responses(*_ANSWERS, Catalogue.POST_CHANGED, Catalogue.FONT_MISSING),
    )
    async def posted(request: Request, asked: Annotated[PostedQuery, Query()]) -> Posted:
        selection = await asked.selection(request, acceptance)
        made = await posting.note_posted(selection, selection.today, asked.listed)
        return Posted(posted=made.papers, posting=write_moment(made.at))

    @routes.post(
        "/documents/posted/take-back",
        summary="Have papers that were noted as sent together by mistake wait for the post again",
        responses=problem_responses(*_ANSWERS, Catalogue.NOT_FOUND),
    )
    async def take_back(request: Request, asked: Annotated[TakeBackQuery, Query()]) -> TakenBack:
        insurer = insurer_of(request, asked.insurer_number, acceptance)
        at = read_moment("Posting", asked.posting)
        today = (await acceptance.read_clock()).today
        return TakenBack(taken_back=await posting.take_back(insurer, at, today))

    return routes


def insurer_of(request: Request, written_number: str, acceptance: Acceptance) -> str:
    """Return whose papers a caller may ask for: an insurer its own, a clerk at the console all.

    Raises:
        Problem: WRONG_CALLER, INVALID_NUMBER, UNKNOWN_INSURER.
    """
    if caller(request) is not None:
        return own_number(request, written_number)
    return str(acceptance.policies.of_digits(written_number.strip()).insurer_number)


async def _logged(
    posting: DocumentPosting, selection: Selection, readings: Readings, reader: Reader
) -> AsyncIterator[bytes]:
    """Give the list part by part, each when it is written down who reads of whom."""
    parts = posting.csv(selection)
    while True:
        async with readings.reading(reader, Read.REGISTER) as read:
            made = await anext(parts, None)
            if made is None:
                return
            rows, piece = made
            read += [row.document[0] for row in rows]
        yield piece


async def _shown(posting: DocumentPosting, selection: Selection) -> dict[str, str]:
    """Return the headers that tell which papers are shown.

    It is asked before they are read: a paper that comes in between is then printed and not noted,
    and never the other way round.
    """
    return {
        UNTIL_HEADER: write_moment(selection.recorded_until),
        LISTED_HEADER: await posting.listed(selection),
    }


def _day(element: str, written: str) -> date | None:
    if not written.strip():
        return None
    try:
        return field_parsers.day(written.strip())
    except field_parsers.Unreadable as error:
        raise problem_of([Fault(element, error.text)]) from None
