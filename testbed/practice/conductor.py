"""Conducts an exercise: lays the cards on, sets and ends outages, and reads what the desk did."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from testbed.cards.personas import personas
from testbed.disturbing.disturbance import Disturbance, Manner, Place
from testbed.practice.comparison import compare
from testbed.practice.exercise import Exercise, Turn
from testbed.practice.expectation import expectation
from testbed.practice.patient import patient_of
from testbed.practice.queue import OUTAGES
from testbed.readers.inserted_card import IDEAL
from wire.catalogue import Catalogue, Problem
from wire.clock import ClockMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from typing import Any

    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.disturbing.switchboard import Switchboard
    from testbed.practice.bookmark import Bookmark
    from testbed.practice.comparison import Finding
    from testbed.practice.desk_record import ClinicDesk
    from testbed.practice.queue import Queue
    from testbed.readers.slots import Slots

BETWEEN_PATIENTS = timedelta(minutes=4)
"""By how much a clock that stands still goes on with each patient [ours], so that the desk's lists
tell apart who came when."""
SLOT = 0
"""The slot of the desk's own reader."""
_RESET = Sentence(
    "この方の途中で、町がはじめの状態に戻されました。ここまでの受付の記録も消えています。"
    "練習は終わりました。もう一度始めてください。",
    "The whole system was reset while they were at the desk; the visits until then are gone too. "
    "The exercise has ended; begin it again.",
)


