"""Days at a reception as a state machine: what happens there, and what must hold after each step.

A request may be cut across: a card is pulled or exchanged between two commands or two answers, the
desk goes on to the next patient, the service ends in the middle of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from clinic_client.store import schema
from eligibility.days.dates import TOKYO
from oqs_sim.store.schema import registration
from reader.applications.jpki import CertificateFile
from reader.errors import CardRemoved
from reader.readings import read_certificate
from reader.session import look
from testbed.cards.card_store import CardStore
from tests.chaos.reception.people import COMERS, FRIDAY, PIN, WRONG
from tests.chaos.reception.place import Ears, Hiccup, MuteCard, OtherCard, Place, Weather
from virtual_card.plugs.inprocess import InProcessConnection
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from virtual_card.card import VirtualCard

WITH_CARD = [key for key, one in COMERS.items() if one.card]
OTHERS = {"other": OtherCard(), "mute": MuteCard()}
UNABLE = [
    "device", "network", "authentication", "certificate", "no_card", "not_registered",
    "smartphone", "no_reader", "lag", "view_stopped", "blocked", "disaster",
]  # fmt: skip
"""Causes of the page, §6.3."""
WITHOUT_CARD = {"no_card", "smartphone", "no_reader", "disaster"}
"""Where the card that lies there is not the patient's."""
OUT_OF_REACH = {"SIM-OQS-FAILED", "SIM-SERVICE-UNREACHABLE"}
SHOWN = [
    {"Presented": [{"Document": "certificate", "ExpiresOn": "20270731", "Ratio": 3}]},
    {"Presented": [{"Document": "notice"}]},
    {"SaysUnchanged": True},
    {},
]


@dataclass(frozen=True)
class Cut:
    """What happens in the middle of a request."""

    at: str
    """``command`` of the card, or ``answer`` of OQS or its clock."""
    after: int
    """So many of them pass before."""
    what: str
    """``pull``, ``next``, ``kill``, or the key of the one whose card takes the place."""


CUTS = (
    st.none()
    | st.builds(
        Cut,
        st.just("answer"),
        st.integers(0, 3),
        st.sampled_from(["pull", "next", "kill", *WITH_CARD]),
    )
    | st.builds(Cut, st.just("command"), st.integers(0, 12), st.sampled_from(["pull", *WITH_CARD]))
)
HICCUPS = st.none() | st.tuples(st.integers(0, 1), st.sampled_from(Hiccup))


@dataclass
class Recorded:
    """A visit that the clinic was told of, or told of."""

    who: str | None
    """Whose it is; None of one of whom nothing is known."""
    insertion: str | None = None
    """The card that it came of."""
    name: str = ""
    """What the receptionist typed of the patient."""
    shown: dict[str, Any] | None = None


