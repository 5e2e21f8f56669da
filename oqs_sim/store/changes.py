"""Applying what insurers reported, in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from oqs_sim.store.schema import qualification, qualification_by_number

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
    return applied
