"""The list of persons whose records a clerk should look at, kept in step with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, insert, select

from intermediate_server.store.row_keys import is_person, person_key, same_person
from intermediate_server.store.schema import attention, change
from storage import bucket_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from intermediate_server.procedures.attention import AttentionKind

_ON_LIST = (
    select(change, attention.c.kind.label("attention_kind"))
    .join(
        attention,
        and_(same_person(attention, change), attention.c.since_version == change.c.version),
    )
    .where(attention.c.kind.in_(bindparam("of_kinds", expanding=True)))
    .limit(bindparam("at_most"))
)
WATCHED = _ON_LIST.order_by(attention.c.recorded_at.desc())
"""Whose records a clerk should look at, with the entry by which it came so; the newest first."""
WAITING = _ON_LIST.order_by(attention.c.recorded_at)
"""The same, what has waited longest before all others."""
WAITING_OF_INSURER = WAITING.where(change.c.insurer_number == bindparam("of_insurer"))
"""The same of one insurer."""
WATCHED_COUNT = (
    select(func.count()).select_from(attention).where(attention.c.kind == bindparam("for_kind"))
)
"""How many are on the list for one reason."""
_FORGOTTEN = delete(attention).where(is_person(attention))
"""Takes a person off the list."""


def put_on_list(
    connection: Connection,
    found: Mapping[str, Mapping[AttentionKind, int]],
    recorded_at: datetime,
) -> None:
    """Write down why some persons' records need a look, in place of what was said of them.

    ``found`` has the kinds by person, each with the version since which it is so.
    """
    if not found:
        return
    connection.execute(_FORGOTTEN, [person_key(reference) for reference in found])
    rows = [
        {
            "bucket": bucket_of(reference),
            "person_reference": reference,
            "kind": kind.value,
            "since_version": version,
            "recorded_at": recorded_at,
        }
        for reference, kinds in found.items()
        for kind, version in kinds.items()
    ]
    if rows:
        connection.execute(insert(attention), rows)
