"""特定疾病療養受療証: who has one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from oqs_sim.store.medical.schema import specific_disease
from oqs_sim.store.person import is_person
from storage import insert_into

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Dialect, Insert

    from oqs_sim.store.person import PersonKey


@dataclass(frozen=True, slots=True)
class SpecificDisease:
    """One certificate (特定疾病療養受療証) of a person."""

    category: str
    """認定疾病区分 (OQSCD013): ``1``, ``2`` or ``3``."""
    issued_on: date
    valid_from: date
    valid_until: date | None
    self_pay: int
    """自己負担限度額, yen a month."""

    def holds(self, on: date) -> bool:
        """Tell whether it is in force on the day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


_OF_PERSON = (
    select(*(specific_disease.c[name] for name in SpecificDisease.__annotations__))
    .where(is_person(specific_disease))
    .order_by(specific_disease.c.category)
)
"""The certificates of a person."""

_FORGET = delete(specific_disease).where(
    is_person(specific_disease), specific_disease.c.category == bindparam("of_category")
)
"""Takes one out."""


def _put(dialect: Dialect) -> Insert:
    """Put a certificate in, in place of the one before for the same disease."""
    new = insert_into(specific_disease, dialect)
    return new.on_conflict_do_update(
        index_elements=["bucket", "person_reference", "category"],
        set_={
            name: new.excluded[name]
            for name in ("issued_on", "valid_from", "valid_until", "self_pay")
        },
    )


def diseases_of(connection: Connection, person: PersonKey) -> tuple[SpecificDisease, ...]:
    """Return the certificates of a person, by category."""
    rows = connection.execute(_OF_PERSON, person.bound)
    return tuple(SpecificDisease(*row) for row in rows)


def put_disease(connection: Connection, person: PersonKey, one: SpecificDisease) -> None:
    """Write a certificate down."""
    connection.execute(_put(connection.dialect), {**person._asdict(), **asdict(one)})


def forget_disease(connection: Connection, person: PersonKey, category: str) -> bool:
    """Take a certificate out; return False where there is none."""
    return connection.execute(_FORGET, {**person.bound, "of_category": category}).rowcount > 0
