"""照会番号: what an institution itself calls a person (§3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete

from oqs_sim.store.bulk.schema import reference_number
from oqs_sim.store.person import is_person
from storage import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert

    from oqs_sim.store.person import PersonKey

_FORGET = delete(reference_number).where(
    is_person(reference_number),
    reference_number.c.institution_code == bindparam("of_institution"),
)
"""Takes out what an institution calls a person."""


def keep_reference_number(
    connection: Connection, person: PersonKey, institution_code: str, number: str, at: datetime
) -> None:
    """Have an institution call a person so from now on; an empty number is taken out."""
    if not number:
        connection.execute(_FORGET, {**person.bound, "of_institution": institution_code})
        return
    new = {
        **person._asdict(),
        "institution_code": institution_code,
        "reference_number": number,
        "registered_at": at,
    }
    connection.execute(_replace(connection.dialect), new)


def _replace(dialect: Dialect) -> Insert:
    """Keep what an institution calls a person, in place of what it did before."""
    new = insert_into(reference_number, dialect)
    return new.on_conflict_do_update(
        index_elements=[column.name for column in reference_number.primary_key],
        set_={name: new.excluded[name] for name in ("reference_number", "registered_at")},
    )
