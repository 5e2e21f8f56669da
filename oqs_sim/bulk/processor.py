"""Doing what was taken in bulk, beside the checks, by any number of processes.

A part is claimed for a while, done by reading alone, and written down in one transaction with its
lines of the log and the end of the claim. A process that is killed leaves a claim that ends by
itself, in database time, and nothing else; one that was merely slow finds that it has no claim any
more, and writes nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from oqs_sim.bulk.message import Outdated, together
from oqs_sim.bulk.undone import undone
from oqs_sim.store.bulk.receptions import (
    DonePart,
    claim_part,
    finish_part,
    forget_over,
    is_part_free,
)
from oqs_sim.store.journal import written_together
from storage import outages, reading, turn_to_write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.bulk.message import BulkMessage, PartOutcome, Work
    from oqs_sim.bulk.policy import BulkPolicy
    from oqs_sim.store.bulk.receptions import ClaimedPart
    from wire.vocabulary.element import Element

log = logging.getLogger(__name__)

_FORGOTTEN_EVERY_LOOKS = 60


class BulkProcessor:
    """Does parts in a thread of its own, which starts with the service."""

    def __init__(
        self,
        engine: Engine,
        policy: BulkPolicy,
        works: Mapping[BulkMessage, Work],
        now: Callable[[], datetime],
    ) -> None:
        """Take what does each kind of message, and the clock by which results are forgotten."""
        self._engine = engine
        self._policy = policy
        self._works = {str(message): work for message, work in works.items()}
        self._now = now
        self.failures = 0
        """How often something failed here that nobody foresaw."""
        self._taken = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="oqs-bulk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the part that is under way; what waits is done by others, or later."""
        self._ending = True
        self._taken.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def is_alive(self) -> bool:
        """Whether what is taken is done."""
        return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """Say that something was taken."""
        self._taken.set()

    def work_off(self) -> None:
        """Do parts until none is free, or the service ends."""
        while not self._ending and self.work_one():
            pass

    def work_one(self) -> bool:
        """Do one part; return False where none is free.

        What cannot be written down keeps its claim until that ends: others are done meanwhile.
        """
        with reading(self._engine) as connection:
            if not is_part_free(connection):
                return False
        claimed = self.claim()
        if claimed is None:
            return False
        try:
            self._do(claimed)
        except outages(self._engine):
            raise
        except Exception:
            log.exception("A part of %s could not be written.", claimed.reception.message)
            self.failures += 1
        return True

    def _do(self, claimed: ClaimedPart) -> None:
        """Do a part and write it down; do it again where others wrote something against it."""
        outdated = True
        while outdated:
            try:
                self.finish(claimed, self._outcome(claimed))
                outdated = False
            except Outdated:
                log.info("A part of %s is done again.", claimed.reception.message)

    def _outcome(self, claimed: ClaimedPart) -> PartOutcome:
        """Do a part; where that fails unforeseen, unit by unit, so that few are errors."""
        if claimed.tries > self._policy.most_tries:
            log.error("A part of %s is given up.", claimed.reception.message)
            return undone(claimed)
        units = (replace(claimed, asked=one) for one in claimed.units)
        return self._done(claimed) or together([self._done(one) or undone(one) for one in units])

    def _done(self, claimed: ClaimedPart) -> PartOutcome | None:
        """Do a part; return None where that fails unforeseen."""
        try:
            return self._works[claimed.reception.message](claimed)
        except outages(self._engine):
            raise
        except Exception:
            log.exception("A part of %s could not be done.", claimed.reception.message)
            self.failures += 1
            return None

    def claim(self) -> ClaimedPart | None:
        """Claim the part that has waited longest."""
        with turn_to_write(self._engine), self._engine.begin() as connection:
            return claim_part(connection, secrets.token_hex(16), self._policy.lease_seconds)

    def finish(self, claimed: ClaimedPart, outcome: PartOutcome) -> bool:
        """Write down what came of a part; return False where another process has taken it over.

        Raises:
            Outdated: nothing was written.
        """
        answered = ",".join(map(_written, outcome.units))
        done = DonePart(answered, len(outcome.units), outcome.errors)

        def write(connection: Connection) -> bool:
            if not finish_part(connection, claimed, done, outcome.lines):
                log.warning("A part of %s was taken over.", claimed.reception.message)
                return False
            outcome.write(connection)
            return True

        return written_together(self._engine, write)

    def _run(self) -> None:
        looks = 0
        while not self._ending:
            self._taken.clear()
            try:
                self.work_off()
                if looks % _FORGOTTEN_EVERY_LOOKS == 0:
                    self.forget()
            except outages(self._engine) as error:
                log.warning("What was taken in bulk waits for the database: %s", error)
            except Exception:
                log.exception("What was taken in bulk could not be looked for.")
            looks += 1
            self._taken.wait(self._policy.look_every_seconds)

    def forget(self) -> None:
        """Forget what is kept no longer."""
        now = self._now()
        with turn_to_write(self._engine), self._engine.begin() as connection:
            if count := forget_over(connection, now):
                log.info("%s results in bulk are kept no longer.", count)


def _written(unit: Element) -> str:
    """Return a unit as JSON; what is absent or empty is left out."""
    empty = {name for name, value in unit if value == ()}
    return unit.model_dump_json(by_alias=True, exclude_none=True, exclude=empty, warnings=False)
