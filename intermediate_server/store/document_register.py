"""The register of documents (交付簿), and every statement about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from eligibility.documents import Delivery, DocumentKind, Occasion
from intermediate_server.documents.document import (
    ISSUED,
    NOT_ISSUED,
    Document,
    DocumentEvent,
    EventKind,
    PaperWork,
    RegisteredDocument,
)
from intermediate_server.documents.replacing import found_again, replaced
from intermediate_server.store.row_keys import is_person, person_key
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, document, document_event
from storage import bucket_of, lock_buckets, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine, Row

    from intermediate_server.procedures.change import Change

_DOCUMENTS_OF_PERSON = (
    select(document).where(is_person(document)).order_by(document.c.document_number)
)
"""What was decided about a person's documents, in order of number."""
_EVENTS_OF_PERSON = (
    select(document_event).where(is_person(document_event)).order_by(document_event.c.event_number)
)
"""What became of a person's documents, in order of time."""
_RECENT = select(document).order_by(document.c.recorded_at.desc()).limit(bindparam("at_most"))
"""The decisions that were recorded last, the newest first."""
_RECENT_OF_INSURER = _RECENT.where(document.c.insurer_number == bindparam("of_insurer"))
"""The same of one insurer."""
_DOCUMENT = select(document).where(
    is_person(document), document.c.document_number == bindparam("of_number")
)
"""One document."""
_HISTORY = select(change).where(is_person(change)).order_by(change.c.version)
"""A person's entries, in order of version."""
_LAST_SENT = (
    select(document_event)
    .where(
        is_person(document_event),
        document_event.c.document_number == bindparam("of_number"),
        document_event.c.event.in_([EventKind.SENT.value, EventKind.HANDED_OVER.value]),
    )
    .order_by(document_event.c.event_number.desc())
)
"""When a document was sent or handed over, the last time first."""
HISTORIES = (
    select(change)
    .where(
        change.c.bucket == bindparam("of_bucket"),
        change.c.person_reference.in_(bindparam("of_persons", expanding=True)),
    )
    .order_by(change.c.person_reference, change.c.version)
)
"""All entries of some persons of one bucket, each person's in order of version."""
_DOCUMENTS = (
    select(document)
    .where(
        document.c.bucket == bindparam("of_bucket"),
        document.c.person_reference.in_(bindparam("of_persons", expanding=True)),
    )
    .order_by(document.c.person_reference, document.c.document_number)
)
"""All decisions about some persons of one bucket, each person's in order of number."""
_SET_STATE = (
    update(document)
    .where(is_person(document), document.c.document_number == bindparam("of_number"))
    .values(state=bindparam("now"), state_on=bindparam("now_on"))
)
"""Have a document be in a state."""
_LAST_EVENT = select(func.max(document_event.c.event_number)).where(
    is_person(document_event), document_event.c.document_number == bindparam("of_number")
)
"""How many events a document has."""


def with_head(entry: Change, history: Iterable[Change]) -> Change:
    """Return an entry as papers print it: with a head that was reported only later (R-056)."""
    if entry.householder:
        return entry
    later = (
        one.householder
        for one in history
        if one.version > entry.version and one.number == entry.number and one.householder
    )
    return replace(entry, householder=next(later, ""))


def going_to(entry: Change, post_number: str, address: str) -> Change:
    """Return what a paper prints, with the address to which it goes."""
    return replace(entry, person=replace(entry.person, post_number=post_number, address=address))


