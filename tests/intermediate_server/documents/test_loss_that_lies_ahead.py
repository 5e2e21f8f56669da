"""A loss that is recorded ahead: until its day, papers come as they do of any member."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.documents.document import EventKind
from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

LOSS = {"DisqualificationDate": "20270501", "ReasonOfLoss": "99"}


def occasions(days: LivedDays, reference: str) -> list[tuple[str, str | None]]:
    return [(occasion, kind) for occasion, kind, _, _ in days.papers(reference)]


@pytest.mark.rules("R-047", "PP-04")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("filed", "paper"),
    [
        ({"kind": "card_lost"}, [("card_lost", "certificate")]),
        ({"kind": "address", "Address": "模擬県2", "PostNumber": "9900002"},
         [("address_changed", None)]),
        ({"kind": "renumber", "NewInsuredIdentificationNumber": "2"},
         [("number_changed", "notice")]),
        ({"kind": "address", "Address": "模擬県2", "EffectiveDate": "20270501"}, []),
        ({"kind": "leave", "DisqualificationDate": "20270401", "ReasonOfLoss": "99"}, []),
    ],
)  # fmt: skip
def test_what_is_filed_before_the_day_of_the_loss_brings_its_paper(
    live: Any,
    engine: str,
    filed: dict[str, str],
    paper: list[tuple[str, str | None]],
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17), registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "leave", **LOSS)
    days.file(reference, MOGAMI, **filed)
    assert occasions(days, reference) == [("joined", "notice"), *paper]


@pytest.mark.rules("P-053")
@pytest.mark.parametrize("engine", ENGINES)
def test_the_loss_at_75_brings_no_paper_and_a_lost_card_before_it_does(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1952, 3, 20), registered=True)
    days.join(reference, MOGAMI)
    before = len(days.papers(reference))
    days.run(RunKind.LATE_ELDERLY, MOGAMI)
    (ended,) = [one for one in days.entries(reference) if one.number[0] == MOGAMI][1:]
    assert ended.qualification.disqualified_on == date(2027, 3, 20)
    days.run(RunKind.CHANGES, MOGAMI)
    of_mogami = [
        one.document
        for one in days.store.documents.of_person(reference)
        if one.document.insurer_number == MOGAMI
    ]
    assert len(of_mogami) == before, "the loss itself brings nothing"
    days.file(reference, MOGAMI, "card_lost")
    occasion, kind, _, expires_on = days.papers(reference)[-1]
    assert (occasion, kind) == ("card_lost", "certificate")
    assert expires_on == date(2027, 3, 19)


@pytest.mark.rules("R-043", "R-052", "P-062")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lost_on", [date(2027, 8, 10), date(2027, 8, 2), date(2027, 8, 1)])
def test_a_renewed_paper_ends_with_the_membership(
    live: Any,
    engine: str,
    lost_on: date,
) -> None:
    days = live(date(2027, 6, 20), engine)
    reference = days.resident(date(1980, 2, 17), None)
    days.join(reference, MOGAMI)
    days.file(
        reference, MOGAMI, "leave", DisqualificationDate=f"{lost_on:%Y%m%d}", ReasonOfLoss="99"
    )
    days.advance(date(2027, 7, 1))
    renewed = ("renewal", "certificate", date(2027, 8, 1), lost_on - timedelta(days=1))
    first = ("joined", "certificate", date(2027, 6, 20), date(2027, 7, 31))
    expected = [first, renewed] if lost_on > date(2027, 8, 1) else [first]
    assert days.papers(reference) == expected


@pytest.mark.rules("R-044", "R-052", "P-024")
@pytest.mark.parametrize("engine", ENGINES)
def test_no_paper_outlives_the_loss_whatever_its_occasion(
    live: Any,
    engine: str,
) -> None:
    """Nor does one under a new number in place of one that was issued before the loss was filed."""
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1980, 2, 17), registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "card_lost")
    days.store.documents.note(reference, 2, EventKind.SENT, days.today)
    days.file(reference, MOGAMI, "leave", **LOSS)
    days.file(reference, MOGAMI, "renumber", NewInsuredIdentificationNumber="2")
    days.file(reference, MOGAMI, "consideration", InsuredIdentificationNumber="2")
    found = [(one[0], one[3]) for one in days.papers(reference) if one[1] == "certificate"]
    ends_on = date(2027, 4, 30)
    assert found == [
        ("card_lost", date(2027, 7, 31)),
        ("card_lost", ends_on),
        ("support_needed", ends_on),
    ]
