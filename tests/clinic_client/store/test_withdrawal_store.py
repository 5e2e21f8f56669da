"""Visits that are withdrawn and brought back, on either engine."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text

from clinic_client.lists.summary import summary_of
from clinic_client.store import VisitStore, open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_list import VisitFilter, VisitList, VisitState
from clinic_client.store.visit_store import MIGRATIONS
from clinic_client.visits.same_person import Person
from clinic_client.visits.visit import CheckChannel, KnownVisits, Visit
from clinic_client.visits.withdrawal import Withdrawal, WithdrawalReason, Withdrawing
from eligibility.reception.case import Cause
from storage.opening import migrate
from tests.clinic_client.store.test_visit_store import ONE, visit_of
from tests.storage.test_opening import migrated_to
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

ON = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TWICE = Withdrawing(WithdrawalReason.DUPLICATE, "二重に押した", "山本")
NUMBER = QualificationConfirmSearchInfo(
    insurer_number="990010", insured_identification_number="1234567", birthdate="19800217"
)


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    return new_database(metadata, MIGRATIONS)


@pytest.fixture
def store(url: str) -> Iterator[VisitStore]:
    opened = open_store(url)
    yield opened
    opened.close()


def keep(store: VisitStore, *visits: Visit) -> None:
    for number, one in enumerate(visits):
        store.record(one, AT + timedelta(seconds=number), asked=NUMBER)


def withdraw(store: VisitStore, visit_id: str, said: Withdrawing = TWICE) -> None:
    store.withdrawals.withdraw(visit_id, said, LATER, LATER)


def bring_back(store: VisitStore, visit_id: str) -> bool:
    return store.withdrawals.bring_back(visit_id, "", LATER)


def waiting(store: VisitStore) -> dict[str, bool]:
    """Who waits, and whether they are checked by themselves."""
    return {one.visit.visit_id: one.next_at is not None for one in store.catch_up_list()}


def recheck(store: VisitStore, visit_id: str, earlier: Visit, cause: Cause = Cause.NONE) -> bool:
    found = replace(visit_of(visit_id, cause, earlier.patient_key, days=5))
    found = replace(found, channel=CheckChannel.CATCH_UP, previous_id=earlier.visit_id)
    return store.record_recheck(found, earlier, LATER, NUMBER)


def test_a_withdrawal_is_kept_with_who_when_and_why(store: VisitStore, url: str) -> None:
    keep(store, visit_of("1"))
    withdraw(store, "1")
    told = Withdrawal(WithdrawalReason.DUPLICATE, "二重に押した", "山本", LATER)
    again = open_store(url)
    for one in (store, again):
        found = one.find("1")
        assert found is not None
        assert found.withdrawal == told
    again.close()


def test_to_withdraw_twice_is_to_withdraw_once_and_corrects_the_reason(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", days=1))
    withdraw(store, "2")
    withdraw(store, "2", Withdrawing(WithdrawalReason.LEFT, "", "森"))
    found = store.find("2")
    assert found is not None
    assert found.withdrawal == Withdrawal(WithdrawalReason.LEFT, "", "森", LATER)
    assert bring_back(store, "2")
    assert not bring_back(store, "2")
    assert waiting(store) == {}
    assert store.find("2") == visit_of("2", days=1)


def test_every_withdrawal_stays_on_record(store: VisitStore) -> None:
    keep(store, visit_of("1"))
    for _ in range(2):
        withdraw(store, "1")
        store.withdrawals.bring_back("1", "森", LATER)
    with store.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT position, staff, undone_by FROM visit_withdrawal ORDER BY position")
        ).all()
    assert [tuple(row) for row in rows] == [(0, "山本", "森"), (1, "山本", "森")]


def test_who_was_withdrawn_waits_no_more_and_again_when_brought_back(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", Cause.LAG, "other"))
    withdraw(store, "1")
    assert waiting(store) == {"2": True}
    assert {one.visit_id for one in store.automatic.due(AT + timedelta(days=30), AT)} == {"2"}
    bring_back(store, "1")
    assert waiting(store) == {"1": True, "2": True}
    assert {one.visit_id for one in store.automatic.due(AT + timedelta(days=30), AT)} == {"1", "2"}


def test_whose_waiting_it_had_ended_wait_again_until_it_is_brought_back(store: VisitStore) -> None:
    stranger = visit_of("0", Cause.DEVICE, key=None)
    keep(store, stranger, visit_of("1", Cause.LAG))
    store.record(visit_of("2", days=1), AT, earlier=stranger)
    assert waiting(store) == {}
    withdraw(store, "2")
    assert waiting(store) == {"0": True, "1": True}
    bring_back(store, "2")
    assert waiting(store) == {}
    assert store.automatic.to_come() == {}


def test_a_later_visit_that_stands_goes_on_ending_the_waiting(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", days=1), visit_of("3", days=2))
    withdraw(store, "2")
    assert waiting(store) == {}
    withdraw(store, "3")
    assert waiting(store) == {"1": True}
    bring_back(store, "2")
    assert waiting(store) == {}
    withdraw(store, "2")
    assert waiting(store) == {"1": True}


def test_a_stranger_who_was_checked_again_on_the_day_waits_once_when_that_is_brought_back(
    store: VisitStore,
) -> None:
    keep(store, stranger := visit_of("1", Cause.DEVICE, key=None))
    store.record(visit_of("2", Cause.LAG, key="number"), AT, asked=NUMBER, earlier=stranger)
    assert waiting(store) == {"2": True}
    withdraw(store, "2")
    assert waiting(store) == {"1": True}
    bring_back(store, "2")
    assert waiting(store) == {"2": True}


def test_who_is_brought_back_waits_beside_a_visit_of_another_day(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG))
    withdraw(store, "1")
    keep(store, visit_of("2", Cause.LAG))
    bring_back(store, "1")
    assert waiting(store) == {"2": True}, "of a day a person waits once"
    keep(store, visit_of("3", Cause.LAG, days=2))
    withdraw(store, "2")
    assert waiting(store) == {"1": True, "3": True}
    bring_back(store, "2")
    assert waiting(store) == {"2": True, "3": True}


def test_a_later_visit_that_tells_nothing_of_the_day_does_not_go_on_ending_the_waiting(
    store: VisitStore,
) -> None:
    began = replace(ONE, qualified_on=ON + timedelta(days=2))
    keep(store, visit_of("1", Cause.LAG), visit_of("2", days=1))
    keep(store, replace(visit_of("3", days=2), coverages=(began,)))
    withdraw(store, "2")
    assert waiting(store) == {"1": True}
    withdraw(store, "3")
    bring_back(store, "3")
    assert waiting(store) == {"1": True}
    bring_back(store, "2")
    assert waiting(store) == {}


def test_what_was_found_out_by_itself_goes_and_comes_back_with_its_visit(store: VisitStore) -> None:
    visit = visit_of("1", Cause.LAG)
    keep(store, visit)
    assert recheck(store, "2", visit, Cause.LAG)
    assert (waiting(store), len(store.news())) == ({"2": True}, 1)
    withdraw(store, "1")
    assert (waiting(store), store.news()) == ({}, [])
    assert store.known_visits_of(Person("k")) == KnownVisits()
    bring_back(store, "1")
    assert (waiting(store), len(store.news())) == ({"2": True}, 1)


def test_a_check_under_way_finds_nothing_out_about_a_withdrawn_visit(store: VisitStore) -> None:
    visit = visit_of("1", Cause.LAG)
    keep(store, visit)
    (check,) = store.automatic.due(AT + timedelta(days=30), AT)
    assert store.automatic.claim(check, AT, AT + timedelta(seconds=9))
    withdraw(store, "1")
    assert not recheck(store, "2", visit)
    store.automatic.nothing_new(check, AT, AT, None)
    assert store.find("2") is None
    assert (waiting(store), store.automatic.to_come()) == ({}, {})


def test_of_a_withdrawal_and_a_check_at_the_same_time_nothing_is_left(
    store: VisitStore, url: str
) -> None:
    """Whoever is first: nobody waits, no news are told, and all comes back together."""
    other = open_store(url)
    with ThreadPoolExecutor(2) as both:
        for number in range(12):
            visit = visit_of(f"v{number}", Cause.LAG, f"key{number}")
            keep(store, visit)
            start = Barrier(2)

            def found(visit: Visit = visit, start: Barrier = start) -> bool:
                start.wait()
                return recheck(other, f"{visit.visit_id}-found", visit, Cause.LAG)

            def gone(visit: Visit = visit, start: Barrier = start) -> None:
                start.wait()
                withdraw(store, visit.visit_id)

            recorded, _ = both.submit(found), both.submit(gone).result()
            assert (waiting(store), store.news()) == ({}, [])
            assert store.automatic.to_come() == {}
            bring_back(store, visit.visit_id)
            last = f"{visit.visit_id}-found" if recorded.result() else visit.visit_id
            assert waiting(store) == {last: True}
            withdraw(store, visit.visit_id)
    other.close()


def test_of_a_withdrawal_and_a_visit_at_the_same_time_nobody_waits_twice(
    store: VisitStore, url: str
) -> None:
    other = open_store(url)
    with ThreadPoolExecutor(2) as both:
        for number in range(12):
            key = f"key{number}"
            first, second, third = (
                visit_of(f"{number}-{place}", cause, key, days=place)
                for place, cause in enumerate((Cause.LAG, Cause.LAG, Cause.NONE))
            )
            keep(store, first, second)
            start = Barrier(2)

            def received(third: Visit = third, start: Barrier = start) -> None:
                start.wait()
                other.record(third, LATER)

            def gone(second: Visit = second, start: Barrier = start) -> None:
                start.wait()
                withdraw(store, second.visit_id)

            for one in (both.submit(received), both.submit(gone)):
                one.result()
            assert waiting(store) == {}
    other.close()


def test_a_withdrawn_visit_tells_nothing_of_the_next_one(store: VisitStore) -> None:
    first, second = visit_of("1"), replace(visit_of("2", days=1), previous_id="1")
    third = replace(visit_of("3", days=2), previous_id="2")
    keep(store, first, second, third)
    withdraw(store, "3")
    assert store.known_visits_of(Person("k")) == KnownVisits(second, second, second)
    withdraw(store, "2")
    assert store.known_visits_of(Person("k")) == KnownVisits(first, first, first)
    assert store.previous_of(third) == first


def test_it_counts_in_no_list_but_stands_in_that_of_the_day(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", key="other"))
    withdraw(store, "1")
    visits = VisitList(store.engine)

    def found(state: VisitState | None = None) -> list[str]:
        return [one.visit_id for one in visits.page(VisitFilter(state=state), 9)[0]]

    assert [one.visit_id for one in store.of_day(ON)] == ["2", "1"]
    assert (found(), found(VisitState.WITHDRAWN)) == (["2", "1"], ["1"])
    assert found(VisitState.UNCONFIRMED) == found(VisitState.WAITING) == []
    summary = summary_of(visits, ON)
    assert [one.visit.visit_id for one in summary.lines] == ["2"]
    assert (summary.withdrawn, summary.open_lines) == (1, ())


def test_who_waits_since_before_can_be_checked_again_after_the_migration(
    new_database: Callable[..., str],
) -> None:
    """The number of an entry lay with its check only; it has to be there when that is dropped."""
    url = new_database()
    engine = create_engine(url)
    migrated_to(engine, MIGRATIONS, "0010")
    with engine.begin() as connection:
        entry = "INSERT INTO catch_up (visit_id, since) VALUES ('1', '2026-11-20')"
        check = (
            "INSERT INTO automatic_check (visit_id, asked, attempts, next_at) "
            "VALUES ('1', '{}', 0, '2026-11-20 00:00:00')"
        )
        connection.execute(text(entry))
        connection.execute(text(check))
        migrate(connection, MIGRATIONS)
        assert connection.execute(text("SELECT asked FROM catch_up")).scalar_one() == "{}"
    engine.dispose()
