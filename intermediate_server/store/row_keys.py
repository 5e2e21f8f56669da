"""Whose rows, and which entry: the conditions that nearly every statement has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam

from storage import bucket_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause


def is_person(table: FromClause) -> ColumnElement[bool]:
    """Return the condition for the rows of one person, whom `person_key` names."""
    return and_(
        table.c.bucket == bindparam("of_bucket"),
        table.c.person_reference == bindparam("of_person"),
    )


def person_key(person_reference: str) -> dict[str, Any]:
    """Return the parameters of `is_person`."""
    return {"of_bucket": bucket_of(person_reference), "of_person": person_reference}


def same_person(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition for rows of the same person."""
    return and_(one.c.bucket == other.c.bucket, one.c.person_reference == other.c.person_reference)


def same_entry(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition for rows about the same entry of the ledger."""
    return and_(same_person(one, other), one.c.version == other.c.version)
