"""Writing down the checks: challenges are spent and inquiries logged, all of a moment together.

A transaction costs several times what its rows do. Checks that are under way at the same time
therefore share one, and a flush to the disk; each is answered only after what was written for it
is there.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert

from oqs_sim.store.schema import inquiry_log, used_challenge
from storage import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Dialect, Insert

    from oqs_sim.store.person import PersonKey
    from storage import DirectConnection


_FORGET_EXPIRED = delete(used_challenge).where(used_challenge.c.expires < bindparam("now"))
"""Clears away spent challenges that have expired, and could not be used again anyway."""

_LOG = insert(inquiry_log)
"""Logs an inquiry."""


def _spend(dialect: Dialect) -> Insert:
    """Spend a challenge; no row is touched if it was spent before."""
    return insert_into(used_challenge, dialect).on_conflict_do_nothing(index_elements=["nonce"])


@dataclass(frozen=True)
class FreshChallenge:
    """A challenge that this system issued and that has not expired."""

    nonce: bytes
    expires: float
    """Monotonic seconds."""


@dataclass(frozen=True)
class LoggedInquiry:
    """A line of the log: who was asked about, by whom, when, how, and what was answered."""

    person: PersonKey
    asked_at: datetime
    institution_code: str
    reference_classification: str
    validity: str


@dataclass(frozen=True)
class JournalEntry:
    """What is to be written for one check."""

    challenge: FreshChallenge | None = None
    """To be spent; the inquiry is logged only if it was not spent before."""
    inquiry: LoggedInquiry | None = None


class Journal:
    """Writes entries in shared transactions; for one event loop."""

    def __init__(self, direct: DirectConnection) -> None:
        """Take the connection to write on."""
        self._direct = direct
        self._spend = direct.prepare(_spend(direct.engine.dialect))
        self._forget_expired = direct.prepare(_FORGET_EXPIRED)
        self._log = direct.prepare(_LOG)
        self._tie_breaker = itertools.count()
        self._waiting: list[tuple[JournalEntry, asyncio.Future[bool]]] = []
        self._committed: list[tuple[asyncio.Future[bool], bool]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def write(self, entry: JournalEntry) -> bool:
        """Write an entry; return, once it is on the disk, whether its challenge was unspent."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((entry, done))
        if len(self._waiting) == 1:
            loop.call_soon(self._commit)
        return await done

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            with self._direct.transaction(flushed=False):
                outcomes = [self._written(entry) for entry, _ in waiting]
        except Exception as error:  # noqa: BLE001 # whatever it is, each of them has to know
            for _, done in waiting:
                if not done.done():
                    done.set_exception(error)
            return
        self._committed += zip((done for _, done in waiting), outcomes, strict=True)
        if not self._direct.flushes:
            committed, self._committed = self._committed, []
            _answer(committed, None)
        elif self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        """Flush what has been committed, as long as more comes meanwhile."""
        try:
            while self._committed:
                committed, self._committed = self._committed, []
                failure = None
                try:
                    await asyncio.to_thread(self._direct.flush)
                except Exception as error:  # noqa: BLE001 # as above
                    failure = error
                _answer(committed, failure)
        finally:
            self._flushing = None

    def _written(self, entry: JournalEntry) -> bool:
        challenge, inquiry = entry.challenge, entry.inquiry
        if challenge is not None:
            if challenge.nonce[-1] == 0:  # at times, what no longer matters is cleared away
                self._direct.run(self._forget_expired, {"now": time.monotonic()})
            spent = {"nonce": challenge.nonce, "expires": challenge.expires}
            if self._direct.run(self._spend, spent) == 0:
                return False
        if inquiry is not None:
            self._direct.run(
                self._log,
                {
                    "bucket": inquiry.person.bucket,
                    "person_reference": inquiry.person.person_reference,
                    # Ordered by time, and unique within this process's nanosecond.
                    "entry": time.time_ns() + next(self._tie_breaker) % 1000,
                    "asked_at": inquiry.asked_at,
                    "institution_code": inquiry.institution_code,
                    "reference_classification": inquiry.reference_classification,
                    "validity": inquiry.validity,
                },
            )
        return True


def _answer(
    committed: Iterable[tuple[asyncio.Future[bool], bool]], failure: Exception | None
) -> None:
    for done, outcome in committed:
        if done.done():
            continue
        if failure is None:
            done.set_result(outcome)
        else:
            done.set_exception(failure)
