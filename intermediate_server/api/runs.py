"""Runs over all members of an insurer: what is due, what one would do, doing it, and following."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request
from pydantic import AwareDatetime, Field

from eligibility.documents import DocumentKind
from intermediate_server.api.document_register import own_number, read_field
from intermediate_server.api.models import Text
from intermediate_server.filing import field_parsers
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.readings import Read, Reader
from intermediate_server.runs.due_by_age import held_back_from
from intermediate_server.runs.run_kinds import NOWHERE, Place, RunKind, RunState
from intermediate_server.runs.schedule import next_due
from storage import bucket_of
from wire.catalogue import Catalogue
from wire.dates import write_day
from wire.line_credentials import Role
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day
from wire.vocabulary.consoles.simulation import FollowOrder, FollowReceipt
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change
    from intermediate_server.readings import Readings
    from intermediate_server.run_execution import Preview, PreviewedMember, RunExecution
    from intermediate_server.runs.run_kinds import Left, RecordedRun, RunCounts

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
    Catalogue.UNKNOWN_INSURER,
)
_ORDERED = (*_CALLER, Catalogue.PROCEDURE_REFUSED, Catalogue.SERVICE_UNREACHABLE)
SECONDS_AT_ONCE = 60.0
"""After how long an answer to the clock's host says that runs of later days are left."""
RUNS_TOLD = 100
"""How many runs of an insurer are told of."""


class RunOrder(Element):
    """Names a run of an insurer."""

    insurer_number: Text
    kind: RunKind
    due_on: Text = ""
    """The day for which it is; today where empty."""


class PreviewOrder(RunOrder):
    """Asks what a run would do."""

    after: Reference | None = None
    """Behind whom the members are named; from the first on where absent."""


class RunStart(RunOrder):
    """Starts a run, or has one go on that was stopped or broken off."""

    wait_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 30
    """How long the answer waits for its end; the run goes on afterwards."""


class LeftMember(Element):
    """A member for whom somebody has to file."""

    person_reference: str
    japanese: str
    """What has to be done."""

    @classmethod
    def of(cls, one: Left) -> LeftMember:
        """Render a member."""
        return cls(person_reference=one.person_reference, japanese=one.what)


class RunOutcome(Element):
    """What a run came to so far, or would come to."""

    members: int
    """Members who were looked at."""
    issued: dict[DocumentKind, int]
    not_issued: dict[str, int]
    """Decisions that nothing is issued, by their reasons (Japanese)."""
    recorded: dict[ProcedureKind, int]
    """What was written into the ledger, by kind."""
    left: int
    """Members for whom somebody has to file."""
    left_members: tuple[LeftMember, ...]
    """The first hundred of them."""

    @classmethod
    def of(cls, counts: RunCounts) -> RunOutcome:
        """Render counts."""
        return cls(
            members=counts.members,
            issued=dict(counts.issued),
            not_issued=dict(counts.not_issued),
            recorded=dict(counts.entries),
            left=counts.left,
            left_members=tuple(map(LeftMember.of, counts.named)),
        )


class RunView(Element):
    """A run, as it is on record."""

    kind: RunKind
    due_on: Day
    attempt: int
    """Counts the runs for that day, from 1."""
    state: RunState
    decided_at: AwareDatetime
    """The business instant by which it decides."""
    started_by: str
    started_at: AwareDatetime
    """On the wall, as `ChangedAt`."""
    changed_at: AwareDatetime
    outcome: RunOutcome

    @classmethod
    def of(cls, one: RecordedRun) -> RunView:
        """Render a run."""
        return cls(
            kind=one.kind,
            due_on=write_day(one.due_on),
            attempt=one.attempt,
            state=one.state,
            decided_at=one.decided_at,
            started_by=one.started_by,
            started_at=one.started_at,
            changed_at=one.changed_at,
            outcome=RunOutcome.of(one.counts),
        )


