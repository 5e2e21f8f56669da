"""Which papers do not go out any more: of the dead, of memberships that never were or are over."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.counter.noting import check_event
from intermediate_server.document_posting import DocumentPosting
from intermediate_server.documents.document import EventKind
from intermediate_server.documents.selection import Posting, Selection
from intermediate_server.store import open_store
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.documents.document import RegisteredDocument
    from tests.intermediate_server.runs.lived_days import LivedDays


def every(days: LivedDays) -> Selection:
    """Ask for all papers of the year that wait today."""
    return days.to_post(MOGAMI, date(2027, 1, 1), date(2027, 12, 31))


def to_post(days: LivedDays, reference: str) -> list[int]:
    """Return the numbers of somebody's papers that go out."""
    asked = every(days)
    counted = days.store.post.count(asked).total()
    found = days.store.post.papers(asked, 0, 100)
    assert {(one.person_reference, one.number) for one, _ in found} == {
        (one.reference, one.number) for one in days.store.post.keys(asked)
    }
    assert counted == len(found)
    return [one.number for one, _ in found if one.person_reference == reference]


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("filed", "goes"),
    [
        ({"kind": "death", "EffectiveDate": "20270301"}, []),
        ({"kind": "cancel", "Reason": "誤り"}, []),
        ({"kind": "renumber", "NewInsuredIdentificationNumber": "2"}, [2]),
        ({"kind": "leave", "DisqualificationDate": "20270301", "ReasonOfLoss": "99"}, []),
        ({"kind": "leave", "DisqualificationDate": "20270302", "ReasonOfLoss": "99"}, [2]),
        ({"kind": "address", "Address": "模擬県2"}, [2]),
    ],
)
def test_no_paper_goes_out_for_a_membership_that_is_over(
    live: Any,
    engine: str,
    filed: dict[str, str],
    goes: list[int],
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference, other = days.resident(date(1980, 2, 17)), days.resident(date(1981, 2, 17))
    days.join(reference, MOGAMI)
    days.join(other, MOGAMI, InsuredIdentificationNumber="9")
    assert to_post(days, reference) == [1]
    days.file(reference, MOGAMI, **filed)
    assert to_post(days, reference) == goes
    assert to_post(days, other) == [1]


@pytest.mark.rules("PP-09", "R-016", "R-052")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("filed", "goes"),
    [
        ([], (1, 0)),
        ([{"kind": "death", "EffectiveDate": "20270301"}], (0, 0)),
        ([{"kind": "leave", "DisqualificationDate": "20270301", "ReasonOfLoss": "03"}], (0, 0)),
        ([{"kind": "address", "Address": "模擬県2"}], (0, 1)),
        ([{"kind": "renumber", "NewInsuredIdentificationNumber": "7"}], (0, 1)),
        ([{"kind": "cancel", "Reason": "別の子の番号"}], (0, 0)),
        (
            [{"kind": "cancel", "Reason": "別の子の番号"}, {"kind": "newborn"}],
            (0, 1),
        ),
    ],
)  # fmt: skip
def test_the_first_certificate_of_a_child_goes_out_as_its_membership_stands_after_its_number(
    live: Any, engine: str, filed: list[dict[str, str]], goes: tuple[int, int]
) -> None:
    days = live(date(2027, 3, 1), engine)
    born = date(2027, 2, 20)
    child = {
        "Name": "模擬　新", "NameKana": "ﾓｷﾞ ｱﾗﾀ", "Birthdate": "20270220", "Sex1": "女",
        "Address": "模擬県1", "PostNumber": "9900001", "Householder": "模擬　主",
    }  # fmt: skip
    first = days.file(None, MOGAMI, "newborn", **child).entries[0].person.reference
    reference, right = days.resident(born), days.resident(born)
    assert to_post(days, first) == [1]
    days.file(reference, MOGAMI, "number_given", NameKana="ﾓｷﾞ ｱﾗﾀ", Birthdate="20270220")
    known = {"newborn": {key: child[key] for key in ("Birthdate", "PostNumber")}}
    for one in filed:
        whose = right if one["kind"] == "newborn" else reference
        days.file(whose, MOGAMI, **{**one, **known.get(one["kind"], {})})
    waits = len(to_post(days, first)), len(to_post(days, reference) + to_post(days, right))
    assert waits == goes


