"""What each kind of procedure does to a recorded membership, and when it may not.

Each function looks at a procedure on the desk and at what is recorded, refuses what contradicts
it, and returns the edit: what the procedure does to a state, whichever of the person's states that
is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eligibility.cost.burden import (
    base_ratio,
    elderly_from,
    late_elderly_from,
    preschool_until,
    share_begins,
)
from eligibility.cost.limits import INPATIENT_DAYS, LimitCategory, meals_need_application
from eligibility.days.dates import TOKYO, japanese_date
from eligibility.days.eras import era_date
from eligibility.documents.limit_certificate import tax_exempt
from eligibility.identifiers.last_four import LastFour, compare_last_four
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import ReasonOfLoss
from eligibility.sentence import Sentence
from intermediate_server.procedures import memberships
from intermediate_server.procedures.change import TAKEN_OVER, Change, LimitGrant
from intermediate_server.procedures.kinds import KINDS, Effect, Marks, ProcedureKind
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.refusal import refused
from intermediate_server.procedures.register_comparison import differences, plain
from intermediate_server.procedures.timing import filing_of, furthest_days
from intermediate_server.procedures.use_release import release
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from eligibility.qualification import Qualification
    from intermediate_server.procedures.filed import Edit, Filed
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.procedure import Procedure

_ONE_DAY = timedelta(days=1)


def as_reported(procedure: Procedure, registered: PersonDetails | None) -> PersonDetails:
    """Return the person as the insurer reports them, the rest as the resident register has it."""
    if registered is None:
        assert procedure.person_reference is not None
        assert procedure.name_kana is not None
        assert procedure.birthdate is not None
        return PersonDetails(
            reference=procedure.person_reference,
            name=procedure.name or procedure.name_kana,
            name_kana=procedure.name_kana,
            sex=procedure.sex or Sex.UNSET,
            birthdate=procedure.birthdate,
            address=procedure.address or "",
            post_number=procedure.post_number or "",
        )
    if (
        procedure.name is None
        and procedure.name_kana is None
        and procedure.sex is None
        and procedure.birthdate is None
        and procedure.address is None
        and procedure.post_number is None
    ):
        return registered
    return _over_person(procedure, registered)


def given(procedure: Procedure, members: Iterable[str] = TAKEN_OVER) -> dict[str, Any]:
    """Return what a procedure gives, by the names of its members."""
    return {name: value for name in members if (value := getattr(procedure, name))}


def _over_person(procedure: Procedure, person: PersonDetails) -> PersonDetails:
    """Take over what is given; another address without its 郵便番号 has none that is known."""
    address = procedure.address or person.address
    moves = plain(address) != plain(person.address)
    return PersonDetails(
        person.reference,
        procedure.name or person.name,
        procedure.name_kana or person.name_kana,
        procedure.sex or person.sex,
        procedure.birthdate or person.birthdate,
        address,
        procedure.post_number or ("" if moves else person.post_number),
    )


def _leave(filed: Filed, _: PersonDetails | None, recorded: Change, __: Sequence[Change]) -> Edit:
    procedure = filed.procedure
    match procedure.kind:
        case ProcedureKind.DEATH:
            lost, reason = _lost_by_death(filed, recorded), ReasonOfLoss.DEATH
        case ProcedureKind.LATE_ELDERLY:
            lost = late_elderly_from(recorded.person.birthdate)
            check_age_comes_soon(filed, recorded.person, lost)
            reason = ReasonOfLoss.OTHER_INSURANCE
        case _:
            assert procedure.disqualified_on is not None
            assert procedure.reason_of_loss is not None
            lost, reason = procedure.disqualified_on, procedure.reason_of_loss
    memberships.check_may_end(procedure, recorded.qualification, lost, reason)
    return lambda base: replace(
        base,
        qualification=replace(base.qualification, disqualified_on=lost, reason_of_loss=reason),
    )


def _lost_by_death(filed: Filed, recorded: Change) -> date:
    """Return the day after a death; of a membership that was to begin later, its first day.

    Raises:
        Problem: PROCEDURE_REFUSED for a death to come, or one before the birth.
    """
    died, born = filed.procedure.effective_on, recorded.person.birthdate
    assert died is not None
    today = filed.now.astimezone(TOKYO).date()
    if not born <= died <= today:
        raise refused(
            Sentence(
                f"適用日（死亡日）{japanese_date(died)} は、"
                f"{'まだ来ていません' if died > today else '生年月日より前です'}。"
                "日付を確かめてください。",
                f"EffectiveDate {died.isoformat()}, the day of the death, lies "
                f"{'after today' if died > today else 'before the birth'}; check it.",
            )
        )
    began = recorded.qualification.qualified_on
    lost = died + timedelta(days=1)
    return max(lost, began) if began > today else lost


def _change(
    filed: Filed, registered: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    """Take over what is given, and of the person what the resident register has besides."""
    procedure = filed.procedure
    person = as_reported(procedure, registered or recorded.person)
    check_ratio(filed, procedure.ratio, person.birthdate, *_holds(filed))
    began = procedure.qualified_on or recorded.qualification.qualified_on
    memberships.check_may_begin(began, person, recorded, history)
    edit = _edited(procedure, lambda known: as_reported(procedure, registered or known), registered)
    ratio = procedure.ratio
    ratio_from = ratio and _share_holds_from(filed, ratio, person.birthdate)

    def change(base: Change) -> Change:
        made = edit(base)
        if ratio_from:
            made = _with_share(made, base, ratio_from)
        one = _lost_at_75(made.qualification, base.person, made.person, filed.now)
        return made if one is made.qualification else replace(made, qualification=one)

    return change


def turned_75(before: PersonDetails, person: PersonDetails, now: datetime) -> bool:
    """Tell whether somebody whose birthdate is corrected is 75 by either birthdate (P-053)."""
    days = (late_elderly_from(before.birthdate), late_elderly_from(person.birthdate))
    return max(days) <= now.astimezone(TOKYO).date()


def _lost_at_75(
    one: Qualification, before: PersonDetails, person: PersonDetails, now: datetime
) -> Qualification:
    """Return a membership that ended at 75 as of another birthdate (P-053).

    It ends at 75 by that one; where that day is still to come it goes on, and the run of its month
    sees to it.
    """
    was, turns = late_elderly_from(before.birthdate), late_elderly_from(person.birthdate)
    if (
        was == turns
        or one.disqualified_on != was
        or one.reason_of_loss is not ReasonOfLoss.OTHER_INSURANCE
    ):
        return one
    if turned_75(before, person, now):
        # Before the beginning it is none; the age is refused then.
        return replace(one, disqualified_on=max(turns, one.qualified_on))
    return replace(one, disqualified_on=None, reason_of_loss=None)


def _person_change(
    filed: Filed, registered: PersonDetails | None, _: Change, __: Sequence[Change]
) -> Edit:
    """Take over the name or the address that is given, or else the resident register's."""
    procedure = filed.procedure
    names = procedure.kind is ProcedureKind.NAME
    said = (
        (procedure.name, procedure.name_kana)
        if names
        else (procedure.address, procedure.post_number)
    )
    is_given = any(one is not None for one in said)

    def change(known: PersonDetails) -> PersonDetails:
        source = _over_person(procedure, known) if is_given else registered or known
        if names:
            return replace(known, name=source.name, name_kana=source.name_kana)
        return replace(known, address=source.address, post_number=source.post_number)

    return _edited(procedure, change, registered)


