"""The journal of requests: what the lines were asked last, at whatever process.

A request is noted in memory and written with others a moment later, so that a check waits for
nothing. Nothing personal is kept but the person's reference, unless a setting has what was asked
kept too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from eligibility.qualification import QualificationValidity
from oqs_sim.operation.near_misses import near_misses
from oqs_sim.store.operation.requests import JournalledRequest, add_requests, find_requests
from storage import outages, reading, relax_durability
from wire.clock import wall_clock
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from oqs_sim.store.operation.requests import Sought
    from wire.request_note import RequestNote

log = logging.getLogger(__name__)

WRITTEN_EVERY_SECONDS = 1.0
"""How much later another process knows of a request."""
_NOBODY = str(int(QualificationValidity.NONE))
_MICROSECOND = 1_000
_NANOSECONDS = 1_000_000_000


class _Noted(NamedTuple):
    """A request that is not written yet."""

    at: datetime
    role: str
    institution_code: str
    method: str
    path: str
    status: int
    seconds: float
    note: RequestNote


class RequestJournal:
    """Keeps the last requests in the database, where all processes find them."""

    def __init__(self, engine: Engine, kept: int, *, keeps_asked: bool) -> None:
        """Keep so many requests; none where that is 0."""
        self._engine, self._kept, self._keeps_asked = engine, kept, keeps_asked
        # Of more than are kept the first would be cleared away at once.
        self._waiting: deque[_Noted] = deque(maxlen=kept)
        self._last_entry = 0
        self._writing: asyncio.Task[None] | None = None

    def note(
        self,
        role: str,
        institution_code: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        note: RequestNote,
    ) -> None:
        """Note a request that is over; ``status`` 0 where nothing was answered."""
        if self._kept:
            self._waiting.append(
                _Noted(wall_clock(), role, institution_code, method, path, status, seconds, note)
            )

    async def start(self) -> None:
        """Begin to write what is noted."""
        if self._kept:
            self._writing = asyncio.create_task(self._keep_writing(), name="oqs-requests")

    async def stop(self) -> None:
        """Write what is left."""
        if self._writing is None:
            return
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._try_to_write()

    async def find(self, sought: Sought, at_most: int) -> list[JournalledRequest]:
        """Return the last requests that are as sought, the last first.

        Of other processes what came in the last moment is not there yet.
        """

        def found() -> list[JournalledRequest]:
            self._write()
            with reading(self._engine) as connection:
                return find_requests(connection, sought, at_most)

        return await asyncio.to_thread(found)

    @property
    def waiting(self) -> int:
        """How many requests are not written yet."""
        return len(self._waiting)

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY_SECONDS)
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            await asyncio.to_thread(self._write)
        except outages(self._engine) as error:
            log.warning("The last requests could not be written down: %s", error)

    def _write(self) -> None:
        if not self._waiting:
            return
        taken: list[_Noted] = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        with reading(self._engine) as connection:
            new = [self._journalled(connection, one) for one in taken]
        with self._engine.begin() as connection:
            # Of what is lost with the machine nobody was told that it is kept.
            relax_durability(connection)
            add_requests(connection, new, self._kept)

    def _journalled(self, connection: Connection, one: _Noted) -> JournalledRequest:
        note = one.note
        misses = None
        asked = note.asked
        if isinstance(asked, QualificationConfirmSearchInfo) and note.validity == _NOBODY:
            misses = "\n".join(map(str, near_misses(connection, asked))) or None
        kept = None
        if self._keeps_asked and isinstance(asked, QualificationConfirmSearchInfo):
            kept = asked.model_dump_json(by_alias=True, exclude_none=True)
        since_1970 = one.at - datetime.fromtimestamp(0, UTC)
        entry = (since_1970.days * 86_400 + since_1970.seconds) * _NANOSECONDS
        entry += since_1970.microseconds * _MICROSECOND
        self._last_entry = max(entry, self._last_entry + 1)
        return JournalledRequest(
            self._last_entry,
            one.at,
            note.request_id,
            one.role,
            one.institution_code[:24],
            one.method[:8],
            one.path[:120],
            one.status or None,
            note.code,
            note.validity,
            round(one.seconds * 1_000, 3),
            note.struck_by,
            note.person_reference,
            misses,
            kept,
        )
