"""Many procedures at once: a file, or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import BackgroundTasks, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field
from starlette.requests import ClientDisconnect

from eligibility.sentence import Sentence
from intermediate_server.api.models import ProcedureForm, problem_of
from intermediate_server.filing.csv_file import CsvLine, SenderGone
from intermediate_server.filing.fields import Fault, FaultyFields, read_procedure
from intermediate_server.procedures.change import FilingChannel, Source
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.problem_document import AS_CONTENT
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from intermediate_server.filing.file_intake import FileIntake
    from intermediate_server.filing.report import LineOutcome
    from intermediate_server.sync.worker_client import WorkerClient

MOST_PROCEDURES = 1_000
"""How many procedures one list may hold; more come as a file."""
_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
)
_REPORTED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            **(AS_CONTENT if status == Catalogue.INVALID_REQUEST.kind.status else {}),
        },
    }
    for status, text in (
        (200, "All lines were taken, now or before; or the report is `Streamed`."),
        (207, "Some lines were taken, others refused, or the file was not read to its end."),
        (422, "No line was taken; or the header is wrong, and then the answer is a problem."),
    )
}


class ProcedureList(Element):
    """Procedures to be filed together."""

    procedures: Annotated[tuple[ProcedureForm, ...], Field(max_length=MOST_PROCEDURES)]


class ListedOutcome(Element):
    """What became of a procedure of a list."""

    place: int
    """Its place in the list, from 1."""
    result: str
    """``accepted``, ``unchanged`` or ``refused``."""
    person_reference: str | None = None
    version: int | None = None
    code: str | None = None
    """Why it was refused; the catalogue's code."""
    field: str | None = None
    detail: str | None = None
    japanese: str | None = None


class ProcedureListReport(Element):
    """What became of a list."""

    accepted: int
    unchanged: int
    refused: int
    outcomes: tuple[ListedOutcome, ...]


def router(intake: FileIntake, workers: WorkerClient) -> Routes:
    """Return the routes for many procedures."""
    routes = Routes(Role.INSURER, tags=["届出"])

    @routes.post(
        "/procedures/file",
        summary="File the procedures of a CSV file; answer with a report on each line",
        response_class=Response,
        responses={
            **_REPORTED,
            **problem_responses(
                *_CALLER, Catalogue.MATCHING_NOT_POSSIBLE, Catalogue.SERVICE_UNREACHABLE
            ),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def file_csv(
        request: Request,
        afterwards: BackgroundTasks,
        problems_only: Annotated[bool, Query(alias="ProblemsOnly")] = False,  # noqa: FBT002 # a query
        streamed: Annotated[bool, Query(alias="Streamed")] = False,  # noqa: FBT002 # a query
    ) -> Response:
        """Answer when all is recorded, or with ``Streamed`` as soon as the first lines are.

        Then the status is 200 whatever becomes of the lines, as nobody knows it yet; instead of the
        head, the last line of the report (合計) counts them. A report without it is not complete.
        """
        caller = participant(request)
        source = Source(caller.name, FilingChannel.FILE)
        afterwards.add_task(workers.wake)
        if streamed:
            pieces = await intake.streamed(
                _received(request), source, caller.name, problems_only=problems_only
            )
            return _WhileReceiving(
                pieces, media_type="text/csv; charset=utf-8", background=afterwards
            )
        report = await intake.report(
            _received(request), source, caller.name, problems_only=problems_only
        )
        response = StreamingResponse(
            report.pieces(),
            report.status,
            {
                "X-Lines-Accepted": str(report.accepted),
                "X-Lines-Unchanged": str(report.unchanged),
                "X-Lines-Refused": str(report.refused),
                "X-Lines-To-Look-At": str(report.attention),
                "X-Lines-Skipped": str(report.skipped),
            },
            "text/csv; charset=utf-8",
        )
        response.background = afterwards
        return response

    @routes.post(
        "/procedures/list",
        summary="File several procedures; answer with what became of each",
        response_model=ProcedureListReport,
        response_model_exclude_none=True,
        responses={
            207: {"model": ProcedureListReport, "description": "Some were taken, others refused."},
            **problem_responses(
                *_CALLER, Catalogue.MATCHING_NOT_POSSIBLE, Catalogue.SERVICE_UNREACHABLE
            ),
            422: {
                "model": ProcedureListReport,
                "description": "None was taken; or the list cannot be read, and then the answer is "
                f"a problem, `{Catalogue.INVALID_REQUEST.kind.code}`.",
                "content": AS_CONTENT,
            },
        },
    )
    async def file_list(
        listed: ProcedureList, request: Request, afterwards: BackgroundTasks
    ) -> Response:
        caller = participant(request)
        lines = [_line(place, form) for place, form in enumerate(listed.procedures, start=1)]
        source = Source(caller.name, FilingChannel.LINE)
        outcomes = tuple(map(_listed, await intake.take_lines(lines, source, caller.name)))
        results = [one.result for one in outcomes]
        report = ProcedureListReport(
            accepted=results.count("accepted"),
            unchanged=results.count("unchanged"),
            refused=results.count("refused"),
            outcomes=outcomes,
        )
        status = 200
        if report.refused:
            status = 422 if report.refused == len(outcomes) else 207
        afterwards.add_task(workers.wake)
        content = report.model_dump(mode="json", by_alias=True, exclude_none=True)
        return JSONResponse(content, status, background=afterwards)

    return routes


class _WhileReceiving(StreamingResponse):
    """An answer that begins while the request still comes in, which another task reads."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, and leave what comes to that task."""
        await self.stream_response(send)
        if self.background is not None:
            await self.background()


async def _received(request: Request) -> AsyncIterator[bytes]:
    """Give what is received until the sender goes."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise SenderGone from None


def _line(place: int, form: ProcedureForm) -> CsvLine:
    try:
        return CsvLine(place, read_procedure(form.texts()))
    except FaultyFields as error:
        problem = problem_of(error.faults)
        element = " ".join(fault.element for fault in error.faults)
        return CsvLine(
            place, None, Fault(element, Sentence(problem.japanese, problem.detail or ""))
        )


def _listed(one: LineOutcome) -> ListedOutcome:
    outcome = one.outcome
    if outcome is None or outcome.entry is None:
        assert one.fault is not None
        return ListedOutcome(
            place=one.line.number,
            result="refused",
            code=one.code,
            field=one.fault.element or None,
            detail=one.fault.text.en,
            japanese=one.fault.text.ja,
        )
    return ListedOutcome(
        place=one.line.number,
        result="unchanged" if outcome.unchanged else "accepted",
        person_reference=outcome.entry.person.reference,
        version=outcome.entry.version,
    )
