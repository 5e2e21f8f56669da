"""Simulation control: delays, faults, windows, the journal of requests, the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Response

from oqs_sim.operation.message_setting import MessageSetting  # noqa: TC001 # FastAPI reads it
from oqs_sim.operation.orders import (
    Backlog,
    DelaySetting,
    FaultOrder,
    FaultReport,
    Number,
    OperationView,
    PathPattern,
    Reporting,
    RequestList,
    RequestSearch,
    RequestView,
    SystemReport,
    WindowOrder,
    WindowView,
)
from oqs_sim.store.operation import rules
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Institution  # noqa: TC001 # FastAPI reads it at run time

if TYPE_CHECKING:
    from oqs_sim.operation.desk import Desk
    from oqs_sim.operation.reset import Resetter

_OfNumber = Annotated[Number, Path()]
_UNKNOWN = problem_responses(Catalogue.NO_SUCH_RULE, Catalogue.STORAGE_UNAVAILABLE)
_STORED = problem_responses(Catalogue.STORAGE_UNAVAILABLE)


def router(desk: Desk, resetter: Resetter) -> Routes:
    """Return the routes of the operator."""
    routes = Routes(CONSOLE, prefix="/sim/operation", tags=["運用"])
    _add_delays_and_faults(routes, desk)
    _add_messages(routes, desk)
    _add_windows(routes, desk)
    _add_journal_and_seed(routes, desk, resetter)
    return routes


def _add_delays_and_faults(routes: Routes, desk: Desk) -> None:
    @routes.get("", summary="Tell what is delayed, broken and opened")
    async def show() -> OperationView:
        return await desk.view()

    @routes.put("/delay", summary="Have requests take longer", responses=_STORED)
    async def set_delay(setting: DelaySetting) -> OperationView:
        """For all, for a path, for an institution; the institution's own goes before the path's.

        `none` for all ends every delay; for some it excepts them from what is set for more.
        """
        await desk.set_delay(setting)
        return await desk.view()

    @routes.delete(
        "/delay",
        summary="Have no request take longer, or end the delay of a path or an institution",
        status_code=204,
        responses=_UNKNOWN,
    )
    async def end_delays(
        institution: Annotated[Institution | None, Query(alias="MedicalInstitutionCode")] = None,
        path: Annotated[PathPattern, Query(alias="Path")] = "",
    ) -> Response:
        await desk.end_delays(path, institution or "")
        return Response(status_code=204)

    @routes.post("/faults", summary="Have something go wrong", status_code=201, responses=_STORED)
    async def add_fault(order: FaultOrder) -> FaultReport:
        return await desk.add_fault(order)

    @routes.delete(
        "/faults", summary="Have nothing go wrong any more", status_code=204, responses=_STORED
    )
    async def end_faults() -> Response:
        await desk.operation.set(rules.end_faults)
        return Response(status_code=204)

    @routes.delete("/faults/{number}", summary="End a fault", status_code=204, responses=_UNKNOWN)
    async def end_fault(number: _OfNumber) -> Response:
        await desk.end_fault(number)
        return Response(status_code=204)


def _add_messages(routes: Routes, desk: Desk) -> None:
    @routes.put(
        "/messages", summary="Have answers to terminals be written in a form", responses=_STORED
    )
    async def set_messages(setting: MessageSetting) -> OperationView:
        """For an institution, or for all that have no setting of their own."""
        await desk.set_messages(setting)
        return await desk.view()

    @routes.delete(
        "/messages",
        summary="Have answers be written as ever: to all, or to those without a setting",
        status_code=204,
        responses=_UNKNOWN,
    )
    async def end_message_setting() -> Response:
        await desk.end_message_setting(None)
        return Response(status_code=204)

    @routes.delete(
        "/messages/{institution_code}",
        summary="Have answers to an institution be written as those to all others",
        status_code=204,
        responses=_UNKNOWN,
    )
    async def end_setting_of(institution_code: Institution) -> Response:
        await desk.end_message_setting(institution_code)
        return Response(status_code=204)


def _add_windows(routes: Routes, desk: Desk) -> None:
    @routes.post(
        "/windows",
        summary="Open maintenance, 障害時モード, 災害時モード or 救急",
        status_code=201,
        responses=problem_responses(Catalogue.INVALID_REQUEST, Catalogue.STORAGE_UNAVAILABLE),
    )
    async def open_window(order: WindowOrder) -> WindowView:
        return await desk.open_window(order)

    @routes.post(
        "/windows/{number}/close", summary="Close a window now", status_code=204, responses=_UNKNOWN
    )
    async def close_window(number: _OfNumber) -> Response:
        await desk.close_window(number)
        return Response(status_code=204)

    @routes.post(
        "/windows/{number}/reports",
        summary="Note that an institution has reported its uses of a mode",
        status_code=204,
        responses=_UNKNOWN,
    )
    async def note_report(number: _OfNumber, report: Reporting) -> Response:
        await desk.note_report(number, report.medical_institution_code)
        return Response(status_code=204)


def _add_journal_and_seed(routes: Routes, desk: Desk, resetter: Resetter) -> None:
    @routes.get("/requests", summary="Search the last requests of the lines")
    async def find_requests(search: Annotated[RequestSearch, Query()]) -> RequestList:
        """Of other processes, what came in the last second may be missing."""
        found = await desk.journal.find(search.sought, search.at_most)
        return RequestList(requests=tuple(map(RequestView.of, found)))

    @routes.get("/backlog", summary="Ask the intermediate server what waits for its delivery")
    async def show_backlog() -> Backlog:
        return await desk.backlog()

    busy = (Catalogue.CLOCK_BUSY, Catalogue.STORAGE_UNAVAILABLE)

    @routes.post(
        "/seed",
        summary="Have a reset of the whole system go back to what there is now",
        status_code=201,
        response_model_exclude_none=True,
        responses=problem_responses(*busy),
    )
    async def take_seed() -> SystemReport:
        """Each part tells what became of it; one that has not done it goes back to nothing later.

        Deliveries to OQS rest meanwhile, and the clock is not advanced.
        """
        return SystemReport.of(await resetter.take())

    @routes.post(
        "/reset",
        summary="Go back to the seed: all that was done in the system since is gone",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.NO_SEED, Catalogue.SEED_OUTDATED, *busy),
    )
    async def reset() -> SystemReport:
        """OQS, the intermediate server, the cards and the clinic; each tells what became of it.

        Spent challenges stay spent. The clock shows again what it showed.
        """
        return SystemReport.of(await resetter.go_back())