class DueRun(Element):
    """A run that has fallen due, or will."""

    kind: RunKind
    due_on: Day

    @classmethod
    def of(cls, kind: RunKind, on: date) -> DueRun:
        """Render a day."""
        return cls(kind=kind, due_on=write_day(on))


class InsurersRuns(Element):
    """The runs of an insurer."""

    due: tuple[DueRun, ...]
    """What has fallen due and is not done, in order."""
    to_come: tuple[DueRun, ...]
    """When each kind falls due next."""
    waiting: int
    """Filings that brought no decision yet: the run `changes` decides on the day after them."""
    runs: tuple[RunView, ...]
    """The hundred latest."""


class PreviewedEntry(Element):
    """What a run would write into the ledger."""

    kind: ProcedureKind
    insurer_number: str
    visible_on: Day | None
    holds_from: Day | None = None
    """Since when it should hold, where it shows only later: until then clinics see what was."""

    @classmethod
    def of(cls, one: Change) -> PreviewedEntry:
        """Render an entry."""
        since = held_back_from(one)
        return cls(
            kind=one.kind,
            insurer_number=one.qualification.insurer_number,
            visible_on=None if one.filing.awaits_release else write_day(one.filing.reflected_on),
            holds_from=write_day(since) if since else None,
        )


class PreviewedDocument(Element):
    """What a run would decide on a document."""

    kind: DocumentKind | None = None
    """Absent where nothing would be issued."""
    issued_on: Day | None = None
    expires_on: Day | None = None
    reason: str
    rules: tuple[str, ...]

    @classmethod
    def of(cls, one: Document) -> PreviewedDocument:
        """Render a decision."""
        return cls(
            kind=one.kind,
            issued_on=write_day(one.issued_on) if one.issued_on else None,
            expires_on=write_day(one.expires_on) if one.expires_on else None,
            reason=one.reason,
            rules=one.rules,
        )


class PreviewedPerson(Element):
    """A member for whom a run would do something."""

    person_reference: str
    name: str
    birthdate: Day
    insured_card_symbol: str
    insured_identification_number: str
    insured_branch_number: str
    recorded: tuple[PreviewedEntry, ...]
    documents: tuple[PreviewedDocument, ...]
    left: tuple[str, ...]
    """What somebody has to file, in Japanese."""

    @classmethod
    def of(cls, one: PreviewedMember) -> PreviewedPerson:
        """Render a member."""
        return cls(
            person_reference=one.person_reference,
            name=one.entry.person.name,
            birthdate=write_day(one.entry.person.birthdate),
            insured_card_symbol=one.entry.qualification.symbol,
            insured_identification_number=one.entry.qualification.number,
            insured_branch_number=one.entry.qualification.branch,
            recorded=tuple(map(PreviewedEntry.of, one.made.entries)),
            documents=tuple(map(PreviewedDocument.of, one.made.documents)),
            left=tuple(left.what for left in one.made.left),
        )


class RunPreview(Element):
    """What a run would do; nothing was done."""

    kind: RunKind
    due_on: Day
    outcome: RunOutcome
    persons: int
    """For how many of the members that were looked at something is due."""
    members: tuple[PreviewedPerson, ...]
    """For whom something is due: two hundred at most."""
    complete: bool
    """Whether all members were looked at, and all for whom something is due are named."""
    following: str | None = None
    """What `After` of the next question is, where more are to be named."""

    @classmethod
    def of(cls, one: Preview) -> RunPreview:
        """Render a preview."""
        return cls(
            kind=one.kind,
            due_on=write_day(one.due_on),
            outcome=RunOutcome.of(one.counts),
            persons=one.persons,
            following=one.following.person_reference if one.following else None,
            members=tuple(map(PreviewedPerson.of, one.members)),
            complete=one.complete,
        )


