"""What waits for the post and is replaced by a newer paper does not go out beside it (差替え)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import Delivery, Disposal, Occasion
from intermediate_server.counter.holdings import holdings
from intermediate_server.document_issuance import DocumentIssuance
from intermediate_server.documents.document import LIMIT_CERTIFICATES, EventKind
from intermediate_server.documents.replacing import note_of_ours
from intermediate_server.runs.run_kinds import RunKind
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA
from tests.intermediate_server.runs.lived_days import LONG_VALID, morning

if TYPE_CHECKING:
    from intermediate_server.documents.selection import Selection
    from tests.intermediate_server.runs.lived_days import LivedDays

BORN = date(1980, 2, 17)


def every(days: LivedDays) -> Selection:
    """Ask for all papers that wait today."""
    return days.to_post(MOGAMI, date(2020, 1, 1), days.today)


def waiting(days: LivedDays) -> list[int]:
    """Return the numbers of the papers that wait for the post."""
    return [one.number for one in days.store.post.keys(every(days))]


def going_out(days: LivedDays) -> list[tuple[Any, Any]]:
    """Return the papers that wait for the post, each with its entry."""
    return list(days.store.post.papers(every(days), 0, 100))


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
    live: Any,
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
    live: Any,
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
    live: Any,
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
    live: Any,
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
    live: Any,
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


@pytest.mark.rules("R-054")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sent", [False, True])
def test_a_certificate_in_hand_is_lost_when_it_is_issued_again_and_one_is_used_when_found(
    live: Any,
    engine: str,
    sent: bool,  # noqa: FBT001 # of the parameters
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    register = days.store.documents
    register.note(reference, 1, EventKind.SENT, days.today)
    apply(days, reference, Occasion.CERTIFICATE_LOST)
    number, lost, note = events(days, reference)[-1]
    assert (number, lost) == (1, EventKind.LOST)
    said = note_of_ours(note)
    assert said is not None
    assert said.en == "issued again as document 2"
    assert waiting(days) == [2]
    if sent:
        register.note(reference, 2, EventKind.SENT, days.today)
    register.note(reference, 1, EventKind.FOUND, days.today)
    assert waiting(days) == []
    history = [one.change for one in days.store.ledger.history(reference)]
    documents = register.of_person(reference)
    held = holdings(history, documents, days.acceptance.policies, days.today, None)
    assert [(one.document.number, one.disposal) for one in held] == (
        [(1, Disposal.RETURN), (2, Disposal.KEEP)] if sent else [(1, Disposal.KEEP)]
    )
    if not sent:
        assert [one.event for one in documents[1].events] == [EventKind.WITHDRAWN]


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["correct", "change"])
@pytest.mark.parametrize(
    "wrong",
    [{"QualificationDate": "20270201"}, {"Name": "模擬　正子"}, {"Householder": "模擬　二"}],
)
def test_what_waits_and_prints_what_was_corrected_is_replaced(
    live: Any,
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
    live: Any,
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
    live: Any,
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


def apply(days: LivedDays, reference: str, occasion: Occasion) -> None:
    issuance = DocumentIssuance(days.acceptance, days.store.documents)
    days.runner.run(issuance.apply(reference, (MOGAMI, "模擬", "1", "01"), occasion))


def file_in(days: LivedDays, way: str, reference: str, kind: str, **fields: str) -> None:
    """File a procedure on the line or in a file."""
    if way == "file":
        outcome = days.file_in_file(reference, MOGAMI, kind, **fields)
        assert outcome.fault is None, outcome
    else:
        days.file(reference, MOGAMI, kind, **fields)


RELEASE = {"PapersWithPhoto": "1"}
IN_ANY_WAY = pytest.mark.parametrize("way", ["line", "file"])


@pytest.mark.rules("R-028", "R-030")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
@pytest.mark.parametrize("sent", [False, True])
def test_the_certificate_for_a_release_that_is_withdrawn_stays_here(
    live: Any,
    engine: str,
    way: str,
    sent: bool,  # noqa: FBT001 # of the parameters
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "release_use", **RELEASE)
    assert waiting(days) == [1, 2]
    if sent:
        days.store.documents.note(reference, 2, EventKind.HANDED_OVER, days.today)
    days.town.now += timedelta(days=1)
    file_in(days, way, reference, "keep_use")
    assert waiting(days) == [1], "the notice of who joined"
    last = EventKind.HANDED_OVER if sent else EventKind.WITHDRAWN
    noted = events(days, reference)
    assert [event for _, event, _ in noted] == [last]
    if not sent:
        said = note_of_ours(noted[0][2])
        assert said is not None
        assert said.en == "as the release was withdrawn"
    days.file(reference, MOGAMI, "release_use", **RELEASE)
    assert waiting(days) == [1, 3], "applied for again"


@pytest.mark.rules("R-028", "R-040", "R-044", "R-046", "P-031")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("cause", "first", "goes"),
    [
        ("block", {}, [1, 2]),  # needed whatever is registered
        ("consideration", {}, [1, 2]),
        ("card_lost", {}, [1, 4]),  # the one of the emergency, which the other had replaced
        (Occasion.SUPPORT_NEEDED, {}, [1, 4]),
        (Occasion.CARD_LOST, {}, [1, 4]),
        ("found", {}, [1]),
        (Occasion.CERTIFICATE_LOST, {}, [1]),  # the one that was for the release
    ],
)
def test_who_needs_a_certificate_for_another_cause_gets_it(
    live: Any,
    engine: str,
    cause: str,
    first: dict[str, str],
    goes: list[int],
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, registered=True)
    days.join(reference, MOGAMI)
    if isinstance(cause, Occasion) and cause is not Occasion.CERTIFICATE_LOST:
        apply(days, reference, cause)
    elif cause == "card_lost":
        days.file(reference, MOGAMI, "card_lost")
    days.file(reference, MOGAMI, "release_use", **RELEASE)
    if cause == Occasion.CERTIFICATE_LOST:
        apply(days, reference, Occasion.CERTIFICATE_LOST)
    elif cause in {"block", "consideration"}:
        days.store.documents.note(reference, 2, EventKind.WITHDRAWN, days.today, "試験")
        days.store.documents.note(reference, 2, EventKind.BACK_TO_POST, days.today)
        days.file(reference, MOGAMI, cause)
        goes = [1, 3]
    elif cause == "found":
        days.file(reference, MOGAMI, "card_lost")
        days.file(reference, MOGAMI, "card_lost", Flag="なし")
    days.file(reference, MOGAMI, "keep_use")
    assert waiting(days) == goes
    if cause in {"card_lost", Occasion.CARD_LOST}:
        last = days.store.documents.of_person(reference)[-1].document
        assert (last.occasion, last.renewed) == (Occasion.CARD_LOST, False)
        assert last.expires_on == date(2027, 7, 31)


@pytest.mark.rules("R-028", "R-070")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_decided_on_while_a_release_was_on_its_way_is_decided_on_anew(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(date(1955, 4, 15), registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "release_use", **RELEASE)
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270601"
    )
    assert days.papers(reference)[-1][1:3] == ("certificate", date(2027, 6, 1))
    days.file(reference, MOGAMI, "keep_use")
    assert days.papers(reference)[-1][:3] == ("ratio_changed", "notice", date(2027, 6, 1))
    assert waiting(days) == [1, 4]


LOSS = {"DisqualificationDate": "20270501", "ReasonOfLoss": "99"}


@pytest.mark.rules("R-052", "P-062")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
def test_what_waits_does_not_outlive_a_loss_that_is_filed(
    live: Any,
    engine: str,
    way: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    file_in(days, way, reference, "leave", **LOSS)
    assert waiting(days) == [2]
    first, second = days.papers(reference)
    assert first[3] == date(2027, 7, 31)
    assert second == ("joined", "certificate", days.today, date(2027, 4, 30))
    assert events(days, reference)[0][2] == "差替え（喪失の届出）"
    version = str(days.entries(reference)[-1].version)
    reason = {"CorrectedVersion": version, "Reason": "誤り"}
    file_in(days, way, reference, "correct", **reason, DisqualificationDate="20270601")
    file_in(days, way, reference, "correct", **reason, DisqualificationDate="なし")
    assert waiting(days) == [4]
    assert [one[3] for one in days.papers(reference)] == [
        date(2027, 7, 31), date(2027, 4, 30), date(2027, 5, 31), date(2027, 7, 31),
    ]  # fmt: skip


@pytest.mark.rules("R-052", "R-075")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lost_on", ["20270801", "20270901", "20271001"])
def test_of_what_waits_only_what_ends_later_than_the_loss_is_replaced(
    live: Any,
    engine: str,
    lost_on: str,
) -> None:
    days = live(date(2027, 6, 20), engine)
    reference, holder = days.resident(BORN, None), days.resident(BORN, registered=True)
    days.join(reference, MOGAMI)
    days.join(holder, MOGAMI, InsuredIdentificationNumber="2")
    days.advance(date(2027, 7, 1))
    before = days.papers(holder)
    loss = {"DisqualificationDate": lost_on, "ReasonOfLoss": "99"}
    days.file(reference, MOGAMI, "leave", **loss)
    days.file(holder, MOGAMI, "leave", InsuredIdentificationNumber="2", **loss)
    assert days.papers(holder) == before, "a notice has no expiry below 70"
    of_person = [one.document for one in days.store.documents.of_person(reference)]
    lasting = [one.expires_on for one in of_person if one.waits]
    kept_back = date(2028, 7, 31)
    lost = date.fromisoformat(lost_on)
    ahead = kept_back if lost == date(2027, 8, 1) else lost - timedelta(days=1)
    assert lasting == [date(2027, 7, 31), ahead]
    goes = [one.number for one in days.store.post.keys(every(days)) if one.reference == reference]
    assert len(goes) == (1 if ahead == kept_back else 2)


@pytest.mark.rules("R-052", "R-025")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_replaced_goes_out_by_the_way_that_was_asked_for(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, registered=True)
    days.join(reference, TSUCHIURA)
    days.file(reference, TSUCHIURA, "release_use", ApplicationChannel="郵送", **RELEASE)
    days.file(reference, TSUCHIURA, "leave", **LOSS)
    papers = [one.document for one in days.store.documents.of_person(reference)]
    assert [one.occasion for one in papers] == [
        Occasion.JOINED, Occasion.RELEASE_APPLIED, Occasion.RELEASE_APPLIED,
    ]  # fmt: skip
    assert [one.delivery for one in papers[1:]] == [Delivery.RECORDED_MAIL] * 2


@pytest.mark.rules("R-052")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_noted_as_sent_by_mistake_does_not_go_out_beyond_the_loss(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.file(reference, MOGAMI, "leave", **LOSS)
    days.store.documents.note(reference, 1, EventKind.BACK_TO_POST, days.today)
    assert waiting(days) == []


NEW_NAME = {"Name": "鬼塚　正子", "NameKana": "ｵﾆﾂﾞｶ ﾏｻｺ"}


def names(days: LivedDays) -> list[tuple[str, str, date | None]]:
    """Return what goes out: the occasion, whose name it prints, and the day of issue."""
    return sorted(
        (document.occasion.value, entry.person.name, document.issued_on)
        for document, entry in going_out(days)
    )


@pytest.mark.rules("R-043", "R-056")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
@pytest.mark.parametrize("holds_from", [None, "20270720", "20270801"])
def test_a_new_name_stands_on_the_card_of_the_year_that_waits_too(
    live: Any, engine: str, way: str, holds_from: str | None
) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.advance(date(2027, 7, 1))
    renewed_on = date(2027, 8, 1)
    assert days.papers(reference)[-1] == ("renewal", "certificate", renewed_on, date(2028, 7, 31))
    ahead = {"EffectiveDate": holds_from} if holds_from else {}
    file_in(days, way, reference, "name", **NEW_NAME, **ahead)
    if way == "file":
        days.run(RunKind.CHANGES, MOGAMI)
    day = date.fromisoformat(holds_from) if holds_from else days.today
    assert names(days) == sorted(
        {("name_changed", NEW_NAME["Name"], day), ("renewal", NEW_NAME["Name"], renewed_on)}
        if day < renewed_on
        else {("name_changed", NEW_NAME["Name"], day)}
    )
    sent = [one.document.number for one in days.store.documents.of_person(reference)]
    before = days.papers(reference)
    days.advance(date(2027, 9, 2))
    assert days.papers(reference) == before, sent


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_name_that_holds_later_leaves_the_card_until_then(live: Any, engine: str) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.advance(date(2027, 7, 1))
    old_name = days.entries(reference)[0].person.name
    days.file(reference, MOGAMI, "name", **NEW_NAME, EffectiveDate="20270820")
    assert names(days) == [
        ("joined", old_name, date(2027, 4, 1)),
        ("name_changed", NEW_NAME["Name"], date(2027, 8, 20)),
        ("renewal", old_name, date(2027, 8, 1)),
    ]


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["change", "address"])
@pytest.mark.parametrize("holds_from", [{}, {"EffectiveDate": "20270720"}])
def test_another_head_of_the_household_stands_on_the_card_of_the_year_that_waits(
    live: Any, engine: str, kind: str, holds_from: dict[str, str]
) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.advance(date(2027, 7, 1))
    moves = ADDRESS if kind == "address" else {}
    days.file(reference, MOGAMI, kind, Householder="模擬　二", **moves, **holds_from)
    going = going_out(days)
    renewed = [entry for document, entry in going if document.issued_on == date(2027, 8, 1)]
    assert [one.householder for one in renewed] == ["模擬　二"]


@pytest.mark.rules("R-056", "R-159")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_pays_all_first_gets_a_card_of_the_year_that_says_so(live: Any, engine: str) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.advance(date(2027, 7, 1))
    days.file(reference, MOGAMI, "arrears")
    going = going_out(days)
    assert [entry.marks.special_medical_expense for _, entry in going] == [True, True]


@pytest.mark.rules("R-056", "R-150", "R-070")
@pytest.mark.parametrize("engine", ENGINES)
def test_another_share_stands_on_the_card_of_the_year_that_waits(live: Any, engine: str) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(date(1955, 4, 15), None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    days.advance(date(2027, 7, 1))
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270710"
    )
    going = going_out(days)
    assert [(entry.ratio, document.ratio_from) for document, entry in going] == [
        ("030", date(2027, 7, 10))
    ] * 2


@pytest.mark.rules("R-056", "R-150")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_waits_stays_while_a_share_of_a_later_day_is_carried_by_another_change(
    live: Any, engine: str
) -> None:
    days = live(date(2026, 11, 16), engine)
    reference = days.resident(date(1952, 3, 10), None)
    days.join(reference, MOGAMI)
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20261120"
    )
    days.advance(date(2026, 11, 17))
    days.file(reference, MOGAMI, "limit", LimitClassificationFlag="B04")
    assert days.entries(reference)[-1].ratio == "030", "it shows on the day of the share"
    both = [(date(2026, 11, 16), "020"), (date(2026, 11, 20), "030")]
    assert [(one.issued_on, entry.ratio) for one, entry in going_out(days)] == both
    # Nor when the day of the share has come: the other paper says so.
    days.advance(date(2026, 11, 24))
    days.file(reference, MOGAMI, "limit", LimitClassificationFlag="B05")
    assert [(one.issued_on, entry.ratio) for one, entry in going_out(days)] == both


@pytest.mark.rules("R-056", "P-028")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
def test_a_limit_certificate_that_waits_says_what_holds(live: Any, engine: str, way: str) -> None:
    days = live(date(2027, 4, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI, LimitClassificationFlag="エ")
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    apply(days, reference, Occasion.LIMIT_CERTIFICATE)
    days.file(reference, MOGAMI, "name", **NEW_NAME)
    limits = [one for one in names(days) if one[0] == "limit_certificate"]
    assert limits == [("limit_certificate", NEW_NAME["Name"], days.today)]
    waits = waiting(days)
    days.file(reference, MOGAMI, "limit", LimitClassificationFlag="ウ", EffectiveDate="20270601")
    assert waiting(days) == waits, "it is true until June"
    file_in(days, way, reference, "limit", LimitClassificationFlag="ウ")
    going = going_out(days)
    limits = [entry.limit.flag for one, entry in going if one.kind in LIMIT_CERTIFICATES]
    assert limits == [days.entries(reference)[-1].limit.flag]


def sent_until_august(live: Any, engine: str, **card: Any) -> tuple[LivedDays, str]:
    """Return a member whose certificate is renewed, and both papers are sent, on 20 July."""
    days = live(date(2027, 6, 20), engine)
    reference = days.resident(BORN, **card)
    days.join(reference, MOGAMI)
    days.town.now = morning(date(2027, 7, 1))
    days.run(RunKind.RENEWAL, MOGAMI)
    for number in (1, 2):
        days.store.documents.note(reference, number, EventKind.SENT, days.today)
    days.town.now = morning(date(2027, 7, 20))
    return days, reference


IN_AUGUST = date(2027, 8, 1)


def on_first_of_august(days: LivedDays) -> None:
    days.town.now = morning(IN_AUGUST)
    days.run(RunKind.RENEWAL, MOGAMI)


@pytest.mark.rules("R-042", "R-043", "R-054")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_lost_the_paper_after_its_renewal_was_sent_gets_no_second_renewal(
    live: Any, engine: str
) -> None:
    days, reference = sent_until_august(live, engine, expires_on=None)
    apply(days, reference, Occasion.CERTIFICATE_LOST)
    on_first_of_august(days)
    assert [one[2:] for one in days.papers(reference)] == [
        (date(2027, 6, 20), date(2027, 7, 31)),
        (IN_AUGUST, date(2028, 7, 31)),
        (date(2027, 7, 20), date(2027, 7, 31)),
    ]
    days.town.now = morning(date(2028, 7, 1))
    days.run(RunKind.RENEWAL, MOGAMI)
    assert days.papers(reference)[3][:3] == ("renewal", "certificate", date(2028, 8, 1))


@pytest.mark.rules("R-043", "R-054")
@pytest.mark.parametrize("engine", ENGINES)
def test_who_lost_the_renewed_paper_too_gets_the_next_one_on_its_day(
    live: Any, engine: str
) -> None:
    days, reference = sent_until_august(live, engine, expires_on=None)
    apply(days, reference, Occasion.CERTIFICATE_LOST)
    days.store.documents.note(reference, 2, EventKind.LOST, days.today)
    on_first_of_august(days)
    assert days.papers(reference)[3][:3] == ("renewal", "certificate", IN_AUGUST)


@pytest.mark.rules("R-043", "R-056")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sent", [True, False])
@IN_ANY_WAY
@pytest.mark.parametrize(
    "filed",
    [
        {"kind": "renumber", "NewInsuredIdentificationNumber": "2"},
        {"kind": "name", "Name": "模擬　花", "NameKana": "ﾓｷﾞ ﾊﾅ"},
        {"kind": "address", **ADDRESS},
        {"kind": "arrears"},
    ],
    ids=lambda one: str(one["kind"]),
)
def test_a_renewal_that_says_what_is_true_no_more_is_replaced_at_once(
    live: Any,
    engine: str,
    way: str,
    filed: dict[str, str],
    *,
    sent: bool,
) -> None:
    days, reference = sent_until_august(live, engine, expires_on=None)
    if not sent:
        days.store.documents.note(reference, 2, EventKind.BACK_TO_POST, days.today)
    file_in(days, way, reference, **filed)
    if way == "file":
        days.town.now += timedelta(days=1)
        days.run(RunKind.CHANGES, MOGAMI)
    follows = filed["kind"] == "address" and not sent
    assert waiting(days) == ([2, 3] if follows else [3, 4])
    last = days.store.documents.of_person(reference)[-1].document
    begins = days.today if follows else IN_AUGUST
    assert (last.issued_on, last.based_on) == (begins, len(days.entries(reference)[:2]))
    on_first_of_august(days)
    assert len(days.papers(reference)) == (3 if follows else 4), "nothing is issued twice"


@pytest.mark.rules("R-028", "R-043", "R-050")
@pytest.mark.parametrize("engine", ENGINES)
def test_the_notice_for_august_gives_way_to_a_certificate_when_the_registration_is_given_up(
    live: Any, engine: str
) -> None:
    days, reference = sent_until_august(live, engine, registered=True)
    days.store.documents.note(reference, 2, EventKind.BACK_TO_POST, days.today)
    days.file(reference, MOGAMI, "release_use", **RELEASE)
    assert days.papers(reference)[2:] == [
        ("release_applied", "certificate", days.today, date(2027, 7, 31)),
        ("renewal", "certificate", IN_AUGUST, date(2028, 7, 31)),
    ]
    assert waiting(days) == [3, 4]
    days.file(reference, MOGAMI, "keep_use")
    assert days.papers(reference)[-1][:3] == ("renewal", "notice", IN_AUGUST)
    assert waiting(days) == [5]


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
@pytest.mark.parametrize("kind", ["correct", "change"])
@pytest.mark.parametrize("expires_on", [None, LONG_VALID])
@pytest.mark.parametrize(
    ("wrong", "brings"),
    [
        ({"QualificationDate": "20270201"}, True),
        ({"Name": "模擬　正子"}, True),
        ({"Householder": "模擬　二"}, True),
        ({"Address": "模擬県2"}, False),
    ],
)
def test_what_was_sent_and_prints_what_was_corrected_is_asked_back_for_a_right_one(
    live: Any,
    engine: str,
    way: str,
    kind: str,
    expires_on: date | None,
    wrong: dict[str, str],
    *,
    brings: bool,
) -> None:
    brings = brings and not (expires_on and "Householder" in wrong)  # which no notice names
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, expires_on, registered=expires_on is not None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    corrected = {"CorrectedVersion": "1", "Reason": "誤り"} if kind == "correct" else {}
    file_in(days, way, reference, kind, **corrected, **wrong)
    assert waiting(days) == ([2] if brings else [])
    held = holdings(
        days.entries(reference),
        days.store.documents.of_person(reference),
        days.acceptance.policies,
        days.today,
        None,
    )
    first = Disposal.RETURN if expires_on is None else Disposal.DESTROY
    keep = [Disposal.KEEP]
    assert [one.disposal for one in held] == ([first, *keep] if brings else keep)
    if brings:
        days.store.documents.note(reference, 2, EventKind.SENT, days.today)
        file_in(days, way, reference, "change", Sex1="男")
        assert waiting(days) == [3], "and only the one that is right by now"


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_correction_leaves_alone_what_it_does_not_concern(live: Any, engine: str) -> None:
    days = live(date(2027, 3, 1), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.LOST, days.today)
    days.file(reference, MOGAMI, "change", Name="模擬　正子")
    assert waiting(days) == [], "it is in nobody's hand"


@pytest.mark.rules("R-043", "R-052")
@pytest.mark.parametrize("engine", ENGINES)
@IN_ANY_WAY
@pytest.mark.parametrize(
    ("lost_on", "taken_back_on", "begins"),
    [
        (IN_AUGUST, date(2027, 7, 20), IN_AUGUST),
        (IN_AUGUST, IN_AUGUST, IN_AUGUST),
        (date(2027, 7, 20), date(2027, 8, 5), date(2027, 8, 5)),
        (date(2027, 9, 10), IN_AUGUST, None),  # which was renewed until its day
    ],
)
def test_a_loss_that_is_taken_back_after_the_renewal_leaves_nobody_without_a_paper(
    live: Any, engine: str, way: str, lost_on: date, taken_back_on: date, begins: date | None
) -> None:
    days = live(date(2027, 6, 20), engine)
    reference = days.resident(BORN, None)
    days.join(reference, MOGAMI)
    days.store.documents.note(reference, 1, EventKind.SENT, days.today)
    loss = {"DisqualificationDate": f"{lost_on:%Y%m%d}", "ReasonOfLoss": "99"}
    days.file(reference, MOGAMI, "leave", **loss)
    days.town.now = morning(date(2027, 7, 1))
    days.run(RunKind.RENEWAL, MOGAMI)
    days.town.now = morning(taken_back_on)
    days.run(RunKind.RENEWAL, MOGAMI)
    back = {"CorrectedVersion": "2", "Reason": "誤り", "DisqualificationDate": "なし"}
    file_in(days, way, reference, "correct", **back)
    if begins is not None:
        assert days.papers(reference)[1:] == [("renewal", "certificate", begins, date(2028, 7, 31))]
        assert waiting(days) == [2]
    days.run(RunKind.RENEWAL, MOGAMI)
    assert days.papers(reference)[-1][3] == date(2028, 7, 31)
    assert len(waiting(days)) == 1
