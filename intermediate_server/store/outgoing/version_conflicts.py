"""Changes that OQS did not take, as it knows their version with other content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, select

from intermediate_server.store.row_keys import (
    is_person,
    person_key,
    same_entry,
    same_person,
)
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, delivery, outbox, version_conflict
from storage import insert_into, reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Engine
    from sqlalchemy.dialects import postgresql, sqlite

    from intermediate_server.procedures.change import Change

_this, _later = change.alias("this"), change.alias("later")
_SETTLED = exists(
    select(_later.c.version)
    .select_from(_this)
    .join(
        _later,
        and_(
            same_person(_later, _this),
            _later.c.version > _this.c.version,
            *(
                _later.c[name] == _this.c[name]
                for name in (
                    "insurer_number",
                    "insured_card_symbol",
                    "insured_identification_number",
                    "insured_branch_number",
                )
            ),
        ),
    )
    .join(delivery, same_entry(delivery, _later))
    .where(same_entry(_this, version_conflict))
    # PostgreSQL makes no join of it then, for which it would go through the whole ledger.
    .offset(literal_column("0"))
    .correlate(version_conflict)
)
"""Whether OQS has a later version of the membership, which states the whole of it anew."""
_NEWEST = (
    select(version_conflict)
    .where(~_SETTLED)
    .order_by(
        version_conflict.c.recorded_at.desc(),
        version_conflict.c.person_reference,
        version_conflict.c.version,
    )
    .limit(bindparam("at_most"))
)
"""What was not taken, and has not been stated anew; what was found last before all others."""
_ENTRY = select(change).where(is_person(change), change.c.version == bindparam("of_version"))
"""One entry of a person."""
_OPEN_COUNT = select(func.count()).select_from(version_conflict).where(~_SETTLED)
"""How many these are."""
_TAKE_OUT = delete(outbox).where(
    and_(
        outbox.c.bucket == bindparam("of_bucket"),
        outbox.c.visible_from == bindparam("instant"),
        outbox.c.person_reference == bindparam("of_person"),
        outbox.c.version == bindparam("of_version"),
    )
)
"""Takes a change out of what waits for its delivery."""


@dataclass(frozen=True)
class UntakenChange:
    """A change that OQS did not take."""

    change: Change
    found_at: datetime
    """The business instant at which OQS said so."""
    recorded_at: datetime
    """When that was on the wall."""


def _noted(dialect: Dialect) -> postgresql.Insert | sqlite.Insert:
    """Write down what OQS did not take; once, however often it says so."""
    return insert_into(version_conflict, dialect).on_conflict_do_nothing()


def set_aside(
    connection: Connection,
    bucket: int,
    keys: Sequence[tuple[datetime, str, int]],
    found_at: datetime,
) -> None:
    """Deliver changes no more, and write down why; keys are instant, person and version."""
    recorded_at = wall_clock()
    connection.execute(
        _TAKE_OUT,
        [
            {"of_bucket": bucket, "instant": instant, "of_person": person, "of_version": version}
            for instant, person, version in keys
        ],
    )
    connection.execute(
        _noted(connection.dialect),
        [
            {
                "bucket": bucket,
                "person_reference": person,
                "version": version,
                "found_at": found_at,
                "recorded_at": recorded_at,
            }
            for _, person, version in keys
        ],
    )


def count_untaken(connection: Connection) -> int:
    """Count what was not taken, and has not been stated anew since."""
    count: int = connection.execute(_OPEN_COUNT).scalar_one()
    return count


@dataclass(frozen=True)
class VersionConflicts:
    """What a person has to state anew before OQS has it."""

    engine: Engine

    def untaken(self, limit: int) -> tuple[UntakenChange, ...]:
        """Return what was not taken, and has not been stated anew; the newest first."""
        with reading(self.engine) as connection:
            found = connection.execute(_NEWEST, {"at_most": limit}).all()
            entries = [
                # One by one: joined, a database would go through the whole ledger.
                connection.execute(
                    _ENTRY, {**person_key(row.person_reference), "of_version": row.version}
                ).one()
                for row in found
            ]
        return tuple(
            UntakenChange(change_of(entry), row.found_at, row.recorded_at)
            for row, entry in zip(found, entries, strict=True)
        )