def _edited(
    procedure: Procedure,
    change: Callable[[PersonDetails], PersonDetails],
    registered: PersonDetails | None,
) -> Edit:
    def edit(base: Change) -> Change:
        one, person = base.qualification, change(base.person)
        if procedure.qualified_on is not None:
            one = replace(one, qualified_on=procedure.qualified_on)
        return replace(
            base,
            person=person,
            qualification=one,
            marks=_compared(base.marks, person, registered),
            **given(procedure),
        )

    return edit


def _compared(marks: Marks, person: PersonDetails, registered: PersonDetails | None) -> Marks:
    """Open the view again where what stopped it has been corrected (P-030)."""
    if marks.view_stopped and registered is not None and not differences(person, registered):
        return replace(marks, view_stopped=False)
    return marks


def check_age_comes_soon(filed: Filed, person: PersonDetails, on: date) -> None:
    """See that the day of an age is near that a procedure is about (P-053, P-071).

    Raises:
        Problem: PROCEDURE_REFUSED where it lies too far ahead.
    """
    filed_on = filed.procedure.filed_on or filed.now.astimezone(TOKYO).date()
    if on > furthest_days(filed_on)[0]:
        kind = filed.procedure.kind
        raise refused(
            Sentence(
                f"「{kind.japanese}」は、{era_date(person.birthdate)}生まれの人では"
                f"{era_date(on)}からのことで、先すぎます。だれの届出か、届出種別と生年月日を"
                "確かめてください。",
                f"{kind.value} of who was born on {person.birthdate.isoformat()} is of "
                f"{on.isoformat()}, which lies too far ahead; check the kind and the birthdate.",
            )
        )


