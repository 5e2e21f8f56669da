"""A person's page: from each procedure to the day of visibility, and the documents."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eligibility.documents import Occasion
from intermediate_server.counter.noting import check_event
from intermediate_server.documents.document import EventKind
from intermediate_server.procedures.memberships import newest
from intermediate_server.readings import Read, Reader
from intermediate_server.web.clerk import Membership, PersonPage, classification_word
from intermediate_server.web.form import GROUPS
from intermediate_server.web.page_context import page_routes, refusal_words
from intermediate_server.web.papers.heads import wrongly_headed
from intermediate_server.web.papers.kept_back import PapersKeptBack
from intermediate_server.web.texts import long_day, say, word
from wire.catalogue import Catalogue, Problem
from wire.vocabulary import texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.document_issuance import DocumentIssuance
    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

_OCCASIONS = (
    (Occasion.CERTIFICATE_LOST, "資格確認書の紛失"),
    (Occasion.NOTICE_LOST, "お知らせの紛失"),
    (Occasion.CANNOT_LOG_IN, "ポータルにログインできない"),
    (Occasion.OLD_CARD_LOST, "従来の保険証の紛失"),
    (Occasion.CERTIFICATE_GIVEN_BACK, "資格確認書の返却"),
    (Occasion.CARD_LOST, "カードの紛失"),
    (Occasion.CARD_RENEWING, "カードの更新中"),
    (Occasion.CARD_RETURNED, "カードの返納"),
    (Occasion.SUPPORT_NEEDED, "要配慮者"),
    (Occasion.SPARE, "念のため"),
    (Occasion.FEAR_OF_LOSS, "カードを持ち歩きたくない"),
    (Occasion.LIMIT_CERTIFICATE, "限度額適用認定証の申請"),
    (Occasion.ELECTRONIC_CERTIFICATE_ENDS, "電子証明書の有効期限のお知らせ"),
)
"""What a person may ask for at the counter."""
CARD_SECONDS = 0.5
"""How long a person's page waits for OQS to say how the card stands."""
Reference = Annotated[texts.Reference, Path()]


class Refused(NamedTuple):
    """What could not be noted of a document, as it was typed."""

    number: int
    event: str
    note: str
    why: str


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """Somebody who shares 記号 and 番号."""

    reference: str
    name: str
    name_kana: str
    born: str
    classification: str
    membership: Membership

    @classmethod
    def of(cls, entry: Change, today: date | None) -> FamilyMember:
        """Draw them."""
        return cls(
            entry.person.reference,
            entry.person.name,
            entry.person.name_kana,
            long_day(entry.person.birthdate),
            classification_word(entry.classification),
            Membership.of(entry, today),
        )