@dataclass(frozen=True)
class DocumentRegister:
    """All documents that were decided on."""

    engine: Engine

    def of_person(self, person_reference: str) -> tuple[RegisteredDocument, ...]:
        """Return a person's documents, in order of their number."""
        with reading(self.engine) as connection:
            return _registered(connection, person_reference)

    def recent(self, limit: int, insurer_number: str | None = None) -> tuple[Document, ...]:
        """Return the decisions that were recorded last, the newest first."""
        query, asked = _RECENT, dict[str, Any](at_most=limit)
        if insurer_number is not None:
            query, asked = _RECENT_OF_INSURER, {**asked, "of_insurer": insurer_number}
        with reading(self.engine) as connection:
            return tuple(map(document_of, connection.execute(query, asked)))

    def find(
        self, person_reference: str, number: int, today: date | None
    ) -> tuple[Document, Change] | None:
        """Return a document, and the entry of the ledger that it prints.

        The address is the one to which it goes: where the person lives today, or lived when it was
        sent; of a paper whose day lies ahead, where they live by then. Where nobody knows what day
        it is, it is that of the entry.
        """
        key = person_key(person_reference)
        with reading(self.engine) as connection:
            row = connection.execute(_DOCUMENT, {**key, "of_number": number}).one_or_none()
            if row is None:
                return None
            sent = connection.execute(_LAST_SENT, {**key, "of_number": number}).first()
            known = connection.execute(_HISTORY, key).all()
        history = list(map(change_of, known))
        (based_on,) = (one for one in history if one.version == row.based_on_version)
        printed = with_head(based_on, history)
        if row.state == ISSUED or sent is None:
            on, until = today, None
        else:
            on, until = sent.happened_on, sent.recorded_at
        if on is not None:
            on = max(on, row.issued_on or on)
            here = [
                one
                for one in known
                if one.insurer_number == row.insurer_number
                and (one.shown_on is None or one.shown_on <= on)
                and (until is None or one.recorded_at <= until)
            ]
            if here:
                printed = going_to(printed, here[-1].post_number, here[-1].address)
        return document_of(row), printed

    def issue(
        self,
        bucket: int,
        person_references: Sequence[str],
        decide: Callable[[str, tuple[Change, ...], tuple[Document, ...]], Iterable[Document]],
    ) -> tuple[Document, ...]:
        """Add what ``decide`` makes of the histories and documents of persons of one bucket.

        All in one transaction: what ``decide`` raises leaves everything as it was.
        """
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket})
            states = states_of(connection, [(bucket, one) for one in person_references])
            made = {one: tuple(decide(one, *state)) for one, state in states.items()}
            issued = tuple(chain.from_iterable(made.values()))
            add_documents(connection, issued, wall_clock())
            for one, (history, documents) in states.items():
                add_events(connection, one, replaced(history, documents, made[one]))
        return issued

    def note(
        self,
        person_reference: str,
        number: int,
        event: EventKind,
        on: date,
        note: str = "",
        *,
        check: Callable[[RegisteredDocument], None] | None = None,
    ) -> DocumentEvent:
        """Write down what became of a document.

        ``check`` raises what speaks against it; until it is written nobody else notes anything of
        the person's documents.
        """
        made = DocumentEvent(number, event, on, note)
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket_of(person_reference)})
            known = _registered(connection, person_reference)
            (found,) = (one for one in known if one.document.number == number)
            if check is not None:
                check(found)
            events = [made]
            if event is EventKind.FOUND:
                events += found_again([one.document for one in known], found.document, on)
            add_events(connection, person_reference, events)
        return made


def _registered(connection: Connection, person_reference: str) -> tuple[RegisteredDocument, ...]:
    found = documents_of(connection, person_reference)
    events = [
        _event(row) for row in connection.execute(_EVENTS_OF_PERSON, person_key(person_reference))
    ]
    return tuple(
        RegisteredDocument(one, tuple(event for event in events if event.number == one.number))
        for one in found
    )


def states_of(
    connection: Connection, persons: Iterable[tuple[int, str]]
) -> dict[str, tuple[tuple[Change, ...], tuple[Document, ...]]]:
    """Return the entries and the documents of some persons, who are given with their buckets."""
    histories: dict[str, list[Change]] = {}
    documents: dict[str, list[Document]] = {}
    for bucket, some in groupby(sorted(persons), itemgetter(0)):
        references = [reference for _, reference in some]
        asked = {"of_bucket": bucket, "of_persons": references}
        histories |= {reference: [] for reference in references}
        documents |= {reference: [] for reference in references}
        for row in connection.execute(HISTORIES, asked).all():
            histories[row.person_reference].append(change_of(row))
        for row in connection.execute(_DOCUMENTS, asked).all():
            documents[row.person_reference].append(document_of(row))
    return {
        reference: (tuple(entries), tuple(documents[reference]))
        for reference, entries in histories.items()
    }


