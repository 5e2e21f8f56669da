"""Where a clerk hands in files, watches them, stops them, and reads what became of them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Annotated

import httpx2
from fastapi import Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from intermediate_server.filing.csv_file import NEEDED_COLUMNS
from intermediate_server.filing.fields import FIELDS
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.kinds import FILED_KINDS, ProcedureKind
from intermediate_server.readings import LONGEST_NAME, Read, Reader, operator_of
from intermediate_server.store.reading_log import NOBODY
from intermediate_server.web.page_context import (
    CsvFile,
    page_routes,
    problem_words,
    remember,
    templates,
)
from intermediate_server.web.texts import say, word
from intermediate_server.web.uploading.result_rows import ResultPage
from intermediate_server.web.uploading.sample_files import example, template
from intermediate_server.web.uploading.upload_jobs import Order  # noqa: TC001 # FastAPI reads it at run time
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from intermediate_server.web.page_context import PageContext
    from intermediate_server.web.uploading.upload_jobs import UploadJob, UploadJobs
    from wire.serving.access import Routes

WAITED = 0.8
"""Seconds within which a short file is shown as done, without a page of progress before."""
Name = Annotated[str, Path(max_length=40, pattern=r"^[\w-]*$")]

Kind = Annotated[ProcedureKind, Path()]


@dataclass(frozen=True)
class UploadDesk:
    """Where a clerk hands in files."""

    context: PageContext
    jobs: UploadJobs

    async def upload_form(
        self,
        operator: str,
        insurer: str = "",
        *,
        refusal: str = "",
        result: str = "",
        page: int = 1,
        status: int = 200,
    ) -> HTMLResponse:
        """Show the way in for files, and how one of them is."""
        job = await self.jobs.find(result)
        rows = None
        if result and job is None:
            refusal, status = refusal or say("upload.gone"), 404
        if job is not None and job.problem is not None:
            problem = job.problem
            refusal = refusal or problem_words(problem)
        elif job is not None and not job.running:
            reader = Reader(operator, FilingChannel.PAGE)
            async with self.context.readings.reading(reader, Read.REPORT, NOBODY):
                pass  # it is of whomever the file names
            rows = await asyncio.to_thread(ResultPage.of, job.report, page)
        return await self.context.render(
            "upload.html",
            "/upload",
            await self.context.now(),
            status,
            insurers=self.context.insurers,
            insurer=self.context.insurer(insurer or (job.insurer if job else "")),
            operator=operator,
            columns=[replace(one, how=word("how", one.element, one.how)) for one in FIELDS],
            needed=NEEDED_COLUMNS,
            kinds=[(one.value, word("kind", one, one.japanese)) for one in FILED_KINDS],
            refusal=refusal,
            job=job if job is not None and job.problem is None else None,
            result=rows,
            jobs=[one for one in self.jobs.last() if one is not job],
        )

    async def begin(self, file: UploadFile, insurer: str, operator: str) -> UploadJob:
        """Begin to take a file; return when it has been taken, or after a moment."""
        job = self.jobs.begin(
            await asyncio.to_thread(_kept, file.file), file.filename or "CSV", insurer, operator
        )
        for _ in range(int(WAITED / 0.02)):
            if not job.running:
                break
            await asyncio.sleep(0.02)
        return job


def _kept(file: IO[bytes]) -> IO[bytes]:
    """Return a copy of a file that outlives the request it came with."""
    kept = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 # closed when it is taken
    shutil.copyfileobj(file, kept, 1 << 20)
    kept.seek(0)
    return kept


def router(context: PageContext, jobs: UploadJobs) -> Routes:
    """Return the routes."""
    desk = UploadDesk(context, jobs)
    routes = page_routes()

    async def found(name: str) -> UploadJob:
        job = await jobs.find(name)
        if job is None:
            problem = Problem(Catalogue.NOT_FOUND, "Only the last files are kept.")
            problem.japanese = say("upload.gone")
            raise problem
        return job

    @routes.get("/upload", summary="The way in for CSV files")
    async def show_upload(
        request: Request,
        result: Annotated[str, Query(alias="Result", max_length=40)] = "",
        insurer: Annotated[str, Query(alias="InsurerNumber", max_length=8)] = "",
        page: Annotated[int, Query(alias="Page", ge=1, le=999_999)] = 1,
    ) -> HTMLResponse:
        operator = operator_of(request.cookies)
        return await desk.upload_form(operator, insurer, result=result, page=page)

    @routes.post("/upload", summary="Take a CSV file of procedures")
    async def upload(request: Request) -> Response:
        async with request.form() as sent:
            operator, insurer = (
                str(sent.get("Operator", ""))[:LONGEST_NAME],
                str(sent.get("InsurerNumber", "")),
            )
            file = sent.get("File")
            if not isinstance(file, UploadFile) or not file.filename:
                response: Response = await desk.upload_form(
                    operator, insurer, refusal=say("upload.choose"), status=422
                )
            else:
                job = await desk.begin(file, insurer, operator)
                if job.problem is not None:
                    response = await desk.upload_form(
                        operator, insurer, result=job.name, status=job.problem.entry.kind.status
                    )
                else:
                    query = httpx2.QueryParams({"Result": job.name})
                    response = RedirectResponse(f"/upload?{query}", 303)
        remember(response, operator)
        return response

    @routes.get("/upload/{result}/progress", summary="How far a file is, as a part of its page")
    async def show_progress(result: Name) -> HTMLResponse:
        job = await found(result)
        page = templates().get_template("progress.html")
        return HTMLResponse(page.render(job=job), headers={"X-Running": str(int(job.running))})

    @routes.post(
        "/upload/{result}/{order}",
        summary="Read no more of a file, or take it off the list of what is to be done",
    )
    async def give_order(result: Name, order: Annotated[Order, Path()]) -> Response:
        await jobs.follow(await found(result), order)
        return RedirectResponse(f"/upload?{httpx2.QueryParams({'Result': result})}", 303)

    @routes.get(
        "/upload/{result}.csv",
        response_class=CsvFile,
        summary="The report on a file that was taken here",
    )
    async def show_report(request: Request, result: Name) -> Response:
        async with context.readings.reading(
            Reader.of(request.scope, request.cookies), Read.REPORT, NOBODY
        ):
            report = (await found(result)).report
        return CsvFile(report.pieces(), "report.csv")

    return routes


def _filed(kind: ProcedureKind) -> ProcedureKind:
    """Refuse a kind that only a run records."""
    if kind not in FILED_KINDS:
        raise Problem(Catalogue.NOT_FOUND, f"Nobody files {kind}; a run records it.")
    return kind


def samples_router(context: PageContext) -> Routes:
    """Return the routes of the files to begin with."""
    routes = page_routes()

    @routes.get(
        "/upload/templates/{kind}.csv",
        response_class=CsvFile,
        summary="An empty file for a kind of procedure",
    )
    async def show_template(kind: Kind) -> Response:
        return CsvFile([template(_filed(kind))], f"{kind}-template.csv")

    @routes.get(
        "/upload/examples/{kind}.csv",
        response_class=CsvFile,
        summary="A filled-in file for a kind of procedure",
    )
    async def show_example(
        kind: Kind, insurer: Annotated[str, Query(alias="InsurerNumber", max_length=8)] = ""
    ) -> Response:
        reading = await context.now()
        today = reading.today if reading else None
        content = example(_filed(kind), context.insurer(insurer), today)
        return CsvFile([content], f"{kind}-example.csv")

    return routes
