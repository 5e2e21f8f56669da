"""Files by the page: taken, and their result shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import BackgroundTasks, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import UploadFile

from intermediate_server.filing.csv_file import NEEDED_COLUMNS
from intermediate_server.filing.fields import FIELDS
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.readings import LONGEST_NAME, Read, Reader, operator_of
from intermediate_server.store.reading_log import NOBODY
from intermediate_server.web.page_context import page_routes, remember
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from intermediate_server.filing.file_intake import FileIntake
    from intermediate_server.web.page_context import PageContext
    from intermediate_server.web.results import Results
    from wire.serving.access import Routes


@dataclass(frozen=True)
class UploadDesk:
    """Where a clerk hands in files."""

    context: PageContext
    intake: FileIntake
    results: Results

    async def upload_form(
        self,
        operator: str,
        insurer: str = "",
        *,
        refusal: str = "",
        result: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Show the way in for files, and what became of the last one."""
        found = self.results.find(result)
        if found is not None:
            reader = Reader(operator, FilingChannel.PAGE)
            async with self.context.readings.reading(reader, Read.REPORT, NOBODY):
                pass  # it is of whomever the file names
        return await self.context.render(
            "upload.html",
            "/upload",
            await self.context.now(),
            status,
            insurers=self.context.insurers,
            insurer=insurer or self.context.insurers[0][0],
            operator=operator,
            columns=FIELDS,
            needed=NEEDED_COLUMNS,
            refusal=refusal,
            result=found,
        )

    async def upload(self, sent: UploadFile, insurer: str, operator: str) -> Response:
        """Take a file, and show its result."""

        async def pieces() -> AsyncIterator[bytes]:
            while piece := await sent.read(1 << 16):
                yield piece

        try:
            report = await self.intake.report(
                pieces(), Source(operator, FilingChannel.FILE), insurer
            )
        except Problem as problem:
            return await self.upload_form(
                operator, insurer, refusal=problem.japanese, status=problem.entry.kind.status
            )
        name = self.results.keep(sent.filename or "ファイル", report)
        query = httpx2.QueryParams({"Result": name, "InsurerNumber": insurer})
        return RedirectResponse(f"/upload?{query}", 303)


def router(context: PageContext, intake: FileIntake, results: Results) -> Routes:
    """Return the routes."""
    desk = UploadDesk(context, intake, results)
    routes = page_routes()

    @routes.get("/upload", summary="The way in for CSV files")
    async def show_upload(
        request: Request,
        result: Annotated[str, Query(alias="Result", max_length=40)] = "",
        insurer: Annotated[str, Query(alias="InsurerNumber", max_length=8)] = "",
    ) -> HTMLResponse:
        return await desk.upload_form(operator_of(request.cookies), insurer, result=result)

    @routes.post("/upload", summary="Take a CSV file of procedures")
    async def upload(request: Request, afterwards: BackgroundTasks) -> Response:
        async with request.form() as sent:
            operator, insurer = (
                str(sent.get("Operator", ""))[:LONGEST_NAME],
                str(sent.get("InsurerNumber", "")),
            )
            file = sent.get("File")
            if not isinstance(file, UploadFile) or not file.filename:
                response: Response = await desk.upload_form(
                    operator, insurer, refusal="ファイルを選んでください。", status=422
                )
            else:
                response = await desk.upload(file, insurer, operator)
                afterwards.add_task(context.workers.wake)
        remember(response, operator)
        return response

    @routes.get("/upload/{result}.csv", summary="The report on a file that was taken here")
    async def show_report(
        request: Request, result: Annotated[str, Path(max_length=40)]
    ) -> Response:
        async with context.readings.reading(
            Reader.of(request.scope, request.cookies), Read.REPORT, NOBODY
        ):
            found = results.report(result)
            if found is None:
                raise Problem(Catalogue.NOT_FOUND, "Only the reports of the last files are kept.")
        return StreamingResponse(
            found.pieces(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="report.csv"'},
        )

    return routes
