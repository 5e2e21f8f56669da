"""What is noted of a request while it is answered: its id above all, from desk to database.

A request that comes without an id gets one; what a service asks of another one meanwhile carries
it on. Whatever the request's course brings out is noted here by who knows it, for metrics, for the
journal of requests and for log lines.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "X-Request-Id"
RAW_HEADER = HEADER.lower().encode()
_LONGEST = 64
_FORM = re.compile(rb"[0-9A-Za-z._:-]{1,%d}" % _LONGEST, re.ASCII)
"""What is taken for an id; anything else is as if there was none."""


@dataclass(slots=True)
class RequestNote:
    """What is known of the request at hand; without anything personal but the reference."""

    request_id: str
    visit_id: str | None = None
    """The visit at a desk that comes of it."""
    code: str | None = None
    """The code of the problem that it was answered with."""
    validity: str | None = None
    """資格有効性, as it was answered."""
    person_reference: str | None = None
    struck_by: str | None = None
    """The fault or delay that an operator has set for it."""
    asked: object = None
    """What was asked, for who looks for near misses; it goes no further by itself."""

    @property
    def carried_id(self) -> str:
        """The id of what is asked of others meanwhile: with the visit's behind it, if any.

        By that, all that was asked for a visit is found, whatever requests it took. A long id of
        the request loses its end.
        """
        if self.visit_id is None:
            return self.request_id
        behind = f".{self.visit_id}"
        return self.request_id[: _LONGEST - len(behind)] + behind


_noted: ContextVar[RequestNote | None] = ContextVar("request_note", default=None)


class _Ids:
    """Makes ids: of a part that no other process has, and a number."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin anew, as a process that was forked has to."""
        self._process, self._numbers = secrets.token_hex(5), itertools.count(1)

    def next(self) -> str:
        """Return an id that nobody has."""
        return f"{self._process}-{next(self._numbers):06x}"


_ids = _Ids()
os.register_at_fork(after_in_child=_ids.begin)


def begin_note(headers: list[tuple[bytes, bytes]]) -> RequestNote:
    """Begin the note of the request that has these headers; it is the current one from now on."""
    given = None
    for name, value in headers:
        if name == RAW_HEADER:
            given = value.decode("ascii") if _FORM.fullmatch(value) else None
            break
    note = RequestNote(given or _ids.next())
    _noted.set(note)
    return note


@contextmanager
def own_note() -> Iterator[None]:
    """Have a note with an id for work that goes out by itself, until it is done."""
    token = _noted.set(RequestNote(_ids.next()))
    try:
        yield
    finally:
        _noted.reset(token)


def current_note() -> RequestNote | None:
    """Return the note of the request that is being answered here; None where none is."""
    return _noted.get()
