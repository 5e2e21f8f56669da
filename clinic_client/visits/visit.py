"""A visit (受付): who came, what the check said, what was decided.

Values only. A visit is written once and never changed, but for what the desk calls the patient;
one that was made by mistake is withdrawn, and stays on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clinic_client.visits.coverage import changed_between
from eligibility.days.dates import TOKYO

if TYPE_CHECKING:
    from datetime import date, datetime

    from clinic_client.visits.card_reading import CardReading
    from clinic_client.visits.coverage import Coverage
    from clinic_client.visits.withdrawal import Withdrawal
    from eligibility.reception.case import ReceptionCase
    from eligibility.reception.decision import Decision
    from wire.vocabulary.answer import ResponseBody
    from wire.vocabulary.codes import Sex


class CheckChannel(StrEnum):
    """How the eligibility was asked for."""

    CARD = "card"
    """照会区分 1: the card, after its PIN."""
    NUMBER = "number"
    """照会区分 2: insurer number, symbol, number, branch."""
    UNCHECKED = "unchecked"
    """It could not be asked for at all."""
    CATCH_UP = "catch_up"
    """照会区分 2, after a visit without a valid answer and for its day: asked by itself, or by the
    desk on a later day. Nobody came."""

    @property
    def by_number(self) -> bool:
        """Whether what was asked for is a number, not a card."""
        return self in {CheckChannel.NUMBER, CheckChannel.CATCH_UP}


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
class Timings:
    """Where the time of a check went, in milliseconds; None for a step that was not reached.

    A step that was gone through more than once, as after a registration at the reader, is all of
    it together.
    """

    challenge_ms: float | None = None
    """Asking OQS for a challenge, over the line and back."""
    card_ms: float | None = None
    """The card: certificate, PIN, signature, and the look at it where no screen looked before."""
    inquiry_ms: float | None = None
    """The inquiry at OQS, over the line and back."""
    total_ms: float = 0.0
    """All that the machines took from the request that identified the patient until the record is
    written, which is not part of it, and neither is what the patient thinks about between two
    requests at the reader."""


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
    answer: ResponseBody | None = None
    """What OQS answered, whole; none where it did not, and at visits of before it was kept."""
    noted_name: str | None = None
    """The patient's name or 診察券番号, as the receptionist typed it."""
    reading: CardReading | None = None
    """What the patient did at the reader; None where a visit did not come of it."""
    withdrawal: Withdrawal | None = None
    """取消: by whom, when and why it was withdrawn; None of one that stands."""
    settled: frozenset[str] = frozenset()
    """精算済み: the contradictions (`settlement`) that the desk has put right."""
    paid: int | None = None
    """Yen that were taken, as far as it was said when the visit was withdrawn."""

    @property
    def called(self) -> str | None:
        """What the desk calls the patient: the name that OQS told, or what was typed."""
        return self.patient.name if self.patient else self.noted_name

    @property
    def day(self) -> date:
        """The business day in Tokyo."""
        return self.at.astimezone(TOKYO).date()

    @property
    def address(self) -> str | None:
        """Where the patient lives, as OQS answered; none where it told no address (P-031)."""
        results = self.answer.results if self.answer else ()
        return results[0].address if results else None

    @property
    def coverage(self) -> Coverage | None:
        """The first, and nearly always only, qualification that was shown."""
        return self.coverages[0] if self.coverages else None


@dataclass(frozen=True, slots=True)
class KnownVisits:
    """The earlier visits of a person that tell something of the next one."""

    previous: Visit | None = None
    """The latest at which a qualification was shown, or else the latest."""
    confirmed: Visit | None = None
    """The latest at which OQS answered 有効."""
    answered: Visit | None = None
    """The latest that OQS answered at all."""
    told_of: date | None = None
    """Of which day the previous one tells, where that is not its own: a check by itself asks for
    the day of the visit that waits (P-092)."""

    def day_told_by(self, one: Visit) -> date:
        """Return of which day one of them tells."""
        previous = self.previous
        if self.told_of and previous and previous.visit_id == one.visit_id:
            return self.told_of
        return one.day

    @property
    def still_confirmed(self) -> Visit | None:
        """The confirmed one, unless OQS has answered something else since."""
        confirmed, answered = self.confirmed, self.answered
        if confirmed and answered and confirmed.visit_id == answered.visit_id:
            return confirmed
        return None


def named_by(visit: Visit, confirmed: Visit | None) -> Visit:
    """Return a visit with whom it was of, where only a later confirmation has told that."""
    return visit if visit.called or confirmed is None else replace(visit, patient=confirmed.patient)


def compared_with(visit: Visit, previous: Visit) -> Coverage | None:
    """Return with what of the previous visit the qualification of a visit is compared.

    That is what was told of the same insurer, where one had several; else the first.
    """
    now = visit.coverage
    same = (one for one in previous.coverages if now and one.insurer_number == now.insurer_number)
    return next(same, previous.coverage)


def changed_fields(visit: Visit, previous: Visit | None) -> tuple[str, ...]:
    """Return what differs from the previous visit (前回と違う項目), in the order of the page.

    ``name``, ``address`` or a field of `Coverage`. Only what both visits know is compared.
    """
    if previous is None:
        return ()
    patient, earlier = visit.patient, previous.patient
    renamed = patient and earlier and patient.name != earlier.name
    here, there = visit.address, previous.address
    moved = here and there and here != there
    now, then = visit.coverage, compared_with(visit, previous)
    return (
        *(("name",) if renamed else ()),
        *(("address",) if moved else ()),
        *(changed_between(now, then) if now and then else ()),
    )
