"""What members are due for their age: school, 70 and 75, and who has joined at these ages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from, late_elderly_from, preschool_until
from eligibility.cost.limits import LimitCategory
from eligibility.days.dates import japanese_date
from eligibility.days.office_calendar import add_months
from eligibility.documents import Occasion
from eligibility.documents.validity import late_elderly_mailed_in
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.decision import Case
from intermediate_server.procedures.decide import NEVER_75
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import periods
from intermediate_server.runs.run_kinds import Left, Made
from intermediate_server.runs.run_task import NOTHING, RunTask, came, since_joining, with_paper

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.procedures.change import Change

LOST_BY_ITSELF = frozenset({InsurerKind.KOKUHO})
"""Kinds of insurers whose members of 75 are taken out ex officio; at others the loss is filed. That
国保組合 are among the others is an assumption [unverified]."""
SCHOOL_YEARS = 9
"""Of compulsory school (義務教育)."""
_STOPPED = (
    "閲覧停止中のため、75歳の処理（後期高齢者医療への加入など）をしていません。"
    "生年月日などを確かめて、「訂正」か「照合一致」を届け出てください。"
)
"""What is to be done of whom nobody knows yet whether the birthdate is right (P-030)."""
_ONE_DAY = timedelta(days=1)


def held_back_from(entry: Change) -> date | None:
    """Return since when an entry of a run should hold that shows only later (R-140).

    Until it shows, clinics see what was before. None of what shows in time.
    """
    birthdate = entry.person.birthdate
    match entry.kind:
        case ProcedureKind.SCHOOL_ENTRY:
            holds_from = preschool_until(birthdate) + _ONE_DAY
        case ProcedureKind.SEVENTY:
            holds_from = elderly_from(birthdate)
        case ProcedureKind.LATE_ELDERLY:
            holds_from = late_elderly_from(birthdate)
        case _:
            return None
    return holds_from if holds_from < entry.filing.reflected_on else None


def of_newcomer(task: RunTask, case: Case) -> Made:
    """Do for who has joined what the run of their age would have done, which came before.

    P-053, P-070, P-071. When something was entered that does not count from its own day is not
    known: then every run of an age up to yesterday may have come before it.
    """
    birthdate, known = case.entry.person.birthdate, came(case)
    since = known[-1].filing.filed_on
    if any(one.filing.filed_at is None for one in known):
        since = max(since, case.today - _ONE_DAY)
    for decide, first_run in (
        (of_school, _school_due),
        (of_seventy, _seventy_due),
        (of_75, late_elderly_mailed_in),
    ):
        if first_run(birthdate) <= since:
            made = decide(task, case)
            if any(made):
                return made
    return NOTHING


def _school_due(birthdate: date) -> date:
    """Return from when a child's share from school on is recorded: the month before (P-070)."""
    return add_months(preschool_until(birthdate) + _ONE_DAY, -1)


def of_school(task: RunTask, case: Case) -> Made:
    """Have the share of a child that goes to school be 3割 from the April (P-070).

    A share of 2割 beyond compulsory school (義務教育) is none of a child, and a person's to see to.
    """
    due = _school_due(case.entry.person.birthdate)
    child = due <= case.today < add_months(due, 12 * SCHOOL_YEARS)
    if case.entry.ratio != "020" or not child:
        return NOTHING
    return task.filed(case, ProcedureKind.SCHOOL_ENTRY)


def _seventy_due(birthdate: date) -> date:
    """Return from when the share of 70 is recorded: the month before it holds (P-071)."""
    return add_months(elderly_from(birthdate), -1)


