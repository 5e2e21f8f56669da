"""Whom a run looks at: of each kind the condition by which it finds members, and the statement."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    SmallInteger,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from eligibility.documents import Occasion
from eligibility.documents.document_policy import MAXIMUM_YEARS
from eligibility.documents.reasons import ON_THE_LIST
from intermediate_server.documents.decision import (
    DECIDED_AT_ONCE,
    EMERGENCIES,
    OCCASIONAL_KINDS,
)
from intermediate_server.documents.document import PRINTED_KINDS
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from intermediate_server.runs.due_by_card import RELEASED_BY
from intermediate_server.runs.run_kinds import Place, RunKind
from intermediate_server.runs.run_task import COMES_BACK
from intermediate_server.store.document_register import rules_text
from intermediate_server.store.row_keys import same_person
from intermediate_server.store.schema import change, document
from storage import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select

_later = document.alias("later")
_SUCCEEDED = exists().where(
    same_person(_later, document), _later.c.succeeds == document.c.document_number
)
"""Whether a document was renewed."""
LATELY = timedelta(days=62)
"""How long somebody is a newcomer: until the runs of the next month have been done."""
_JOINING = sorted(kind.value for kind, one in KINDS.items() if one.effect is Effect.JOIN)
_COMING = sorted({*_JOINING, *(kind.value for kind in COMES_BACK)})
_other = change.alias("other")
_after = change.alias("after")
_MEMBERSHIP = (
    "insurer_number",
    "insured_card_symbol",
    "insured_identification_number",
    "insured_branch_number",
)
"""The columns that name a membership."""


def _years(on: date, years: int) -> date:
    return on - timedelta(days=round(years * 365.25))


def _recorded(kind: ProcedureKind) -> ColumnElement[bool]:
    """Return whether an entry of a kind is there of the membership that a change is of.

    That of an earlier membership under the same number says nothing of this one.
    """
    joined_since = exists().where(
        _same_membership(_after, _other),
        _after.c.version > _other.c.version,
        _after.c.kind.in_(_JOINING),
        _after.c.refers_to.is_(None),
    )
    return exists().where(
        _same_membership(_other, change), _other.c.kind == kind.value, ~joined_since
    )


def _ended(on: date) -> ColumnElement[bool]:
    """Return whether the membership that a change is of has ended by a day, or ends at 75.

    As it stands now: an end that was recorded and taken back is none.
    """
    stands_no_more = exists().where(
        _same_membership(_after, _other), _after.c.version > _other.c.version
    )
    at_75 = and_(
        _other.c.kind == ProcedureKind.LATE_ELDERLY.value,
        _other.c.disqualification_date.is_not(None),
    )
    return exists().where(
        _same_membership(_other, change),
        or_(_other.c.disqualification_date <= on, at_75),
        ~stands_no_more,
    )


def _same_membership(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition that two entries are of one membership."""
    return and_(same_person(one, other), *(one.c[name] == other.c[name] for name in _MEMBERSHIP))


def _month(day: ColumnElement[date]) -> ColumnElement[int]:
    return extract("year", day) * 12 + extract("month", day)


