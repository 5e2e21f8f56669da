"""Whose rows, and which entry: the conditions that nearly every statement has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam

from intermediate_server.store.schema import change
from intermediate_server.store.squeezed import squeezed
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


UNDER_NUMBER = and_(
    squeezed(change.c.insured_identification_number) == bindparam("searched", type_=Text()),
    change.c.insurer_number == bindparam("of_insurer"),
    change.c.insured_card_symbol == bindparam("of_symbol"),
    change.c.insured_identification_number == bindparam("of_number"),
)
"""The condition that an entry stands under a 記号・番号, found by the index of 番号."""
