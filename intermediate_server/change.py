"""A change (異動): one entry of the ledger, with the whole state that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.reflection import explain, reflection_date
from wire.vocabulary import PersonalFamilyClassification, QualificationChange, Sex

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from eligibility.qualification import Qualification
    from eligibility.reflection import CountedDay, ReflectionPolicy


class ProcedureKind(StrEnum):
    """What an insurer reports."""

    JOIN = "join"
    """加入 (資格取得)."""
    LEAVE = "leave"
    """喪失 (資格喪失)."""
    CHANGE = "change"
    """変更: ratio, name, address, 本人・家族の別, a corrected 資格取得年月日."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page."""
        return {"join": "加入", "leave": "喪失", "change": "変更"}[self]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the resident register knows him; the individual number is not kept."""

    reference: str
    name: str
    name_kana: str
    sex: Sex
    birthdate: date
    address: str
    post_number: str


@dataclass(frozen=True, slots=True)
class Filing:
    """When a procedure was filed, and how the insurer's lag was counted then.

    The lag is kept with the entry: a policy that changes later moves nothing that was filed
    before.
    """

    filed_on: date
    filed_at: time | None
    """The time of day in Tokyo, of what was filed on the day of recording; else in time."""
    lag: ReflectionPolicy

    @property
    def reflected_on(self) -> date:
        """The first day on which clinics see it (C-004 to C-007)."""
        return reflection_date(self.filed_on, self.lag, self.filed_at)

    @property
    def counted_days(self) -> tuple[CountedDay, ...]:
        """Each day from filing to visibility."""
        return explain(self.filed_on, self.lag, self.filed_at)


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

    def for_delivery(self) -> QualificationChange:
        """Return the change in the words of the interface."""
        person, membership = self.person, self.qualification
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
            birthdate=written(person.birthdate),
            address=person.address,
            post_number=person.post_number,
            qualification_date=written(membership.qualified_on),
            disqualification_date=written(membership.disqualified_on)
            if membership.disqualified_on
            else None,
            reason_of_loss=membership.reason_of_loss,
            insured_partial_contribution_ratio=self.ratio,
            visible_from=self.visible_from.astimezone(UTC).isoformat(),
        )


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """A change, and since when OQS has it."""

    change: Change
    delivered_at: datetime | None
    """The business instant of the delivery; None while it waits."""
    held: bool = False
    """Whether it waits for a person's release, however late it is."""


def written(on: date) -> str:
    """Write a date as the interface does, ``yyyyMMdd``; years before 1000 keep their zeros."""
    return on.isoformat().replace("-", "")


def weekday(on: date) -> str:
    """Return the Japanese weekday, one character."""
    return "月火水木金土日"[on.weekday()]