def check_ratio(
    filed: Filed, ratio: str | None, birthdate: date, since: date, until: date | None = None
) -> None:
    """See that a ratio is one of the person's age: 2割 before school, 3割 until 70, then either.

    On a day from ``since`` to ``until``, which is the day from which the procedure shows where none
    is given. 後期高齢者医療 has 1割, 2割 and 3割 (P-070, P-071, R-150).

    Raises:
        Problem: PROCEDURE_REFUSED where it is none.
    """
    if ratio is None or filed.policy.kind is InsurerKind.KOUKI:
        return
    if ratio == "010":
        raise refused(
            Sentence(
                "負担割合「1割」は入れられません。1割は後期高齢者医療だけです。"
                "小学校に入る前は2割、70歳までは3割、70歳から74歳は2割か3割です。",
                "Only 後期高齢者医療 has 1 tenth: it is 2 before school, 3 until 70, and 2 or 3 "
                "from 70 to 74 (P-070, R-150).",
            )
        )
    if ratio in _ratios(birthdate, since):
        return
    last = until or filing_of(filed.procedure, filed.policy, filed.now).filing.reflected_on
    school, seventy = preschool_until(birthdate) + _ONE_DAY, elderly_from(birthdate)
    days = [day for day in (school, seventy, last) if since < day <= last]
    if any(ratio in _ratios(birthdate, day) for day in days):
        return
    on = max([since, *days])
    of_age = _ratios(birthdate, on)[0]
    raise refused(
        Sentence(
            f"負担割合「{ratio[1]}割」は、{era_date(birthdate)}生まれの人には"
            f"入れられません。{era_date(on)}には{of_age[1]}割です（小学校に入る前は2割、"
            f"70歳までは3割、70歳から74歳は2割か3割。この人の小学校は{era_date(school)}から、"
            f"70歳の割合は{era_date(seventy)}から）。負担割合と日付を確かめてください。",
            f"{ratio[1]} tenths are not the share of who was born on {birthdate.isoformat()}, "
            f"which is {of_age[1]} on {on.isoformat()}: 2 before school, from "
            f"{school.isoformat()} on 3, and 2 or 3 from {seventy.isoformat()} on (P-070, P-071).",
        )
    )


@lru_cache(maxsize=65_536)
def _ratios(birthdate: date, on: date) -> tuple[str, ...]:
    """Return which ratios there are at an age, that of the age first (P-070, R-150)."""
    if on >= elderly_from(birthdate):
        return ("020", "030")
    return (f"0{base_ratio(birthdate, max(on, birthdate))}0",)


