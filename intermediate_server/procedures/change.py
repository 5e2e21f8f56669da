"""A change (異動): one entry of the ledger, with the whole state that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.office_calendar import why_closed
from eligibility.days.reflection import CountedDay, CountStep, explain, reflection_date
from intermediate_server.procedures.kinds import ProcedureKind, Timing
from wire.dates import write_day, write_day_or_none
from wire.vocabulary.changes import QualificationChange

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from eligibility.days.reflection import ReflectionPolicy
    from eligibility.qualification import Qualification
    from wire.vocabulary.changes import RegistrationOrder
    from wire.vocabulary.codes import PersonalFamilyClassification, Sex

__all__ = [
    "Change",
    "Channel",
    "Filing",
    "LimitGrant",
    "Marks",
    "Match",
    "Person",
    "ProcedureKind",
    "Source",
    "Timing",
    "TrackedChange",
]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as their insurer has them recorded; the individual number is not kept."""

    reference: str
    name: str
    name_kana: str
    sex: Sex
    birthdate: date
    address: str
    post_number: str


class Match(NamedTuple):
    """A person as the resident register knows them, and how their card stands."""

    person: Person
    registered: bool = False
    """Whether the card is registered for insurance use."""
    certificate_expires_on: date | None = None
    """None without a card."""


@dataclass(frozen=True, slots=True)
class Filing:
    """When a procedure was filed, and how the days until its visibility were counted then.

    The lag is kept with the entry: a policy that changes later moves nothing that was filed
    before.
    """

    filed_on: date
    filed_at: time | None
    """The time of day in Tokyo, of what was filed on the day of recording; else in time."""
    lag: ReflectionPolicy
    timing: Timing = Timing.LAG
    shown_on: date | None = None
    """The day of visibility, where the lag does not give it."""

    @property
    def reflected_on(self) -> date:
        """The first day on which clinics see it (C-004 to C-008)."""
        if self.shown_on is not None:
            return self.shown_on
        return reflection_date(self.filed_on, self.lag, self.filed_at)

    @property
    def counted_days(self) -> tuple[CountedDay, ...]:
        """Each day from filing to visibility; without those between where no day is counted."""
        if self.shown_on is None:
            return explain(self.filed_on, self.lag, self.filed_at)
        days: tuple[date, ...] = (self.filed_on, self.shown_on)
        if self.timing is Timing.DATED and self.shown_on - self.filed_on < timedelta(days=31):
            span = (self.shown_on - self.filed_on).days
            days = tuple(self.filed_on + timedelta(days=n) for n in range(span + 1))
        return tuple(
            CountedDay(on, _step(on, self.filed_on, self.shown_on), None, why_closed(on))
            for on in dict.fromkeys(days)
        )


def _step(on: date, filed_on: date, shown_on: date) -> CountStep:
    if on == shown_on:
        return CountStep.VISIBLE
    return CountStep.FILED if on == filed_on else CountStep.WAITING


@dataclass(frozen=True, slots=True)
class Marks:
    """What an insurer has marked on a membership."""

    view_stopped: bool = False
    """閲覧停止 (P-030)."""
    self_information_blocked: bool = False
    """自己情報提供不可 (P-031)."""
    undisclosed: bool = False
    """不開示該当 (P-031)."""
    special_medical_expense: bool = False
    """特別療養費 (R-159)."""
    consideration: bool = False
    """要配慮者 (R-046); clinics are not told."""
    card_lost: bool = False
    """The card is lost or being renewed (R-047, R-048); clinics are not told."""


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class LimitGrant:
    """限度額適用区分 (P-028), and from when until when it holds."""

    flag: str
    """適用区分 (OQSCD012), ``A01`` to ``B10``."""
    valid_from: date | None = None
    valid_until: date | None = None


class Channel(StrEnum):
    """The way by which a procedure came."""

    LINE = "line"
    """One by one over the closed line."""
    FILE = "file"
    """In a CSV file."""
    PAGE = "page"
    """The clerk's page."""

    @property
    def japanese(self) -> str:
        """The word on the pages."""
        return {"line": "回線", "file": "ファイル", "page": "画面"}[self]


@dataclass(frozen=True, slots=True)
class Source:
    """Who filed, and by which way."""

    filed_by: str = ""
    """The insurer number of the certificate, or the name that the clerk gave."""
    channel: Channel = Channel.LINE


NOBODY = Source()


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the ledger. It is never altered: a later version stands over it."""

    version: int
    """Counts the changes of this person, from 1, over all insurers."""
    kind: ProcedureKind
    person: Person
    insurer_name: str
    qualification: Qualification
    classification: PersonalFamilyClassification
    ratio: str
    """一部負担金割合 as the interface writes it: ``010``, ``020`` or ``030``."""
    filing: Filing
    visible_from: datetime
    """The business instant from which clinics see it."""
    marks: Marks = NO_MARKS
    limit: LimitGrant | None = None
    householder: str = ""
    """世帯主氏名; only printed (R-056)."""
    order: RegistrationOrder | None = None
    """What is to become of the use registration."""
    source: Source = NOBODY
    reason: str = ""
    """Why a record was corrected or a view stopped, in words."""
    refers_to: int | None = None
    """The version that this one corrects, or states again over a change that overtook it."""
    content_key: bytes = b""
    """Digest of what was filed, without the individual number: the same procedure is not recorded
    twice."""

    @property
    def number(self) -> tuple[str, str, str, str]:
        """保険者番号・記号・番号・枝番."""
        one = self.qualification
        return (one.insurer_number, one.symbol, one.number, one.branch)

    def for_delivery(self) -> QualificationChange:
        """Return the change in the words of the interface."""
        person, membership, marks, limit = self.person, self.qualification, self.marks, self.limit
        return QualificationChange(
            person_reference=person.reference,
            version=self.version,
            insurer_number=membership.insurer_number,
            insurer_name=self.insurer_name,
            insured_card_symbol=membership.symbol,
            insured_identification_number=membership.number,
            insured_branch_number=membership.branch,
            personal_family_classification=self.classification,
            name=person.name,
            name_kana=person.name_kana,
            sex1=person.sex,
            birthdate=write_day(person.birthdate),
            address=person.address,
            post_number=person.post_number,
            qualification_date=write_day(membership.qualified_on),
            disqualification_date=write_day_or_none(membership.disqualified_on),
            reason_of_loss=membership.reason_of_loss,
            insured_partial_contribution_ratio=self.ratio,
            visible_from=self.visible_from.astimezone(UTC).isoformat(),
            view_stopped=flag(marks.view_stopped),
            self_information_blocked=flag(marks.self_information_blocked),
            undisclosed=flag(marks.undisclosed),
            special_medical_expense=flag(marks.special_medical_expense),
            limit_classification_flag=limit.flag if limit else None,
            limit_valid_start_date=write_day_or_none(limit.valid_from) if limit else None,
            limit_valid_end_date=write_day_or_none(limit.valid_until) if limit else None,
            registration_order=self.order,
        )


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """A change, and since when OQS has it."""

    change: Change
    delivered_at: datetime | None
    """The business instant of the delivery; None while it waits."""
    held: bool = False
    """Whether it waits for a person's release, however late it is."""


def flag(is_set: bool) -> str:  # noqa: FBT001 # it is the value itself
    """Write a flag as the interface does."""
    return "1" if is_set else "0"
