"""A year of insurers as a state machine: what is done in it, and what must hold after each day."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlalchemy import event, select

import oqs_sim.app
from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import individual_check_digit
from intermediate_server.acceptance import Acceptance
from intermediate_server.filing.fields import read_procedure
from intermediate_server.policies import load_policies
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.run_execution import RunExecution
from intermediate_server.runs.run_kinds import RunKind, RunState
from intermediate_server.store import open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.sync.delivery import Sync
from intermediate_server.sync.pace import Pace
from storage import open_engine
from tests.chaos.year.plain_year import (
    KITAMURA,
    KOUKI,
    MOGAMI,
    RUNS,
    Membership,
    Paper,
    Person,
    PlainYear,
    decide,
    grace_end,
    limit_flag,
    month_end,
    months_later,
    seen_from,
    seventy_from,
    share,
)
from tests.chaos.year.town import AT_FIRST, OQS, Town, Workers
from wire.catalogue import Problem
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Callable


START = date(2026, 11, 16)
LAST = date(2027, 12, 31)
BIRTHDATES = [
    date(1980, 2, 17),
    date(1957, 1, 20),  # 70 from February 2027
    date(1957, 4, 1),  # 70 from April 2027
    date(1952, 3, 10),  # 75 in March 2027
    date(1952, 6, 1),  # 75 in June, mailed in April
    date(2020, 6, 1),  # to school in April 2027
]
EXPIRIES = [None, date(2027, 2, 17), date(2026, 10, 3), date(2029, 5, 5)]
"""Of the card's electronic certificate; None for no card."""
AFTER = st.sampled_from([0, 0, 1, 7, 17, 31])
"""How many days go by before something happens: Hypothesis leaves whole rules out of many a course,
and a year must not stand still."""
SETTLED = timedelta(days=35)
"""Within so many days a new age shows: the next run comes in a month at most, then the lag."""


class Killed(BaseException):
    """Ends a process at once, without a chance to put anything in order."""


