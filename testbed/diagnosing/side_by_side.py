"""Looks that run side by side, each with a bound: what hangs is told, and not waited for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, failed, not_looked_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 8.0
"""How long a look may take: far more than any needs, on a busy machine too."""
_SLOW_ONLY = {Probe.PYTHON, Probe.DISK, Probe.FONTS}
"""Looks that wait for nobody: where one takes long, the machine is busy, and nothing is amiss."""
_HANGING: dict[Probe, threading.Thread] = {}
"""Looks of this process that have not come back; none is begun a second time beside them."""


def side_by_side(
    looks: Mapping[Probe, Callable[[], Sequence[Finding]]], seconds: float = SECONDS
) -> tuple[Finding, ...]:
    """Look at everything at once, each in a thread of its own that ends with the program."""
    found: dict[Probe, Sequence[Finding]] = {}

    def run(probe: Probe, look: Callable[[], Sequence[Finding]]) -> None:
        try:
            found[probe] = look()
        except Exception as error:  # noqa: BLE001 - a diagnosis that fails helps nobody
            found[probe] = [failed(probe, error)]

    until = time.monotonic() + seconds
    begun = {}
    for probe, look in looks.items():
        if probe in _HANGING and _HANGING[probe].is_alive():
            continue
        begun[probe] = threading.Thread(
            target=run, args=(probe, look), name=f"look at {probe}", daemon=True
        )
        begun[probe].start()
    for probe, thread in begun.items():
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            _HANGING[probe] = thread
    return tuple(
        finding for probe in looks for finding in found.get(probe, [_hangs(probe, seconds)])
    )


def _hangs(probe: Probe, seconds: float) -> Finding:
    if probe in _SLOW_ONLY:
        why = f"{seconds:g} 秒では終わりませんでした", f"it takes longer than {seconds:g} s"
        return not_looked_at(probe, Sentence(*why))
    return bad(
        probe,
        Sentence(
            f"{seconds:g} 秒待っても返事がありません: {probe.said.ja}",
            f"No answer within {seconds:g} s: {probe.said.en}",
        ),
        Sentence(
            "読取機のケーブルを挿し直し、ネットワークのフォルダーにつながるか確かめて、"
            "もう一度調べてください。",
            "Unplug the reader and plug it in again, see that folders on the net can be opened, "
            "then look once more.",
        ),
    )
