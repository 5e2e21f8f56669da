"""The form of a procedure: typed, sent, and shown again with what is wrong or what it came to."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import BackgroundTasks, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eligibility.sentence import Sentence
from intermediate_server.filing.fields import (
    BY_ELEMENT,
    Fault,
    FaultyFields,
    kind_of,
    read_procedure,
    read_values,
    with_years,
)
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.kinds import KINDS, ProcedureKind
from intermediate_server.procedures.memberships import newest
from intermediate_server.procedures.refusal import refused
from intermediate_server.procedures.use_release import application_wanted
from intermediate_server.readings import LONGEST_NAME, Read, Reader, operator_of
from intermediate_server.store.ledger import Once
from intermediate_server.web.clerk import FiledProcedure, PersonPage, RegisterEntry
from intermediate_server.web.form import KIND_OF_KEY, PERSON, REFERENCE, Form
from intermediate_server.web.lists.filed_procedures import of_today
from intermediate_server.web.on_record import (
    CHOSEN_KINDS,
    NUMBER_ELEMENTS,
    VERSION,
    OnRecord,
    Subject,
    of_child,
)
from intermediate_server.web.page_context import (
    page_routes,
    refusal_words,
    remember,
    templates,
)
from intermediate_server.web.papers.heads import wrongly_headed
from intermediate_server.web.papers.kept_back import PapersKeptBack
from intermediate_server.web.preview import PAST_DAY, PastDay, Preview
from intermediate_server.web.texts import long_day, said, say
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.request_key import KeysUnderWay, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store.ledger import Recorded
    from intermediate_server.web.page_context import PageContext
    from intermediate_server.web.texts import Told
    from wire.clock import ClockReading
    from wire.serving.access import Routes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was accepted just before."""

    filed: FiledProcedure | None = None
    warnings: tuple[Told, ...] = ()
    documents: tuple[RegisterEntry, ...] = ()
    next_of_family: str = ""
    """The way to the form for the next person of the family, where somebody has joined."""


def _next_of_family(entry: Change) -> str:
    """Return the address of the form in which stands what the family of who joined has in common.

    Of persons nothing but a reference is in it.
    """
    asked = {
        "Kind": ProcedureKind.JOIN.value,
        FAMILY: entry.person.reference,
        VERSION: str(entry.version),
        "QualificationDate": f"{entry.qualification.qualified_on:%Y%m%d}",
        "FiledOn": f"{entry.filing.filed_on:%Y%m%d}",
    }
    return f"/file?{httpx2.QueryParams(asked)}"


def _of_whom(kind: ProcedureKind | None, texts: Mapping[str, str]) -> dict[str, str]:
    """Say whether the form is about the person from whose page it came, or about their family.

    Where the 個人番号 itself is what it is about, it is about nobody whom the page knows.
    """
    kept = dict(texts)
    if kind is ProcedureKind.NEWBORN:
        if person := kept.pop(PERSON, ""):
            kept[FAMILY] = person
            kept.pop("InsuredBranchNumber", None)
    elif kept.get(FAMILY) and not (kind is ProcedureKind.JOIN and not kept.get(PERSON)):
        kept.setdefault(PERSON, kept.pop(FAMILY))
    if kind and "individual_number" in KINDS[kind].needs.required:
        kept.pop(PERSON, None)
    return kept


