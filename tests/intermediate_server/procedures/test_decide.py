"""What a procedure comes to, given what is recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import IndividualNumber, InsurerNumber
from eligibility.qualification import Qualification, ReasonOfLoss
from intermediate_server.policies import load_policies
from intermediate_server.procedures import memberships
from intermediate_server.procedures.attention import conflicts
from intermediate_server.procedures.change import UNKNOWN_SOURCE, Change, FilingChannel, Source
from intermediate_server.procedures.decide import decide
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.procedures.timing import Filing, filing_of
from intermediate_server.store.rows import for_delivery
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

MOGAMI = InsurerNumber("990010")
POLICIES = load_policies()
HANAKO = PersonDetails(
    "P1", "佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17), "模擬県", "990-0001"
)
NOW = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)
JOIN = Procedure(
    kind=ProcedureKind.JOIN,
    insurer_number=MOGAMI,
    individual_number=IndividualNumber("990000000019"),
    symbol="最上",
    number="1234567",
    branch="01",
    qualified_on=date(2026, 4, 1),
)
LEAVE = JOIN._replace(
    kind=ProcedureKind.LEAVE,
    qualified_on=None,
    disqualified_on=date(2026, 11, 11),
    reason_of_loss=ReasonOfLoss.OTHER_INSURANCE,
)
CHANGE = JOIN._replace(kind=ProcedureKind.CHANGE, qualified_on=None)


def enter(*procedures: Procedure, person: PersonDetails = HANAKO) -> tuple[Change, ...]:
    history: tuple[Change, ...] = ()
    for procedure in procedures:
        filed = Filed(procedure, POLICIES.of(procedure.insurer_number), NOW)
        history += decide(filed, person, history)
    return history


def refused(*procedures: Procedure) -> str:
    enter(*procedures[:-1])
    with pytest.raises(Problem) as caught:
        enter(*procedures)
    assert caught.value.entry is Catalogue.PROCEDURE_REFUSED
    assert caught.value.japanese != Catalogue.PROCEDURE_REFUSED.kind.japanese
    return str(caught.value.detail)


def test_the_first_change_of_a_person_has_version_one() -> None:
    assert [entry.version for entry in enter(JOIN, LEAVE)] == [1, 2]


def test_a_change_carries_the_whole_state() -> None:
    delivered = for_delivery(enter(JOIN, LEAVE)[1])
    assert delivered.qualification_date == "20260401"
    assert delivered.disqualification_date == "20261111"
    assert delivered.reason_of_loss is ReasonOfLoss.OTHER_INSURANCE
    assert delivered.name == "佐藤　花子"
    assert delivered.visible_from == "2026-11-18T15:00:00+00:00"


@pytest.mark.parametrize(
    ("birthdate", "ratio"),
    [
        (date(1980, 2, 17), "030"),
        (date(2021, 4, 25), "020"),
        (date(1952, 6, 3), "020"),
        (date(1948, 1, 1), "010"),
    ],
)
def test_without_a_ratio_one_who_joins_has_that_of_his_age(birthdate: date, ratio: str) -> None:
    joining = JOIN._replace(insurer_number=KOUKI) if ratio == "010" else JOIN
    (entry,) = enter(joining, person=replace(HANAKO, birthdate=birthdate))
    assert entry.ratio == ratio


def test_a_change_keeps_what_it_does_not_name() -> None:
    family = JOIN._replace(classification=PersonalFamilyClassification.FAMILY, ratio="020")
    of_70 = replace(HANAKO, birthdate=date(1953, 2, 17))
    kept = enter(family, CHANGE._replace(householder="試験　次郎"), person=of_70)[1]
    assert (kept.classification, kept.ratio) == (PersonalFamilyClassification.FAMILY, "020")
    assert kept.qualification.qualified_on == date(2026, 4, 1)
    raised = enter(family, CHANGE._replace(ratio="030"), person=of_70)[1]
    assert raised.ratio == "030"


def test_a_change_corrects_the_beginning() -> None:
    corrected = enter(JOIN, CHANGE._replace(qualified_on=date(2026, 5, 1)))[1]
    assert corrected.qualification.qualified_on == date(2026, 5, 1)


def test_one_insurer_insures_a_person_once_at_a_time() -> None:
    assert "file its loss first" in refused(JOIN, JOIN._replace(number="7654321"))


def test_a_second_insurer_may_insure_the_same_person() -> None:
    other = JOIN._replace(insurer_number=InsurerNumber("06990014"))
    assert [entry.qualification.insurer_number for entry in enter(JOIN, other)] == [
        "990010",
        "06990014",
    ]


def test_who_left_may_join_again_from_the_day_of_loss() -> None:
    again = JOIN._replace(qualified_on=date(2026, 11, 11))
    assert enter(JOIN, LEAVE, again)[2].qualification.disqualified_on is None
    too_early = JOIN._replace(qualified_on=date(2026, 11, 10))
    assert "before the loss" in refused(JOIN, LEAVE, too_early)


def test_a_correction_does_not_reach_behind_an_earlier_loss() -> None:
    again = JOIN._replace(qualified_on=date(2026, 11, 11))
    back = CHANGE._replace(qualified_on=date(2026, 11, 1))
    assert "before the loss" in refused(JOIN, LEAVE, again, back)


@pytest.mark.parametrize("procedure", [LEAVE, CHANGE])
def test_who_never_joined_can_neither_leave_nor_change(procedure: Procedure) -> None:
    assert "never joined" in refused(procedure)
    assert "990010 最上 1234567 01" in refused(JOIN, procedure._replace(branch="02"))


def test_nobody_leaves_twice() -> None:
    assert "lost on 2026-11-11 already" in refused(JOIN, LEAVE, LEAVE)


def test_nobody_leaves_before_he_joined() -> None:
    early = LEAVE._replace(disqualified_on=date(2026, 3, 31))
    assert "before the beginning" in refused(JOIN, early)


def test_a_loss_names_the_recorded_beginning_or_none() -> None:
    named = LEAVE._replace(qualified_on=date(2026, 4, 1))
    assert enter(JOIN, named)[1].qualification.disqualified_on == date(2026, 11, 11)
    assert "began on 2026-04-01" in refused(JOIN, LEAVE._replace(qualified_on=date(2026, 4, 2)))


def test_nobody_joins_before_his_birth() -> None:
    assert "before the person's birth" in refused(JOIN._replace(qualified_on=date(1980, 2, 16)))


def test_a_day_whose_holidays_nobody_knows_is_refused() -> None:
    assert "1948" in refused(JOIN._replace(filed_on=date(1948, 12, 31)))


def test_only_what_is_filed_today_has_a_time_of_day() -> None:
    policy = POLICIES.of(MOGAMI)
    assert filing_of(JOIN, policy, NOW).filing.filed_at == time(10, 0)
    earlier = JOIN._replace(filed_on=date(2026, 11, 13))
    filing = filing_of(earlier, policy, NOW).filing
    entered_on = date(2026, 11, 16)
    assert filing == Filing(date(2026, 11, 13), None, policy.reflection, entered_on=entered_on)


def test_today_is_the_day_in_tokyo() -> None:
    still_sunday_in_utc = datetime(2026, 11, 15, 23, 0, tzinfo=UTC)
    filing = filing_of(JOIN, POLICIES.of(MOGAMI), still_sunday_in_utc).filing
    assert filing.filed_on == date(2026, 11, 16)


_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
_PROCEDURES = st.builds(
    lambda kind, insurer, number, day: Procedure(
        kind=kind,
        insurer_number=insurer,
        individual_number=JOIN.individual_number,
        symbol="",
        number=number,
        branch="",
        qualified_on=day if kind is ProcedureKind.JOIN else None,
        disqualified_on=day if kind is ProcedureKind.LEAVE else None,
        reason_of_loss=ReasonOfLoss.OTHER if kind is ProcedureKind.LEAVE else None,
    ),
    st.sampled_from([ProcedureKind.JOIN, ProcedureKind.LEAVE, ProcedureKind.CHANGE]),
    st.sampled_from([MOGAMI, InsurerNumber("990028")]),
    st.sampled_from(["1", "2"]),
    _DAYS,
)


@given(st.lists(_PROCEDURES, max_size=12))
def test_whatever_is_filed_the_ledger_stays_in_order(procedures: list[Procedure]) -> None:
    history: tuple[Change, ...] = ()
    refusals = set()
    for procedure in procedures:
        filed = Filed(procedure, POLICIES.of(procedure.insurer_number), NOW)
        try:
            history += decide(filed, HANAKO, history)
        except Problem as refusal:
            refusals.add(refusal.entry)
    assert refusals <= {Catalogue.PROCEDURE_REFUSED}
    assert [entry.version for entry in history] == list(range(1, len(history) + 1))
    newest = {}
    for entry in history:
        one = entry.qualification
        newest[one.insurer_number, one.number] = one
    for insurer in ("990010", "990028"):
        of_insurer = [one for key, one in newest.items() if key[0] == insurer]
        assert sum(one.disqualified_on is None for one in of_insurer) <= 1


# --- a loss recorded ahead ---

KOUKI = InsurerNumber("39990015")
TURNS_75 = replace(HANAKO, birthdate=date(1951, 12, 15))
ON_15_DECEMBER = date(2026, 12, 15)
SYSTEM_RUN = Source("", FilingChannel.RUN)
AT_75 = JOIN._replace(kind=ProcedureKind.LATE_ELDERLY, qualified_on=None)
AT_UNION = AT_75._replace(insurer_number=KOUKI, symbol="", number="1", branch="")
DEATH = JOIN._replace(kind=ProcedureKind.DEATH, qualified_on=None, effective_on=date(2026, 11, 14))


def after_the_run_of_75(*procedures: Procedure) -> tuple[Change, ...]:
    """Have a run record what follows from the 75th birthday, then file the procedures."""
    history: tuple[Change, ...] = ()
    for procedure, source in (
        (JOIN, UNKNOWN_SOURCE),
        (AT_UNION, SYSTEM_RUN),
        (AT_75, SYSTEM_RUN),
        *((one, UNKNOWN_SOURCE) for one in procedures),
    ):
        filed = Filed(procedure, POLICIES.of(procedure.insurer_number), NOW, source)
        history += decide(filed, TURNS_75, history)
    return history


def refused_after_the_run(procedure: Procedure) -> str:
    with pytest.raises(Problem) as caught:
        after_the_run_of_75(procedure)
    assert caught.value.entry is Catalogue.PROCEDURE_REFUSED
    return str(caught.value.detail)


def standing(history: tuple[Change, ...], insurer: InsurerNumber = MOGAMI) -> Qualification:
    return [
        one.qualification for one in history if one.qualification.insurer_number == str(insurer)
    ][-1]


def test_a_death_takes_the_place_of_the_loss_ahead_and_takes_back_what_would_follow() -> None:
    history = after_the_run_of_75(DEATH)
    died = standing(history)
    assert (died.disqualified_on, died.reason_of_loss) == (date(2026, 11, 15), ReasonOfLoss.DEATH)
    assert standing(history, KOUKI).never_was
    assert [one.version for one in history] == list(range(1, len(history) + 1))
    assert not conflicts(history)


def test_a_death_on_the_eve_of_the_birthday_ends_the_membership_on_the_same_day() -> None:
    late = datetime(2026, 12, 14, 10, 0, tzinfo=TOKYO)
    history = after_the_run_of_75()
    eve = DEATH._replace(effective_on=date(2026, 12, 14))
    history += decide(Filed(eve, POLICIES.of(MOGAMI), late), TURNS_75, history)
    assert standing(history).reason_of_loss is ReasonOfLoss.DEATH
    assert standing(history).disqualified_on == ON_15_DECEMBER
    assert standing(history, KOUKI).never_was


def test_who_leaves_before_still_turns_75() -> None:
    history = after_the_run_of_75(LEAVE._replace(disqualified_on=date(2026, 12, 1)))
    assert standing(history).disqualified_on == date(2026, 12, 1)
    assert standing(history, KOUKI).disqualified_on is None


def test_who_goes_on_assistance_never_joins_the_late_elderly() -> None:
    assistance = LEAVE._replace(reason_of_loss=ReasonOfLoss.PUBLIC_ASSISTANCE)
    assert standing(after_the_run_of_75(assistance), KOUKI).never_was


@pytest.mark.parametrize("lost", [ON_15_DECEMBER, date(2026, 12, 20)])
def test_a_later_loss_does_not_take_the_place_of_the_one_ahead(lost: date) -> None:
    assert "only an earlier loss" in refused_after_the_run(LEAVE._replace(disqualified_on=lost))


def test_the_union_takes_a_death_before_the_membership_begins() -> None:
    at_union = DEATH._replace(insurer_number=KOUKI, symbol="", number="1", branch="")
    never = standing(after_the_run_of_75(at_union), KOUKI)
    assert never.never_was
    assert never.reason_of_loss is ReasonOfLoss.DEATH


@pytest.mark.parametrize(
    "procedure",
    [
        CHANGE._replace(kind=ProcedureKind.ADDRESS, address="模擬県　一丁目"),
        CHANGE._replace(kind=ProcedureKind.CARD_LOST),
        CHANGE._replace(kind=ProcedureKind.RATIO, ratio="030"),
        CHANGE._replace(kind=ProcedureKind.RENUMBER, new_number="7654321"),
    ],
)
def test_until_its_day_a_loss_ahead_stops_no_other_procedure(procedure: Procedure) -> None:
    history = after_the_run_of_75(procedure)
    ends = {
        one.qualification.disqualified_on
        for one in memberships.newest(history).values()
        if one.number[0] == str(MOGAMI) and not one.qualification.never_was
    }
    assert ends == {ON_15_DECEMBER}


def test_after_its_day_a_loss_stops_other_procedures() -> None:
    history = after_the_run_of_75()
    on = datetime(2026, 12, 15, 10, 0, tzinfo=TOKYO)
    moved = CHANGE._replace(kind=ProcedureKind.ADDRESS, address="模擬県　一丁目")
    with pytest.raises(Problem, match="already"):
        decide(Filed(moved, POLICIES.of(MOGAMI), on), TURNS_75, history)


@pytest.mark.parametrize("died", [date(2026, 11, 17), date(1979, 1, 1)])
def test_a_death_lies_within_the_life(died: date) -> None:
    assert "day of the death" in refused(JOIN, DEATH._replace(effective_on=died))


def test_a_limit_does_not_end_before_it_begins() -> None:
    limit = CHANGE._replace(
        kind=ProcedureKind.LIMIT,
        limit="A01",
        effective_on=date(2026, 12, 1),
        valid_until=date(2026, 11, 30),
    )
    assert "lies before EffectiveDate" in refused(JOIN, limit)
