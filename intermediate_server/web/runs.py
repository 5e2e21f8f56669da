"""定期処理: what is due, what it would do, starting and stopping it, and what past runs came to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from eligibility.days.dates import TOKYO, japanese_date
from intermediate_server.readings import Read, Reader
from intermediate_server.runs.run_kinds import RunKind, RunState
from intermediate_server.runs.schedule import next_due
from intermediate_server.web.page_context import page_routes
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.run_execution import Preview, PreviewedMember, RunExecution
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
    """Empty where it does not come by a day."""
    next_day: str
    """The same as a form sends it."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """A run that has fallen due and is not done."""

    kind: str
    word: str
    on: str
    day: str
    stopped: bool

    @classmethod
    def of(cls, kind: RunKind, on: date, last: RecordedRun | None) -> DueLine:
        """Draw a line."""
        stopped = last is not None and last.state is RunState.STOPPED
        return cls(kind.value, kind.japanese, japanese_date(on), write_day(on), stopped)


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
            word=one.kind.japanese,
            on=japanese_date(one.due_on),
            day=write_day(one.due_on),
            state=one.state.value,
            state_word=one.state.japanese,
            by=one.started_by,
            changed_at=f"{one.changed_at.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}",
            outcome=outcome(one.counts),
            left=tuple((left.person_reference, left.what) for left in one.counts.named),
        )


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """What a run would do for a member."""

    reference: str
    name: str
    what: str
    why: str
    rules: str

    @classmethod
    def of(cls, one: PreviewedMember) -> list[PreviewLine]:
        """Draw the lines of a member."""
        lines = [
            (f"{entry.kind.japanese}を記録（{japanese_date(entry.filing.reflected_on)}から）",
             entry.insurer_name, "")
            for entry in one.made.entries
        ]  # fmt: skip
        for paper in one.made.documents:
            what = "交付しない"
            if paper.kind is not None and paper.issued_on is not None:
                what = f"{paper.kind.japanese}（{japanese_date(paper.issued_on)}"
                until = paper.expires_on
                what += f"～{japanese_date(until)}）" if until else "）"
            lines.append((what, paper.reason, "　".join(paper.rules)))
        lines += [("届出待ち", left.what, "") for left in one.made.left]
        return [cls(one.person_reference, one.name, *line) for line in lines]


def did_something(one: RecordedRun) -> bool:
    """Tell whether a run came to anything, or has not come to its end."""
    counts = one.counts
    found = counts.entries or counts.issued or counts.not_issued or counts.left
    return bool(found) or one.state is not RunState.DONE


def outcome(counts: RunCounts) -> str:
    """Say in a sentence what a run came to."""
    said = [f"{one.japanese} {count}件" for one, count in counts.entries.items()]
    said += [f"{one.japanese} {count}件" for one, count in counts.issued.items()]
    if none := sum(counts.not_issued.values()):
        said.append(f"交付なし {none}件")
    if counts.left:
        said.append(f"届出待ち {counts.left}件")
    return f"{counts.members}人を確認。{'、'.join(said) or '該当なし'}。"


@dataclass(frozen=True)
class RunDesk:
    """Where a clerk looks after runs."""

    context: PageContext
    execution: RunExecution

    async def page(
        self,
        policy: InsurerPolicy,
        reader: Reader,
        said: str = "",
        preview: Preview | None = None,
        *,
        all_runs: bool = False,
    ) -> HTMLResponse:
        """Show an insurer's runs."""
        runs = self.context.store.runs
        number = str(policy.insurer_number)
        reading = await self.context.now()
        due = await self.execution.due(policy) if reading else []
        lasts = [await asyncio.to_thread(runs.last, number, *one) for one in due]
        past = [
            one
            for one in await asyncio.to_thread(runs.recent, number, RUNS_SHOWN)
            if all_runs or did_something(one)
        ]
        async with self.context.readings.reading(reader, Read.RUN) as read:
            read.extend({left.person_reference for one in past for left in one.counts.named})
            if preview is not None:
                read.extend(one.person_reference for one in preview.members)
        kinds = []
        for kind in RunKind:
            on = next_due(policy, kind, reading.today) if reading else None
            kinds.append(
                KindLine(
                    kind.value,
                    kind.japanese,
                    kind.hint,
                    japanese_date(on) if on else "",
                    write_day(on) if on else "",
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
            preview=[line for one in preview.members for line in PreviewLine.of(one)]
            if preview
            else None,
            previewed=preview,
            preview_day=japanese_date(preview.due_on) if preview else "",
            preview_outcome=outcome(preview.counts) if preview else "",
        )

    async def preview(
        self, kind: RunKind, policy: InsurerPolicy, day: date, reader: Reader
    ) -> HTMLResponse:
        """Show what a run would do."""
        found = await self.execution.preview(kind, policy, day)
        return await self.page(policy, reader, preview=found)

    async def start(
        self, kind: RunKind, policy: InsurerPolicy, day: date | None, reader: Reader
    ) -> Response:
        """Start a run, or have it go on; show it when it is done, or still under way."""
        begun = await self.execution.start(kind, policy, day, reader.name or "画面")
        done, _ = await asyncio.wait([begun], timeout=WAIT_SECONDS)
        said = f"「{kind.japanese}」を始めました。終わるまで、この画面で進み具合を確かめられます。"
        if done:
            ended = begun.result()
            said = f"「{kind.japanese}」は{ended.state.japanese}です。{outcome(ended.counts)}"
        return self._back(policy, said)

    async def stop(self, kind: RunKind, policy: InsurerPolicy, day: date) -> Response:
        """Stop a run."""
        await self.execution.stop(kind, policy, day)
        return self._back(policy, f"「{kind.japanese}」を止めました。続きから再開できます。")

    def _back(self, policy: InsurerPolicy, said: str) -> Response:
        return RedirectResponse(
            f"/periodic-runs?Insurer={policy.insurer_number}&Said={quote(said)}", 303
        )


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
        try:
            return RunKind(kind), policies.of_digits(insurer), read_day(day) if day else None
        except ValueError:
            raise Problem(Catalogue.INVALID_REQUEST) from None

    async def today() -> date:
        return (await context.acceptance.read_clock()).today

    @routes.get("/periodic-runs", summary="The runs of an insurer: due, to come, and past")
    async def show_runs(
        request: Request,
        insurer: Annotated[str, Query(alias="Insurer", max_length=8)] = "",
        said: Annotated[str, Query(alias="Said", max_length=300)] = "",
        all_runs: Annotated[bool, Query(alias="All")] = False,  # noqa: FBT002 # a query
    ) -> HTMLResponse:
        policy = policies.of_digits(insurer or context.insurers[0][0])
        reader = Reader.of(request.scope, request.cookies)
        return await desk.page(policy, reader, said, all_runs=all_runs)

    @routes.post("/periodic-runs/preview", summary="What a run would do")
    async def preview(request: Request) -> HTMLResponse:
        kind, policy, day = await asked(request)
        reader = Reader.of(request.scope, request.cookies)
        return await desk.preview(kind, policy, day or await today(), reader)

    @routes.post("/periodic-runs/start", summary="Start a run, or have it go on")
    async def start(request: Request) -> Response:
        return await desk.start(*await asked(request), Reader.of(request.scope, request.cookies))

    @routes.post("/periodic-runs/stop", summary="Stop a run")
    async def stop(request: Request) -> Response:
        kind, policy, day = await asked(request)
        return await desk.stop(kind, policy, day or await today())

    return routes
