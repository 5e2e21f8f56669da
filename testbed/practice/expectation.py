"""What is to be done with a patient: what the rules decide of what they bring, on the day.

Section 6 of the rule catalogue and its table 6.3. What OQS answered, and what earlier visits left
on record, nobody at the desk chose: it is taken from the record of the visit. All else, the
trainee chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.cost.assistance import PublicAssistance
from eligibility.documents.kinds import DocumentKind
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import TRIED, Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.reception.guidance import AS_TOLD, CARD_FACE
from eligibility.reception.options import FallbackOptionId, fallback_option
from eligibility.reception.presented import Presented
from eligibility.reception.situation import Situation as Scene
from eligibility.terminal.identity import Method
from testbed.cards.life import Situation
from testbed.disturbing.disturbance import Place
from testbed.practice.desk_record import CARD, NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from eligibility.reception.decision import Decision
    from testbed.practice.desk_record import VisitRecord
    from testbed.practice.patient import Patient

_SEEN_AT_ONCE = frozenset(
    {Cause.NO_CARD, Cause.NO_READER, Cause.SMARTPHONE, Cause.BLOCKED, Cause.DISASTER}
)
"""Where no card is tried, whatever works or not."""
_LEADS_TO_CHECK = frozenset({Cause.AUTHENTICATION, Cause.NOT_REGISTERED})
"""What another way of identifying, or registering on the spot, leads out of (P-020, P-021)."""
_METHODS: Mapping[Situation, frozenset[Method]] = {
    Situation.PIN_LOCKED: frozenset({Method.FACE, Method.VISUAL}),
    Situation.FACE_FAILS: frozenset({Method.PIN, Method.VISUAL}),
    Situation.BABY_WITHOUT_PHOTO: frozenset({Method.PIN}),
}
"""By what the holder can be identified where something stands in the way (§6.3)."""
_LAGGING = frozenset({QualificationValidity.INVALID, QualificationValidity.NONE})
_NOTHING_AT_HAND = frozenset(FallbackOptionId)


class Notes(StrEnum):
    """What is to be written down beside the visit."""

    NONE = "none"
    FOUR_ITEMS = "four_items"
    """券面4項目 (name, birth, sex, address), so that the visit can be checked and claimed later."""
    DECLARATION = "declaration"
    """被保険者資格申立書 (P-084)."""


@dataclass(frozen=True)
class Expectation:
    """What is right with a patient."""

    causes: tuple[Cause, ...]
    """What may stand on record as what stood in the way; the first is the most fitting."""
    methods: frozenset[Method]
    """By what the holder is identified; empty where that is all one."""
    number_will_do: bool
    """Whether a check by number is right as well."""
    decision: Decision
    ways: frozenset[FallbackOptionId]
    """By what the visit is accepted; empty where nothing of that is recorded."""
    notes: Notes

    @property
    def way(self) -> FallbackOptionId | None:
        """The first of the ways."""
        return self.decision.accepted


def expectation(
    patient: Patient, outage: Place | None, on: date, record: VisitRecord | None
) -> Expectation:
    """Return what is right with a patient while something is out, on the day of the visit."""
    causes = _causes(patient, outage)
    will_do = _number_will_do(patient, outage, causes[0])
    decision = _decision(patient, causes[0], on, record)
    ways = frozenset({decision.accepted} if decision.accepted else ())
    offered = {one.id for one in decision.options}
    if record is not None and record.known and FallbackOptionId.ORAL_NO_CHANGE in offered:
        ways |= {FallbackOptionId.ORAL_NO_CHANGE}
    return Expectation(
        causes=causes,
        methods=_METHODS.get(patient.life.situation, frozenset())
        if patient.life.situation and causes[0] is Cause.NONE
        else frozenset(),
        number_will_do=will_do,
        decision=decision,
        ways=ways,
        notes=_notes(decision),
    )


def _causes(patient: Patient, outage: Place | None) -> tuple[Cause, ...]:
    own = patient.life.cause
    if own in _SEEN_AT_ONCE:
        return (own,)
    if outage is not None:
        return (Cause.DEVICE,) if outage is Place.READER else (Cause.NETWORK,)
    if own in _LEADS_TO_CHECK:
        return (Cause.NONE,)
    if own is Cause.VIEW_STOPPED:
        # Before somebody tells the desk, it looks like a lag (P-030).
        return (own, Cause.LAG)
    if own is Cause.LAG and not patient.life.registered:
        return (own, Cause.NOT_REGISTERED)
    return (own,)


def _number_will_do(patient: Patient, outage: Place | None, cause: Cause) -> bool:
    """Tell whether to ask by the number of a paper is as good (§6 step 2)."""
    if outage in {Place.LINE, Place.OQS} or patient.life.situation in _METHODS:
        return False
    documents = {one.document for one in patient.papers}
    return DocumentKind.CERTIFICATE in documents or (cause is Cause.DEVICE and bool(documents))


def _decision(patient: Patient, cause: Cause, on: date, record: VisitRecord | None) -> Decision:
    """Decide with what they show; else with a declaration; else the whole cost is left.

    In a disaster nothing is asked for, and nobody pays it all (P-082).
    """
    shown = decide(_case(patient, cause, on, record))
    if shown.accepted is not None or not shown.options or shown.situation is Scene.DISASTER:
        return shown
    declared = decide(_case(patient, cause, on, record, declares=True))
    if declared.accepted is not None:
        return declared
    return decide(_case(patient, cause, on, record, ruled_out=_NOTHING_AT_HAND))


def _case(
    patient: Patient,
    cause: Cause,
    on: date,
    record: VisitRecord | None,
    *,
    declares: bool = False,
    ruled_out: frozenset[FallbackOptionId] = TRIED,
) -> ReceptionCase:
    answer = record.validity if record else None
    by_number = record is not None and record.channel == NUMBER
    asked = answer if by_number else None
    presented = tuple(one.presented(asked) for one in patient.papers)
    if declares:
        presented = (*presented, Presented(DocumentKind.DECLARATION))
    known = record is not None and record.known
    if record is not None and answer is not None:
        validity, ratio = answer, record.known_ratio
        cause = Cause.LAG if answer in _LAGGING else Cause.NONE
    elif cause is Cause.NONE:
        validity, ratio, known = QualificationValidity(int(_answer(patient))), patient.ratio, True
    else:
        validity, ratio = None, record.known_ratio if record and known else None
        # Whoever has lost an eligibility is found by the card, and can be claimed by it (P-080).
        found = patient.life.answer == str(QualificationValidity.INVALID.value)
        known = known or (cause is Cause.LAG and found)
    valid = validity is QualificationValidity.VALID
    told = valid or _told_before(cause, validity, known=known)
    return ReceptionCase(
        on=on,
        cause=cause,
        validity=validity,
        birthdate=patient.birthdate,
        ratio=ratio if valid or validity is None else None,
        previous_known=known,
        revisit=known and validity is None,
        card_at_hand=patient.card_at_hand,
        ruled_out=TRIED | ruled_out,
        presented=presented,
        special_expenses=patient.in_arrears and told,
        by_number=by_number and answer is not None,
        current_known=bool(record and record.known_current and known and validity is None),
        assistance=PublicAssistance() if patient.life.assistance else None,
    )


def _told_before(cause: Cause, validity: QualificationValidity | None, *, known: bool) -> bool:
    """Tell whether the desk goes by what it was told at an earlier visit (R-159)."""
    return known and validity is None and cause is not Cause.LAG


def _answer(patient: Patient) -> str:
    """Return what OQS answers once nothing stands in the way any more."""
    answer = patient.life.answer
    return answer if answer.isdecimal() else str(QualificationValidity.VALID.value)


def _notes(decision: Decision) -> Notes:
    way = decision.accepted
    if way is FallbackOptionId.DECLARATION:
        return Notes.DECLARATION
    if AS_TOLD in decision.write_down:
        return Notes.FOUR_ITEMS
    rests_on_card = way is not None and fallback_option(way).needs_card
    return Notes.FOUR_ITEMS if CARD_FACE in decision.write_down and rests_on_card else Notes.NONE


def was_checked_rightly(expected: Expectation, record: VisitRecord) -> bool:
    """Tell whether it was asked for, or not, as it should be."""
    if record.channel == NUMBER and record.validity is not None:
        return expected.number_will_do
    if expected.methods:
        by_pin = Method.PIN if record.channel == CARD else None
        return record.validity is not None and (record.method or by_pin) in expected.methods
    # An answer to the card is right whatever one expected: OQS gave it.
    answered = record.channel == CARD and record.validity is not None
    return answered or record.cause in expected.causes
