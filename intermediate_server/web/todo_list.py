"""What is to be done: groups of cases, from all parts that have something, and how many they are.

A part that has something to be done gives it as a source, and joins the list in `app`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from intermediate_server.store.finding.place import COUNTED
from intermediate_server.web.texts import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

SHOWN = 20
"""Cases of a group that the page shows."""
SECONDS_KNOWN = 10.0
"""How long what was counted is taken for known, while nobody does anything."""
WAIT_SECONDS = 0.3
"""How long a page waits for the count before it shows what was known before."""


@dataclass(frozen=True, slots=True)
class TodoCase:
    """One thing to be done."""

    title: str
    """Whom or what it is about."""
    href: str
    """Where it is done."""
    note: str = ""
    """What is the matter, and what to do."""
    person_reference: str = ""
    """Whom it is about, for the reading log; empty where it is about nobody in particular."""
    kept: str = ""
    """What is on record of it, in Japanese."""


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """Things to be done of one kind."""

    key: str
    """A word for the address, unlike those of other groups."""
    title: str
    what_to_do: str
    """The next step, as a sentence."""
    count: int
    cases: tuple[TodoCase, ...]
    """The first of them."""
    href: str = ""
    """Where all of them are; empty where that is nowhere else."""
    tone: str = "waiting"
    """``bad`` where clinics are told something wrong until it is done, else ``waiting``."""

    @property
    def counted(self) -> str:
        """How many there are, honestly."""
        key = "list.at_least" if self.count >= COUNTED else "list.count"
        return say(key, count=f"{self.count:,}")


@dataclass
class TodoList:
    """What is to be done, from all who have something."""

    sources: list[Callable[[], Awaitable[TodoGroup]]] = field(default_factory=list)

    async def groups(self) -> list[TodoGroup]:
        """Return the groups in which there is something."""
        found = await asyncio.gather(*(source() for source in self.sources))
        return [group for group in found if group.count]


@dataclass
class TodoCount:
    """How much is to be done, as every page shows it: counted seldom, and never waited for long."""

    todo: TodoList
    hindrances: tuple[type[Exception], ...]
    """What keeps a database or a clock from being asked; then nothing is counted."""
    _known: int | None = None
    _counted_at: float = 0.0
    _counting: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Count anew for the next page: somebody has done something."""
        self._counted_at = 0.0

    async def counted(self) -> str:
        """Return how much it is; empty where it is nothing, or not known."""
        if self._counting is None and monotonic() - self._counted_at > SECONDS_KNOWN:
            self._counted_at = monotonic()
            self._counting = asyncio.create_task(self._count(), name="counting what is to be done")
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=WAIT_SECONDS)
        if not self._known:
            return ""
        return f"{self._known:,}" if self._known < COUNTED else f"{COUNTED:,}+"

    async def _count(self) -> None:
        try:
            self._known = sum(group.count for group in await self.todo.groups())
        except self.hindrances as error:
            self._known = None
            log.info("What is to be done could not be counted: %s", error)
        finally:
            self._counting = None
