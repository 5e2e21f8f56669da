"""What goes in and out, beyond the vocabulary of the real interface."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, create_model
from pydantic import Field as Member
from pydantic.alias_generators import to_snake

from eligibility.days.dates import weekday
from eligibility.days.reflection import CountStep
from eligibility.documents import DocumentKind, Occasion
from intermediate_server.filing.days_said import days_said
from intermediate_server.filing.fields import FIELDS, FaultyFields, read_procedure
from intermediate_server.procedures.attention import Conflict, conflicts
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.kinds import ProcedureKind, Timing
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eligibility.days.reflection import CountedDay
    from intermediate_server.documents.document import Document
    from intermediate_server.filing.days_said import DaySaid
    from intermediate_server.filing.fields import Fault
    from intermediate_server.procedures.change import Change, TrackedChange
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.procedures.timing import Filing
    from intermediate_server.store.ledger import Recorded

Text = Line
"""A field as it is written; `intermediate_server.filing.fields` reads it."""


class _WrittenFields(Element):
    """Fields of a procedure, each as it is written."""

    def texts(self) -> dict[str, str]:
        """Return what was written, by element."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def procedure(self) -> Procedure:
        """Return what is reported.

        Raises:
            Problem: INVALID_NUMBER or INVALID_REQUEST, with each field that is wrong.
        """
        try:
            return read_procedure(self.texts())
        except FaultyFields as error:
            raise problem_of(error.faults) from None


_ALWAYS_NEEDED = {"Kind", "InsurerNumber", "InsuredIdentificationNumber"}
if TYPE_CHECKING:

    class ProcedureForm(_WrittenFields):
        """A procedure as an insurer files it, its members those of `filing.fields`."""

else:
    ProcedureForm = create_model(
        "ProcedureForm",
        __base__=_WrittenFields,
        __doc__="A procedure as an insurer files it. "
        "Which kind needs which members: see the file format.",
        __module__=__name__,
        **{
            to_snake(one.element): (Text, Member(description=one.meaning or None))
            if one.element in _ALWAYS_NEEDED
            else (Text | None, Member(None, description=one.meaning or None))
            for one in FIELDS
        },
    )


def problem_of(faults: Sequence[Fault]) -> Problem:
    """Return the problem of fields that cannot be read or do not fit their kind."""
    numbers = {"InsurerNumber", "IndividualNumber"}
    of_numbers = all(fault.element in numbers and "needed" not in fault.text.en for fault in faults)
    return Problem(
        Catalogue.INVALID_NUMBER if of_numbers else Catalogue.INVALID_REQUEST,
        "; ".join(f"{fault.element}: {fault.text.en}" for fault in faults),
        japanese="".join(fault.named for fault in faults),
        fields=[
            {"field": fault.element, "reason": fault.text.en, "japanese": fault.text.ja}
            for fault in faults
        ],
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
            date=write_day(day.on),
            weekday=weekday(day.on).ja,
            counted=day.counted,
            closed=day.closed,
            visible=day.step is CountStep.VISIBLE,
        )


class Insurer(Element):
    """Who insures."""

    number: str
    name: str

    @classmethod
    def of(cls, entry: Change) -> Insurer:
        """Render an entry's insurer."""
        return cls(number=entry.qualification.insurer_number, name=entry.insurer_name)


class QualificationConflict(Element):
    """Two insurers who say that they insure the person on the same days."""

    first: Insurer
    second: Insurer
    since: Day
    until: Day | None = None
    """The first day on which only one does; absent while there is no end to it."""

    @classmethod
    def of(cls, conflict: Conflict) -> QualificationConflict:
        """Render a conflict."""
        return cls(
            first=Insurer.of(conflict.first),
            second=Insurer.of(conflict.second),
            since=write_day(conflict.since),
            until=write_day(conflict.until) if conflict.until else None,
        )


class DocumentDecision(Element):
    """What was decided about a document."""

    number: int
    """Counts the person's decisions, from 1."""
    insurer_number: str
    occasion: Occasion
    kind: DocumentKind | None = None
    """``certificate`` (資格確認書), ``notice`` (資格情報のお知らせ), or another; absent where
    nothing is issued."""
    reason: str
    """Why, in Japanese."""
    rules: tuple[str, ...]
    decided_on: Day
    issued_on: Day | None = None
    expires_on: Day | None = None
    delivery: str | None = None
    """How it is sent, in Japanese."""
    pdf: str | None = None
    """Where it is to be had, on the console."""

    @classmethod
    def of(cls, one: Document) -> DocumentDecision:
        """Render a decision."""
        return cls(
            number=one.number,
            insurer_number=one.insurer_number,
            occasion=one.occasion,
            kind=one.kind,
            reason=one.reason,
            rules=one.rules,
            decided_on=write_day(one.decided_on),
            issued_on=write_day(one.issued_on) if one.issued_on else None,
            expires_on=write_day(one.expires_on) if one.expires_on else None,
            delivery=one.delivery.japanese if one.delivery else None,
            pdf=one.pdf_path,
        )


class StatedDay(Element):
    """A day that a procedure stated, read back."""

    field: str
    """The member that stated it."""
    date: Day
    japanese: str
    """In the era, with the weekday, and how far ahead of 届出日 it lies from a month on."""

    @classmethod
    def of(cls, one: DaySaid) -> StatedDay:
        """Render a day."""
        return cls(field=one.element, date=write_day(one.on), japanese=one.words.ja)


