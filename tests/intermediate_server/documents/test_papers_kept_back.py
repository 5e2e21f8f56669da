"""Which papers do not go out any more: of the dead, of memberships that never were or are over."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import Delivery, DocumentKind
from intermediate_server.documents.selection import Selection
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI
from tests.intermediate_server.runs.test_runs_that_meet import live  # noqa: F401 # a fixture

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays


def to_post(days: LivedDays, reference: str) -> list[int]:
    """Return the numbers of somebody's papers that go out."""
    asked = Selection(
        MOGAMI, date(2027, 1, 1), date(2027, 12, 31), frozenset(DocumentKind), frozenset(Delivery)
    )
    counted = sum(days.store.documents.count_to_post(asked).values())
    found = days.store.documents.to_post(asked, 0, 100)
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
        (
            {
                "kind": "renumber", "NewInsuredIdentificationNumber": "2",
                "EffectiveDate": "20270601",
            },
            [1, 2],
        ),
        ({"kind": "leave", "DisqualificationDate": "20270301", "ReasonOfLoss": "99"}, []),
        ({"kind": "leave", "DisqualificationDate": "20270302", "ReasonOfLoss": "99"}, [1]),
        ({"kind": "address", "Address": "模擬県2"}, [1, 2]),
    ],
)  # fmt: skip
def test_no_paper_goes_out_for_a_membership_that_is_over(
    live: Any,  # noqa: F811 # the fixture
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


@pytest.mark.rules("PP-09")
def test_a_loss_that_was_taken_back_lets_the_paper_go_out(live: Any) -> None:  # noqa: F811
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
