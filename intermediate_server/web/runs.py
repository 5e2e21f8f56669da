"""定期処理: what is due, what it would do, starting and stopping it, and what past runs came to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intermediate_server.filing import field_parsers
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.readings import Read, Reader
from intermediate_server.run_execution import BY_ITSELF
from intermediate_server.runs.run_kinds import NOWHERE, Place, RunKind, RunState
from intermediate_server.runs.schedule import after_filings, next_due
from intermediate_server.web.page_context import CsvFile, page_routes
from intermediate_server.web.periodic_runs.preview_page import (
    PREVIEW_PATH,
    PreviewPage,
    lines_of_file,
)
from intermediate_server.web.rule_words.rule_texts import RULES_PATH, rule_lines, rule_texts
from intermediate_server.web.texts import long_day, moment, say, word
from storage import bucket_of
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day

if TYPE_CHECKING:
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.run_execution import RunExecution
    from intermediate_server.runs.run_kinds import RecordedRun, RunCounts
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

RUNS_SHOWN = 400
"""How many past runs the page looks at."""
WAIT_SECONDS = 5.0
"""How long a page that starts a run waits for its end."""


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of run: when it comes next."""

    kind: str
    word: str
    hint: str
    next_on: str
    next_day: str
    """The same as a form sends it; empty where it comes by no day."""
    waiting: str
    """What waits for it."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """A run that has fallen due and is not done."""

    kind: str
    word: str
    on: str
    day: str
    state: str
    """How far it is, where it was begun; else empty."""

    @classmethod
    def of(cls, kind: RunKind, on: date, last: RecordedRun | None) -> DueLine:
        """Draw a line."""
        state = _state_word(last.state) if last is not None else ""
        return cls(kind.value, _kind_word(kind), long_day(on), write_day(on), state)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the page shows it."""

    kind: str
    word: str
    on: str
    day: str
    state: str
    state_word: str
    by: str
    changed_at: str
    """When it last did something, on the wall."""
    outcome: str
    left: tuple[tuple[str, str], ...]
    """For whom somebody has to file: the person, and what."""

    @classmethod
    def of(cls, one: RecordedRun) -> RunLine:
        """Draw a line."""
        return cls(
            kind=one.kind.value,
            word=_kind_word(one.kind),
            on=long_day(one.due_on),
            day=write_day(one.due_on),
            state=one.state.value,
            state_word=_state_word(one.state),
            by=_starter(one.started_by),
            changed_at=moment(one.changed_at),
            outcome=outcome(one.counts),
            left=tuple((left.person_reference, left.what) for left in one.counts.named),
        )


def did_something(one: RecordedRun) -> bool:
    """Tell whether a run came to anything, or has not come to its end."""
    counts = one.counts
    found = counts.entries or counts.issued or counts.not_issued or counts.left
    return bool(found) or one.state is not RunState.DONE


def outcome(counts: RunCounts) -> str:
    """Say in a sentence what a run came to."""
    made = [
        (word("kind", kind, kind.japanese), count) for kind, count in counts.entries.items()
    ] + [(word("document", kind, kind.japanese), count) for kind, count in counts.issued.items()]
    told = [say("runs.made", what=what, count=f"{count:,}") for what, count in made]
    if none := sum(counts.not_issued.values()):
        told.append(say("runs.none_issued", count=f"{none:,}"))
    if counts.left:
        told.append(say("runs.left", count=f"{counts.left:,}"))
    looked_at = say("runs.looked_at", count=f"{counts.members:,}")
    return looked_at + (say("runs.and").join(told) or say("runs.nobody")) + say("runs.end")


def _starter(name: str) -> str:
    if name == BY_ITSELF:
        return say("runs.by_itself")
    nameless = FilingChannel.PAGE
    return word("channel", nameless, name) if name == nameless.japanese else name


def _kind_word(kind: RunKind) -> str:
    return word("run", kind, kind.japanese)


def _state_word(state: RunState) -> str:
    return word("run_state", state, state.japanese)


