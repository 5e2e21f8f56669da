"""Inquiries in bulk: taking them, claiming their parts, writing down what came of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, case, delete, exists, func, insert, select, update

from oqs_sim.store.bulk.schema import bulk_limit_seen, bulk_part, bulk_reception, bulk_waiting
from oqs_sim.store.journal import log_insert, log_line
from oqs_sim.store.person import is_person
from storage import DirectConnection, database_time, insert_into

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Engine, Insert

    from oqs_sim.store.journal import LoggedInquiry
    from oqs_sim.store.person import PersonKey

MICROSECONDS = 1_000_000


class NumbersTaken(Exception):
    """Another process logged at the same instant; what was to be written is to be written again."""


@dataclass(frozen=True)
class Reception:
    """An inquiry in bulk that was taken."""

    reception_number: str
    institution_code: str
    message: str
    """The message that it came by, such as ``muquc``."""
    arbitrary_file_identifier: str | None
    confirmation_date: str
    received_at: datetime
    kept_until: datetime
    parts: int


@dataclass(frozen=True)
class ClaimedPart:
    """A part of an inquiry that a process has to itself for a while."""

    reception: Reception
    part: int
    asked: str
    """The members of a JSON array."""
    claimed_by: str
    tries: int = 1
    """How often it was claimed, this time included."""

    @property
    def units(self) -> list[str]:
        """What is asked, unit by unit, each as JSON."""
        return [json.dumps(one, ensure_ascii=False) for one in json.loads(f"[{self.asked}]")]


@dataclass(frozen=True)
class DonePart:
    """What came of a part."""

    answered: str
    """The members of a JSON array."""
    units: int
    errors: int


class WaitingParts(NamedTuple):
    """What of all inquiries in bulk is not done yet."""

    parts: int
    begun_again: int
    """Parts whose first try came to nothing."""
    oldest_seconds: float
    """How long the oldest of them waits, in seconds of database time."""


_RECEPTION = select(*(bulk_reception.c[field.name] for field in fields(Reception))).where(
    bulk_reception.c.reception_number == bindparam("reception_number")
)
"""An inquiry by its 受付番号."""

_PARTS = (
    select(bulk_part.c.answered, bulk_part.c.units, bulk_part.c.errors)
    .where(bulk_part.c.reception_number == bindparam("reception_number"))
    .order_by(bulk_part.c.part)
)
"""What came of its parts, in their order."""

_IS_BEHIND = exists().where(bulk_waiting.c.reception_number == bindparam("reception_number"))
_UNDONE = select(_IS_BEHIND)
"""Whether a part of an inquiry is not done yet."""

_FREE = (
    select(bulk_waiting.c.reception_number, bulk_waiting.c.part, bulk_waiting.c.tries)
    .where(bulk_waiting.c.claimed_until < bindparam("now"))
    .order_by(bulk_waiting.c.queued_at, bulk_waiting.c.reception_number, bulk_waiting.c.part)
    .limit(1)
)
"""The part that has waited longest, and that nobody works on."""
_CLAIM_FREE = _FREE.with_for_update(skip_locked=True)
"""The same, to be claimed: two processes find two."""

_IS_PART = (
    bulk_waiting.c.reception_number == bindparam("of_reception"),
    bulk_waiting.c.part == bindparam("of_part"),
)
_CLAIM = (
    update(bulk_waiting)
    .where(*_IS_PART)
    .values(
        claimed_by=bindparam("who"),
        claimed_until=bindparam("until"),
        tries=bulk_waiting.c.tries + 1,
    )
)
"""Claims a part."""

_END_CLAIM = delete(bulk_waiting).where(*_IS_PART, bulk_waiting.c.claimed_by == bindparam("who"))
"""Ends a claim by having done the part; no row is touched where another process took it over."""

_ASKED = select(bulk_part.c.asked).where(
    bulk_part.c.reception_number == bindparam("of_reception"),
    bulk_part.c.part == bindparam("of_part"),
)
"""What is asked in a part."""

_ANSWER = (
    update(bulk_part)
    .where(
        bulk_part.c.reception_number == bindparam("of_reception"),
        bulk_part.c.part == bindparam("of_part"),
    )
    .values(
        answered=bindparam("with_answer"),
        units=bindparam("with_units"),
        errors=bindparam("with_errors"),
    )
)
"""Writes down what came of a part."""

_WAITING = select(
    func.count(),
    func.count(case((bulk_waiting.c.tries > 1, 1))),
    func.min(bulk_waiting.c.queued_at),
)
"""How many parts wait, how many of these were begun more than once, since when the oldest waits."""

_OVER = select(bulk_reception.c.reception_number).where(
    bulk_reception.c.kept_until < bindparam("now")
)
"""Inquiries whose results are not kept any longer."""
_FORGET = [
    delete(table).where(table.c.reception_number == bindparam("of_reception"))
    for table in (bulk_waiting, bulk_part, bulk_reception)
]
"""Forgets an inquiry."""

_LIMIT_SEEN = select(bulk_limit_seen.c.limit_seen).where(
    is_person(bulk_limit_seen),
    bulk_limit_seen.c.institution_code == bindparam("of_institution"),
)
"""What 限度額 was when an institution last asked in bulk."""


def add_reception(connection: Connection, new: Reception, parts: Sequence[str]) -> None:
    """Take an inquiry, to be done by whichever process comes first."""
    connection.execute(insert(bulk_reception), vars(new))
    number = new.reception_number
    queued_at = _now(connection)
    connection.execute(
        insert(bulk_part),
        [
            {"reception_number": number, "part": part, "asked": asked}
            for part, asked in enumerate(parts)
        ],
    )
    connection.execute(
        insert(bulk_waiting),
        [
            {
                "reception_number": number,
                "part": part,
                "queued_at": queued_at,
                "claimed_until": 0,
            }
            for part in range(len(parts))
        ],
    )


def find_reception(connection: Connection, reception_number: str) -> Reception | None:
    """Find an inquiry by its 受付番号."""
    row = connection.execute(_RECEPTION, {"reception_number": reception_number}).one_or_none()
    return Reception(*row) if row else None


def done_parts(connection: Connection, reception_number: str) -> list[DonePart] | None:
    """Return what came of all parts; None while one is not done."""
    of = {"reception_number": reception_number}
    if connection.execute(_UNDONE, of).scalar_one():
        return None
    return [DonePart(*row) for row in connection.execute(_PARTS, of)]


def waiting_parts(connection: Connection) -> WaitingParts:
    """Return what of all inquiries in bulk is not done yet."""
    parts, begun_again, oldest = connection.execute(_WAITING).one()
    seconds = 0 if oldest is None else (_now(connection) - oldest) / MICROSECONDS
    return WaitingParts(parts, begun_again, seconds)


def is_part_free(connection: Connection) -> bool:
    """Tell whether there is a part that nobody works on."""
    return connection.execute(_FREE, {"now": _now(connection)}).first() is not None


def claim_part(connection: Connection, who: str, seconds: float) -> ClaimedPart | None:
    """Claim the part that has waited longest, for some seconds of database time."""
    now = _now(connection)
    found = connection.execute(_CLAIM_FREE, {"now": now}).first()
    if found is None:
        return None
    of = {"of_reception": found.reception_number, "of_part": found.part}
    until = now + int(seconds * MICROSECONDS)
    connection.execute(_CLAIM, {**of, "who": who, "until": until})
    reception = find_reception(connection, found.reception_number)
    assert reception is not None
    asked: str = connection.execute(_ASKED, of).scalar_one()
    return ClaimedPart(reception, found.part, asked, who, found.tries + 1)


def finish_part(
    connection: Connection, claimed: ClaimedPart, done: DonePart, lines: Sequence[LoggedInquiry]
) -> bool:
    """Write down what came of a part, with its lines of the log.

    Return False where another process has taken the part over: nothing is written then.

    Raises:
        NumbersTaken: the transaction is to be rolled back, and tried again.
    """
    of = _place(claimed)
    if connection.execute(_END_CLAIM, {**of, "who": claimed.claimed_by}).rowcount != 1:
        return False
    answer = {"with_answer": done.answered, "with_units": done.units, "with_errors": done.errors}
    connection.execute(_ANSWER, {**of, **answer})
    _write_lines(connection, lines)
    return True


def _write_lines(connection: Connection, lines: Sequence[LoggedInquiry]) -> None:
    """Log inquiries, in their order.

    Raises:
        NumbersTaken: the transaction is to be rolled back, and tried again.
    """
    if not lines:
        return
    first = _now(connection) * 1_000
    rows = [log_line(line, first + place) for place, line in enumerate(lines)]
    written = connection.execute(
        log_insert(connection.dialect), rows, execution_options={"preserve_rowcount": True}
    ).rowcount
    if written != len(rows):
        raise NumbersTaken


def forget_over(connection: Connection, now: datetime) -> int:
    """Forget inquiries that are kept no longer, done or not; return how many."""
    over = [{"of_reception": one} for one in connection.execute(_OVER, {"now": now}).scalars()]
    if over:
        for statement in _FORGET:
            connection.execute(statement, over)
    return len(over)


class LimitsSeen:
    """What 限度額 was when an institution last asked in bulk; for one thread."""

    def __init__(self, engine: Engine) -> None:
        """Write the statement for the database of ``engine``."""
        self._direct = DirectConnection(engine)
        self._limit_seen = self._direct.prepare(_LIMIT_SEEN)

    def find(self, person: PersonKey, institution_code: str) -> str | None:
        """Return what it was of a person; None where it is not known."""
        of = {**person.bound, "of_institution": institution_code}
        row = self._direct.first(self._limit_seen, of)
        return row[0] if row else None

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()


def see_limits(
    connection: Connection, institution_code: str, seen: Mapping[PersonKey, str]
) -> None:
    """Note what 限度額 is now, for the institution's next inquiry in bulk."""
    if seen:
        connection.execute(
            _see(connection.dialect),
            [
                {**person._asdict(), "institution_code": institution_code, "limit_seen": limit}
                for person, limit in sorted(seen.items())
            ],
        )


def _see(dialect: Dialect) -> Insert:
    """Note a 限度額, in place of what it was before."""
    new = insert_into(bulk_limit_seen, dialect)
    return new.on_conflict_do_update(
        index_elements=[column.name for column in bulk_limit_seen.primary_key],
        set_={"limit_seen": new.excluded.limit_seen},
    )


def _place(claimed: ClaimedPart) -> dict[str, str | int]:
    return {"of_reception": claimed.reception.reception_number, "of_part": claimed.part}


def _now(connection: Connection) -> int:
    """Return database time, in microseconds since 1970."""
    return int(database_time(connection).timestamp() * MICROSECONDS)