class ProcedureReceipt(Element):
    """What became of a procedure, and from when clinics see it."""

    person_reference: str
    version: int
    kind: ProcedureKind
    filed_on: Day
    """届出日. One that lies far back is taken without a question here, which the page asks."""
    entered_on: Day | None = None
    """The day of recording, where 届出日 lies before it: clinics saw nothing of it before."""
    held: bool | None = None
    """True where a person has to release it, before which no day is known."""
    visible_from: AwareDatetime | None = None
    """The business instant (UTC) from which clinics see it, as counted from 届出日; where that lies
    before the recording, they see it as soon as it is delivered. Absent of what is held."""
    reflection_date: Day | None = None
    """The same as a day in Tokyo."""
    counted_days: tuple[CalendarDay, ...]
    timing: Timing | None = None
    """By which reckoning, where it is not the insurer's lag."""
    stated_days: tuple[StatedDay, ...] | None = None
    """The days that it states, in words: a mistyped year is seen there."""
    insurer: Insurer
    view_stopped: bool | None = None
    """True where no check finds it until it is corrected (P-030)."""
    reason: str | None = None
    stated_again: tuple[int, ...] | None = None
    """Versions that were still on their way, and are stated again with this change."""
    conflicts: tuple[QualificationConflict, ...] | None = None
    documents: tuple[DocumentDecision, ...] | None = None
    unchanged: bool | None = None
    """True where the same procedure was recorded before."""

    @classmethod
    def of(cls, recorded: Recorded) -> ProcedureReceipt:
        """Render what a procedure came to."""
        entry = recorded.entries[0]
        again = [one.refers_to for one in recorded.entries[1:] if one.refers_to is not None]
        timing = entry.filing.timing
        return cls(
            person_reference=entry.person.reference,
            version=entry.version,
            kind=entry.kind,
            filed_on=write_day(entry.filing.filed_on),
            entered_on=_entered(entry.filing),
            held=entry.filing.awaits_release or None,
            **_visible(entry),
            counted_days=tuple(CalendarDay.of(day) for day in entry.filing.counted_days),
            timing=None if timing is Timing.LAG else timing,
            stated_days=tuple(map(StatedDay.of, days_said(entry))) or None,
            insurer=Insurer.of(entry),
            view_stopped=entry.marks.view_stopped or None,
            reason=entry.reason or None,
            stated_again=tuple(again) or None,
            conflicts=tuple(QualificationConflict.of(one) for one in conflicts(recorded.history))
            or None,
            documents=tuple(DocumentDecision.of(one) for one in recorded.documents) or None,
            unchanged=recorded.unchanged or None,
        )


class PersonChange(Element):
    """A change, as simulation control shows it."""

    version: int
    kind: ProcedureKind
    insurer_number: str
    insurer_name: str
    filed_on: Day
    entered_on: Day | None = None
    """The day of recording, where 届出日 lies before it: clinics saw nothing of it before."""
    visible_from: AwareDatetime | None = None
    """As counted from 届出日; where that lies before the recording, it is seen once it is
    delivered. Absent of what is held, as are the days: they are known when it is released."""
    reflection_date: Day | None = None
    state: str
    """``held`` until a person releases it, ``pending``, ``delivered``, or ``conflicting``: OQS
    knows this version with other content and did not take it."""
    delivered_at: AwareDatetime | None = None
    qualification_date: Day
    disqualification_date: Day | None = None
    counted_days: tuple[CalendarDay, ...]
    timing: Timing
    """By which reckoning it becomes visible (C-008)."""
    filed_by: str
    """Who filed it."""
    channel: FilingChannel
    view_stopped: bool
    refers_to: int | None = None
    """The version that this one corrects, or states again."""
    reason: str | None = None

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
            filed_on=write_day(entry.filing.filed_on),
            entered_on=_entered(entry.filing),
            **_visible(entry),
            state=_state(tracked),
            delivered_at=tracked.delivered_at,
            qualification_date=write_day(entry.qualification.qualified_on),
            disqualification_date=write_day(lost) if lost else None,
            counted_days=tuple(CalendarDay.of(day) for day in entry.filing.counted_days),
            timing=entry.filing.timing,
            filed_by=entry.source.filed_by,
            channel=entry.source.channel,
            view_stopped=entry.marks.view_stopped,
            refers_to=entry.refers_to,
            reason=entry.reason or None,
        )


class PersonView(Element):
    """What is recorded of a person, and what of it is still on its way."""

    person_reference: str
    changes: tuple[PersonChange, ...]
    """All, in order of version."""
    pending: tuple[PersonChange, ...]
    """Those that become visible later than now; of what is held nobody knows when."""
    conflicts: tuple[QualificationConflict, ...] | None = None
    documents: tuple[DocumentDecision, ...] | None = None

    @classmethod
    def of(
        cls,
        person_reference: str,
        tracked: tuple[TrackedChange, ...],
        documents: tuple[Document, ...],
        now: datetime,
    ) -> PersonView:
        """Render a person's history."""
        both = conflicts([one.change for one in tracked])
        return cls(
            person_reference=person_reference,
            changes=tuple(PersonChange.of(one) for one in tracked),
            pending=tuple(
                PersonChange.of(one)
                for one in tracked
                if not one.held and one.change.visible_from > now
            ),
            conflicts=tuple(QualificationConflict.of(one) for one in both) or None,
            documents=tuple(DocumentDecision.of(one) for one in documents) or None,
        )


def _entered(filing: Filing) -> str | None:
    return write_day(filing.entered_on) if filing.entered_on else None


def _visible(entry: Change) -> dict[str, Any]:
    """Return from when an entry is visible, where that is known."""
    if entry.filing.awaits_release:
        return {}
    return {
        "visible_from": entry.visible_from.astimezone(UTC),
        "reflection_date": write_day(entry.filing.reflected_on),
    }


def _state(tracked: TrackedChange) -> str:
    if tracked.held:
        return "held"
    if tracked.conflicting:
        return "conflicting"
    return "pending" if tracked.delivered_at is None else "delivered"
