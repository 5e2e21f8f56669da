"""What is known of a batch's versions is read by itself, however much a bucket has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.changes import apply_changes, conflicting
from oqs_sim.store.schema import metadata
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
