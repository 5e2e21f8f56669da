"""Writing down the checks: challenges are spent and inquiries logged, all of a moment together.

A transaction costs several times what its rows do, and the disk's answer more than that. Checks
that are under way at the same time therefore share one, and a flush to the disk; each is answered
only after what was written for it is there. A thread of its own waits for the database meanwhile,
for its locks as well, so that the event loop never does.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import threading
import time
from contextlib import suppress
from enum import Enum, auto
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from oqs_sim.store.database_time import MICROSECONDS, REFRESH_SECONDS
from oqs_sim.store.schema import inquiry_log
from oqs_sim.store.spent_challenges import IS_SPENT, reach, spend
from storage import DirectConnection, database_time, insert_into, turn_to_write
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Dialect, Engine, Insert
    from sqlalchemy.sql.dml import UpdateBase

    from oqs_sim.store.database_time import DatabaseTime
    from oqs_sim.store.person import PersonKey
    from storage import DirectStatement

log = logging.getLogger(__name__)

_Written = TypeVar("_Written")
_TRIES = 20
"""How often lines of the log are written anew whose numbers another process took just then."""


def log_insert(dialect: Dialect) -> Insert:
    """Log an inquiry; no row is touched if another process has just used its number."""
    return insert_into(inquiry_log, dialect).on_conflict_do_nothing(
        index_elements=["bucket", "person_reference", "entry"]
    )


class JournalOverdue(Exception):
    """What was to be written could not be in time, as the database is busy or away."""


class IssuedChallenge(NamedTuple):
    """A challenge that this system issued; whether it still holds shows when it is spent."""

    nonce: bytes
    expires: int
    """Database time."""


class LoggedInquiry(NamedTuple):
    """A line of the log: who was asked about, by whom, when, how, and what came of it."""

    person: PersonKey
    asked_at: datetime
    institution_code: str
    reference_classification: str
    purpose: str
    validity: str | None = None
    """None where no qualification was told."""
    refusal: str | None = None
    """The code of the problem; None where it was answered."""
    agreed: str | None = None
    """What was agreed to at the reader, as `written_items` has it; None where none told of it."""


def log_line(inquiry: LoggedInquiry, entry: int) -> dict[str, Any]:
    """Return a line as a row of the table; ``entry`` is its number."""
    return {
        "bucket": inquiry.person.bucket,
        "person_reference": inquiry.person.person_reference,
        "entry": entry,
        "asked_at": inquiry.asked_at,
        "institution_code": inquiry.institution_code,
        "reference_classification": inquiry.reference_classification,
        "validity": inquiry.validity,
        "purpose": inquiry.purpose,
        "refusal": inquiry.refusal,
        "agreed": inquiry.agreed,
    }


class NumbersTaken(Exception):
    """Another process logged at the same instant; what was to be written is to be written again."""


def write_lines(connection: Connection, lines: Sequence[LoggedInquiry]) -> None:
    """Log inquiries, in their order, within a transaction of `written_together`.

    Raises:
        NumbersTaken: the transaction is to be rolled back, and tried again.
    """
    if not lines:
        return
    first = int(database_time(connection).timestamp() * MICROSECONDS) * 1_000
    rows = [log_line(line, first + place) for place, line in enumerate(lines)]
    written = connection.execute(
        log_insert(connection.dialect), rows, execution_options={"preserve_rowcount": True}
    ).rowcount
    if written != len(rows):
        raise NumbersTaken


def written_together(engine: Engine, write: Callable[[Connection], _Written]) -> _Written:
    """Return what ``write`` does in one transaction, lines of the log among it."""
    for _ in range(_TRIES):
        try:
            with turn_to_write(engine), engine.begin() as connection:
                return write(connection)
        except NumbersTaken:
            continue
    raise NumbersTaken


class Beside(NamedTuple):
    """What is changed together with the line of an inquiry, or not at all."""

    statement: Callable[[Dialect], UpdateBase]
    """Writes the statement for a database; it is prepared once."""
    values: Mapping[str, Any]
    """Beginning with the key of the row, in its order, by which they are written one by one."""

    def execute(self, connection: Connection) -> None:
        """Write it within a transaction of its own."""
        connection.execute(self.statement(connection.dialect), dict(self.values))


class JournalEntry(NamedTuple):
    """What is to be written for one inquiry."""

    inquiry: LoggedInquiry
    challenge: IssuedChallenge | None = None
    """To be spent; where it cannot be, that is what is logged."""
    beside: tuple[Beside, ...] = ()
    """Rows that belong to an inquiry that is not refused for its challenge."""


class Outcome(Enum):
    """What became of an entry."""

    WRITTEN = auto()
    CHALLENGE_USED = auto()
    CHALLENGE_EXPIRED = auto()


_REFUSALS = {
    Outcome.CHALLENGE_USED: Catalogue.CHALLENGE_USED.kind.code,
    Outcome.CHALLENGE_EXPIRED: Catalogue.CHALLENGE_EXPIRED.kind.code,
}


class _Clash(Exception):
    """One of some entries cannot be written as the others are."""


class _Waiting:
    """An entry, and who waits for it."""

    __slots__ = ("done", "entry", "given_up", "loop")

    def __init__(self, entry: JournalEntry, loop: asyncio.AbstractEventLoop) -> None:
        self.entry, self.loop = entry, loop
        self.done: asyncio.Future[Outcome] = loop.create_future()
        self.given_up = False


class Journal:
    """Writes entries in shared transactions.

    Its thread starts with the first entry, or by `start`. In between it calls ``refresh`` every
    `REFRESH_SECONDS`.
    """

    def __init__(
        self,
        engine: Engine,
        database_time: DatabaseTime,
        refresh: Callable[[], None],
        outages: tuple[type[Exception], ...],
        seconds: float,
    ) -> None:
        """Take what it writes with; an entry waits for ``seconds`` at most.

        ``outages`` are the exceptions by which the database says that it does not answer.
        """
        self._time = database_time
        self._refresh = refresh
        self._outages = outages
        self._seconds = seconds
        self._direct = direct = DirectConnection(engine)
        dialect = engine.dialect
        self._spend = direct.prepare(spend(dialect))
        self._is_spent = direct.prepare(IS_SPENT)
        self._log = direct.prepare(log_insert(dialect))
        self._dialect = dialect
        self._beside: dict[Callable[[Dialect], UpdateBase], DirectStatement] = {}
        self._keeps_time = dialect.name == "sqlite"
        self._reach = direct.prepare(reach(dialect))
        self._tie_breaker = itertools.count()
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._taking = threading.Lock()
        self._turn: list[_Waiting] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="oqs-journal", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what waits, and give the connection back."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self._direct.close()

    @property
    def is_alive(self) -> bool:
        """Whether entries are written."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many entries wait to be written."""
        return self._waiting.qsize()

    async def write(self, entry: JournalEntry) -> Outcome:
        """Write an entry; return, once it is committed, what became of it.

        Raises:
            JournalOverdue: it was not committed in time. Nothing of it was written, unless the
                database failed in the very moment of its writing.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(entry, loop)
        self.start()
        turn = self._turn
        if not turn or turn[0].loop is not loop:
            # In the next turn of the loop, so that all entries of this one come together: each time
            # that the thread wakes, it takes the interpreter from the loop several times. And one
            # timer for them all costs a check less than one of its own.
            turn = self._turn = []
            loop.call_soon(self._hand_over, turn, loop)
        turn.append(waiting)
        return await waiting.done

    def _hand_over(self, turn: list[_Waiting], loop: asyncio.AbstractEventLoop) -> None:
        if turn is self._turn:
            self._turn = []
        loop.call_later(self._seconds, self._give_up, turn)
        for waiting in turn:
            self._waiting.put(waiting)

    def _give_up(self, turn: list[_Waiting]) -> None:
        late = [waiting for waiting in turn if not waiting.done.done()]
        with self._taking:
            for waiting in late:
                waiting.given_up = True
        for waiting in late:
            waiting.done.set_exception(
                JournalOverdue(f"The database took more than {self._seconds:g} seconds.")
            )

    def _run(self) -> None:
        refresh_at = time.monotonic() + REFRESH_SECONDS
        ending = False
        while not ending:
            try:
                first = self._waiting.get(timeout=max(0.0, refresh_at - time.monotonic()))
            except queue.Empty:
                pass
            else:
                ending = first is None
                self._write_together([first] if first else [])
            if time.monotonic() >= refresh_at and not ending:
                try:
                    self._refresh()
                except self._outages as error:
                    log.warning("The secrets of challenges could not be looked after: %s", error)
                refresh_at = time.monotonic() + REFRESH_SECONDS

    def _write_together(self, first: list[_Waiting]) -> None:
        """Write all that waits by the time that the transaction has begun."""
        taken: list[_Waiting] | None = None
        try:
            try:
                with self._direct.transaction():
                    taken = self._taken(first)
                    # Two processes that get the same challenges do not wait in a ring.
                    taken.sort(key=_order)
                    outcomes = self._written_at_once([waiting.entry for waiting in taken])
            except _Clash:
                with self._direct.transaction():
                    assert taken is not None
                    # The lock may have been another's for a while.
                    taken = self._wanted(taken)
                    outcomes = self._written_singly([waiting.entry for waiting in taken])
        except Exception as error:  # noqa: BLE001 # whatever it is, each of them has to know
            _answer(self._taken(first) if taken is None else taken, error)
        else:
            _answer(taken, outcomes)

    def _taken(self, first: list[_Waiting]) -> list[_Waiting]:
        """Take all that waits, but for what has been given up."""
        taken = list(first)
        with suppress(queue.Empty):
            while True:
                waiting = self._waiting.get_nowait()
                if waiting is None:
                    self._waiting.put(None)  # the end, which comes after this
                    break
                taken.append(waiting)
        return self._wanted(taken)

    def _wanted(self, taken: list[_Waiting]) -> list[_Waiting]:
        """Return those whose asker still waits."""
        with self._taking:
            return [waiting for waiting in taken if not waiting.given_up]

    def _written_at_once(self, entries: list[JournalEntry]) -> list[Outcome]:
        """Write what nothing speaks against, by one statement for each table.

        Raises:
            _Clash: a challenge cannot be spent, or the number of a line is taken; nothing was
                written then.
        """
        if len(entries) < 2:
            return self._written_singly(entries)
        now = self._time.now()
        spent = [
            {"nonce": entry.challenge.nonce, "expires": entry.challenge.expires, "now": now}
            for entry in entries
            if entry.challenge is not None
        ]
        if spent and self._direct.run_all(self._spend, spent) != len(spent):
            raise _Clash
        lines = [log_line(entry.inquiry, self._next_number()) for entry in entries]
        if self._direct.run_all(self._log, lines) != len(lines):
            raise _Clash
        outcomes = [Outcome.WRITTEN] * len(entries)
        self._end_writing(entries, outcomes)
        return outcomes

    def _written_singly(self, entries: list[JournalEntry]) -> list[Outcome]:
        outcomes = [self._written(entry) for entry in entries]
        self._end_writing(entries, outcomes)
        return outcomes

    def _end_writing(self, entries: list[JournalEntry], outcomes: list[Outcome]) -> None:
        """Write what belongs to those that were written, and how far time has come."""
        beside = [
            row
            for entry, outcome in zip(entries, outcomes, strict=True)
            if entry.beside and outcome is Outcome.WRITTEN
            for row in entry.beside
        ]
        if beside:
            self._write_beside(beside)
        if self._keeps_time:
            self._direct.run(self._reach, {"now": self._time.now()})

    def _next_number(self) -> int:
        """Return a number for a line: nanoseconds, whose last three digits only count."""
        return self._time.now() * 1_000 + next(self._tie_breaker) % 1_000

    def _written(self, entry: JournalEntry) -> Outcome:
        challenge, inquiry = entry.challenge, entry.inquiry
        outcome = Outcome.WRITTEN if challenge is None else self._spent(challenge)
        if outcome is not Outcome.WRITTEN:
            inquiry = inquiry._replace(validity=None, refusal=_REFUSALS[outcome], agreed=None)
        line = log_line(inquiry, self._next_number())
        while self._direct.run(self._log, line) == 0:
            line["entry"] += 1
        return outcome

    def _write_beside(self, rows: list[Beside]) -> None:
        """Write rows in the order of their keys: nor do two processes wait in a ring for these."""
        for statement, alike in itertools.groupby(
            sorted(rows, key=_key_of), key=attrgetter("statement")
        ):
            if statement not in self._beside:
                self._beside[statement] = self._direct.prepare(statement(self._dialect))
            self._direct.run_all(self._beside[statement], [row.values for row in alike])

    def _spent(self, challenge: IssuedChallenge) -> Outcome:
        spent = {"nonce": challenge.nonce, "expires": challenge.expires, "now": self._time.now()}
        if self._direct.run(self._spend, spent):
            return Outcome.WRITTEN
        found = self._direct.first(self._is_spent, {"nonce": challenge.nonce})
        return Outcome.CHALLENGE_EXPIRED if found is None else Outcome.CHALLENGE_USED


def _order(waiting: _Waiting) -> bytes:
    challenge = waiting.entry.challenge
    return b"" if challenge is None else challenge.nonce


def _key_of(row: Beside) -> tuple[str, ...]:
    return row.statement.__module__, *(str(value) for value in row.values.values())


def _answer(written: list[_Waiting], outcomes: Sequence[Outcome] | Exception) -> None:
    """Tell each loop what became of what it waits for."""
    each: Sequence[Outcome | Exception] = (
        [outcomes] * len(written) if isinstance(outcomes, Exception) else outcomes
    )
    told = list(zip(written, each, strict=True))
    for loop in {waiting.loop for waiting in written}:
        with suppress(RuntimeError):  # a loop that has ended waits for nothing
            loop.call_soon_threadsafe(_resolve, [one for one in told if one[0].loop is loop])


def _resolve(told: list[tuple[_Waiting, Outcome | Exception]]) -> None:
    for waiting, outcome in told:
        if waiting.done.done():
            continue
        if isinstance(outcome, Exception):
            waiting.done.set_exception(outcome)
        else:
            waiting.done.set_result(outcome)
