"""The pictures of measurements, for the documentation."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMAGES = Path(__file__).parent.parent / "docs" / "images"
COLOURS = {"postgresql": "#1f5fa8", "sqlite": "#b0562b"}
LABELS = {"postgresql": 9, "sqlite": -18}
"""How many points above the median its number stands."""


def draw_growth(
    curves: Mapping[str, Mapping[int, Sequence[float]]], names: Mapping[str, str]
) -> Path:
    """Draw what a change costs (µs) over the members in the table, for each engine.

    Every round is a dot, and the medians are joined by a line.
    """
    # Slow to import, and needed by this picture only.
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(figsize=(8, 4.5), dpi=120, layout="constrained")
    for engine, costs in curves.items():
        colour = COLOURS[engine]
        for size, rounds in costs.items():
            axes.plot([size] * len(rounds), rounds, "o", color=colour, alpha=0.25, markersize=4)
        medians = {size: statistics.median(rounds) for size, rounds in costs.items()}
        axes.plot(
            list(medians), list(medians.values()), "o-", color=colour, markersize=7,
            label=f"{names[engine]}: median of each size",
        )  # fmt: skip
        for size, median in medians.items():
            axes.annotate(
                f"{median:.0f}", (size, median), xytext=(0, LABELS[engine]),
                textcoords="offset points", ha="center", color=colour,
            )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("members in the tables (logarithmic)")
    axes.set_ylabel("elapsed time per change, from due to marked (µs)")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(loc="lower right")
    place = IMAGES / "sync-growth.png"
    figure.savefig(place)
    plt.close(figure)
    return place
