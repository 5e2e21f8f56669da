"""Keys by which a request that is sent again is known, each with what was answered.

A service keeps a key in the transaction of what the request does: then either both are there, or
neither. A table of each service's own holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from storage.locking import lock_name
from storage.types import UtcDateTime

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, MetaData


@dataclass(frozen=True)
class IdempotentRequest:
    """A request that names itself, so that it can be sent again and done once."""

    caller: str
    """Who asks; one caller's keys are nothing to another."""
    route: str
    key: str
    """Digest of the key that was sent."""
    fingerprint: bytes
    """Digest, by that key, of what was asked, without anything secret."""


@dataclass(frozen=True)
class KeptAnswer:
    """What is known of a request that was begun."""

    fingerprint: bytes
    status: int | None
    """The HTTP status of the answer; None while what was begun has not come to its end."""
    answer: str
    """The body of the answer, or what leads to it; while there is none, how far it has come."""


class AnsweredBefore(Exception):
    """A request was done before; its answer is to be given again."""

    def __init__(self, kept: KeptAnswer) -> None:
        super().__init__(kept.status)
        self.kept = kept


def idempotency_table(metadata: MetaData) -> Table:
    """Declare a service's table of keys."""
    return Table(
        "idempotency_key",
        metadata,
        Column("caller", String(80), primary_key=True),
        Column("route", String(80), primary_key=True),
        Column("idempotency_key", String(64), primary_key=True),
        Column("fingerprint", LargeBinary(32), nullable=False),
        Column("status", SmallInteger),
        Column("answer", Text, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Index("idempotency_key_by_recording", "recorded_at"),
    )


class IdempotencyKeys:
    """The statements about a service's table of keys; each within the caller's transaction."""

    def __init__(self, table: Table) -> None:
        """Write the statements."""
        columns = table.c
        this = (
            (columns.caller == bindparam("of_caller"))
            & (columns.route == bindparam("of_route"))
            & (columns.idempotency_key == bindparam("of_key"))
        )
        self._add = insert(table)
        self._kept = select(columns.fingerprint, columns.status, columns.answer).where(this)
        """What is kept of a request."""
        self._finish = (
            update(table)
            .where(this)
            .values(status=bindparam("with_status"), answer=bindparam("with_answer"))
        )
        """Keeps the answer of a request that was begun."""
        self._give_up = delete(table).where(this, columns.status.is_(None))
        """Clears a request that was begun and came to nothing."""
        self._forget = delete(table).where(columns.recorded_at < bindparam("before"))
        """Clears the keys that are older than an instant."""

    def lock(self, connection: Connection, request: IdempotentRequest) -> KeptAnswer | None:
        """Return what is kept of a request; nobody else does the same until this commits."""
        name = f"idempotency {request.caller} {request.route} {request.key}"
        lock_name(connection, name)
        return self.find(connection, request)

    def find(self, connection: Connection, request: IdempotentRequest) -> KeptAnswer | None:
        """Return what is kept of a request."""
        row = connection.execute(self._kept, _place(request)).one_or_none()
        return None if row is None else KeptAnswer(*row)

    def add(
        self,
        connection: Connection,
        request: IdempotentRequest,
        status: int | None,
        answer: str,
        recorded_at: datetime,
    ) -> None:
        """Keep a request with its answer, or, without a status, that it was begun."""
        connection.execute(
            self._add,
            {
                "caller": request.caller,
                "route": request.route,
                "idempotency_key": request.key,
                "fingerprint": request.fingerprint,
                "status": status,
                "answer": answer,
                "recorded_at": recorded_at,
            },
        )

    def finish(
        self, connection: Connection, request: IdempotentRequest, status: int, answer: str
    ) -> None:
        """Keep the answer of a request that was begun."""
        values = {**_place(request), "with_status": status, "with_answer": answer}
        connection.execute(self._finish, values)

    def give_up(self, connection: Connection, request: IdempotentRequest) -> None:
        """Clear a request that was begun and left everything as it was."""
        connection.execute(self._give_up, _place(request))

    def forget(self, connection: Connection, before: datetime) -> None:
        """Clear the keys that were recorded before an instant of the wall."""
        connection.execute(self._forget, {"before": before})


def _place(request: IdempotentRequest) -> dict[str, str]:
    return {"of_caller": request.caller, "of_route": request.route, "of_key": request.key}
