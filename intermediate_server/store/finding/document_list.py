"""The register of documents as a list: by insurer, kind, way, day and state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from eligibility.documents.household import FIRST_BRANCHES, OF_AGE
from intermediate_server.documents.document import ISSUED, NAMES_THE_HEAD, EventKind
from intermediate_server.store.document_register import document_of
from intermediate_server.store.finding.place import COUNTED, Page, Place
from intermediate_server.store.row_keys import same_person
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, document
from storage import reading
from wire.vocabulary.codes import PersonalFamilyClassification

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Engine, Row

    from eligibility.documents import Delivery, DocumentKind
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change

_printed = change.alias("printed")
_named = change.alias("named")
_SAME_MEMBERSHIP = (
    _named.c[name] == _printed.c[name]
    for name in (
        "insurer_number",
        "insured_card_symbol",
        "insured_identification_number",
        "insured_branch_number",
    )
)
_NAMED_LATER = exists().where(
    same_person(_named, _printed),
    _named.c.version > _printed.c.version,
    *_SAME_MEMBERSHIP,
    _named.c.householder != "",
)
"""Whether the head was reported after a paper was decided on: then that is printed."""
_DIGITS_OF_KOKUHO = 6
"""How many the numbers of insurers have whose papers name the head (N-002)."""


def _headless(on: date) -> ColumnElement[bool]:
    """Return whether a paper waits in vain for the name of the head of the household (R-056).

    Nobody reported it of a child, of 家族, or of another than the first under a 記号・番号, who is
    taken for the head.
    """
    child = _printed.c.birthdate > on - timedelta(days=round(OF_AGE * 365.25))
    family = _printed.c.personal_family_classification == PersonalFamilyClassification.FAMILY.value
    further = _printed.c.insured_branch_number.not_in(FIRST_BRANCHES)
    rests_on = exists().where(
        same_person(_printed, document),
        _printed.c.version == document.c.based_on_version,
        _printed.c.householder == "",
        or_(family, child, further),
        ~_NAMED_LATER,
    )
    return and_(
        document.c.state == ISSUED,
        func.length(document.c.insurer_number) == _DIGITS_OF_KOKUHO,
        document.c.kind.in_(sorted(one.value for one in NAMES_THE_HEAD)),
        document.c.expires_on >= on,
        rests_on,
    )


_newer = document.alias("newer")


def _of_use(on: date) -> ColumnElement[bool]:
    """Return whether a paper has not ended by a day, nor another of its kind taken its place."""
    replaced = exists().where(
        same_person(_newer, document),
        _newer.c.document_number > document.c.document_number,
        _newer.c.insurer_number == document.c.insurer_number,
        _newer.c.kind == document.c.kind,
        _newer.c.issued_on <= on,
        _newer.c.state.not_in([EventKind.WITHDRAWN.value, EventKind.UNDELIVERED.value]),
    )
    return and_(or_(document.c.expires_on.is_(None), document.c.expires_on >= on), ~replaced)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which decisions are wanted; what is None does not matter."""

    insurer: str | None = None
    kind: DocumentKind | None = None
    delivery: Delivery | None = None
    decided_from: date | None = None
    decided_until: date | None = None
    state: str | None = None
    """What became of it last: `NOT_ISSUED`, `ISSUED`, or the code of an event."""
    of_use_on: date | None = None
    """A day: papers that have not ended by then, and none in whose place another was issued."""
    headless_on: date | None = None
    """A day: papers in force then that cannot be printed while nobody has reported the head."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for the database."""
        wanted: list[ColumnElement[bool]] = []
        if self.insurer is not None:
            wanted.append(document.c.insurer_number == self.insurer)
        if self.kind is not None:
            wanted.append(document.c.kind == self.kind.value)
        if self.delivery is not None:
            wanted.append(document.c.delivery == self.delivery.value)
        if self.decided_from is not None:
            wanted.append(document.c.decided_on >= self.decided_from)
        if self.decided_until is not None:
            wanted.append(document.c.decided_on <= self.decided_until)
        if self.state is not None:
            wanted.append(document.c.state == self.state)
        if self.of_use_on is not None:
            wanted.append(_of_use(self.of_use_on))
        if self.headless_on is not None:
            wanted.append(_headless(self.headless_on))
        return wanted


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A decision, with whom it is about and what became of it."""

    document: Document
    entry: Change
    """The entry of the ledger that it rests on."""
    state: str
    state_on: date | None
    """Since when, where something became of it."""


@dataclass(frozen=True)
class DocumentList:
    """The register of documents as a list, the newest first or the oldest."""

    engine: Engine

    def page(
        self, wanted: DocumentFilter, page: Page
    ) -> tuple[tuple[ListedDocument, ...], Place | None]:
        """Return some decisions, and behind which one the next page begins, if there is one."""
        chosen = select(document).where(*wanted.conditions)
        # The decisions first, and the entries of these alone.
        some = page.of(chosen, document, document.c.document_number).subquery("some")
        listed_some = select(
            change, *(column.label(f"document_{column.name}") for column in some.c)
        ).join(some, and_(same_person(some, change), some.c.based_on_version == change.c.version))
        query = page.of(listed_some, some, some.c.document_number)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        listed = []
        for row in rows[: page.size]:
            found = document_of(_columns_of_document(row))
            listed.append(
                ListedDocument(found, change_of(row), row.document_state, row.document_state_on)
            )
        following = None
        if len(rows) > page.size:
            last = listed[-1].document
            recorded_at = rows[page.size - 1].document_recorded_at
            following = Place(recorded_at, last.person_reference, last.number)
        return tuple(listed), following

    def count(self, wanted: DocumentFilter) -> int:
        """Count what is wanted, up to `COUNTED`."""
        some = select(document.c.document_number).where(*wanted.conditions).limit(COUNTED)
        query = select(func.count()).select_from(some.subquery())
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar_one())


def _columns_of_document(row: Row[Any]) -> Any:
    names = (column.name for column in document.c)
    return SimpleNamespace(**{name: getattr(row, f"document_{name}") for name in names})
