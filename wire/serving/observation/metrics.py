"""Counting for Prometheus: counters, histograms and gauges, in its text format 0.0.4.

Each process counts for itself, on its own console. Several processes of one service are several
targets of a scrape; Prometheus adds them up (``sum by (route) (…)``).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 7.0, 10.0)
"""Upper bounds of the latencies; 3, 7 and 10 seconds are those of the field (cases, §2.4)."""


class Counter:
    """How often something has happened, by labels."""

    kind = "counter"

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name, self.text, self.labels = name, text, labels
        self._counted: dict[tuple[str, ...], int] = {}

    def count(self, *values: str) -> None:
        """Count once more, for values in the order of the labels."""
        self._counted[values] = self._counted.get(values, 0) + 1

    def lines(self) -> Iterator[str]:
        """Write what was counted."""
        for values, number in sorted(self._counted.items()):
            yield f"{self.name}{_labels(self.labels, values)} {number}"


class Histogram:
    """How long something takes, in seconds, by labels."""

    kind = "histogram"

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name, self.text, self.labels = name, text, labels
        self._counted: dict[tuple[str, ...], list[float]] = {}

    def observe(self, seconds: float, *values: str) -> None:
        """Count a duration."""
        counted = self._counted.get(values)
        if counted is None:
            # One number for each bound, one for what lies beyond, and the sum.
            counted = self._counted[values] = [0] * (len(SECONDS) + 2)
        counted[bisect_left(SECONDS, seconds)] += 1
        counted[-1] += seconds

    def lines(self) -> Iterator[str]:
        """Write what was counted; each bound counts all that lies below."""
        for values, (*counted, total) in sorted(self._counted.items()):
            below = 0
            for bound, number in zip((*map(str, SECONDS), "+Inf"), counted, strict=True):
                below += int(number)
                yield (
                    f"{self.name}_bucket{_labels((*self.labels, 'le'), (*values, bound))} {below}"
                )
            labels = _labels(self.labels, values)
            yield f"{self.name}_sum{labels} {total:.6f}"
            yield f"{self.name}_count{labels} {below}"


class Gauge:
    """How much of something there is now."""

    kind = "gauge"

    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self.name, self.text, self._read = name, text, read

    def lines(self) -> Iterator[str]:
        """Write how much there is."""
        yield f"{self.name} {self._read():g}"


def exposition(metrics: Sequence[Counter | Histogram | Gauge]) -> str:
    """Write all metrics as Prometheus reads them."""
    written: list[str] = []
    for one in metrics:
        written += [f"# HELP {one.name} {one.text}", f"# TYPE {one.name} {one.kind}"]
        written += one.lines()
    return "\n".join([*written, ""])


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
