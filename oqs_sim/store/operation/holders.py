"""Who has a number that is nearly the one that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from oqs_sim.store.person import PersonKey
from oqs_sim.store.person_query import PersonQuery
from oqs_sim.store.qualification_columns import NUMBER
from oqs_sim.store.schema import qualification, qualification_by_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_BY_NUMBER = qualification_by_number.c

_OF_NUMBERS = (
    select(
        _BY_NUMBER.insurer_number,
        _BY_NUMBER.insured_card_symbol,
        _BY_NUMBER.insured_identification_number,
        _BY_NUMBER.insured_branch_number,
        _BY_NUMBER.bucket,
        _BY_NUMBER.person_reference,
    )
    .where(
        _BY_NUMBER.insurer_number.in_(bindparam("insurers", expanding=True)),
        _BY_NUMBER.insured_card_symbol.in_(bindparam("symbols", expanding=True)),
        _BY_NUMBER.insured_identification_number.in_(bindparam("numbers", expanding=True)),
    )
    .limit(bindparam("at_most"))
)
"""Who has one of these numbers with one of these symbols at one of these insurers: by the key."""

_NEXT_INSURER = (
    select(_BY_NUMBER.insurer_number)
    .where(_BY_NUMBER.insurer_number > bindparam("after"))
    .order_by(_BY_NUMBER.insurer_number)
    .limit(1)
)
"""The insurer that comes next in the order of the numbers: one step along the key."""

_NEXT_SYMBOL = (
    select(_BY_NUMBER.insured_card_symbol)
    .where(
        _BY_NUMBER.insurer_number == bindparam("insurer"),
        _BY_NUMBER.insured_card_symbol > bindparam("after"),
    )
    .order_by(_BY_NUMBER.insured_card_symbol)
    .limit(1)
)
"""The symbol of an insurer that comes next: one step along the key."""

_BIRTHDATES = PersonQuery.of(
    qualification,
    select(
        qualification.c.person_reference,
        *(qualification.c[name] for name in NUMBER),
        qualification.c.birthdate,
    ),
)
"""The birthdates under which persons' qualifications are known; one of each, as a rule."""


class Holder(NamedTuple):
    """Who has a number."""

    insurer_number: str
    symbol: str
    number: str
    branch: str
    person: PersonKey


def holders_of_numbers(
    connection: Connection,
    insurers: Iterable[str],
    symbols: Iterable[str],
    numbers: Iterable[str],
    at_most: int,
) -> list[Holder]:
    """Return who has one of these numbers."""
    values = {"insurers": list(insurers), "symbols": list(symbols), "numbers": list(numbers)}
    rows = connection.execute(_OF_NUMBERS, {**values, "at_most": at_most})
    return [Holder(*row[:4], PersonKey(*row[4:])) for row in rows]


def insurers(connection: Connection, at_most: int) -> list[str]:
    """Return the insurers that have members here, in the order of their numbers."""
    found = [""]
    while len(found) <= at_most:
        following = connection.scalar(_NEXT_INSURER, {"after": found[-1]})
        if following is None:
            break
        found.append(following)
    return found[1:]


def symbols(connection: Connection, insurer_number: str, at_most: int) -> list[str]:
    """Return the symbols of an insurer that is no empty one, in their order."""
    found = [""]
    while len(found) <= at_most:
        values = {"insurer": insurer_number, "after": found[-1]}
        following = connection.scalar(_NEXT_SYMBOL, values)
        if following is None:
            break
        found.append(following)
    return found[1:]


def birthdates(connection: Connection, persons: Iterable[PersonKey]) -> dict[str, set[str]]:
    """Return the birthdates under which persons are known, by person reference."""
    found: dict[str, set[str]] = {}
    for reference, *_, birthdate in _BIRTHDATES.rows(connection, sorted(set(persons))):
        found.setdefault(reference, set()).add(birthdate)
    return found
