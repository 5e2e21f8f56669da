"""Procedures (届出): what an insurer reports, and the change that it leads to.

Pure decisions: the history of the person goes in, the next entry of the ledger comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.burden import base_ratio
from eligibility.calendar import CalendarRangeError
from eligibility.qualification import Qualification, ReasonOfLoss
from eligibility.reflection import visible_from
from eligibility.sentence import japanese_date
from intermediate_server.change import Change, Filing, Person, ProcedureKind
from wire.clock import TOKYO
from wire.problem import Catalogue, Problem
from wire.vocabulary import PersonalFamilyClassification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from eligibility.numbers import IndividualNumber, InsurerNumber
    from eligibility.policies import InsurerPolicy


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an insurer reports of one person's membership.

    ``qualified_on`` is needed to join, ``disqualified_on`` and ``reason_of_loss`` to leave.
    What is None stays as it is recorded, or takes its default.
    """

    kind: ProcedureKind
    insurer_number: InsurerNumber
    individual_number: IndividualNumber
    symbol: str
    number: str
    branch: str
    filed_on: date | None = None
    """Today when None."""
    qualified_on: date | None = None
    disqualified_on: date | None = None
    reason_of_loss: ReasonOfLoss | None = None
    classification: PersonalFamilyClassification | None = None
    ratio: str | None = None


def filing_of(procedure: Procedure, policy: InsurerPolicy, now: datetime) -> Filing:
    """Return when the procedure counts as filed, and with it from when clinics see it.

    What is filed today has a time of day, which the insurer's cutoff looks at; what was filed
    earlier counts as in time.

    Raises:
        Problem: PROCEDURE_REFUSED for a day to come, or one whose holidays nobody knows.
    """
    local = now.astimezone(TOKYO)
    today = local.date()
    filed_on = procedure.filed_on or today
    if filed_on > today:
        raise _refused(
            f"FiledOn {filed_on.isoformat()} lies after today, {today.isoformat()}.",
            f"届出日 {japanese_date(filed_on)} はまだ来ていません。"
            f"きょう（{japanese_date(today)}）までの日付を入れてください。",
        )
    filing = Filing(filed_on, local.time() if filed_on == today else None, policy.reflection)
    try:
        filing.counted_days  # noqa: B018 # whether all its days can be counted
    except CalendarRangeError as error:
        raise _refused(str(error), str(error)) from None
    return filing


def next_change(
    procedure: Procedure,
    person: Person,
    history: Sequence[Change],
    policy: InsurerPolicy,
    filing: Filing,
) -> Change:
    """Return the entry that follows the person's ``history``, which is in order of version.

    Raises:
        Problem: PROCEDURE_REFUSED where the procedure contradicts what is recorded.
    """
    known = _last_by_number(history, policy)
    match procedure.kind:
        case ProcedureKind.JOIN:
            qualification = _joined(procedure, person, known)
            recorded = None
        case ProcedureKind.LEAVE:
            recorded = _open_membership(procedure, known)
            qualification = _left(procedure, recorded.qualification)
        case ProcedureKind.CHANGE:
            recorded = _open_membership(procedure, known)
            qualification = _corrected(procedure, person, recorded.qualification, history)
    return Change(
        version=history[-1].version + 1 if history else 1,
        kind=procedure.kind,
        person=person,
        insurer_name=policy.name,
        qualification=qualification,
        classification=procedure.classification
        or (recorded.classification if recorded else PersonalFamilyClassification.INSURED),
        ratio=procedure.ratio
        or (recorded.ratio if recorded else _ratio_by_age(person, qualification.qualified_on)),
        filing=filing,
        visible_from=visible_from(filing.reflected_on),
    )


def _last_by_number(history: Sequence[Change], policy: InsurerPolicy) -> list[Change]:
    """Return the newest entry of each 記号・番号・枝番 with this insurer."""
    insurer = str(policy.insurer_number)
    newest = {
        (entry.qualification.symbol, entry.qualification.number, entry.qualification.branch): entry
        for entry in history
        if entry.qualification.insurer_number == insurer
    }
    return list(newest.values())


