"""The visits and the catch-up list, written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from clinic_client.store.automatic_checks import (
    AutomaticChecks,
    CatchUpNews,
    add_news,
    add_written_check,
    asked_of,
    drop_checks,
    expect_check,
    write_question,
)
from clinic_client.store.declaration_store import DeclarationStore
from clinic_client.store.schema import (
    catch_up,
    face_attempt,
    idempotency_key,
    metadata,
    seed,
    visit,
    visit_answer,
    visit_coverage,
    visit_note,
    visit_reading,
    visit_shown,
    visit_withdrawal,
)
from clinic_client.store.ticket_store import TicketStore
from clinic_client.store.withdrawal_store import WithdrawalStore, lock_standing
from clinic_client.visits.assistance import assistance_of
from clinic_client.visits.card_reading import obstacle_of, read_reading, write_reading
from clinic_client.visits.catch_up import CatchUpEntry, begin_of, first_check, question_shown
from clinic_client.visits.coverage import Coverage, insurers_of
from clinic_client.visits.shown import read_shown, with_shown, write_shown
from clinic_client.visits.visit import CheckChannel, KnownVisits, Patient, Timings, Visit
from clinic_client.visits.withdrawal import Withdrawal, WithdrawalReason
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.terminal.clinic_variant import ClinicVariant
from storage import (
    AnsweredBefore,
    IdempotencyKeys,
    Presence,
    SeedKeeper,
    flush,
    open_engine,
    outages,
    reading,
)
from wire.request_key import KEPT_HOURS
from wire.vocabulary.answer import ResponseBody
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine, Row, Select

    from clinic_client.visits.shown import Shown
    from storage import IdempotentRequest, KeptAnswer
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

_KEYS = IdempotencyKeys(idempotency_key)
MIGRATIONS = Path(__file__).parent / "migrations"
GIVEN_UP_AFTER = timedelta(minutes=5)
"""A visit that another process began so long ago has come to nothing, also where nobody can tell
whether that process still runs."""

VISITS_AT_HAND = 256
"""How many visits are not made anew from the same rows: those of a busy day."""

_NEWEST_FIRST = (visit.c.at.desc(), visit.c.recorded_at.desc())

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
_VISIT = EACH_VISIT.where(visit.c.visit_id == bindparam("visit_id"))
"""One visit."""
VISITS = EACH_VISIT.where(visit.c.visit_id.in_(bindparam("visit_ids", expanding=True)))
"""Some visits, in no order."""
_VISITS_OF_DAYS = EACH_VISIT.where(
    visit.c.day.between(bindparam("first"), bindparam("last")),
    visit.c.channel != CheckChannel.CATCH_UP.value,
).order_by(*_NEWEST_FIRST)
"""The visits of business days at which somebody came, the newest first."""
_OF_PATIENT = (visit.c.patient_key == bindparam("patient_key")) & visit.c.withdrawn.is_(False)
"""A patient's visits that stand."""
_LATEST_VISIT_OF_PATIENT = (
    EACH_VISIT.where(_OF_PATIENT)
    .order_by(
        select(visit_coverage.c.visit_id)
        .where(visit_coverage.c.visit_id == visit.c.visit_id)
        .exists()
        .desc(),
        *_NEWEST_FIRST,
    )
    .limit(1)
)
"""A patient's latest visit at which a qualification was shown, or else the latest."""
_LATEST_ANSWERED_VISIT = (
    EACH_VISIT.where(_OF_PATIENT, visit.c.validity.is_not(None)).order_by(*_NEWEST_FIRST).limit(1)
)
"""A patient's latest visit that OQS answered."""
_LATEST_CONFIRMED_VISIT = (
    EACH_VISIT.where(_OF_PATIENT, visit.c.validity == QualificationValidity.VALID.value)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
"""A patient's latest visit at which OQS answered 有効."""
_COVERAGES_OF_VISITS = (
    select(visit_coverage)
    .where(visit_coverage.c.visit_id.in_(bindparam("visit_ids", expanding=True)))
    .order_by(visit_coverage.c.visit_id, visit_coverage.c.position)
)
"""The qualifications that some visits were shown, in the order of the answers."""
_FAILED_FACES = select(face_attempt.c.failed).where(
    face_attempt.c.patient_key == bindparam("patient_key")
)
"""How many faces in a row did not fit a card."""
_FORGET_FACES = delete(face_attempt).where(face_attempt.c.patient_key == bindparam("patient"))
_FORGET_SHOWN = delete(visit_shown).where(visit_shown.c.visit_id == bindparam("visit"))
_FORGET_NOTE = delete(visit_note).where(visit_note.c.visit_id == bindparam("visit"))
_STANDS = (
    select(visit.c.visit_id)
    .where(visit.c.visit_id == catch_up.c.visit_id, visit.c.withdrawn.is_(False))
    .exists()
)
"""Whether the visit of an entry stands."""
_OPEN_ENTRIES = (
    select(catch_up)
    .where(catch_up.c.closed_by.is_(None), _STANDS)
    .order_by(catch_up.c.check_from.is_(None), catch_up.c.check_from, catch_up.c.since)
)
"""Who is to be checked again: first what is due soonest, what depends on the patient last."""
_OPEN_OF_PATIENT = (catch_up.c.patient_key == bindparam("patient")) & catch_up.c.closed_by.is_(None)
_LOCK_OF_PATIENT = (
    select(catch_up.c.visit_id)
    .where(catch_up.c.patient_key == bindparam("patient"))
    .order_by(catch_up.c.visit_id)
    .with_for_update()
)
"""Have a patient's entries to oneself: a visit that ended some may be withdrawn meanwhile."""
_OPEN_ENTRY = (
    select(catch_up.c.asked)
    .where(catch_up.c.visit_id == bindparam("waiting"), catch_up.c.closed_by.is_(None), _STANDS)
    .with_for_update()
)
"""The number by which a visit that stands and waits was to be checked from the first."""
_WAITING = select(catch_up.c.visit_id, catch_up.c.since).where(_OPEN_OF_PATIENT, _STANDS)
"""A patient's open entries, and the days on which they began."""
_CLOSE_ENTRY = (
    update(catch_up)
    .where(catch_up.c.visit_id == bindparam("waiting"), catch_up.c.closed_by.is_(None))
    .values(closed_by=bindparam("visit"), closed_at=bindparam("at"))
)
"""End the entry of one visit, where it is open, with what was found out about it."""
_SINCE = select(catch_up.c.since).where(catch_up.c.visit_id == bindparam("waiting"))
"""The day on which the waiting of a visit began."""
_CLOSE_ENTRIES = (
    update(catch_up)
    .where(_OPEN_OF_PATIENT)
    .values(closed_by=bindparam("visit"), closed_at=bindparam("at"))
)
"""End a patient's open entries with a newer visit, those of withdrawn visits too: they may stand
again."""
_EXPECT = (
    update(catch_up)
    .where(
        catch_up.c.visit_id == bindparam("visit"),
        catch_up.c.closed_by.is_(None),
        catch_up.c.check_from.is_distinct_from(bindparam("day")),
        _STANDS,
    )
    .values(check_from=bindparam("day"))
)
"""Note from which day a waiting visit can be checked, where that is news."""


class VisitStore:
    """The visits and the catch-up list. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.automatic = AutomaticChecks(engine)
        self.declarations = DeclarationStore(engine)
        self.tickets = TicketStore(engine)
        self.withdrawals = WithdrawalStore(engine, _ask_by_what_is_shown)
        self._presence = Presence(engine)
        """Tells what this process has begun from what others have, and whether these still run."""

    @property
    def engine(self) -> Engine:
        """The database."""
        return self._engine

    def seed_keeper(self) -> SeedKeeper:
        """Return what takes the seed of all this, and puts it back."""
        return SeedKeeper(self._engine, metadata, seed)

    def close(self) -> None:
        """Close the database."""
        self._presence.close()
        self._engine.dispose()

    @property
    def outages(self) -> tuple[type[Exception], ...]:
        """What is raised when the database does not answer."""
        return outages(self._engine)

    def record(
        self,
        new: Visit,
        recorded_at: datetime,
        once: IdempotentRequest | None = None,
        asked: QualificationConfirmSearchInfo | None = None,
        earlier: Visit | None = None,
    ) -> None:
        """Write a visit down, and bring the catch-up list up to date with it.

        A person's older entries end with each newer visit, and so does that of the ``earlier``
        visit that is checked again, which may know nobody; one that is still without a valid
        answer takes their place in the list, and keeps the day on which the waiting began. With
        the number that was ``asked`` for, or could be, it is checked again by itself. The request
        that is to be done ``once`` is kept with the visit.

        Raises:
            AnsweredBefore: another process has done what is to be done ``once``.
        """
        with self._engine.begin() as connection:
            if once is not None:
                _require_new(connection, once)
            _add_visit(connection, new, recorded_at)
            since = _close_entries(connection, new)
            if earlier is not None:
                since = min(since, _close_entry(connection, earlier, new) or since)
            _wait(connection, new, since, asked)
            if once is not None:
                _keep(connection, once, 201, new.visit_id, recorded_at)

    def record_recheck(
        self,
        new: Visit,
        earlier: Visit,
        recorded_at: datetime,
        asked: QualificationConfirmSearchInfo | None,
    ) -> bool:
        """Write down what an automatic check found out, and tell the desk of it.

        False, and nothing is written, where the visit does not wait any more: somebody was quicker,
        or has withdrawn it.
        """
        with self._engine.begin() as connection:
            if not lock_standing(connection, earlier.visit_id):
                return False
            since = _close_entry(connection, earlier, new)
            if since is None:
                return False
            _add_visit(connection, new, recorded_at)
            _wait(connection, new, min(since, _close_entries(connection, new)), asked)
            add_news(connection, CatchUpNews(new.visit_id, earlier.visit_id, new.at))
        return True

    def begin(self, request: IdempotentRequest, began_at: datetime) -> KeptAnswer | None:
        """Keep that a request is being done, and return None; or return what is kept of it.

        That is the visit, or the document of a problem; or no status, where another process is at
        it. What this process began, or one that has ended, or another one `GIVEN_UP_AFTER` ago, is
        begun anew: it has come to nothing.
        """
        self._presence.show()
        with self._engine.begin() as connection:
            found = _KEYS.lock(connection, request)
            if found is not None and found.status is None:
                own, at = found.answer.split()
                if self._came_to_nothing(connection, own, datetime.fromisoformat(at), began_at):
                    _KEYS.give_up(connection, request)
                    found = None
            if found is None:
                _KEYS.forget(connection, began_at - timedelta(hours=KEPT_HOURS))
                begun = f"{self._presence.name} {began_at.isoformat()}"
                _KEYS.add(connection, request, None, begun, began_at)
        if found is not None:
            # Its first sender may not have been answered, as it could not be flushed.
            flush(self._engine)
        return found

    def _came_to_nothing(
        self, connection: Connection, process: str, began_at: datetime, now: datetime
    ) -> bool:
        if process == self._presence.name or now - began_at > GIVEN_UP_AFTER:
            return True
        return self._presence.ended(connection, process, began_at)

    def give_up(self, request: IdempotentRequest) -> None:
        """Forget that a request was begun which left everything as it was."""
        with self._engine.begin() as connection:
            _KEYS.give_up(connection, request)

    def keep_problem(
        self, request: IdempotentRequest, status: int, document: str, recorded_at: datetime
    ) -> None:
        """Keep the answer of an attempt that led to no visit, and must not be made again.

        Raises:
            AnsweredBefore: another process has answered the request.
        """
        with self._engine.begin() as connection:
            _require_new(connection, request)
            _keep(connection, request, status, document, recorded_at)

    def find(self, visit_id: str) -> Visit | None:
        """Return one visit."""
        with reading(self._engine) as connection:
            found = read_visits(connection, _VISIT, visit_id=visit_id)
        return found[0] if found else None

    def previous_of(self, one: Visit) -> Visit | None:
        """Return the person's visit before this one; one that is withdrawn is passed over."""
        previous = self.find(one.previous_id) if one.previous_id else None
        while previous is not None and previous.withdrawal is not None:
            previous = self.find(previous.previous_id) if previous.previous_id else None
        return previous

    def waited_of(self, one: Visit) -> Visit | None:
        """Return the visit that one was checked for by itself; what somebody came for is its own.

        Of one after another it is the first.
        """
        found: Visit | None = one
        while found is not None and found.channel is CheckChannel.CATCH_UP:
            found = self.find(found.previous_id) if found.previous_id else None
        return found

    def note_name(self, visit_id: str, noted_name: str) -> None:
        """Keep what the receptionist calls the patient of a visit; empty forgets it."""
        with self._engine.begin() as connection:
            connection.execute(_FORGET_NOTE, {"visit": visit_id})
            _add_note(connection, visit_id, noted_name)

    def record_shown(self, visit_id: str, shown: Shown, shown_at: datetime) -> None:
        """Keep what the patient of a visit shows; it takes the place of what was kept before.

        A visit that waits is checked again by the number that is shown, as long as it is.
        """
        with self._engine.begin() as connection:
            connection.execute(_FORGET_SHOWN, {"visit": visit_id})
            row = {"visit_id": visit_id, "shown": write_shown(shown), "shown_at": shown_at}
            connection.execute(insert(visit_shown), row)
            _ask_by_what_is_shown(connection, visit_id)

    def failed_faces(self, patient_key: str) -> int:
        """Return how many faces in a row did not fit the photograph of a card (P-018)."""
        with reading(self._engine) as connection:
            return connection.scalar(_FAILED_FACES, {"patient_key": patient_key}) or 0

    def note_faces(self, patient_key: str, failed: int) -> None:
        """Keep how many they are now."""
        with self._engine.begin() as connection:
            connection.execute(_FORGET_FACES, {"patient": patient_key})
            if failed:
                row = {"patient_key": patient_key, "failed": failed}
                connection.execute(insert(face_attempt), row)

    def of_day(self, day: date) -> Sequence[Visit]:
        """Return the visits of a business day, the newest first."""
        return self.of_days(day, day)

    def of_days(self, first: date, last: date) -> Sequence[Visit]:
        """Return the visits of business days, both included, the newest first."""
        with reading(self._engine) as connection:
            return read_visits(connection, _VISITS_OF_DAYS, first=first, last=last)

    def known_visits_of(self, patient_key: str | None) -> KnownVisits:
        """Return what the visits of a person tell of the next one."""
        if patient_key is None:
            return KnownVisits()
        queries = (_LATEST_VISIT_OF_PATIENT, _LATEST_CONFIRMED_VISIT, _LATEST_ANSWERED_VISIT)
        with reading(self._engine) as connection:
            found = [read_visits(connection, one, patient_key=patient_key) for one in queries]
            previous, confirmed, answered = (one[0] if one else None for one in found)
            known = KnownVisits(previous, confirmed, answered)
            if previous is None or previous.channel is not CheckChannel.CATCH_UP:
                return known
            waited = read_visits(connection, _VISIT, visit_id=previous.previous_id)
        return replace(known, told_of=waited[0].day if waited else None)

    def catch_up_list(self) -> Sequence[CatchUpEntry]:
        """Return the catch-up list: first what is due soonest, what depends on the patient last."""
        with reading(self._engine) as connection:
            rows = connection.execute(_OPEN_ENTRIES).all()
            found = read_visits(connection, VISITS, visit_ids=[row.visit_id for row in rows])
        visits = {one.visit_id: one for one in found}
        to_come = self.automatic.to_come()
        return [
            CatchUpEntry(
                visits[row.visit_id],
                row.since,
                row.check_from,
                next_at=check.next_at if (check := to_come.get(row.visit_id)) else None,
                attempts=check.attempts if check else 0,
                problem=check.last_problem if check else None,
            )
            for row in rows
            # Not who was accepted since by what needs no check.
            if visits[row.visit_id].decision.check_again is not None
        ]

    def news(self) -> Sequence[tuple[Visit, Visit]]:
        """Return what checks found out and the desk has not seen, each beside the earlier visit."""
        told = self.automatic.news()
        ids = [one_id for one in told for one_id in (one.visit_id, one.earlier_id)]
        with reading(self._engine) as connection:
            visits = {one.visit_id: one for one in read_visits(connection, VISITS, visit_ids=ids)}
        return [
            (visits[one.visit_id], visits[one.earlier_id])
            for one in told
            if visits[one.visit_id].withdrawal is None
        ]

    def found_after(self, visit_id: str) -> Visit | None:
        """Return what a check by itself found out last about a visit."""
        told = self.automatic.news_of(visit_id)
        return self.find(told.visit_id) if told else None

    def expect(self, visit_id: str, check_from: date) -> bool:
        """Note from which day a waiting visit can be checked; tell whether that is news."""
        with self._engine.begin() as connection:
            result = connection.execute(_EXPECT, {"visit": visit_id, "day": check_from})
            if result.rowcount:
                expect_check(connection, visit_id, begin_of(check_from))
        return result.rowcount > 0


def open_store(url: str) -> VisitStore:
    """Open the clinic's database, and bring its schema up to date.

    Raises:
        StorageUnavailable: it cannot be opened; the message says why.
    """
    return VisitStore(open_engine(url, metadata, MIGRATIONS))


def _keep(
    connection: Connection,
    request: IdempotentRequest,
    status: int,
    answer: str,
    recorded_at: datetime,
) -> None:
    _KEYS.give_up(connection, request)
    _KEYS.add(connection, request, status, answer, recorded_at)


def _require_new(connection: Connection, request: IdempotentRequest) -> None:
    """See to it that a request has not come to its end elsewhere.

    Raises:
        AnsweredBefore: it has.
    """
    kept = _KEYS.lock(connection, request)
    if kept is not None and kept.status is not None:
        raise AnsweredBefore(kept)


def _add_visit(connection: Connection, new: Visit, recorded_at: datetime) -> None:
    connection.execute(insert(visit), _visit_columns(new, recorded_at))
    _add_note(connection, new.visit_id, new.noted_name)
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


def _add_note(connection: Connection, visit_id: str, noted_name: str | None) -> None:
    if noted_name:
        connection.execute(insert(visit_note), {"visit_id": visit_id, "noted_name": noted_name})


def _close_entries(connection: Connection, new: Visit) -> date:
    """End the person's entries; return the day on which the waiting began."""
    if new.patient_key is None:
        return new.day
    patient = {"patient": new.patient_key}
    connection.execute(_LOCK_OF_PATIENT, patient)
    waiting = connection.execute(_WAITING, patient).all()
    connection.execute(_CLOSE_ENTRIES, {**patient, "visit": new.visit_id, "at": new.at})
    drop_checks(connection, [row.visit_id for row in waiting])
    began: list[date] = [row.since for row in waiting]
    return min([new.day, *began])


def _close_entry(connection: Connection, earlier: Visit, new: Visit) -> date | None:
    """End the entry of one visit; return the day on which it began, None where it had ended."""
    waiting = {"waiting": earlier.visit_id}
    ended = connection.execute(_CLOSE_ENTRY, {**waiting, "visit": new.visit_id, "at": new.at})
    drop_checks(connection, [earlier.visit_id])
    if not ended.rowcount:
        return None
    since: date = connection.execute(_SINCE, waiting).scalar_one()
    return since


def _wait(
    connection: Connection,
    new: Visit,
    since: date,
    asked: QualificationConfirmSearchInfo | None,
) -> None:
    """Put a visit without a valid answer on the list; by a number it is checked again by itself."""
    again = new.decision.check_again
    if again is None:
        return
    number = write_question(asked) if asked is not None else None
    entry = {
        "visit_id": new.visit_id,
        "patient_key": new.patient_key,
        "since": since,
        "check_from": again.on,
        "asked": number,
    }
    connection.execute(insert(catch_up), entry)
    first = first_check(new)
    if number is not None and first is not None:
        add_written_check(connection, new.visit_id, number, first)


def _ask_by_what_is_shown(connection: Connection, visit_id: str) -> None:
    """Have a waiting visit be checked by the number of its paper, else by that of before."""
    entry = connection.execute(_OPEN_ENTRY, {"waiting": visit_id}).first()
    if entry is None:
        return
    (waiting,) = read_visits(connection, _VISIT, visit_id=visit_id)
    shown, first = question_shown(waiting), first_check(waiting)
    number: str | None = write_question(shown) if shown is not None else entry.asked
    if number == asked_of(connection, visit_id):
        return
    drop_checks(connection, [visit_id])
    if number is not None and first is not None:
        add_written_check(connection, visit_id, number, first)


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
