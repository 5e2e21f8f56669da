"""The one field that finds a person: a name, kana, a number, a 個人番号, a reference."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eligibility.documents.household import is_of_age
from intermediate_server.filing.fields import Fault, read_values
from intermediate_server.readings import REFERENCES, Read, Reader
from intermediate_server.store.reading_log import NOBODY
from intermediate_server.web.clerk import Membership, sex_word
from intermediate_server.web.lists.search_terms import LONGEST, in_words, understood
from intermediate_server.web.page_context import page_routes, problem_words, templates
from intermediate_server.web.texts import long_day, say
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import date

    from eligibility.identifiers.numbers import IndividualNumber
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import RegisterMatch
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

SHOWN = 40
"""Persons of a list of hits at most: nobody reads more, and one more word finds sooner."""
_DIGITS_OF_INDIVIDUAL_NUMBER = 12
_PERHAPS_MISTYPED = range(11, 14)
"""How many digits may be a 個人番号 that was mistyped: it is not written into an address."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A person who was found."""

    reference: str
    name: str
    name_kana: str
    born: str
    sex: str
    memberships: tuple[Membership, ...]
    before: str
    """What the name is now written otherwise than it was found by; empty where it is the same."""

    @classmethod
    def of(cls, entries: tuple[Change, ...], today: date | None) -> Hit:
        """Draw a person; of the entries the newest is the first."""
        person = entries[0].person
        memberships = sorted(
            (Membership.of(one, today) for one in entries), key=lambda one: not one.open
        )
        former = dict.fromkeys(one.person.name for one in entries if one.person.name != person.name)
        return cls(
            person.reference,
            person.name,
            person.name_kana,
            long_day(person.birthdate),
            sex_word(person.sex),
            tuple(memberships),
            "、".join(former),
        )


@dataclass(frozen=True)
class Finder:
    """Finds persons for a clerk."""

    context: PageContext

    async def open(self, text: str, reader: Reader) -> Response:
        """Lead to who is meant: a person's page, or the list of those who fit."""
        wanted = text.strip()
        if wanted.startswith(REFERENCES):
            return RedirectResponse(f"/persons/{wanted[:20]}", 303)
        number = individual_number(wanted)
        if number is not None:
            async with self.context.readings.reading(reader, Read.MATCH) as read:
                match = await self._match(number)
                read.append(match.person.reference)
            return RedirectResponse(f"/persons/{match.person.reference}", 303)
        if _digits(wanted) in _PERHAPS_MISTYPED:
            return await self.list(wanted, reader)
        return RedirectResponse(f"/persons?{httpx2.QueryParams({'Find': wanted[:LONGEST]})}", 303)

    async def list(self, text: str, reader: Reader) -> Response:
        """Show those who fit; of a single one the page."""
        terms = understood(text)
        reading, found = await asyncio.gather(
            self.context.now(), asyncio.to_thread(self.context.store.search.find, terms, SHOWN)
        )
        async with self.context.readings.reading(reader, Read.SEARCH) as read:
            read += [entries[0].person.reference for entries in found.persons]
            if text.strip() and not read:
                read.append(NOBODY)
        if len(found.persons) == 1:
            return RedirectResponse(f"/persons/{found.persons[0][0].person.reference}", 303)
        today = reading.today if reading else None
        digits = _digits(text)
        secret = digits in _PERHAPS_MISTYPED
        return await self.context.render(
            "found.html",
            "",
            reading,
            404 if text.strip() and not found.persons else 200,
            asked="" if secret else text[:LONGEST],
            understood=say("found.digits", count=digits) if secret else in_words(terms),
            nobody=_nobody(text, digits),
            by_given_name=found.by_given_name,
            hits=[Hit.of(entries, today) for entries in found.persons],
            more=found.more,
        )

    async def _match(self, number: IndividualNumber) -> RegisterMatch:
        """Return who has a number; where OQS does not answer, say how else somebody is found."""
        try:
            return await self.context.acceptance.oqs.match(number)
        except Problem as problem:
            if why := _WHY_NOT_BY_DIGITS.get(problem.entry):
                problem.japanese = _NOT_BY_DIGITS.format(why=why)
            raise

    async def name(self, text: str, reader: Reader) -> HTMLResponse:
        """Tell who has an individual number, while a procedure is being typed.

        Raises:
            Problem: UNKNOWN_PERSON, or that nobody can be matched.
        """
        number = individual_number(text)
        if number is None:
            mistake = _mistake(_digits(text)) + say("digits.check")
            page = templates().get_template("named.html").render(refusal=mistake)
            return HTMLResponse(page, Catalogue.INVALID_NUMBER.kind.status)
        async with self.context.readings.reading(reader, Read.MATCH) as read:
            match = await self._match(number)
            read.append(match.person.reference)
        person = match.person
        recorded = await asyncio.to_thread(self.context.store.search.newest, person.reference)
        reading = await self.context.now()
        return HTMLResponse(
            templates()
            .get_template("named.html")
            .render(
                name=person.name,
                name_kana=person.name_kana,
                born=long_day(person.birthdate),
                may_head=reading is not None and is_of_age(person.birthdate, reading.today),
                refusal="",
                memberships=[one for one in map(_membership, recorded) if one.open],
            )
        )


