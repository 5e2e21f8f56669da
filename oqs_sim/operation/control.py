"""What an operator has set, as every process of OQS goes by it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import TYPE_CHECKING, TypeVar

from oqs_sim.operation.delays import DelayProfile, delay_of, matches, profile_for
from oqs_sim.operation.effect import NOTHING, Effect, Strike
from oqs_sim.operation.message_setting import UNSET, MessageSetting
from oqs_sim.store.operation import rules, windows
from oqs_sim.store.operation.windows import WindowKind
from storage import outages, read_aside, reading, relax_durability

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.store.operation.rules import SetDelay, SetFault
    from oqs_sim.store.operation.windows import Window

log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

LOOKED_EVERY_SECONDS = 0.25
"""How soon a process goes by what was set at another one."""
MODES = (WindowKind.DISASTER, WindowKind.SYSTEM_FAILURE)
"""What lets an institution look a person up without card and number (P-087); of two that are open
the one that more people have agreed on."""


@dataclass(frozen=True)
class Standing:
    """What is set."""

    revision: tuple[int, int] = (-1, -1)
    delays: tuple[SetDelay, ...] = ()
    faults: tuple[tuple[SetFault, Effect], ...] = ()
    windows: tuple[Window, ...] = ()
    """Those that are not over."""
    messages: Mapping[str, MessageSetting] = field(default_factory=dict)
    """By institution code; the empty one is for all others."""

    @property
    def is_quiet(self) -> bool:
        """Whether no request is treated otherwise than any."""
        return not (self.delays or self.faults or self.maintenance)

    def message_setting(self, institution_code: str) -> MessageSetting:
        """Return how the messages to an institution's terminal are written."""
        return self.messages.get(institution_code) or self.messages.get("") or UNSET

    @property
    def maintenance(self) -> list[Window]:
        """The windows of maintenance, also those to come."""
        return [one for one in self.windows if one.kind is WindowKind.MAINTENANCE]


class Operation:
    """Keeps what is set, and looks a few times a second whether another process set something."""

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], municipalities: Mapping[str, str]
    ) -> None:
        """Take the database, what tells business time, and in which municipality who lies."""
        self._municipalities = municipalities
        self.engine = engine
        self._now = now
        self._chance = SystemRandom()
        self._looking: asyncio.Task[None] | None = None
        self.quiet = True
        """Whether no request is treated otherwise than any: all that a request has to ask."""
        self.standing = Standing()
        self.on_reset: list[Callable[[], None]] = []
        """What is done in each process when the database was put back to its seed."""
        self.look()

    async def start(self) -> None:
        """Begin to look for what other processes set."""
        self._looking = asyncio.create_task(self._keep_looking(), name="oqs-operation")

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def look(self) -> None:
        """Read what is set, where it is not known already."""
        with reading(self.engine) as connection:
            found = rules.revision(connection)
            if found == self.standing.revision:
                return
            now = self._now()
            standing = Standing(
                found,
                tuple(rules.delays(connection)),
                tuple(
                    (one, Effect.parse(one.effect))
                    for one in rules.faults(connection)
                    if not one.is_over
                ),
                tuple(
                    one
                    for one in windows.all_windows(connection)
                    if one.closes_at is None or one.closes_at > now
                ),
                {
                    code: MessageSetting.model_validate_json(written)
                    for code, written in rules.message_settings(connection).items()
                },
            )
        was_put_back = self.standing.revision[1] not in {-1, found[1]}
        self.standing, self.quiet = standing, standing.is_quiet
        if was_put_back:
            for forget in self.on_reset:
                forget()

    async def set(self, work: Callable[[Connection], _Result]) -> _Result:
        """Set something, and have every process go by it: this one at once."""

        def done() -> _Result:
            with self.engine.begin() as connection:
                result = work(connection)
                rules.count_setting(connection)
            return result

        result = await asyncio.to_thread(done)
        await read_aside(self.engine, self.look)
        return result

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOKED_EVERY_SECONDS)
            try:
                await read_aside(self.engine, self.look)
            except outages(self.engine) as error:
                log.debug("What is set could not be read: %s", error)

    # --- what becomes of a request ---

    def under_maintenance(self, institution_code: str, now: datetime) -> Window | None:
        """Return the maintenance because of which a request is not answered, if any."""
        return next(
            (
                one
                for one in self.standing.maintenance
                if one.is_open(now) and self._covers(one, institution_code)
            ),
            None,
        )

    def mode(self, institution_code: str, now: datetime) -> Window | None:
        """Return the mode by which an institution may look a person up, if one is open (P-087)."""
        for kind in MODES:
            for one in self.standing.windows:
                if one.kind is kind and one.is_open(now) and self._covers(one, institution_code):
                    return one
        return None

    def _covers(self, window: Window, institution_code: str) -> bool:
        return window.covers(institution_code, self._municipalities.get(institution_code))

    async def strike(self, path: str, institution_code: str) -> Strike:
        """Return what happens to a request besides; what has chance in it is drawn now."""
        standing = self.standing
        struck = NOTHING
        profile = profile_for(standing.delays, path, institution_code)
        if profile is not DelayProfile.NONE:
            struck = struck.and_also(delay_of(profile, self._chance) or NOTHING)
        for fault, effect in standing.faults:
            if matches(fault.path, fault.institution_code, path, institution_code):
                found = await self._drawn(fault, effect)
                struck = struck if found is None else struck.and_also(found)
        return struck

    async def _drawn(self, fault: SetFault, effect: Effect) -> Strike | None:
        """Draw whether a fault strikes: the same seed gives the same course (by requests seen)."""

        def draw() -> Strike | None:
            with self.engine.begin() as connection:
                relax_durability(connection)
                seen = rules.see(connection, fault.number)
                if seen is None:
                    return None
                # Chance that is to be repeated, and has nothing to hide.
                chance = Random(f"{fault.seed}:{seen}")  # noqa: S311
                if chance.random() >= fault.probability:
                    return None
                rules.strike(connection, fault.number)
            return effect.strike_by(chance)

        return await asyncio.to_thread(draw)
