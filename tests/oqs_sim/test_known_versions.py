"""What is known of a batch's versions is read by itself, however much a bucket has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.changes import apply_changes, conflicting
from oqs_sim.store.schema import metadata, qualification_before
from storage import open_engine
from tests.equipment.effort import effort
from tests.oqs_sim.test_version_conflicts import change_for
from wire.bulk import ChangeTable

if TYPE_CHECKING:
    from collections.abc import Callable

PERSONS = 6_000
ASKED = PERSONS // 20
BUCKET = 5


def test_a_batch_does_not_go_through_its_bucket(new_database: Callable[..., str]) -> None:
    engine = open_engine(new_database(metadata, MIGRATIONS), metadata, MIGRATIONS)
    changes = [change_for(f"P{place}", 1) for place in range(PERSONS)]
    with engine.begin() as connection:
        assert apply_changes(connection, BUCKET, ChangeTable.of(changes)) == PERSONS
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE qualification")
    other = change_for("P7", 1, address="elsewhere")
    batch = ChangeTable.of([*changes[10 : ASKED + 9], other])
    with effort(engine) as spent, engine.connect() as connection:
        assert conflicting(connection, BUCKET, batch) == {ASKED - 1: ("P7", 1)}
    with effort(engine) as everybody, engine.connect() as connection:
        assert conflicting(connection, BUCKET, ChangeTable.of(changes)) == {}
    engine.dispose()
    assert spent[0] < everybody[0] / 10


def test_what_a_batch_takes_the_place_of_is_found_without_going_through_its_bucket(
    new_database: Callable[..., str],
) -> None:
    engine = open_engine(new_database(metadata, MIGRATIONS), metadata, MIGRATIONS)
    first, second, third = (
        ChangeTable.of([change_for(f"P{place}", version) for place in range(persons)])
        for version, persons in ((1, PERSONS), (2, ASKED), (3, PERSONS))
    )
    with engine.begin() as connection:
        assert apply_changes(connection, BUCKET, first) == PERSONS
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE qualification")
    with effort(engine) as spent, engine.begin() as connection:
        apply_changes(connection, BUCKET, second)
    with effort(engine) as everybody, engine.begin() as connection:
        apply_changes(connection, BUCKET, third)
    with engine.connect() as connection:
        kept = connection.scalar(select(func.count()).select_from(qualification_before))
    engine.dispose()
    assert kept == PERSONS + ASKED
    assert spent[0] < everybody[0] / 10
