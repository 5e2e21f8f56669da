"""The visits and the catch-up list, written and read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from clinic_client.store.schema import catch_up, metadata, visit, visit_coverage
from clinic_client.visits.catch_up import CatchUpEntry
from clinic_client.visits.coverage import Coverage
from clinic_client.visits.visit import CheckChannel, Patient, Timings, Visit
from eligibility.qualification import QualificationValidity
from eligibility.reception.decision import Cause, ReceptionCase, decide
from storage import open_engine
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine, Row, Select

MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """What the clinic keeps. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def record(self, new: Visit, recorded_at: datetime) -> None:
        """Write a visit down, and bring the catch-up list up to date with it.

        A person's older entries end with each newer visit; one that is still without a valid
        answer takes their place in the list, and keeps the day on which the waiting began.
        """
        with self._engine.begin() as connection:
            connection.execute(insert(visit), _visit_columns(new, recorded_at))
            if new.coverages:
                connection.execute(
                    insert(visit_coverage),
                    [
                        {"visit_id": new.visit_id, "position": position, **_slots(one)}
                        for position, one in enumerate(new.coverages)
                    ],
                )
            since = _close_entries(connection, new)
            if new.decision.check_again is not None:
                connection.execute(
                    insert(catch_up),
                    {
                        "visit_id": new.visit_id,
                        "patient_key": new.patient_key,
                        "since": since,
                        "check_from": new.decision.check_again.on,
                    },
                )

    def find(self, visit_id: str) -> Visit | None:
        """Return one visit."""
        found = self._read(select(visit).where(visit.c.visit_id == visit_id))
        return found[0] if found else None

    def previous_of(self, one: Visit) -> Visit | None:
        """Return the person's visit before this one."""
        return self.find(one.previous_id) if one.previous_id else None

    def of_day(self, day: date) -> Sequence[Visit]:
        """Return the visits of a business day, the newest first."""
        return self._read(select(visit).where(visit.c.day == day).order_by(*_NEWEST_FIRST))

    def latest_of(self, patient_key: str | None) -> Visit | None:
        """Return a person's latest visit at which a qualification was shown, or else the latest."""
        if patient_key is None:
            return None
        known = (
            select(visit_coverage.c.visit_id)
            .where(visit_coverage.c.visit_id == visit.c.visit_id)
            .exists()
        )
        found = self._read(
            select(visit)
            .where(visit.c.patient_key == patient_key)
            .order_by(known.desc(), *_NEWEST_FIRST)
            .limit(1)
        )
        return found[0] if found else None

    def waiting(self) -> Sequence[CatchUpEntry]:
        """Return the catch-up list: first what is due soonest, what depends on the patient last."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(catch_up)
                .where(catch_up.c.closed_by.is_(None))
                .order_by(catch_up.c.check_from.is_(None), catch_up.c.check_from, catch_up.c.since)
            ).all()
            visits = {
                one.visit_id: one
                for one in _visits(
                    connection,
                    select(visit).where(visit.c.visit_id.in_([row.visit_id for row in rows])),
                )
            }
        return [CatchUpEntry(visits[row.visit_id], row.since, row.check_from) for row in rows]

    def expect(self, visit_id: str, check_from: date) -> bool:
        """Note from which day a waiting visit can be checked; tell whether that is news."""
        with self._engine.begin() as connection:
            result = connection.execute(
                update(catch_up)
                .where(
                    catch_up.c.visit_id == visit_id,
                    catch_up.c.closed_by.is_(None),
                    catch_up.c.check_from.is_distinct_from(check_from),
                )
                .values(check_from=check_from)
            )
        return result.rowcount > 0

    def _read(self, query: Select[tuple[object, ...]]) -> Sequence[Visit]:
        with self._engine.begin() as connection:
            return _visits(connection, query)


def open_store(url: str) -> Store:
    """Open the clinic's database, and bring its schema up to date.

    Raises:
        StorageUnavailable: it cannot be opened; the message says why.
    """
    return Store(open_engine(url, metadata, MIGRATIONS))


_NEWEST_FIRST = (visit.c.at.desc(), visit.c.recorded_at.desc())


def _close_entries(connection: Connection, new: Visit) -> date:
    """End the person's entries; return the day on which the waiting began."""
    if new.patient_key is None:
        return new.day
    open_ones = (catch_up.c.patient_key == new.patient_key) & catch_up.c.closed_by.is_(None)
    since: Sequence[date] = (
        connection.execute(select(catch_up.c.since).where(open_ones)).scalars().all()
    )
    connection.execute(
        update(catch_up).where(open_ones).values(closed_by=new.visit_id, closed_at=new.at)
    )
    return min([new.day, *since])


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
        "certificate_expires_on": case.certificate_expires_on,
        "visible_on": case.visible_on,
        "previous_id": new.previous_id,
        "simulation_reference": new.simulation_reference,
        "problem_code": new.problem_code,
        **_slots(new.timings),
    }


def _visits(connection: Connection, query: Select[tuple[object, ...]]) -> Sequence[Visit]:
    rows = connection.execute(query).all()
    coverages: dict[str, list[Coverage]] = {}
    shown = connection.execute(
        select(visit_coverage)
        .where(visit_coverage.c.visit_id.in_([row.visit_id for row in rows]))
        .order_by(visit_coverage.c.visit_id, visit_coverage.c.position)
    )
    for row in shown:
        coverages.setdefault(row.visit_id, []).append(Coverage(*row[2:]))
    return [_visit(row, coverages.get(row.visit_id, ())) for row in rows]


def _visit(row: Row[tuple[object, ...]], coverages: Iterable[Coverage]) -> Visit:
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
    )
    patient = (
        Patient(row.name, row.name_kana, Sex(row.sex1), row.birthdate)
        if row.name is not None
        else None
    )
    return Visit(
        visit_id=row.visit_id,
        at=row.at,
        channel=CheckChannel(row.channel),
        case=case,
        decision=decide(case),
        patient_key=row.patient_key,
        patient=patient,
        coverages=tuple(coverages),
        previous_id=row.previous_id,
        simulation_reference=row.simulation_reference,
        problem_code=row.problem_code,
        timings=Timings(row.challenge_ms, row.card_ms, row.inquiry_ms, row.total_ms),
    )
