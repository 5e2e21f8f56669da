"""To look for near misses costs the same however many people there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from oqs_sim.app import MIGRATIONS
from oqs_sim.operation.near_misses import near_misses
from oqs_sim.store.changes import apply_changes
from oqs_sim.store.schema import metadata, qualification_by_number
from storage import open_engine
from tests.equipment.effort import effort
from tests.oqs_sim.test_version_conflicts import change_for
from wire.bulk import ChangeTable
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire.vocabulary.changes import QualificationChange

PERSONS = 40_000
BUCKET = 5


def test_near_misses_are_found_without_going_through_everybody(
    new_database: Callable[..., str],
) -> None:
    engine = open_engine(new_database(metadata, MIGRATIONS), metadata, MIGRATIONS)
    one = change_for("P1000", 1, insured_identification_number=f"{7 * 1_000:07}")
    with engine.begin() as connection:
        apply_changes(connection, BUCKET, ChangeTable.of([one]))
        connection.execute(insert(qualification_by_number), _others(one))
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE qualification_by_number")
    asked = QualificationConfirmSearchInfo(
        insurer_number=one.insurer_number,
        insured_card_symbol=one.insured_card_symbol,
        insured_identification_number="000700",
        birthdate=one.birthdate,
    )
    with effort(engine) as spent, engine.connect() as connection:
        found = near_misses(connection, asked)
    engine.dispose()
    assert [miss.person_reference for miss in found] == ["P1000"]
    assert spent[0] < PERSONS / 2


def _others(one: QualificationChange) -> list[dict[str, object]]:
    """Return the ways in to people with other numbers of the same insurer and symbol."""
    return [
        {
            "insurer_number": one.insurer_number,
            "insured_card_symbol": one.insured_card_symbol,
            "insured_identification_number": f"{7 * place:07}",
            "insured_branch_number": "01",
            "person_reference": f"P{place}",
            "bucket": BUCKET,
        }
        for place in range(PERSONS)
        if place != 1_000
    ]