@dataclass(frozen=True)
class PersonDesk:
    """Where a clerk looks at a person."""

    context: PageContext
    issuance: DocumentIssuance
    papers: PapersKeptBack

    async def person(
        self,
        reference: str,
        reader: Reader,
        said: str = "",
        said_why: str = "",
        *,
        refused: Refused | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Show a person.

        Raises:
            Problem: NOT_FOUND.
        """
        reading = await self.context.now()
        async with self.context.readings.reading(reader, Read.PERSON, reference) as read:
            tracked, documents = await asyncio.gather(
                asyncio.to_thread(self.context.store.ledger.history, reference),
                asyncio.to_thread(self.context.store.documents.of_person, reference),
            )
            if not tracked:
                raise Problem(Catalogue.NOT_FOUND, "Nothing is recorded of this person.")
            sharing = await asyncio.to_thread(
                self.context.store.search.sharing,
                newest([one.change for one in tracked]).values(),
            )
            family = await asyncio.to_thread(
                self._family, [one.change for one in tracked], reading.today if reading else None
            )
            read += [one.reference for one in family]
            headed = await asyncio.to_thread(
                wrongly_headed,
                self.context.store.search,
                [one.change for one in tracked],
                reading.today if reading else None,
            )
            read += [one.person.reference for one in headed]
            kept_back = await asyncio.to_thread(
                self.papers.of,
                [one.document for one in documents],
                reading.today if reading else None,
            )
        now = reading.now if reading else None
        card = await self._card(reference)
        policies = self.context.acceptance.policies
        shown = PersonPage.of(tracked, documents, policies, now, card, sharing, kept_back, headed)
        return await self.context.render(
            "person.html",
            "",
            reading,
            status,
            refused=refused,
            person=shown,
            family=family,
            kinds=[
                (one.value, word("kind", one, one.japanese)) for group in GROUPS for one in group[1]
            ],
            occasions=[
                (occasion.value, word("occasion", occasion, japanese))
                for occasion, japanese in _OCCASIONS
            ],
            said=said,
            said_why=said_why,
        )

    def _family(self, history: Sequence[Change], today: date | None) -> list[FamilyMember]:
        """Return who shares 記号 and 番号 with what the person has now."""
        person = history[-1].person.reference
        found: dict[str, FamilyMember] = {}
        for insurer, symbol, number in {
            entry.number[:3]: None
            for entry in newest(history).values()
            if entry.qualification.disqualified_on is None
        }:
            for one in self.context.store.search.family(insurer, symbol, number, today):
                if one.person.reference != person:
                    found[one.person.reference] = FamilyMember.of(one, today)
        return list(found.values())

    async def _card(self, reference: str) -> CardStanding | None:
        """Return how the person's card stands; None where OQS does not answer."""
        try:
            async with asyncio.timeout(CARD_SECONDS):
                (card,) = await self.context.acceptance.oqs.cards([reference])
        except (Problem, TimeoutError):
            return None
        return card

    async def apply(
        self, reference: str, membership: int, occasion: Occasion, reader: Reader
    ) -> HTMLResponse:
        """Decide on a document that a person asks for, and show the person."""
        async with self.context.readings.reading(reader, Read.APPLICATION, reference):
            tracked = await asyncio.to_thread(self.context.store.ledger.history, reference)
            numbers = list(newest([one.change for one in tracked]))
            if not 0 <= membership < len(numbers):
                raise Problem(Catalogue.NOT_FOUND)
            made = await self.issuance.apply(reference, numbers[membership], occasion)
        title = say("person.none_issued")
        if made.kind:
            title = say("person.issued", kind=word("document", made.kind, made.kind.japanese))
        return await self.person(reference, reader, title, made.reason)

    async def note(
        self, reference: str, number: int, event: str, text: str, reader: Reader
    ) -> Response:
        """Note what became of a document, or show the person with why that cannot be.

        Raises:
            Problem: NOT_PRINTED.
        """
        store = self.context.store
        async with self.context.readings.reading(reader, Read.DOCUMENT, reference):
            papers = await asyncio.to_thread(store.documents.of_person, reference)
            found = next((one for one in papers if one.document.number == number), None)
            if found is None or found.document.kind is None or event not in set(EventKind):
                raise Problem(Catalogue.NOT_PRINTED)
        kind = EventKind(event)
        try:
            today = (await self.context.acceptance.read_clock()).today
            await asyncio.to_thread(
                store.documents.note,
                reference,
                number,
                kind,
                today,
                text,
                check=partial(check_event, event=kind, on=today, today=today, note=text),
            )
        except Problem as problem:
            refused = Refused(number, event, text, refusal_words(problem))
            status = problem.entry.kind.status
            return await self.person(reference, reader, refused=refused, status=status)
        return RedirectResponse(f"/persons/{reference}#papers", 303)


def router(context: PageContext, issuance: DocumentIssuance, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = PersonDesk(context, issuance, PapersKeptBack(context.store, posting))
    routes = page_routes()

    @routes.get("/persons/{person_reference}", summary="A person's page")
    async def show_person(person_reference: Reference, request: Request) -> HTMLResponse:
        return await desk.person(person_reference, Reader.of(request.scope, request.cookies))

    @routes.post("/persons/{person_reference}/documents", summary="Decide on a document asked for")
    async def apply(person_reference: Reference, request: Request) -> Response:
        async with request.form() as sent:
            membership, occasion = str(sent.get("Membership", "")), str(sent.get("Occasion", ""))
        if not occasion:
            reader = Reader.of(request.scope, request.cookies)
            return await desk.person(person_reference, reader, say("person.no_occasion"))
        if not (
            membership.isascii() and membership.isdigit() and len(membership) < 4
        ) or occasion not in set(Occasion):
            raise Problem(Catalogue.INVALID_REQUEST)
        return await desk.apply(
            person_reference,
            int(membership),
            Occasion(occasion),
            Reader.of(request.scope, request.cookies),
        )

    @routes.get(
        "/persons/{person_reference}/documents/{number}",
        summary="Open a document's PDF, or a page that says why it cannot be printed",
    )
    async def open_document(
        person_reference: Reference,
        number: Annotated[int, Path(ge=1, le=999_999)],
        request: Request,
    ) -> Response:
        today = await issuance.today()

        def find() -> str:
            found = context.store.documents.find(person_reference, number, today)
            if found is None or (path := found[0].pdf_path) is None:
                raise Problem(Catalogue.NOT_PRINTED)
            posting.check(*found)
            return path

        asked = context.readings.reading(
            Reader.of(request.scope, request.cookies), Read.DOCUMENT, person_reference
        )
        async with asked:
            path = await asyncio.to_thread(find)
        return RedirectResponse(path, 303)

    @routes.post(
        "/persons/{person_reference}/documents/{number}",
        summary="Note what became of a document",
    )
    async def note(
        person_reference: Reference,
        number: Annotated[int, Path(ge=1, le=999_999)],
        request: Request,
    ) -> Response:
        async with request.form() as sent:
            event, text = str(sent.get("Event", "")), str(sent.get("Note", ""))[:100]
        reader = Reader.of(request.scope, request.cookies)
        return await desk.note(person_reference, number, event, text, reader)

    return routes
