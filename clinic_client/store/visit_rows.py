"""Visits as rows of the tables, and rows as visits."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select

from clinic_client.store.schema import (
    visit,
    visit_answer,
    visit_coverage,
    visit_note,
    visit_reading,
    visit_shown,
    visit_withdrawal,
)
from clinic_client.visits.assistance import assistance_of
from clinic_client.visits.card_reading import obstacle_of, read_reading, write_reading
from clinic_client.visits.coverage import Coverage, insurers_of
from clinic_client.visits.shown import read_shown, with_shown
from clinic_client.visits.visit import CheckChannel, Patient, Timings, Visit
from clinic_client.visits.withdrawal import Withdrawal, WithdrawalReason
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.terminal.clinic_variant import ClinicVariant
from wire.vocabulary.answer import ResponseBody
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

VISITS_AT_HAND = 256
"""How many visits are not made anew from the same rows: those of a busy day."""

_OF_WITHDRAWAL = [visit_withdrawal.c[name] for name in ("reason", "note", "staff", "at")]
EACH_VISIT = (
    select(
        visit,
        visit_note.c.noted_name,
        visit_shown.c.shown,
        visit_answer.c.answer,
        visit_reading.c.reading,
        *(column.label(f"withdrawal_{column.name}") for column in _OF_WITHDRAWAL),
    )
    .outerjoin_from(visit, visit_note, visit_note.c.visit_id == visit.c.visit_id)
    .outerjoin(visit_shown, visit_shown.c.visit_id == visit.c.visit_id)
    .outerjoin(visit_answer, visit_answer.c.visit_id == visit.c.visit_id)
    .outerjoin(visit_reading, visit_reading.c.visit_id == visit.c.visit_id)
    .outerjoin(
        visit_withdrawal,
        (visit_withdrawal.c.visit_id == visit.c.visit_id) & visit_withdrawal.c.undone_at.is_(None),
    )
)
"""All visits: what their patients are called, showed and did at the reader, OQS's answer, and by
whom they were withdrawn where they do not count."""
VISIT = EACH_VISIT.where(visit.c.visit_id == bindparam("visit_id"))
"""One visit."""
VISITS = EACH_VISIT.where(visit.c.visit_id.in_(bindparam("visit_ids", expanding=True)))
"""Some visits, in no order."""
_COVERAGES_OF_VISITS = (
    select(visit_coverage)
    .where(visit_coverage.c.visit_id.in_(bindparam("visit_ids", expanding=True)))
    .order_by(visit_coverage.c.visit_id, visit_coverage.c.position)
)
"""The qualifications that some visits were shown, in the order of the answers."""


def add_visit(connection: Connection, new: Visit, recorded_at: datetime) -> None:
    """Write a visit down."""
    connection.execute(insert(visit), _visit_columns(new, recorded_at))
    add_note(connection, new.visit_id, new.noted_name)
    if new.answer is not None:
        row = {"visit_id": new.visit_id, "answer": new.answer.as_json().decode()}
        connection.execute(insert(visit_answer), row)
    if new.reading is not None:
        row = {"visit_id": new.visit_id, "reading": write_reading(new.reading)}
        connection.execute(insert(visit_reading), row)
    if new.coverages:
        connection.execute(
            insert(visit_coverage),
            [
                {"visit_id": new.visit_id, "position": position, **_slots(one)}
                for position, one in enumerate(new.coverages)
            ],
        )


def add_note(connection: Connection, visit_id: str, noted_name: str | None) -> None:
    """Write down what the receptionist calls the patient, if anything."""
    if noted_name:
        connection.execute(insert(visit_note), {"visit_id": visit_id, "noted_name": noted_name})


def read_visits(
    connection: Connection, query: Select[tuple[object, ...]], **values: object
) -> Sequence[Visit]:
    """Return the visits that a statement on `EACH_VISIT` finds, with their qualifications."""
    rows = connection.execute(query, values).all()
    if not rows:
        return ()
    coverages: dict[str, list[Coverage]] = {}
    ids = {"visit_ids": [row.visit_id for row in rows]}
    for row in connection.execute(_COVERAGES_OF_VISITS, ids):
        coverages.setdefault(row.visit_id, []).append(Coverage(*row[2:]))
    return [_visit(row, tuple(coverages.get(row.visit_id, ()))) for row in rows]


def _slots(value: Coverage | Timings) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _visit_columns(new: Visit, recorded_at: datetime) -> dict[str, object]:
    patient = new.patient
    case = new.case
    return {
        "visit_id": new.visit_id,
        "at": new.at,
        "recorded_at": recorded_at,
        "day": new.day,
        "channel": new.channel.value,
        "cause": case.cause.value,
        "validity": case.validity.value if case.validity else None,
        "patient_key": new.patient_key,
        "name": patient.name if patient else None,
        "name_kana": patient.name_kana if patient else None,
        "sex1": patient.sex.value if patient else None,
        "birthdate": patient.birthdate if patient else None,
        "case_birthdate": case.birthdate,
        "case_ratio": case.ratio,
        "previous_known": case.previous_known,
        "revisit": case.revisit,
        "card_at_hand": case.card_at_hand,
        "special_expenses": case.special_expenses,
        "current_known": case.current_known,
        "variant": case.variant.value,
        "certificate_expires_on": case.certificate_expires_on,
        "visible_on": case.visible_on,
        "previous_id": new.previous_id,
        "simulation_reference": new.simulation_reference,
        "problem_code": new.problem_code,
        **_slots(new.timings),
    }


@lru_cache(VISITS_AT_HAND)
def _visit(row: Row[tuple[object, ...]], coverages: tuple[Coverage, ...]) -> Visit:
    """Return a visit; the list of a day is read at each arrival, and most of it is as it was."""
    answer = ResponseBody.model_validate_json(row.answer) if row.answer else None
    case = ReceptionCase(
        on=row.day,
        cause=Cause(row.cause),
        validity=QualificationValidity(row.validity) if row.validity else None,
        birthdate=row.case_birthdate,
        ratio=row.case_ratio,
        previous_known=row.previous_known,
        revisit=row.revisit,
        card_at_hand=row.card_at_hand,
        certificate_expires_on=row.certificate_expires_on,
        visible_on=row.visible_on,
        special_expenses=row.special_expenses,
        current_known=row.current_known,
        by_number=CheckChannel(row.channel).by_number,
        insurers=insurers_of(coverages),
        variant=ClinicVariant(row.variant),
        assistance=assistance_of(coverages, row.day, answer),
        obstacle=obstacle_of(row.problem_code),
    )
    patient = (
        Patient(row.name, row.name_kana, Sex(row.sex1), row.birthdate)
        if row.name is not None
        else None
    )
    found = Visit(
        visit_id=row.visit_id,
        at=row.at,
        channel=CheckChannel(row.channel),
        case=case,
        decision=decide(case),
        patient_key=row.patient_key,
        patient=patient,
        coverages=coverages,
        previous_id=row.previous_id,
        simulation_reference=row.simulation_reference,
        problem_code=row.problem_code,
        timings=Timings(row.challenge_ms, row.card_ms, row.inquiry_ms, row.total_ms),
        noted_name=row.noted_name,
        answer=answer,
        reading=read_reading(row.reading) if row.reading else None,
        withdrawal=Withdrawal(
            WithdrawalReason(row.withdrawal_reason),
            row.withdrawal_note,
            row.withdrawal_staff,
            row.withdrawal_at,
        )
        if row.withdrawal_reason
        else None,
    )
    return found if row.shown is None else with_shown(found, read_shown(row.shown))
