"""The form of a household (世帯): what all have in common is typed once, then a line for each."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fastapi import BackgroundTasks, Request  # noqa: TC002 # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from eligibility.documents.content import NATIONAL
from intermediate_server.documents.document import RegisteredDocument
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
from intermediate_server.web.clerk import FiledProcedure, RegisterEntry
from intermediate_server.web.form import PERSON, REFERENCE, Form, FormField, listed
from intermediate_server.web.page_context import page_routes, refusal_words, remember
from intermediate_server.web.papers.kept_back import PapersKeptBack
from intermediate_server.web.preview import PAST_DAY, PastDay
from intermediate_server.web.texts import long_day, say, word
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Problem
from wire.request_key import KeysUnderWay, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.procedures.change import Change
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
"""Members on the page, where no larger family was found."""
MOST_LINES = 20
_OF_EACH = ("individual_number", "branch", "new_branch", "classification", "ratio")
"""What each member has for themselves; all else is typed once."""
_OF_NONE = frozenset({"name", "name_kana", "sex", "birthdate", "limit", "valid_until", "reference"})
"""What is left to the resident register, or filed alone."""
INCLUDED = "Included"
"""Whether a member who was found takes part."""
_ROUTE = "/household"


@dataclass(frozen=True, slots=True)
class Line:
    """A member on the page."""

    place: int
    fields: tuple[FormField, ...]
    said: str
    """What is wrong, or that another one keeps this one back."""
    wrong: bool
    reference: str = ""
    """Who it is, where they were found on record; else the 個人番号 is typed."""
    name: str = ""
    said_of: str = ""
    included: bool = True
    """Whether the procedure is filed for this member, too."""


@dataclass(frozen=True)
class HouseholdDesk:
    """Where a clerk files for a household."""

    context: PageContext
    papers: PapersKeptBack
    under_way: KeysUnderWay = field(default_factory=KeysUnderWay)

    async def form(
        self,
        texts: Mapping[str, str],
        operator: str,
        *,
        said: Sequence[tuple[str, bool]] = (),
        refusal: str = "",
        recorded: Sequence[Recorded] = (),
        past_day: PastDay | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Show the form; ``said`` has a sentence for each line, and whether it is a fault."""
        reading = await self.context.now()
        today = reading.today if reading else None
        kind = kind_of(texts.get("Kind", "")) or ProcedureKind.JOIN
        if kind not in KINDS_TOGETHER:
            kind = ProcedureKind.JOIN
        form = Form.of(kind, texts)
        known = await self._known(texts, Reader(operator, FilingChannel.PAGE))
        each = [one for one in _OF_EACH if one in KINDS[kind].needs.allowed]
        common = [
            one
            for one in (*form.fields, *form.further)
            if one.element not in {BY_ATTRIBUTE[name].element for name in (*_OF_EACH, *_OF_NONE)}
        ]
        lines = [
            _line(
                kind, place, each, texts, known, said[place] if place < len(said) else ("", False)
            )
            for place in range(_places(texts))
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
            may_be_found=kind is not ProcedureKind.JOIN,
            title=form.title,
            fields=common,
            lines=lines,
            insurers=self.context.insurers,
            insurer=self.context.insurer(texts.get("InsurerNumber", "")),
            operator=operator,
            refusal=refusal,
            past_day=past_day,
            key=secrets.token_urlsafe(16),
            receipts=[
                (
                    FiledProcedure.of_recorded(one, today),
                    await asyncio.to_thread(self._documents, one, today),
                )
                for one in recorded
            ],
        )

    def _documents(self, recorded: Recorded, today: date | None) -> list[RegisterEntry]:
        """Return the documents that were decided on, with what is in the way of each."""
        kept_back = self.papers.of(recorded.documents, today)
        return [
            RegisterEntry.of(RegisteredDocument(one), kept_back=kept_back.get(one.number, ()))
            for one in recorded.documents
        ]

    async def _known(self, texts: Mapping[str, str], reader: Reader) -> dict[str, Change]:
        """Return the members who were found on record, by reference."""
        references = {one for place in range(MOST_LINES) if (one := _person(texts, place))}
        if not references:
            return {}
        search = self.context.store.search
        async with self.context.readings.reading(reader, Read.SEARCH) as read:
            found = await asyncio.to_thread(lambda: [search.newest(one) for one in references])
            read += [one[0].person.reference for one in found if one]
        return {one[0].person.reference: one[0] for one in found if one}

    async def members(self, texts: Mapping[str, str], operator: str) -> HTMLResponse:
        """Fill in who shares the 記号 and 番号 that stand in the form."""
        reading = await self.context.now()
        search = self.context.store.search
        insurer = texts.get("InsurerNumber", "")
        symbol = texts.get("InsuredCardSymbol", "").strip()
        number = texts.get("InsuredIdentificationNumber", "").strip()
        found: tuple[Change, ...] = ()
        if number:
            found = await asyncio.to_thread(
                search.family, insurer, symbol, number, reading.today if reading else None
            )
        if not found:
            return await self.form(texts, operator, refusal=say("household.nobody"), status=404)
        return await self.form({**_without_lines(texts), **_lines_of(found)}, operator)

    async def of_person(
        self, texts: Mapping[str, str], reference: str, operator: str
    ) -> HTMLResponse:
        """Show the form with the family of a person."""
        entries = await asyncio.to_thread(self.context.store.search.newest, reference)
        going_on = [one for one in entries if one.qualification.disqualified_on is None]
        if not going_on:
            return await self.form(texts, operator)
        insurer, symbol, number, _ = going_on[0].number
        common = {
            "InsurerNumber": insurer,
            "InsuredCardSymbol": symbol,
            "InsuredIdentificationNumber": number,
        }
        return await self.members(
            {"Kind": ProcedureKind.ADDRESS.value, **texts, **common}, operator
        )

    async def file(self, texts: dict[str, str], operator: str, key: str) -> HTMLResponse:
        """File for all, or show the form again with what is wrong with each."""
        meant = texts.pop(PAST_DAY, "")
        try:
            today = await self.context.today()
            procedures, said = _read(with_years(texts, today))
            headless = self._headless(procedures)
        except Problem as problem:
            status = problem.entry.kind.status
            refusal = refusal_words(problem)
            return await self.form(texts, operator, refusal=refusal, status=status)
        if any(wrong for _, wrong in said):
            return await self.form(texts, operator, said=said, status=422)
        if not procedures:
            refusal = say("household.no_number")
            return await self.form(texts, operator, refusal=refusal, status=422)
        if headless:
            return await self.form(texts, operator, refusal=say("household.no_head"), status=422)
        filed_on = next(iter(procedures.values())).filed_on  # which is that of all
        if past_day := PastDay.of(filed_on, today, meant):
            return await self.form(texts, operator, past_day=past_day)
        refused: PartsRefused | None = None
        try:
            async with self.context.readings.reading(
                Reader(operator, FilingChannel.PAGE), Read.FILING
            ):
                try:
                    recorded = await self._accept(procedures, operator, texts, key)
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
                for place in range(len(said))
            ]
            return await self.form(texts, operator, said=said, status=409)
        return await self.form(_kept(texts), operator, recorded=recorded)

    def _headless(self, procedures: Mapping[int, Procedure]) -> bool:
        """Tell whether a household joins whose papers name a head, and nobody says whom (R-056)."""
        if len(procedures) < 2 or any(one.householder for one in procedures.values()):
            return False
        one = next(iter(procedures.values()))
        return (
            one.kind is ProcedureKind.JOIN
            and self.context.acceptance.policies.of(one.insurer_number).kind in NATIONAL
        )

    async def _accept(
        self,
        procedures: Mapping[int, Procedure],
        operator: str,
        texts: Mapping[str, str],
        sent: str,
    ) -> Sequence[Recorded]:
        source = Source(operator, FilingChannel.PAGE)
        known = [_person(texts, place) or None for place in procedures]
        all_of_them = list(procedures.values())
        accept_all = self.context.acceptance.accept_all
        key = read_key(sent or None)
        if key is None:
            return await accept_all(all_of_them, source, None, known)
        filled = {name: text for name, text in texts.items() if text}
        request = IdempotentRequest("page", _ROUTE, key.digest, key.fingerprint(filled))
        with self.under_way.hold("page", _ROUTE, key.digest):
            once = Once(request, 200, lambda _: "")
            return await accept_all(all_of_them, source, once, known)

    async def _told(self, problem: Problem | None, operator: str) -> tuple[str, bool]:
        if problem is None:
            return say("household.kept_back"), False
        holder = await self.context.holder(problem, operator)
        whose = f" {say('form.held_by')} {holder.name}" if holder else ""
        return f"{refusal_words(problem)}{whose}", True


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in ("Kind", "InsurerNumber", "FiledOn") if texts.get(name)}