@dataclass(frozen=True)
class FilingDesk:
    """Where a clerk files procedures."""

    context: PageContext
    papers: PapersKeptBack
    under_way: KeysUnderWay = field(default_factory=KeysUnderWay)

    async def form(
        self,
        texts: Mapping[str, str],
        operator: str,
        *,
        faults: tuple[Fault, ...] = (),
        refusal: str = "",
        holder: PersonDetails | None = None,
        filed: tuple[str, int] | None = None,
        confirm: bool = False,
        past_day: PastDay | None = None,
        meant: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Show the form with what was typed.

        ``filed`` is what was accepted just before; with ``confirm``, what was typed is complete,
        and it is asked whether it is meant. ``past_day`` asks about a 届出日, ``meant`` is the one
        that was asked about already.
        """
        reading = await self.context.now()
        kind = kind_of(texts.get("Kind", ""))
        if kind is None and not texts.get(PERSON):
            kind = ProcedureKind.JOIN
        reader = Reader(operator, FilingChannel.PAGE)
        if kind is ProcedureKind.NUMBER_GIVEN and (child := texts.get(PERSON, "")):
            on_record = await self._about(child, reading, reader)
            texts = {**texts, **(of_child(on_record, texts) if on_record else {})}
        texts = _of_whom(kind, texts)
        receipt = await self._receipt(*filed, reading, reader) if filed else Receipt()
        about = await self._about(texts.get(PERSON) or texts.get(FAMILY, ""), reading, reader)
        if about is None:
            texts = {name: text for name, text in texts.items() if name not in {PERSON, FAMILY}}
        subject = Subject.of(kind, texts, about)
        texts = {**texts, **subject.filled}
        if subject.asked:  # first of all, what is asked for now
            faults = tuple(one for one in faults if one.element in subject.asked) or faults
        insurer = self.context.insurer(texts.get("InsurerNumber", ""))
        undoing = None
        if confirm and about is not None and subject.entry is not None:
            papers = await asyncio.to_thread(
                self.context.store.documents.of_person, about.person.reference
            )
            undoing = about.undone(subject.entry, papers)
        preview = Preview(None, fault=say("form.choose_kind"))
        if kind is not None:
            preview = Preview.of(
                self.context.acceptance.policies,
                kind,
                {**texts, "InsurerNumber": insurer},
                reading.now if reading else None,
            )
        return await self.context.render(
            "file.html",
            "/file",
            reading,
            status,
            form=Form.of(
                kind,
                texts,
                faults,
                recorded=subject.recorded,
                asked=subject.asked,
                known=subject.known,
            )
            if kind
            else Form.without_kind(),
            insurers=self.context.insurers,
            insurer=insurer,
            operator=operator,
            refusal=refusal,
            holder=holder,
            person=about.person if about else None,
            born=long_day(about.person.birthdate) if about else "",
            subject=subject,
            of_family=bool(texts.get(FAMILY)),
            next_of_family=receipt.next_of_family,
            mine=of_today(reading.today, operator) if reading else "",
            wanted=self._wanted(insurer) if kind is ProcedureKind.RELEASE_USE else (),
            undoing=undoing,
            past_day=past_day,
            meant=meant,
            hidden=[(one, text) for one in sorted(subject.known) if (text := texts.get(one))],
            key=secrets.token_urlsafe(16),
            receipt=receipt.filed,
            warnings=receipt.warnings,
            documents=receipt.documents,
            preview=preview.strip,
            lag=preview.lag,
            fault=preview.fault,
            days=preview.days,
            missing=preview.missing,
            past=None if past_day else preview.past,
        )

    def _wanted(self, insurer: str) -> list[tuple[str, str, bool]]:
        """Say what each insurer wants of who applies for a release, and whose form it is."""
        return [
            (number, said(application_wanted(policy.release_procedure)), number == insurer)
            for policy in self.context.acceptance.policies
            if (number := str(policy.insurer_number))
        ]

    async def _about(
        self, reference: str, reading: ClockReading | None, reader: Reader
    ) -> OnRecord | None:
        """Return what is on record of the person from whose page the form was opened."""
        if not reference:
            return None
        async with self.context.readings.reading(reader, Read.PERSON, reference) as read:
            tracked = await asyncio.to_thread(self.context.store.ledger.history, reference)
            if not tracked:
                read.clear()
                return None
        return OnRecord(tracked, reading.today if reading else None)

    async def _receipt(
        self, reference: str, version: int, reading: ClockReading | None, reader: Reader
    ) -> Receipt:
        store, policies = self.context.store, self.context.acceptance.policies
        async with self.context.readings.reading(reader, Read.RECEIPT, reference):
            tracked = await asyncio.to_thread(store.ledger.history, reference)
            documents = await asyncio.to_thread(store.documents.of_person, reference)
            sharing = await asyncio.to_thread(
                store.search.sharing, newest([one.change for one in tracked]).values()
            )
            today = reading.today if reading else None
            headed = await asyncio.to_thread(
                wrongly_headed, store.search, [one.change for one in tracked], today
            )
            made = [one for one in documents if one.document.occasioned_by == version]
            kept_back = await asyncio.to_thread(
                self.papers.of, [one.document for one in made], today
            )
        for one in tracked:
            if one.change.version == version:
                now = reading.now if reading else None
                filed = FiledProcedure.of(one, today)
                return Receipt(
                    filed,
                    PersonPage.of(
                        tracked, documents, policies, now, sharing=sharing, headed=headed
                    ).warnings,
                    tuple(
                        RegisterEntry.of(one, kept_back=kept_back.get(one.document.number, ()))
                        for one in made
                    ),
                    _next_of_family(one.change) if filed.joins else "",
                )
        return Receipt()

    async def file(self, texts: dict[str, str], operator: str, key: str = "") -> Response:
        """File what was typed, or show it again with what is wrong.

        ``key`` was made when the form was shown: sent twice, the procedure is filed once.
        """
        confirmed, meant = texts.pop(CONFIRMED, ""), texts.pop(PAST_DAY, "")
        kind = kind_of(texts.get("Kind", ""))
        complete = True
        try:
            if kind in CHOSEN_KINDS:
                texts, complete = await self._chosen(kind, texts, operator)
            today = await self.context.today()
            whole = with_years(texts, today)
        except Problem as problem:
            status = problem.entry.kind.status
            refusal = refusal_words(problem)
            return await self.form(texts, operator, refusal=refusal, status=status)
        if not complete:
            return await self.form(texts, operator)
        try:
            procedure = read_procedure(
                {name: text for name, text in whole.items() if name in BY_ELEMENT},
                who_is_known=bool(texts.get(PERSON)),
            )
        except FaultyFields as error:
            return await self.form(texts, operator, faults=error.faults, status=422)
        past_day = PastDay.of(procedure.filed_on, today, meant)
        confirm = kind is ProcedureKind.CANCEL and not confirmed
        if past_day or confirm:
            confirm = confirm and not past_day
            return await self.form(texts, operator, confirm=confirm, past_day=past_day, meant=meant)
        once = _once(texts, key)
        try:
            async with self.context.readings.reading(
                Reader(operator, FilingChannel.PAGE), Read.FILING
            ):
                if once is None:
                    filed = _place(await self._accept(procedure, operator, texts))
                else:
                    with self.under_way.hold(_CALLER, _ROUTE, once.request.key):
                        filed = _place(await self._accept(procedure, operator, texts, once))
        except AnsweredBefore as before:
            if once is None or before.kept.fingerprint != once.request.fingerprint:
                refusal = refusal_words(Problem(Catalogue.IDEMPOTENCY_KEY_REUSED))
                return await self.form(texts, operator, refusal=refusal, status=422)
            filed = before.kept.answer
        except Problem as problem:
            return await self.form(
                texts,
                operator,
                refusal=refusal_words(problem),
                holder=await self.context.holder(problem, operator),
                meant=meant,
                status=problem.entry.kind.status,
            )
        kept = {
            name: texts[name] for name in ("Kind", "InsurerNumber", "FiledOn") if texts.get(name)
        }
        query = httpx2.QueryParams({**kept, "Filed": filed})
        return RedirectResponse(f"/file?{query}", 303)

    async def _chosen(
        self, kind: ProcedureKind, texts: dict[str, str], operator: str
    ) -> tuple[dict[str, str], bool]:
        """Return what was typed with the person and the membership that it is about.

        It is not complete while the clerk has not chosen what is corrected or cancelled.

        Raises:
            Problem: UNKNOWN_PERSON, or that nobody can be matched.
        """
        reader = Reader(operator, FilingChannel.PAGE)
        number = read_values({"IndividualNumber": texts.get("IndividualNumber", "")}, []).get(
            "individual_number"
        )
        if not texts.get(PERSON) and number is not None:
            async with self.context.readings.reading(reader, Read.MATCH) as read:
                match = await self.context.acceptance.oqs.match(number)
                read.append(match.person.reference)
            texts = {**texts, PERSON: match.person.reference}
            del texts["IndividualNumber"]
        if not texts.get(PERSON):
            return texts, True  # what is missing is said as in any form
        about = await self._about(texts[PERSON], await self.context.now(), reader)
        if about is None:
            raise refused(NOTHING_RECORDED)
        subject = Subject.of(kind, texts, about)
        filled = {**texts, **subject.filled}
        if kind is ProcedureKind.CANCEL:
            filled.pop(VERSION, None)
        return filled, not subject.choice

    async def _accept(
        self,
        procedure: Procedure,
        operator: str,
        texts: Mapping[str, str],
        once: Once | None = None,
    ) -> Recorded:
        source = Source(operator, FilingChannel.PAGE)
        known = texts.get(PERSON) or None
        return await self.context.acceptance.accept(procedure, source, once, known)


NOTHING_RECORDED = Sentence(
    "この人の届出は記録されていません。個人番号を確かめてください。",
    "Nothing is recorded of this person; check the 個人番号.",
)
CONFIRMED = "Confirmed"
"""What a form sends that asks no more."""
FAMILY = "Family"
"""The field that is not shown: somebody of the family of who joins or is born."""
_CALLER = "page"
_ROUTE = "/file"


def _once(texts: Mapping[str, str], sent: str) -> Once | None:
    """Return how what was typed is filed once; a form without a key has none.

    Raises:
        Problem: INVALID_REQUEST.
    """
    key = read_key(sent or None)
    if key is None:
        return None
    filled = {name: text for name, text in texts.items() if text and name in {*BY_ELEMENT, PERSON}}
    request = IdempotentRequest(_CALLER, _ROUTE, key.digest, key.fingerprint(filled))
    return Once(request, 303, lambda recorded: _place(recorded[0]))


def _filed(text: str) -> tuple[str, int] | None:
    """Read what was accepted just before."""
    reference, _, version = text[:40].partition(":")
    return (reference, int(version)) if version.isascii() and version.isdigit() else None


def _drop_unreadable_references(texts: dict[str, str]) -> None:
    for name in (PERSON, FAMILY):
        if not REFERENCE.fullmatch(texts.get(name, "")):
            texts.pop(name, None)


_KEYS = {"", *KIND_OF_KEY}


def _shown_again(texts: dict[str, str], digits: str) -> dict[str, str] | None:
    """Return what the form is shown with that is not to be filed yet; None where it is.

    Another kind was chosen, by its button or its two digits, or what is to be corrected.
    """
    switch, chosen = texts.pop("Switch", None), texts.pop("Choose", None)
    if digits:
        switch = KIND_OF_KEY.get(digits, texts.get("Kind", ""))
    if switch is not None:
        return {**texts, "Kind": switch}
    if chosen is not None:
        number = {} if chosen else dict.fromkeys(NUMBER_ELEMENTS, "")
        return {**texts, **number, VERSION: chosen}
    return None


def _place(recorded: Recorded) -> str:
    entry = recorded.entries[0]
    return f"{entry.person.reference}:{entry.version}"


def router(context: PageContext, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = FilingDesk(context, PapersKeptBack(context.store, posting))
    routes = page_routes()

    @routes.get("/file", summary="The form for a procedure")
    async def show_form(
        request: Request, filed: Annotated[str, Query(alias="Filed", max_length=40)] = ""
    ) -> HTMLResponse:
        texts = {
            name: text
            for name, text in request.query_params.items()
            if name in {*BY_ELEMENT, PERSON, FAMILY}
        }
        texts.pop("IndividualNumber", None)  # never from an address
        _drop_unreadable_references(texts)
        return await desk.form(texts, operator_of(request.cookies), filed=_filed(filed))

    @routes.get("/file/preview", summary="From when a procedure of this kind would be seen")
    async def show_preview(request: Request) -> HTMLResponse:
        reading = await context.now()
        kind = kind_of(request.query_params.get("Kind", "")) or ProcedureKind.JOIN
        preview = Preview.of(
            context.acceptance.policies,
            kind,
            request.query_params,
            reading.now if reading else None,
        )
        page = templates().get_template("preview.html")
        return HTMLResponse(
            page.render(
                preview=preview.strip,
                lag=preview.lag,
                fault=preview.fault,
                days=preview.days,
                missing=preview.missing,
                past=preview.past,
            )
        )

    @routes.post("/file", summary="File a procedure from the form, or change its kind")
    async def file(request: Request, afterwards: BackgroundTasks) -> Response:
        async with request.form() as sent:
            texts = {name: text for name, text in sent.items() if isinstance(text, str)}
        operator = texts.pop("Operator", operator_of(request.cookies))[:LONGEST_NAME].strip()
        _drop_unreadable_references(texts)
        key = texts.pop("IdempotencyKey", "")
        digits = unicodedata.normalize("NFKC", texts.pop("KindKey", "")).strip()
        shown = _shown_again(texts, digits)
        if shown is not None:
            unknown = say("form.no_such_key", digits=digits[:2]) if digits not in _KEYS else ""
            filed = _filed(request.query_params.get("Filed", ""))
            response: Response = await desk.form(
                shown, operator, filed=filed, refusal=unknown, status=422 if unknown else 200
            )
        else:
            response = await desk.file(texts, operator, key)
            afterwards.add_task(context.workers.wake)
        remember(response, operator)
        return response

    return routes