class Day(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, open_place: Callable[[], Place]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.place = open_place()
        self.cards: dict[str, VirtualCard] = {}
        self.keys: dict[str, str] = {}
        self.visits: dict[str, Recorded] = {}
        self.tries = dict.fromkeys(WITH_CARD, 3)
        self.registered = {key for key in WITH_CARD if COMERS[key].registered}
        self.lying: str | None = None
        self.identified: set[str] = set()
        """Insertions whose holder was identified."""
        self.now = FRIDAY
        self.attempts: dict[str, int] = {}
        """How often each visit was asked for again in vain, as the list last told."""
        self.reopened = 0
        self.ears = Ears()
        logging.getLogger().addHandler(self.ears)
        self.level = logging.getLogger().level
        logging.getLogger().setLevel(logging.INFO)
        self.do(self.begin())

    async def begin(self) -> None:
        store = CardStore(self.place.directory / "cards")
        for key in WITH_CARD:
            self.cards[key] = store.card(key)
            with self.contact(key) as card:
                der = read_certificate(card, CertificateFile.AUTHENTICATION).der
            self.keys[key] = hashlib.sha256(der).hexdigest()
        await self.place.begin()
        await self.settle()

    def teardown(self) -> None:
        try:
            self.do(self.finish())
        finally:
            logging.getLogger().removeHandler(self.ears)
            logging.getLogger().setLevel(self.level)
            self.runner.close()

    async def finish(self) -> None:
        try:
            self.place.network.weather, self.place.network.console_away = Weather.FAIR, False
            await self.settle()
        finally:
            await self.place.end()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def contact(self, key: str) -> Any:
        connection = InProcessConnection(self.cards[key], CardRemoved)
        return _closing(connection)

    # --- what goes on by itself ---

    async def settle(self) -> None:
        """Let everything come to rest: the look at a card, the line, the clock, checks again."""
        place, desk = self.place, self.place.desk
        station = desk.station
        lies = self.lying is not None and place.slot.works
        await place.until(
            lambda: (
                station.state.card_present == lies
                and (not lies or bool(station.state.card or station.state.card_error))
            ),
            "the card was not looked at",
        )  # fmt: skip
        fair = place.network.weather is Weather.FAIR
        await place.until(lambda: desk.oqs.up == fair, "the line was not tried")
        if not place.network.console_away:
            await place.until(
                lambda: desk.clock.known and desk.clock.shown().now == self.now,
                "the clock was not followed",
            )
        if fair and desk.clock.known:
            await place.until(self.nothing_is_due, "a check by itself was not made")

    def nothing_is_due(self) -> bool:
        desk = self.place.desk
        due = desk.store.automatic.due(desk.clock.shown().now, wall_clock() + timedelta(hours=1))
        return not due

    # --- what cuts across a request ---

    async def ask(
        self, method: str, path: str, body: dict[str, Any], cut: Cut | None = None, key: str = ""
    ) -> Any:
        """Ask the clinic; returns status and content, or None where its service ended."""
        place = self.place
        place.network.calls.clear()
        killed = asyncio.Event()
        passed = 0

        async def at_answer() -> None:
            nonlocal passed
            passed += 1
            if cut is None or cut.at != "answer" or passed != cut.after + 1:
                return
            if cut.what == "kill":
                killed.set()
                await asyncio.Event().wait()
            elif cut.what == "next":
                await place.http.post("/api/next")
            else:
                self.exchange(None if cut.what == "pull" else cut.what)
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        def at_command() -> None:
            nonlocal passed
            passed += 1
            if cut is not None and cut.at == "command" and passed == cut.after + 1:
                self.exchange(None if cut.what == "pull" else cut.what)

        place.network.meanwhile = at_answer if cut and cut.at == "answer" else None
        place.slot.meanwhile = at_command if cut and cut.at == "command" else None
        headers = {"Idempotency-Key": key} if key else {}
        asked = asyncio.create_task(place.http.request(method, path, json=body, headers=headers))
        ending = asyncio.create_task(killed.wait())
        try:
            await asyncio.wait({asked, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            place.network.meanwhile = place.slot.meanwhile = None
        if killed.is_set():
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked
            await self.reopen()
            return None
        answer = asked.result()
        return answer.status_code, answer.json() if answer.content else None

    def exchange(self, key: str | None) -> None:
        """Take the card that lies there, and lay another one in its place."""
        self.place.slot.pull()
        self.lying = None
        if key is not None:
            self.lay(key)

    def lay(self, key: str) -> None:
        self.lying = key
        self.place.slot.insert(OTHERS[key] if key in OTHERS else self.cards[key])

    async def reopen(self) -> None:
        await self.place.shut()
        self.reopened += 1
        self.place.network.hiccup = None
        self.identified.clear()
        await self.place.open()
        await self.settle()

    # --- cards ---

    @rule(who=st.sampled_from([*WITH_CARD, *WITH_CARD, *OTHERS]))
    def a_card_is_laid(self, who: str) -> None:
        self.exchange(who)
        self.do(self.settle())

    @precondition(lambda self: self.lying)
    @rule()
    def the_card_is_taken(self) -> None:
        self.exchange(None)
        self.do(self.settle())

    @rule()
    def the_reader_fails_and_comes_back(self) -> None:
        self.place.slot.break_down()
        self.do(self.settle())
        self.do(self.screens())
        self.place.slot.mend()
        self.do(self.settle())

    # --- patients ---

    @rule(
        who=st.sampled_from(WITH_CARD),
        method=st.sampled_from(["pin", "pin", "face", "visual"]),
        agrees=st.booleans(), stays=st.booleans(),
        cut=CUTS, cut_in_check=st.booleans(), hiccup=HICCUPS,
    )  # fmt: skip
    def a_patient_comes(
        self, who: str, method: str, cut: Cut | None, hiccup: Any, *,
        agrees: bool, stays: bool, cut_in_check: bool,
    ) -> None:  # fmt: skip
        if self.lying != who:
            self.a_card_is_laid(who)
        self.do(self.identify(method, PIN, None if cut_in_check else cut, None))
        if self.lying == who:
            cut = cut if cut_in_check else None
            self.do(self.check(agrees=agrees, registers=True, cut=cut, hiccup=hiccup))
        if not stays and self.lying:
            self.the_card_is_taken()

    @precondition(lambda self: self.lying in WITH_CARD)
    @rule(
        method=st.sampled_from(["pin", "face", "visual"]), pin=st.sampled_from([PIN, WRONG, "12"]),
        sure=st.booleans(), cut=CUTS, hiccup=HICCUPS,
    )  # fmt: skip
    def the_patient_identifies(
        self, method: str, pin: str, cut: Cut | None, hiccup: Any, *, sure: bool
    ) -> None:
        self.do(self.identify(method, pin, cut, hiccup, sure=sure))

    async def identify(
        self, method: str, pin: str, cut: Cut | None, hiccup: Any, *, sure: bool = False
    ) -> None:
        who, insertion = self.lying, self.insertion
        assert who is not None
        self.place.network.hiccup = hiccup
        await self.place.get("/api/reader/steps")
        offered = self.place.desk.steps.state.offer
        body = {"Insertion": insertion, "Method": method, "ConfirmLastTry": sure}
        if method == "pin":
            body["Pin"] = pin
        answer = await self.ask("POST", "/api/reader/identity", body, cut)
        self.place.network.hiccup = None
        await self.settle()
        self.count(who, method, pin, answer, sure=sure, cut=cut)
        if answer is None:
            return
        status, content = answer
        if status == 200:
            assert content["Insertion"] == insertion == self.insertion, "another card's steps"
            assert content["Step"] == "IDENTIFIED"
            assert method != "pin" or pin == PIN
            self.identified.add(insertion)
        elif status == 201:
            assert content["Cause"] == "NETWORK"
            assert not self.came("/qualification/challenges")
            self.record(content, who, insertion)
        else:
            self.refused(content)
            await self.told_at_the_desk(content, insertion)
            if cut is None and hiccup is None and self.place.network.weather is Weather.FAIR:
                expected = method == "pin" and (pin != PIN or self.tries[who] < 2)
                impossible = offered is None or method not in offered.methods
                camera = method == "face" and not self.place.desk.steps.camera.recognises
                assert expected or impossible or camera, (content, method)

    def count(self, who: str, method: str, pin: str, answer: Any, *, sure: bool, cut: Any) -> None:
        """A PIN that was typed once costs one try at most; one that was not typed costs none."""
        before = self.tries[who]
        with self.aside(who) as card:
            left = look(card).tries
        may = {before}
        if method == "pin" and pin == WRONG and (before > 1 or (sure and before == 1)):
            may.add(before - 1)
        if method == "pin" and pin == PIN and before:
            may.add(3)
        assert left in may, (left, may)
        kind = answer[1].get("kind") if answer else None
        if kind == "pin-wrong":
            assert (left, answer[1]["attempts_remaining"]) == (before - 1, before - 1)
        self.tries[who] = left

    def aside(self, who: str) -> Any:
        """Look at a card beside the desk, which is at rest."""
        return self.contact(who)

    @precondition(lambda self: self.lying in WITH_CARD)
    @rule(agrees=st.booleans(), registers=st.booleans(), cut=CUTS, hiccup=HICCUPS)
    def the_patient_answers(
        self, cut: Cut | None, hiccup: Any, *, agrees: bool, registers: bool
    ) -> None:
        self.do(self.check(agrees=agrees, registers=registers, cut=cut, hiccup=hiccup))

    async def check(self, *, agrees: bool, registers: bool, cut: Cut | None, hiccup: Any) -> None:
        who, insertion = self.lying, self.insertion
        self.place.network.hiccup = hiccup
        body = {
            "Insertion": insertion, "Consents": {"AllItems": True} if agrees else {},
            "WithoutRegistration": not registers,
        }  # fmt: skip
        key = f"check-{len(self.visits)}-{insertion}"
        answer = await self.ask("POST", "/api/reader/visits", body, cut, key)
        self.place.network.hiccup = None
        await self.settle()
        if answer is None:
            # The patient's screen sends it once more: what was done is answered as it was.
            answer = await self.ask("POST", "/api/reader/visits", body, None, key)
        status, content = answer
        if status == 201:
            assert insertion in self.identified or cut is not None, "checked without identity"
            self.identified.discard(insertion)
            self.record(content, who, insertion)
            self.judge(content, who)
        else:
            self.refused(content)
            await self.told_at_the_desk(content, insertion)
            if content["code"] == "SIM-NOT-REGISTERED":
                assert who not in self.registered
            elif insertion in self.identified and cut is None and hiccup is None:
                raise AssertionError(content)

    @precondition(lambda self: self.insertion in self.identified)
    @rule(hiccup=HICCUPS)
    def two_screens_send_the_same_answer(self, hiccup: Any) -> None:
        async def both() -> None:
            who, insertion = self.lying, self.insertion
            self.place.network.hiccup = hiccup
            body = {"Insertion": insertion, "WithoutRegistration": True}
            answers = await asyncio.gather(
                *(self.place.http.post("/api/reader/visits", json=body) for _ in range(2))
            )
            self.place.network.hiccup = None
            done = [one.json() for one in answers if one.status_code == 201]
            assert len(done) < 2, "one patient, two visits"
            for one in done:
                self.identified.discard(insertion)
                self.record(one, who, insertion)

        self.do(both())

    def judge(self, content: Any, who: str | None) -> None:
        """Compare an answer of OQS with what is known of the one who came."""
        assert who is not None
        if content["Cause"] == "NETWORK":
            assert not self.came("/qualification/card")
            return
        assert content["Name"] in {None, COMERS[who].name}
        if who not in self.registered:
            assert content["Cause"] == "NOT_REGISTERED"
        elif COMERS[who].insured(self.now.date()):
            assert (content["Word"], content["Cause"]) == ("VALID", "NONE")
        else:
            assert (content["Word"], content["Cause"]) == ("CHECK", "LAG")

    @precondition(lambda self: self.insertion in self.identified)
    @rule(cut=CUTS, hiccup=HICCUPS)
    def the_patient_registers(self, cut: Cut | None, hiccup: Any) -> None:
        who, insertion = self.lying, self.insertion
        assert who is not None

        async def register() -> None:
            self.place.network.hiccup = hiccup
            body = {"Insertion": insertion}
            answer = await self.ask("POST", "/api/reader/registration", body, cut)
            self.place.network.hiccup = None
            if answer and answer[0] == 204:
                self.registered.add(who)
            await self.settle()

        self.do(register())
        self.learn_registration(who)

    def learn_registration(self, who: str) -> None:
        with self.place.oqs.state.engine.connect() as kept:
            rows = len(kept.execute(select(registration)).all())
        if rows > len(self.registered):
            self.registered.add(who)

    @precondition(lambda self: self.lying in WITH_CARD)
    @rule(cut=CUTS, hiccup=HICCUPS, pin=st.sampled_from([PIN, PIN, WRONG]))
    def a_program_receives_the_card(self, cut: Cut | None, hiccup: Any, pin: str) -> None:
        who, insertion = self.lying, self.insertion
        assert who is not None

        async def receive() -> None:
            self.place.network.hiccup = hiccup
            body = {"Pin": pin, "Insertion": insertion}
            answer = await self.ask("POST", "/api/visits", body, cut)
            self.place.network.hiccup = None
            await self.settle()
            self.count(who, "pin", pin, answer, sure=False, cut=cut)
            if answer and answer[0] == 201:
                self.record(answer[1], who, insertion)
                self.judge(answer[1], who)
            elif answer:
                self.refused(answer[1])
                await self.told_at_the_desk(answer[1], insertion)

        self.do(receive())

    @rule(fits=st.booleans())
    def the_camera_recognises(self, *, fits: bool) -> None:
        self.place.desk.steps.camera.recognises = fits

    # --- the desk ---

    @rule()
    def the_next_patient(self) -> None:
        async def clear() -> None:
            assert (await self.place.http.post("/api/next")).status_code == 204
            assert (await self.place.get("/api/state"))["CurrentVisit"] is None
            self.identified.clear()

        self.do(clear())

    @precondition(lambda self: self.lying in WITH_CARD)
    @rule()
    def the_staff_are_asked(self) -> None:
        async def staff() -> None:
            await self.place.get("/api/reader/steps")
            await self.ask("POST", "/api/reader/staff", {"Insertion": self.insertion})

        self.do(staff())

    @precondition(lambda self: self.lying in WITH_CARD)
    @rule()
    def the_patient_begins_anew(self) -> None:
        self.do(self.ask("POST", "/api/reader/restart", {"Insertion": self.insertion}))
        self.identified.clear()

    @rule(
        who=st.sampled_from(list(COMERS)), mistyped=st.booleans(), cut=CUTS, hiccup=HICCUPS,
        twice=st.booleans(),
    )  # fmt: skip
    def a_number_is_asked(
        self, who: str, cut: Cut | None, hiccup: Any, *, mistyped: bool, twice: bool
    ) -> None:
        typed = COMERS[who].typed()
        if mistyped:
            typed["InsuredIdentificationNumber"] = "9" + typed["InsuredIdentificationNumber"][1:]

        async def number() -> None:
            self.place.network.hiccup = hiccup
            key = f"number-{len(self.visits)}"
            content = await self.surely("/api/visits/number", typed, cut, key, twice=twice)
            self.place.network.hiccup = None
            if content is None:
                return
            self.record(content, who, None)
            assert content["Name"] in {None, COMERS[who].name}
            if content["Cause"] == "NETWORK":
                assert content["Birthdate"] is None or content["Birthdate"] == typed["Birthdate"]
            await self.settle()

        self.do(number())

    @rule(cause=st.sampled_from(UNABLE), cut=CUTS, twice=st.booleans())
    def a_card_cannot_be_checked(self, cause: str, cut: Cut | None, *, twice: bool) -> None:
        async def unable() -> None:
            body: dict[str, Any] = {"Cause": cause}
            lies = self.lying in WITH_CARD and self.place.slot.works
            who = self.lying if lies and cause not in WITHOUT_CARD else None
            insertion = self.insertion if self.lying and cause not in WITHOUT_CARD else None
            if insertion:
                body["Insertion"] = insertion
            key = f"unable-{len(self.visits)}"
            left_there = self.place.desk.card_received and cut is None
            content = await self.surely("/api/visits/unchecked", body, cut, key, twice=twice)
            if content is not None:
                if left_there:
                    assert content["Name"] is None, "the card that was left is the last one's"
                # Where its holder was received before, the visit came of no card.
                came_of_card = self.place.desk.current_insertion is not None
                self.record(content, who, insertion if came_of_card else None)
            await self.settle()

        self.do(unable())

    async def surely(
        self, path: str, body: dict[str, Any], cut: Cut | None, key: str, *, twice: bool
    ) -> Any:
        """Send as the pages do: once more where no answer comes, and by another press then."""
        answer = await self.ask("POST", path, body, cut, key)
        if answer is None:
            answer = await self.ask("POST", path, body, None, key)
            if answer[1].get("code") == "SIM-IDEMPOTENCY-KEY-UNDER-WAY":
                answer = await self.ask("POST", path, body, None, key + "-again")
        status, content = answer
        if status == 201 and twice:
            again = await self.ask("POST", path, body, None, key)
            if again[0] == 201:
                assert again[1]["VisitId"] == content["VisitId"], "one request, two visits"
        if status == 201:
            return content
        self.refused(content)
        return None

    @precondition(lambda self: self.visits)
    @rule(place=st.integers(0, 99), name=st.sampled_from(["診察券 1024", "山田", ""]))
    def a_name_is_noted(self, place: int, name: str) -> None:
        visit = list(self.visits)[place % len(self.visits)]
        path = f"/api/visits/{visit}/noted-name"
        status, _ = self.do(self.ask("PUT", path, {"NotedName": name}))
        assert status == 204
        self.visits[visit].name = name

    @precondition(lambda self: self.visits)
    @rule(place=st.integers(0, 99), shown=st.sampled_from(SHOWN))
    def something_is_shown(self, place: int, shown: dict[str, Any]) -> None:
        visit = list(self.visits)[place % len(self.visits)]
        status, content = self.do(self.ask("PUT", f"/api/visits/{visit}/shown", shown))
        assert status == 200, content
        self.visits[visit].shown = shown

    @rule()
    def the_news_are_seen(self) -> None:
        async def see() -> None:
            for one in (await self.place.get("/api/catch-up"))["News"]:
                path = f"/api/catch-up/news/{one['VisitId']}/seen"
                assert (await self.place.http.put(path)).status_code == 204
            assert (await self.place.get("/api/catch-up"))["News"] == []

        self.do(see())

    # --- what is around ---

    @rule(weather=st.sampled_from([Weather.FAIR, *Weather]), console=st.booleans())
    def the_weather_changes(self, weather: Weather, *, console: bool) -> None:
        self.place.network.weather = weather
        self.place.network.console_away = weather is not Weather.FAIR and console
        self.do(self.settle())

    @rule(to=st.sampled_from(["minutes", "midnight", "midnight", "week", "month"]))
    def time_goes_by(self, to: str) -> None:
        local = self.now.astimezone(TOKYO)
        midnight = local.replace(hour=0, minute=0)
        self.now = {
            "minutes": local + timedelta(minutes=17),
            "midnight": midnight + timedelta(days=1),
            "week": midnight + timedelta(days=7, hours=9),
            "month": (midnight.replace(day=1) + timedelta(days=32)).replace(day=1, hour=9),
        }[to]

        async def advance() -> None:
            await self.place.deliver_due(self.now.date())
            setting = {"Mode": "frozen", "Now": self.now.isoformat()}
            (await self.place.console.put("/sim/clock", json=setting)).raise_for_status()
            await self.settle()

        self.do(advance())

    @rule()
    def the_clinic_starts_anew(self) -> None:
        self.do(self.reopen())

    # --- what must hold ---

    @property
    def insertion(self) -> str:
        return self.place.desk.station.state.insertion

    def came(self, path: str) -> bool:
        """Tell whether an answer came to what was asked last over a path."""
        return any(one.came for one in self.place.network.calls if one.path == path)

    def record(self, content: Any, who: str | None, insertion: str | None) -> None:
        assert content["VisitId"] not in self.visits, "a visit came twice"
        self.visits[content["VisitId"]] = Recorded(who, insertion, content["NotedName"] or "")

    def refused(self, content: Any) -> None:
        """Whatever is refused says in Japanese what to do."""
        assert content["japanese"], content
        assert content["status"] < 500 or content["code"] in OUT_OF_REACH, content

    async def told_at_the_desk(self, content: Any, insertion: str) -> None:
        """Whatever ends a patient's attempt is told to the receptionist, too."""
        if content["code"] not in {"SIM-READER", "SIM-OQS-FAILED"} or insertion != self.insertion:
            return
        if self.place.desk.current is None and self.place.slot.works:
            page = await self.place.page()
            assert 'id="note"' in page or 'data-step="locked"' in page, content

    @invariant()
    def each_visit_is_there_once(self) -> None:
        """None is lost, none is doubled, and none is of another person."""
        with self.place.desk.store.engine.connect() as kept:
            rows = kept.execute(select(schema.visit).order_by(schema.visit.c.recorded_at)).all()
            news = kept.execute(select(schema.catch_up_news)).all()
        own = [row for row in rows if row.channel != "catch_up"]
        assert {row.visit_id for row in own} == set(self.visits)
        for row in own:
            who = self.visits[row.visit_id].who
            by_card = {key for key, value in self.keys.items() if value == row.patient_key}
            assert by_card <= {who}, "the visit of one stands under the card of another"
            assert row.name in {None, COMERS[who].name if who else None}
        found = [row for row in rows if row.channel == "catch_up"]
        assert {row.visit_id for row in found} == {one.visit_id for one in news}
        earlier = [one.earlier_id for one in news]
        assert len(earlier) == len(set(earlier)), "one visit was found out twice by itself"
        self._open_points(rows, {one.visit_id: one.earlier_id for one in news})

    def _open_points(self, rows: Any, earlier: dict[str, str]) -> None:
        """Whoever has no outcome stands in the list of those who are checked again, once."""
        waiting: dict[str, str | None] = {}
        for row in rows:
            waiting.pop(earlier.get(row.visit_id, ""), None)
            if row.patient_key is not None:
                waiting = {one: key for one, key in waiting.items() if key != row.patient_key}
            visit = self.place.desk.store.find(row.visit_id)
            assert visit is not None
            if visit.decision.check_again is not None:
                waiting[row.visit_id] = row.patient_key
        listed = self.place.desk.store.catch_up_list()
        assert sorted(one.visit.visit_id for one in listed) == sorted(waiting)
        self.attempts |= {one.visit.visit_id: one.attempts for one in listed}
        # What OQS answered by itself is counted or has found something out; one that was answered
        # while its visit ended, or the service did, came to nothing.
        came_of = sum(self.attempts.values()) + len(earlier)
        for_nothing = len(rows) - len(waiting) + self.reopened * len(rows)
        assert self.place.network.answered_again <= came_of + for_nothing

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        for visit_id, recorded in self.visits.items():
            visit = self.place.desk.store.find(visit_id)
            assert visit is not None
            assert (visit.noted_name or "") == recorded.name
            if recorded.shown is not None:
                presented = [one["Document"] for one in recorded.shown.get("Presented", ())]
                assert [one.document.value for one in visit.case.presented] == presented
                assert visit.case.says_unchanged == recorded.shown.get("SaysUnchanged", False)

    @invariant()
    def the_screens_are_right(self) -> None:
        self.do(self.screens())

    async def screens(self) -> None:
        place = self.place
        state = await place.get("/api/state")
        page = await place.page()
        for key in ("F2", "F4", "F8"):
            assert f'aria-keyshortcuts="{key}"' in page
        listed = set(re.findall(r'href="/visits/([0-9a-f]{16})"', page))
        assert listed >= self.of_today(), "a visit of today is not on the screen"
        current = state["CurrentVisit"]
        main = page[page.index('id="desk"') :]
        recorded = self.visits.get(current["VisitId"]) if current else None
        may = {recorded.who} if recorded else set()
        for key, comer in COMERS.items():
            assert comer.name not in main or key in may, f"{comer.name} stands on another's screen"
        lies = state["Reader"].get("Insertion")
        if current and lies:
            assert recorded is not None
            assert recorded.insertion in {None, lies}, "the answer of the card before this one"
        if current and state.get("CurrentInsertion"):
            assert recorded is not None
            assert recorded.insertion == state.get("CurrentInsertion")
        await self.patient_screen()

    async def patient_screen(self) -> None:
        steps = await self.place.get("/api/reader/steps")
        if steps["Step"] == "IDENTIFIED" or steps.get("Method"):
            assert steps["Insertion"] in self.identified, "another's steps"
        await self.place.page("/patient")

    def of_today(self) -> set[str]:
        today = self.place.desk.clock.shown().today
        return {one.visit_id for one in self.place.desk.store.of_day(today)} & set(self.visits)


class _closing:  # noqa: N801 # as that of contextlib
    def __init__(self, connection: InProcessConnection) -> None:
        self.connection = connection

    def __enter__(self) -> InProcessConnection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()
