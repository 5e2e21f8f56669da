"""What few entries of the ledger concern is found without a look at all of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from eligibility.qualification import Qualification
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.outgoing.version_conflicts import count_untaken, set_aside
from intermediate_server.store.schema import metadata
from storage import bucket_of
from tests.equipment.effort import effort
from tests.intermediate_server.store.test_bulk_recorder import VISIBLE, procedure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENTRIES = 8_000


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    opened.recorder.record(
        [procedure(f"P{place}", qualification=_membership(place)) for place in range(ENTRIES)]
    )
    if opened.engine.dialect.name == "postgresql":
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    yield opened
    opened.close()


def _membership(place: int) -> Qualification:
    return Qualification("990010", "最上", f"{place:07}", "01", date(2026, 11, 1))


def test_what_oqs_did_not_take_is_found_by_itself(store: Store) -> None:
    with store.engine.begin() as connection:
        for reference in ("P5", "P70"):
            set_aside(connection, bucket_of(reference), [(VISIBLE, reference, 1)], VISIBLE)
    with effort(store.engine) as spent:
        found = store.conflicts.untaken(12)
        with store.engine.connect() as connection:
            assert count_untaken(connection) == 2
    assert {one.change.person.reference for one in found} == {"P5", "P70"}
    assert spent[0] < ENTRIES / 10
