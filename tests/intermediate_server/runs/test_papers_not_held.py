"""A certificate that nobody holds any more is none: the runs issue what its member is due."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import Occasion
from intermediate_server.document_issuance import DocumentIssuance
from intermediate_server.documents.document import EventKind
from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI
from tests.intermediate_server.runs.lived_days import morning

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays

BORN = date(1980, 2, 17)
APPLIED = Occasion.CERTIFICATE_GIVEN_BACK
NO_MORE = [
    APPLIED,
    EventKind.GIVEN_BACK,
    EventKind.LOST,
    EventKind.DESTROYED,
    EventKind.UNDELIVERED,
]


def apply(days: LivedDays, reference: str, insurer: str, occasion: Occasion) -> None:
    issuance = DocumentIssuance(days.acceptance, days.store.documents)
    days.runner.run(issuance.apply(reference, (insurer, "模擬", "1", "01"), occasion))


def hand_in(days: LivedDays, reference: str, insurer: str, how: Occasion | EventKind) -> None:
    """Have somebody be without the first certificate."""
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    if isinstance(how, Occasion):
        apply(days, reference, insurer, how)
    else:
        days.store.documents.note(reference, 1, how, days.today)


def last(days: LivedDays, reference: str) -> tuple[str, str | None]:
    return days.papers(reference)[-1][:2]


@pytest.mark.rules("P-005", "R-050")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [None, *NO_MORE])
def test_who_gave_the_certificate_back_gets_one_when_the_electronic_one_lapses(
    live: Any, engine: str, how: Occasion | EventKind | None
) -> None:
    days = live(date(2027, 8, 2), engine)
    reference = days.resident(BORN, date(2027, 12, 15))
    days.join(reference, MOGAMI)
    days.town.register(reference)
    if how is not None:
        hand_in(days, reference, MOGAMI, how)
    days.town.now = morning(date(2028, 3, 31))
    days.run(RunKind.LAPSES, MOGAMI)
    issued = ("electronic_certificate_lapses", "certificate")
    assert (last(days, reference) == issued) is (how is not None)


@pytest.mark.rules("R-029", "R-040")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [None, *NO_MORE])
def test_who_gave_the_certificate_back_gets_one_after_a_release(
    live: Any, engine: str, how: Occasion | EventKind | None
) -> None:
    days = live(date(2028, 10, 4), engine)
    reference = days.resident(BORN)
    days.join(reference, KITAMURA)
    days.town.register(reference)
    if how is not None:
        hand_in(days, reference, KITAMURA, how)
    days.file(reference, KITAMURA, "release_use", PapersWithPhoto="1")
    days.end_registrations()
    days.town.now = morning(date(2028, 11, 30))
    days.run(RunKind.RELEASES, KITAMURA)
    issued = ("release_confirmed", "certificate")
    assert (last(days, reference) == issued) is (how is not None)


@pytest.mark.rules("R-040", "R-044")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [None, *NO_MORE])
def test_who_gave_the_certificate_back_gets_one_when_that_of_an_emergency_ends(
    live: Any, engine: str, how: Occasion | EventKind | None
) -> None:
    days = live(date(2027, 8, 2), engine)
    reference = days.resident(BORN)
    days.join(reference, MOGAMI)
    days.town.register(reference)
    if how is not None:
        hand_in(days, reference, MOGAMI, how)
    apply(days, reference, MOGAMI, Occasion.CARD_LOST)
    days.end_registrations()
    days.town.now = morning(date(2028, 1, 1))
    days.run(RunKind.EMERGENCY, MOGAMI)
    issued = ("renewal", "certificate")
    assert (last(days, reference) == issued) is (how is not None)


@pytest.mark.rules("R-046", "P-063")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("since", "renewed"),
    [
        ((), "certificate"),
        (("address",), "certificate"),
        (("renumber",), "certificate"),
        ((APPLIED,), "notice"),
        ((EventKind.GIVEN_BACK,), "notice"),
        (("consideration", "no_more"), "notice"),
    ],
)
def test_a_certificate_that_was_applied_for_as_in_need_of_support_is_renewed(
    live: Any, engine: str, since: tuple[str, ...], renewed: str
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, registered=True)
    days.join(reference, MOGAMI)
    apply(days, reference, MOGAMI, Occasion.SUPPORT_NEEDED)
    days.store.documents.note(reference, 2, EventKind.SENT, days.today)
    filed: dict[str, dict[str, str]] = {
        "address": {"kind": "address", "Address": "模擬県2"},
        "renumber": {"kind": "renumber", "NewInsuredIdentificationNumber": "2"},
        "consideration": {"kind": "consideration"},
        "no_more": {"kind": "consideration", "Flag": "なし"},
    }
    for one in since:
        if isinstance(one, EventKind):
            days.store.documents.note(reference, 2, one, days.today)
        elif isinstance(one, Occasion):
            apply(days, reference, MOGAMI, one)
        else:
            days.file(reference, MOGAMI, **filed[one])
    days.town.now = morning(date(2027, 7, 1))
    days.run(RunKind.RENEWAL, MOGAMI)
    assert last(days, reference) == ("renewal", renewed)


@pytest.mark.rules("P-064")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("between", "listed"),
    [
        ([], True),
        ([{"kind": "last_four_sent"}], True),
        ([{"kind": "limit", "LimitClassificationFlag": "A03"}, Occasion.LIMIT_CERTIFICATE], True),
        ([Occasion.SUPPORT_NEEDED], False),
    ],
)
def test_a_letter_does_not_take_the_place_of_the_certificate_of_the_monthly_list(
    live: Any, engine: str, between: list[Any], *, listed: bool
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, KITAMURA, CertificateNeeded="不要")
    assert last(days, reference) == ("joined", None)
    for one in between:
        if isinstance(one, Occasion):
            apply(days, reference, KITAMURA, one)
        else:
            days.file(reference, KITAMURA, **one)
    days.town.now = morning(date(2027, 5, 1))
    days.run(RunKind.NON_HOLDERS, KITAMURA)
    assert (last(days, reference) == ("listed", "certificate")) is listed
