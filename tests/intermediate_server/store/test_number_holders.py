"""A 記号・番号・枝番 is one person's at a time, however it is filed, on either database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from intermediate_server.procedures.decide import decide
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import claimed
from intermediate_server.procedures.refusal import InsuredNumberTaken
from intermediate_server.store import MIGRATIONS, Store, number_holders, open_store
from intermediate_server.store.bulk_recorder import Undecided
from intermediate_server.store.ledger import Part, PartsRefused
from intermediate_server.store.schema import metadata
from tests.intermediate_server.procedures.test_decide import HANAKO, JOIN, LEAVE, NOW, POLICIES
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from intermediate_server.procedures.procedure import Procedure

pytestmark = pytest.mark.rules("N-003")


@pytest.fixture(params=["alone", "by file"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


def decider(person: str, procedure: Procedure) -> Any:
    filed = Filed(procedure, POLICIES.of(procedure.insurer_number), NOW)
    born = date(1950, 2, 17) if filed.policy.kind is InsurerKind.KOUKI else HANAKO.birthdate
    registered = replace(HANAKO, reference=person, birthdate=born)
    return lambda history: decide(filed, registered, history)


def part(person: str, procedure: Procedure) -> Part:
    return Part(person, decider(person, procedure), claimed=claimed(procedure))


def line(person: str, procedure: Procedure) -> Undecided:
    said = f"{person}{procedure.kind}{procedure.qualified_on}{procedure.disqualified_on}"
    said += procedure.reason
    key = blake2b(said.encode(), digest_size=16).digest()
    procedure = procedure._replace(content_key=key)
    return Undecided(person, decider(person, procedure), key, claimed=claimed(procedure))


def file(store: Store, way: str, person: str, **fields: Any) -> str | None:
    """File a joining, or another procedure; return the code of the refusal."""
    procedure = fields.pop("of", JOIN)._replace(**fields)
    if way == "by file":
        (outcome,) = store.recorder.record([line(person, procedure)])
        return outcome.problem and outcome.problem.entry.kind.code
    try:
        store.ledger.record_all([part(person, procedure)])
    except PartsRefused as refused:
        (problem,) = refused.problems
        assert problem is not None
        return problem.entry.kind.code
    return None


TAKEN = Catalogue.INSURED_NUMBER_TAKEN.kind.code


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"number": "１２３４５６７"},
        {"number": "123 4567"},
        {"symbol": "最 上"},
        {"qualified_on": date(2026, 11, 1)},
    ],
    ids=["equal", "full width", "with a blank", "a blank in the symbol", "later"],
)
def test_nobody_joins_under_the_number_of_another(
    store: Store, way: str, again: dict[str, Any]
) -> None:
    assert file(store, way, "P1") is None
    assert file(store, way, "P2", **again) == TAKEN
    assert store.ledger.history("P2") == ()


def test_a_number_in_full_width_is_known_in_half_width(store: Store, way: str) -> None:
    assert file(store, way, "P1", number="１２３４５６７", symbol="Ａ１") is None
    assert file(store, way, "P2", symbol="A1") == TAKEN


@pytest.mark.parametrize(
    "other",
    [
        {"branch": "02"},
        {"number": "1234568"},
        {"symbol": "村山"},
        {"insurer_number": InsurerNumber("990028")},
    ],
    ids=["branch", "number", "symbol", "insurer"],
)
def test_another_number_is_free(store: Store, way: str, other: dict[str, Any]) -> None:
    assert file(store, way, "P1") is None
    assert file(store, way, "P2", **other) is None


def test_a_family_shares_a_number_without_a_branch(store: Store, way: str) -> None:
    assert file(store, way, "P1", branch="") is None
    assert file(store, way, "P2", branch="") is None


def test_each_member_of_late_elderly_has_a_number_of_their_own(store: Store, way: str) -> None:
    union = next(one.insurer_number for one in POLICIES if one.kind is InsurerKind.KOUKI)
    joining = {"insurer_number": union, "symbol": "", "branch": ""}
    assert file(store, way, "P1", **joining) is None
    assert file(store, way, "P2", **joining) == TAKEN


@pytest.mark.parametrize(
    "again", [{"branch": "01"}, {"symbol": "あ"}, {"symbol": "最上", "number": "１２３４５６７"}]
)
def test_at_late_elderly_the_number_alone_tells_whose_it_is(
    store: Store, way: str, again: dict[str, str]
) -> None:
    union = next(one.insurer_number for one in POLICIES if one.kind is InsurerKind.KOUKI)
    joining: dict[str, Any] = {"insurer_number": union, "symbol": "", "branch": ""}
    assert file(store, way, "P1", **joining) is None
    assert file(store, way, "P2", **joining | again) == TAKEN
    assert file(store, way, "P3", **joining | again | {"number": "7654321"}) is None
    assert file(store, way, "P4", **joining | {"number": "7654321"}) == TAKEN


def test_an_earlier_membership_keeps_its_days(store: Store, way: str) -> None:
    """P1 until November and from December on, P2 between."""
    assert file(store, way, "P1") is None
    assert file(store, way, "P1", of=LEAVE) is None
    until = date(2026, 11, 16)
    assert file(store, way, "P2", qualified_on=date(2026, 11, 11)) is None
    assert file(store, way, "P2", of=LEAVE._replace(disqualified_on=until)) is None
    assert file(store, way, "P1", qualified_on=until) is None
    wrong = JOIN._replace(
        kind=ProcedureKind.CORRECT, qualified_on=date(2026, 11, 10), corrects=1, reason="誤り"
    )
    assert file(store, way, "P2", of=wrong) == TAKEN
    longer = wrong._replace(qualified_on=None, disqualified_on=date(2026, 11, 12), corrects=2)
    assert file(store, way, "P1", of=longer) == TAKEN
    shorter = longer._replace(disqualified_on=date(2026, 11, 10))
    assert file(store, way, "P1", of=shorter) is None
    assert file(store, way, "P2", of=wrong) is None
    assert file(store, way, "P1", of=longer._replace(reason="もう一度")) == TAKEN
    assert file(store, way, "P3", qualified_on=date(2026, 11, 20)) == TAKEN


def test_a_number_is_free_from_the_day_of_the_loss_and_not_before(store: Store, way: str) -> None:
    assert file(store, way, "P1") is None
    assert file(store, way, "P1", of=LEAVE) is None
    assert file(store, way, "P2", qualified_on=date(2026, 11, 10)) == TAKEN
    assert file(store, way, "P2", qualified_on=date(2026, 11, 11)) is None
    assert file(store, way, "P3", qualified_on=date(2026, 3, 31)) == TAKEN


def test_a_loss_is_not_taken_back_once_another_has_the_number(store: Store, way: str) -> None:
    file(store, way, "P1")
    file(store, way, "P1", of=LEAVE)
    assert file(store, way, "P2", qualified_on=date(2026, 11, 11)) is None
    wrong = JOIN._replace(
        kind=ProcedureKind.CORRECT, qualified_on=None, corrects=2, reason="誤り",
        still_insured=True,
    )  # fmt: skip
    assert file(store, way, "P1", of=wrong) == TAKEN


@pytest.mark.parametrize("kind", [ProcedureKind.CORRECT, ProcedureKind.CHANGE])
def test_a_beginning_is_not_moved_into_the_days_of_another(
    store: Store, way: str, kind: ProcedureKind
) -> None:
    file(store, way, "P1")
    file(store, way, "P1", of=LEAVE)
    file(store, way, "P2", qualified_on=date(2026, 11, 11))
    moved = {"kind": kind, "qualified_on": date(2026, 11, 10)}
    if kind is ProcedureKind.CORRECT:
        moved |= {"corrects": 1, "reason": "誤り"}
    assert file(store, way, "P2", **moved) == TAKEN


def test_nobody_changes_over_to_the_number_of_another(store: Store, way: str) -> None:
    file(store, way, "P1")
    file(store, way, "P2", number="77")
    changing = {"kind": ProcedureKind.RENUMBER, "qualified_on": None, "number": "77"}
    assert file(store, way, "P2", **changing, new_number="1234567") == TAKEN
    assert file(store, way, "P2", **changing, new_number="78") is None
    assert file(store, way, "P3", number="77") is None, "it is free again"


@pytest.mark.rules("C-008")
def test_the_old_number_is_a_persons_until_the_new_one_is_seen(store: Store, way: str) -> None:
    file(store, way, "P1")
    changing = {"kind": ProcedureKind.RENUMBER, "qualified_on": None}
    assert file(store, way, "P1", **changing, new_number="77") is None
    assert file(store, way, "P2", filed_on=date(2026, 11, 10)) == TAKEN
    assert file(store, way, "P3", number="78", filed_on=date(2026, 4, 1)) is None
    earlier = {**changing, "number": "78", "filed_on": date(2026, 11, 10)}
    assert file(store, way, "P3", **earlier, new_number="1234567") == TAKEN
    assert file(store, way, "P2") is None, "which is seen from the same day on"


@pytest.mark.rules("C-008")
def test_so_it_is_within_one_file(store: Store) -> None:
    changing = JOIN._replace(
        kind=ProcedureKind.RENUMBER, qualified_on=None, new_number="77", reason="市の指示"
    )
    early = JOIN._replace(filed_on=date(2026, 11, 10))
    outcomes = store.recorder.record([line("P1", JOIN), line("P1", changing), line("P2", early)])
    assert [one.problem is None for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2].problem, InsuredNumberTaken)
    assert "前の人の番号変更が見える" in str(outcomes[2].problem.japanese)
    assert store.recorder.record([line("P3", JOIN)])[0].problem is None


def test_what_was_shared_before_hinders_no_other_procedure(store: Store, way: str) -> None:
    for person in ("P1", "P2"):
        store.ledger.record(person, decider(person, JOIN))
    moving = JOIN._replace(kind=ProcedureKind.ADDRESS, qualified_on=None, address="県")
    assert file(store, way, "P2", of=moving) is None
    assert file(store, way, "P2", of=LEAVE) is None


def test_two_lines_of_one_file_are_told_apart_in_their_order(store: Store) -> None:
    outcomes = store.recorder.record([line("P1", JOIN), line("P2", JOIN), line("P1", LEAVE)])
    assert [one.problem is None for one in outcomes] == [True, False, True]
    later = JOIN._replace(qualified_on=date(2026, 11, 11))
    outcomes = store.recorder.record([line("P3", later), line("P1", LEAVE), line("P4", later)])
    assert [one.problem is None for one in outcomes] == [True, True, False]


def test_a_file_that_is_sent_again_is_as_it_was(store: Store) -> None:
    lines = [line("P1", JOIN), line("P2", JOIN)]
    store.recorder.record(lines)
    again = store.recorder.record(lines)
    assert [one.unchanged for one in again] == [True, False]
    assert [one.problem is None for one in again] == [True, False]


def test_two_of_a_household_exchange_their_branches(store: Store) -> None:
    file(store, "alone", "P1")
    file(store, "alone", "P2", branch="02")
    changing = JOIN._replace(
        kind=ProcedureKind.RENUMBER, qualified_on=None, new_number="1234567", new_branch="02"
    )
    back = changing._replace(branch="02", new_branch="01")
    store.ledger.record_all([part("P1", changing), part("P2", back)])
    branches = [
        store.ledger.history(person)[1].change.qualification.branch for person in ("P1", "P2")
    ]
    assert branches == ["02", "01"]


def test_two_of_a_household_with_one_branch_are_told_so(store: Store) -> None:
    with pytest.raises(PartsRefused) as caught:
        store.ledger.record_all([part("P1", JOIN), part("P2", JOIN)])
    assert store.ledger.history("P1") == ()
    for problem in caught.value.problems:
        assert isinstance(problem, InsuredNumberTaken)
        assert "「最上 1234567 01」が、いっしょに届け出た別の人にもあります" in problem.japanese
    file(store, "alone", "P3")
    with pytest.raises(PartsRefused) as caught:
        store.ledger.record_all([part("P1", JOIN)])
    (problem,) = caught.value.problems
    assert problem is not None
    assert "別の人が使っています" in str(problem.japanese)


def test_the_sentence_names_the_days_and_no_person(store: Store) -> None:
    file(store, "alone", "P1")
    (outcome,) = store.recorder.record([line("P2", JOIN)])
    problem = outcome.problem
    assert isinstance(problem, InsuredNumberTaken)
    assert "「最上 1234567 01」は、2026年4月1日" in problem.japanese
    assert problem.holder == "P1"
    assert "花子" not in problem.japanese
    assert "P1" not in f"{problem.japanese}{problem.detail}"


@pytest.mark.parametrize(
    "ways", [("alone", "alone"), ("alone", "by file"), ("by file", "by file")], ids=" and ".join
)
def test_of_two_at_once_one_gets_the_number(
    new_database: Callable[..., str], ways: tuple[str, str]
) -> None:
    """Each has a database connection of its own."""
    url = new_database(metadata, MIGRATIONS)
    stores = [open_store(url), open_store(url)]
    meet = threading.Barrier(2)

    def take(place: int, person: str, number: str) -> str | None:
        meet.wait(30)
        return file(stores[place], ways[place], person, number=number)

    with ThreadPoolExecutor(2) as both:
        for number in map(str, range(40)):
            asked = [both.submit(take, place, f"P{place}-{number}", number) for place in (0, 1)]
            codes = [one.result() for one in asked]
            assert sorted(map(str, codes)) == ["None", TAKEN], number
    for one in stores:
        one.close()


def test_a_number_is_looked_up_by_itself_where_much_lies_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that lie far from each other, with more between them than is read at once."""
    monkeypatch.setattr(number_holders, "MOST_BETWEEN", 2)
    for place, number in enumerate(("100", "200", "３００", "400", "５００")):
        assert file(store, "by file", f"P{place}", number=number) is None
    asked = [
        line(f"Q{place}", JOIN._replace(number=number))
        for place, number in enumerate(("100", "150", "300", "５００", "600"))
    ]
    outcomes = store.recorder.record(asked)
    refused = [one.problem and one.problem.entry.kind.code for one in outcomes]
    assert refused == [TAKEN, None, TAKEN, TAKEN, None]
