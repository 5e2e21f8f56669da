"""The page of who operates OQS, and its forms, which work without script too."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from pydantic import StringConstraints, ValidationError

from oqs_sim.operation.orders import (
    DelaySetting,
    FaultOrder,
    Reporting,
    RequestView,
    WindowOrder,
)
from oqs_sim.store.operation import rules
from oqs_sim.store.operation.requests import Sought
from oqs_sim.web.operation.message_form import field_name, setting_of
from oqs_sim.web.operation.shown import Lang, in_language, page_of, words
from wire.catalogue import Catalogue, Problem
from wire.messages.field_reason import why_unfit
from wire.problem_document import AS_CONTENT
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.texts import FIT, LARGEST, has_unfit_character

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oqs_sim.operation.desk import Desk
    from oqs_sim.operation.reset import Resetter, SystemOutcome

WEB = Path(str(files("oqs_sim.web")))
STATIC = WEB / "static"
PATH = "/operation"
SHOWN = 40
MOST_MINUTES = 525_600
_LONGEST = 200


class PartsMissed(Exception):
    """Some part of the system has not done what the others have."""

    def __init__(self, what: str, outcome: SystemOutcome) -> None:
        super().__init__(what)
        self._what, self._outcome = what, outcome

    def said(self, lang: Lang) -> str:
        """Say which, and what to do."""
        done = _said(lang, self._what, round(self._outcome.milliseconds))
        missed = [one.said.ja if lang == "ja" else one.said.en for one in self._outcome.troubles]
        return " ".join((done, words(lang)["done_not"], *missed))


class OperatorPage:
    """Draws the page, and does what its forms say."""

    def __init__(self, desk: Desk, resetter: Resetter) -> None:
        """Take what is operated."""
        self._desk, self._resetter = desk, resetter
        self._templates = Jinja2Templates(WEB / "templates")

    async def draw(
        self,
        request: Request,
        lang: Lang,
        sought: Mapping[str, str],
        *,
        said: str = "",
        refused: Mapping[str, str] | None = None,
    ) -> Response:
        """Draw the page; ``refused`` is what was typed into a form that was refused."""
        found = await self._desk.journal.find(
            Sought(
                sought.get("institution") or None,
                sought.get("path") or None,
                sought.get("code") or None,
                sought.get("person") or None,
                sought.get("request_id") or None,
                before=int(sought.get("before") or 0) or None,
                only_amiss=bool(sought.get("only_amiss")),
            ),
            SHOWN + 1,
        )
        view = page_of(
            lang,
            await self._desk.view(),
            await self._desk.backlog(),
            [RequestView.of(one) for one in found[:SHOWN]],
            has_older=len(found) > SHOWN,
            sought=sought,
            typed=refused or {},
            said=said,
            is_refusal=refused is not None,
        )
        status = 200 if refused is None else 422
        context = {"view": view}
        return self._templates.TemplateResponse(
            request, "operation/operation.html", context, status
        )

    async def do(self, form: Mapping[str, str]) -> int | None:
        """Do what a form says; return how many milliseconds a reset took.

        Raises:
            Problem: it cannot be done.
            PartsMissed: some part of the system has not gone back, or has no seed.
            ValidationError: what was typed is wrong.
        """
        desk = self._desk
        match form.get("do"):
            case "delay":
                await desk.set_delay(DelaySetting.model_validate({"Profile": form.get("profile")}))
            case "end_delays":
                await desk.end_delays("", "")
            case "messages" | "end_messages":
                await self._set_messages(form)
            case "fault":
                await desk.add_fault(FaultOrder.model_validate(_fault(form)))
            case "end_fault":
                await desk.end_fault(_number(form))
            case "end_faults":
                await desk.operation.set(rules.end_faults)
            case "open":
                await self._open(form)
            case "close":
                await desk.close_window(_number(form))
            case "report":
                code = Reporting.model_validate({"MedicalInstitutionCode": form.get("institution")})
                await desk.note_report(_number(form), code.medical_institution_code)
            case other:
                return await self._take_or_go_back(other)
        return None

    async def _set_messages(self, form: Mapping[str, str]) -> None:
        if form["do"] == "messages":
            await self._desk.set_messages(setting_of(form))
        else:
            await self._desk.end_message_setting(form.get("institution") or None)

    async def _take_or_go_back(self, what: str | None) -> int | None:
        if what not in {"seed", "reset"}:
            raise Problem(Catalogue.INVALID_REQUEST, "The form says nothing to do.")
        resetter = self._resetter
        outcome = await (resetter.go_back() if what == "reset" else resetter.take())
        if outcome.troubles:
            raise PartsMissed(what, outcome)
        return round(outcome.milliseconds) if what == "reset" else None

    async def _open(self, form: Mapping[str, str]) -> None:
        order = _given(form, Kind="kind", Prefecture="prefecture", Reason="reason")
        order |= _given(form, MedicalInstitutionCode="institution")
        typed = unicodedata.normalize("NFKC", form.get("municipalities", ""))
        order["Municipalities"] = re.findall(r"[^\s,、・]+", typed)
        minutes = form.get("minutes")
        if minutes:
            if not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= MOST_MINUTES):
                raise Problem(
                    Catalogue.INVALID_REQUEST,
                    f"Minutes go from 1 to {MOST_MINUTES}.",
                    japanese=f"分は 1 から {MOST_MINUTES} までの数で入れてください。",
                )
            now = (await self._desk.time.read()).now
            order["ClosesAt"] = (now + timedelta(minutes=int(minutes))).isoformat()
        await self._desk.open_window(WindowOrder.model_validate(order))


_ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "It is done; the page that says so."},
    422: {
        "description": "The page, with what is wrong and what was typed.",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            **AS_CONTENT,
        },
    },
}


def router(desk: Desk, resetter: Resetter) -> Routes:
    """Return the page's routes."""
    routes = Routes(CONSOLE, tags=["運用"])
    page = OperatorPage(desk, resetter)

    @routes.get(PATH, summary="The page of who operates OQS", response_class=HTMLResponse)
    async def show(
        request: Request,
        lang: Lang = "ja",
        institution: Annotated[str, StringConstraints(max_length=24), FIT, Query()] = "",
        path: Annotated[str, StringConstraints(max_length=120), FIT, Query()] = "",
        code: Annotated[str, StringConstraints(max_length=48), FIT, Query()] = "",
        person: Annotated[str, StringConstraints(max_length=20), FIT, Query()] = "",
        request_id: Annotated[str, StringConstraints(max_length=64), FIT, Query()] = "",
        only_amiss: Annotated[str, StringConstraints(max_length=2), FIT, Query()] = "",
        before: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
        said: Annotated[str, StringConstraints(max_length=12), FIT, Query()] = "",
        ms: Annotated[int | None, Query(ge=0, le=999_999)] = None,
    ) -> Response:
        sought = {
            "institution": institution,
            "path": path,
            "code": code,
            "person": person,
            "request_id": request_id,
            "only_amiss": only_amiss,
            "before": str(before or ""),
        }
        return await page.draw(request, lang, sought, said=_said(lang, said, ms))

    @routes.post(
        PATH,
        summary="Do what a form of the page says",
        response_class=HTMLResponse,
        responses=_ANSWERS,
    )
    async def do(request: Request, lang: Lang = "ja") -> Response:
        async with request.form(max_files=0, max_fields=20) as fields:
            form = {name: value for name, value in fields.items() if isinstance(value, str)}
        try:
            _check(form)
            took = await page.do(form)
        except Problem as problem:
            detail = problem.detail or problem.entry.kind.title
            said = problem.japanese if lang == "ja" else detail
            return await page.draw(request, lang, {}, said=said, refused=form)
        except PartsMissed as missed:
            return await page.draw(request, lang, {}, said=missed.said(lang), refused=form)
        except ValidationError as error:
            return await page.draw(request, lang, {}, said=_refusal(lang, error), refused=form)
        milliseconds = "" if took is None else f"&ms={took}"
        return RedirectResponse(f"{PATH}?lang={lang}&said={form['do']}{milliseconds}", 303)

    return routes


