"""Visits that are looked for, and what became of them, on either engine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic_client.declaration.draft import DeclarationDraft
from clinic_client.lists.asked import visits_wanted
from clinic_client.lists.rows import CLAIM_COLUMNS, claim_cells
from clinic_client.lists.summary import claims_of, summary_of
from clinic_client.store import VisitStore, open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_list import VisitFilter, VisitList, VisitState
from clinic_client.store.visit_store import MIGRATIONS
from clinic_client.visits.catch_up import question_of
from clinic_client.visits.claims import OpenPoint, sums_by_insurer
from clinic_client.visits.coverage import Coverage
from clinic_client.visits.same_person import PersonNumber
from clinic_client.visits.shown import Shown, shown_of
from clinic_client.visits.visit import CheckChannel, Visit
from clinic_client.visits.withdrawal import WithdrawalReason, Withdrawing
from clinic_client.web.texts import Language, Phrasebook
from eligibility.cost.claims import ClaimMode, ClaimTarget
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.insured_number import InsuredNumber
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import Presented
from eligibility.reception.situation import Word
from tests.clinic_client.store.test_visit_store import AT, ON, ONE, keep, visit_of
from tests.clinic_client.store.test_visit_store import OTHER as AT_WORK
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo


def single(
    visit_id: str, cause: Cause = Cause.NONE, key: str | None = "k", days: int = 0, **change: object
) -> Visit:
    return replace(visit_of(visit_id, cause, key, days), **change)


BORN = date(1980, 2, 17)


def number_of(one: Coverage) -> PersonNumber:
    return PersonNumber.of(one.insurer_number, one.symbol, one.number, one.branch)


def stranger(visit_id: str, cause: Cause) -> Visit:
    """Somebody of whom nothing is on record."""
    known = single(visit_id, cause, key=None, coverages=(), patient=None)
    case = replace(known.case, previous_known=False, revisit=False, ratio=None)
    return replace(known, case=case, decision=decide(case))


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[VisitStore]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


@pytest.fixture
def visits(store: VisitStore) -> VisitList:
    return VisitList(store.engine)


def ids(visits: VisitList, wanted: VisitFilter) -> list[str]:
    found, more = visits.page(wanted, 50)
    assert not more
    assert visits.count(wanted) == len(found)
    return [one.visit_id for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "佐藤",
        "佐藤花子",
        "藤　花",
        "さとう",
        "サトウ ハナコ",
        "ｻﾄｳ",
        "1234567",
        "１２３４５６７",
        "990010",
    ],
)
def test_a_visit_is_found_by_any_part_in_any_width(
    store: VisitStore, visits: VisitList, text: str
) -> None:
    keep(store, single("1"), stranger("2", Cause.DEVICE))
    assert ids(visits, visits_wanted(text, "", "", "", "")) == ["1"]


@pytest.mark.parametrize(
    "text", ["7654321", "７６５４３２１", "７６５－４３２１", "06990014", "０６９９００１４"]
)
def test_a_visit_is_found_by_the_number_of_a_paper_or_of_what_could_not_be_asked(
    store: VisitStore, visits: VisitList, text: str
) -> None:
    keep(store, single("1"), stranger("2", Cause.DEVICE))
    paper = replace(NUMBERED, insurer_number="06990014")
    store.record_shown("2", Shown((paper,)), AT)
    asked = QualificationConfirmSearchInfo(
        insurer_number="06990014", insured_identification_number="7654321", birthdate="19800217"
    )
    store.record(stranger("3", Cause.NETWORK), AT + timedelta(hours=1), asked=asked)
    assert ids(visits, visits_wanted(text, "", "", "", "")) == ["3", "2"]
    assert ids(visits, visits_wanted("765432", "", "", "", "")) == []
    assert ids(visits, visits_wanted('7"', "", "", "", "")) == []


def test_a_visit_is_found_and_named_by_what_its_confirmation_alone_has_told(
    store: VisitStore, visits: VisitList
) -> None:
    keep(store, first := stranger("1", Cause.DEVICE), stranger("0", Cause.DEVICE))
    slip = replace(stranger("2", Cause.LAG), patient_key="slip")
    store.record(slip, AT, earlier=first)
    store.note_name("2", "診察券 12")
    store.record(single("3"), AT, earlier=slip)
    for text in ("佐藤", "1234567"):
        assert set(ids(visits, visits_wanted(text, "", "", "", ""))) == {"3", "2", "1"}
    found, _ = visits.page(VisitFilter(), 9)
    called = {one.visit.visit_id: one.named.called for one in visits.listed(found)}
    assert called == {"3": "佐藤　花子", "2": "診察券 12", "1": "佐藤　花子", "0": None}


def test_a_percent_sign_is_looked_for_as_it_stands(store: VisitStore, visits: VisitList) -> None:
    keep(store, single("1"), stranger("2", Cause.DEVICE))
    assert ids(visits, visits_wanted("%", "", "", "", "")) == []
    store.note_name("2", "診察券 100%")
    assert ids(visits, visits_wanted("%", "", "", "", "")) == ["2"]
    assert ids(visits, visits_wanted("診察券100", "", "", "", "")) == ["2"]


def test_days_cause_and_state_narrow_a_search(store: VisitStore, visits: VisitList) -> None:
    keep(
        store,
        single("1"),
        single("2", Cause.LAG, "other", days=1),
        single("3", Cause.NO_READER, "third", days=2),
    )
    day = (ON + timedelta(days=1)).isoformat()
    assert ids(visits, VisitFilter()) == ["3", "2", "1"]
    assert ids(visits, visits_wanted("", day, "", "", "")) == ["3", "2"]
    assert ids(visits, visits_wanted("", "", "令和8年11月21日", "", "")) == ["2", "1"]
    assert ids(visits, visits_wanted("", "", "", "no_reader", "")) == ["3"]
    assert ids(visits, VisitFilter(state=VisitState.CONFIRMED)) == ["1"]
    assert ids(visits, VisitFilter(state=VisitState.UNCONFIRMED)) == ["3", "2"]
    assert ids(visits, VisitFilter(state=VisitState.WAITING)) == ["2"]


def test_what_was_confirmed_afterwards_is_found_as_confirmed(
    store: VisitStore, visits: VisitList
) -> None:
    other = replace(ONE, insurer_number="06990014", qualified_on=ON + timedelta(days=2))
    keep(
        store,
        # Two of one day, one in the place of the other, until a later visit confirms both.
        single("1", Cause.NETWORK),
        single("2", Cause.LAG),
        single("3", days=1),
        # Confirmed by nothing: another insurance, a stranger, one whom the desk has given up.
        single("4", Cause.NETWORK, "later"),
        single("5", key="later", days=4, coverages=(other,)),
        stranger("6", Cause.DEVICE),
        single("7", Cause.LAG, "given up"),
        single("8", Cause.NETWORK, "gone"),
        single("9", key="gone", days=1),
    )
    assert store.stop_waiting("7", AT)
    store.withdrawals.withdraw("8", Withdrawing(WithdrawalReason.LEFT, "", ""), AT, AT)

    def agree() -> list[str]:
        """The state goes by the same as the word of a visit, of every visit that stands."""
        confirmed = ids(visits, VisitFilter(state=VisitState.CONFIRMED))
        unconfirmed = ids(visits, VisitFilter(state=VisitState.UNCONFIRMED))
        found, _ = visits.page(VisitFilter(standing=True), 50)
        words = {one.visit.visit_id: one.word for one in visits.listed(found)}
        assert {one for one, word in words.items() if word is Word.VALID} == set(confirmed)
        assert {one for one, word in words.items() if word is not Word.VALID} == set(unconfirmed)
        return sorted(confirmed)

    assert agree() == ["1", "2", "3", "5", "9"]
    store.withdrawals.withdraw("3", Withdrawing(WithdrawalReason.LEFT, "", ""), AT, AT)
    assert agree() == ["5", "9"]
    store.withdrawals.bring_back("3", "", AT)
    assert agree() == ["1", "2", "3", "5", "9"]


def test_pages_follow_one_another_without_a_gap(store: VisitStore, visits: VisitList) -> None:
    # Many at the same instant: the place is told by more than the time.
    keep(store, *(single(f"{number:02}") for number in range(7)))
    seen: list[str] = []
    after, more = None, True
    while more:
        found, more = visits.page(VisitFilter(), 3, after)
        after = found[-1]
        seen += [one.visit_id for one in found]
    assert seen == ["06", "05", "04", "03", "02", "01", "00"]


@pytest.mark.rules("P-080", "P-083")
def test_a_visit_confirmed_afterwards_is_claimed_as_usual(
    store: VisitStore, visits: VisitList
) -> None:
    keep(store, single("1", Cause.NETWORK), single("2", Cause.NETWORK, days=1), single("3", days=4))
    first, second, third = claims_of(visits, ON, ON + timedelta(days=9))
    for line in (first, second, third):
        assert (line.mode, line.insurer_number) == (ClaimMode.NORMAL, "990010")
        assert line.target is ClaimTarget.KOKUHOREN
        assert line.open_points == ()
    assert first.confirmed_by
    assert second.confirmed_by
    assert first.confirmed_by.visit_id == second.confirmed_by.visit_id == "3"
    (total,) = sums_by_insurer([first, second, third])
    assert (total.visits, total.patients, total.open) == (3, 1, 0)


def test_who_came_in_several_ways_is_counted_once_and_two_persons_twice(
    store: VisitStore, visits: VisitList
) -> None:
    here = single("1")
    by_number = single("2", key="number", days=1, channel=CheckChannel.NUMBER)
    unknown = stranger("3", Cause.DEVICE)
    mistyped = replace(stranger("4", Cause.LAG), patient_key="slip")
    # As old, of the same sex and with another number: somebody else.
    twin = single(
        "5",
        key="twin",
        coverages=(replace(ONE, number="7654321"),),
        patient=replace(here.patient, name="佐藤　桃子", name_kana="ｻﾄｳ ﾓﾓｺ"),
    )
    # Their line was down, and only the number is known that the card told later.
    down = replace(stranger("6", Cause.NETWORK), patient_key=number_of(ONE).key(BORN))
    keep(store, here, by_number, unknown, mistyped, twin, down)
    for one in (unknown, mistyped):
        found = replace(here, visit_id=f"found {one.visit_id}", patient_key="found")
        store.record(found, AT, earlier=one)
    lines = claims_of(visits, ON, ON + timedelta(days=1))
    assert len(lines) == 8
    ours = {one.patient for one in lines if one.visit.visit_id != "5"}
    (theirs,) = {one.patient for one in lines if one.visit.visit_id == "5"}
    assert len(ours) == 1
    assert theirs not in ours
    (total,) = sums_by_insurer([one for one in lines if one.insurer_number == "990010"])
    assert total.patients == 2


def test_two_numbers_are_of_one_person_once_a_card_has_told_both(
    store: VisitStore, visits: VisitList
) -> None:
    keep(
        store,
        single("1", key="one", channel=CheckChannel.NUMBER),
        single("2", key="other", channel=CheckChannel.NUMBER, coverages=(AT_WORK,)),
    )

    def patients() -> int:
        return len({one.patient for one in claims_of(visits, ON, ON)})

    assert patients() == 2, "two may be born on one day"
    lost = single("3", Cause.LAG, "card")
    case = replace(lost.case, validity=QualificationValidity.INVALID)
    keep(store, replace(lost, case=case, decision=decide(case), coverages=(ONE, AT_WORK)))
    assert patients() == 1


def test_what_began_later_confirms_no_earlier_day(store: VisitStore, visits: VisitList) -> None:
    later = replace(ONE, insurer_number="06990014", qualified_on=ON + timedelta(days=2))
    keep(store, single("1", Cause.NETWORK), single("2", days=4, coverages=(later,)))
    line, _ = claims_of(visits, ON, ON + timedelta(days=9))
    assert line.confirmed_by is None
    assert line.mode is ClaimMode.OLD_ELIGIBILITY
    assert line.insurer_number == "990010"
    assert OpenPoint.UNCONFIRMED in line.open_points
    assert OpenPoint.CHECK_AGAIN in line.open_points, "its own day may still be found"


@pytest.mark.rules("P-081")
def test_an_unknown_insurer_is_claimed_under_sevens(store: VisitStore, visits: VisitList) -> None:
    keep(store, stranger("1", Cause.LAG))
    for number in ("77777777", "77777779"):
        (line,) = claims_of(visits, ON, ON, number)
        assert (line.mode, line.insurer_number) == (ClaimMode.UNKNOWN, number)
        assert line.target is ClaimTarget.EITHER
        assert line.open_points == (
            OpenPoint.UNCONFIRMED,
            OpenPoint.CHECK_AGAIN,
            OpenPoint.PAPERS,
        )


def test_a_certificate_leaves_its_number_to_be_typed_in(
    store: VisitStore, visits: VisitList
) -> None:
    # The qualification on record may be an older one: the paper's number is what counts.
    keep(store, single("1", Cause.LAG))
    shown = Presented(DocumentKind.CERTIFICATE, None, date(2027, 7, 31), 3)
    store.record_shown("1", Shown((shown,)), AT)
    (line,) = claims_of(visits, ON, ON)
    assert (line.mode, line.insurer_number, line.coverage) == (ClaimMode.NORMAL, "", None)
    assert OpenPoint.NUMBER in line.open_points
    assert OpenPoint.PAPERS not in line.open_points


def test_a_day_is_summed_up(store: VisitStore, visits: VisitList) -> None:
    keep(store, single("1"), stranger("2", Cause.LAG), single("3", days=1))
    summary = summary_of(visits, ON)
    assert summary.causes == ((Cause.NONE, 1), (Cause.LAG, 1))
    assert summary.ways == ((FallbackOptionId.CHECK, 1), (None, 1))
    assert summary.claims == ((ClaimMode.NORMAL, 1), (ClaimMode.UNKNOWN, 1))
    assert [one.visit.visit_id for one in summary.open_lines] == ["2"]


def test_a_month_has_the_first_and_the_last_day(store: VisitStore, visits: VisitList) -> None:
    keep(store, *(single(str(days), key=str(days), days=days) for days in (-20, -19, 10, 11)))
    lines = claims_of(visits, date(2026, 11, 1), date(2026, 11, 30))
    assert [one.visit.visit_id for one in lines] == ["-19", "10"]


def taken(visit_id: str, days: int = 0, **known: object) -> Visit:
    """Somebody who was received in an outage by what was on record."""
    one = single(visit_id, Cause.NETWORK, days=days)
    case = replace(one.case, revisit=True, current_known=True, **known)
    return replace(one, case=case, decision=decide(case))


def confirmed(visit_id: str, days: int, coverage: Coverage = ONE, **known: object) -> Visit:
    one = single(visit_id, days=days, coverages=(coverage,))
    case = replace(one.case, ratio=coverage.ratio, **known)
    return replace(one, case=case, decision=decide(case))


OTHER = replace(ONE, insurer_number="06990014", insurer_name="北村", qualified_on=ON)


@pytest.mark.rules("P-070", "P-080", "R-159")
@pytest.mark.parametrize(
    ("then", "now", "points", "said"),
    [
        (taken("1"), confirmed("2", 1), (), ()),
        (
            taken("1"),
            confirmed("2", 1, special_expenses=True),
            (OpenPoint.CHARGE,),
            ("3割", "10割", "差額を患者さんから受け取ります"),
        ),
        (
            taken("1", special_expenses=True),
            confirmed("2", 1),
            (OpenPoint.CHARGE,),
            ("10割", "3割", "差額を患者さんに返します"),
        ),
        (
            taken("1", ratio=2),
            confirmed("2", 1),
            (OpenPoint.CHARGE,),
            ("2割", "3割", "11月20日の受診", "患者さんから受け取ります"),
        ),
        (
            taken("1"),
            confirmed("2", 1, OTHER),
            (OpenPoint.INSURER,),
            ("990010", "06990014", "請求は確認した保険者に"),
        ),
        (
            taken("1", special_expenses=True),
            confirmed("2", 1, special_expenses=True),
            (),
            (),
        ),
    ],
)
def test_what_a_confirmation_contradicts_is_open_until_it_is_settled(
    store: VisitStore,
    visits: VisitList,
    then: Visit,
    now: Visit,
    points: tuple[OpenPoint, ...],
    said: tuple[str, ...],
) -> None:
    keep(store, then, now)
    line = claims_of(visits, ON, ON)[0]
    assert line.confirmed_by
    assert line.open_points == points
    told = " ".join(one.sentence.ja for one in line.contradictions)
    for part in said:
        assert part in told
    found = store.find("1")
    assert found
    keys = frozenset(one.key for one in line.contradictions)
    store.record_shown("1", replace(shown_of(found), settled=keys), AT)
    assert claims_of(visits, ON, ON)[0].open_points == ()
    store.record_shown("1", replace(shown_of(found), settled=frozenset({"charge 1 > 2"})), AT)
    assert claims_of(visits, ON, ON)[0].open_points == points, "something else was settled"


@pytest.mark.rules("P-032")
def test_one_of_several_that_are_confirmed_for_the_day_contradicts_no_insurer(
    store: VisitStore, visits: VisitList
) -> None:
    both = replace(confirmed("2", 0), coverages=(OTHER, ONE))
    keep(store, taken("1"), both)
    line = claims_of(visits, ON, ON)[0]
    assert line.confirmed_by
    assert line.open_points == ()


@pytest.mark.rules("P-071")
def test_a_share_that_changed_with_the_age_since_contradicts_nothing(
    store: VisitStore, visits: VisitList
) -> None:
    born = ON.replace(year=1956)  # 2割 from 1 December on
    then, now = taken("1"), confirmed("2", 20, replace(ONE, ratio=2))
    assert then.patient
    patient = replace(then.patient, birthdate=born)
    keep(store, replace(then, patient=patient), replace(now, patient=patient))
    assert claims_of(visits, ON, ON)[0].open_points == ()


NUMBERED = Presented(
    DocumentKind.NOTICE,
    InsurerKind.KOKUHO,
    ratio=3,
    insurer_number="990010",
    insured=InsuredNumber("最上", "7654321", "01"),
)


def asked_of(store: VisitStore, visit_id: str) -> str | None:
    check = store.automatic.to_come().get(visit_id)
    return check.asked.insured_identification_number if check else None


@pytest.mark.rules("P-080", "P-092")
def test_the_number_of_a_paper_is_claimed_and_asked_for_until_it_is_taken_back(
    store: VisitStore, visits: VisitList
) -> None:
    known = single("1", Cause.NETWORK)
    store.record(known, AT, asked=question_of(known))
    assert asked_of(store, "1") == "1234567"
    store.record_shown("1", Shown((NUMBERED,)), AT)
    assert asked_of(store, "1") == "7654321"
    (line,) = claims_of(visits, ON, ON)
    assert line.coverage
    assert (line.insurer_number, line.coverage.number) == ("990010", "7654321")
    assert line.open_points == (OpenPoint.UNCONFIRMED, OpenPoint.CHECK_AGAIN)
    store.withdrawals.withdraw("1", Withdrawing(WithdrawalReason.DUPLICATE, "", "佐々木"), AT, AT)
    assert asked_of(store, "1") is None
    store.withdrawals.bring_back("1", "", AT)
    assert asked_of(store, "1") == "7654321"
    store.record_shown("1", Shown(), AT)
    assert asked_of(store, "1") == "1234567"


@pytest.mark.rules("P-080")
def test_a_paper_of_a_former_insurer_is_neither_claimed_nor_asked_for(
    store: VisitStore, visits: VisitList
) -> None:
    keep(store, stranger("1", Cause.DEVICE))
    former = replace(NUMBERED, current=False)
    store.record_shown("1", Shown((former,), birthdate=date(1980, 2, 17)), AT)
    assert asked_of(store, "1") is None
    (line,) = claims_of(visits, ON, ON)
    assert line.coverage is None


@pytest.mark.rules("P-081", "P-083", "P-084")
@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (InsurerKind.KUMIAI, ClaimTarget.SHIHARAI_KIKIN),
        (InsurerKind.KOUKI, ClaimTarget.KOKUHOREN),
        (None, ClaimTarget.EITHER),
    ],
)
def test_what_is_declared_says_where_an_unknown_claim_goes_and_what_is_remarked(
    store: VisitStore, visits: VisitList, kind: InsurerKind | None, target: ClaimTarget
) -> None:
    keep(store, stranger("1", Cause.DEVICE))
    declared = Presented(DocumentKind.DECLARATION, kind)
    born = date(1948 if kind is InsurerKind.KOUKI else 1980, 2, 17)
    store.record_shown("1", Shown((declared,), birthdate=born), AT)
    draft = DeclarationDraft(
        "模擬　花子", address="模擬県模擬市1-1", telephone="090-0000-0000", workplace="石岡商事"
    )
    store.declarations.write("1", draft, ON, AT)
    (line,) = claims_of(visits, ON, ON, today=ON)
    assert (line.mode, line.target) == (ClaimMode.UNKNOWN, target)
    assert line.remarks == (
        "不詳　住所：模擬県模擬市1-1　事業所名：石岡商事　連絡先：090-0000-0000"
    )
    texts = Phrasebook(Language.JAPANESE)
    cells = dict(zip(CLAIM_COLUMNS, claim_cells(texts, line), strict=True))
    assert (cells["記号"], cells["番号"]) == ("7777777", "7777777")
    assert cells["摘要欄"] == line.remarks
    (late,) = claims_of(visits, ON, ON, today=ON + timedelta(days=1))
    assert late.remarks == "不詳", "it is kept no longer"
    store.declarations.discard("1", AT)
    (line,) = claims_of(visits, ON, ON, today=ON)
    assert (line.target, line.remarks) == (target, "不詳")


def test_visits_of_one_instant_are_in_the_order_in_which_they_were_recorded(
    store: VisitStore, visits: VisitList
) -> None:
    keep(store, *map(single, ("2", "9", "1", "5")))
    assert ids(visits, VisitFilter()) == ["5", "1", "9", "2"]
    first, more = visits.page(VisitFilter(), 2)
    assert more
    rest, _ = visits.page(VisitFilter(), 2, first[-1])
    assert [one.visit_id for one in (*first, *rest)] == ["5", "1", "9", "2"]


def test_what_is_checked_again_and_again_by_itself_is_of_the_visit_that_somebody_came_for(
    store: VisitStore,
) -> None:
    by_itself = CheckChannel.CATCH_UP
    keep(
        store,
        single("1", Cause.LAG),
        single("2", Cause.LAG, channel=by_itself, previous_id="1"),
        single("3", channel=by_itself, previous_id="2"),
    )
    for one in ("1", "2", "3"):
        found = store.find(one)
        assert found is not None
        assert store.came_at(found).visit_id == "1"
