"""照会番号: what an institution itself calls a person (§3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from oqs_sim.store.bulk.schema import reference_number
from oqs_sim.store.journal import Beside
from oqs_sim.store.person import PersonKey, is_person
from storage import insert_into, lock_name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Delete, Dialect, Insert

CALLED = select(reference_number.c.bucket, reference_number.c.person_reference).where(
    reference_number.c.institution_code == bindparam("of_institution"),
    reference_number.c.reference_number == bindparam("called"),
)
"""Whom an institution calls by a number."""

_FORGET = delete(reference_number).where(
    is_person(reference_number),
    reference_number.c.institution_code == bindparam("of_institution"),
)
"""Takes out what an institution calls a person."""


def kept_reference_number(
    person: PersonKey, institution_code: str, number: str, at: datetime
) -> Beside:
    """Return what has an institution call a person so; an empty number is taken out."""
    if not number:
        return Beside(_forget, {**person.bound, "of_institution": institution_code})
    new = {
        **person._asdict(),
        "institution_code": institution_code,
        "reference_number": number,
        "registered_at": at,
    }
    return Beside(_replace, new)


def _forget(_: Dialect) -> Delete:
    return _FORGET


def _replace(dialect: Dialect) -> Insert:
    """Keep what an institution calls a person, in place of what it did before."""
    new = insert_into(reference_number, dialect)
    return new.on_conflict_do_update(
        index_elements=[column.name for column in reference_number.primary_key],
        set_={name: new.excluded[name] for name in ("reference_number", "registered_at")},
    )


def lock_numbers(connection: Connection, institution_code: str) -> None:
    """Let one transaction at a time look whom an institution calls by a number, and register it."""
    lock_name(connection, f"reference numbers {institution_code}")


def called_so(connection: Connection, institution_code: str, number: str) -> set[PersonKey]:
    """Return whom an institution calls by a number."""
    of = {"of_institution": institution_code, "called": number}
    return {PersonKey(*row) for row in connection.execute(CALLED, of)}
