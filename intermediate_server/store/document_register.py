"""The register of documents (交付簿), and every statement about it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, insert, select

from eligibility.documents import Delivery, DocumentKind, Occasion
from intermediate_server.documents.document import (
    Document,
    DocumentEvent,
    EventKind,
    RegisteredDocument,
)
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, document, document_event
from storage import bucket_of, lock_buckets, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine, Row

    from intermediate_server.procedures.change import Change


@dataclass(frozen=True)
class Papers:
    """All documents that were decided on."""

    engine: Engine

    def of_person(self, person_reference: str) -> tuple[RegisteredDocument, ...]:
        """Return a person's documents, in order of their number."""
        with reading(self.engine) as connection:
            found = documents_of(connection, person_reference)
            events = [
                _event(row)
                for row in connection.execute(
                    select(document_event)
                    .where(
                        document_event.c.bucket == bucket_of(person_reference),
                        document_event.c.person_reference == person_reference,
                    )
                    .order_by(document_event.c.event_number)
                )
            ]
        return tuple(
            RegisteredDocument(one, tuple(event for event in events if event.number == one.number))
            for one in found
        )

    def recent(self, limit: int, insurer_number: str | None = None) -> tuple[Document, ...]:
        """Return the decisions that were recorded last, the newest first."""
        query = select(document).order_by(document.c.recorded_at.desc()).limit(limit)
        if insurer_number is not None:
            query = query.where(document.c.insurer_number == insurer_number)
        with reading(self.engine) as connection:
            return tuple(_document(row) for row in connection.execute(query))

    def find(self, person_reference: str, number: int) -> tuple[Document, Change] | None:
        """Return a document, and the entry of the ledger that it prints."""
        bucket = bucket_of(person_reference)
        with reading(self.engine) as connection:
            row = connection.execute(
                select(document).where(
                    document.c.bucket == bucket,
                    document.c.person_reference == person_reference,
                    document.c.document_number == number,
                )
            ).one_or_none()
            if row is None:
                return None
            entry = connection.execute(
                select(change).where(
                    change.c.bucket == bucket,
                    change.c.person_reference == person_reference,
                    change.c.version == row.based_on_version,
                )
            ).one()
        return _document(row), change_of(entry)

    def issue(
        self,
        bucket: int,
        person_references: Sequence[str],
        decide: Callable[[str, tuple[Change, ...], tuple[Document, ...]], Iterable[Document]],
    ) -> tuple[Document, ...]:
        """Add what ``decide`` makes of the histories and documents of persons of one bucket.

        All in one transaction: what ``decide`` raises leaves everything as it was.
        """
        histories: dict[str, list[Change]] = {name: [] for name in person_references}
        documents: dict[str, list[Document]] = {name: [] for name in person_references}
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket})
            for row in connection.execute(
                select(change)
                .where(change.c.bucket == bucket, change.c.person_reference.in_(person_references))
                .order_by(change.c.person_reference, change.c.version)
            ):
                histories[row.person_reference].append(change_of(row))
            for row in connection.execute(
                select(document)
                .where(
                    document.c.bucket == bucket,
                    document.c.person_reference.in_(person_references),
                )
                .order_by(document.c.person_reference, document.c.document_number)
            ):
                documents[row.person_reference].append(_document(row))
            made = tuple(
                chain.from_iterable(
                    decide(name, tuple(histories[name]), tuple(documents[name]))
                    for name in person_references
                )
            )
            add_documents(connection, made, wall_clock())
        return made

    def note(
        self, person_reference: str, number: int, event: EventKind, on: date, note: str = ""
    ) -> DocumentEvent:
        """Write down what became of a document."""
        bucket = bucket_of(person_reference)
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket})
            last = connection.scalar(
                select(func.max(document_event.c.event_number)).where(
                    document_event.c.bucket == bucket,
                    document_event.c.person_reference == person_reference,
                    document_event.c.document_number == number,
                )
            )
            connection.execute(
                insert(document_event),
                {
                    "bucket": bucket,
                    "person_reference": person_reference,
                    "document_number": number,
                    "event_number": (last or 0) + 1,
                    "event": event.value,
                    "happened_on": on,
                    "note": note,
                    "recorded_at": wall_clock(),
                },
            )
        return DocumentEvent(number, event, on, note)

    def undecided(
        self, bucket: int, insurer_number: str, kinds: Iterable[str], limit: int
    ) -> Iterator[list[str]]:
        """Give the persons of a bucket with an entry of these kinds that no document rests on."""
        after = ""
        wanted = list(kinds)
        while True:
            query = (
                select(change.c.person_reference)
                .distinct()
                .where(
                    change.c.bucket == bucket,
                    change.c.person_reference > after,
                    change.c.insurer_number == insurer_number,
                    change.c.kind.in_(wanted),
                    change.c.refers_to.is_(None),
                    ~exists().where(
                        document.c.bucket == change.c.bucket,
                        document.c.person_reference == change.c.person_reference,
                        document.c.occasion_version == change.c.version,
                    ),
                )
                .order_by(change.c.person_reference)
                .limit(limit)
            )
            with reading(self.engine) as connection:
                persons = list(connection.scalars(query))
            if not persons:
                return
            after = persons[-1]
            yield persons

    def members(self, bucket: int, insurer_number: str, limit: int) -> Iterator[list[str]]:
        """Give the persons of a bucket who have documents of an insurer."""
        after = ""
        while True:
            query = (
                select(document.c.person_reference)
                .distinct()
                .where(
                    document.c.bucket == bucket,
                    document.c.person_reference > after,
                    document.c.insurer_number == insurer_number,
                )
                .order_by(document.c.person_reference)
                .limit(limit)
            )
            with reading(self.engine) as connection:
                persons = list(connection.scalars(query))
            if not persons:
                return
            after = persons[-1]
            yield persons


def documents_of(connection: Connection, person_reference: str) -> tuple[Document, ...]:
    """Return what was decided about a person's documents, in order of their number."""
    rows = connection.execute(
        select(document)
        .where(
            document.c.bucket == bucket_of(person_reference),
            document.c.person_reference == person_reference,
        )
        .order_by(document.c.document_number)
    )
    return tuple(_document(row) for row in rows)


def add_documents(
    connection: Connection, documents: Sequence[Document], recorded_at: datetime
) -> None:
    """Write down decisions."""
    if documents:
        connection.execute(insert(document), [_row(one, recorded_at) for one in documents])


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
        "rules": " ".join(one.rules),
        "decided_on": one.decided_on,
        "issued_on": one.issued_on,
        "expires_on": one.expires_on,
        "ratio_from": one.ratio_from,
        "renewed": one.renewed,
        "succeeds": one.succeeds,
        "delivery": one.delivery.value if one.delivery else None,
        "recorded_at": recorded_at,
    }


def _document(row: Row[Any]) -> Document:
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
    )


def _event(row: Row[Any]) -> DocumentEvent:
    return DocumentEvent(row.document_number, EventKind(row.event), row.happened_on, row.note)
