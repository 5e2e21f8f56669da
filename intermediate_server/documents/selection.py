"""Which papers go out together, in which order, and what a list says of them (PP-09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from eligibility.documents import Delivery
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections import Counter
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
MAILED = frozenset({Delivery.RECORDED_MAIL, Delivery.REGISTERED_MAIL, Delivery.ORDINARY_MAIL})
"""The ways of the post, which takes nothing without an address."""
DELIVERED_AFTER = timedelta(days=7)
"""So long after a paper was sent it is taken for delivered, and no longer noted as unsent; a
parameter of ours, as no rule says."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers go out together: an insurer's, decided on between two days."""

    insurer_number: str
    first: date
    last: date
    kinds: frozenset[DocumentKind]
    deliveries: frozenset[Delivery]
    today: date
    """The day on which they go out: a membership that is lost by then has no post."""
    unsent: bool = True
    """Whether those that have been sent or handed over are left out."""
    recorded_until: datetime | None = None
    """What was recorded after this moment is left out, so that what is noted as sent is what was
    printed; None for all that there is."""


class PostKey(NamedTuple):
    """A paper that goes out, and where it goes."""

    reference: str
    number: int
    post_number: str
    address: str


class Posting(NamedTuple):
    """What has gone out together."""

    at: datetime
    """The moment at which it was noted, which no other post has."""
    on: date
    papers: int
    """Of how many nothing has become since."""


def listed(keys: Iterable[PostKey]) -> str:
    """Return what tells papers that go out together, and where they go, from any others."""
    written = "\n".join("\t".join(map(str, one)) for one in keys)
    return blake2b(written.encode(), digest_size=16).hexdigest()


def write_moment(moment: datetime | None) -> str:
    """Write a moment so that it needs no escape in an address; empty for None."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else ""


def read_moment(element: str, text: str) -> datetime:
    """Read a moment in ISO 8601, with its distance from UTC; ``element`` is what it is called.

    Raises:
        Problem: INVALID_REQUEST.
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Problem(
        Catalogue.INVALID_REQUEST,
        f"{element}: {text[:40]} is no moment with its distance from UTC, as in "
        "2026-11-16T00:00:00Z; give what the answer said before.",
        japanese=f"{element} の日時が読めません。一覧や回答にあった値をそのまま送ってください。",
    )


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A line of a posting list."""

    number: int
    """通番: the place among all papers of the selection, from 1."""
    delivery: Delivery
    kind: DocumentKind
    name: str
    addressee: str
    """To whom the letter goes: at 国保 the 世帯主 (A-02), elsewhere the member."""
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
    def whose(self) -> str:
        """Whose paper it is, where it goes to somebody else."""
        return f"{self.name} 様分" if self.addressee != self.name else ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells in the list as CSV."""
        return (
            str(self.number), self.delivery.japanese, self.kind.japanese, self.name,
            self.post_number, self.address, self.insurer_number, self.insured, self.issued_on,
            str(self.part),
            str(self.page or ""), self.refusal, self.addressee,
        )  # fmt: skip


class PostingPart(NamedTuple):
    """A part of a selection: what is printed in one PDF, and the lines of its list."""

    part: int
    parts: int
    counts: Counter[Delivery]
    """How many papers the whole selection has, by way."""
    rows: tuple[PostingRow, ...]
    papers: tuple[Paper, ...]
    """Those that can be printed, in the order of the rows."""
