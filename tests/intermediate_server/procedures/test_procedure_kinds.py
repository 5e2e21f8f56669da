"""Each kind of procedure: what it changes, when that shows, and what it may not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import IndividualNumber, InsurerNumber
from eligibility.qualification import ReasonOfLoss
from intermediate_server.policies import load_policies
from intermediate_server.procedures.attention import AttentionKind, attention_of, conflicts
from intermediate_server.procedures.decide import decide
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind, Timing
from intermediate_server.procedures.memberships import periods, uncovered
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.store.rows import for_delivery
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from intermediate_server.procedures.change import Change

POLICIES = load_policies()
MOGAMI, TSUCHIURA = InsurerNumber("990010"), InsurerNumber("990028")
KITAMURA, KOUKI = InsurerNumber("06990014"), InsurerNumber("39990015")
HANAKO = PersonDetails(
    "P1", "試験　花子", "ｼｹﾝ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17), "模擬県1", "990-0001"
)
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)
KEY = ("990010", "最上", "1", "01")


def procedure(kind: ProcedureKind, insurer: InsurerNumber = MOGAMI, **fields: Any) -> Procedure:
    if kind is ProcedureKind.JOIN:
        fields.setdefault("qualified_on", date(2026, 4, 1))
    if kind is ProcedureKind.RELEASE_USE:
        fields.setdefault("photo_papers", 1)
    return Procedure(kind, insurer, IndividualNumber("990000000019"), "最上", "1", "01", **fields)


JOIN = procedure(ProcedureKind.JOIN)
LEAVE = procedure(
    ProcedureKind.LEAVE,
    disqualified_on=date(2026, 11, 11),
    reason_of_loss=ReasonOfLoss.OTHER_INSURANCE,
)


class Desk:
    """Where procedures of one person are filed, one after the other."""

    def __init__(self, person: PersonDetails = HANAKO, now: datetime = MONDAY) -> None:
        self.registered = person
        self.now = now
        self.history: tuple[Change, ...] = ()

    def file(self, one: Procedure) -> Change:
        filed = Filed(one, POLICIES.of(one.insurer_number), self.now)
        entries = decide(filed, self.registered, self.history)
        self.history += entries
        return entries[0]

    def refused(self, one: Procedure) -> str:
        before = self.history
        with pytest.raises(Problem) as caught:
            self.file(one)
        assert caught.value.entry is Catalogue.PROCEDURE_REFUSED
        assert self.history == before
        return str(caught.value.detail)

    def at_oqs(self, on: datetime) -> Change | None:
        """What OQS knows of the membership: the highest version that was delivered until then."""
        seen = [entry for entry in self.history if entry.number == KEY and entry.visible_from <= on]
        return max(seen, key=lambda entry: entry.version) if seen else None


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, tzinfo=TOKYO)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    return made


def desk_of_70(ratio: str = "030") -> Desk:
    """Return the desk of a member who may have 2割 or 3割 (R-150)."""
    made = Desk(replace(HANAKO, birthdate=date(1953, 2, 17)))
    made.file(JOIN._replace(filed_on=date(2026, 4, 1), ratio=ratio))
    return made


# --- with the lag ---


@pytest.mark.rules("C-008", "R-121")
def test_an_address_is_the_insurers_own_and_shows_after_the_lag(desk: Desk) -> None:
    entry = desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県2", post_number="990-0002"))
    assert (entry.person.address, entry.person.post_number) == ("模擬県2", "990-0002")
    assert entry.visible_from == day(11, 19)
    desk.registered = replace(HANAKO, address="ほかの県")
    later = desk.file(procedure(ProcedureKind.NAME, name="試験　華子"))
    assert (later.person.name, later.person.address) == ("試験　華子", "模擬県2")


def test_without_an_address_that_of_the_resident_register_is_taken_over(desk: Desk) -> None:
    desk.registered = replace(HANAKO, address="模擬県3")
    assert desk.file(procedure(ProcedureKind.ADDRESS)).person.address == "模擬県3"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": ProcedureKind.ADDRESS},
        {"kind": ProcedureKind.ADDRESS, "address": HANAKO.address, "post_number": "990-0001"},
        {"kind": ProcedureKind.ADDRESS, "effective_on": date(2026, 12, 1)},
        {"kind": ProcedureKind.NAME},
        {"kind": ProcedureKind.NAME, "name": "試験　花子"},
        {"kind": ProcedureKind.CHANGE},
        {"kind": ProcedureKind.CHANGE, "qualified_on": date(2026, 4, 1)},
        {"kind": ProcedureKind.RATIO, "ratio": "030"},
        {"kind": ProcedureKind.LIMIT, "limit": ""},
    ],
)
def test_a_change_that_changes_nothing_is_refused(desk: Desk, fields: dict[str, Any]) -> None:
    assert "already" in desk.refused(procedure(**fields))


def test_a_change_is_filed_once_and_back(desk: Desk) -> None:
    """What is so already at its time, or will be at no time later, is nothing new."""
    moved = procedure(ProcedureKind.ADDRESS, address="模擬県2", post_number="990-0002")
    desk.file(moved)
    assert "already" in desk.refused(moved)
    back = procedure(ProcedureKind.ADDRESS, address=HANAKO.address, post_number="990-0001")
    assert desk.file(back).person == HANAKO
    desk = desk_of_70()
    ahead = procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2027, 8, 1))
    desk.file(ahead)
    assert "already" in desk.refused(ahead)
    assert desk.file(procedure(ProcedureKind.RATIO, ratio="020")).visible_from == day(11, 19)


def test_a_seventieth_birthday_may_leave_the_ratio_as_it_is() -> None:
    """The paper carries the ratio from then on (R-056)."""
    desk = Desk(replace(HANAKO, birthdate=date(1956, 11, 22)))
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    assert desk.file(procedure(ProcedureKind.SEVENTY, ratio="030")).ratio == "030"


@pytest.mark.rules("C-008")
def test_a_ratio_shows_not_before_the_day_from_which_it_holds() -> None:
    desk = desk_of_70()
    entry = desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2027, 8, 1)))
    assert entry.visible_from == day(8, 1, 2027)
    assert entry.filing.timing is Timing.DATED
    at_once = desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2026, 8, 1)))
    assert (at_once.visible_from, at_once.filing.timing) == (day(11, 19), Timing.LAG)


@pytest.mark.rules("P-071", "R-150", "R-151")
def test_at_seventy_the_ratio_shows_from_the_month_after_the_birthday() -> None:
    desk = Desk(replace(HANAKO, birthdate=date(1956, 11, 22)))
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    entry = desk.file(procedure(ProcedureKind.SEVENTY))
    assert (entry.ratio, entry.visible_from) == ("020", day(12, 1))
    assert "2 or 3" in desk.refused(procedure(ProcedureKind.SEVENTY, ratio="010"))


@pytest.mark.rules("P-053")
def test_at_seventy_five_one_insurer_loses_and_the_other_gains_on_the_birthday() -> None:
    desk = Desk(replace(HANAKO, birthdate=date(1951, 12, 10)))
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    lost = desk.file(procedure(ProcedureKind.LATE_ELDERLY))
    assert lost.qualification.disqualified_on == date(2026, 12, 10)
    assert lost.qualification.reason_of_loss is ReasonOfLoss.OTHER_INSURANCE
    gained = desk.file(procedure(ProcedureKind.LATE_ELDERLY, KOUKI))
    assert gained.qualification.qualified_on == date(2026, 12, 10)
    assert gained.ratio == "010"
    assert conflicts(desk.history) == ()


def test_a_death_ends_the_membership_on_the_next_day(desk: Desk) -> None:
    entry = desk.file(procedure(ProcedureKind.DEATH, effective_on=date(2026, 11, 14)))
    assert entry.qualification.disqualified_on == date(2026, 11, 15)
    assert entry.qualification.reason_of_loss is ReasonOfLoss.DEATH


@pytest.mark.rules("P-028")
@pytest.mark.rules("R-155")
@pytest.mark.parametrize(("limit", "days", "taken"), [
    ("A05", 91, True), ("A05", 90, False), ("A03", 91, False), ("", 91, False),
])  # fmt: skip
def test_cheaper_meals_are_applied_for_after_more_than_ninety_days_in_hospital(
    desk: Desk,
    limit: str,
    days: int,
    taken: bool,  # noqa: FBT001 # of the parameters
) -> None:
    applied = procedure(ProcedureKind.LIMIT, limit=limit, inpatient_days=days, reason="申請書")
    if taken:
        made = desk.file(applied)
        assert made.reason == "長期入院該当: 過去12か月の入院 91日　申請書"
        assert made.limit is not None
        assert made.limit.long_stay_from == made.filing.filed_on
        dated = procedure(
            ProcedureKind.LIMIT, limit=limit, inpatient_days=days, effective_on=date(2026, 12, 1)
        )
        again = desk.file(dated)
        assert again.limit is not None
        assert again.limit.long_stay_from == date(2026, 12, 1)
        without = desk.file(procedure(ProcedureKind.LIMIT, limit=limit))
        assert without.limit is not None
        assert without.limit.long_stay_from is None
    else:
        assert "more than 90" in desk.refused(applied)


def test_a_limit_is_granted_and_ended(desk: Desk) -> None:
    granted = desk.file(procedure(ProcedureKind.LIMIT, limit="A03", valid_until=date(2027, 7, 31)))
    assert granted.limit is not None
    assert (granted.limit.flag, granted.limit.valid_until) == ("A03", date(2027, 7, 31))
    assert for_delivery(granted).limit_valid_end_date == "20270731"
    assert desk.file(procedure(ProcedureKind.LIMIT, limit="")).limit is None


@pytest.mark.rules("R-013", "R-159")
def test_arrears_are_flagged_and_taken_back(desk: Desk) -> None:
    flagged = desk.file(procedure(ProcedureKind.ARREARS))
    assert for_delivery(flagged).special_medical_expense == "1"
    assert "already" in desk.refused(procedure(ProcedureKind.ARREARS))
    assert not desk.file(procedure(ProcedureKind.ARREARS, on=False)).marks.special_medical_expense


@pytest.mark.rules("R-016")
def test_a_newborn_without_a_number_joins_and_is_known_by_kana_and_birthdate() -> None:
    newborn = JOIN._replace(
        kind=ProcedureKind.NEWBORN,
        individual_number=None,
        qualified_on=None,
        name="試験　一",
        name_kana="ｼｹﾝ ﾊｼﾞﾒ",
        birthdate=date(2026, 11, 10),
        address="模擬県1",
    )
    (entry,) = decide(Filed(newborn, POLICIES.of(MOGAMI), MONDAY), None, ())
    assert entry.person.reference == newborn.person_reference
    assert entry.qualification.qualified_on == date(2026, 11, 10)
    assert entry.ratio == "020"
    again = newborn._replace(kind=ProcedureKind.CANCEL, name=None, reason="個人番号がついた")
    assert again.person_reference == newborn.person_reference


# --- the use registration ---


@pytest.mark.rules("R-026", "C-008")
def test_a_release_shows_at_the_end_of_the_next_month_where_the_insurer_says_so() -> None:
    desk = Desk()
    desk.file(procedure(ProcedureKind.JOIN, TSUCHIURA, filed_on=date(2026, 4, 1)))
    entry = desk.file(procedure(ProcedureKind.RELEASE_USE, TSUCHIURA))
    assert entry.visible_from == day(12, 31)
    assert (entry.order, entry.filing.timing) == (RegistrationOrder.RELEASE, Timing.RELEASE)


@pytest.mark.rules("R-027")
def test_a_release_takes_up_to_three_months_elsewhere(desk: Desk) -> None:
    assert desk.file(procedure(ProcedureKind.RELEASE_USE)).visible_from == day(2, 16, 2027)


@pytest.mark.rules("R-024")
def test_only_the_insurer_currently_joined_releases(desk: Desk) -> None:
    desk.file(LEAVE)
    assert "R-024" in desk.refused(procedure(ProcedureKind.RELEASE_USE))
    assert "never joined" in desk.refused(procedure(ProcedureKind.RELEASE_USE, TSUCHIURA))


@pytest.mark.rules("R-021")
def test_a_release_is_applied_for_once_and_may_be_withdrawn(desk: Desk) -> None:
    assert "the person's own act" in desk.refused(procedure(ProcedureKind.KEEP_USE))
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    assert "already" in desk.refused(procedure(ProcedureKind.RELEASE_USE))
    kept = desk.file(procedure(ProcedureKind.KEEP_USE))
    assert (kept.order, kept.visible_from) == (RegistrationOrder.KEEP, MONDAY)
    desk.file(procedure(ProcedureKind.RELEASE_USE))


def test_a_change_during_a_release_does_not_release_a_second_time(desk: Desk) -> None:
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県2"))
    assert [entry.order for entry in desk.history] == [None, RegistrationOrder.RELEASE, None]


# --- at once ---


@pytest.mark.rules("P-031")
def test_a_protection_shows_at_once_and_holds_for_what_is_on_its_way(desk: Desk) -> None:
    desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県2"))
    blocked = desk.file(procedure(ProcedureKind.BLOCK))
    assert blocked.visible_from == MONDAY
    assert blocked.person.address == "模擬県1", "the new address is not seen before its time"
    again = desk.history[-1]
    assert (again.kind, again.refers_to) == (ProcedureKind.ADDRESS, 2)
    assert (again.person.address, again.marks.self_information_blocked) == ("模擬県2", True)
    assert again.visible_from == day(11, 19)
    now, later = desk.at_oqs(MONDAY), desk.at_oqs(day(11, 19))
    assert now is not None
    assert later is not None
    assert (now.person.address, now.marks.self_information_blocked) == ("模擬県1", True)
    assert (later.person.address, later.marks.self_information_blocked) == ("模擬県2", True)


@pytest.mark.rules("P-031")
def test_a_protection_does_not_show_a_membership_before_its_time() -> None:
    desk = Desk()
    desk.file(JOIN)
    blocked = desk.file(procedure(ProcedureKind.BLOCK))
    assert blocked.visible_from == day(11, 19)
    assert desk.at_oqs(day(11, 18)) is None


def test_where_nothing_is_registered_nothing_is_released(desk: Desk) -> None:
    release = procedure(ProcedureKind.RELEASE_USE)
    filed = Filed(release, POLICIES.of(MOGAMI), MONDAY, registered_use=False)
    with pytest.raises(Problem) as caught:
        decide(filed, HANAKO, desk.history)
    assert "nothing to release" in str(caught.value.detail)


@pytest.mark.parametrize(
    "kind", [kind for kind in ProcedureKind if KINDS[kind].effect is Effect.MARK]
)
@pytest.mark.rules("R-046", "R-047", "P-031")
def test_marks_are_set_once_and_taken_back_once(desk: Desk, kind: ProcedureKind) -> None:
    assert "not set already" in desk.refused(procedure(kind, on=False))
    desk.file(procedure(kind))
    assert "set already" in desk.refused(procedure(kind))
    assert desk.file(procedure(kind, on=False)).marks == desk.history[0].marks


# --- J-LIS ---


@pytest.mark.rules("P-030")
def test_a_joining_that_differs_from_the_register_is_taken_but_not_shown() -> None:
    desk = Desk()
    joined = desk.file(JOIN._replace(name="試験　花代", address="よその県"))
    assert joined.marks.view_stopped
    assert joined.reason == "J-LIS照合の不一致: 氏名・住所"
    assert attention_of(desk.history) == {AttentionKind.VIEW_STOPPED: 1}
    half = desk.file(procedure(ProcedureKind.NAME, name="試験　花子"))
    assert half.marks.view_stopped, "the address still differs"
    whole = desk.file(procedure(ProcedureKind.ADDRESS))
    assert not whole.marks.view_stopped
    assert attention_of(desk.history) == {}


@pytest.mark.rules("P-030")
def test_a_correction_is_compared_with_the_register_as_a_joining_is(desk: Desk) -> None:
    wrong = procedure(
        ProcedureKind.CORRECT, corrects=1, reason="届書のとおり", name="試験　花代",
        birthdate=date(1980, 2, 18),
    )  # fmt: skip
    stopped = desk.file(wrong)
    assert stopped.marks.view_stopped
    assert stopped.reason == "J-LIS照合の不一致: 氏名・生年月日　届書のとおり"
    assert attention_of(desk.history) == {AttentionKind.VIEW_STOPPED: 2}
    desk.file(procedure(ProcedureKind.JLIS_MATCH))
    other = wrong._replace(corrects=2, name=None, birthdate=None, householder="試験　一")
    assert not desk.file(other).marks.view_stopped, "what differs is known, and was opened again"
    right = desk.file(
        wrong._replace(corrects=2, name=HANAKO.name, birthdate=HANAKO.birthdate, sex=HANAKO.sex)
    )
    assert not right.marks.view_stopped


@pytest.mark.rules("P-030")
def test_blanks_and_width_are_no_difference() -> None:
    desk = Desk()
    joined = desk.file(JOIN._replace(name="試験 花子", name_kana="シケンハナコ"))
    assert not joined.marks.view_stopped


@pytest.mark.rules("P-030")
def test_a_mismatch_reported_later_stops_the_view_at_once_until_it_is_settled(desk: Desk) -> None:
    stopped = desk.file(procedure(ProcedureKind.JLIS_MISMATCH, reason="生年月日"))
    assert (stopped.marks.view_stopped, stopped.visible_from) == (True, MONDAY)
    assert not desk.file(procedure(ProcedureKind.JLIS_MATCH)).marks.view_stopped


@pytest.mark.rules("R-190", "P-030")
def test_four_wrong_digits_stop_the_view_and_right_ones_change_nothing(desk: Desk) -> None:
    right = desk.file(procedure(ProcedureKind.LAST_FOUR, last_four="0019"))
    assert not right.marks.view_stopped
    wrong = desk.file(procedure(ProcedureKind.LAST_FOUR, last_four="0091"))
    assert wrong.marks.view_stopped
    assert "下4桁" in wrong.reason


# --- corrections ---


def test_a_correction_is_an_entry_of_its_own_and_names_what_it_corrects(desk: Desk) -> None:
    desk.file(LEAVE)
    corrected = desk.file(
        procedure(
            ProcedureKind.CORRECT, corrects=2, reason="喪失日の誤り",
            disqualified_on=date(2026, 11, 12),
        )
    )  # fmt: skip
    assert (corrected.version, corrected.refers_to) == (3, 2)
    assert corrected.qualification.disqualified_on == date(2026, 11, 12)
    assert corrected.qualification.reason_of_loss is ReasonOfLoss.OTHER_INSURANCE
    assert desk.history[1].qualification.disqualified_on == date(2026, 11, 11), "nothing is altered"


def test_a_loss_is_taken_back_by_a_correction(desk: Desk) -> None:
    desk.file(LEAVE)
    back = procedure(ProcedureKind.CORRECT, corrects=2, reason="別人の喪失", still_insured=True)
    assert desk.file(back).qualification.disqualified_on is None


def test_a_loss_is_not_taken_back_over_a_membership_that_followed(desk: Desk) -> None:
    desk.file(LEAVE)
    desk.file(JOIN._replace(number="2", qualified_on=date(2026, 11, 11)))
    back = procedure(ProcedureKind.CORRECT, corrects=2, reason="別人の喪失", still_insured=True)
    assert "overlap" in desk.refused(back)


def test_only_a_version_of_the_membership_can_be_corrected(desk: Desk) -> None:
    wrong = procedure(ProcedureKind.CORRECT, corrects=9, reason="x", ratio="020")
    assert "its versions are 1" in desk.refused(wrong)


def test_a_membership_that_never_was_is_cancelled_and_the_number_may_join_again(
    desk: Desk,
) -> None:
    cancel = procedure(ProcedureKind.CANCEL, reason="誤って登録")
    one = desk.file(cancel).qualification
    assert one.disqualified_on == one.qualified_on
    assert "already" in desk.refused(cancel)
    earlier = JOIN._replace(qualified_on=date(2026, 3, 1))
    assert desk.file(earlier).qualification.disqualified_on is None


# --- ages ---


def born_on(birthdate: date) -> Desk:
    desk = Desk(replace(HANAKO, birthdate=birthdate))
    desk.file(JOIN)
    return desk


@pytest.mark.rules("P-053", "P-071")
@pytest.mark.parametrize("kind", [ProcedureKind.SEVENTY, ProcedureKind.LATE_ELDERLY])
def test_an_age_that_is_decades_away_is_not_filed(desk: Desk, kind: ProcedureKind) -> None:
    assert "too far ahead" in desk.refused(procedure(kind))


@pytest.mark.rules("P-053")
def test_nobody_joins_late_elderly_before_65_nor_another_insurer_from_75_on() -> None:
    joining = procedure(ProcedureKind.JOIN, KOUKI)
    for birthdate in (date(1980, 2, 17), date(2017, 4, 1), date(1961, 4, 3)):
        desk = Desk(replace(HANAKO, birthdate=birthdate))
        assert "is not 65" in desk.refused(joining)
    Desk(replace(HANAKO, birthdate=date(1961, 4, 1))).file(joining)
    assert "is 75 or older" in Desk(replace(HANAKO, birthdate=date(1951, 4, 1))).refused(JOIN)
    young = born_on(date(1951, 4, 2))
    later = procedure(ProcedureKind.CORRECT, corrects=1, reason="誤り")
    assert "is 75 or older" in young.refused(later._replace(qualified_on=date(2026, 4, 2)))
    assert "is 75 or older" in young.refused(later._replace(birthdate=date(1950, 4, 2)))


@pytest.mark.rules("P-070", "R-150")
def test_one_tenth_is_of_late_elderly_only(desk: Desk) -> None:
    for one in (
        procedure(ProcedureKind.RATIO, ratio="010"),
        procedure(ProcedureKind.CHANGE, ratio="010"),
        procedure(ProcedureKind.CORRECT, ratio="010", corrects=1, reason="誤り"),
        procedure(ProcedureKind.JOIN, KITAMURA, ratio="010"),
    ):
        assert "1 tenth" in desk.refused(one)
    old = Desk(replace(HANAKO, birthdate=date(1950, 4, 2)))
    old.file(procedure(ProcedureKind.JOIN, KOUKI, ratio="010"))
    old.file(procedure(ProcedureKind.RATIO, KOUKI, ratio="020"))


@pytest.mark.rules("P-070", "P-071", "R-150")
@pytest.mark.parametrize(
    ("born", "taken"),
    [
        (date(2021, 4, 1), {"020"}),  # to school in April 2027
        (date(2020, 4, 1), {"030"}),  # since April 2026
        (date(1980, 2, 17), {"030"}),
        (date(1956, 11, 22), {"020", "030"}),  # from December on, and 19 November is none of it
        (date(1953, 2, 17), {"020", "030"}),
    ],
)
def test_a_share_is_one_of_the_persons_age(born: date, taken: set[str]) -> None:
    """However it is filed; on the day from which it holds, or is seen where none is named."""
    begins = date(2026, 11, 16)
    of_70 = {"effective_on": date(2026, 12, 1)} if born == date(1956, 11, 22) else {}
    for ratio in ("010", "020", "030"):
        joins = [JOIN._replace(qualified_on=begins, ratio=ratio)]
        changes = [
            procedure(ProcedureKind.RATIO, ratio=ratio, **of_70),
            procedure(ProcedureKind.CHANGE, ratio=ratio, **of_70),
            procedure(ProcedureKind.CORRECT, ratio=ratio, corrects=1, reason="誤り"),
        ]
        if of_70:
            joins = changes[2:] = []
        for one in (*joins, *changes):
            desk = Desk(replace(HANAKO, birthdate=born))
            if one not in joins:
                desk.file(JOIN._replace(filed_on=date(2026, 4, 1), qualified_on=date(2026, 4, 1)))
            if ratio in taken:
                if one.kind not in {ProcedureKind.RATIO, ProcedureKind.CHANGE} or (
                    desk.history[-1].ratio != ratio
                ):
                    assert desk.file(one).ratio == ratio
            else:
                assert "P-070" in desk.refused(one)


@pytest.mark.rules("P-070", "P-071")
def test_a_share_of_an_age_that_begins_within_the_lag_is_taken() -> None:
    """It is seen with the age only; what is over is of the age of its days."""
    school = Desk(replace(HANAKO, birthdate=date(2020, 5, 1)), day(3, 30, 2027))
    school.file(JOIN._replace(filed_on=date(2027, 1, 4), qualified_on=date(2026, 4, 1)))
    assert school.file(procedure(ProcedureKind.RATIO, ratio="030")).visible_from >= day(4, 1, 2027)
    seventy = Desk(replace(HANAKO, birthdate=date(1956, 11, 22)), day(11, 30))
    seventy.file(JOIN._replace(filed_on=date(2026, 4, 1), qualified_on=date(2026, 4, 1)))
    assert seventy.file(procedure(ProcedureKind.RATIO, ratio="020")).visible_from >= day(12, 1)
    assert "is 3 on 2026-11-30" in seventy.refused(
        procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2026, 11, 30))
    )
    child = Desk(replace(HANAKO, birthdate=date(2020, 4, 1)))
    child.file(JOIN._replace(filed_on=date(2025, 4, 1), qualified_on=date(2025, 4, 1)))
    child.file(LEAVE._replace(disqualified_on=date(2026, 3, 1)))
    was = procedure(ProcedureKind.CORRECT, ratio="020", corrects=2, reason="誤り")
    assert child.file(was).ratio == "020"


@pytest.mark.rules("P-028")
def test_a_limit_is_of_the_age_on_the_day_from_which_it_holds(desk: Desk) -> None:
    def limit(flag: str, **fields: Any) -> Procedure:
        return procedure(ProcedureKind.LIMIT, limit=flag, **fields)

    assert "a category from 70" in desk.refused(limit("B01"))
    desk.file(limit("A03"))
    turning = born_on(date(1956, 12, 10))  # 70 from January
    assert "a category from 70" in turning.refused(limit("B05", effective_on=date(2026, 12, 31)))
    turning.file(limit("B05", effective_on=date(2027, 1, 1)))
    turning.file(limit("A05", effective_on=date(2026, 12, 1)))
    assert "below 70" in turning.refused(limit("A05", effective_on=date(2027, 1, 1)))


# --- a number under which somebody has joined twice ---

FIRST = (date(2026, 4, 1), date(2026, 9, 1))
AGAIN = date(2026, 10, 1)


@pytest.fixture
def twice() -> Desk:
    """A member until September, and again from October on, under the same number."""
    found = Desk()
    found.file(JOIN)
    found.file(LEAVE._replace(disqualified_on=FIRST[1]))
    found.file(JOIN._replace(qualified_on=AGAIN))
    found.now += timedelta(days=7)
    return found


def periods_of(desk: Desk) -> list[tuple[date, date | None]]:
    return [
        (one.qualification.qualified_on, one.qualification.disqualified_on)
        for one in periods(desk.history)
    ]


def correction(version: int, **fields: Any) -> Procedure:
    return procedure(ProcedureKind.CORRECT, corrects=version, reason="誤り", **fields)


@pytest.mark.parametrize("days", [0, 1, 7, 8])
def test_an_earlier_membership_is_corrected_beside_that_of_today(days: int) -> None:
    desk = Desk()
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    desk.file(LEAVE._replace(disqualified_on=FIRST[1], filed_on=date(2026, 9, 1)))
    desk.file(JOIN._replace(qualified_on=AGAIN))
    desk.now += timedelta(days=days)
    desk.file(correction(1, qualified_on=date(2026, 5, 1)))
    desk.file(correction(2, disqualified_on=date(2026, 9, 15)))
    assert periods_of(desk) == [(date(2026, 5, 1), date(2026, 9, 15)), (AGAIN, None)]
    after = desk.at_oqs(desk.now + timedelta(days=30))
    assert after is not None
    assert (after.qualification.qualified_on, after.qualification.disqualified_on) == (AGAIN, None)
    assert all(
        one.visible_from <= two.visible_from for one, two in pairwise(uncovered(desk.history, KEY))
    )


def test_a_correction_of_today_s_membership_leaves_the_earlier_one(twice: Desk) -> None:
    twice.file(correction(3, qualified_on=date(2026, 10, 2)))
    assert periods_of(twice) == [FIRST, (date(2026, 10, 2), None)]


def test_memberships_under_one_number_do_not_overlap(twice: Desk) -> None:
    assert "would overlap 990010 最上 1 01" in twice.refused(
        correction(2, disqualified_on=date(2026, 10, 2))
    )
    assert "would overlap" in twice.refused(correction(1, still_insured=True))
    assert "would overlap" in twice.refused(correction(3, qualified_on=date(2026, 8, 31)))


def test_a_cancelled_joining_gives_back_the_membership_before_it(twice: Desk) -> None:
    cancelled = twice.file(procedure(ProcedureKind.CANCEL, reason="誤って登録"))
    assert periods_of(twice) == [FIRST]
    assert cancelled.qualification.reason_of_loss is ReasonOfLoss.OTHER_INSURANCE
    after = twice.at_oqs(twice.now + timedelta(days=30))
    assert after is not None
    assert after.qualification.disqualified_on == FIRST[1]
    assert "before the loss" in twice.refused(JOIN._replace(qualified_on=date(2026, 8, 31)))
    assert "was cancelled" in twice.refused(correction(3, qualified_on=date(2026, 11, 1)))
    twice.file(correction(2, disqualified_on=date(2026, 9, 2)))
    assert periods_of(twice) == [(FIRST[0], date(2026, 9, 2))]


def test_a_joining_that_is_cancelled_before_it_is_seen_is_never_seen(twice: Desk) -> None:
    twice.file(LEAVE._replace(disqualified_on=date(2026, 11, 1)))
    third = twice.file(JOIN._replace(qualified_on=date(2026, 11, 20)))
    twice.file(procedure(ProcedureKind.CANCEL, reason="誤って登録"))
    assert periods_of(twice) == [FIRST, (AGAIN, date(2026, 11, 1))]
    assert all(
        entry.qualification.qualified_on != date(2026, 11, 20)
        for entry in uncovered(twice.history, KEY)
    ), third


@pytest.mark.parametrize("kind", [ProcedureKind.CORRECT, ProcedureKind.CHANGE])
def test_nobody_is_a_member_before_their_birth_as_it_is_corrected(
    desk: Desk, kind: ProcedureKind
) -> None:
    fields: dict[str, Any] = {"birthdate": date(2026, 5, 1)}
    if kind is ProcedureKind.CORRECT:
        fields |= {"corrects": 1, "reason": "誤り"}
    assert "before the person's birth on 2026-05-01" in desk.refused(procedure(kind, **fields))
    desk.file(procedure(kind, qualified_on=date(2026, 5, 1), **fields))


# --- two insurers ---


def test_two_insurers_for_the_same_day_are_shown_as_a_conflict_until_one_of_them_leaves(
    desk: Desk,
) -> None:
    desk.file(procedure(ProcedureKind.JOIN, KITAMURA, qualified_on=date(2026, 11, 1)))
    (conflict,) = conflicts(desk.history)
    assert (conflict.since, conflict.until) == (date(2026, 11, 1), None)
    assert attention_of(desk.history) == {AttentionKind.CONFLICT: 2}
    desk.file(LEAVE)
    (conflict,) = conflicts(desk.history)
    assert conflict.until == date(2026, 11, 11)
    desk.file(
        procedure(
            ProcedureKind.CORRECT, corrects=3, reason="喪失日の誤り",
            disqualified_on=date(2026, 11, 1),
        )
    )  # fmt: skip
    assert conflicts(desk.history) == ()
    assert attention_of(desk.history) == {}


@pytest.mark.rules("P-092")
def test_a_retroactive_joining_counts_from_its_own_day(desk: Desk) -> None:
    desk = Desk()
    entry = desk.file(JOIN._replace(qualified_on=date(2026, 1, 1), filed_on=date(2026, 11, 9)))
    assert entry.qualification.qualified_on == date(2026, 1, 1)
    assert entry.visible_from == day(11, 12)


# --- the order of visibility, whatever is filed ---

_ANY = st.one_of(
    st.builds(
        lambda kind, filed, on: procedure(kind, filed_on=filed, on=on),
        st.sampled_from(
            [ProcedureKind.BLOCK, ProcedureKind.HIDE, ProcedureKind.CONSIDERATION,
             ProcedureKind.ARREARS, ProcedureKind.RELEASE_USE, ProcedureKind.KEEP_USE]
        ),
        st.dates(date(2026, 11, 1), date(2026, 11, 16)),
        st.booleans(),
    ),
    st.builds(
        lambda ratio, on: procedure(ProcedureKind.RATIO, ratio=ratio, effective_on=on),
        st.sampled_from(["020", "030"]),
        st.dates(date(2026, 11, 1), date(2027, 3, 1)),
    ),
    st.builds(
        lambda number, filed: procedure(
            ProcedureKind.ADDRESS, address=f"模擬県{number}", filed_on=filed
        ),
        st.integers(0, 5),
        st.dates(date(2026, 11, 1), date(2026, 11, 16)),
    ),
)  # fmt: skip


def with_share(
    shares: list[tuple[datetime, str]], entry: Change, ratio: str
) -> list[tuple[datetime, str]]:
    """Return the shares from their days on, in order, with another one.

    One that holds when it shows already takes back what lies ahead, unless it names a day itself.
    """
    at = entry.visible_from
    before = [one for one in shares if one[0] <= at]
    is_so = before[-1][1] == ratio and entry.filing.timing is not Timing.DATED
    ahead = [] if is_so else [one for one in shares if one[0] > at]
    return [*before, (at, ratio), *ahead]


@given(st.lists(st.tuples(_ANY, st.integers(0, 20)), max_size=10))
def test_each_change_is_seen_from_its_time_on_and_none_before(
    filings: list[tuple[Procedure, int]],
) -> None:
    """What OQS knows on a day is what was filed and due by then, applied in order of filing.

    A share that was filed for a day to come stays that of its day.
    """
    desk = desk_of_70()
    accepted: list[tuple[Change, Procedure]] = []
    shares = [(day(4, 1), "030")]
    for one, days in filings:
        desk.now += timedelta(days=days)
        try:
            entry = desk.file(one)
        except Problem:
            continue
        accepted.append((entry, one))
        if one.ratio is not None:
            shares = with_share(shares, entry, one.ratio)
    for days in range(0, 400, 3):
        on = MONDAY + timedelta(days=days)
        due = [one for entry, one in accepted if entry.visible_from <= on]
        known = desk.at_oqs(on)
        assert known is not None
        addresses = [one.address for one in due if one.address is not None]
        ratios = [ratio for since, ratio in shares if since <= on]
        blocks = [one.on for one in due if one.kind is ProcedureKind.BLOCK]
        assert known.person.address == (addresses or ["模擬県1"])[-1]
        assert known.ratio == ratios[-1]
        assert known.marks.self_information_blocked is (blocks or [False])[-1]
    current = uncovered(desk.history, KEY)
    assert [entry.version for entry in current] == sorted(entry.version for entry in current)


# --- from which day a share holds ---


@pytest.mark.rules("R-150", "P-071")
@pytest.mark.parametrize(
    ("effective_on", "visible_on"),
    [(date(2026, 10, 1), day(11, 19)), (None, day(11, 19)), (date(2027, 1, 1), day(1, 1, 2027))],
)
def test_a_share_holds_from_its_own_day_however_late_it_is_seen(
    effective_on: date | None, visible_on: datetime
) -> None:
    desk = desk_of_70()
    assert desk.history[0].ratio_from == date(2026, 4, 1)
    entry = desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=effective_on))
    assert entry.visible_from == visible_on
    assert entry.ratio_from == (effective_on or MONDAY.date())
    moved = desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県2"))
    assert moved.ratio_from == (date(2026, 4, 1) if effective_on == date(2027, 1, 1)
                                else entry.ratio_from)  # fmt: skip


@pytest.mark.rules("R-150")
def test_a_share_may_be_filed_anew_for_an_earlier_day_and_not_for_a_later() -> None:
    desk = desk_of_70()
    desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2026, 10, 1)))
    again = procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2026, 9, 1))
    assert desk.file(again).ratio_from == date(2026, 9, 1)
    desk.refused(procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2026, 10, 15)))


@pytest.mark.rules("P-071")
def test_who_joined_before_70_and_is_filed_after_it_has_the_share_of_that_age() -> None:
    desk = Desk(replace(HANAKO, birthdate=date(1953, 2, 17)))
    entry = desk.file(
        JOIN._replace(qualified_on=date(2010, 4, 1), filed_on=date(2026, 4, 1), ratio="020")
    )
    assert entry.ratio_from == date(2023, 3, 1)
