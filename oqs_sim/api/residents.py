"""The residents of the J-LIS simulator: one by one, or a file of them."""

from __future__ import annotations

import asyncio
import csv
import io
import weakref
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import StreamingResponse

from eligibility.days.dates import TOKYO
from oqs_sim.api.line import rendered
from oqs_sim.jlis.resident_file import CSV, NDJSON, ResidentReader
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.json_route import JsonRoute
from wire.serving.problem_http import problem_responses
from wire.vocabulary.jlis import NewResident, ResidentChange, ResidentReference
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from datetime import date

    from oqs_sim.jlis.resident_file import ResidentLine
    from oqs_sim.jlis.resident_register import RegisteredResident, ResidentRegister
    from oqs_sim.timekeeping import Timekeeper

LINES_AT_ONCE = 2_000
"""How many residents are registered in one transaction."""
KEPT_IN_MEMORY = 1 << 20
"""Bytes of a report that are kept in memory; a longer one goes to a file."""
COLUMNS = ("Line", "Result", "PersonReference", "Code", "Detail")
"""The header of the report on a file."""
Person = Annotated[Reference, Path()]
_FILES: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in (CSV, NDJSON)
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "All of a file are registered, now or before: a report on each line. "},
    207: {"description": "Some lines of a file were refused: a report on each line. "},
    **problem_responses(
        Catalogue.INVALID_NUMBER, Catalogue.ALREADY_EXISTS, Catalogue.INVALID_REQUEST
    ),
}
_RESPONSES[422]["description"] += "Or all lines of a file were refused: a report on each line."
for _status in (200, 207, 422):
    _RESPONSES[_status]["content"] = {
        **_RESPONSES[_status].get("content", {}),
        CSV: {"schema": {"type": "string", "examples": [",".join(COLUMNS)]}},
    }
_PROBLEMS_ONLY = {
    "name": "ProblemsOnly",
    "in": "query",
    "description": "Of a file: report only the lines that were refused.",
    "schema": {"type": "boolean", "default": False},
}


class _OneOrFile(JsonRoute):
    """A route that takes one resident as JSON, and a file of them under its own media type."""

    take_file: Callable[[Request, str], Coroutine[Any, Any, Response]]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        take_one = super().get_route_handler()

        async def handle(request: Request) -> Response:
            media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if media_type in _FILES:
                return await self.take_file(request, media_type)
            return await take_one(request)

        return handle


def router(register: ResidentRegister, time: Timekeeper) -> Routes:
    """Return the routes."""
    routes = Routes(CONSOLE, prefix="/sim/jlis", tags=["J-LIS（模擬）"])

    async def today() -> date:
        return (await time.asked_at()).astimezone(TOKYO).date()

    async def register_resident(resident: NewResident) -> Response:
        add = partial(register.register_resident, resident, await today())
        reference = await asyncio.to_thread(add)
        return rendered(ResidentReference(person_reference=reference), 201)

    async def register_file(request: Request, media_type: str) -> Response:
        report = _Report(problems_only=request.query_params.get("ProblemsOnly") == "true")
        async for lines in _in_sets(request, ResidentReader(media_type)):
            asked = [line.resident for line in lines if line.resident is not None]
            add = partial(register.register_all, asked, await today())
            report.add(lines, iter(await asyncio.to_thread(add)))
        return report.response()

    class Residents(_OneOrFile):
        take_file = staticmethod(register_file)

    routes.add_api_route(
        "/residents",
        register_resident,
        methods=["POST"],
        summary="Register a resident, or a file of them; a file that is sent again adds nothing",
        status_code=201,
        response_model=ResidentReference,
        responses=_RESPONSES,
        openapi_extra={"requestBody": {"content": _FILES}, "parameters": [_PROBLEMS_ONLY]},
        route_class_override=Residents,
    )

    @routes.patch(
        "/residents/{person_reference}",
        summary="Change a resident's name or address; revokes the signature certificate",
        status_code=204,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON),
    )
    async def change_resident(person_reference: Person, change: ResidentChange) -> Response:
        changes = change.model_dump(exclude_none=True)
        now = await time.asked_at()
        await asyncio.to_thread(lambda: register.change_resident(person_reference, changes, now))
        return Response(status_code=204)

    return routes


class _Report:
    """What became of the lines of a file, as CSV."""

    def __init__(self, *, problems_only: bool) -> None:
        self._problems_only = problems_only
        self._file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 # closed with the report
        self._file.write(f"{','.join(COLUMNS)}\r\n".encode())
        weakref.finalize(self, self._file.close)
        self._counted = {"added": 0, "unchanged": 0, "refused": 0}

    def add(self, lines: list[ResidentLine], outcomes: Iterator[RegisteredResident]) -> None:
        """Write down what became of lines; there is an outcome of each that was read."""
        text = io.StringIO()
        writer = csv.writer(text)
        for line in lines:
            outcome = next(outcomes) if line.resident is not None else None
            reference, code, detail = "", Catalogue.INVALID_REQUEST.kind.code, line.fault
            result = "refused"
            if outcome is not None and outcome.problem is not None:
                code, detail = outcome.problem.entry.kind.code, outcome.problem.detail or ""
            elif outcome is not None:
                reference, code = outcome.person_reference, ""
                result = "unchanged" if outcome.unchanged else "added"
            self._counted[result] += 1
            if result == "refused" or not self._problems_only:
                writer.writerow((line.number, result, reference, code, detail))
        self._file.write(text.getvalue().encode("utf-8", "replace"))

    def response(self) -> Response:
        """Return the answer, with the counts in its head."""
        self._file.seek(0)
        refused, taken = (
            self._counted["refused"],
            self._counted["added"] + self._counted["unchanged"],
        )
        status = 200 if not refused else 207 if taken else 422
        headers = {f"X-Lines-{name.title()}": str(n) for name, n in self._counted.items()}
        return StreamingResponse(self._pieces(), status, headers, f"{CSV}; charset=utf-8")

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._file.read(1 << 16):
            yield piece


async def _in_sets(request: Request, reader: ResidentReader) -> AsyncIterator[list[ResidentLine]]:
    waiting: list[ResidentLine] = []
    async for piece in request.stream():
        waiting += reader.feed(piece)
        while len(waiting) >= LINES_AT_ONCE:
            yield waiting[:LINES_AT_ONCE]
            waiting = waiting[LINES_AT_ONCE:]
    waiting += reader.finish()
    yield waiting
