"""What waits for the post (発送), what has gone out, and every statement about it (PP-09).

A paper that has not been sent goes to where its person lives by now, and not at all for a
membership that is over. Both follow from the ledger as it was known at one moment, so that lists,
papers and what is noted as sent are of the same post.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Date,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from eligibility.documents import Delivery, DocumentKind
from eligibility.qualification import ReasonOfLoss
from intermediate_server.documents.document import ISSUED, LETTERS, EventKind
from intermediate_server.documents.selection import MAILED, POSTING_ORDER, Posting, PostKey
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.store.document_register import (
    HISTORIES,
    document_of,
    going_to,
    with_head,
)
from intermediate_server.store.row_keys import same_person
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, document, document_event
from intermediate_server.store.squeezed import squeezed
from storage import bucket_of, lock_buckets, reading, work_alone
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, Select

    from intermediate_server.documents.document import Document
    from intermediate_server.documents.selection import Selection
    from intermediate_server.procedures.change import Change

_AT_ONCE = 500
"""How many papers one statement notes."""


def _unsearched(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column by whose index nothing is looked for: what waits is found by its state."""
    return func.coalesce(column, column)


_based_on, _last, _here = change.alias("based_on"), change.alias("last"), change.alias("here")
_origin, _any = change.alias("origin"), change.alias("any_entry")
_given, _since = change.alias("given"), change.alias("since")
_other = document.alias("other")