def _joined(procedure: Procedure, person: Person, known: Sequence[Change]) -> Qualification:
    assert procedure.qualified_on is not None
    _not_before_birth(procedure.qualified_on, person)
    for entry in known:
        one = entry.qualification
        if one.disqualified_on is None:
            raise _refused(
                f"{_number(one)} has been in force since {one.qualified_on.isoformat()}; "
                "file its loss first.",
                f"{_number(one)} に {japanese_date(one.qualified_on)} から加入しています。"
                "先に喪失の届出をしてください。",
            )
        _not_before_loss(procedure.qualified_on, one)
    return Qualification(
        insurer_number=str(procedure.insurer_number),
        symbol=procedure.symbol,
        number=procedure.number,
        branch=procedure.branch,
        qualified_on=procedure.qualified_on,
    )


def _open_membership(procedure: Procedure, known: Sequence[Change]) -> Change:
    """Return the newest entry of the membership that the procedure is about.

    Raises:
        Problem: PROCEDURE_REFUSED when there is none, or it is lost.
    """
    asked = (procedure.symbol, procedure.number, procedure.branch)
    for entry in known:
        one = entry.qualification
        if (one.symbol, one.number, one.branch) != asked:
            continue
        if one.disqualified_on is not None:
            raise _refused(
                f"{_number(one)} was lost on {one.disqualified_on.isoformat()} already.",
                f"{_number(one)} は {japanese_date(one.disqualified_on)} に喪失しています。",
            )
        return entry
    others = [_number(one.qualification) for one in known]
    raise _refused(
        f"The person never joined {' '.join(filter(None, asked))} of "
        f"{procedure.insurer_number}; recorded are {', '.join(others) or 'no others'}.",
        "この記号・番号・枝番での加入の記録がありません。番号を確かめるか、"
        "先に加入の届出をしてください。",
    )


def _left(procedure: Procedure, recorded: Qualification) -> Qualification:
    assert procedure.disqualified_on is not None
    began = recorded.qualified_on
    if procedure.qualified_on not in {None, began}:
        raise _refused(
            f"{_number(recorded)} began on {began.isoformat()}; correct that by a change first.",
            f"{_number(recorded)} の資格取得日は {japanese_date(began)} です。"
            "訂正するときは、先に変更の届出をしてください。",
        )
    if procedure.disqualified_on < began:
        raise _refused(
            f"DisqualificationDate {procedure.disqualified_on.isoformat()} lies before "
            f"the beginning, {began.isoformat()}.",
            f"資格喪失日 {japanese_date(procedure.disqualified_on)} が資格取得日 "
            f"{japanese_date(began)} より前です。日付を確かめてください。",
        )
    return replace(
        recorded,
        disqualified_on=procedure.disqualified_on,
        reason_of_loss=procedure.reason_of_loss,
    )


def _corrected(
    procedure: Procedure, person: Person, recorded: Qualification, history: Sequence[Change]
) -> Qualification:
    if procedure.qualified_on is None:
        return recorded
    _not_before_birth(procedure.qualified_on, person)
    for entry in history:
        earlier = entry.qualification
        if earlier.insurer_number == recorded.insurer_number and earlier.disqualified_on:
            _not_before_loss(procedure.qualified_on, earlier)
    return replace(recorded, qualified_on=procedure.qualified_on)


def _ratio_by_age(person: Person, on: date) -> str:
    """Return the ratio by age (P-070, P-071), as the interface writes it."""
    return f"0{base_ratio(person.birthdate, on)}0"


def _not_before_birth(began: date, person: Person) -> None:
    if began < person.birthdate:
        raise _refused(
            f"QualificationDate {began.isoformat()} lies before the person's birth.",
            f"資格取得日 {japanese_date(began)} が生年月日より前です。日付を確かめてください。",
        )


def _not_before_loss(began: date, earlier: Qualification) -> None:
    lost = earlier.disqualified_on
    assert lost is not None
    if began < lost:
        raise _refused(
            f"QualificationDate {began.isoformat()} lies before the loss of "
            f"{_number(earlier)} on {lost.isoformat()}.",
            f"資格取得日 {japanese_date(began)} が、{_number(earlier)} の資格喪失日 "
            f"{japanese_date(lost)} より前です。日付を確かめてください。",
        )


def _number(one: Qualification) -> str:
    return " ".join(filter(None, (one.insurer_number, one.symbol, one.number, one.branch)))


def _refused(detail: str, japanese: str) -> Problem:
    return Problem(Catalogue.PROCEDURE_REFUSED, detail, japanese=japanese)