class Conductor:
    """The one exercise that runs at a reader. It lives as long as the testbed does."""

    def __init__(
        self,
        desk: ClinicDesk,
        switchboard: Switchboard,
        slots: Slots,
        office: MunicipalOffice,
        bookmark: Bookmark,
    ) -> None:
        self.desk = desk
        self._switchboard = switchboard
        self._slots = slots
        self._office = office
        self._turn = asyncio.Lock()
        self.service = secrets.token_hex(4)
        """Names this run of the testbed; exercises of another one are not known any more."""
        self._count = 0
        self.exercise: Exercise | None = None
        self._bookmark = bookmark
        self.left_off = bookmark.read()
        """What was under way when the testbed was started anew, until an exercise begins."""
        self._putting_right: asyncio.Task[None] | None = None

    @property
    def town_is_there(self) -> bool:
        """Whether the practice town was laid in: then all of its people have their cards."""
        return personas().keys() <= set(self._office.store.names())

    def find(self, number: str) -> Exercise:
        """Return an exercise by its number.

        Raises:
            Problem: NO_PRACTICE, with why it is not there.
        """
        known = self.exercise
        if known is not None and known.number == number:
            return known
        if number.partition("-")[0] != self.service:
            raise Problem(
                Catalogue.NO_PRACTICE,
                "The testbed was started anew since; exercises live as long as it does.",
                japanese="操作盤が始め直されたので、この練習の途中の記録は残っていません。"
                "受付の記録は受付に残っています。練習を選んで、もう一度始めてください。",
                again=self.left_off.queue.order() if self.left_off else None,
            )
        raise Problem(
            Catalogue.NO_PRACTICE,
            "Another exercise was begun since.",
            japanese="そのあとに別の練習が始められたので、この練習の記録は残っていません。"
            "いまの練習を開くか、練習を選んで始めてください。",
        )

    def newest(self) -> Exercise:
        """Return the exercise that was begun last.

        Raises:
            Problem: NO_PRACTICE; with what was under way when the testbed was started anew.
        """
        if self.exercise is not None:
            return self.exercise
        if self.left_off is not None:
            return self.find(self.left_off.exercise)
        raise Problem(Catalogue.NO_PRACTICE)

    async def start(self, queue: Queue, *, reset: bool) -> Exercise:
        """Begin an exercise, and have its first patient come up.

        ``reset`` brings the whole system back to its seed before.

        Raises:
            Problem: PRACTICE_UNDER_WAY, NO_TOWN, or what stands in the way of a patient.
        """
        async with self._turn:
            if self.exercise is not None and not self.exercise.ended:
                raise Problem(Catalogue.PRACTICE_UNDER_WAY)
            if not self.town_is_there:
                raise Problem(Catalogue.NO_TOWN)
            today = await self.desk.today()
            if reset:
                await self._bring_back()
                today = await self.desk.today()
            self._count += 1
            turns = tuple(Turn(one, patient_of(one.person, today)) for one in queue.entries)
            exercise = Exercise(f"{self.service}-{self._count}", queue, today, turns)
            try:
                await self._come_up(turns[0])
            except Problem:
                await self._put_right()
                raise
            exercise.current = 0
            self.exercise, self.left_off = exercise, None
            self._bookmark.put(exercise)
            return exercise

    async def go_on(self, after: int) -> Exercise:
        """Have the next patient come up, or end with the last one.

        ``after`` is the place, from 1, of the patient who leaves; where another one is at the desk
        by now nothing is done, so that to press twice is to press once.

        Raises:
            Problem: NO_PRACTICE, or what stands in the way: the patient is still at the desk then.
        """
        async with self._turn:
            exercise = self._running()
            if exercise.current + 1 != after:
                return exercise
            turn = exercise.turns[exercise.current]
            left = time.monotonic()
            findings = await self._compared(turn)
            if exercise.is_last:
                turn.findings, turn.left = findings, left
                await self._close(exercise)
                return exercise
            following = exercise.turns[exercise.current + 1]
            await self._let_time_pass()
            await self._come_up(following)
            turn.findings, turn.left, turn.unread = findings, left, None
            if exercise.was_reset:
                # While they came up. Whoever lies there now is of nobody's exercise.
                following.came_up = None
                await asyncio.to_thread(self._take_card)
                return exercise
            exercise.current += 1
            self._bookmark.put(exercise)
            return exercise

    async def lay_again(self) -> None:
        """Take the card of the patient at the desk off, and lay it on anew.

        Raises:
            Problem: NO_PRACTICE, SLOT_EMPTY of who has no card there, PCSC_UNAVAILABLE.
        """
        async with self._turn:
            exercise = self._running()
            turn = exercise.turns[exercise.current]
            if not turn.patient.lays_card:
                raise Problem(
                    Catalogue.SLOT_EMPTY,
                    "This patient has no card to lay on.",
                    japanese="この方は、読取機に置くカードをお持ちではありません。",
                )
            await self._lay_card_of(turn)

    async def end(self) -> Exercise:
        """End the exercise where it is; also once more, to put right what was still out.

        Raises:
            Problem: NO_PRACTICE.
        """
        async with self._turn:
            if self.exercise is None:
                raise Problem(Catalogue.NO_PRACTICE)
            exercise = self.exercise
            turn = exercise.turn
            if turn is not None:
                turn.left = time.monotonic()
                try:
                    turn.findings = await self._compared(turn)
                except Problem as problem:
                    turn.unread = problem
                await self._close(exercise)
            elif exercise.still_out:
                exercise.still_out = await self._put_right()
            return exercise

    def system_was_reset(self) -> None:
        """End the exercise that is under way: the desk's visits, the cards and the clock are gone.

        What it had put out is put right behind this, as the reset itself is still waited for.
        """
        exercise = self.exercise
        if exercise is None or exercise.ended:
            return
        turn = exercise.turns[exercise.current]
        turn.left = time.monotonic()
        turn.unread = Problem(Catalogue.NO_PRACTICE, _RESET.en, japanese=_RESET.ja)
        exercise.ended = exercise.was_reset = True
        self._bookmark.remove()
        self._putting_right = asyncio.create_task(
            self._put_right_after(exercise), name="practice-after-reset"
        )

    async def _put_right_after(self, exercise: Exercise) -> None:
        async with self._turn:
            exercise.still_out = await self._put_right()

    async def left_out(self) -> tuple[Place, ...]:
        """Return what is out though no exercise needs it: of one that an end of the testbed cut."""
        if self._turn.locked() or (self.exercise is not None and not self.exercise.ended):
            return ()
        disturbances = (await self._switchboard.look()).disturbances
        return tuple(place for place in OUTAGES if disturbances[Disturbance(place, Manner.OUTAGE)])

    async def visits_of(self, turn: Turn) -> Sequence[Mapping[str, Any]]:
        """Return the visits on record since the patient came up, the newest first.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        assert turn.on is not None, "only of who has come up"
        visits = await self.desk.visits(turn.on)
        return [one for one in visits if one["VisitId"] not in turn.before]

    def _running(self) -> Exercise:
        exercise = self.exercise
        if exercise is None or exercise.ended:
            if exercise is not None and exercise.was_reset:
                raise Problem(Catalogue.NO_PRACTICE, _RESET.en, japanese=_RESET.ja)
            raise Problem(Catalogue.NO_PRACTICE)
        return exercise

    async def _compared(self, turn: Turn) -> tuple[Finding, ...]:
        visits = await self.visits_of(turn)
        record = await self.desk.record(visits[0]) if visits else None
        on: date = record.on if record else await self.desk.today()
        expected = expectation(turn.patient, turn.entry.outage, on, record)
        return compare(turn.patient, expected, record)

    async def _come_up(self, turn: Turn) -> None:
        """Clear the desk, set what is out, and lay the card on; the time runs from then."""
        await self._set_out(turn)
        if turn.patient.lays_card:
            await self._lay_card_of(turn)
        else:
            await asyncio.to_thread(self._take_card)
            await self.desk.wait_until_gone()
        await self.desk.clear()
        on = await self.desk.today()
        turn.before = frozenset(one["VisitId"] for one in await self.desk.visits(on))
        turn.on = on
        turn.came_up = time.monotonic()

    async def _let_time_pass(self) -> None:
        """Move a clock that stands still on to the next arrival, not into another day."""
        with suppress(Problem):  # where OQS is out, they come at the same minute
            clock = await self._office.oqs.ask("GET", "/sim/clock")
            now = datetime.fromisoformat(clock["Now"]).astimezone(TOKYO)
            then = now + BETWEEN_PATIENTS
            if clock["Mode"] == ClockMode.FROZEN and then.date() == now.date():
                asked = {"Seconds": BETWEEN_PATIENTS.seconds}
                await self._office.oqs.ask("POST", "/sim/clock/advance", asked)

    async def _set_out(self, turn: Turn) -> None:
        """Have out what is out with a patient, and nothing else of it."""
        for place in OUTAGES:
            on = place is turn.entry.outage
            await self._switchboard.switch(Disturbance(place, Manner.OUTAGE), on=on)
        # Whose face fits is their story; the camera itself works.
        await self.desk.switch_camera_on()

    async def _close(self, exercise: Exercise) -> None:
        exercise.ended = True
        self._bookmark.remove()
        exercise.still_out = await self._put_right()
        await asyncio.to_thread(self._take_card)

    async def _put_right(self) -> list[str]:
        """End all that a patient may have had out; return what could not be ended."""
        failed = []
        for place in OUTAGES:
            try:
                await self._switchboard.switch(Disturbance(place, Manner.OUTAGE), on=False)
            except Problem:
                failed.append(f"place_{place}")
        return failed

    async def _lay_card_of(self, turn: Turn) -> None:
        name = await self._office.hand_over(turn.patient.who.key)
        before = await self.desk.insertion()
        await asyncio.to_thread(self._take_card)
        await asyncio.to_thread(self._lay, name)
        # With a reader that is out the desk sees that there is a card, and no more.
        looked_at = turn.entry.outage is not Place.READER
        await self.desk.wait_for_card(before, looked_at=looked_at)

    def _take_card(self) -> None:
        with self._slots.lock:
            self._slots.slot(SLOT).remove()

    def _lay(self, name: str) -> None:
        with self._slots.lock:
            slot = self._slots.move(name, SLOT, lambda: self._office.store.card(name), IDEAL)
        slot.wait_until_seen()

    async def _bring_back(self) -> None:
        """Reset the whole system, as `oqs reset` does."""
        done = await self._office.oqs.ask("POST", "/sim/operation/reset")
        missed = [one["Part"] for one in done["Parts"] if "Code" in one]
        if missed:
            raise Problem(
                Catalogue.SERVICE_UNREACHABLE,
                f"Not brought back: {', '.join(missed)}.",
                japanese=f"町をはじめの状態に戻せませんでした（{'、'.join(missed)}）。"
                "動いているか確かめ、もう一度押すか、戻さずに始めてください。",
            )
