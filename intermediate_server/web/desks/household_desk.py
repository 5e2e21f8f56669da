"""The form of a household (世帯): what all have in common is typed once, then a line for each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import BackgroundTasks, Request  # noqa: TC002 # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from intermediate_server.filing.fields import (
    BY_ATTRIBUTE,
    FaultyFields,
    kind_of,
    read_procedure,
    with_years,
)
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.kinds import KINDS, ProcedureKind
from intermediate_server.readings import LONGEST_NAME, Read, Reader, operator_of
from intermediate_server.store.ledger import Once, PartsRefused
from intermediate_server.web.clerk import FiledProcedure
from intermediate_server.web.form import Form, FormField, listed
from intermediate_server.web.page_context import page_routes, refusal_words, remember
from intermediate_server.web.texts import say, word
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Problem
from wire.request_key import KeysUnderWay, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store.ledger import Recorded
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

KINDS_TOGETHER = (
    ProcedureKind.JOIN,
    ProcedureKind.LEAVE,
    ProcedureKind.ADDRESS,
    ProcedureKind.RENUMBER,
)
"""What happens to a whole household at once."""
LINES = 6
"""Members on the page."""
_OF_EACH = ("individual_number", "branch", "new_branch", "classification", "ratio")
"""What each member has for themselves; all else is typed once."""
_OF_NONE = frozenset({"name", "name_kana", "sex", "birthdate", "limit", "valid_until", "reference"})
"""What is left to the resident register, or filed alone."""
_ROUTE = "/household"


@dataclass(frozen=True, slots=True)
class Line:
    """A member on the page."""

    place: int
    fields: tuple[FormField, ...]
    said: str
    """What is wrong, or that another one keeps this one back."""
    wrong: bool


@dataclass(frozen=True)
class HouseholdDesk:
    """Where a clerk files for a household."""

    context: PageContext
    under_way: KeysUnderWay = field(default_factory=KeysUnderWay)

    async def form(
        self,
        texts: Mapping[str, str],
        operator: str,
        *,
        said: Sequence[tuple[str, bool]] = (),
        refusal: str = "",
        recorded: Sequence[Recorded] = (),
        status: int = 200,
    ) -> HTMLResponse:
        """Show the form; ``said`` has a sentence for each line, and whether it is a fault."""
        reading = await self.context.now()
        kind = kind_of(texts.get("Kind", "")) or ProcedureKind.JOIN
        if kind not in KINDS_TOGETHER:
            kind = ProcedureKind.JOIN
        form = Form.of(kind, texts)
        each = [one for one in _OF_EACH if one in KINDS[kind].needs.allowed]
        common = [
            one
            for one in (*form.fields, *form.further)
            if one.element not in {BY_ATTRIBUTE[name].element for name in (*_OF_EACH, *_OF_NONE)}
        ]
        lines = [
            _line(kind, place, each, texts, said[place] if place < len(said) else ("", False))
            for place in range(LINES)
        ]
        return await self.context.render(
            "household.html",
            "/file",
            reading,
            status,
            kinds=[
                (one.value, word("kind", one, one.japanese), one is kind) for one in KINDS_TOGETHER
            ],
            kind=kind.value,
            title=form.title,
            fields=common,
            lines=lines,
            insurers=self.context.insurers,
            insurer=self.context.insurer(texts.get("InsurerNumber", "")),
            operator=operator,
            refusal=refusal,
            key=secrets.token_urlsafe(16),
            receipts=[
                FiledProcedure.of_recorded(one, reading.today if reading else None)
                for one in recorded
            ],
        )

    async def file(self, texts: dict[str, str], operator: str, key: str) -> HTMLResponse:
        """File for all, or show the form again with what is wrong with each."""
        reading = await self.context.now()
        procedures, said = _read(with_years(texts, reading.today) if reading else texts)
        if any(wrong for _, wrong in said):
            return await self.form(texts, operator, said=said, status=422)
        if not procedures:
            refusal = say("household.no_number")
            return await self.form(texts, operator, refusal=refusal, status=422)
        refused: PartsRefused | None = None
        try:
            async with self.context.readings.reading(
                Reader(operator, FilingChannel.PAGE), Read.FILING
            ):
                try:
                    recorded = await self._accept(list(procedures.values()), operator, texts, key)
                except PartsRefused as error:
                    refused = error
                    raise next(filter(None, error.problems)) from None
        except AnsweredBefore:
            refusal = say("household.known")
            return await self.form(_kept(texts), operator, refusal=refusal, status=409)
        except Problem as problem:
            if refused is None:
                status = problem.entry.kind.status
                refusal = refusal_words(problem)
                return await self.form(texts, operator, refusal=refusal, status=status)
            told = dict(zip(procedures, refused.problems, strict=True))
            said = [
                await self._told(told[place], operator) if place in told else ("", False)
                for place in range(LINES)
            ]
            return await self.form(texts, operator, said=said, status=409)
        return await self.form(_kept(texts), operator, recorded=recorded)

    async def _accept(
        self, procedures: list[Procedure], operator: str, texts: Mapping[str, str], sent: str
    ) -> Sequence[Recorded]:
        source = Source(operator, FilingChannel.PAGE)
        accept_all = self.context.acceptance.accept_all
        key = read_key(sent or None)
        if key is None:
            return await accept_all(procedures, source)
        filled = {name: text for name, text in texts.items() if text}
        request = IdempotentRequest("page", _ROUTE, key.digest, key.fingerprint(filled))
        with self.under_way.hold("page", _ROUTE, key.digest):
            return await accept_all(procedures, source, Once(request, 200, lambda _: ""))

    async def _told(self, problem: Problem | None, operator: str) -> tuple[str, bool]:
        if problem is None:
            return say("household.kept_back"), False
        holder = await self.context.holder(problem, operator)
        whose = f" {say('form.held_by')} {holder.name}" if holder else ""
        return f"{refusal_words(problem)}{whose}", True


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in ("Kind", "InsurerNumber", "FiledOn") if texts.get(name)}


def _line(
    kind: ProcedureKind,
    place: int,
    each: Sequence[str],
    texts: Mapping[str, str],
    said: tuple[str, bool],
) -> Line:
    own = {BY_ATTRIBUTE[name].element for name in each}
    typed = {element: texts.get(f"{element}.{place}", "") for element in own}
    fields = {one.element: one for one in Form.of(kind, typed).fields}
    return Line(
        place, tuple(fields[BY_ATTRIBUTE[name].element] for name in each if
                     BY_ATTRIBUTE[name].element in fields), *said,
    )  # fmt: skip


def _read(texts: Mapping[str, str]) -> tuple[dict[int, Procedure], list[tuple[str, bool]]]:
    """Read the lines that somebody stands in, by place; and what is wrong with each line."""
    kind = kind_of(texts.get("Kind", "")) or ProcedureKind.JOIN
    allowed = KINDS[kind].needs.allowed
    common = {
        one.element: texts[one.element]
        for name, one in BY_ATTRIBUTE.items()
        if name in allowed and name not in _OF_EACH and texts.get(one.element)
    }
    found: dict[int, Procedure] = {}
    said: list[tuple[str, bool]] = []
    for place in range(LINES):
        own = {
            BY_ATTRIBUTE[name].element: text
            for name in _OF_EACH
            if name in allowed
            and (text := texts.get(f"{BY_ATTRIBUTE[name].element}.{place}", "").strip())
        }
        if "IndividualNumber" not in own:
            said.append(("", False))
            continue
        try:
            found[place] = read_procedure({**common, **own, "Kind": kind.value})
            said.append(("", False))
        except FaultyFields as error:
            said.append((" ".join(text for _, text in listed(error.faults)), True))
    return found, said


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = HouseholdDesk(context)
    routes = page_routes()

    @routes.get(_ROUTE, summary="The form for a household")
    async def show_form(request: Request) -> HTMLResponse:
        texts = dict(request.query_params)
        return await desk.form(_kept(texts), operator_of(request.cookies))

    @routes.post(_ROUTE, summary="File for a household from the form, or change the kind")
    async def file(request: Request, afterwards: BackgroundTasks) -> Response:
        async with request.form() as sent:
            texts = {name: text for name, text in sent.items() if isinstance(text, str)}
        operator = texts.pop("Operator", operator_of(request.cookies))[:LONGEST_NAME].strip()
        switch, key = texts.pop("Switch", ""), texts.pop("IdempotencyKey", "")
        if switch:
            response = await desk.form({**texts, "Kind": switch}, operator)
        else:
            response = await desk.file(texts, operator, key)
            afterwards.add_task(context.workers.wake)
        remember(response, operator)
        return response

    return routes
