"""What is to be done: groups of cases, from all parts that have something, and how many they are.

A part that has something to be done gives it as a source, and joins the list in `app`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from intermediate_server.store.finding.place import COUNTED
from intermediate_server.web.texts import say, spoken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

SHOWN = 20
"""Cases of a group that the page shows."""
SECONDS_KNOWN = 10.0
"""How long what was counted is taken for known, while nobody does anything."""
SECONDS_KNOWN_IN_PART = 1.0
"""The same of what was counted while not all could be asked."""
NOT_ASKED = "？"
"""Behind a number, or in place of it, where not all could be asked."""
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
    way: str = ""
    """What is done there, where it is done to all of them together."""
    tone: str = "waiting"
    """``bad`` where clinics are told something wrong until it is done, else ``waiting``."""
    asked: bool = True
    """Whether all was asked that it depends on; if not, there may be others."""

    @property
    def counted(self) -> str:
        """How many there are, honestly."""
        if not self.asked and not self.count:
            return NOT_ASKED
        key = "list.at_least" if self.count >= COUNTED else "list.count"
        return say(key, count=f"{self.count:,}") + ("" if self.asked else NOT_ASKED)


@dataclass
class TodoList:
    """What is to be done, from all who have something."""

    sources: list[Callable[[], Awaitable[TodoGroup]]] = field(default_factory=list)
    _known: dict[tuple[str, str], TodoGroup] = field(default_factory=dict)
    """What each group was when all could be asked, in each language."""

    async def groups(self) -> list[TodoGroup]:
        """Return the groups in which there is something, or of which nobody can say.

        One that could not be asked about is as it was known before.
        """
        found = await asyncio.gather(*(source() for source in self.sources))
        return [group for group in map(self._known_or, found) if group.count or not group.asked]

    def _known_or(self, group: TodoGroup) -> TodoGroup:
        this = group.key, str(spoken())
        if group.asked:
            self._known[this] = group
            return group
        return replace(self._known.get(this, group), asked=False)


class TodoNumber(NamedTuple):
    """How much is to be done, as far as it is known."""

    text: str = ""
    """Empty where it is nothing, or not known."""
    complete: bool = True
    """Whether all could be asked that it depends on."""


@dataclass
class TodoCount:
    """How much is to be done, as every page shows it: counted seldom, and never waited for long."""

    todo: TodoList
    hindrances: tuple[type[Exception], ...]
    """What keeps a database from being asked; then what was counted before stands."""
    _known: int = 0
    _complete: bool = True
    _counted_at: float = 0.0
    _counting: asyncio.Task[None] | None = None
    _forgotten: int = 0
    """How often somebody has done something."""

    def forget(self) -> None:
        """Count anew for the next page: somebody has done something."""
        self._counted_at = 0.0
        self._forgotten += 1

    async def groups(self) -> list[TodoGroup]:
        """Return the groups for a page that shows them, which then need no other count."""
        begun, forgotten = monotonic(), self._forgotten
        groups = await self.todo.groups()
        if forgotten == self._forgotten:
            self._take(groups)
            self._counted_at = begun
        return groups

    async def counted(self) -> TodoNumber:
        """Return how much it is."""
        known = SECONDS_KNOWN if self._complete else SECONDS_KNOWN_IN_PART
        if self._counting is None and monotonic() - self._counted_at > known:
            self._counted_at = monotonic()
            self._counting = asyncio.create_task(self._count(), name="counting what is to be done")
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=WAIT_SECONDS)
        hangs = self._counting is not None and monotonic() - self._counted_at > SECONDS_KNOWN
        text = f"{self._known:,}" if self._known < COUNTED else f"{COUNTED:,}+"
        return TodoNumber(text if self._known else "", self._complete and not hangs)

    async def stop(self) -> None:
        """Leave what is being counted, as the service ends."""
        if (counting := self._counting) is not None:
            counting.cancel()
            await asyncio.wait([counting])

    async def _count(self) -> None:
        try:
            self._take(await self.todo.groups())
        except self.hindrances as error:
            self._complete = False
            log.info("What is to be done could not be counted: %s", error)
        finally:
            self._counting = None

    def _take(self, groups: list[TodoGroup]) -> None:
        self._known = sum(group.count for group in groups)
        self._complete = all(group.asked for group in groups)
