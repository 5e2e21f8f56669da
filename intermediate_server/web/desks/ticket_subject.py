"""Whom a discrepancy is about, found on record by what was told; and what is filed next (R-098)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import httpx2

from eligibility.reception.discrepancy import DiscrepancyKind
from intermediate_server.counter.ticket import Finding
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.web.clerk import sex_word
from intermediate_server.web.form import PERSON
from intermediate_server.web.lists.search_terms import understood
from intermediate_server.web.on_record import NUMBER_ELEMENTS, VERSION
from intermediate_server.web.texts import long_day, say, word

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.counter.ticket import FiledTicket
    from intermediate_server.procedures.change import Change
    from intermediate_server.store.finding.person_search import PersonSearch

_PROCEDURE = {
    DiscrepancyKind.RATIO: ProcedureKind.RATIO,
    DiscrepancyKind.LIMIT: ProcedureKind.LIMIT,
    DiscrepancyKind.NAME: ProcedureKind.NAME,
    DiscrepancyKind.BIRTHDATE: ProcedureKind.CORRECT,
    DiscrepancyKind.NUMBER: ProcedureKind.RENUMBER,
}
"""What corrects the record; whose record it is has to be found out first."""
_CORRECTED_AFTER_LOSS = frozenset({DiscrepancyKind.RATIO, DiscrepancyKind.BIRTHDATE})
_CORRECTS_RECORD = frozenset({Finding.PAPER_RIGHT, Finding.NEITHER})
_REPLACES_PAPER = frozenset({Finding.CHECK_RIGHT, Finding.NEITHER})
_SEVERAL = 20
"""Persons of one name and birthdate who are looked at."""


class NextStep(NamedTuple):
    """What follows an answer."""

    href: str
    word: str


def next_steps(filed: FiledTicket, *, lost: bool = False) -> list[NextStep]:
    """Return what the clerk does after the answer; nothing where nothing differs.

    Where the membership is ``lost``, no paper is made anew.
    """
    if filed.answer is None:
        return []
    where = f"/discrepancies/desk/{filed.key}"
    found = []
    kind = _procedure(filed, lost=lost)
    if filed.answer.finding in _CORRECTS_RECORD and kind is not None:
        name = word("kind", kind, kind.japanese)
        found.append(NextStep(f"{where}/next", say("discrepancy.file_next", kind=name)))
    elif filed.answer.finding in _CORRECTS_RECORD and filed.ticket.kind not in _PROCEDURE:
        found.append(NextStep(f"{where}/person", say("discrepancy.person_next")))
    if filed.answer.finding in _REPLACES_PAPER and not lost:
        found.append(NextStep(f"{where}/person", say("discrepancy.paper_next")))
    return found


def _procedure(filed: FiledTicket, *, lost: bool) -> ProcedureKind | None:
    """Return what corrects the record; None where nothing does.

    The share of a membership that is lost can only be corrected, and its limit cannot be filed.
    """
    kind = _PROCEDURE.get(filed.ticket.kind)
    if kind is None or not lost:
        return kind
    return ProcedureKind.CORRECT if filed.ticket.kind in _CORRECTED_AFTER_LOSS else None


@dataclass(frozen=True, slots=True)
class TicketSubject:
    """The person on record, with the newest entry of each membership; nobody while not found."""

    entries: tuple[Change, ...] = ()

    @classmethod
    def of(cls, filed: FiledTicket, search: PersonSearch) -> TicketSubject:
        """Find who has the name and the birthdate; of several, or of none, by the number."""
        one = filed.ticket
        assert one.birthdate is not None
        named = search.find(understood(f"{one.name} {one.birthdate:%Y%m%d}"), _SEVERAL).persons
        numbered = [
            person
            for person in search.find(understood(one.insured_number), _SEVERAL).persons
            if person[0].person.birthdate == one.birthdate
        ]
        by_number = {person[0].person.reference for person in numbered}
        if len(named) > 1:
            named = tuple(one for one in named if one[0].person.reference in by_number)
        found = named or numbered
        return cls(found[0]) if len(found) == 1 else cls()

    @property
    def reference(self) -> str:
        """The person's reference; empty while nobody was found."""
        return self.entries[0].person.reference if self.entries else ""

    def membership(self, insurer_number: str) -> Change | None:
        """Return the membership at an insurer that goes on, or else the newest one there."""
        own = [one for one in self.entries if one.qualification.insurer_number == insurer_number]
        going_on = [one for one in own if one.qualification.disqualified_on is None]
        return next(iter(going_on or own), None)

    def lost_on(self, insurer_number: str, today: date) -> date | None:
        """Return when the membership at an insurer was lost; None where it goes on today."""
        entry = self.membership(insurer_number)
        one = entry.qualification if entry else None
        return one.disqualified_on if one and one.lost(today) else None

    def next_form(self, filed: FiledTicket, today: date) -> str:
        """Return the address of the form that corrects the record, with what is known.

        That is the person's page where no procedure corrects it.
        """
        entry = self.membership(filed.insurer_number)
        lost = self.lost_on(filed.insurer_number, today) is not None
        kind = _procedure(filed, lost=lost)
        if kind is None:
            return f"/persons/{self.reference}"
        texts = {"Kind": kind.value, "InsurerNumber": filed.insurer_number}
        if kind is ProcedureKind.CORRECT and entry is not None:
            texts[VERSION] = str(entry.version)
        if self.reference:
            texts[PERSON] = self.reference
        if entry is not None:
            texts |= dict(zip(NUMBER_ELEMENTS, entry.number, strict=True))
        return f"/file?{httpx2.QueryParams(texts)}"


def ticket_texts(entry: Change) -> dict[str, str]:
    """Return what is on record of who tells a discrepancy, by the elements of the ticket."""
    person, one = entry.person, entry.qualification
    return {
        "InsurerNumber": one.insurer_number,
        "Name": person.name,
        "Birthdate": person.birthdate.isoformat(),
        "Sex1": person.sex.value,
        "Address": person.address,
        "InsuredNumber": " ".join(filter(None, (one.symbol, one.number, one.branch))),
    }


class Candidate(NamedTuple):
    """Somebody who fits what was searched."""

    reference: str
    name: str
    said: str

    @classmethod
    def of(cls, entry: Change) -> Candidate:
        """Draw them."""
        person = entry.person
        number = ticket_texts(entry)["InsuredNumber"]
        born = say("person.born", day=long_day(person.birthdate))
        said = f"{person.name_kana}　{born}　{sex_word(person.sex)}　{number}"
        return cls(person.reference, person.name, said)
