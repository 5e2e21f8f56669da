"""Practice of the reception over HTTP, for its page and for trainers' own tools."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import Request, Response  # FastAPI reads it at run time
from fastapi.responses import HTMLResponse

from testbed.api.practice_models import (
    GoingOn,
    PracticeOrder,
    PracticeResult,
    PracticeState,
    QueueList,
    QueueState,
)
from testbed.practice.desk_record import LOOK_SECONDS
from testbed.practice.queue import queues
from testbed.web.panel import Lang  # noqa: TC001 # FastAPI reads it at run time
from testbed.web.practice_page import page_of
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.texts import ShortLine  # noqa: TC001 # FastAPI reads it at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fastapi.templating import Jinja2Templates

    from testbed.practice.conductor import Conductor
    from testbed.practice.exercise import Exercise

_OF_A_TURN = (
    Catalogue.SERVICE_UNREACHABLE,
    Catalogue.PCSC_UNAVAILABLE,
    Catalogue.CARD_NOT_KEPT,
    Catalogue.FONT_MISSING,
)


def router(conductor: Conductor, templates: Jinja2Templates, clinic_url: str | None) -> Routes:
    """Return the page, and the routes for programs."""
    routes = Routes(CONSOLE, tags=["受付の練習"])
    _add_conducting(routes, conductor)
    _add_looking(routes, conductor)

    @routes.get(
        "/practice",
        summary="The page of the practice",
        tags=["画面"],
        response_class=HTMLResponse,
    )
    async def show_page(
        request: Request, lang: Lang = "ja", exercise: ShortLine = ""
    ) -> HTMLResponse:
        lost: Problem | None = None
        known = conductor.exercise
        if exercise:
            try:
                conductor.find(exercise)
            except Problem as problem:
                lost = problem
                known = known if known is not None and not known.ended else None
        elif known is not None and known.ended:
            known = None
        left_off = conductor.left_off if known is None else None
        if left_off is not None and left_off.exercise == exercise:
            lost = None  # it is told of with the button that begins it again
        visits = await _visits(conductor, known)
        if known is None and not conductor.town_is_there:
            lost = Problem(Catalogue.NO_TOWN)
        out = await conductor.left_out() if known is None else ()
        view = page_of(lang, known, visits, lost, out, clinic_url, left_off)
        return templates.TemplateResponse(request, "practice.html", {"view": view})

    return routes


async def _visits(
    conductor: Conductor, exercise: Exercise | None
) -> Sequence[Mapping[str, Any]] | None:
    """Return the visits of the patient at the desk; None where it does not answer."""
    turn = exercise.turn if exercise else None
    if turn is None:
        return ()
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await conductor.visits_of(turn)
    except (Problem, TimeoutError):
        return None


def _add_conducting(routes: Routes, conductor: Conductor) -> None:
    async def state(exercise: Exercise) -> PracticeState:
        return PracticeState.of(exercise, await _visits(conductor, exercise))

    @routes.post(
        "/practice/start",
        summary="Begin an exercise: the first patient comes up",
        status_code=201,
        responses=problem_responses(
            Catalogue.PRACTICE_UNDER_WAY,
            Catalogue.NO_TOWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.NO_SEED,
            Catalogue.SEED_OUTDATED,
            *_OF_A_TURN,
        ),
    )
    async def start(order: PracticeOrder) -> PracticeState:
        return await state(await conductor.start(order.chosen(), reset=order.reset))

    @routes.post(
        "/practice/next",
        summary="Have the next patient come up; after the last one the exercise ends",
        responses=problem_responses(Catalogue.NO_PRACTICE, *_OF_A_TURN),
    )
    async def go_on(order: GoingOn) -> PracticeState:
        return await state(await conductor.go_on(order.after))

    @routes.post(
        "/practice/lay",
        summary="Lay the card of the patient at the desk on anew",
        status_code=204,
        responses=problem_responses(Catalogue.NO_PRACTICE, Catalogue.SLOT_EMPTY, *_OF_A_TURN),
    )
    async def lay_again() -> Response:
        await conductor.lay_again()
        return Response(status_code=204)

    @routes.post(
        "/practice/end",
        summary="End the exercise where it is, and every outage that belongs to it",
        responses=problem_responses(Catalogue.NO_PRACTICE),
    )
    async def end() -> PracticeState:
        return await state(await conductor.end())


def _add_looking(routes: Routes, conductor: Conductor) -> None:
    def known(exercise: str) -> Exercise:
        if exercise:
            return conductor.find(exercise)
        return conductor.newest()

    @routes.get("/practice/queues", summary="List the queues that are ready to be practised")
    async def list_queues() -> QueueList:
        return QueueList(queues=tuple(map(QueueState.of, queues().values())))

    @routes.get(
        "/practice/state",
        summary="Tell how far an exercise is; the newest, where none is named",
        responses=problem_responses(Catalogue.NO_PRACTICE),
    )
    async def read_state(exercise: ShortLine = "") -> PracticeState:
        found = known(exercise)
        return PracticeState.of(found, await _visits(conductor, found))

    @routes.get(
        "/practice/result",
        summary="Tell what came of an exercise: each patient, the times, and what to read again",
        responses=problem_responses(Catalogue.NO_PRACTICE),
    )
    async def read_result(exercise: ShortLine = "") -> PracticeResult:
        return PracticeResult.of(known(exercise))