def documents_of(connection: Connection, person_reference: str) -> tuple[Document, ...]:
    """Return what was decided about a person's documents, in order of their number."""
    rows = connection.execute(_DOCUMENTS_OF_PERSON, person_key(person_reference))
    return tuple(map(document_of, rows))


def add_documents(
    connection: Connection, documents: Sequence[Document], recorded_at: datetime
) -> None:
    """Write down decisions."""
    if documents:
        connection.execute(insert(document), [_row(one, recorded_at) for one in documents])


def add_paper_work(
    connection: Connection,
    history: Sequence[Change],
    documents: Sequence[Document],
    work: PaperWork,
    recorded_at: datetime,
) -> None:
    """Write down what a procedure comes to in the register, beside a person's ``documents``."""
    add_documents(connection, work.issued, recorded_at)
    reference = history[-1].person.reference
    add_events(connection, reference, work.events)
    known = {event.number for event in work.events}
    events = replaced(history, documents, work.issued)
    add_events(connection, reference, [one for one in events if one.number not in known])


def rules_text(rules: Iterable[str]) -> str:
    """Return rules as their column has them."""
    return " ".join(rules)


def add_events(
    connection: Connection, person_reference: str, events: Iterable[DocumentEvent]
) -> None:
    """Write down what became of a person's documents."""
    for one in events:
        asked = {**person_key(person_reference), "of_number": one.number}
        last = connection.scalar(_LAST_EVENT, asked)
        connection.execute(
            insert(document_event), _event_row(person_reference, (last or 0) + 1, one)
        )
        now_on = None if one.event.state == ISSUED else one.on
        connection.execute(_SET_STATE, {**asked, "now": one.event.state, "now_on": now_on})


def _row(one: Document, recorded_at: datetime) -> dict[str, Any]:
    return {
        "bucket": bucket_of(one.person_reference),
        "person_reference": one.person_reference,
        "document_number": one.number,
        "based_on_version": one.based_on,
        "occasion_version": one.occasioned_by,
        "insurer_number": one.insurer_number,
        "occasion": one.occasion.value,
        "kind": one.kind.value if one.kind else None,
        "reason": one.reason,
        "rules": rules_text(one.rules),
        "decided_on": one.decided_on,
        "issued_on": one.issued_on,
        "expires_on": one.expires_on,
        "ratio_from": one.ratio_from,
        "renewed": one.renewed,
        "succeeds": one.succeeds,
        "delivery": one.delivery.value if one.delivery else None,
        "last_four": one.last_four,
        "state": ISSUED if one.kind else NOT_ISSUED,
        "recorded_at": recorded_at,
    }


def _event_row(reference: str, event_number: int, one: DocumentEvent) -> dict[str, Any]:
    return {
        "bucket": bucket_of(reference),
        "person_reference": reference,
        "document_number": one.number,
        "event_number": event_number,
        "event": one.event.value,
        "happened_on": one.on,
        "note": one.note,
        "recorded_at": wall_clock(),
    }


def document_of(row: Row[Any]) -> Document:
    """Return the document that a row holds which has the columns of ``document``."""
    return Document(
        person_reference=row.person_reference,
        number=row.document_number,
        based_on=row.based_on_version,
        insurer_number=row.insurer_number,
        occasion=Occasion(row.occasion),
        kind=DocumentKind(row.kind) if row.kind else None,
        reason=row.reason,
        rules=tuple(row.rules.split()),
        decided_on=row.decided_on,
        occasioned_by=row.occasion_version,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        ratio_from=row.ratio_from,
        renewed=row.renewed,
        succeeds=row.succeeds,
        delivery=Delivery(row.delivery) if row.delivery else None,
        last_four=row.last_four,
        state=row.state,
    )


def _event(row: Row[Any]) -> DocumentEvent:
    return DocumentEvent(row.document_number, EventKind(row.event), row.happened_on, row.note)
