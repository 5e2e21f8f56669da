"""A visit (受付): who came, what the check said, what was decided.

Values only. A visit is written once and never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO

if TYPE_CHECKING:
    from datetime import date, datetime

    from eligibility.reception.decision import Decision, ReceptionCase
    from wire.vocabulary.codes import Sex


class CheckChannel(StrEnum):
    """How the eligibility was asked for."""

    CARD = "card"
    """照会区分 1: the card, after its PIN."""
    NUMBER = "number"
    """照会区分 2: insurer number, symbol, number, branch."""
    UNCHECKED = "unchecked"
    """It could not be asked for at all."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Who came, as OQS or an earlier visit names the person."""

    name: str
    name_kana: str
    sex: Sex
    birthdate: date

    def age(self, on: date) -> int:
        """Return the age in full years on ``on``."""
        had_birthday = (on.month, on.day) >= (self.birthdate.month, self.birthdate.day)
        return on.year - self.birthdate.year - (not had_birthday)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One qualification (資格) as it was shown at a visit."""

    insurer_number: str
    insurer_name: str
    symbol: str
    number: str
    branch: str
    qualified_on: date | None
    disqualified_on: date | None
    ratio: int | None
    """一部負担金割合 in tenths: 1, 2 or 3."""


class Field(StrEnum):
    """What can differ between two visits of one person."""

    NAME = "Name"
    INSURER = "InsurerNumber"
    SYMBOL = "InsuredCardSymbol"
    NUMBER = "InsuredIdentificationNumber"
    BRANCH = "InsuredBranchNumber"
    RATIO = "InsuredPartialContributionRatio"
    QUALIFIED_ON = "QualificationDate"
    DISQUALIFIED_ON = "DisqualificationDate"


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of a check went, in milliseconds; None for a step that was not reached."""

    challenge_ms: float | None = None
    """Asking OQS for a challenge (and the clock for the time)."""
    card_ms: float | None = None
    """The card: certificate, PIN, signature."""
    inquiry_ms: float | None = None
    """The inquiry at OQS."""
    total_ms: float = 0.0
    """All of it, from the request to the record."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, and the decision at the desk."""

    visit_id: str
    at: datetime
    """The business instant of the check."""
    channel: CheckChannel
    case: ReceptionCase
    """What the desk knew."""
    decision: Decision
    """What the rules made of it."""
    patient_key: str | None = None
    """By which the clinic knows the person again: a fingerprint of the card's certificate, or of
    the number that was asked for. Never a My Number."""
    patient: Patient | None = None
    coverages: tuple[Coverage, ...] = ()
    previous_id: str | None = None
    """The person's visit before this one."""
    simulation_reference: str | None = None
    problem_code: str | None = None
    """The code with which OQS refused, if it did."""
    timings: Timings = Timings()

    @property
    def day(self) -> date:
        """The business day in Tokyo."""
        return self.at.astimezone(TOKYO).date()

    @property
    def coverage(self) -> Coverage | None:
        """The first, and nearly always only, qualification that was shown."""
        return self.coverages[0] if self.coverages else None


def changed_fields(visit: Visit, previous: Visit | None) -> tuple[Field, ...]:
    """Return what differs from the previous visit (前回と違う項目), in the order of the page.

    Only what both visits know is compared.
    """
    if previous is None:
        return ()
    changed: list[Field] = []
    if visit.patient and previous.patient and visit.patient.name != previous.patient.name:
        changed.append(Field.NAME)
    now, then = visit.coverage, previous.coverage
    if now and then:
        pairs = (
            (Field.INSURER, now.insurer_number, then.insurer_number),
            (Field.SYMBOL, now.symbol, then.symbol),
            (Field.NUMBER, now.number, then.number),
            (Field.BRANCH, now.branch, then.branch),
            (Field.RATIO, now.ratio, then.ratio),
            (Field.QUALIFIED_ON, now.qualified_on, then.qualified_on),
            (Field.DISQUALIFIED_ON, now.disqualified_on, then.disqualified_on),
        )
        changed.extend(field for field, new, old in pairs if new != old)
    return tuple(changed)
