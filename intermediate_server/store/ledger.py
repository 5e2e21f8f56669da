"""The ledger: what was reported, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, select

from intermediate_server.procedures.attention import AttentionKind, attention_of
from intermediate_server.procedures.change import Change, TrackedChange
from intermediate_server.store.document_register import add_documents, documents_of
from intermediate_server.store.outbox import enqueue
from intermediate_server.store.rows import change_of, row_of
from intermediate_server.store.schema import attention, change, delivery, held
from storage import bucket_of, lock_buckets, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Select

    from intermediate_server.documents.document import Document

_TRACKED = (
    select(change, delivery.c.delivered_at, held.c.version.is_not(None).label("held"))
    .outerjoin(
        delivery,
        and_(
            delivery.c.bucket == change.c.bucket,
            delivery.c.person_reference == change.c.person_reference,
            delivery.c.version == change.c.version,
        ),
    )
    .outerjoin(
        held,
        and_(
            held.c.bucket == change.c.bucket,
            held.c.person_reference == change.c.person_reference,
            held.c.version == change.c.version,
        ),
    )
)
"""Changes, with the delivery of each where there was one, and whether it waits for a release."""


@dataclass(frozen=True)
class Recorded:
    """What a procedure came to in the ledger."""

    entries: tuple[Change, ...]
    """The procedure's own entry, then those that it stated again."""
    history: tuple[Change, ...]
    """All of the person's entries, these included."""
    documents: tuple[Document, ...] = ()
    unchanged: bool = False
    """Whether the same procedure was recorded before, and nothing was added."""


@dataclass(frozen=True)
class Watched:
    """A person whose record a clerk should look at."""

    person_reference: str
    kind: AttentionKind
    since: Change
    """The entry by which it came so."""


@dataclass(frozen=True)
class Ledger:
    """All changes that insurers ever reported."""

    engine: Engine

    def append(
        self, person_reference: str, decide: Callable[[tuple[Change, ...]], Change]
    ) -> Change:
        """Add the one entry that ``decide`` makes of the person's history; see `record`."""
        (entry,) = self.record(person_reference, lambda history: (decide(history),)).entries
        return entry

    def record(
        self,
        person_reference: str,
        decide: Callable[[tuple[Change, ...]], tuple[Change, ...]],
        issue: Callable[[Sequence[Change], Change, Sequence[Document]], tuple[Document, ...]]
        | None = None,
    ) -> Recorded:
        """Add the entries that ``decide`` makes of the person's history, also to the outbox.

        ``issue`` decides on documents, given the history with the new entries, the procedure's own
        entry, and the documents there are. All in one transaction: what either raises leaves
        everything as it was.
        """
        recorded_at = wall_clock()
        with self.engine.begin() as connection:
            lock_buckets(connection, {bucket_of(person_reference)})
            before = _history(connection, person_reference)
            entries = decide(before)
            rows = [row_of(entry, recorded_at) for entry in entries]
            connection.execute(insert(change), rows)
            enqueue(connection, rows)
            history = before + entries
            _note(connection, person_reference, before, history, recorded_at)
            documents: tuple[Document, ...] = ()
            if issue is not None:
                documents = issue(history, entries[0], documents_of(connection, person_reference))
                add_documents(connection, documents, recorded_at)
        return Recorded(entries, history, documents)

    def history(self, person_reference: str) -> tuple[TrackedChange, ...]:
        """Return all of a person's changes, in order of version."""
        return self._tracked(
            _TRACKED.where(
                change.c.bucket == bucket_of(person_reference),
                change.c.person_reference == person_reference,
            ).order_by(change.c.version)
        )

    def recent(self, limit: int) -> tuple[TrackedChange, ...]:
        """Return the changes that were recorded last, the newest first."""
        return self._tracked(_TRACKED.order_by(change.c.recorded_at.desc()).limit(limit))

    def watched(self, limit: int) -> tuple[Watched, ...]:
        """Return whose records a clerk should look at, the newest first."""
        query = (
            select(change, attention.c.kind.label("attention_kind"))
            .join(
                attention,
                and_(
                    attention.c.bucket == change.c.bucket,
                    attention.c.person_reference == change.c.person_reference,
                    attention.c.since_version == change.c.version,
                ),
            )
            .order_by(attention.c.recorded_at.desc())
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(
                Watched(row.person_reference, AttentionKind(row.attention_kind), change_of(row))
                for row in connection.execute(query)
            )

    def _tracked(self, query: Select[Any]) -> tuple[TrackedChange, ...]:
        with reading(self.engine) as connection:
            return tuple(
                TrackedChange(change_of(row), row.delivered_at, row.held)
                for row in connection.execute(query)
            )


def _history(connection: Connection, person_reference: str) -> tuple[Change, ...]:
    rows = connection.execute(
        select(change)
        .where(
            change.c.bucket == bucket_of(person_reference),
            change.c.person_reference == person_reference,
        )
        .order_by(change.c.version)
    )
    return tuple(change_of(row) for row in rows)


def _note(
    connection: Connection,
    person_reference: str,
    before: tuple[Change, ...],
    history: tuple[Change, ...],
    recorded_at: datetime,
) -> None:
    """Keep the list of what a clerk should look at in step with the ledger."""
    then, now = attention_of(before), attention_of(history)
    if then == now:
        return
    bucket = bucket_of(person_reference)
    connection.execute(
        delete(attention).where(
            attention.c.bucket == bucket, attention.c.person_reference == person_reference
        )
    )
    if now:
        connection.execute(
            insert(attention),
            [
                {
                    "bucket": bucket,
                    "person_reference": person_reference,
                    "kind": kind.value,
                    "since_version": version,
                    "recorded_at": recorded_at,
                }
                for kind, version in now.items()
            ],
        )
