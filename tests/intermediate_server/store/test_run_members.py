"""Whom a run looks at, part by part, and how much a database reads for a part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from eligibility.documents import Delivery, DocumentKind, Occasion
from eligibility.qualification import Qualification
from intermediate_server.documents.document import Document
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.run_kinds import Place, RunKind
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.bulk_recorder import Undecided
from intermediate_server.store.document_register import add_documents
from intermediate_server.store.schema import metadata
from storage import bucket_of
from tests.equipment.effort import effort
from tests.intermediate_server.store.test_bulk_recorder import change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INSURER = "990010"
FILED, JULY = date(2026, 11, 16), date(2027, 7, 1)
MEMBERS = 2_000
CHILDREN = [f"P{place}" for place in range(0, MEMBERS, 10)]
"""Whose paper is of before their 個人番号: nobody has decided anything about them since."""
TURN_75 = [f"P{place}" for place in range(5, MEMBERS, 50)]


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


@pytest.fixture
def town(store: Store) -> Store:
    """Return a store with members: most have a paper until the end of July."""

    def joined(reference: str) -> Undecided:
        known = change(reference, 1, reference.encode().ljust(16, b"-"))
        kind = ProcedureKind.NUMBER_GIVEN if reference in CHILDREN else ProcedureKind.JOIN
        born = date(1951, 12, 1) if reference in TURN_75 else known.person.birthdate
        qualification = Qualification(INSURER, "最上", reference, "01", FILED)
        entry = replace(
            known,
            kind=kind,
            person=replace(known.person, birthdate=born),
            qualification=qualification,
        )
        return Undecided(reference, lambda _: (entry,), entry.content_key or b"")

    references = [f"P{place}" for place in range(MEMBERS)]
    store.recorder.record(list(map(joined, references)))
    papers = [
        Document(
            person_reference=reference,
            number=1,
            based_on=1,
            insurer_number=INSURER,
            occasion=Occasion.JOINED,
            kind=DocumentKind.CERTIFICATE,
            reason="",
            rules=(),
            decided_on=FILED,
            issued_on=FILED,
            expires_on=date(2027, 7, 31),
            renewed=True,
            delivery=Delivery.ORDINARY_MAIL,
        )
        for reference in references
        if reference not in CHILDREN
    ]
    with store.engine.begin() as connection:
        add_documents(connection, papers, datetime(2026, 11, 16, tzinfo=UTC))
    return store


def in_parts(store: Store, kind: RunKind, on: date, size: int) -> list[Place]:
    found: list[Place] = []
    while True:
        after = found[-1] if found else Place()
        part = store.runs.members(kind, INSURER, on, after, size)
        found += part
        if len(part) < size:
            return found


def places(references: list[str]) -> list[Place]:
    return sorted(Place(bucket_of(one), one) for one in references)


@pytest.mark.parametrize("size", [1, 7, 100, MEMBERS])
def test_the_parts_are_all_members_each_once_and_in_order(store: Store, size: int) -> None:
    references = [f"P{place}" for place in range(150)]
    entries = [change(one, 1, one.encode().ljust(16, b"-")) for one in references]
    store.recorder.record(
        [
            Undecided(one.person.reference, lambda _, one=one: (one,), one.content_key or b"")
            for one in entries
        ]
    )
    assert in_parts(store, RunKind.LAPSES, FILED, size) == places(references)


def test_the_yearly_renewal_finds_papers_and_children_in_one_order(town: Store) -> None:
    everybody = places([f"P{place}" for place in range(MEMBERS)])
    assert in_parts(town, RunKind.RENEWAL, JULY, 70) == everybody
    assert in_parts(town, RunKind.RENEWAL, FILED, 70) == places(CHILDREN)


def test_few_are_found_among_many(town: Store) -> None:
    on = FILED + timedelta(days=14)
    assert in_parts(town, RunKind.LATE_ELDERLY, on, 5) == places(TURN_75)


@pytest.mark.parametrize("kind", [RunKind.LAPSES, RunKind.RENEWAL, RunKind.CHANGES])
def test_a_part_reads_no_more_than_its_own_members(town: Store, kind: RunKind) -> None:
    part = MEMBERS // 30
    with effort(town.engine) as one:
        assert len(town.runs.members(kind, INSURER, JULY, Place(), part)) == part
    with effort(town.engine) as everybody:
        town.runs.members(kind, INSURER, JULY, Place(), MEMBERS)
    assert one[0] < everybody[0] / 10, (one, everybody)
