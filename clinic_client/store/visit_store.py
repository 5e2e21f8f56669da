"""The visits and the catch-up list, written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from clinic_client.store.automatic_checks import (
    AutomaticChecks,
    CatchUpNews,
    add_news,
    expect_check,
)
from clinic_client.store.declaration_store import DeclarationStore
from clinic_client.store.persons import all_keys
from clinic_client.store.schema import (
    catch_up,
    face_attempt,
    idempotency_key,
    metadata,
    seed,
    visit,
    visit_coverage,
    visit_note,
    visit_shown,
)
from clinic_client.store.ticket_store import TicketStore
from clinic_client.store.visit_rows import (
    EACH_VISIT,
    VISIT,
    VISITS,
    add_note,
    add_visit,
    read_visits,
)
from clinic_client.store.waiting import (
    STANDS,
    ask_by_what_is_shown,
    begin_or_end,
    came_at,
    day_told_by,
    ended_by,
    entry_of,
    stop_waiting,
    wait_again,
)
from clinic_client.store.withdrawal_store import WithdrawalStore, lock_standing
from clinic_client.visits.catch_up import CatchUpEntry, begin_of, confirms
from clinic_client.visits.claims import VisitStanding
from clinic_client.visits.shown import write_shown
from clinic_client.visits.visit import CheckChannel, KnownVisits, Visit
from eligibility.qualification import QualificationValidity
from eligibility.reception.situation import Word
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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine

    from clinic_client.visits.same_person import Person
    from clinic_client.visits.shown import Shown
    from storage import IdempotentRequest, KeptAnswer
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

_KEYS = IdempotencyKeys(idempotency_key)
MIGRATIONS = Path(__file__).parent / "migrations"
GIVEN_UP_AFTER = timedelta(minutes=5)
"""A visit that another process began so long ago has come to nothing, also where nobody can tell
whether that process still runs."""

_NEWEST_FIRST = (visit.c.at.desc(), visit.c.recorded_at.desc())

_VISITS_OF_DAYS = EACH_VISIT.where(
    visit.c.day.between(bindparam("first"), bindparam("last")),
    visit.c.channel != CheckChannel.CATCH_UP.value,
).order_by(*_NEWEST_FIRST)
"""The visits of business days at which somebody came, the newest first."""
_OF_PATIENT = (
    visit.c.patient_key.in_(bindparam("keys", expanding=True)),
    visit.c.withdrawn.is_(False),
)
"""A patient's visits that stand."""
_LATEST_VISIT_OF_PATIENT = (
    EACH_VISIT.where(*_OF_PATIENT)
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
    EACH_VISIT.where(*_OF_PATIENT, visit.c.validity.is_not(None)).order_by(*_NEWEST_FIRST).limit(1)
)
"""A patient's latest visit that OQS answered."""
_LATEST_CONFIRMED_VISIT = (
    EACH_VISIT.where(*_OF_PATIENT, visit.c.validity == QualificationValidity.VALID.value)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
"""A patient's latest visit at which OQS answered 有効."""
_FAILED_FACES = select(face_attempt.c.failed).where(
    face_attempt.c.patient_key == bindparam("patient_key")
)
"""How many faces in a row did not fit a card."""
_FORGET_FACES = delete(face_attempt).where(face_attempt.c.patient_key == bindparam("patient"))
_FORGET_SHOWN = delete(visit_shown).where(visit_shown.c.visit_id == bindparam("visit"))
_FORGET_NOTE = delete(visit_note).where(visit_note.c.visit_id == bindparam("visit"))
_OPEN_ENTRIES = (
    select(catch_up)
    .where(catch_up.c.closed_by.is_(None), STANDS)
    .order_by(catch_up.c.check_from.is_(None), catch_up.c.check_from, catch_up.c.since)
)
"""Who is to be checked again: first what is due soonest, what depends on the patient last."""
_EXPECT = (
    update(catch_up)
    .where(
        catch_up.c.visit_id == bindparam("visit"),
        catch_up.c.closed_by.is_(None),
        catch_up.c.check_from.is_distinct_from(bindparam("day")),
        STANDS,
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
        self.withdrawals = WithdrawalStore(engine)
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

        A person's older entries whose days it confirms end with it, and so does that of the
        ``earlier`` visit that is checked again, which may know nobody. One without a valid answer
        waits itself, in the place of those of the same day. With the number that was ``asked`` for,
        or could be, it is checked again by itself. The request that is to be done ``once`` is kept
        with the visit.

        Raises:
            AnsweredBefore: another process has done what is to be done ``once``.
        """
        with self._engine.begin() as connection:
            if once is not None:
                _require_new(connection, once)
            add_visit(connection, new, recorded_at)
            if begin_or_end(connection, new, asked, earlier):
                news = CatchUpNews(new.visit_id, new.visit_id, new.at)
                if owed := _told(connection, [news]):
                    _, first = owed[0]
                    news = replace(news, earlier_id=first.visit.visit_id)
                    add_news(connection, news, seen_at=None)
            if once is not None:
                _keep(connection, once, 201, new.visit_id, recorded_at)

    def record_recheck(
        self,
        new: Visit,
        earlier: Visit,
        recorded_at: datetime,
        asked: QualificationConfirmSearchInfo | None,
        once: IdempotentRequest | None = None,
        *,
        seen: bool = False,
    ) -> bool:
        """Write down what a check at which nobody came found out, and tell the desk of it.

        False, and nothing is written, where the visit does not wait any more: somebody was quicker,
        or has withdrawn it. `seen`: the desk has asked, and knows it, unless something is to be
        settled; by the request that is to be done `once`, if there is one.

        Raises:
            AnsweredBefore: another process has done what is to be done ``once``.
        """
        with self._engine.begin() as connection:
            if once is not None:
                _require_new(connection, once)
            if not lock_standing(connection, earlier.visit_id):
                return False
            if begin_or_end(connection, new, asked, earlier) is None:
                return False
            add_visit(connection, new, recorded_at)
            told = CatchUpNews(new.visit_id, came_at(connection, new).visit_id, new.at)
            seen = seen and not any(one.contradictions for _, one in _told(connection, [told]))
            add_news(connection, told, seen_at=recorded_at if seen else None)
            if once is not None:
                _keep(connection, once, 201, new.visit_id, recorded_at)
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
            found = read_visits(connection, VISIT, visit_id=visit_id)
        return found[0] if found else None

    def came_at(self, one: Visit) -> Visit:
        """Return the visit at which somebody came: of a check by itself that it was made for."""
        with reading(self._engine) as connection:
            return came_at(connection, one)

    def entry_of(self, one: Visit) -> Visit | None:
        """Return in what the waiting of a visit goes on that no other one has ended; else None."""
        with reading(self._engine) as connection:
            return entry_of(connection, one)

    def previous_of(self, one: Visit) -> Visit | None:
        """Return the person's visit before this one; one that is withdrawn is passed over."""
        previous = self.find(one.previous_id) if one.previous_id else None
        while previous is not None and previous.withdrawal is not None:
            previous = self.find(previous.previous_id) if previous.previous_id else None
        return previous

    def note_name(self, visit_id: str, noted_name: str) -> None:
        """Keep what the receptionist calls the patient of a visit; empty forgets it."""
        with self._engine.begin() as connection:
            connection.execute(_FORGET_NOTE, {"visit": visit_id})
            add_note(connection, visit_id, noted_name)

    def record_shown(self, visit_id: str, shown: Shown, shown_at: datetime) -> None:
        """Keep what the patient of a visit shows; it takes the place of what was kept before.

        A visit that waits is checked again by the number that is shown, as long as it is.
        """
        with self._engine.begin() as connection:
            connection.execute(_FORGET_SHOWN, {"visit": visit_id})
            row = {"visit_id": visit_id, "shown": write_shown(shown), "shown_at": shown_at}
            connection.execute(insert(visit_shown), row)
            ask_by_what_is_shown(connection, visit_id)

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

    def known_visits_of(self, person: Person) -> KnownVisits:
        """Return what the visits of a person tell of the next one, by whatever way they came."""
        queries = (_LATEST_VISIT_OF_PATIENT, _LATEST_CONFIRMED_VISIT, _LATEST_ANSWERED_VISIT)
        with reading(self._engine) as connection:
            keys = list(all_keys(connection, person))
            found = [read_visits(connection, one, keys=keys) for one in queries]
            previous, confirmed, answered = (one[0] if one else None for one in found)
            known = KnownVisits(previous, confirmed, answered)
            if previous is None or previous.channel is not CheckChannel.CATCH_UP:
                return known
            return replace(known, told_of=day_told_by(connection, previous))

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

    def news(self) -> Sequence[tuple[Visit, VisitStanding]]:
        """Return what was found out and the desk has not seen, beside what it was found of.

        That is the visit for which a check was made, then each other one that the check, or a visit
        of today, confirms and of which something is to be settled.
        """
        news = self.automatic.news()
        with reading(self._engine) as connection:
            return _told(connection, news)

    def to_settle(self, confirming: Sequence[Visit]) -> Mapping[str, Sequence[VisitStanding]]:
        """Return what is to be settled of earlier visits, by the visits that confirm them."""
        found: dict[str, list[VisitStanding]] = {}
        with reading(self._engine) as connection:
            told = [
                CatchUpNews(one.visit_id, came_at(connection, one).visit_id, one.at)
                for one in confirming
                if one.decision.word is Word.VALID
            ]
            for one, standing in _told(connection, told) if told else ():
                if standing.contradictions:
                    found.setdefault(one.visit_id, []).append(standing)
        return found

    def end_news(self, confirming: Visit, at: datetime) -> None:
        """Note as seen what a visit told of others, once nothing of them is to be settled."""
        if confirming.channel is not CheckChannel.CATCH_UP and not self.to_settle([confirming]):
            self.automatic.see(confirming.visit_id, at)

    def found_after(self, visit_id: str) -> Visit | None:
        """Return what a check by itself found out last about a visit."""
        told = self.automatic.news_of(visit_id)
        return self.find(told.visit_id) if told else None

    def stop_waiting(self, visit_id: str, when: datetime) -> bool:
        """Have a visit wait no more, though nothing has confirmed it; tell whether it did."""
        with self._engine.begin() as connection:
            return stop_waiting(connection, visit_id, when)

    def wait_again(self, visit_id: str) -> bool:
        """Have a visit wait again that was given up; tell whether it was."""
        with self._engine.begin() as connection:
            return wait_again(connection, visit_id)

    def expect(self, visit_id: str, check_from: date) -> bool:
        """Note from which day a waiting visit can be checked; tell whether that is news."""
        with self._engine.begin() as connection:
            result = connection.execute(_EXPECT, {"visit": visit_id, "day": check_from})
            if result.rowcount:
                expect_check(connection, visit_id, begin_of(check_from))
        return result.rowcount > 0


def _told(
    connection: Connection, told: Sequence[CatchUpNews]
) -> Sequence[tuple[Visit, VisitStanding]]:
    """Return news in full: of the visit for which a check was made, and of what is to be settled.

    What is to be settled is told of every visit that is confirmed, whatever has confirmed it.
    """
    ends = ended_by(connection, [one.visit_id for one in told])
    ids = {*ends, *(one_id for one in told for one_id in (one.visit_id, one.earlier_id))}
    read = read_visits(connection, VISITS, visit_ids=list(ids))
    visits = {one.visit_id: one for one in read}
    others: dict[str, list[Visit]] = {}
    for one_id, end in sorted(ends.items(), key=lambda ended: visits[ended[0]].at):
        if visits[one_id].channel is not CheckChannel.CATCH_UP:
            others.setdefault(end, []).append(visits[one_id])
    found_of: list[tuple[Visit, VisitStanding]] = []
    for one in told:
        found, made_for, day = visits[one.visit_id], None, visits[one.visit_id].day
        if found.withdrawal is not None:
            continue
        if found.channel is CheckChannel.CATCH_UP:
            # A check by itself asks for the day of the visit that it is made for (P-092).
            made_for = visits[one.earlier_id]
            day = made_for.day
            found_of.append((found, _confirmed(made_for, found, day)))
        beside = (
            _confirmed(other, found, day)
            for other in others.get(found.visit_id, ())
            if other is not made_for and other.withdrawal is None
        )
        found_of += [(found, standing) for standing in beside if standing.contradictions]
    return found_of


def _confirmed(earlier: Visit, found: Visit, told_of: date) -> VisitStanding:
    """Tell what became of a visit by a check, which may not confirm it."""
    if not confirms(found, told_of, earlier, earlier.day):
        return VisitStanding(earlier)
    return VisitStanding(earlier, confirmed_by=found, told_of=told_of)


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