def _conditions(
    kind: RunKind, insurer_number: str, on: date, notices_until: date | None
) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return whom a run looks at: a table, and a condition that is wide rather than narrow.

    What a run has done must not make it look again in each later month.
    """
    if kind in _BY_DOCUMENT:
        return document, _conditions_of_documents(kind, insurer_number, on, notices_until)
    return change, _conditions_of_changes(kind, insurer_number, on)


_BY_DOCUMENT = frozenset({RunKind.NON_HOLDERS, RunKind.EMERGENCY, RunKind.RENEWAL})
"""Runs that follow from a document, and not from an entry of the ledger."""


def _conditions_of_documents(
    kind: RunKind, insurer_number: str, on: date, notices_until: date | None
) -> list[ColumnElement[bool]]:
    # Written so that no index on the insurer serves, which would give all of its documents anew,
    # in another order, for each set of members.
    # Nor is what was decided while days are caught up with looked at for the days before.
    wanted = [
        document.c.insurer_number.concat("") == insurer_number,
        ~_SUCCEEDED,
        document.c.decided_on <= on,
    ]
    if kind is RunKind.NON_HOLDERS:
        told = document.c.rules == rules_text(ON_THE_LIST.rules)
        return [*wanted, document.c.kind.is_(None), told]
    if kind is RunKind.EMERGENCY:
        return [
            *wanted,
            document.c.occasion.in_(sorted(one.value for one in EMERGENCIES)),
            document.c.renewed.is_(False),
            document.c.expires_on.between(_years(on, MAXIMUM_YEARS), on),
        ]
    ends = document.c.expires_on < on + timedelta(days=31)
    if notices_until is not None:
        yearly = and_(document.c.expires_on.is_(None), document.c.issued_on <= notices_until)
        ends = or_(ends, yearly)
    return [*wanted, document.c.renewed.is_(True), ends]


def _conditions_of_changes(
    kind: RunKind, insurer_number: str, on: date
) -> list[ColumnElement[bool]]:
    # Who comes while days are caught up with is not looked at for the days before.
    of_insurer = and_(change.c.insurer_number == insurer_number, change.c.filed_on <= on)
    match kind:
        case RunKind.CHANGES:
            undecided = ~exists().where(
                same_person(document, change), document.c.occasion_version == change.c.version
            )
            later_decided = OCCASIONAL_KINDS - DECIDED_AT_ONCE
            wanted = change.c.kind.in_(sorted(one.value for one in later_decided))
            return [of_insurer, wanted, change.c.refers_to.is_(None), undecided]
        case RunKind.NEWCOMERS:
            came = [change.c.kind.in_(_COMING), change.c.filed_on > on - LATELY]
            child = change.c.birthdate.between(_years(on, 8), _years(on, 5))
            turns_70 = change.c.birthdate.between(_years(on, 71), _years(on, 69))
            turns_75 = change.c.birthdate < _years(on, 74)
            ages = or_(
                child,
                and_(turns_70, ~_recorded(ProcedureKind.SEVENTY)),
                and_(turns_75, ~_ended(on)),
            )
            return [of_insurer, *came, ages]
        case RunKind.RELEASES:
            # Also of who applied for it at another insurer, whose member the person was.
            member = exists().where(
                same_person(_other, change), _other.c.insurer_number == insurer_number
            )
            released = change.c.kind.in_(sorted(one.value for one in RELEASED_BY))
            return [released, change.c.filed_on <= on, member]
        case RunKind.SCHOOL:
            young = change.c.birthdate > _years(on, 17)
            ratio = change.c.insured_partial_contribution_ratio == "020"
            return [of_insurer, young, ratio]
        case RunKind.SEVENTY:
            ages = change.c.birthdate.between(_years(on, 76), _years(on, 69))
            filed_before = _month(change.c.filed_on) - _month(change.c.birthdate) <= 70 * 12
            return [of_insurer, ages, filed_before, ~_recorded(ProcedureKind.SEVENTY)]
        case RunKind.LATE_ELDERLY:
            aged = change.c.birthdate < _years(on, 74)
            return [of_insurer, aged, ~_ended(on)]
        case _:
            return [of_insurer]


def members_due(
    connection: Connection,
    kind: RunKind,
    insurer_number: str,
    on: date,
    after: Place,
    limit: int,
    notices_until: date | None = None,
) -> list[Place]:
    """Return the next persons after a place whom a run looks at, in order of place.

    Of what carries no expiry, that counts as ending which was issued up to ``notices_until``.
    """
    by_bucket = connection.dialect.name == "postgresql"
    asked = {
        "after_bucket": after.bucket,
        "after_person": after.person_reference,
        "at_most": limit,
    }

    def found(table: FromClause, conditions: list[ColumnElement[bool]]) -> Sequence[Row[Any]]:
        persons = _persons_by_bucket if by_bucket else _persons
        return connection.execute(persons(table, conditions), asked).all()

    due = list(map(Place._make, found(*_conditions(kind, insurer_number, on, notices_until))))
    if kind is not RunKind.RENEWAL:
        return due
    children = _of_children(insurer_number, on)
    if len(due) == limit:
        # No further than the others: each part of the ledger is looked through once in a run.
        place = tuple_(change.c.bucket, change.c.person_reference)
        children += [change.c.bucket <= due[-1].bucket, place <= tuple_(*due[-1])]
    return sorted({*due, *map(Place._make, found(change, children))})[:limit]


def undecided_filings(insurer_number: str, on: date) -> Select[Any]:
    """Count what the run after filings looks at, each filing by itself."""
    wanted = _conditions_of_changes(RunKind.CHANGES, insurer_number, on)
    return select(func.count()).select_from(change).where(*wanted)


def _of_children(insurer_number: str, on: date) -> list[ColumnElement[bool]]:
    """Return the condition for children whose paper is of before their 個人番号 (R-016)."""
    renewed = exists().where(
        same_person(document, change),
        or_(
            document.c.kind.in_(sorted(one.value for one in PRINTED_KINDS)),
            document.c.occasion == Occasion.RENEWAL.value,
        ),
    )
    return [
        change.c.insurer_number == insurer_number,
        change.c.kind == ProcedureKind.NUMBER_GIVEN.value,
        change.c.filed_on <= on,
        change.c.disqualification_date.is_(None),
        ~renewed,
    ]


def _persons(table: FromClause, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    place = tuple_(table.c.bucket, table.c.person_reference)
    return (
        select(table.c.bucket, table.c.person_reference)
        .distinct()
        .where(
            # The first says nothing new, and lets a database begin at the place.
            table.c.bucket >= bindparam("after_bucket"),
            place > tuple_(bindparam("after_bucket"), bindparam("after_person")),
            *conditions,
        )
        .order_by(table.c.bucket, table.c.person_reference)
        .limit(bindparam("at_most"))
    )


_AFTER_BUCKET = bindparam("after_bucket", type_=SmallInteger())
_each = (
    select(func.generate_series(_AFTER_BUCKET, literal_column(str(BUCKETS - 1))).label("bucket"))
    .order_by("bucket")
    .subquery("each")
)
"""The buckets from that of a place on, in their order."""


def _persons_by_bucket(table: FromClause, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """Select the same bucket by bucket, for PostgreSQL.

    As it knows the order of the buckets, it ends with that in which there are enough; and whatever
    it does in a bucket, it does with one partition.
    """
    after = case(
        (_each.c.bucket == _AFTER_BUCKET, bindparam("after_person", type_=String())), else_=""
    )
    some = (
        select(table.c.person_reference)
        .distinct()
        .where(
            table.c.bucket == cast(_each.c.bucket, SmallInteger),
            table.c.person_reference > after,
            *conditions,
        )
        .order_by(table.c.person_reference)
        .limit(bindparam("at_most"))
        .lateral("some")
    )
    return (
        select(_each.c.bucket, some.c.person_reference)
        .select_from(_each)
        .join(some, true())
        .order_by(_each.c.bucket, some.c.person_reference)
        .limit(bindparam("at_most"))
    )