_WHY_NOT_BY_DIGITS = {
    Catalogue.SERVICE_UNREACHABLE: "オンライン資格確認等システムにつながらない",
    Catalogue.MATCHING_NOT_POSSIBLE: "住民基本台帳（J-LIS）が停止している",
}
_NOT_BY_DIGITS = (
    "{why}ため、個人番号ではいま探せません。"
    "氏名、カナ氏名、記号・番号、生年月日で探すか、しばらくしてから、もう一度探してください。"
)


def _nobody(text: str, digits: int) -> str:
    """Say why nobody may have been found, and what to do."""
    if not text.strip():
        return ""
    if digits in _PERHAPS_MISTYPED:
        nobody = say("digits.and_nobody", count=digits)
        return "".join((_mistake(digits), nobody, say("digits.check")))
    return say("found.nobody_number" if digits else "found.nobody")


def _mistake(digits: int) -> str:
    """Say what is wrong with so many digits that are no 個人番号."""
    if not digits:
        return say("digits.no_digits")
    missing = _DIGITS_OF_INDIVIDUAL_NUMBER - digits
    if not missing:
        return say("digits.mistyped")
    key = "digits.too_short" if missing > 0 else "digits.too_long"
    return say(key, count=digits, missing=abs(missing))


def _membership(entry: Change) -> Membership:
    return Membership.of(entry, None)


def _digits(text: str) -> int:
    """Count the digits of a text that has nothing but digits, blanks and hyphens in it."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "")
    return len(plain) if plain.isascii() and plain.isdigit() else 0


def individual_number(text: str) -> IndividualNumber | None:
    """Return the 個人番号 that was typed; None where it is something else."""
    if _digits(text) != _DIGITS_OF_INDIVIDUAL_NUMBER:
        return None
    faults: list[Fault] = []
    number: IndividualNumber | None = read_values({"IndividualNumber": text}, faults).get(
        "individual_number"
    )
    return number


def router(context: PageContext) -> Routes:
    """Return the routes."""
    finder = Finder(context)
    routes = page_routes()

    @routes.post("/persons", summary="Find a person by name, kana, number or 個人番号")
    async def find_person(request: Request) -> Response:
        async with request.form() as sent:
            text = str(sent.get("Find", sent.get("IndividualNumber", "")))
        return await finder.open(text, Reader.of(request.scope, request.cookies))

    @routes.get("/persons", summary="Those who fit what was typed")
    async def show_found(
        request: Request, text: Annotated[str, Query(alias="Find", max_length=LONGEST)] = ""
    ) -> Response:
        return await finder.list(text, Reader.of(request.scope, request.cookies))

    @routes.post("/persons/name", summary="Tell who has a 個人番号, while a form is filled in")
    async def show_name(request: Request) -> HTMLResponse:
        async with request.form() as sent:
            text = str(sent.get("IndividualNumber", ""))
        try:
            return await finder.name(text, Reader.of(request.scope, request.cookies))
        except Problem as problem:
            page = templates().get_template("named.html")
            refusal = problem_words(problem)
            return HTMLResponse(page.render(refusal=refusal), problem.entry.kind.status)

    return routes
