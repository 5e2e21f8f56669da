"""Applying what insurers reported, in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists
from sqlalchemy.dialects import postgresql, sqlite

from oqs_sim.store.schema import (
    qualification,
    qualification_by_number,
    registration,
    registration_order,
)
from wire.vocabulary import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_KEY = [
    "bucket",
    "person_reference",
    "insurer_number",
    "insured_card_symbol",
    "insured_identification_number",
    "insured_branch_number",
]
_WAY_IN = [
    "insurer_number",
    "insured_card_symbol",
    "insured_identification_number",
    "insured_branch_number",
    "person_reference",
]
_RELEASED = delete(registration).where(
    registration.c.bucket == bindparam("of_bucket"),
    registration.c.person_reference == bindparam("of_person"),
    exists().where(
        registration_order.c.bucket == registration.c.bucket,
        registration_order.c.person_reference == registration.c.person_reference,
        registration_order.c.released_from > registration.c.registered_at,
    ),
)
"""Ends a registration that a release has overtaken; one made after it stays (R-030)."""


def apply_changes(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Apply changes of one bucket; return how many altered what is known.

    Each row has the columns of ``qualification``. A row whose version is not above the known
    one changes nothing, so a batch may come twice, or after a newer one.
    """
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        known = newest.get(key)
        if known is None or row["version"] > known["version"]:
            newest[key] = row
    new = dialect.insert(qualification)
    upsert = new.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            column.name: new.excluded[column.name]
            for column in qualification.c
            if column.name not in _KEY
        },
        where=qualification.c.version < new.excluded.version,
    )
    applied = connection.execute(upsert, list(newest.values())).rowcount
    way = dialect.insert(qualification_by_number).on_conflict_do_nothing(index_elements=_WAY_IN)
    connection.execute(
        way, [{name: row[name] for name in ("bucket", *_WAY_IN)} for row in newest.values()]
    )
    _apply_orders(connection, [row for row in rows if row["registration_order"] is not None])
    return applied


def _apply_orders(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """End the registrations that are released, whatever else a later version says."""
    newest = {row["person_reference"]: row for row in sorted(rows, key=lambda row: row["version"])}
    if not newest:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(registration_order)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["bucket", "person_reference"],
            set_={name: new.excluded[name] for name in ("version", "released_from")},
            where=registration_order.c.version < new.excluded.version,
        ),
        [
            {
                "bucket": row["bucket"],
                "person_reference": row["person_reference"],
                "version": row["version"],
                "released_from": row["visible_from"]
                if row["registration_order"] is RegistrationOrder.RELEASE
                else None,
            }
            for row in newest.values()
        ],
    )
    connection.execute(
        _RELEASED,
        [
            {"of_bucket": row["bucket"], "of_person": row["person_reference"]}
            for row in newest.values()
        ],
    )