def _check(form: Mapping[str, str]) -> None:
    """Refuse what no form of the page sends.

    Raises:
        Problem: INVALID_REQUEST.
    """
    if any(len(one) > _LONGEST or has_unfit_character(one) for one in form.values()):
        raise Problem(Catalogue.INVALID_REQUEST, "A text is too long, or cannot be seen.")


def _refusal(lang: Lang, error: ValidationError) -> str:
    """Return what is wrong with what was typed, field by field."""
    text = words(lang)
    said = []
    for fault in error.errors(include_url=False, include_input=False):
        why = in_language(lang, why_unfit(fault))
        named = field_name(text, str(fault["loc"][0])) if fault["loc"] else ""
        said.append(f"{named}{text['colon']}{why}" if named else why)
    return text["between"].join(said)


def _said(lang: Lang, what: str, milliseconds: int | None) -> str:
    """Return what came of a form, after its page was sent on."""
    text = words(lang)
    if what in {"seed", "reset"}:
        return text[f"done_{what}"].format(ms=milliseconds)
    return text["done"] if what else ""


def _fault(form: Mapping[str, str]) -> dict[str, object]:
    order: dict[str, object] = {
        **_given(form, Effect="effect", Path="path", MedicalInstitutionCode="institution"),
        **_given(form, Probability="probability"),
    }
    times = form.get("times", "")
    if times:
        order["Times"] = int(times) if times.isascii() and times.isdigit() else times
    return order


def _given(form: Mapping[str, str], **members: str) -> dict[str, object]:
    return {name: form[field] for name, field in members.items() if form.get(field)}


def _number(form: Mapping[str, str]) -> int:
    number = form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise Problem(Catalogue.NO_SUCH_RULE)
    return int(number)