def _same_membership(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(same_person(one, other), _same_number(one, other))


def _same_number(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(
        *(
            one.c[name] == other.c[name]
            for name in (
                "insurer_number",
                "insured_card_symbol",
                "insured_identification_number",
                "insured_branch_number",
            )
        )
    )


_BASED_ON = and_(
    same_person(_based_on, document), _based_on.c.version == document.c.based_on_version
)
_ORIGIN = and_(same_person(_origin, document), _origin.c.version == document.c.based_on_version)
"""The entry that a paper rests on."""
_LAST = and_(
    same_person(_last, document),
    _last.c.version
    == select(func.max(_any.c.version))
    .where(_same_membership(_any, _origin))
    .correlate(_origin)
    .scalar_subquery(),
)
"""The newest entry of the membership of a paper."""
_HERE = and_(
    same_person(_here, document),
    _here.c.version
    == select(func.max(_any.c.version))
    .where(
        same_person(_any, document),
        _any.c.insurer_number == document.c.insurer_number,
        or_(
            _any.c.shown_on.is_(None),
            _any.c.shown_on <= bindparam("today"),
            _any.c.shown_on <= document.c.issued_on,
        ),
        _any.c.recorded_at <= bindparam("known_until"),
    )
    .correlate(document)
    .scalar_subquery(),
)
"""The entry that says where the person of a paper lives, as its insurer knows it: the newest that
holds by today, or by the day of the paper where that lies ahead."""
_NEVER_LOST = ~exists().where(
    same_person(_any, document), _any.c.disqualification_date.is_not(None)
)
"""Whether no loss was ever filed of a person, as of most."""
_over = (
    exists()
    .where(
        _same_membership(_any, _origin),
        _any.c.version > _origin.c.version,
        _any.c.disqualification_date <= _last.c.qualification_date,
        _last.c.qualification_date > _origin.c.qualification_date,
    )
    .correlate(_origin, _last)
)
"""Whether the membership of a paper had ended, and another began later under the same number."""


def _lasts(last: FromClause) -> ColumnElement[bool]:
    """Return whether a membership is in force by its newest entry when a paper goes out."""
    return or_(
        last.c.disqualification_date.is_(None),
        and_(
            func.coalesce(last.c.reason_of_loss, "") != ReasonOfLoss.DEATH.value,
            last.c.disqualification_date > last.c.qualification_date,
            last.c.disqualification_date > document.c.issued_on,
            last.c.disqualification_date > bindparam("today"),
            or_(
                document.c.kind.in_(sorted(one.value for one in LETTERS)),
                document.c.expires_on.is_(None),
                document.c.expires_on < last.c.disqualification_date,
            ),
        ),
    )


_goes_on = and_(
    _last.c.kind == ProcedureKind.NUMBER_GIVEN.value,
    exists()
    .where(
        squeezed(_given.c.insured_identification_number)
        == squeezed(_last.c.insured_identification_number),
        _same_number(_given, _last),
        _given.c.content_key == _last.c.content_key,
        _given.c.person_reference != _last.c.person_reference,
        same_person(_since, _given),
        _since.c.version
        == select(func.max(_any.c.version))
        .where(_same_membership(_any, _given))
        .correlate(_given)
        .scalar_subquery(),
        _lasts(_since),
        ~exists()
        .where(
            same_person(_other, _given),
            _other.c.insurer_number == document.c.insurer_number,
            _other.c.kind == document.c.kind,
            _other.c.state != EventKind.WITHDRAWN.value,
            or_(
                _other.c.issued_on <= document.c.issued_on,
                _other.c.issued_on <= bindparam("today"),
            ),
        )
        .correlate(_given, document),
    )
    .correlate(_last, document),
)
"""Whether the paper of a child from before its 個人番号 stays true: the membership goes on as that
of who has the number, and no paper has come in its place there (R-016)."""
_IN_FORCE = exists().where(
    _ORIGIN,
    _LAST,
    # Under an old number a paper is true until the new one.
    or_(
        _goes_on,
        _lasts(_last),
        and_(
            _last.c.kind == ProcedureKind.RENUMBER.value,
            _last.c.shown_on > document.c.issued_on,
            _last.c.shown_on > bindparam("today"),
        ),
    ),
    ~_over,
)
"""Whether the membership of a paper is in force still, when the paper goes out and holds."""
_STILL_VALID = or_(
    document.c.kind.in_(sorted(one.value for one in LETTERS)),
    document.c.expires_on.is_(None),
    document.c.expires_on >= bindparam("today"),
)
"""Whether a paper has not expired; what a letter tells about may have."""
_SELECTED = and_(
    document.c.insurer_number == bindparam("of_insurer"),
    _unsearched(document.c.decided_on).between(
        bindparam("first", type_=Date()), bindparam("last", type_=Date())
    ),
    _unsearched(document.c.recorded_at)
    <= bindparam("recorded_until", type_=document.c.recorded_at.type),
    document.c.kind.in_(bindparam("of_kinds", expanding=True)),
    document.c.delivery.in_(bindparam("by_ways", expanding=True)),
    _STILL_VALID,
    or_(_NEVER_LOST, _IN_FORCE),
)
"""The condition for what goes out together."""
_UNSENT = and_(document.c.state == ISSUED, document.c.state_on.is_(None))
"""The condition for what has not been sent, and waits, as its index has it."""
_POST_NUMBER = func.coalesce(_here.c.post_number, _based_on.c.post_number)
_ADDRESS = func.coalesce(_here.c.address, _based_on.c.address)
_GOING = document.join(_based_on, _BASED_ON).outerjoin(_here, _HERE)
"""Papers, with where they go."""
_BY_WAY = case(
    {way.value: place for place, way in enumerate(POSTING_ORDER)}, value=document.c.delivery
)
_IN_POSTING_ORDER = (
    select(document, _POST_NUMBER.label("goes_to_post_number"), _ADDRESS.label("goes_to_address"))
    .select_from(_GOING)
    .where(_SELECTED)
    .order_by(
        _BY_WAY,
        _POST_NUMBER,
        _ADDRESS,
        document.c.person_reference,
        document.c.document_number,
    )
    .limit(bindparam("at_most"))
    .offset(bindparam("behind"))
)
"""Papers that go out together, in the order in which they do."""
_COUNT = (
    select(document.c.delivery, document.c.kind, func.count())
    .where(_SELECTED)
    .group_by(document.c.delivery, document.c.kind)
)
"""How many papers go out together, by way and kind."""
_KEYS = (
    select(
        document.c.person_reference,
        document.c.document_number,
        _POST_NUMBER,
        _ADDRESS,
        document.c.delivery,
        document.c.kind,
    )
    .select_from(_GOING)
    .where(_SELECTED)
    .order_by(document.c.bucket, document.c.person_reference, document.c.document_number)
)
"""Which papers go out together, by person and number, where each goes, and by which way."""
_UNADDRESSED = and_(
    document.c.delivery.in_(sorted(one.value for one in MAILED)),
    or_(_POST_NUMBER == "", _ADDRESS == ""),
)
"""The condition for what goes by mail, and nobody knows where."""
_SOME_UNADDRESSED = exists().where(
    same_person(_any, document), or_(_any.c.post_number == "", _any.c.address == "")
)
"""Whether any entry of a person has no address, as few have: else none of their papers lacks it."""
_COUNT_UNADDRESSED = (
    select(func.count()).select_from(_GOING).where(_SOME_UNADDRESSED, _SELECTED, _UNADDRESSED)
)
"""How many papers that is."""
_OF_BUCKET = tuple_(document.c.person_reference, document.c.document_number).in_(
    bindparam("of_documents", expanding=True)
)
_STILL_UNSENT = select(document.c.person_reference, document.c.document_number).where(
    document.c.bucket == bindparam("of_bucket"), _OF_BUCKET, _UNSENT
)
"""Which of some papers of a bucket wait still."""
_STILL_SENT = select(document.c.person_reference, document.c.document_number).where(
    document.c.bucket == bindparam("of_bucket"),
    _OF_BUCKET,
    document.c.state == EventKind.SENT.value,
)
"""Which of some papers of a bucket were sent, and nothing has become of since."""
_LAST_EVENTS = (
    select(
        document_event.c.person_reference,
        document_event.c.document_number,
        func.max(document_event.c.event_number),
    )
    .where(
        document_event.c.bucket == bindparam("of_bucket"),
        tuple_(document_event.c.person_reference, document_event.c.document_number).in_(
            bindparam("of_documents", expanding=True)
        ),
    )
    .group_by(document_event.c.person_reference, document_event.c.document_number)
)
"""How many events some papers of a bucket have."""
_SET_STATE = (
    update(document)
    .where(document.c.bucket == bindparam("of_bucket"), _OF_BUCKET)
    .values(state=bindparam("now"), state_on=bindparam("now_on"))
)
"""Have some papers of a bucket be in a state."""
_last_sent = (
    select(document_event.c.recorded_at)
    .where(
        same_person(document_event, document),
        document_event.c.document_number == document.c.document_number,
    )
    .order_by(document_event.c.event_number.desc())
    .limit(1)
    .correlate(document)
    .scalar_subquery()
)
_POSTED = (
    select(_last_sent.label("posted_at"), document.c.state_on, func.count())
    .where(
        document.c.state == EventKind.SENT.value,
        document.c.insurer_number == bindparam("of_insurer"),
        document.c.state_on >= bindparam("since"),
    )
    .group_by("posted_at", document.c.state_on)
    .order_by(_last_sent.desc())
    .limit(bindparam("at_most"))
)
"""What has gone out together since a day, and of which nothing has become since."""
_KEYS_OF_POSTED = select(document.c.person_reference, document.c.document_number).where(
    document.c.state == EventKind.SENT.value,
    document.c.insurer_number == bindparam("of_insurer"),
    document.c.state_on >= bindparam("since"),
    _last_sent == bindparam("posted_at", type_=document_event.c.recorded_at.type),
)
"""Which papers were noted as sent at one moment, and nothing has become of since."""


@dataclass(frozen=True)
class Post:
    """The papers that wait for the post, and those that have gone out."""

    engine: Engine

    def count(self, selection: Selection) -> Counter[tuple[Delivery, DocumentKind]]:
        """Return how many papers go out together, by way and kind, in posting order."""
        with reading(self.engine) as connection:
            rows = connection.execute(*_asked(_COUNT, selection))
            return _by_way_and_kind({(way, kind): count for way, kind, count in rows})

    def waiting(self, selection: Selection, at_most: int) -> int:
        """Count what goes out together, up to a number."""
        query, asked = _asked(select(document.c.document_number).where(_SELECTED), selection)
        counting = select(func.count()).select_from(query.limit(at_most).subquery())
        with reading(self.engine) as connection:
            return int(connection.execute(counting, asked).scalar_one())

    def keys(self, selection: Selection, known_until: datetime | None = None) -> list[PostKey]:
        """Return which papers go out together, and where each goes, in order of person.

        ``known_until`` is the moment until which addresses are looked at; that of the selection
        where it is None.
        """
        return self.keys_and_count(selection, known_until)[0]

    def keys_and_count(
        self, selection: Selection, known_until: datetime | None = None
    ) -> tuple[list[PostKey], Counter[tuple[Delivery, DocumentKind]]]:
        """Return the same, and how many they are as `count` does, in one look."""
        query, asked = _asked(_KEYS, selection)
        if known_until is not None:
            asked["known_until"] = known_until
        with reading(self.engine) as connection:
            rows = connection.execute(query, asked).all()
        counted = Counter(row[4:] for row in rows)
        return [PostKey._make(row[:4]) for row in rows], _by_way_and_kind(counted)

    def papers(
        self, selection: Selection, behind: int, at_most: int
    ) -> list[tuple[Document, Change]]:
        """Return papers that go out together, in their order, ``behind`` so many others.

        Each comes with the entry that it prints, with the address to which it goes.
        """
        query, asked = _asked(_IN_POSTING_ORDER, selection)
        return self._papers(query, {**asked, "behind": behind, "at_most": at_most})

    def unaddressed(
        self, selection: Selection, at_most: int
    ) -> tuple[int, list[tuple[Document, Change]]]:
        """Return how many papers go by mail and nobody knows where, and the first of them."""
        counting, asked = _asked(_COUNT_UNADDRESSED, selection)
        with reading(self.engine) as connection:
            count = int(connection.execute(counting, asked).scalar_one())
        if not count:
            return 0, []
        first = _IN_POSTING_ORDER.where(_SOME_UNADDRESSED, _UNADDRESSED)
        query, asked = _asked(first, selection)
        return count, self._papers(query, {**asked, "behind": 0, "at_most": at_most})

    def _papers(self, query: Select[Any], asked: dict[str, Any]) -> list[tuple[Document, Change]]:
        with reading(self.engine) as connection:
            rows = connection.execute(query, asked).all()
            known = _histories(connection, rows)
        found = []
        for row in rows:
            history = known[row.person_reference]
            (based_on,) = (one for one in history if one.version == row.based_on_version)
            printed = with_head(based_on, history)
            found.append(
                (
                    document_of(row),
                    going_to(printed, row.goes_to_post_number, row.goes_to_address),
                )
            )
        return found

    def alone(self, insurer_number: str) -> AbstractContextManager[None]:
        """Have nobody else note meanwhile what goes out of an insurer; wait for one who does."""
        return work_alone(self.engine, f"post {insurer_number}")

    def note_sent(self, documents: Iterable[tuple[str, int]], on: date, at: datetime) -> int:
        """Write down that documents have been sent, each named by person and number.

        Those of a bucket go in one transaction; one that does not wait any more is left alone, and
        does not count. ``at`` is the moment by which they are found again as one post.
        """
        return self._note(documents, EventKind.SENT, on, at)

    def posted(self, insurer_number: str, since: date, at_most: int) -> list[Posting]:
        """Return what has gone out together since a day, the last first; the last of them.

        Of what has become something since, as of what came back, it is left alone.
        """
        asked = {"of_insurer": insurer_number, "since": since, "at_most": at_most}
        with reading(self.engine) as connection:
            return [Posting(*row) for row in connection.execute(_POSTED, asked)]

    def take_back(self, insurer_number: str, posted_at: datetime, since: date, on: date) -> int:
        """Have papers wait again that were noted as sent at one moment; return how many."""
        asked = {"of_insurer": insurer_number, "since": since, "posted_at": posted_at}
        with self.alone(insurer_number):
            with reading(self.engine) as connection:
                found = [(row[0], row[1]) for row in connection.execute(_KEYS_OF_POSTED, asked)]
            return self._note(found, EventKind.BACK_TO_POST, on, wall_clock())

    def _note(
        self, documents: Iterable[tuple[str, int]], event: EventKind, on: date, at: datetime
    ) -> int:
        count = 0
        keys = sorted((bucket_of(reference), reference, number) for reference, number in documents)
        for bucket, of_bucket in groupby(keys, key=lambda key: key[0]):
            some = [(reference, number) for _, reference, number in of_bucket]
            with self.engine.begin() as connection:
                lock_buckets(connection, {bucket})
                for first in range(0, len(some), _AT_ONCE):
                    count += _note_some(
                        connection, bucket, some[first : first + _AT_ONCE], event, on, at
                    )
        return count


def _histories(connection: Connection, rows: Iterable[Row[Any]]) -> dict[str, list[Change]]:
    """Return the entries of the persons of some papers, each person's in order of version."""
    found: dict[str, list[Change]] = {}
    persons = sorted({(row.bucket, row.person_reference) for row in rows})
    for bucket, of_bucket in groupby(persons, key=lambda key: key[0]):
        asked = {"of_bucket": bucket, "of_persons": [reference for _, reference in of_bucket]}
        for row in connection.execute(HISTORIES, asked).all():
            found.setdefault(row.person_reference, []).append(change_of(row))
    return found


def _note_some(
    connection: Connection,
    bucket: int,
    documents: Sequence[tuple[str, int]],
    event: EventKind,
    on: date,
    at: datetime,
) -> int:
    """Write down what became of papers of a bucket, where that may be; return of how many."""
    asked = {"of_bucket": bucket, "of_documents": documents}
    query = _STILL_UNSENT if event is EventKind.SENT else _STILL_SENT
    found = [(row[0], row[1]) for row in connection.execute(query, asked)]
    if not found:
        return 0
    asked["of_documents"] = found
    last = {(row[0], row[1]): row[2] for row in connection.execute(_LAST_EVENTS, asked)}
    connection.execute(
        insert(document_event),
        [
            {
                "bucket": bucket,
                "person_reference": reference,
                "document_number": number,
                "event_number": last.get((reference, number), 0) + 1,
                "event": event.value,
                "happened_on": on,
                "note": "",
                "recorded_at": at,
            }
            for reference, number in found
        ],
    )
    now_on = None if event.state == ISSUED else on
    connection.execute(_SET_STATE, {**asked, "now": event.state, "now_on": now_on})
    return len(found)


def _by_way_and_kind(
    counted: Mapping[tuple[str, str], int],
) -> Counter[tuple[Delivery, DocumentKind]]:
    """Return how many papers there are, in posting order."""
    found = {(Delivery(way), DocumentKind(kind)): n for (way, kind), n in counted.items()}
    order = sorted(found, key=lambda one: (POSTING_ORDER.index(one[0]), one[1].value))
    return Counter({key: found[key] for key in order})


def _asked(query: Select[Any], selection: Selection) -> tuple[Select[Any], dict[str, Any]]:
    until = selection.recorded_until or wall_clock()
    return query.where(_UNSENT) if selection.unsent else query, {
        "of_insurer": selection.insurer_number,
        "first": selection.first,
        "last": selection.last,
        "today": selection.today,
        "of_kinds": [kind.value for kind in selection.kinds],
        "by_ways": [way.value for way in selection.deliveries],
        "recorded_until": until,
        "known_until": until,
    }
