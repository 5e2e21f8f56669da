"""What became of a document last stands beside it, also of one that is older than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from intermediate_server.documents.document import EventKind
from intermediate_server.store import MIGRATIONS
from storage.opening import migrate
from tests.storage.test_opening import migrated_to

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = """
INSERT INTO document (bucket, person_reference, document_number, based_on_version, insurer_number,
    occasion, kind, reason, rules, decided_on, recorded_at)
VALUES (1, 'P', {}, 1, '990010', 'joined', {}, '', '', '2026-11-16', '2026-11-16 00:00:00')
"""
EVENT = """
INSERT INTO document_event (bucket, person_reference, document_number, event_number, event,
    happened_on, note, recorded_at)
VALUES (1, 'P', {}, {}, '{}', '{}', '', '2026-11-16 00:00:00')
"""


def test_the_migration_gives_each_document_its_state(new_database: Callable[..., str]) -> None:
    engine = create_engine(new_database())
    migrated_to(engine, MIGRATIONS, "0010")
    with engine.begin() as connection:
        for number, kind in enumerate(("NULL", "'notice'", "'notice'"), 1):
            connection.execute(text(DOCUMENT.format(number, kind)))
        connection.execute(text(EVENT.format(3, 1, "sent", "2026-11-16")))
        connection.execute(text(EVENT.format(3, 2, "undelivered", "2026-11-20")))
    with engine.begin() as connection:
        migrate(connection, MIGRATIONS)
    with engine.connect() as connection:
        asked = "SELECT state, state_on FROM document ORDER BY document_number"
        found = [(row[0], row[1] and str(row[1])) for row in connection.execute(text(asked))]
    engine.dispose()
    assert found == [("not_issued", None), ("issued", None), ("undelivered", "2026-11-20")]


@pytest.mark.parametrize("event", EventKind)
def test_each_event_has_a_state_that_its_column_can_hold(event: EventKind) -> None:
    assert len(event.value) <= 16
    assert event.state in {"issued", event.value}
