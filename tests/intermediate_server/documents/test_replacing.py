"""What waits for the post and is replaced by a newer paper does not go out beside it (差替え)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import Delivery, Occasion
from intermediate_server.document_issuance import DocumentIssuance
from intermediate_server.documents.document import PAPER_KINDS, EventKind
from intermediate_server.documents.selection import Selection
from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI
from tests.intermediate_server.runs.test_runs_that_meet import live  # noqa: F401 # a fixture

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

BORN = date(1980, 2, 17)


def waiting(days: LivedDays, *, on: date | None = None) -> list[int]:
    """Return the numbers of the papers that wait for the post."""
    today = on or days.today
    every = Selection(MOGAMI, date(2020, 1, 1), today, PAPER_KINDS, frozenset(Delivery), today)
    return [one.number for one in days.store.post.keys(every)]


def events(days: LivedDays, reference: str) -> list[tuple[int, EventKind, str]]:
    return [
        (event.number, event.event, event.note)
        for one in days.store.documents.of_person(reference)
        for event in one.events
    ]


ADDRESS = {"Address": "模擬県2", "PostNumber": "9900002"}


@pytest.mark.rules("R-040", "R-047")
@pytest.mark.parametrize("engine", ENGINES)
def test_of_papers_that_are_alike_only_the_newest_goes_out(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "address", **ADDRESS)
    days.file(reference, MOGAMI, "address", Address="模擬県3", PostNumber="9900003")
    assert waiting(days) == [3]
    assert events(days, reference) == [
        (1, EventKind.WITHDRAWN, "差替え（証類2を交付）"),
        (2, EventKind.WITHDRAWN, "差替え（証類3を交付）"),
    ]


@pytest.mark.rules("R-040")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_joins_again_after_a_cancellation_gets_one_paper(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "cancel", Reason="誤り")
    days.join(reference, MOGAMI, Address="模擬県2")
    assert waiting(days) == [2]


@pytest.mark.rules("R-070")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_paper_that_holds_from_a_later_day_goes_out_beside_the_one_until_then(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1955, 4, 15), None)
    days.join(reference, MOGAMI)
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270601"
    )
    days.file(reference, MOGAMI, "address", **ADDRESS)
    assert waiting(days) == [2, 3]
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="2割", EffectiveDate="20270601"
    )
    assert waiting(days) == [3, 4]


@pytest.mark.rules("R-040")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_sent_stays_as_it_is(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.file(reference, MOGAMI, "address", **ADDRESS)
    assert [kind for _, kind, _ in events(days, reference)] == [EventKind.SENT]
    assert waiting(days) == [2]


@pytest.mark.rules("R-043")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_and_an_application_replace_what_waits_too(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 6, 20), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.run(RunKind.RENEWAL, MOGAMI)
    issuance = DocumentIssuance(days.acceptance, days.store.documents)
    number = (MOGAMI, "模擬", "1", "01")
    days.runner.run(issuance.apply(reference, number, Occasion.CERTIFICATE_LOST))
    assert waiting(days) == [2]
    days.advance(date(2027, 7, 1))
    assert waiting(days) == [2, 3], "the renewed one holds from August"
    days.advance(date(2027, 8, 1))
    days.runner.run(issuance.apply(reference, number, Occasion.CERTIFICATE_LOST))
    assert waiting(days) == [4]


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["correct", "change"])
@pytest.mark.parametrize(
    "wrong",
    [{"QualificationDate": "20270201"}, {"Name": "模擬　正子"}, {"Householder": "模擬　二"}],
)
def test_what_waits_and_prints_what_was_corrected_is_replaced(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
    kind: str,
    wrong: dict[str, str],
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    corrected = {"CorrectedVersion": "1", "Reason": "誤り"} if kind == "correct" else {}
    days.file(reference, MOGAMI, kind, **corrected, **wrong)
    assert waiting(days) == [2]
    first, second = days.store.documents.of_person(reference)
    assert [one.event for one in first.events] == [EventKind.WITHDRAWN]
    assert second.document.based_on == 2
    assert second.document.occasion is Occasion.JOINED


@pytest.mark.rules("R-056", "R-140")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_correction_of_nothing_that_is_printed_brings_no_paper(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "correct", CorrectedVersion="1", Reason="誤り", Address="模擬県2")
    assert waiting(days) == [1]


@pytest.mark.rules("R-044", "R-047")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sent", [False, True])
def test_a_certificate_of_an_emergency_stays_here_when_the_card_is_found(
    live: Any,  # noqa: F811 # the fixture
    engine: str,
    sent: bool,  # noqa: FBT001 # of the parameters
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "card_lost")
    if sent:
        days.store.documents.note(reference, 2, EventKind.SENT, days.today)
    days.town.now += timedelta(days=1)
    days.file(reference, MOGAMI, "card_lost", Flag="なし")
    assert waiting(days) == [1]
    last = EventKind.SENT if sent else EventKind.WITHDRAWN
    assert [event for _, event, _ in events(days, reference)] == [last]