def _holds(filed: Filed) -> tuple[date, date | None]:
    """Return the day from which a procedure holds; else that of its filing, and None."""
    procedure = filed.procedure
    if procedure.effective_on is not None:
        return procedure.effective_on, procedure.effective_on
    return procedure.filed_on or filed.now.astimezone(TOKYO).date(), None


def share_from(filed: Filed, ratio: str, birthdate: date, since: date, shown_on: date) -> date:
    """Return from which day a share holds that is filed for days from ``since`` on."""
    if filed.policy.kind is InsurerKind.KOUKI:
        return since
    told_on = filed.procedure.filed_on or filed.now.astimezone(TOKYO).date()
    return share_begins(int(ratio[1]), birthdate, since, told_on, shown_on)


def _share_holds_from(filed: Filed, ratio: str, birthdate: date) -> date:
    """Return from which day a share holds: the one that is named, else that of the filing."""
    since, named = _holds(filed)
    if named is not None:
        return named
    shown = filing_of(filed.procedure, filed.policy, filed.now)
    return share_from(filed, ratio, birthdate, since, shown.filing.reflected_on)


def _with_share(made: Change, base: Change, since: date) -> Change:
    """Have a share hold from a day; one that held before already goes on as it does."""
    if base.ratio == made.ratio and (base.ratio_from is None or base.ratio_from <= since):
        return made
    return replace(made, ratio_from=since)


def _ratio(filed: Filed, _: PersonDetails | None, recorded: Change, __: Sequence[Change]) -> Edit:
    kind, person = filed.procedure.kind, recorded.person
    school = kind is ProcedureKind.SCHOOL_ENTRY
    ratio = filed.procedure.ratio or ("030" if school else "020")
    since, until = _holds(filed)
    if kind is ProcedureKind.SEVENTY:
        since = until = elderly_from(person.birthdate)
    elif school:
        begins = preschool_until(person.birthdate) + _ONE_DAY
        since = until = max(filed.procedure.effective_on or begins, begins)
    check_ratio(filed, ratio, person.birthdate, since, until)
    if kind is ProcedureKind.SEVENTY:
        check_age_comes_soon(filed, person, since)
    holds_from = since if until else _share_holds_from(filed, ratio, person.birthdate)
    return lambda base: _with_share(replace(base, ratio=ratio), base, holds_from)


def _limit_change(
    filed: Filed, _: PersonDetails | None, recorded: Change, __: Sequence[Change]
) -> Edit:
    procedure = filed.procedure
    limit = limit_of(filed, recorded.person) if procedure.limit else None
    said = _longer_stay(procedure)
    if said and limit is not None:
        filed_on = procedure.filed_on or filed.now.astimezone(TOKYO).date()
        # The day that is filed, else that of the application [unverified: insurers differ].
        limit = replace(limit, long_stay_from=procedure.effective_on or filed_on)
    return lambda base: replace(base, limit=limit, reason=said or base.reason)


def _longer_stay(procedure: Procedure) -> str:
    """Return what is noted of an application for cheaper meals (長期入院該当, R-155).

    Raises:
        Problem: PROCEDURE_REFUSED where there is nothing to apply for.
    """
    days = procedure.inpatient_days
    if days is None:
        return ""
    exempt = tax_exempt(LimitCategory(procedure.limit)) if procedure.limit else False
    if not meals_need_application(days, tax_exempt=exempt):
        raise refused(
            Sentence(
                "長期入院該当は、住民税非課税の区分で、過去12か月の入院が"
                f"{INPATIENT_DAYS}日を超える人の申請です。区分と入院日数（{days}日）を確かめるか、"
                "入院日数を空欄にしてください。",
                f"Cheaper meals are for who pays no tax and has been in hospital for more than "
                f"{INPATIENT_DAYS} of the last twelve months' days, not {days}; leave "
                "InpatientDays out (R-155).",
            )
        )
    return f"長期入院該当: 過去12か月の入院 {days}日　{procedure.reason}".rstrip()