@dataclass(frozen=True)
class RunDesk:
    """Where a clerk looks after runs."""

    context: PageContext
    execution: RunExecution

    async def page(
        self,
        policy: InsurerPolicy,
        reader: Reader,
        *,
        shown: tuple[RunKind, date] | None = None,
        all_runs: bool = False,
    ) -> HTMLResponse:
        """Show an insurer's runs, and how far the one is that was begun or stopped just before."""
        runs = self.context.store.runs
        number = str(policy.insurer_number)
        reading = await self.context.now()
        due = await self.execution.due(policy) if reading else []
        waiting = await self.execution.waiting(policy) if reading else 0
        lasts = [await asyncio.to_thread(runs.last, number, *one) for one in due]
        said = ""
        if shown and (run := await asyncio.to_thread(runs.last, number, *shown)):
            said = _how_far(run)
        past = [
            one
            for one in await asyncio.to_thread(runs.recent, number, RUNS_SHOWN)
            if all_runs or did_something(one)
        ]
        async with self.context.readings.reading(reader, Read.RUN) as read:
            read.extend({left.person_reference for one in past for left in one.counts.named})
        kinds = []
        for kind in RunKind:
            on = next_due(policy, kind, reading.today) if reading else None
            next_on = long_day(on) if on else ""
            if kind in after_filings(policy):
                next_on = say("runs.after_filing")
            waits = waiting if kind is RunKind.CHANGES else 0
            kinds.append(
                KindLine(
                    kind.value,
                    _kind_word(kind),
                    word("run_hint", kind, kind.hint),
                    next_on or say("runs.no_day"),
                    write_day(on) if on else "",
                    say("runs.waiting", count=f"{waits:,}") if waits else "",
                )
            )
        return await self.context.render(
            "runs.html",
            "/periodic-runs",
            reading,
            insurers=self.context.insurers,
            insurer=number,
            by_themselves=self.execution.by_themselves,
            due=[DueLine.of(*one, last) for one, last in zip(due, lasts, strict=True)],
            kinds=kinds,
            runs=list(map(RunLine.of, past)),
            all_runs=all_runs,
            said=said,
        )

    async def preview(
        self, kind: RunKind, policy: InsurerPolicy, day: date | None, after: str, reader: Reader
    ) -> HTMLResponse:
        """Show what a run would do, and ask whether to begin it where its day has come."""
        place = Place(bucket_of(after), after) if after else NOWHERE
        reading = await self.execution.acceptance.read_clock()
        async with self.context.readings.reading(reader, Read.RUN) as read:
            found = await self.execution.preview(kind, policy, day or reading.today, place)
            read += [one.person_reference for one in found.members]
        return await self.context.render(
            "run_preview.html",
            "/periodic-runs",
            reading,
            insurer=str(policy.insurer_number),
            insurer_name=policy.name,
            preview=PreviewPage.of(
                found, policy, outcome(found.counts), reading.today, first=not after
            ),
        )

    async def start(
        self, kind: RunKind, policy: InsurerPolicy, day: date | None, reader: Reader
    ) -> Response:
        """Start a run, or have it go on; show it when it is done, or still under way."""
        day = day or (await self.execution.acceptance.read_clock()).today
        begun = await self.execution.start(
            kind, policy, day, reader.name or FilingChannel.PAGE.japanese
        )
        await asyncio.wait([begun], timeout=WAIT_SECONDS)
        error = begun.exception() if begun.done() else None
        # What stands still as OQS is out has begun all the same, and goes on by itself.
        if error and getattr(error, "entry", None) is not Catalogue.SERVICE_UNREACHABLE:
            raise error
        return _back(policy, kind, day)

    async def stop(self, kind: RunKind, policy: InsurerPolicy, day: date) -> Response:
        """Stop a run."""
        await self.execution.stop(kind, policy, day)
        return _back(policy, kind, day)


def _how_far(run: RecordedRun) -> str:
    key = {RunState.RUNNING: "runs.begun", RunState.STOPPED: "runs.stopped"}
    text = key.get(run.state, "runs.ended")
    values = {"outcome": outcome(run.counts)} if run.state is RunState.DONE else {}
    return say(text, kind=_kind_word(run.kind), **values)


def _back(policy: InsurerPolicy, kind: RunKind, day: date) -> Response:
    query = f"Insurer={policy.insurer_number}&Kind={kind}&DueOn={write_day(day)}"
    return RedirectResponse(f"/periodic-runs?{query}", 303)


