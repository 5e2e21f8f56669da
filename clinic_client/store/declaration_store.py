"""Declarations of eligibility: written, read, and deleted when nobody needs them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from clinic_client.declaration.draft import KeptDeclaration, read_draft, write_draft
from clinic_client.store.schema import declaration
from storage import insert_into, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Dialect, Engine, Executable

    from clinic_client.declaration.draft import DeclarationDraft

_OF_VISIT = select(declaration).where(declaration.c.visit_id == bindparam("visit"))
"""The declaration of a visit."""
_KEPT = declaration.c.content.is_not(None)
_OF_VISITS = select(declaration.c.visit_id, declaration.c.content).where(
    declaration.c.visit_id.in_(bindparam("visit_ids", expanding=True)),
    _KEPT,
    declaration.c.kept_until >= bindparam("today"),
)
"""What is kept of the declarations of some visits, whether or not it is deleted in time."""
_DISCARD = (
    update(declaration)
    .where(declaration.c.visit_id == bindparam("visit"), _KEPT)
    .values(content=None, deleted_at=bindparam("now"))
)
"""Delete what was declared at a visit."""
_DISCARD_EXPIRED = (
    update(declaration)
    .where(declaration.c.kept_until < bindparam("today"), _KEPT)
    .values(content=None, deleted_at=bindparam("now"))
)
"""Delete what has been kept long enough."""


def _write(dialect: Dialect) -> Executable:
    """Write a declaration, in the place of what was written before."""
    adding = insert_into(declaration, dialect)
    return adding.on_conflict_do_update(
        index_elements=["visit_id"],
        set_={
            name: adding.excluded[name]
            for name in ("content", "written_at", "kept_until", "deleted_at")
        },
    )


def declared_at(connection: Connection, visit_ids: Sequence[str], today: date) -> Mapping[str, str]:
    """Return 摘要欄 of what is declared at some visits, by the visit, as long as it is kept."""
    rows = connection.execute(_OF_VISITS, {"visit_ids": list(visit_ids), "today": today})
    return {row.visit_id: read_draft(row.content).remarks() for row in rows}


class DeclarationStore:
    """The declarations. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(
        self, visit_id: str, draft: DeclarationDraft, kept_until: date, now: datetime
    ) -> None:
        """Keep what is declared at a visit, in the place of what was before."""
        row = {
            "visit_id": visit_id,
            "content": write_draft(draft),
            "written_at": now,
            "kept_until": kept_until,
            "deleted_at": None,
        }
        with self._engine.begin() as connection:
            connection.execute(_write(self._engine.dialect), row)

    def of_visit(self, visit_id: str, today: date) -> KeptDeclaration | None:
        """Return the declaration of a visit, as it is kept today; None where there never was one.

        One that has been kept long enough is not given any more, whether or not it is deleted yet.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_OF_VISIT, {"visit": visit_id}).first()
        if row is None:
            return None
        there = row.content is not None and row.kept_until >= today
        return KeptDeclaration(read_draft(row.content) if there else None, row.kept_until)

    def discard(self, visit_id: str, now: datetime) -> bool:
        """Delete what was declared at a visit; tell whether there was anything."""
        with self._engine.begin() as connection:
            return connection.execute(_DISCARD, {"visit": visit_id, "now": now}).rowcount > 0

    def discard_expired(self, today: date, now: datetime) -> int:
        """Delete what has been kept long enough; return how many."""
        with self._engine.begin() as connection:
            return connection.execute(_DISCARD_EXPIRED, {"today": today, "now": now}).rowcount