@pytest.mark.rules("PP-09")
def test_a_loss_that_was_taken_back_lets_the_paper_go_out(live: Any) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI)
    loss = {"DisqualificationDate": "20270301", "ReasonOfLoss": "99"}
    entry = days.file(reference, MOGAMI, "leave", **loss).entries[0]
    assert to_post(days, reference) == []
    days.file(
        reference, MOGAMI, "correct", DisqualificationDate="なし", Reason="誤り",
        CorrectedVersion=str(entry.version),
    )  # fmt: skip
    assert to_post(days, reference) == [1]


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_no_paper_goes_out_after_the_day_of_a_loss(live: Any, engine: str) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270303", ReasonOfLoss="99")
    days.advance(date(2027, 3, 2))
    assert to_post(days, reference) == [2], "which ends before it"
    days.advance(date(2027, 3, 3))
    assert to_post(days, reference) == []


@pytest.mark.rules("PP-09", "R-003")
@pytest.mark.parametrize("engine", ENGINES)
def test_an_old_card_of_a_membership_that_is_lost_stays(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2024, 11, 18), engine)
    gone, stays = days.resident(date(1980, 2, 17)), days.resident(date(1981, 2, 17))
    days.join(gone, MOGAMI)
    days.join(stays, MOGAMI, InsuredIdentificationNumber="9")
    assert [kind for _, kind, _, _ in days.papers(gone)] == ["old_card"]
    days.advance(date(2024, 11, 25))
    days.file(gone, MOGAMI, "leave", DisqualificationDate="20241122", ReasonOfLoss="99")
    whole = days.to_post(MOGAMI, date(2024, 1, 1), date(2024, 12, 31))
    assert [one.person_reference for one, _ in days.store.post.papers(whole, 0, 9)] == [stays]
    assert days.store.post.count(whole).total() == 1
    expired = replace(whole, today=date(2026, 11, 16))
    assert days.store.post.papers(expired, 0, 9) == [], "no old card is valid any more"


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_paper_of_an_earlier_membership_stays_when_another_begins_under_the_same_number(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI)
    days.advance(date(2027, 4, 1))
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20270401", ReasonOfLoss="99")
    days.advance(date(2027, 5, 1))
    days.join(reference, MOGAMI)
    assert to_post(days, reference) == [2]


