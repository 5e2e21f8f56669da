"""`problems.md`: the catalogue of problems, and the reader's kinds of error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generator.markdown import NOTE, first_line, table
from reader.errors import NextStep, ReaderError
from wire.catalogue import Catalogue
from wire.problem_document import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEMS_INTRO = f"""\
# Problems

Every error is a document of the type `{MEDIA_TYPE}` (RFC 9457) with the members `type`, `title`,
`status`, `code`, `japanese` (for the person at the desk), `advice` (for the one who writes the
software) and, where there is more to say, `detail`.

The real system surely has codes for these cases, but they are not public. So all codes here begin
with `SIM-`: they are the simulator's own, and no program should expect them of the real system.
"""


def problems_page() -> str:
    """Describe the catalogue of problems, and the reader's kinds of error."""
    parts = [
        NOTE,
        PROBLEMS_INTRO,
    ]
    for entry in Catalogue:
        kind = entry.kind
        parts += [
            f"## {kind.code}\n",
            f"Status {kind.status}. {kind.title}\n",
            f"- The desk reads: {kind.japanese}\n- What to do: {kind.advice}\n",
        ]
        if entry is Catalogue.READER:
            parts += _reader_errors()
    return "\n".join(parts)


def _reader_errors() -> Iterator[str]:
    yield (
        "Further members: `kind` (below), `english`, `status_word` (what the card said, such as "
        "`0x63C2`), `attempts_remaining` (tries left for the PIN) and `next_step`.\n"
    )
    rows = [(f"`{error.code}`", first_line(error)) for error in _below(ReaderError)]
    rows.append(("`Busy`", "Another check is under way; the PIN was not sent."))
    yield table(("kind", "meaning"), rows)
    steps = ", ".join(f"`{step}`" for step in NextStep)
    yield f"`next_step` is one of {steps}, or `wait` (with `Busy`).\n"


def _below(kind: type[ReaderError]) -> Iterator[type[ReaderError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
