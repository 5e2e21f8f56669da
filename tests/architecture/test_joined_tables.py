"""No statement of a service brings tables together that a distributed database keeps apart."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import and_, bindparam, create_engine, exists, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from oqs_sim.store.inquiries import Inquiries
from oqs_sim.store.person import is_person
from oqs_sim.store.resident_cards import find_records
from oqs_sim.store.schema import (
    card_certificate,
    certificate,
    issued_card,
    metadata,
    registration,
    resident,
    resident_by_number,
)
from tests.equipment.joined_tables import (
    APART_FOR_A_REASON,
    SERVICES,
    ApartTables,
    is_statement,
    joined_by,
    statements_in,
    take_violations,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from sqlalchemy import Connection, Engine

DIALECTS = (sqlite.dialect(), postgresql.dialect())


def modules() -> Iterator[ModuleType]:
    for service in SERVICES:
        store = importlib.import_module(f"{service}.store")
        for found in pkgutil.walk_packages(store.__path__, f"{store.__name__}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def values_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Return what a module has at its top, and what its functions of a dialect write."""
    for name, value in vars(module).items():
        if is_dataclass(value) and not isinstance(value, type):
            yield from ((f"{name}.{one.name}", getattr(value, one.name)) for one in fields(value))
        elif inspect.isfunction(value) and value.__module__ == module.__name__:
            parameters = list(inspect.signature(value).parameters.values())
            if [one.annotation for one in parameters] == ["Dialect"]:
                yield from ((f"{name}({one.name})", value(one)) for one in DIALECTS)
        else:
            yield name, value


def written() -> dict[str, Any]:
    """Return all statements that the stores have written ahead, by module and name."""
    return {
        f"{module.__name__}.{name}": statement
        for module in modules()
        for of_module, value in values_of(module)
        for name, statement in statements_in(value, of_module)
    }


STATEMENTS = written()
SAME_PERSON = and_(
    registration.c.bucket == resident.c.bucket,
    registration.c.person_reference == resident.c.person_reference,
)
BY_NUMBER = select(resident).join_from(
    resident_by_number,
    resident,
    and_(
        resident.c.bucket == resident_by_number.c.bucket,
        resident.c.person_reference == resident_by_number.c.person_reference,
    ),
)
"""The way in by number, joined, as the matching of persons once was."""


def test_no_statement_joins_tables_that_lie_apart() -> None:
    apart = {
        name: str(joined)
        for name, statement in STATEMENTS.items()
        if (joined := joined_by(statement)).lie_apart
    }
    assert apart.keys() == APART_FOR_A_REASON.keys(), apart


def test_the_statements_are_found_wherever_they_are_written() -> None:
    assert len(STATEMENTS) > 250
    assert {
        "oqs_sim.store.resident_cards._RESIDENTS.on_postgresql",  # in a value of ours
        "oqs_sim.store.bulk.receptions._FORGET[0]",  # in a list
        "oqs_sim.store.journal.log_insert(sqlite)",  # by a function of the dialect
        "intermediate_server.store.outgoing.outbox_batches._BATCH_ON_SQLITE",
        "clinic_client.store.visit_store._LATEST_VISIT_OF_PATIENT",
    } <= STATEMENTS.keys()
    joined = joined_by(STATEMENTS["oqs_sim.store.resident_cards._RESIDENTS.on_postgresql"])
    assert str(joined) == "registration.bucket = resident.bucket"


@pytest.mark.parametrize(
    "statement",
    [
        BY_NUMBER.where(resident_by_number.c.individual_number == bindparam("number")),
        select(certificate).join_from(
            card_certificate,
            certificate,
            and_(
                certificate.c.authority_key == card_certificate.c.authority_key,
                certificate.c.serial == card_certificate.c.serial,
            ),
        ),
        select(resident, registration),
        select(resident).join(registration, or_(SAME_PERSON, registration.c.channel == "portal")),
        select(resident).where(
            is_person(resident), registration.c.bucket == bindparam("another_bucket")
        ),
        select(resident).where(~exists().where(registration.c.person_reference == "P")),
        select(resident).where(resident.c.bucket.in_(select(issued_card.c.bucket))),
        insert(registration).from_select(
            ["bucket", "person_reference"],
            select(issued_card.c.bucket, issued_card.c.person_reference),
        ),
        update(resident).values(
            address=select(issued_card.c.kind)
            .where(issued_card.c.bucket == resident.c.bucket)
            .scalar_subquery()
        ),
    ],
)
def test_a_join_of_tables_that_lie_apart_is_seen(statement: Any) -> None:
    assert is_statement(statement)
    assert joined_by(statement).lie_apart


@pytest.mark.parametrize(
    "statement",
    [
        select(resident_by_number).where(resident_by_number.c.individual_number == "99"),
        select(resident, registration).where(SAME_PERSON),
        select(resident).outerjoin(registration, SAME_PERSON),
        select(resident).where(is_person(resident), exists().where(is_person(registration))),
        select(resident).where(~exists().where(SAME_PERSON)),
        select(resident).where(
            tuple_(resident.c.bucket, resident.c.person_reference).in_(
                select(registration.c.bucket, registration.c.person_reference)
            )
        ),
        insert(registration).from_select(
            ["bucket", "person_reference"], select(resident.c.bucket, resident.c.person_reference)
        ),
        update(resident).where(SAME_PERSON),
    ],
)
def test_a_join_within_a_bucket_is_let_through(statement: Any) -> None:
    assert not joined_by(statement).lie_apart


def engine_with_tables() -> Engine:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    return engine


def test_what_is_built_while_running_is_seen_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def joined(connection: Connection, numbers: list[str]) -> list[Any]:
        some = resident_by_number.c.individual_number.in_(numbers)
        return list(connection.execute(BY_NUMBER.where(some)))

    monkeypatch.setitem(find_records.__globals__, "find_persons", joined)
    engine = engine_with_tables()
    for _ in range(2):  # not only when it is new
        with engine.connect() as connection, pytest.raises(ApartTables, match="_by_number"):
            find_records(connection, ["990000000019"])
    assert len(take_violations()) == 2
    engine.dispose()


def test_what_is_prepared_is_seen_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Inquiries.__init__.__globals__, "_HOLDERS", BY_NUMBER)
    engine = engine_with_tables()
    with pytest.raises(ApartTables, match=r"oqs_sim\.store\.inquiries"):
        Inquiries(engine)
    assert len(take_violations()) == 1
    engine.dispose()
