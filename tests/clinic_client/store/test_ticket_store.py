"""Discrepancy tickets, and what a clinic was, as they are kept on either engine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from clinic_client.store import VisitStore, open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS
from clinic_client.visits.ticket import VisitTicket
from eligibility.reception.case import Cause
from eligibility.reception.decision import decide
from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.terminal.clinic_variant import ClinicVariant
from tests.clinic_client.store.test_visit_store import visit_of

AT = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[VisitStore]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


def ticket(key: str, kind: DiscrepancyKind, visit: str = "1") -> VisitTicket:
    return VisitTicket(key, visit, kind, "3割", "2割", DAY)


def test_tickets_are_kept_in_their_order_once_and_with_their_answers(store: VisitStore) -> None:
    tickets = store.tickets
    second, first = ticket("B" * 16, DiscrepancyKind.BIRTHDATE), ticket("C", DiscrepancyKind.RATIO)
    tickets.add(first, AT)
    tickets.add(second, AT + timedelta(seconds=1))
    tickets.add(first, AT + timedelta(seconds=2))
    tickets.add(ticket("D", DiscrepancyKind.NAME, "2"), AT)
    assert tickets.of_visit("1") == [first, second]
    tickets.note_answer("C", "paper_right", "8月から2割です", DAY)
    answered = replace(first, finding="paper_right", answer="8月から2割です", answered_on=DAY)
    assert tickets.of_visit("1") == [answered, second]
    assert tickets.of_visit("3") == []


@pytest.mark.parametrize("variant", ClinicVariant)
def test_a_visit_keeps_how_the_clinic_was_equipped(
    store: VisitStore, variant: ClinicVariant
) -> None:
    visit = visit_of("1", Cause.NOT_REGISTERED)
    case = replace(visit.case, variant=variant)
    store.record(replace(visit, case=case, decision=decide(case)), AT)
    found = store.find("1")
    assert found is not None
    assert (found.case.variant, found.decision) == (variant, decide(case))
