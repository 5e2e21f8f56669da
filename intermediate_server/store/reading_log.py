"""Who has read about whom: each reading of a person, and each that was refused, has its line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from intermediate_server.procedures.change import FilingChannel
from intermediate_server.store.row_keys import is_person, person_key
from intermediate_server.store.schema import reading_log
from storage import BulkInsert, bucket_of, reading, turn_to_write
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Engine

NOBODY = ""
"""In place of a person, where nobody was found."""
LINES_AT_ONCE = 2_000
"""How many lines are written in one transaction at most."""
_RECENT = select(reading_log).order_by(reading_log.c.recorded_at.desc()).limit(bindparam("at_most"))
"""What was read last, of all persons."""
_OF_PERSON = _RECENT.where(is_person(reading_log))
"""The same of one person."""


@dataclass(frozen=True, slots=True)
class PersonReading:
    """Somebody has read about a person, or was refused it."""

    person_reference: str
    """`NOBODY` where it is not known who was meant."""
    reader: str
    """The name that the clerk gave, or the number of the insurer's certificate; may be empty."""
    channel: FilingChannel
    what: str
    """What was read: a page, a document, a match by 個人番号. The number itself is not kept."""
    read_at: datetime | None
    """Business time; None where the clock did not answer."""
    refusal: str | None = None
    """The code of the problem; None where it was shown."""
    recorded_at: datetime | None = None
    """On the wall; set when it is written."""


@dataclass(frozen=True)
class ReadingLog:
    """The log of readings. It is only ever added to."""

    engine: Engine

    def add(self, readings: Iterable[PersonReading]) -> None:
        """Write lines down; when this returns, they are committed.

        Of very many, some thousand at once: others write in between.
        """
        recorded_at = wall_clock()
        rows: list[list[Any]] = [
            [
                bucket_of(one.person_reference),
                one.person_reference,
                secrets.randbits(63),
                one.reader,
                one.channel.value,
                one.what,
                one.read_at,
                one.refusal,
                recorded_at,
            ]
            for one in readings
        ]
        adding = BulkInsert(reading_log, self.engine)
        for start in range(0, len(rows), LINES_AT_ONCE):
            with turn_to_write(self.engine), self.engine.begin() as connection:
                adding.add(connection, rows[start : start + LINES_AT_ONCE])

    def recent(self, limit: int, person_reference: str | None = None) -> list[PersonReading]:
        """Return what was read last, the newest first; of one person, where one is named."""
        asked = {"at_most": limit}
        with reading(self.engine) as connection:
            if person_reference is None:
                rows = connection.execute(_RECENT, asked)
            else:
                rows = connection.execute(_OF_PERSON, {**asked, **person_key(person_reference)})
            return [
                PersonReading(
                    row.person_reference,
                    row.reader,
                    FilingChannel(row.channel),
                    row.what,
                    row.read_at,
                    row.refusal,
                    row.recorded_at,
                )
                for row in rows
            ]