def limit_of(filed: Filed, person: PersonDetails) -> LimitGrant:
    """Return the limit that a procedure grants a person.

    Raises:
        Problem: PROCEDURE_REFUSED where it would end before it begins, or is of another age.
    """
    procedure = filed.procedure
    assert procedure.limit
    since, until = procedure.effective_on, procedure.valid_until
    if since is not None and until is not None and until < since:
        raise refused(
            Sentence(
                f"有効期限 {japanese_date(until)} が適用日 {japanese_date(since)} より前です。"
                "日付を確かめてください。",
                f"ValidUntil {until.isoformat()} lies before EffectiveDate {since.isoformat()}.",
            )
        )
    _check_limit_of_age(filed, person)
    return LimitGrant(procedure.limit, procedure.effective_on, procedure.valid_until)


def _check_limit_of_age(filed: Filed, person: PersonDetails) -> None:
    """See that a category is of the person's age: ア to オ until 70, others from then on (P-028).

    On the day from which it holds; where none is named, on any from 届出日 to the end.
    """
    procedure = filed.procedure
    today = filed.now.astimezone(TOKYO).date()
    began, seventy = procedure.qualified_on, elderly_from(person.birthdate)
    days = [day for day in (began, procedure.filed_on, today, procedure.valid_until) if day]
    if procedure.effective_on is not None:
        days = [procedure.effective_on]
    assert procedure.limit
    from_70 = LimitCategory(procedure.limit).from_70
    if filed.policy.kind is InsurerKind.KOUKI:
        fits = from_70
    else:
        fits = max(days) >= seventy if from_70 else min(days) < seventy
    if not fits:
        raise refused(
            Sentence(
                f"限度額適用区分「{procedure.limit}」は、{era_date(person.birthdate)}生まれの人には"
                f"入れられません。{'70歳以上' if from_70 else '70歳未満'}の区分です"
                f"（この人の70歳の区分は{era_date(seventy)}から）。区分と適用日を確かめてください。",
                f"{procedure.limit} is a category {'from' if from_70 else 'below'} 70; who was "
                f"born on {person.birthdate.isoformat()} has those of 70 from "
                f"{seventy.isoformat()} on (P-028).",
            )
        )


