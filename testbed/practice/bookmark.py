"""The queue that is under way, kept in a file: a testbed that is started anew tells of it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from testbed.disturbing.disturbance import Place
from testbed.practice.queue import LONGEST, Queue, QueueEntry, find_queue, own_queue
from wire.catalogue import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from testbed.practice.exercise import Exercise

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeftOff:
    """A queue that an end of the testbed has cut."""

    exercise: str
    """Its number."""
    queue: Queue
    place: int
    """Of the patient who was at the desk, from 1."""

    @property
    def person(self) -> str:
        """Their key."""
        return self.queue.entries[self.place - 1].person


@dataclass(frozen=True)
class Bookmark:
    """Where the exercise is that is under way; a file that cannot be written stops nobody."""

    path: Path

    def put(self, exercise: Exercise) -> None:
        """Keep how far an exercise is."""
        kept = {
            "exercise": exercise.number,
            "order": exercise.queue.order(),
            "place": exercise.current + 1,
        }
        beside = self.path.with_suffix(".new")
        try:
            beside.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            log.warning("How far the practice is could not be kept: %s", error)

    def remove(self) -> None:
        """Keep nothing: the exercise has ended."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("That the practice has ended could not be kept: %s", error)

    def read(self) -> LeftOff | None:
        """Return what was under way when the testbed ended; None where nothing was."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            queue, place = _queue_of(kept["order"]), int(kept["place"])
            if not 1 <= place <= min(len(queue.entries), LONGEST):
                return None
            return LeftOff(str(kept["exercise"]), queue, place)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, Problem) as error:
            # Of another version, or of people who do not live there any more.
            log.warning("What was practised last cannot be read: %r", error)
            return None


def _queue_of(order: dict[str, object]) -> Queue:
    if "Queue" in order:
        return find_queue(str(order["Queue"]))
    entries = order["Entries"]
    if not isinstance(entries, list):
        raise TypeError("Entries is a list")
    return own_queue(
        tuple(
            QueueEntry.of(one["Person"], Place(one["Outage"]) if one["Outage"] else None)
            for one in entries
        )
    )
