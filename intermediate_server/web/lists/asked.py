"""What a list is asked for: filters and the place in it, all of it in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import httpx2

from intermediate_server.filing.field_parsers import Unreadable, day
from intermediate_server.store.finding.place import COUNTED, Page, Place
from intermediate_server.web.texts import PREFERENCES, said, say
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from enum import StrEnum

_Code = TypeVar("_Code", bound="StrEnum")
ROWS_SHOWN = 50
ROWS_OF_CSV = 1_000
"""Rows that are read at once for a file."""
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter with its values."""

    name: str
    label: str
    value: str
    values: Choices
    """None of them where something is typed."""
    example: str = "20261116"
    """What stands pale where it is typed."""


class Asked:
    """Reads the parameters of an address; what cannot be read is said, and filters nothing."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = {name: text.strip() for name, text in sent.items() if text.strip()}
        self.faults: list[str] = []

    def text(self, name: str) -> str:
        """Return a parameter; empty where it is absent."""
        return self._sent.get(name, "")[:40]

    def code(self, name: str, of: type[_Code]) -> _Code | None:
        """Return a member of an enumeration."""
        sent = self.text(name)
        if not sent:
            return None
        if sent not in set(of):
            self.faults.append(say("list.unknown_value", name=name))
            return None
        return of(sent)

    def day(self, name: str) -> date | None:
        """Return a day, however it was written."""
        sent = self.text(name)
        if not sent:
            return None
        try:
            return day(sent)
        except Unreadable as error:
            self.faults.append(said(error.text))
            return None

    def days(self) -> tuple[date | None, date | None]:
        """Return the days from and until which rows are wanted."""
        first, last = self.day("From"), self.day("Until")
        if first is not None and last is not None and last < first:
            self.faults.append(say("list.no_day_between"))
        return first, last

    def require_read(self) -> None:
        """See that all was understood: a file would not tell that a filter does not hold.

        Raises:
            Problem: INVALID_REQUEST.
        """
        if self.faults:
            said = " ".join(self.faults)
            raise Problem(Catalogue.INVALID_REQUEST, said, japanese=said)

    @property
    def page(self) -> Page:
        """Which rows are wanted."""
        return Page(ROWS_SHOWN, _place(self.text_of_place), self.text("Order") == "oldest")

    @property
    def text_of_place(self) -> str:
        """Where the page begins, as it was sent."""
        return self._sent.get("After", "")[:100]

    def address(self, path: str, **other: str) -> str:
        """Return the address of the same list, with some parameters set otherwise."""
        kept = {
            name: text for name, text in self._sent.items() if name not in {"After", *PREFERENCES}
        }
        wanted = {name: text for name, text in {**kept, **other}.items() if text}
        query = str(httpx2.QueryParams(wanted))
        return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class Paging:
    """Where one is in a list, and the ways on."""

    count: int
    first: str
    """The address of the first page; empty on it."""
    following: str
    """The address of the next page; empty on the last."""
    csv: str
    other_order: str
    oldest_first: bool

    @property
    def counted(self) -> str:
        """How many there are, honestly."""
        key = "list.at_least" if self.count >= COUNTED else "list.count"
        return say(key, count=f"{self.count:,}")

    @classmethod
    def of(cls, asked: Asked, path: str, count: int, following: Place | None) -> Paging:
        """Draw the ways on."""
        oldest_first = asked.page.oldest_first
        return cls(
            count,
            asked.address(path) if asked.text_of_place else "",
            asked.address(path, After=written(following)) if following else "",
            asked.address(f"{path}.csv"),
            asked.address(path, Order="" if oldest_first else "oldest"),
            oldest_first,
        )


def written(place: Place) -> str:
    """Write a place for an address."""
    at = place.recorded_at.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
    return f"{at}~{place.person_reference}~{place.number}"


def _place(text: str) -> Place | None:
    at, _, rest = text.partition("~")
    reference, _, number = rest.partition("~")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and reference.isascii()):
        return None
    try:
        recorded_at = datetime.strptime(at, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Place(recorded_at, reference, int(number))
