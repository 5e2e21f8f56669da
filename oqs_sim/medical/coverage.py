"""Whose care is claimed: days on which somebody was insured, or lived on 医療扶助."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wire.dates import read_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from typing import Self


class Period(NamedTuple):
    """Days from the first until the day before the end; without an end they go on."""

    first: date
    end: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether the day lies in the period."""
        return self.first <= on and (self.end is None or on < self.end)


@dataclass(frozen=True)
class Coverage:
    """When an insurer, or a welfare office, pays for somebody's care.

    Before the first period that OQS knows, another insurer is assumed which it does not know. Of
    whom it knows nothing, nobody claims anything: without claims there is no 薬剤・診療情報, and no
    医療費通知 (R-157, R-172).
    """

    periods: tuple[Period, ...]

    @classmethod
    def of(cls, written: Iterable[tuple[str, str | None]]) -> Self:
        """Read periods, each by its first day and the day on which it is over, ``yyyyMMdd``.

        One that was over on the day on which it began never was.
        """
        return cls(
            tuple(
                Period(read_day(first), read_day(end) if end else None)
                for first, end in written
                if first != end
            )
        )

    def holds(self, on: date) -> bool:
        """Tell whether the care of a day is claimed."""
        if not self.periods or on < min(one.first for one in self.periods):
            return bool(self.periods)
        return any(one.holds(on) for one in self.periods)
