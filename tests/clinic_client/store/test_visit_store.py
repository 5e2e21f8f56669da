"""What the clinic keeps, on either engine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from clinic_client.store import VisitStore, open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_list import VisitList
from clinic_client.store.visit_store import MIGRATIONS
from clinic_client.visits.catch_up import question_of
from clinic_client.visits.coverage import FIELDS, Coverage, insurers_of
from clinic_client.visits.same_person import Person, PersonNumber, person_of
from clinic_client.visits.shown import Shown
from clinic_client.visits.visit import CheckChannel, KnownVisits, Patient, Timings, Visit
from clinic_client.visits.withdrawal import WithdrawalReason, Withdrawing
from eligibility.card.use import Obstacle
from eligibility.cost.claims import ClaimMode
from eligibility.qualification import QualificationValidity as Validity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from storage.opening import migrate
from wire.vocabulary.answer import ResponseBody
from wire.vocabulary.codes import Sex
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

ON = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
ONE = Coverage("990010", "最上", "最上", "1234567", "01", date(2024, 4, 1), None, 3)
OTHER = Coverage("06990014", "北村", "北10", "110012", "00", date(2026, 10, 1), None, 3)
COVERAGES = (
    Coverage("990010", "最上", "最上", "1", "01", date(2024, 4, 1), date(2026, 11, 11), 3),
    Coverage("990028", "土浦", "", "2", "", None, None, None),
)


EVERY_FIELD = Coverage(
    **{
        name: {str: "9", int | None: 1, date | None: date(2026, 11, 12)}[one.type]
        for name, one in FIELDS.items()
    }
)


def visit_of(
    visit_id: str, cause: Cause = Cause.NONE, key: str | None = "k", days: int = 0
) -> Visit:
    case = ReceptionCase(
        ON + timedelta(days=days),
        cause,
        Validity.VALID if cause is Cause.NONE else None,
        date(1980, 2, 17),
        3,
        previous_known=True,
        certificate_expires_on=date(2027, 2, 17),
        visible_on=date(2026, 11, 25),
        insurers=insurers_of((ONE,)),
    )
    return Visit(
        visit_id=visit_id,
        at=AT + timedelta(days=days),
        channel=CheckChannel.CARD,
        case=case,
        decision=decide(case),
        patient_key=key,
        patient=Patient("佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17)),
        coverages=(ONE,),
        previous_id="before",
        simulation_reference="p1",
        problem_code="SIM-NOTHING",
        timings=Timings(1.5, None, 2.5, 9.0),
    )


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[VisitStore]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


def keep(store: VisitStore, *visits: Visit) -> None:
    for number, one in enumerate(visits):
        store.record(one, AT + timedelta(seconds=number))


def test_every_field_of_a_coverage_is_kept(store: VisitStore) -> None:
    keep(store, visit := replace(visit_of("1"), coverages=(EVERY_FIELD, *COVERAGES)))
    assert store.find("1") == visit


def test_a_visit_comes_back_as_it_was(store: VisitStore) -> None:
    for cause in Cause:
        one = visit_of(cause.value, cause)
        case = replace(one.case, insurers=insurers_of(COVERAGES))
        visit = replace(one, coverages=COVERAGES, case=case, decision=decide(case))
        keep(store, visit)
        assert store.find(cause.value) == visit


@pytest.mark.rules("P-013")
def test_why_a_card_was_refused_is_kept_with_the_visit(store: VisitStore) -> None:
    told = (
        ("SIM-CERTIFICATE-SUSPENDED", Obstacle.SUSPENDED),
        ("SIM-CARD-MOVED-OUT", Obstacle.MOVED_OUT),
        ("SIM-CERTIFICATE-UNKNOWN", None),
    )
    for number, (code, obstacle) in enumerate(told):
        as_made = visit_of(str(number), Cause.CERTIFICATE)
        case = replace(as_made.case, obstacle=obstacle)
        visit = replace(as_made, case=case, decision=decide(case), problem_code=code)
        keep(store, visit)
        assert store.find(str(number)) == visit


def test_a_person_is_known_again_by_the_key(store: VisitStore) -> None:
    first, second = visit_of("1"), visit_of("2", days=1)
    bare = replace(visit_of("3", days=2), coverages=())
    other = replace(visit_of("4", key="another", days=3), coverages=COVERAGES)
    keep(store, first, second, bare, other)
    assert store.known_visits_of(Person("k")).previous == second
    assert (
        store.known_visits_of(Person("nobody"))
        == store.known_visits_of(Person(None))
        == KnownVisits()
    )


def test_who_came_by_card_is_known_again_by_number_and_waits_no_more(store: VisitStore) -> None:
    keep(store, visit_of("1"), visit_of("2", Cause.NETWORK, days=1))
    by_number = visit_of("3", key="number", days=2)
    number = PersonNumber.of("990010", "最上", "1234567", "1")
    asked = Person("number", date(1980, 2, 17), frozenset({number}))
    for person in (asked, person_of(by_number)):
        found = store.known_visits_of(person)
        assert (found.previous, found.confirmed) == (store.find("2"), store.find("1"))
    keep(store, by_number)
    assert waiting(store) == {}
    assert store.known_visits_of(Person("k")).previous == by_number
    store.withdrawals.withdraw("3", Withdrawing(WithdrawalReason.LEFT, "", ""), AT, AT)
    assert waiting(store) == {"2": ON + timedelta(days=1)}
    assert store.known_visits_of(Person("k")).previous == store.find("2")
    store.withdrawals.bring_back("3", "", AT)
    assert waiting(store) == {}


@pytest.mark.parametrize(
    ("channel", "validity", "known"),
    [
        (CheckChannel.CARD, Validity.SEVERAL, True),
        (CheckChannel.CARD, Validity.VALID_UNREGISTERED, True),
        (CheckChannel.NUMBER, Validity.SEVERAL, False),
        (CheckChannel.CARD, None, False),
    ],
)
def test_each_eligibility_that_was_confirmed_tells_who_somebody_is(
    store: VisitStore, channel: CheckChannel, validity: Validity | None, *, known: bool
) -> None:
    as_made = visit_of("1", Cause.NONE if validity else Cause.NETWORK)
    case = replace(as_made.case, validity=validity)
    keep(
        store,
        replace(as_made, channel=channel, case=case, decision=decide(case), coverages=(ONE, OTHER)),
    )
    for one in (ONE, OTHER):
        number = PersonNumber.of(one.insurer_number, one.symbol, one.number, one.branch)
        asked = Person("number", date(1980, 2, 17), frozenset({number}))
        assert (store.known_visits_of(asked).previous is not None) is known
    stranger = Person("number", date(1980, 2, 17), frozenset({PersonNumber("1", "", "3", "01")}))
    assert store.known_visits_of(stranger) == KnownVisits()


def test_the_list_of_a_day_has_the_newest_first(store: VisitStore) -> None:
    keep(store, visit_of("1"), visit_of("2"), visit_of("3", days=1))
    assert [one.visit_id for one in store.of_day(ON)] == ["2", "1"]


def test_what_is_only_read_waits_for_no_writer(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG))
    with store._engine.begin():  # which has the whole file of SQLite to itself
        assert store.find("1") is not None
        assert store.known_visits_of(Person("k")).previous is not None
        assert len(store.of_day(ON)) == len(store.catch_up_list()) == 1


def paid(visit_id: str, ratio: int, days: int = 0) -> Visit:
    """A visit of which the line was down, and a share was taken."""
    as_made = visit_of(visit_id, Cause.NETWORK, days=days)
    case = replace(as_made.case, ratio=ratio)
    return replace(as_made, case=case, decision=decide(case))


def told(store: VisitStore) -> list[tuple[str, str]]:
    return [(found.visit_id, standing.visit.visit_id) for found, standing in store.news()]


def test_what_a_visit_confirms_is_news_as_long_as_something_is_to_be_settled(
    store: VisitStore,
) -> None:
    keep(store, paid("1", 2), paid("2", 3, days=1), paid("3", 1, days=2))
    keep(store, found := visit_of("4", days=3))
    assert told(store) == [("4", "1"), ("4", "3")], "the share was 3 tenths all the time"
    store.withdrawals.withdraw("4", Withdrawing(WithdrawalReason.LEFT, "", ""), AT, AT)
    assert told(store) == []
    store.withdrawals.bring_back("4", "", AT)
    assert told(store) == [("4", "1"), ("4", "3")]
    store.withdrawals.withdraw("1", Withdrawing(WithdrawalReason.LEFT, "", ""), AT, AT)
    assert store.find("4") == found, "it is a visit of its own"
    assert told(store) == [("4", "3")]
    store.end_news(found, AT)
    assert told(store) == [("4", "3")]
    (standing,) = store.to_settle([found])["4"]
    settled = frozenset(one.key for one in standing.contradictions)
    store.record_shown("3", Shown(settled=settled), AT)
    assert (told(store), len(store.automatic.news())) == ([], 1)
    store.end_news(found, AT)
    assert store.automatic.news() == []


def test_what_a_visit_confirms_is_no_news_where_nothing_is_to_be_settled(store: VisitStore) -> None:
    keep(store, paid("1", 3), visit_of("2", days=1))
    assert store.automatic.news() == []


def test_whoever_has_no_valid_answer_waits(store: VisitStore) -> None:
    keep(store, visit_of("1"), visit_of("2", Cause.LAG, "other"))
    (entry,) = store.catch_up_list()
    assert (entry.visit.visit_id, entry.check_from) == ("2", date(2026, 11, 25))
    assert not entry.due(date(2026, 11, 24))
    assert entry.due(date(2026, 11, 25))


def test_a_valid_answer_ends_the_waiting(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", days=5))
    assert store.catch_up_list() == []


def waiting(store: VisitStore) -> dict[str, date]:
    """Who waits, and of which day it is to be confirmed."""
    return {entry.visit.visit_id: entry.since for entry in store.catch_up_list()}


def test_a_person_waits_for_each_day_and_of_a_day_once(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG), visit_of("2", Cause.NETWORK))
    assert waiting(store) == {"2": ON}
    keep(store, visit_of("3", Cause.NETWORK, days=2))
    assert waiting(store) == {"2": ON, "3": ON + timedelta(days=2)}
    keep(store, visit_of("4", days=3))
    assert waiting(store) == {}


@pytest.mark.rules("P-080", "P-092")
def test_what_is_confirmed_of_another_day_only_leaves_a_visit_waiting(store: VisitStore) -> None:
    """By the 75th birthday the insurance is another one: it tells nothing of the month before."""
    keep(store, unknown := visit_of("1", Cause.NETWORK))
    since = replace(ONE, insurer_number="39990015", qualified_on=ON + timedelta(days=14))
    keep(store, replace(visit_of("2", days=20), coverages=(since,)))
    assert waiting(store) == {"1": ON}
    ended = replace(ONE, disqualified_on=ON)
    keep(store, replace(visit_of("3", days=21), coverages=(ended,)))
    assert waiting(store) == {"1": ON}, "it ended before"
    another = replace(unknown.patient, sex=Sex.MALE) if unknown.patient else None
    keep(store, *(replace(visit_of(f"4-{days}", days=days), patient=another) for days in (0, 22)))
    assert waiting(store) == {"1": ON}, "somebody else, whatever card it was"
    keep(store, visit_of("5", days=23))
    assert waiting(store) == {}


def test_of_the_same_day_an_answer_ends_the_waiting_even_if_it_names_several(
    store: VisitStore,
) -> None:
    keep(store, visit_of("1", Cause.NETWORK), replace(visit_of("2", days=1), coverages=COVERAGES))
    assert waiting(store) == {"1": ON}, "of another day nobody knows which of them held"
    keep(store, replace(visit_of("3"), coverages=COVERAGES))
    assert waiting(store) == {}


def test_who_is_checked_by_a_number_is_not_let_go_for_a_visit_without_one(
    store: VisitStore,
) -> None:
    numbered = visit_of("1", Cause.NETWORK)
    store.record(numbered, AT, asked=question_of(numbered))
    nameless = replace(visit_of("2", Cause.NETWORK), patient=None, coverages=())
    keep(store, nameless)
    assert waiting(store) == {"1": ON, "2": ON}
    assert set(store.automatic.to_come()) == {"1"}


def test_two_strangers_wait_each_for_themselves(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.DEVICE, None), visit_of("2", Cause.DEVICE, None))
    keep(store, visit_of("3", key=None))
    assert len(store.catch_up_list()) == 2


def test_a_stranger_who_is_checked_again_waits_since_the_first_day_and_then_no_more(
    store: VisitStore,
) -> None:
    stranger, other = visit_of("1", Cause.DEVICE, key=None), visit_of("2", Cause.DEVICE, key=None)
    keep(store, stranger, other)
    again = visit_of("3", Cause.LAG, key="number")
    store.record(again, AT, earlier=stranger)
    assert waiting(store) == {"2": ON, "3": ON}, "of two strangers it is this one"
    later = visit_of("4", Cause.LAG, key="number", days=2)
    store.record(later, AT, earlier=again)
    assert waiting(store) == {"2": ON, "3": ON, "4": ON + timedelta(days=2)}
    store.record(visit_of("5", key="other", days=3), AT, earlier=other)
    assert set(waiting(store)) == {"3", "4"}
    store.record(visit_of("6", key="another number", days=3), AT, earlier=later)
    assert waiting(store) == {}


def test_a_stranger_who_was_checked_again_in_vain_on_another_day_is_known_from_then_on(
    store: VisitStore,
) -> None:
    stranger = visit_of("1", Cause.DEVICE, key=None)
    keep(store, stranger)
    store.record(visit_of("2", Cause.LAG, key="number", days=2), AT, earlier=stranger)
    keep(store, visit_of("3", key="number", days=3))
    assert waiting(store) == {}


def test_who_is_given_up_waits_no_more_until_the_desk_says_so_or_a_check_confirms_it(
    store: VisitStore,
) -> None:
    one, other = visit_of("1", Cause.NETWORK), visit_of("2", Cause.NETWORK, "other", days=1)
    for visit in (one, other):
        store.record(visit, AT, asked=question_of(visit))
    assert not store.wait_again("1")
    assert store.stop_waiting("1", AT)
    assert not store.stop_waiting("1", AT)
    assert (set(waiting(store)), set(store.automatic.to_come())) == ({"2"}, {"2"})
    standings = VisitList(store.engine).standings([one, other])
    assert [(it.waiting, it.given_up, it.entry_id) for it in standings] == [
        (False, True, "1"),
        (True, False, "2"),
    ]
    assert store.wait_again("1")
    assert set(waiting(store)) == set(store.automatic.to_come()) == {"1", "2"}
    store.stop_waiting("1", AT)
    keep(store, visit_of("3", Cause.LAG))
    assert set(waiting(store)) == {"2", "3"}
    keep(store, found := visit_of("4", days=2))
    (standing,) = VisitList(store.engine).standings([one])
    assert standing.confirmed_by == found
    assert not store.wait_again("1")
    assert not store.stop_waiting("unknown", AT)


NUMBER = QualificationConfirmSearchInfo(
    insurer_number="990010", insured_identification_number="1234567", birthdate="19800217"
)


@pytest.mark.rules("P-092")
@pytest.mark.parametrize(
    ("validity", "coverages", "asked"),
    [
        (
            Validity.INVALID_NEW_EXISTS,
            (replace(ONE, disqualified_on=ON + timedelta(days=1)),),
            {"1"},
        ),
        (Validity.INVALID, (replace(ONE, qualified_on=ON + timedelta(days=1)),), {"2"}),
        (Validity.NONE, (), {"2"}),
        (Validity.SEVERAL, (ONE,), set()),
        (None, (), {"1", "2"}),
    ],
)
def test_a_number_that_is_typed_later_is_asked_for_the_day_of_the_visit_too(
    store: VisitStore,
    validity: Validity | None,
    coverages: tuple[Coverage, ...],
    asked: set[str],
) -> None:
    stranger = replace(visit_of("1", Cause.DEVICE, key=None), patient=None, coverages=())
    keep(store, stranger)
    one = visit_of("2", Cause.NETWORK if validity is None else Cause.NONE, key="number", days=20)
    case = replace(one.case, validity=validity, by_number=True)
    again = replace(
        one,
        channel=CheckChannel.NUMBER,
        case=case,
        decision=decide(case),
        coverages=coverages,
        patient=one.patient if coverages else None,
    )
    store.record(again, AT, asked=NUMBER, earlier=stranger)
    assert set(waiting(store)) == {"1", "2"}
    assert set(store.automatic.to_come()) == asked


def test_what_depends_on_the_patient_comes_last(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.AUTHENTICATION, "a"), visit_of("2", Cause.LAG, "b"))
    assert [entry.check_from for entry in store.catch_up_list()] == [date(2026, 11, 25), None]


def test_an_expectation_is_news_once(store: VisitStore) -> None:
    keep(store, visit_of("1", Cause.LAG))
    assert store.expect("1", date(2026, 11, 26))
    assert not store.expect("1", date(2026, 11, 26))
    assert not store.expect("unknown", date(2026, 11, 26))


def test_the_migrations_from_nothing_give_the_schema_of_the_tables(tmp_path: Path) -> None:
    shapes = []
    for name in ("created", "migrated"):
        engine = create_engine(f"sqlite:///{tmp_path / name}.db")
        with engine.begin() as connection:
            if name == "created":
                metadata.create_all(connection)
            else:
                migrate(connection, MIGRATIONS)
            there = inspect(connection)
            shapes.append(
                {
                    table: (
                        [
                            (column["name"], repr(column["type"]), column["nullable"])
                            for column in there.get_columns(table)
                        ],
                        there.get_pk_constraint(table)["constrained_columns"],
                        sorted(
                            (str(index["name"]), tuple(index["column_names"]))
                            for index in there.get_indexes(table)
                        ),
                    )
                    for table in there.get_table_names()
                    if table != "alembic_version"
                }
            )
        engine.dispose()
    assert shapes[0] == shapes[1]


BODY = ResponseBody.model_validate(
    {
        "QualificationValidity": "1",
        "ResultList": [
            {
                "ResultOfQualificationConfirmation": {
                    "InsuredCardClassification": "01",
                    "InsurerNumber": "  990010",
                    "InsuredIdentificationNumber": "1",
                    "Name": "佐藤　花子",
                    "NameKana": "ｻﾄｳ ﾊﾅｺ",
                    "Sex1": "2",
                    "Birthdate": "19800217",
                    "InsurerName": "最上",
                    "Address": "最上市1-2",
                    "PharmacistsInfoConsFlg": "1",
                }
            }
        ],
    }
)


def test_the_whole_answer_is_kept(store: VisitStore) -> None:
    keep(store, replace(visit_of("v1"), answer=BODY), visit_of("v2", Cause.NETWORK))
    found, other = store.find("v1"), store.find("v2")
    assert found is not None
    assert other is not None
    assert found.answer == BODY
    assert found.address == "最上市1-2"
    assert other.answer is None


def test_a_number_that_was_called_current_stays_so(store: VisitStore) -> None:
    network = visit_of("v1", Cause.NETWORK)
    case = replace(network.case, current_known=True, revisit=True)
    keep(store, replace(network, case=case, decision=decide(case)))
    found = store.find("v1")
    assert found is not None
    assert found.decision.claim.mode is ClaimMode.NORMAL


def test_the_last_confirmed_visit_is_found_behind_those_without_an_answer(
    store: VisitStore,
) -> None:
    keep(store, visit_of("v1"), visit_of("v2", Cause.NETWORK, days=1))
    known = store.known_visits_of(Person("k"))
    assert [one and one.visit_id for one in (known.previous, known.confirmed)] == ["v2", "v1"]
    assert known.still_confirmed is not None
    ended = visit_of("v3", Cause.LAG, days=2)
    case = replace(ended.case, validity=Validity.NONE)
    keep(store, replace(ended, case=case, decision=decide(case)))
    known = store.known_visits_of(Person("k"))
    assert known.confirmed is not None
    assert known.still_confirmed is None
    assert store.known_visits_of(Person(None)) == KnownVisits()
