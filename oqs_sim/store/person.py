"""Where the rows of a person lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam

from storage import bucket_of

if TYPE_CHECKING:
    from typing import Self

    from sqlalchemy import ColumnElement, Table


class PersonKey(NamedTuple):
    """What the keys of all tables with rows of a person begin with."""

    bucket: int
    person_reference: str

    @classmethod
    def of(cls, person_reference: str) -> Self:
        """Return the key of a person, by what the simulation calls the person."""
        return cls(bucket_of(person_reference), person_reference)

    @property
    def bound(self) -> dict[str, int | str]:
        """The values that `is_person` waits for."""
        return {"of_bucket": self.bucket, "of_person": self.person_reference}


def is_person(table: Table) -> ColumnElement[bool]:
    """Pick the rows of one person, whose `PersonKey.bound` is given with the statement."""
    return and_(
        table.c.bucket == bindparam("of_bucket"),
        table.c.person_reference == bindparam("of_person"),
    )
