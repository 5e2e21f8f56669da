"""A trace of a card, for a person at a terminal and for a program."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from virtual_card.wrappers.trace import Control, ToldEntry, told_entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from testbed.terminal_output.speech import Speech
    from virtual_card.wrappers.trace import Trace


def trace_lines(trace: Trace, speech: Speech) -> Iterator[str]:
    """Tell a trace line by line: when a command came, how long the card took, what came of it."""
    if trace.begun is not None:
        at = trace.begun.isoformat(timespec="milliseconds")
        yield speech(Sentence(f"記録の開始: {at}", f"the trace began at {at}"))
    yield speech(Sentence("  開始から (ms)   所要 (ms)", "  after it (ms)   took (ms)"))
    for told in told_entries(trace):
        entry = told.entry
        took = None if isinstance(entry, Control) else entry.took
        shown = "" if took is None else f"{1000 * took:.1f}"
        came = "" if told.came is None else f" → {speech(told.came)}"
        yield f"{1000 * entry.at:15.1f} {shown:>11}  {speech(told.asked)}{came}"
    durations = [one.took for one in trace.exchanges if one.took is not None]
    number, total = len(durations), f"{1000 * sum(durations):.1f}"
    if durations:
        yield speech(
            Sentence(
                f"カードの所要: {number} 命令で {total} ms",
                f"the card took {total} ms for {number} commands",
            )
        )


def trace_document(trace: Trace, speech: Speech) -> dict[str, object]:
    """Write a trace for a program: instants, milliseconds, and what each command was about."""
    return {
        "atr": trace.atr.hex().upper(),
        "begun": None if trace.begun is None else trace.begun.isoformat(),
        "entries": [_entry(told, trace.begun, speech) for told in told_entries(trace)],
    }


def _entry(told: ToldEntry, begun: datetime | None, speech: Speech) -> dict[str, object]:
    entry = told.entry
    written: dict[str, object] = {
        "at": None if begun is None else (begun + timedelta(seconds=entry.at)).isoformat(),
        "at_ms": round(1000 * entry.at, 3),
        "asked": speech(told.asked),
    }
    if isinstance(entry, Control):
        return {**written, "event": entry.event}
    answer = entry.answer
    return {
        **written,
        "took_ms": None if entry.took is None else round(1000 * entry.took, 3),
        "came": None if told.came is None else speech(told.came),
        "command": entry.command.hex().upper(),
        "secret": entry.secret,
        "status_word": None if answer is None else answer[-2:].hex().upper(),
        "answer_bytes": None if answer is None else len(answer) - 2,
        "lost": entry.lost,
    }