def _person(texts: Mapping[str, str], place: int) -> str:
    """Return who stands in a line that was filled in from the record; empty for another one."""
    reference = texts.get(f"{PERSON}.{place}", "")
    return reference if REFERENCE.fullmatch(reference) else ""


def _places(texts: Mapping[str, str]) -> int:
    filled = [place + 1 for place in range(MOST_LINES) if _person(texts, place)]
    return max([LINES, *filled])


def _without_lines(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if "." not in name}


def _lines_of(members: Sequence[Change]) -> dict[str, str]:
    """Fill in the lines with members of a family."""
    texts: dict[str, str] = {}
    for place, one in enumerate(members[:MOST_LINES]):
        texts[f"{PERSON}.{place}"] = one.person.reference
        texts[f"{INCLUDED}.{place}"] = "1"
        texts[f"InsuredBranchNumber.{place}"] = one.qualification.branch
    return texts


def _line(
    kind: ProcedureKind,
    place: int,
    each: Sequence[str],
    texts: Mapping[str, str],
    known: Mapping[str, Change],
    said: tuple[str, bool],
) -> Line:
    own = {BY_ATTRIBUTE[name].element for name in each}
    typed = {element: texts.get(f"{element}.{place}", "") for element in own}
    fields = {one.element: one for one in Form.of(kind, typed).fields}
    entry = known.get(_person(texts, place))
    line = Line(
        place, tuple(fields[BY_ATTRIBUTE[name].element] for name in each if
                     BY_ATTRIBUTE[name].element in fields), *said,
    )  # fmt: skip
    if entry is None:
        return line
    person = entry.person
    return replace(
        line,
        reference=person.reference,
        name=person.name,
        said_of=f"{person.name_kana}　{long_day(person.birthdate)}",
        included=bool(texts.get(f"{INCLUDED}.{place}")),
    )


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
    for place in range(_places(texts)):
        person = _person(texts, place)
        own = {
            BY_ATTRIBUTE[name].element: text
            for name in _OF_EACH
            if name in allowed
            and (text := texts.get(f"{BY_ATTRIBUTE[name].element}.{place}", "").strip())
        }
        if not (texts.get(f"{INCLUDED}.{place}") if person else "IndividualNumber" in own):
            said.append(("", False))
            continue
        try:
            found[place] = read_procedure(
                {**common, **own, "Kind": kind.value}, who_is_known=bool(person)
            )
            said.append(("", False))
        except FaultyFields as error:
            said.append((" ".join(text for _, text in listed(error.faults)), True))
    return found, said


def router(context: PageContext, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = HouseholdDesk(context, PapersKeptBack(context.store, posting))
    routes = page_routes()

    @routes.get(_ROUTE, summary="The form for a household")
    async def show_form(request: Request) -> HTMLResponse:
        texts, operator = dict(request.query_params), operator_of(request.cookies)
        person = texts.get(PERSON, "")
        if REFERENCE.fullmatch(person):
            return await desk.of_person(_kept(texts), person, operator)
        return await desk.form(_kept(texts), operator)

    @routes.post(_ROUTE, summary="File for a household from the form, or change the kind")
    async def file(request: Request, afterwards: BackgroundTasks) -> Response:
        async with request.form() as sent:
            texts = {name: text for name, text in sent.items() if isinstance(text, str)}
        operator = texts.pop("Operator", operator_of(request.cookies))[:LONGEST_NAME].strip()
        switch, key = texts.pop("Switch", ""), texts.pop("IdempotencyKey", "")
        if texts.pop("Members", ""):
            response = await desk.members(texts, operator)
        elif switch:
            response = await desk.form({**texts, "Kind": switch}, operator)
        else:
            response = await desk.file(texts, operator, key)
            afterwards.add_task(context.workers.wake)
        remember(response, operator)
        return response

    return routes
