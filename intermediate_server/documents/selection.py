"""Which papers go out together, in which order, and what a list says of them (PP-09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from eligibility.documents import Delivery
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from eligibility.documents import DocumentKind, Paper

POSTING_ORDER = (
    Delivery.RECORDED_MAIL,
    Delivery.REGISTERED_MAIL,
    Delivery.ORDINARY_MAIL,
    Delivery.VIA_EMPLOYER,
    Delivery.COUNTER,
)
"""By which way first; within a way by postal code and address."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers go out together: an insurer's, decided on between two days."""

    insurer_number: str
    first: date
    last: date
    kinds: frozenset[DocumentKind]
    deliveries: frozenset[Delivery]
    unsent: bool = True
    """Whether those that have been sent or handed over are left out."""
    recorded_until: datetime | None = None
    """What was recorded after this moment is left out, so that what is noted as sent is what was
    printed; None for all that there is."""


def listed(keys: Iterable[tuple[str, int]]) -> str:
    """Return what tells papers that go out together, by person and number, from any others."""
    written = "\n".join(f"{reference} {number}" for reference, number in keys)
    return blake2b(written.encode(), digest_size=16).hexdigest()


def write_recorded_until(selection: Selection) -> str:
    """Write the moment of a selection so that it needs no escape in an address."""
    until = selection.recorded_until
    return until.astimezone(UTC).isoformat().replace("+00:00", "Z") if until else ""


def read_recorded_until(text: str) -> datetime | None:
    """Read the moment until which papers are looked at; None where it is empty.

    It is written in ISO 8601, with its distance from UTC.

    Raises:
        Problem: INVALID_REQUEST.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Problem(
        Catalogue.INVALID_REQUEST,
        f"RecordedUntil: {text[:40]} is no moment with its distance from UTC, as in "
        "2026-11-16T00:00:00Z; give what the list said (X-Recorded-Until).",
        japanese="RecordedUntil の日時が読めません。"
        "一覧の X-Recorded-Until の値をそのまま送ってください。",
    )


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A line of a posting list."""

    number: int
    """通番: the place among all papers of the selection, from 1."""
    delivery: Delivery
    kind: str
    name: str
    post_number: str
    address: str
    insurer_number: str
    insured: str
    issued_on: str
    part: int
    page: int
    """The first page of the paper in the PDF of its part; 0 where it cannot be printed."""
    document: tuple[str, int]
    """The person's reference, and the number of the document; they stand on no list."""
    refusal: str = ""
    """Why it cannot be printed, in Japanese."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells in the list as CSV."""
        return (
            str(self.number), self.delivery.japanese, self.kind, self.name, self.post_number,
            self.address, self.insurer_number, self.insured, self.issued_on, str(self.part),
            str(self.page or ""), self.refusal,
        )  # fmt: skip


class PostingPart(NamedTuple):
    """A part of a selection: what is printed in one PDF, and the lines of its list."""

    part: int
    parts: int
    counts: dict[Delivery, int]
    """How many papers the whole selection has, by way."""
    rows: tuple[PostingRow, ...]
    papers: tuple[Paper, ...]
    """Those that can be printed, in the order of the rows."""