def addresses(days: LivedDays, reference: str) -> list[tuple[str, str]]:
    """Return where somebody's papers go."""
    found = days.store.post.papers(every(days), 0, 100)
    return [
        (entry.person.post_number, entry.person.address)
        for one, entry in found
        if one.person_reference == reference
    ]


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_sent_yet_goes_to_where_its_person_lives_now(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI, Address="模擬県1", PostNumber="9900001")
    days.file(reference, MOGAMI, "address", Address="模擬県2", PostNumber="9900002")
    assert addresses(days, reference) == [("990-0002", "模擬県2")]
    days.file(
        reference, MOGAMI, "address", Address="模擬県3", PostNumber="9900003",
        EffectiveDate="20270310",
    )  # fmt: skip
    there = {("990-0002", "模擬県2"), ("990-0003", "模擬県3")}
    assert set(addresses(days, reference)) == there, "the card of the 10th is of that day"
    (paper, printed) = days.store.documents.find(reference, 2, days.today)
    assert printed.person.address == "模擬県2"
    days.store.documents.note(reference, 2, EventKind.SENT, days.today)
    days.advance(date(2027, 3, 10))
    assert set(addresses(days, reference)) == {("990-0003", "模擬県3")}
    (paper, printed) = days.store.documents.find(reference, 2, days.today)
    assert printed.person.address == "模擬県2", "it was sent there"
    assert paper.number == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_listed_goes_where_it_was_listed_and_a_later_move_is_told(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17), registered=True)
    days.join(reference, MOGAMI, Address="模擬県1", PostNumber="9900001")
    posting = DocumentPosting(days.store.post, days.acceptance.policies, None)
    listed = replace(every(days), recorded_until=wall_clock())
    as_listed = days.runner.run(posting.listed(listed))
    days.file(reference, MOGAMI, "address", Address="模擬県2", PostNumber="9900002")
    (row,) = days.runner.run(posting.part(listed, 1)).rows
    assert (row.post_number, row.address) == ("990-0001", "模擬県1")
    with pytest.raises(Problem) as refused:
        days.runner.run(posting.note_posted(listed, days.today, as_listed))
    assert refused.value.entry is Catalogue.POST_CHANGED
    assert "1通の住所か郵便番号が変わりました" in refused.value.japanese
    again = replace(every(days), recorded_until=wall_clock())
    as_listed = days.runner.run(posting.listed(again))
    made = days.runner.run(posting.note_posted(again, days.today, as_listed))
    assert made.papers == 1


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_post_that_was_noted_by_mistake_waits_again_until_it_is_delivered(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    one, other = days.resident(date(1980, 2, 17)), days.resident(date(1981, 2, 17))
    for number, reference in enumerate((one, other), 1):
        days.join(
            reference, MOGAMI, PostNumber="9900001", Address="模擬県1",
            InsuredIdentificationNumber=str(number),
        )  # fmt: skip
    posting = DocumentPosting(days.store.post, days.acceptance.policies, None)

    def note() -> Posting:
        asked = replace(every(days), recorded_until=wall_clock())
        as_listed = days.runner.run(posting.listed(asked))
        return days.runner.run(posting.note_posted(asked, days.today, as_listed))

    made = note()
    assert days.runner.run(posting.posted(MOGAMI, days.today)) == [made]
    days.store.documents.note(other, 1, EventKind.UNDELIVERED, days.today)
    days.advance(date(2027, 3, 7))
    assert days.runner.run(posting.take_back(MOGAMI, made.at, days.today)) == 1
    assert to_post(days, one) == [1]
    assert to_post(days, other) == [], "it came back, and so was sent"
    (paper,) = days.store.documents.of_person(one)
    assert [event.event for event in paper.events] == [EventKind.SENT, EventKind.BACK_TO_POST]
    again = note()
    assert again.papers == 1
    days.advance(date(2027, 3, 14))
    with pytest.raises(Problem, match="no such post"):
        days.runner.run(posting.take_back(MOGAMI, again.at, days.today))
    assert to_post(days, one) == []


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_of_several_who_note_the_same_post_at_once_one_does(
    live: Any,
    engine: str,
) -> None:
    """In one process and in several; so one take-back brings all of it back."""
    days = live(date(2027, 3, 1), engine)
    count = 24
    for number in range(1, count + 1):
        days.join(
            days.resident(date(1980, 2, 17)), MOGAMI, PostNumber="9900001", Address="模擬県1",
            InsuredIdentificationNumber=str(number),
        )  # fmt: skip
    first = DocumentPosting(days.store.post, days.acceptance.policies, None)
    store = open_store(days.store.engine.url.render_as_string(hide_password=False))
    other = replace(first, post=store.post, _noting=asyncio.Lock())
    asked = replace(every(days), recorded_until=wall_clock())
    as_listed = days.runner.run(first.listed(asked))

    async def note_at_once() -> list[Posting | BaseException]:
        noting = [
            one.note_posted(asked, days.today, as_listed) for one in [first, other, first, other]
        ]
        return await asyncio.gather(*noting, return_exceptions=True)

    answers = days.runner.run(note_at_once())
    refused = [one.entry for one in answers if isinstance(one, Problem)]
    assert refused == [Catalogue.POST_CHANGED] * 3
    (made,) = [one for one in answers if isinstance(one, Posting)]
    assert made.papers == count
    assert days.runner.run(first.take_back(MOGAMI, made.at, days.today)) == count
    store.close()


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_who_note_at_once_that_a_paper_went_out_one_does(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI)
    checking, asked = threading.Event(), threading.Event()

    def checks_first(paper: RegisteredDocument) -> None:
        check_event(paper, EventKind.SENT, days.today, days.today, "")
        checking.set()
        assert asked.wait(30)

    def checks_second(paper: RegisteredDocument) -> None:
        check_event(paper, EventKind.HANDED_OVER, days.today, days.today, "")

    def note(event: EventKind, check: Callable[[RegisteredDocument], None]) -> None:
        days.store.documents.note(reference, 1, event, days.today, check=check)

    def note_second() -> None:
        assert checking.wait(30)
        asked.set()
        note(EventKind.HANDED_OVER, checks_second)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(note, EventKind.SENT, checks_first)
        second = threads.submit(note_second)
        first.result(60)
        with pytest.raises(Problem, match="no handed_over follows"):
            second.result(60)
    (paper,) = days.store.documents.of_person(reference)
    assert [one.event for one in paper.events] == [EventKind.SENT]
