"""再確認待ち: who has to be checked again, from when that is worth the trouble, and by what number.

A visit without a valid answer whose number is known is checked again by itself. A visit of which
only the card was there waits for the patient, as nobody else can prove who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from clinic_client.visits.same_person import is_another
from eligibility.days.dates import TOKYO
from eligibility.qualification import QualificationValidity
from eligibility.reception.rechecks import next_check
from eligibility.reception.situation import Situation, Word
from wire.dates import write_day
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.visits.visit import Visit

_NOT_BY_NUMBER = {
    Situation.SEVERAL,  # a branch is missing, which the patient has to tell
    Situation.SEVERAL_INSURERS,  # one of two numbers would tell nothing of the other
    Situation.NEW_EXISTS,  # the old number has said all it can; the patient has the new one
}
"""Situations in which the number that is known will not be answered otherwise."""
_NOT_THERE = {QualificationValidity.INVALID, QualificationValidity.NONE}


@dataclass(frozen=True, slots=True)
class CatchUpEntry:
    """A visit whose eligibility is still to be checked."""

    visit: Visit
    """A visit without a valid answer: the newest of its person and day, or what a check by itself
    found out about it."""
    since: date
    """The day that is to be confirmed."""
    check_from: date | None
    """The day from which a check is worth the trouble; None where it depends on the patient.
    It is the day of visibility where the simulation's view tells that, as no real clinic knows."""
    next_at: datetime | None = None
    """When it is checked by itself; None where that is not possible, as no number is known."""
    attempts: int = 0
    """How often it was checked by itself, and nothing was new."""
    problem: str | None = None
    """The code of what came of the last of these, where that was no answer about the person."""

    def due(self, on: date) -> bool:
        """Tell whether a check on ``on`` is worth the trouble."""
        return self.check_from is not None and self.check_from <= on


def question_of(
    visit: Visit, asked: QualificationConfirmSearchInfo | None = None
) -> QualificationConfirmSearchInfo | None:
    """Return the number by which a visit can be checked again without the patient.

    It is the one that was ``asked`` for, else that of the qualification that the visit knows; None
    where there is none, or where it would not be answered otherwise.
    """
    if visit.decision.situation in _NOT_BY_NUMBER:
        return None
    known, patient = visit.coverage, visit.patient
    if asked is not None or known is None or patient is None or not known.number:
        return asked
    return QualificationConfirmSearchInfo(
        insurer_number=known.insurer_number,
        insured_card_symbol=known.symbol or None,
        insured_identification_number=known.number,
        insured_branch_number=known.branch or None,
        birthdate=write_day(patient.birthdate),
    )


def question_shown(visit: Visit) -> QualificationConfirmSearchInfo | None:
    """Return the number of the paper by which a visit is accepted, as it is asked for.

    None where no number of it was written down, or the date of birth is not known.
    """
    shown, born = visit.decision.numbered, visit.case.birthdate
    if shown is None or shown.insured is None or born is None:
        return None
    return QualificationConfirmSearchInfo(
        insurer_number=shown.insurer_number,
        insured_card_symbol=shown.insured.symbol or None,
        insured_identification_number=shown.insured.number,
        insured_branch_number=shown.insured.branch,
        birthdate=write_day(born),
    )


def question_for_day(
    new: Visit, day: date, asked: QualificationConfirmSearchInfo | None
) -> QualificationConfirmSearchInfo | None:
    """Return the number that was ``asked`` for today where it may tell of an earlier day too.

    Not one that found nobody, or whose eligibility began after that day.
    """
    if new.decision.situation is Situation.SEVERAL:
        return None
    if new.case.validity is None:
        return asked
    began = [one.qualified_on for one in new.coverages]
    told = [on for on in began if on is None or on <= day]
    return asked if told else None


def confirms(found: Visit, told_of: date, waiting: Visit, day: date) -> bool:
    """Tell whether a visit confirms the eligibility of the day for which another one waits.

    ``told_of`` is the day for which OQS answered. Of another day it has to tell by the dates of the
    one qualification; which of several held then is nobody's guess.
    """
    if found.decision.word is not Word.VALID or is_another(waiting, found):
        return False
    if told_of == day:
        return True
    if len(found.coverages) != 1:
        return False
    (coverage,) = found.coverages
    began, ended = coverage.qualified_on, coverage.disqualified_on
    return (began is None or began <= day) and (ended is None or day < ended)


def takes_place(later: Visit, waiting: Visit) -> bool:
    """Tell whether a visit takes the place of an earlier one of the same day and person.

    One that OQS did not answer does so only where it waits itself.
    """
    if is_another(waiting, later):
        return False
    return later.case.validity is not None or later.decision.check_again is not None


def begin_of(day: date) -> datetime:
    """Return the instant at which a business day begins in Tokyo."""
    return datetime.combine(day, time(), TOKYO)


def first_check(visit: Visit) -> datetime | None:
    """Return from when a visit is checked by itself: from the day that the rules name, or at once.

    Where the rules wait for the patient and the card, a number that is known can be asked at once.
    None where there is nothing to wait for.
    """
    again = visit.decision.check_again
    if again is None:
        return None
    return max(visit.at, begin_of(again.on)) if again.on else visit.at


def following_check(now: datetime, attempts: int) -> datetime:
    """Return when a visit is checked again that was answered in vain so many times before."""
    return begin_of(next_check(now.astimezone(TOKYO).date(), attempts))


def is_news(answered: QualificationValidity | None, before: QualificationValidity | None) -> bool:
    """Tell whether an answer says more than the one before: still not there is no news."""
    if before in _NOT_THERE and answered in _NOT_THERE:
        return False
    return answered is not before
