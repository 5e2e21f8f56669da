"""What runs leave to people: those that wait to be done, and members for whom they cannot file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eligibility.cost.burden import late_elderly_from
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import never_was, newest
from intermediate_server.runs.run_kinds import Place, RunKind, RunState
from intermediate_server.web.texts import long_day, say, word
from intermediate_server.web.todo_list import SHOWN, TodoCase, TodoGroup
from storage import bucket_of
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.run_execution import RunExecution
    from intermediate_server.runs.run_kinds import RecordedRun
    from intermediate_server.store import Store

RUNS_LOOKED_AT = 100
"""How many of an insurer's last runs are looked at for members who were left."""


@dataclass
class OfRuns:
    """Runs that are due or stopped, and members whom runs left to be filed (届出待ち)."""

    store: Store
    policies: PolicyBook
    execution: RunExecution
    _insurers: frozenset[str] = field(default_factory=frozenset)
    """Insurers of which something is recorded, as far as was asked."""

    @property
    def sources(self) -> list[Callable[[], Awaitable[TodoGroup]]]:
        """The groups in their order."""
        return [self.left, self.waiting]

    async def waiting(self) -> TodoGroup:
        """Return runs that have fallen due and are not done, and such as a person has stopped."""
        found: dict[tuple[str, RunKind, date], bool] = {}
        for one in await asyncio.to_thread(self.store.runs.unfinished):
            if one.state is RunState.STOPPED:
                found[one.insurer_number, one.kind, one.due_on] = True
        asked = True
        try:
            due = await self._due()
        except Problem:  # nobody knows what day it is
            asked, due = False, []
        for this in due:
            found.setdefault(this, False)
        cases = [
            TodoCase(
                word("run", kind, kind.japanese),
                f"/periodic-runs?Insurer={number}",
                "　".join(
                    (
                        self.policies.of_digits(number).name,
                        long_day(on),
                        say("todo.run_stopped" if stopped else "todo.run_due"),
                    )
                ),
            )
            for (number, kind, on), stopped in sorted(found.items(), key=lambda one: one[0][2])
        ]
        return TodoGroup(
            "runs",
            say("todo.runs"),
            say("todo.runs_do"),
            len(cases),
            tuple(cases[:SHOWN]),
            asked=asked,
        )

    async def _due(self) -> list[tuple[str, RunKind, date]]:
        """Return what is due, by insurer's number, at those of which something is recorded."""
        due = [
            (str(policy.insurer_number), kind, on)
            for policy, kind, on in await self.execution.due_at(self.policies)
        ]
        if not {number for number, _, _ in due} <= self._insurers:
            self._insurers = await asyncio.to_thread(self.store.runs.insurers)
        return [one for one in due if one[0] in self._insurers]

    async def left(self) -> TodoGroup:
        """Return members for whom the last run of a kind waits for a filing, and none has come."""
        count, cases = await asyncio.to_thread(self._left)
        return TodoGroup("left", say("todo.left"), say("todo.left_do"), count, tuple(cases[:SHOWN]))

    def _left(self) -> tuple[int, list[TodoCase]]:
        count, cases = 0, list[TodoCase]()
        for policy in self.policies:
            for run in self._last_runs(str(policy.insurer_number)):
                still = self._still_left(run)
                count += len(still) + run.counts.left - len(run.counts.named)
                cases += still
        return count, cases

    def _last_runs(self, number: str) -> list[RecordedRun]:
        """Return the last run of each kind that came to its end: it names all who are left."""
        last: dict[RunKind, RecordedRun] = {}
        for run in self.store.runs.recent(number, RUNS_LOOKED_AT):
            if run.state is RunState.DONE:
                last.setdefault(run.kind, run)
        return [run for run in last.values() if run.counts.left]

    def _still_left(self, run: RecordedRun) -> list[TodoCase]:
        named = run.counts.named
        places = [Place(bucket_of(one.person_reference), one.person_reference) for one in named]
        states = self.store.runs.states(places)
        insurer = self.policies.of_digits(run.insurer_number).name
        return [
            TodoCase(
                history[-1].person.name,
                f"/persons/{one.person_reference}",
                insurer,
                one.person_reference,
                one.what,
            )
            for one in named
            if (history := states[one.person_reference][0]) and _is_left(history, run)
        ]


def _is_left(history: tuple[Change, ...], run: RecordedRun) -> bool:
    """Tell whether a person has a membership of the insurer of which nobody has filed the end.

    One that ends only after the 75th birthday is no such end (P-053), nor is one that the run
    itself has recorded.
    """
    return any(
        one.insurer_number == run.insurer_number
        and not never_was(one)
        and (
            one.disqualified_on is None
            or one.disqualified_on > late_elderly_from(entry.person.birthdate)
            or (
                entry.kind is ProcedureKind.LATE_ELDERLY
                and entry.source.channel is FilingChannel.RUN
                and entry.filing.filed_on <= run.due_on
            )
        )
        for entry in newest(history).values()
        for one in [entry.qualification]
    )