def _day(text: str) -> date | None:
    try:
        return field_parsers.day(text.strip()) if text.strip() else None
    except field_parsers.Unreadable as error:
        raise Problem(Catalogue.INVALID_REQUEST, error.text.en, japanese=error.text.ja) from None


def router(context: PageContext, execution: RunExecution) -> Routes:
    """Return the routes."""
    desk = RunDesk(context, execution)
    policies = context.acceptance.policies
    routes = page_routes()

    async def asked(request: Request) -> tuple[RunKind, InsurerPolicy, date | None]:
        async with request.form() as sent:
            kind, insurer = str(sent.get("Kind", "")), str(sent.get("InsurerNumber", ""))
            day = str(sent.get("DueOn", ""))
        if kind not in set(RunKind):
            raise Problem(Catalogue.INVALID_REQUEST)
        return RunKind(kind), policies.of_digits(context.insurer(insurer)), _day(day)

    async def today() -> date:
        return (await context.acceptance.read_clock()).today

    @routes.get("/periodic-runs", summary="The runs of an insurer: due, to come, and past")
    async def show_runs(
        request: Request,
        insurer: Annotated[str, Query(alias="Insurer", max_length=8)] = "",
        kind: Annotated[RunKind | None, Query(alias="Kind")] = None,
        due_on: Annotated[str, Query(alias="DueOn", max_length=10)] = "",
        all_runs: Annotated[bool, Query(alias="All")] = False,  # noqa: FBT002 # a query
    ) -> HTMLResponse:
        policy = policies.of_digits(context.insurer(insurer))
        reader = Reader.of(request.scope, request.cookies)
        day = _day(due_on)
        shown = (kind, day) if kind and day else None
        return await desk.page(policy, reader, shown=shown, all_runs=all_runs)

    _add_previews(routes, desk)

    @routes.post("/periodic-runs/start", summary="Start a run, or have it go on")
    async def start(request: Request) -> Response:
        return await desk.start(*await asked(request), Reader.of(request.scope, request.cookies))

    @routes.post("/periodic-runs/stop", summary="Stop a run")
    async def stop(request: Request) -> Response:
        kind, policy, day = await asked(request)
        return await desk.stop(kind, policy, day or await today())

    return routes


def _add_previews(routes: Routes, desk: RunDesk) -> None:
    policies = desk.context.acceptance.policies

    def named(
        kind: RunKind, insurer: str, due_on: str
    ) -> tuple[RunKind, InsurerPolicy, date | None]:
        return kind, policies.of_digits(desk.context.insurer(insurer)), _day(due_on)

    @routes.get(PREVIEW_PATH, summary="What a run would do: for whom, and why")
    async def preview(
        request: Request,
        kind: Annotated[RunKind, Query(alias="Kind")],
        insurer: Annotated[str, Query(alias="InsurerNumber", max_length=8)] = "",
        due_on: Annotated[str, Query(alias="DueOn", max_length=10)] = "",
        after: Annotated[str, Query(alias="After", max_length=20)] = "",
    ) -> HTMLResponse:
        reader = Reader.of(request.scope, request.cookies)
        return await desk.preview(*named(kind, insurer, due_on), after, reader)

    @routes.get(
        f"{PREVIEW_PATH}.csv", response_class=CsvFile, summary="The same as a file, all of it"
    )
    async def preview_file(
        request: Request,
        kind: Annotated[RunKind, Query(alias="Kind")],
        insurer: Annotated[str, Query(alias="InsurerNumber", max_length=8)] = "",
        due_on: Annotated[str, Query(alias="DueOn", max_length=10)] = "",
    ) -> Response:
        reader = Reader.of(request.scope, request.cookies)
        run, policy, day = named(kind, insurer, due_on)
        asked = run, policy, day or (await desk.execution.acceptance.read_clock()).today
        return CsvFile(lines_of_file(desk.context, desk.execution, reader, asked), "run.csv")

    @routes.get(RULES_PATH, summary="The rules that runs go by, in plain words")
    async def show_rules() -> HTMLResponse:
        rules = rule_lines(rule_texts())
        return await desk.context.render(
            "rules.html", "/periodic-runs", await desk.context.now(), rules=rules
        )
