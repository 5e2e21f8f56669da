"""What goes in and out, beyond the vocabulary of the real interface."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AwareDatetime, StringConstraints, model_validator

from eligibility.numbers import IndividualNumber, InsurerNumber, InvalidNumber
from eligibility.qualification import ReasonOfLoss
from eligibility.reflection import Step
from intermediate_server.change import ProcedureKind, weekday, written
from intermediate_server.procedures import Procedure
from wire.problem import Catalogue, Problem
from wire.vocabulary import Day, Element, PersonalFamilyClassification

if TYPE_CHECKING:
    from eligibility.reflection import CountedDay
    from intermediate_server.change import Change, TrackedChange

Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Symbol = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Branch = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\d{2})?$")]
Ratio = Annotated[str, StringConstraints(pattern=r"^0[123]0$")]


class ProcedureForm(Element):
    """A procedure as an insurer files it."""

    kind: ProcedureKind
    insurer_number: str
    """保険者番号; it must be the one of the insurer's certificate."""
    individual_number: str
    """個人番号, by which the person is matched with the resident register; it is not kept."""
    filed_on: Day | None = None
    """届出日; today when absent."""
    insured_card_symbol: Symbol = ""
    insured_identification_number: Number
    insured_branch_number: Branch = ""
    personal_family_classification: PersonalFamilyClassification | None = None
    """``1`` for one who joins when absent; else as recorded."""
    qualification_date: Day | None = None
    """資格取得年月日: needed to join; in a change it corrects the recorded one."""
    disqualification_date: Day | None = None
    """資格喪失年月日, the first day without: needed to leave."""
    reason_of_loss: ReasonOfLoss | None = None
    """Needed to leave."""
    insured_partial_contribution_ratio: Ratio | None = None
    """By age for one who joins when absent (P-070, P-071); else as recorded."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is ProcedureKind.JOIN and self.qualification_date is None:
            raise ValueError("to join, QualificationDate is needed")
        losing = (self.disqualification_date, self.reason_of_loss)
        if self.kind is ProcedureKind.LEAVE and None in losing:
            raise ValueError("to leave, DisqualificationDate and ReasonOfLoss are needed")
        if self.kind is not ProcedureKind.LEAVE and losing != (None, None):
            raise ValueError("DisqualificationDate and ReasonOfLoss belong to leaving only")
        return self

    def procedure(self) -> Procedure:
        """Return what is reported.

        Raises:
            Problem: INVALID_NUMBER, or INVALID_REQUEST for a date that no calendar has.
        """
        try:
            insurer_number = InsurerNumber.parse(self.insurer_number)
            individual_number = IndividualNumber.parse(self.individual_number)
        except InvalidNumber as error:
            raise Problem(Catalogue.INVALID_NUMBER, error.en, japanese=error.ja) from None
        return Procedure(
            kind=self.kind,
            insurer_number=insurer_number,
            individual_number=individual_number,
            symbol=self.insured_card_symbol,
            number=self.insured_identification_number,
            branch=self.insured_branch_number,
            filed_on=_day("FiledOn", self.filed_on),
            qualified_on=_day("QualificationDate", self.qualification_date),
            disqualified_on=_day("DisqualificationDate", self.disqualification_date),
            reason_of_loss=self.reason_of_loss,
            classification=self.personal_family_classification,
            ratio=self.insured_partial_contribution_ratio,
        )


class CalendarDay(Element):
    """One day from filing to visibility."""

    date: Day
    weekday: str
    """The Japanese weekday, one character."""
    counted: bool
    """Whether the day counts towards the lag."""
    closed: str | None = None
    """Why offices are closed; absent on an open day."""
    visible: bool
    """Whether this is the day from whose 00:00 clinics see the change."""

    @classmethod
    def of(cls, day: CountedDay) -> CalendarDay:
        """Render a day."""
        return cls(
            date=written(day.on),
            weekday=weekday(day.on),
            counted=day.counted,
            closed=day.closed,
            visible=day.step is Step.VISIBLE,
        )


class Insurer(Element):
    """Who insures."""

    number: str
    name: str


class ProcedureReceipt(Element):
    """What became of a procedure, and from when clinics see it."""

    person_reference: str
    version: int
    kind: ProcedureKind
    filed_on: Day
    visible_from: AwareDatetime
    """The business instant (UTC) from which clinics see it."""
    reflection_date: Day
    """The same as a day in Tokyo."""
    counted_days: tuple[CalendarDay, ...]
    insurer: Insurer

    @classmethod
    def of(cls, entry: Change) -> ProcedureReceipt:
        """Render an entry of the ledger."""
        return cls(
            person_reference=entry.person.reference,
            version=entry.version,
            kind=entry.kind,
            filed_on=written(entry.filing.filed_on),
            visible_from=entry.visible_from.astimezone(UTC),
            reflection_date=written(entry.filing.reflected_on),
            counted_days=tuple(CalendarDay.of(day) for day in entry.filing.counted_days),
            insurer=Insurer(number=entry.qualification.insurer_number, name=entry.insurer_name),
        )


class PersonChange(Element):
    """A change, as simulation control shows it."""

    version: int
    kind: ProcedureKind
    insurer_number: str
    insurer_name: str
    filed_on: Day
    visible_from: AwareDatetime
    reflection_date: Day
    state: str
    """``held`` until a person releases it, ``pending``, or ``delivered``."""
    delivered_at: AwareDatetime | None = None
    qualification_date: Day
    disqualification_date: Day | None = None
    counted_days: tuple[CalendarDay, ...]

    @classmethod
    def of(cls, tracked: TrackedChange) -> PersonChange:
        """Render a change."""
        entry = tracked.change
        lost = entry.qualification.disqualified_on
        return cls(
            version=entry.version,
            kind=entry.kind,
            insurer_number=entry.qualification.insurer_number,
            insurer_name=entry.insurer_name,
            filed_on=written(entry.filing.filed_on),
            visible_from=entry.visible_from.astimezone(UTC),
            reflection_date=written(entry.filing.reflected_on),
            state=_state(tracked),
            delivered_at=tracked.delivered_at,
            qualification_date=written(entry.qualification.qualified_on),
            disqualification_date=written(lost) if lost else None,
            counted_days=tuple(CalendarDay.of(day) for day in entry.filing.counted_days),
        )


class PersonView(Element):
    """What is recorded of a person, and what of it is still on its way."""

    person_reference: str
    changes: tuple[PersonChange, ...]
    """All, in order of version."""
    pending: tuple[PersonChange, ...]
    """Those that become visible later than now; of what is held nobody knows when."""

    @classmethod
    def of(
        cls, person_reference: str, tracked: tuple[TrackedChange, ...], now: datetime
    ) -> PersonView:
        """Render a person's history."""
        return cls(
            person_reference=person_reference,
            changes=tuple(PersonChange.of(one) for one in tracked),
            pending=tuple(
                PersonChange.of(one)
                for one in tracked
                if not one.held and one.change.visible_from > now
            ),
        )


def _state(tracked: TrackedChange) -> str:
    if tracked.held:
        return "held"
    return "pending" if tracked.delivered_at is None else "delivered"


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 # a date has no zone
    except ValueError:
        raise Problem(
            Catalogue.INVALID_REQUEST, f"{name}: {text} is no day of the calendar."
        ) from None