def _mark(
    filed: Filed, _: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    procedure = filed.procedure
    name = KINDS[procedure.kind].mark
    shown = filing_of(procedure, filed.policy, filed.now, recorded.person)
    known = memberships.uncovered(history, recorded.number)
    later = [entry for entry in known if entry.visible_from > shown.visible_from]
    if all(
        getattr(entry.marks, name) is procedure.on
        for entry in [*known[: len(known) - len(later)][-1:], *later]
    ):
        raise refused(
            Sentence(
                f"「{procedure.kind.japanese}」は、"
                f"すでに{'設定' if procedure.on else '解除'}されています。",
                f"{procedure.kind.value} is {'set' if procedure.on else 'not set'} already.",
            )
        )
    return lambda base: replace(base, marks=replace(base.marks, **{name: procedure.on}))


def _lapse_use(_: Filed, __: PersonDetails | None, ___: Change, ____: Sequence[Change]) -> Edit:
    return lambda base: replace(base, order=RegistrationOrder.RELEASE)


def _correct(
    filed: Filed, registered: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    """State a membership as it was; ``recorded`` is the one of which the wrong version is."""
    procedure = filed.procedure
    person = _over_person(procedure, recorded.person)
    one = _lost_at_75(recorded.qualification, recorded.person, person, filed.now)
    began = procedure.qualified_on or one.qualified_on
    lost, reason = one.disqualified_on, procedure.reason_of_loss or one.reason_of_loss
    if procedure.still_insured:
        lost = reason = None
    elif procedure.disqualified_on is not None:
        lost, reason = procedure.disqualified_on, reason or ReasonOfLoss.OTHER
    corrected = memberships.corrected(one, began, lost, reason)
    # Of a membership that is over it is the share of its days.
    over = lost is not None and lost <= filed.now.astimezone(TOKYO).date()
    since, until = (began, lost) if over else _holds(filed)
    check_ratio(filed, procedure.ratio, person.birthdate, since, until)
    memberships.check_no_overlap(corrected, person, recorded, history)
    edit = _edited(procedure, lambda known: _over_person(procedure, known), registered)
    differing = _newly_differing(person, recorded.person, registered)

    def correct(base: Change) -> Change:
        made = replace(edit(base), qualification=corrected)
        if not differing:
            return made
        return replace(
            made,
            marks=replace(made.marks, view_stopped=True),
            reason=f"J-LIS照合の不一致: {'・'.join(differing)}　{procedure.reason}",
        )

    return correct


def _newly_differing(
    person: PersonDetails, before: PersonDetails, registered: PersonDetails | None
) -> tuple[str, ...]:
    """Return which items a correction has differ from the resident register (P-030).

    It is compared as who joins is. What has differed before is nothing new: the view of that one
    is stopped, or the insurer has opened it again.
    """
    if registered is None or person == before:
        return ()
    known = differences(before, registered)
    return tuple(one for one in differences(person, registered) if one not in known)


def _cancel(
    _: Filed, __: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    """Let a membership never have been; one before it under the same number stands again."""
    one = recorded.qualification
    if memberships.never_was(one):
        raise refused(
            Sentence(
                f"{memberships.number(one)} は、すでに取り消されています。",
                f"{memberships.number(one)} is cancelled already.",
            )
        )
    return memberships.without(recorded, history)


def _note(_: Filed, __: PersonDetails | None, recorded: Change, ___: Sequence[Change]) -> Edit:
    """Keep to whom a notice went: the householder where one is known, else the member (R-190)."""
    person = recorded.person
    to = recorded.householder or person.name
    said = "　".join(filter(None, (f"送付先: {to}", person.post_number, person.address)))
    return lambda base: replace(base, reason=said)


def _view(
    filed: Filed, _: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    """Stop the view, or open it (P-030).

    A wrong last four stops it as well; read again and right, it opens what that had stopped
    (R-190).
    """
    procedure = filed.procedure
    if procedure.kind is ProcedureKind.LAST_FOUR:
        assert procedure.individual_number is not None
        assert procedure.last_four is not None
        if compare_last_four(procedure.individual_number, procedure.last_four) is LastFour.MATCH:
            if not _stopped_by_an_answer(recorded.number, history):
                return lambda base: base
            return lambda base: replace(base, marks=replace(base.marks, view_stopped=False))
        wrong = "個人番号の下4桁が本人のカードと一致しません"
        return lambda base: replace(
            base, marks=replace(base.marks, view_stopped=True), reason=wrong
        )
    stopped = procedure.kind is ProcedureKind.JLIS_MISMATCH
    return lambda base: replace(base, marks=replace(base.marks, view_stopped=stopped))


def _stopped_by_an_answer(number: Number, history: Sequence[Change]) -> bool:
    """Tell whether a wrong last four, and nothing else, has stopped the view."""
    why = None
    for entry in reversed(history):
        if entry.number != number:
            continue
        if not entry.marks.view_stopped:
            break
        if entry.kind is ProcedureKind.JLIS_MISMATCH:
            return False
        why = entry.kind
    return why is ProcedureKind.LAST_FOUR


EDITS = {
    Effect.TURN_75: _leave,
    Effect.LEAVE: _leave,
    Effect.CHANGE: _change,
    Effect.CHANGE_PERSON: _person_change,
    Effect.CHANGE_RATIO: _ratio,
    Effect.CHANGE_LIMIT: _limit_change,
    Effect.MARK: _mark,
    Effect.RELEASE: release,
    Effect.LAPSE_USE: _lapse_use,
    Effect.CORRECT: _correct,
    Effect.CANCEL: _cancel,
    Effect.NOTE: _note,
    Effect.STOP_VIEW: _view,
}
"""How each effect on a recorded membership comes about."""
