"""A card that faults happen to."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reader.description.narration import SessionTracker
from virtual_card.plug import CardMute, CardPulled
from virtual_card.wrappers.fault import Disruption, Fault
from virtual_card.wrappers.interruptible_card import InterruptibleCard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reader.description.narration import Target
    from virtual_card.plug import Card


@dataclass(frozen=True)
class FaultState:
    """A fault that is set, and what it has done so far."""

    fault: Fault
    struck: int
    """Commands that it has struck."""


class _Armed:
    """A fault with its count of commands."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.struck = 0
        self._passed = 0

    def strikes(self, apdu: bytes, target: Target) -> bool:
        on = self.fault.on
        if not on.fits(apdu, target):
            return False
        if self._passed < on.after:
            self._passed += 1
            return False
        if on.times is not None and self.struck >= on.times:
            return False
        self.struck += 1
        return True


class FaultyCard(InterruptibleCard):
    """Wraps a card that faults happen to. They may be set and cleared while it is in use."""

    def __init__(
        self,
        card: Card,
        *faults: Fault | str,
        dead: bool = False,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        """Wrap a card with faults, as values or as they are written.

        ``dead`` wraps one that has died before; `on_death` is called when it dies.
        """
        super().__init__(card)
        self._on_death = on_death
        self._tracker = SessionTracker()
        self._setting = threading.Lock()
        self._armed: tuple[_Armed, ...] = ()
        self._mute = False
        self.dead = dead
        self.set_faults(faults)

    @property
    def faults(self) -> tuple[FaultState, ...]:
        """Those that are set, in the order in which they were."""
        return tuple(FaultState(armed.fault, armed.struck) for armed in self._armed)

    def set_faults(self, faults: Iterable[Fault | str]) -> None:
        """Have these faults and no others from now on; raises `SpecificationError`.

        A mute card answers again. A dead one stays dead.
        """
        values = [Fault.parse(each) if isinstance(each, str) else each for each in faults]
        with self._setting:
            self._armed = tuple(map(_Armed, values))
            self._mute = False

    def add_fault(self, fault: Fault | str) -> None:
        """Have one more fault; raises `SpecificationError`."""
        armed = _Armed(Fault.parse(fault) if isinstance(fault, str) else fault)
        with self._setting:
            self._armed = (*self._armed, armed)

    def repair(self) -> None:
        """Bring a dead card back to life, and forget what made it die."""
        with self._setting:
            self._armed = tuple(each for each in self._armed if not each.fault.deadly)
            self.dead = False

    def power_on(self) -> bytes:
        """See `Card.power_on`; a dead card raises `CardMute`."""
        self._tracker.lose_power()
        atr = super().power_on()
        if self.dead:
            raise CardMute
        return atr

    def reset(self) -> bytes:
        """See `Card.reset`; a dead card raises `CardMute`."""
        self._tracker.lose_power()
        atr = super().reset()
        if self.dead:
            raise CardMute
        return atr

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command, or whatever the faults make of that; see `Card.process`."""
        begun, disturbances = time.monotonic(), self.disturbances
        if self.dead or self._mute:
            raise CardMute
        target = self._tracker.target(apdu)
        with self._setting:
            striking = [each.fault for each in self._armed if each.strikes(apdu, target)]
        if not striking:
            return self._carry_out(apdu)
        disruption = Disruption()
        for fault in striking:
            fault.strike(disruption)
        if disruption.delay:
            self.wait_until(begun + disruption.delay / 1000, disturbances)
        self._fall_silent(disruption)
        if disruption.pulled:
            raise CardPulled
        if disruption.answer is not None:
            return disruption.answer
        answer = self._carry_out(apdu)
        for fault in striking:
            answer = fault.damage(answer)
        return answer

    def _fall_silent(self, disruption: Disruption) -> None:
        if disruption.dies:
            self.dead = True
            if self._on_death is not None:
                self._on_death()
        if disruption.falls_mute:
            self._mute = True
        if self.dead or self._mute:
            raise CardMute

    def _carry_out(self, apdu: bytes) -> bytes:
        answer = super().process(apdu)
        self._tracker.follow(apdu, int.from_bytes(answer[-2:], "big"))
        return answer