class Year(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, new_database: Callable[[str], str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.url = new_database("intermediate")
        self.oqs = open_engine(new_database("oqs"), OQS.metadata, oqs_sim.app.MIGRATIONS)
        self.town = Town(self.oqs, AT_FIRST, {})
        self.of_worker = open_store(self.url)
        leases = Leases(self.of_worker.engine, "worker", 30, lambda _: datetime.now(UTC))
        self.workers = Workers(Sync(self.of_worker, leases, cast("Any", self.town), Pace(100)))
        self.policies = load_policies(None)
        self.plain = PlainYear(START)
        self.filed = 0
        self.kill_at = 0
        self.begin_process()
        self.runner.run(self.execution.follow(self.town.now, AT_FIRST))

    def begin_process(self) -> None:
        """Begin the service's process, after a kill or at the start."""
        self.store = open_store(self.url)
        event.listen(self.store.engine, "commit", self._commit)
        self.acceptance = Acceptance(
            self.store.ledger, self.policies, cast("Any", self.town), cast("Any", self.town)
        )
        self.execution = RunExecution(
            self.acceptance, self.store, cast("Any", self.workers), persons_at_once=2
        )

    def _commit(self, _: Any) -> None:
        self.kill_at -= 1
        if self.kill_at == 0:
            raise Killed

    def teardown(self) -> None:
        self.runner.close()
        self.workers.sync.lock.release()
        for one in (self.store, self.of_worker):
            one.close()
        self.oqs.dispose()

    def surviving(self, work: Callable[[], Any], kill_at: int) -> Any:
        """Do some work in the process, which is killed at a commit; then in its successor."""
        self.kill_at = kill_at
        with suppress(Killed):
            done = self.runner.run(work())
            self.kill_at = 0
            return done
        self.store.close()
        self.begin_process()
        self.runner.run(self.execution.resume_unfinished())
        return self.runner.run(work())

    # --- who there is ---

    @initialize(
        persons=st.lists(
            st.tuples(
                st.sampled_from(BIRTHDATES), st.sampled_from(EXPIRIES),
                st.sampled_from([None, MOGAMI, KITAMURA]), st.booleans(),
            ),
            min_size=2, max_size=4,
        )
    )  # fmt: skip
    def there_are_people(self, persons: list[tuple[date, date | None, str | None, bool]]) -> None:
        for number, (birthdate, expiry, insurer, registered) in enumerate(persons):
            reference = f"SIM-{number:016}"
            body = f"{99_000_020_000 + number}"
            digits = f"{body}{individual_check_digit(body)}"
            resident = PersonDetails(
                reference, f"模擬　{number}子", "ﾓｷﾞ ｺ", Sex.FEMALE, birthdate, "模擬県1", ""
            )
            self.town.residents[digits] = (resident, expiry)
            self.plain.persons[reference] = Person(birthdate, expiry)
            if registered and expiry is not None and grace_end(expiry) >= START:
                self.town.register(reference)
                self.plain.persons[reference].registered = True
            if insurer is not None:
                self.join(reference, insurer, 0, 0)

    def person(self, place: int) -> tuple[str, Person]:
        known = list(self.plain.persons.items())
        return known[place % len(known)]

    def days_go_by_first(self, days: int) -> None:
        until = min(self.plain.today + timedelta(days=days), LAST)
        self.town.now = max(
            self.town.now, datetime(until.year, until.month, until.day, 9, tzinfo=TOKYO)
        )
        self.runner.run(self.execution.follow(self.town.now, AT_FIRST))
        self.plain.advance(until)
        self.deliver()

    # --- procedures ---

    def file(self, reference: str, of: Membership, kill_at: int, **texts: str) -> None:
        """File a procedure; if the process is killed meanwhile it is filed again."""
        self.filed += 1
        number = next(
            number for number, (one, _) in self.town.residents.items() if one.reference == reference
        )
        procedure = read_procedure(
            {
                "InsurerNumber": of.insurer, "IndividualNumber": number,
                "InsuredCardSymbol": "模擬", "InsuredBranchNumber": "01",
                "InsuredIdentificationNumber": f"{10_000 + self.place(reference, of)}",
                "ReferenceNumber": f"{self.filed}", **texts,
            }
        )  # fmt: skip
        self.surviving(lambda: self.acceptance.accept(procedure), kill_at)

    def refused(self, reference: str, of: Membership, **texts: str) -> None:
        """File what changes nothing."""
        before = self.found()
        with pytest.raises(Problem, match="already"):
            self.file(reference, of, 0, **texts)
        assert self.found() == before

    def place(self, reference: str, of: Membership) -> int:
        own = self.plain.persons[reference].memberships
        return int(reference[4:]) * 100 + next(n for n, one in enumerate(own) if one is of)

    @rule(
        after=AFTER,
        place=st.integers(0, 3), insurer=st.sampled_from([MOGAMI, KITAMURA]),
        days=st.integers(0, 20), kill_at=st.integers(0, 2),
    )  # fmt: skip
    def somebody_joins(self, after: int, place: int, insurer: str, days: int, kill_at: int) -> None:
        self.days_go_by_first(after)
        reference, person = self.person(place)
        if person.open_at(insurer) is None and person.open_at(KOUKI) is None:
            self.join(reference, insurer, days, kill_at)

    def join(self, reference: str, insurer: str, days: int, kill_at: int) -> None:
        person, today = self.plain.persons[reference], self.plain.today
        lost = [one.filed["until"] for one in person.memberships if one.insurer == insurer]
        since = max([today - timedelta(days=days), *lost])
        if share(person.birthdate, since) == "010" or since > today:
            return
        shows = seen_from(insurer, today)
        begun = {"since": since, "ratio": share(person.birthdate, max(since, shows))}
        if begun["ratio"] == "010":
            return
        of = Membership(insurer, today, [(shows, begun)])
        person.memberships.append(of)
        self.file(reference, of, kill_at, Kind="join", QualificationDate=f"{since:%Y%m%d}")
        self.plain.paper(person, of, "joined")

    def member(self, place: int, which: int) -> tuple[str, Person, Membership] | None:
        """Choose a membership of which no loss was filed, at 国保 or the association."""
        reference, person = self.person(place)
        found = [one for one in (person.open_at(MOGAMI), person.open_at(KITAMURA)) if one]
        return (reference, person, found[which % len(found)]) if found else None

    @rule(after=AFTER, place=st.integers(0, 3), which=st.integers(0, 1), kill_at=st.integers(0, 2))
    def somebody_leaves(self, after: int, place: int, which: int, kill_at: int) -> None:
        self.days_go_by_first(after)
        chosen = self.member(place, which)
        if chosen is None:
            return
        reference, _, of = chosen
        today = self.plain.today
        if today < of.filed["since"]:
            return
        self.file(
            reference, of, kill_at,
            Kind="leave", DisqualificationDate=f"{today:%Y%m%d}", ReasonOfLoss="03",
        )  # fmt: skip
        of.edit(seen_from(of.insurer, today), until=today)

    @rule(
        after=AFTER,
        place=st.integers(0, 3), which=st.integers(0, 1), kill_at=st.integers(0, 2),
        mark=st.sampled_from(["block", "consideration", "card_lost", "arrears"]),
    )  # fmt: skip
    def something_is_marked(
        self, after: int, place: int, which: int, mark: str, kill_at: int
    ) -> None:
        self.days_go_by_first(after)
        chosen = self.member(place, which)
        name = {"block": "blocked", "consideration": "support"}.get(mark, mark)
        if chosen is None or name in chosen[2].filed:
            return
        reference, person, of = chosen
        self.file(reference, of, kill_at, Kind=mark)
        lag = mark == "arrears"
        today = self.plain.today
        of.edit(seen_from(of.insurer, today) if lag else today, **{name: True})
        occasions = {
            "block": "self_information_blocked",
            "consideration": "support_needed",
            "card_lost": "card_lost",
            "arrears": "special_expenses",
        }
        since = len(person.papers)
        if mark == "arrears":
            of.stated.append((today, {"arrears": True}))
        self.plain.paper(person, of, occasions[mark])
        self.plain.outdated(person, of, since)

    @rule(
        after=AFTER,
        place=st.integers(0, 3), which=st.integers(0, 1), kill_at=st.integers(0, 2),
        days=st.integers(0, 40),
    )  # fmt: skip
    def the_share_changes(
        self, after: int, place: int, which: int, days: int, kill_at: int
    ) -> None:
        """3割 of someone of 70 or more: whose income is that of the working (P-072)."""
        self.days_go_by_first(after)
        chosen = self.member(place, which)
        if chosen is None:
            return
        reference, person, of = chosen
        today = self.plain.today
        holds, lagged = today + timedelta(days=days), seen_from(of.insurer, today)
        if holds < seventy_from(person.birthdate):
            return
        said = {"InsuredPartialContributionRatio": "3割", "EffectiveDate": f"{holds:%Y%m%d}"}
        of_70, day = seventy_from(person.birthdate), max(holds, lagged)
        told_for_70 = (
            max((one for one, _ in of.edits if one <= day), default=of.edits[0][0]) < of_70
        )
        if of.says(day, "ratio", "030") and not told_for_70:
            self.refused(reference, of, Kind="ratio", **said)
            return
        self.file(reference, of, kill_at, Kind="ratio", **said)
        of.edit(max(holds, lagged), ratio="030", chosen=True)
        of.seventy_stated = True
        within_the_lag = of_70 if today < of_70 <= lagged else None
        since = len(person.papers)
        of.stated.append((holds if holds > lagged else today, {"ratio": "030"}))
        self.plain.paper(person, of, "ratio_changed", holds if holds > lagged else within_the_lag)
        self.plain.outdated(person, of, since)

    @rule(after=AFTER, place=st.integers(0, 3), which=st.integers(0, 1), kill_at=st.integers(0, 2))
    def a_limit_is_granted(self, after: int, place: int, which: int, kill_at: int) -> None:
        self.days_go_by_first(after)
        chosen = self.member(place, which)
        if chosen is None:
            return
        reference, person, of = chosen
        flag = limit_flag(person.birthdate, self.plain.today)
        if of.says(seen_from(of.insurer, self.plain.today), "limit", flag):
            self.refused(reference, of, Kind="limit", LimitClassificationFlag=flag)
            return
        self.file(reference, of, kill_at, Kind="limit", LimitClassificationFlag=flag)
        of.edit(seen_from(of.insurer, self.plain.today), limit=flag)

    @rule(after=AFTER, place=st.integers(0, 3), which=st.integers(0, 1), kill_at=st.integers(0, 2))
    def the_registration_is_released(
        self, after: int, place: int, which: int, kill_at: int
    ) -> None:
        self.days_go_by_first(after)
        chosen = self.member(place, which)
        if chosen is None:
            return
        reference, person, of = chosen
        today = self.plain.today
        joined_last = max(
            (one for one in person.memberships if not one.lost(today)),
            key=lambda one: one.filed["since"],
        )
        in_force = of.filed["since"] <= today and joined_last is of
        if not person.registered or person.release_under_way or not in_force:
            return
        self.file(reference, of, kill_at, Kind="release_use", PapersWithPhoto="1")
        of.release = months_later(today, 3) if of.insurer == MOGAMI else month_end(today, 1)
        of.release_overtaken = False
        person.released_at = of
        for one in person.memberships:
            one.release_confirmed = False
        of.release_answered = (
            decide(person, of, "release_applied", today, today)[0].kind is not None
        )
        self.plain.paper(person, of, "release_applied")

    @rule(after=AFTER, place=st.integers(0, 3))
    def somebody_registers(self, after: int, place: int) -> None:
        self.days_go_by_first(after)
        reference, person = self.person(place)
        works = person.expiry is not None and self.plain.today <= grace_end(person.expiry)
        if works and not person.registered and not person.release_under_way:
            self.town.register(reference)
            person.registered = True

    @rule(after=AFTER, place=st.integers(0, 3))
    def a_card_is_renewed(self, after: int, place: int) -> None:
        self.days_go_by_first(after)
        reference, person = self.person(place)
        person.expiry = date(2032, 2, 17)
        for number, (one, _) in self.town.residents.items():
            if one.reference == reference:
                self.town.residents[number] = (one, person.expiry)

    # --- days and runs ---

    @rule(days=st.sampled_from([1, 1, 2, 5, 14, 31, 92]), kill_at=st.integers(0, 40))
    def days_go_by(self, days: int, kill_at: int) -> None:
        until = min(self.plain.today + timedelta(days=days), LAST)
        self.town.now = datetime(until.year, until.month, until.day, 9, tzinfo=TOKYO)
        self.surviving(lambda: self.execution.follow(self.town.now, AT_FIRST), kill_at)
        self.plain.advance(until)

    @rule(
        after=AFTER,
        run=st.sampled_from(RUNS), insurer=st.sampled_from([MOGAMI, KITAMURA]),
        stopped=st.booleans(), kill_at=st.integers(0, 4),
    )  # fmt: skip
    def a_run_is_started(
        self, after: int, run: str, insurer: str, *, stopped: bool, kill_at: int
    ) -> None:
        """By hand, whatever the day: previewed, perhaps stopped and resumed, perhaps killed."""
        self.days_go_by_first(after)
        kind, policy = RunKind(run), self.policies.of_digits(insurer)
        before = self.found()
        preview = self.runner.run(self.execution.preview(kind, policy, self.plain.today))
        assert self.found() == before, "a preview does nothing"
        if stopped:
            began = self.store.runs.begin(kind, insurer, self.plain.today, self.town.now, "試験")
            ended = self.runner.run(self.execution.stop(kind, policy, self.plain.today))
            assert ended.state is RunState.STOPPED
            assert self.runner.run(self.execution.attend(began)).state is RunState.STOPPED
            assert self.found() == before, "a stopped run does nothing"

        async def do() -> Any:
            return await (await self.execution.start(kind, policy, None, "試験"))

        self.surviving(do, kill_at)
        self.plain.run(run, insurer)
        after = self.found()
        made = sum(len(after[one][1]) - len(before[one][1]) for one in after)
        counts = preview.counts
        assert made == sum(counts.issued.values()) + sum(counts.not_issued.values())

    # --- what always holds ---

    def found(self) -> dict[str, tuple[int, list[Paper]]]:
        """Return how many entries and which papers each person has."""
        return {
            reference: (
                len(self.store.ledger.history(reference)),
                [
                    Paper(
                        one.document.insurer_number, one.document.occasion.value,
                        one.document.kind.value if one.document.kind else None,
                        one.document.issued_on, one.document.expires_on,
                    )
                    for one in self.store.documents.of_person(reference)
                ],
            )
            for reference in self.plain.persons
        }  # fmt: skip

    @invariant()
    def everybody_has_the_papers_that_they_should_have(self) -> None:
        for reference, (_, papers) in self.found().items():
            assert papers == self.plain.persons[reference].papers, (
                reference, papers, self.plain.persons[reference].papers,
            )  # fmt: skip

    def deliver(self) -> None:
        """Have the worker deliver whatever is due."""
        self.runner.run(self.workers.follow(self.town.now))
        self.plain.releases_take_effect()

    def answered(self) -> list[Any]:
        """Return what OQS knows of all memberships."""
        self.deliver()
        with self.oqs.connect() as connection:
            return list(connection.execute(select(OQS.qualification)).mappings())

    @invariant()
    def who_is_registered_is_registered(self) -> None:
        self.deliver()
        known = {one for one, person in self.plain.persons.items() if person.registered}
        assert self.town.registered() == known

    @invariant()
    def oqs_shows_what_was_filed_from_its_day_on(self) -> None:
        rows = self.answered()
        for reference, person in self.plain.persons.items():
            shown = sorted(
                _shown(of.insurer, state)
                for of in person.memberships
                if (state := of.state(self.plain.today))
            )
            known = sorted(_known(one) for one in rows if one["person_reference"] == reference)
            assert known == shown, (reference, known, shown)

    @invariant()
    def nobody_pays_the_share_of_another_age(self) -> None:
        """P-070, P-071: whatever was filed when, unless a share was chosen."""
        today = self.plain.today
        rows = self.answered()
        for row in rows:
            person = self.plain.persons[row["person_reference"]]
            number = int(row["insured_identification_number"]) % 100
            if row["insurer_number"] == KOUKI or {"chosen", "until"} & set(
                person.memberships[number].filed
            ):
                continue
            ages = {share(person.birthdate, today), share(person.birthdate, today - SETTLED)}
            if "010" not in ages:  # from 75 on somebody has to file the loss (P-053)
                assert row["insured_partial_contribution_ratio"] in ages, (today, dict(row))


def _shown(insurer: str, state: dict[str, Any]) -> tuple[Any, ...]:
    until = state.get("until")
    return (
        insurer, f"{state['since']:%Y%m%d}", f"{until:%Y%m%d}" if until else "", state["ratio"],
        state.get("limit", ""), state.get("arrears", False), state.get("blocked", False),
    )  # fmt: skip


def _known(row: Any) -> tuple[Any, ...]:
    return (
        row["insurer_number"], row["qualification_date"], row["disqualification_date"] or "",
        row["insured_partial_contribution_ratio"], row["limit_classification_flag"] or "",
        row["special_medical_expense"] == "1", row["self_information_blocked"] == "1",
    )  # fmt: skip
