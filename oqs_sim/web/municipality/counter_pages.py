"""The routes of the counter's pages: find a person, do what can be done, print notices."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Form, Query, Request  # FastAPI reads it at run time
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import SecretStr, ValidationError

from eligibility.days.eras import era_day
from oqs_sim.municipality.expiry_notice import due_notices, send_notices
from oqs_sim.municipality.standing_words import moment
from oqs_sim.web.municipality.person_view import PersonView
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.consoles.municipality import (
    CounterAct,
    CounterRequest,
    MunicipalityCode,
    PinOfCard,
)
from wire.vocabulary.texts import LARGEST, Line, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from oqs_sim.municipality.counter import MunicipalCounter
    from oqs_sim.timekeeping import Timekeeper

HOME = "/municipality"
PINS_DIFFER = "2回の暗証番号が違います。もう一度、同じ暗証番号を2回入れてください。"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(str(files("oqs_sim.web"))) / "templates" / "municipality"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FIELDS = {
    "planned_on": "転出予定日",
    "moved_on": "日付",
    "stay_ends_on": "在留期間の満了日",
    "address": "新しい住所",
    "post_number": "郵便番号",
    "municipality_code": "市区町村コード（99で始まる5桁）",
    "reason": "理由",
    "channel": "方法",
}
"""What a person calls the fields of a form."""
NOTHING_TRIED: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
_DAYS = {"planned_on", "moved_on", "stay_ends_on"}

Person = Annotated[Reference, PathParameter()]
Number = Annotated[int | None, Query(ge=1, le=LARGEST)]


def router(  # noqa: C901 - a list of routes
    counter: MunicipalCounter, time: Timekeeper
) -> Routes:
    """Return the routes of the pages."""
    routes = Routes(CONSOLE, prefix=HOME, tags=["市区町村の窓口（模擬）"], include_in_schema=False)
    engine = counter.engine

    def page(template: str, now: datetime, status: int = 200, **view: object) -> HTMLResponse:
        drawn = _TEMPLATES.get_template(template).render(
            now=moment(now), closed=counter.closed_note(now), home=HOME, **view
        )
        return HTMLResponse(drawn, status)

    async def person_page(
        person_reference: str,
        now: datetime,
        receipt: int | None = None,
        problem: Problem | None = None,
        tried: tuple[str, Mapping[str, str]] = NOTHING_TRIED,
    ) -> HTMLResponse:
        """Draw a person; what was ``tried`` in vain stands in its form again, a PIN does not."""
        try:
            file = await counter.open(person_reference)
        except Problem as unknown:
            return page("unable.html", now, unknown.entry.kind.status, trouble=unknown.japanese)
        return page(
            "person.html",
            now,
            problem.entry.kind.status if problem else 200,
            person=PersonView.of(file, counter, now, receipt),
            trouble=problem.japanese if problem else "",
            tried=tried[0],
            typed=tried[1],
        )

    @routes.get("", summary="The counter: find a person", response_class=HTMLResponse)
    async def show_counter(sought: Annotated[Line, Query()] = "") -> HTMLResponse:
        now = await time.asked_at()
        trouble, status, found = "", 200, []
        try:
            found = await counter.find(sought)
        except Problem as problem:
            trouble, status = problem.japanese, problem.entry.kind.status
        people = [(one, era_day(one.birthdate)) for one in found]
        return page("counter.html", now, status, sought=sought, people=people, trouble=trouble)

    @routes.get("/persons/{person_reference}", summary="A person", response_class=HTMLResponse)
    async def show_person(person_reference: Person, receipt: Number = None) -> HTMLResponse:
        return await person_page(person_reference, await time.asked_at(), receipt)

    @routes.post("/persons/{person_reference}/pin", summary="Reset a PIN")
    async def reset_pin(
        person_reference: Person,
        pin: Annotated[SecretStr, Form(max_length=40)],
        again: Annotated[SecretStr, Form(max_length=40)],
        which: Annotated[PinOfCard, Form()] = PinOfCard.AUTHENTICATION,
    ) -> Response:
        now = await time.asked_at()
        chosen, tried = pin.get_secret_value(), (CounterAct.RESET_PIN, {"which": which})
        if chosen != again.get_secret_value():
            problem = Problem(Catalogue.INVALID_REQUEST, japanese=PINS_DIFFER)
            return await person_page(person_reference, now, problem=problem, tried=tried)
        try:
            done = await counter.reset_pin(person_reference, None, which, chosen, now)
        except Problem as problem:
            return await person_page(person_reference, now, problem=problem, tried=tried)
        return _to_receipt(person_reference, done.number)

    @routes.post("/persons/{person_reference}/acts/{act}", summary="File what is done")
    async def file_act(person_reference: Person, act: CounterAct, request: Request) -> Response:
        now = await time.asked_at()
        typed = await _typed(request)
        try:
            done = await counter.act(person_reference, _asked(act, typed), now)
        except Problem as problem:
            return await person_page(person_reference, now, problem=problem, tried=(act, typed))
        return _to_receipt(person_reference, done.number)

    @routes.get("/notices", summary="有効期限通知書 that are due", response_class=HTMLResponse)
    async def show_notices(
        town: Annotated[MunicipalityCode | None, Query()] = None,
        sent: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    ) -> HTMLResponse:
        now = await time.asked_at()
        due = await read_aside(engine, partial(due_notices, engine, now, town))
        rows = [(one, era_day(one.ends_on), one.sent_on and era_day(one.sent_on)) for one in due]
        return page("notices.html", now, rows=rows, town=town or "", sent=sent)

    @routes.post("/notices", summary="Note that the due notices go out today")
    async def send(town: Annotated[MunicipalityCode | None, Form()] = None) -> Response:
        now = await time.asked_at()
        sent = await asyncio.to_thread(partial(send_notices, engine, now, town))
        return RedirectResponse(f"{HOME}/notices?sent={sent}", 303)

    return routes


def _to_receipt(person_reference: str, number: int) -> RedirectResponse:
    path = f"{HOME}/persons/{quote(person_reference, safe='')}?receipt={number}#receipt"
    return RedirectResponse(path, 303)


async def _typed(request: Request) -> dict[str, str]:
    """Read a form; what was left empty is not there."""
    async with request.form(max_files=0, max_fields=20) as form:
        return {
            name: value for name, value in form.items() if isinstance(value, str) and value.strip()
        }


def _asked(act: CounterAct, typed: Mapping[str, str]) -> CounterRequest:
    """Return what is asked for with a form.

    Raises:
        Problem: INVALID_REQUEST, with the fields that are wrong.
    """
    fields: dict[str, object] = {
        name: value.replace("-", "") if name in _DAYS else value for name, value in typed.items()
    }
    fields["act"] = act
    for box in ("continued", "own_fault"):
        fields[box] = box in typed
    try:
        return CounterRequest.model_validate(fields)
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors() if one["loc"])
        names = "、".join(_FIELDS.get(_snake(name), name) for name in wrong)
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"Wrong fields: {', '.join(wrong)}.",
            japanese=f"入力に誤りがあります: {names}。直して、もう一度送ってください。",
        ) from None


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")