def router(execution: RunExecution, readings: Readings) -> Routes:
    """Return the routes of the insurers' line."""
    routes = Routes(Role.INSURER, tags=["定期処理"])
    policies, runs = execution.acceptance.policies, execution.store.runs

    @routes.get(
        "/runs",
        summary="Tell which runs are due, which come next, and what past ones came to",
        responses=problem_responses(*_CALLER, Catalogue.SERVICE_UNREACHABLE),
    )
    async def show_runs(
        request: Request, insurer_number: Annotated[Text, Query(alias="InsurerNumber")]
    ) -> InsurersRuns:
        policy = policies.of_digits(own_number(request, insurer_number))
        today = (await execution.acceptance.read_clock()).today
        due = await execution.due(policy)
        past = await asyncio.to_thread(runs.recent, str(policy.insurer_number), RUNS_TOLD)
        ahead = [(kind, next_due(policy, kind, today)) for kind in RunKind]
        return InsurersRuns(
            due=tuple(DueRun.of(*one) for one in due),
            to_come=tuple(DueRun.of(kind, on) for kind, on in ahead if on is not None),
            waiting=await execution.waiting(policy),
            runs=tuple(map(RunView.of, past)),
        )

    @routes.post(
        "/runs/preview",
        summary="Tell what a run would do, for whom and why; nothing is done",
        response_model_exclude_none=True,
        responses=problem_responses(*_CALLER, Catalogue.SERVICE_UNREACHABLE),
    )
    async def preview(order: PreviewOrder, request: Request) -> RunPreview:
        policy = policies.of_digits(own_number(request, order.insurer_number))
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.RUN) as read:
            reference = order.after
            after = Place(bucket_of(reference), reference) if reference else NOWHERE
            found = await execution.preview(order.kind, policy, await _day(order), after)
            read += [one.person_reference for one in found.members]
        return RunPreview.of(found)

    @routes.post(
        "/runs",
        summary="Start a run over all members, or have one go on; answer when it is done",
        responses=problem_responses(*_ORDERED),
    )
    async def start(order: RunStart, request: Request) -> RunView:
        insurer = own_number(request, order.insurer_number)
        policy = policies.of_digits(insurer)
        day = _written_day(order) or (await execution.acceptance.read_clock()).today
        begun = await execution.start(order.kind, policy, day, insurer)
        done, _ = await asyncio.wait([begun], timeout=order.wait_seconds)
        if done:
            return RunView.of(begun.result())
        last = await asyncio.to_thread(runs.last, insurer, order.kind, day)
        assert last is not None
        return RunView.of(last)

    @routes.post(
        "/runs/stop",
        summary="Stop a run after the members at hand; what it did stays",
        responses=problem_responses(*_ORDERED),
    )
    async def stop(order: RunOrder, request: Request) -> RunView:
        policy = policies.of_digits(own_number(request, order.insurer_number))
        return RunView.of(await execution.stop(order.kind, policy, await _day(order)))

    async def _day(order: RunOrder) -> date:
        return _written_day(order) or (await execution.acceptance.read_clock()).today

    return routes


def following(execution: RunExecution) -> Routes:
    """Return what the clock's host asks."""
    routes = Routes(CONSOLE, tags=["定期処理"])

    @routes.post(
        "/follow",
        summary="Answer when the runs due at an instant are done, or how far they have come",
        response_model_exclude_none=True,
        responses=problem_responses(
            Catalogue.FOLLOWER_FAILED, Catalogue.INVALID_REQUEST, Catalogue.SERVICE_UNREACHABLE
        ),
    )
    async def follow(order: FollowOrder) -> FollowReceipt:
        began = (await execution.acceptance.read_clock()).began
        done = await execution.follow(order.now, began, order.since, SECONDS_AT_ONCE)
        return FollowReceipt(became_visible=tuple(done.visible), unfinished=done.unfinished)

    return routes


def _written_day(order: RunOrder) -> date | None:
    return read_field("DueOn", field_parsers.day, order.due_on) if order.due_on else None
