"""Where the processor time of a running process goes, as a flame graph.

Every millisecond of processor time the stacks of all threads are looked at, and each thread's
processor time since the last look is put down to where it stands. What runs in C stands at the
line that called it.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

Stack = tuple[str, ...]
"""Names of functions, the outermost first."""

EVERY_SECONDS = 0.001
WIDTH, HEIGHT, MARGIN = 1200, 17, 10
NARROWEST = 0.0008
"""Of the whole; what is narrower is not drawn."""
FONT = 11


class Sampler:
    """Counts processor time by stack, in the process that it is made in."""

    def __init__(self) -> None:
        self.stacks: Counter[Stack] = Counter()
        """Nanoseconds."""
        self._spent: dict[int, int] = {}

    def start(self) -> None:
        """Look from now on; from the main thread only."""
        self._spent = {}
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    def stop(self) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def write(self, where: Path) -> None:
        """Write down what was counted, and count anew."""
        beside = where.with_suffix(".part")
        beside.write_text(json.dumps([[*stack, spent] for stack, spent in self.stacks.items()]))
        beside.rename(where)
        self.stacks.clear()

    @staticmethod
    def read(where: Path) -> Counter[Stack]:
        """Read what another process has written down."""
        lines = json.loads(where.read_text())
        return Counter({tuple(stack): spent for *stack, spent in lines})

    def _look(self, _: int, interrupted: FrameType | None) -> None:
        frames = sys._current_frames()  # noqa: SLF001 # as the standard library offers it
        main = threading.get_ident()
        for thread in threading.enumerate():
            if thread.ident is None:
                continue
            try:
                now = time.clock_gettime_ns(time.pthread_getcpuclockid(thread.ident))
            except OSError:
                continue  # it has just ended
            spent = now - self._spent.get(thread.ident, now)
            self._spent[thread.ident] = now
            frame = interrupted if thread.ident == main else frames.get(thread.ident)
            if spent and frame is not None:
                self.stacks[(thread.name, *_stack(frame))] += spent


def _stack(frame: FrameType | None) -> Stack:
    names = []
    while frame is not None:
        code = frame.f_code
        place = code.co_filename.rpartition("site-packages/")[2]
        names.append(f"{'/'.join(place.split('/')[-2:])}:{code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(names))


def draw(stacks: Counter[Stack], title: str, per: int, where: Path) -> None:
    """Draw the stacks into an SVG; widths are processor time, in microseconds for one of ``per``.

    Where one function stands over another, it was called by it.
    """
    total = stacks.total()
    levels: list[str] = []
    deepest = 0

    def rows(of: Counter[Stack], left: float, level: int) -> None:
        nonlocal deepest
        deepest = max(deepest, level)
        below: dict[str, Counter[Stack]] = {}
        for stack, spent in of.items():
            if stack:
                below.setdefault(stack[0], Counter())[stack[1:]] += spent
        for name, rest in sorted(below.items()):
            width = rest.total() / total
            if width >= NARROWEST:
                levels.append(_box(name, left, width, level, rest.total() / per / 1000))
                rows(rest, left, level + 1)
            left += width

    rows(stacks, 0.0, 1)
    height = (deepest + 2) * HEIGHT + 2 * MARGIN
    where.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="{FONT}">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="{MARGIN}" y="{MARGIN + 12}" font-size="14">{escape(title)}</text>'
        f"{''.join(levels)}</svg>\n",
        "utf-8",
    )


def _box(name: str, left: float, width: float, level: int, microseconds: float) -> str:
    x, y = MARGIN + left * (WIDTH - 2 * MARGIN), MARGIN + level * HEIGHT
    wide = width * (WIDTH - 2 * MARGIN)
    ours = name.split("/", maxsplit=1)[0] in {"oqs_sim", "wire", "storage", "eligibility", "store"}
    colour = f"hsl({20 if ours else 205} 70% {72 + sum(name.encode()) % 14}%)"
    short = name.rpartition(":")[2]
    letters = int(wide / (FONT * 0.58))
    text = short if len(short) <= letters else f"{short[: letters - 1]}…" if letters > 3 else ""
    return (
        f"<g><title>{escape(name)}: {microseconds:.1f} µs</title>"
        f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT - 1}" fill="{colour}"/>'
        f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(text)}</text></g>'
    )
