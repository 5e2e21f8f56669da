"""The register of documents (交付簿), and every statement about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, tuple_

from eligibility.documents import Delivery, DocumentKind, Occasion
from eligibility.qualification import ReasonOfLoss
from intermediate_server.documents.document import (
    Document,
    DocumentEvent,
    EventKind,
    RegisteredDocument,
)
from intermediate_server.documents.selection import POSTING_ORDER
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.store.row_keys import is_person, person_key, same_person
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, document, document_event
from storage import bucket_of, lock_buckets, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row

    from intermediate_server.documents.selection import Selection
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.history import Number

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
_ENTRY = select(change).where(is_person(change), change.c.version == bindparam("of_version"))
"""The entry of the ledger that a document rests on."""
_HISTORIES = (
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
_LAST_EVENT = select(func.max(document_event.c.event_number)).where(
    is_person(document_event), document_event.c.document_number == bindparam("of_number")
)
"""How many events a document has."""

_WENT_OUT = (EventKind.SENT.value, EventKind.HANDED_OVER.value)
_based_on, _last, _later = change.alias("based_on"), change.alias("last"), change.alias("later")


def _same_membership(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(
        same_person(one, other),
        *(
            one.c[name] == other.c[name]
            for name in (
                "insurer_number",
                "insured_card_symbol",
                "insured_identification_number",
                "insured_branch_number",
            )
        ),
    )


_OVER = exists().where(
    same_person(_based_on, document),
    _based_on.c.version == document.c.based_on_version,
    _same_membership(_last, _based_on),
    ~exists().where(_same_membership(_later, _last), _later.c.version > _last.c.version),
    # A child's paper stays true when the child gets its 個人番号; under an old number, until then.
    _last.c.kind != ProcedureKind.NUMBER_GIVEN.value,
    or_(
        _last.c.kind != ProcedureKind.RENUMBER.value,
        _last.c.shown_on.is_(None),
        _last.c.shown_on <= document.c.issued_on,
    ),
    or_(
        _last.c.reason_of_loss == ReasonOfLoss.DEATH.value,
        _last.c.disqualification_date == _last.c.qualification_date,
        _last.c.disqualification_date <= document.c.issued_on,
    ),
)
"""Whether the membership of a document ended by death, never was, or had ended by its day."""
_SELECTED = and_(
    document.c.insurer_number == bindparam("of_insurer"),
    document.c.decided_on.between(bindparam("first"), bindparam("last")),
    document.c.kind.in_(bindparam("of_kinds", expanding=True)),
    document.c.delivery.in_(bindparam("by_ways", expanding=True)),
    document.c.recorded_at <= bindparam("recorded_until"),
    ~_OVER,
)
"""The condition for what goes out together."""
_GONE = select(func.count()).where(
    is_person(document_event),
    document_event.c.document_number == bindparam("of_number"),
    document_event.c.event.in_(_WENT_OUT),
)
"""How often a document was sent or handed over."""
_UNSENT = ~exists().where(
    same_person(document_event, document),
    document_event.c.document_number == document.c.document_number,
    document_event.c.event.in_(_WENT_OUT),
)
"""The condition for what has neither been sent nor handed over."""
_BY_WAY = case(
    {way.value: place for place, way in enumerate(POSTING_ORDER)}, value=document.c.delivery
)
_IN_POSTING_ORDER = (
    select(document)
    .join(
        change,
        and_(same_person(document, change), change.c.version == document.c.based_on_version),
    )
    .where(_SELECTED)
    .order_by(
        _BY_WAY,
        change.c.post_number,
        change.c.address,
        document.c.person_reference,
        document.c.document_number,
    )
    .limit(bindparam("at_most"))
    .offset(bindparam("behind"))
)
"""Papers that go out together, in the order in which they do."""
_COUNT_BY_WAY = (
    select(document.c.delivery, func.count()).where(_SELECTED).group_by(document.c.delivery)
)
"""How many papers go out together, by way."""
_KEYS_TO_POST = (
    select(document.c.person_reference, document.c.document_number)
    .where(_SELECTED)
    .order_by(document.c.bucket, document.c.person_reference, document.c.document_number)
)
"""Which papers go out together, by person and number."""
_ENTRIES = select(change).where(
    tuple_(change.c.bucket, change.c.person_reference, change.c.version).in_(
        bindparam("of_entries", expanding=True)
    )
)
"""Some entries of the ledger."""


_HEADS = (
    select(change)
    .where(
        tuple_(change.c.bucket, change.c.person_reference).in_(
            bindparam("of_persons", expanding=True)
        ),
        change.c.householder != "",
    )
    .order_by(change.c.person_reference, change.c.version)
)
"""The entries of some persons that name the head of the household."""


def _with_heads(connection: Connection, entries: Sequence[Change]) -> list[Change]:
    """Return entries as papers print them: with a head that was reported only later (R-056)."""
    without = {
        (bucket_of(one.person.reference), one.person.reference)
        for one in entries
        if not one.householder
    }
    named: dict[tuple[str, Number], list[Change]] = {}
    if without:
        for row in connection.execute(_HEADS, {"of_persons": sorted(without)}):
            one = change_of(row)
            named.setdefault((one.person.reference, one.number), []).append(one)
    found = []
    for entry in entries:
        later = [
            one.householder
            for one in named.get((entry.person.reference, entry.number), ())
            if one.version > entry.version
        ]
        said = later[0] if later and not entry.householder else entry.householder
        found.append(replace(entry, householder=said))
    return found


@dataclass(frozen=True)
class DocumentRegister:
    """All documents that were decided on."""

    engine: Engine

    def of_person(self, person_reference: str) -> tuple[RegisteredDocument, ...]:
        """Return a person's documents, in order of their number."""
        with reading(self.engine) as connection:
            found = documents_of(connection, person_reference)
            events = [
                _event(row)
                for row in connection.execute(_EVENTS_OF_PERSON, person_key(person_reference))
            ]
        return tuple(
            RegisteredDocument(one, tuple(event for event in events if event.number == one.number))
            for one in found
        )

    def recent(self, limit: int, insurer_number: str | None = None) -> tuple[Document, ...]:
        """Return the decisions that were recorded last, the newest first."""
        query, asked = _RECENT, dict[str, Any](at_most=limit)
        if insurer_number is not None:
            query, asked = _RECENT_OF_INSURER, {**asked, "of_insurer": insurer_number}
        with reading(self.engine) as connection:
            return tuple(map(document_of, connection.execute(query, asked)))

    def find(self, person_reference: str, number: int) -> tuple[Document, Change] | None:
        """Return a document, and the entry of the ledger that it prints."""
        key = person_key(person_reference)
        with reading(self.engine) as connection:
            row = connection.execute(_DOCUMENT, {**key, "of_number": number}).one_or_none()
            if row is None:
                return None
            entry = connection.execute(_ENTRY, {**key, "of_version": row.based_on_version}).one()
            (printed,) = _with_heads(connection, [change_of(entry)])
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
            made = tuple(chain.from_iterable(decide(one, *state) for one, state in states.items()))
            add_documents(connection, made, wall_clock())
        return made

    def note(
        self, person_reference: str, number: int, event: EventKind, on: date, note: str = ""
    ) -> DocumentEvent:
        """Write down what became of a document."""
        made = DocumentEvent(number, event, on, note)
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket_of(person_reference)})
            add_events(connection, person_reference, [made])
        return made

    def count_to_post(self, selection: Selection) -> dict[Delivery, int]:
        """Return how many papers go out together, by way, in the order in which they do."""
        query = _COUNT_BY_WAY.where(_UNSENT) if selection.unsent else _COUNT_BY_WAY
        with reading(self.engine) as connection:
            found = {
                Delivery(way): count for way, count in connection.execute(query, _asked(selection))
            }
        return {way: found.get(way, 0) for way in POSTING_ORDER}

    def keys_to_post(self, selection: Selection) -> list[tuple[str, int]]:
        """Return which papers go out together, by person and number, in the order of these."""
        query = _KEYS_TO_POST.where(_UNSENT) if selection.unsent else _KEYS_TO_POST
        with reading(self.engine) as connection:
            found = connection.execute(query, _asked(selection))
            return [(reference, number) for reference, number in found]

    def to_post(
        self, selection: Selection, behind: int, at_most: int
    ) -> list[tuple[Document, Change]]:
        """Return papers that go out together, in their order, ``behind`` so many others."""
        query = _IN_POSTING_ORDER.where(_UNSENT) if selection.unsent else _IN_POSTING_ORDER
        asked = {**_asked(selection), "behind": behind, "at_most": at_most}
        with reading(self.engine) as connection:
            documents = [document_of(row) for row in connection.execute(query, asked)]
            keys = {
                (bucket_of(one.person_reference), one.person_reference, one.based_on)
                for one in documents
            }
            rows = connection.execute(_ENTRIES, {"of_entries": sorted(keys)})
            entries = {
                (one.person.reference, one.version): one
                for one in _with_heads(connection, [change_of(row) for row in rows])
            }
        return [(one, entries[one.person_reference, one.based_on]) for one in documents]

    def note_sent(self, documents: Iterable[tuple[str, int]], on: date) -> int:
        """Write down that documents have been sent, each named by person and number.

        Those of a bucket go in one transaction; one that has been sent meanwhile is left alone, and
        does not count.
        """
        count = 0
        by_bucket: dict[int, list[tuple[str, int]]] = {}
        for reference, number in documents:
            by_bucket.setdefault(bucket_of(reference), []).append((reference, number))
        for bucket, some in sorted(by_bucket.items()):
            with self.engine.begin() as connection:
                lock_buckets(connection, {bucket})
                for reference, number in some:
                    asked = {**person_key(reference), "of_number": number}
                    if not connection.scalar(_GONE, asked):
                        sent = DocumentEvent(number, EventKind.SENT, on)
                        add_events(connection, reference, [sent])
                        count += 1
        return count


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
        for row in connection.execute(_HISTORIES, asked).all():
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


def _asked(selection: Selection) -> dict[str, Any]:
    return {
        "of_insurer": selection.insurer_number,
        "first": selection.first,
        "last": selection.last,
        "of_kinds": [kind.value for kind in selection.kinds],
        "by_ways": [way.value for way in selection.deliveries],
        "recorded_until": selection.recorded_until or wall_clock(),
    }


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
    )


def _event(row: Row[Any]) -> DocumentEvent:
    return DocumentEvent(row.document_number, EventKind(row.event), row.happened_on, row.note)