def of_seventy(task: RunTask, case: Case) -> Made:
    """Have the share of 70 hold from its month, and send its paper in the month before.

    P-071, R-150 to R-152. Who has been filed with a share for that age keeps it: whether the
    income is 現役並み is known to people only. They say so by a limit of that class as well, with
    which the share is 3割 (P-028). Recorded late it shows with the lag (R-140), and until then the
    share of before.
    """
    birthdate = case.entry.person.birthdate
    if not _seventy_due(birthdate) <= case.today < late_elderly_from(birthdate):
        return NOTHING
    if _share_stated(case, elderly_from(birthdate)):
        return NOTHING
    works = _limit_of_working(case, max(case.today, elderly_from(birthdate)))
    ratio = "030" if works else None
    return with_paper(case, task.filed(case, ProcedureKind.SEVENTY, ratio), Occasion.TURNED_70)


def _limit_of_working(case: Case, on: date) -> bool:
    """Tell whether a limit of 現役並み is in force on a day."""
    limit = case.entry.limit
    return (
        limit is not None
        and LimitCategory(limit.flag).of_working_income
        and (limit.valid_from is None or limit.valid_from <= on)
        and (limit.valid_until is None or on <= limit.valid_until)
    )


def _share_stated(case: Case, holds_from: date) -> bool:
    """Tell whether a share for 70 was filed since the member joined last, or with joining."""
    since = since_joining(case)
    return since[0].filing.filed_on >= holds_from or any(
        one.kind is ProcedureKind.SEVENTY
        or (one.kind is ProcedureKind.RATIO and one.filing.reflected_on >= holds_from)
        for one in since
    )


def of_75(task: RunTask, case: Case) -> Made:
    """Have 後期高齢者医療 begin on the 75th birthday, and 国保 end (P-053).

    The membership of an employee ends by a filing: until it comes, the person is on the list. So is
    whose view is stopped, maybe for the birthdate, until that is settled.
    """
    person = case.entry.person
    if case.today < late_elderly_mailed_in(person.birthdate):
        return NOTHING
    begins_on, membership = late_elderly_from(person.birthdate), case.entry.qualification
    ends_on = membership.disqualified_on
    if ends_on and ends_on <= begins_on and membership.reason_of_loss in NEVER_75:
        return NOTHING
    made = NOTHING
    of_union = [
        one.qualification
        for one in periods(case.history)
        if task.union
        and one.qualification.insurer_number == str(task.union.insurer_number)
        and not one.qualification.never_was
        # Who has left it before, as the disability was no more recognised, joins it now.
        and not one.qualification.lost(begins_on)
    ]
    stays = ends_on is None or ends_on > begins_on
    if of_union and not stays:
        return NOTHING
    if case.entry.marks.view_stopped:
        return Made(left=(Left(person.reference, _STOPPED),))
    if task.union is None:
        said = "後期高齢者医療の保険者が決まらないため、加入の届出が必要です。"
        made = Made(left=(Left(person.reference, said),))
    elif not of_union:
        made = task.joined(case, task.union)
        on = max(case.today, begins_on)
        made = with_paper(case, made, Occasion.JOINED, task.union, on)
    return made.and_then(_leaving(task, case, made)) if stays else made


def _leaving(task: RunTask, case: Case, made: Made) -> Made:
    """Have the membership end at 75, after what was ``made`` for the union (P-053)."""
    person, ends_on = case.entry.person, case.entry.qualification.disqualified_on
    turns = japanese_date(late_elderly_from(person.birthdate))
    ends = ends_on and japanese_date(ends_on)
    if task.policy.kind not in LOST_BY_ITSELF:
        said = f"{turns}に75歳になります。資格喪失の届出が必要です。"
        if ends:
            said += f"いまの届出では、{ends}まで喪失しません。"
        return Made(left=(Left(person.reference, said),))
    after = Case(
        (*case.history, *made.entries),
        case.entry,
        (*case.documents, *made.documents),
        case.card,
        case.policy,
        case.today,
    )
    lost = task.filed(after, ProcedureKind.LATE_ELDERLY)
    if ends is None:
        return lost
    said = (
        f"{ends}の喪失が届け出られていますが、75歳になる{turns}に喪失します。"
        f"{ends}に後期高齢者医療も喪失するのであれば、その届出が必要です。"
    )
    return lost._replace(left=(*lost.left, Left(person.reference, said)))
