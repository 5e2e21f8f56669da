"""The table of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement next to its baseline."""

    what: str
    measured: str
    baseline: str
    ratio: str
    target: str
    met: bool | None
    """None where nothing is aimed at."""


def written(rows: list[Row]) -> str:
    """Return the table as Markdown, its columns aligned."""
    cells = [("what", "measured", "baseline", "ratio", "target", "")]
    marks = {True: "✔", False: "✖", None: ""}
    cells += [
        (row.what, row.measured, row.baseline, row.ratio, row.target, marks[row.met])
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
