"""Procedures of a household: the householder and dependants together, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import BackgroundTasks, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from intermediate_server.api.models import ProcedureForm, ProcedureReceipt, Text
from intermediate_server.filing.fields import kind_of
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.kinds import KINDS
from intermediate_server.readings import Read, Reader
from intermediate_server.store.ledger import Once, PartsRefused
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Role
from wire.problem_document import AS_CONTENT
from wire.request_key import REPLAYED, KeysUnderWay, read_key, require_same
from wire.serving.access import Routes, participant
from wire.serving.idempotency import PROBLEMS, IdempotencyKey
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.readings import Readings
    from intermediate_server.store.ledger import Recorded
    from intermediate_server.sync.worker_client import WorkerClient

MOST_MEMBERS = 20
"""How many procedures a household may file together."""
_ROUTE = "/procedures/household"


class Household(Element):
    """What is filed together; each as it would be alone."""

    procedures: Annotated[tuple[ProcedureForm, ...], Field(min_length=1, max_length=MOST_MEMBERS)]
    householder: Text | None = None
    """世帯主: of all whose kind may say it and who do not say another (R-056)."""


class HouseholdOutcome(Element):
    """What became of one procedure."""

    place: int
    """Its place, from 1."""
    result: str
    """``accepted``, ``unchanged``, ``refused``; or ``withheld``, where it would have been taken but
    for another one."""
    receipt: ProcedureReceipt | None = None
    code: str | None = None
    """Why it was refused; the catalogue's code."""
    detail: str | None = None
    japanese: str | None = None


class HouseholdReport(Element):
    """What became of a household's procedures: all are recorded, or none."""

    recorded: bool
    outcomes: tuple[HouseholdOutcome, ...]


def router(acceptance: Acceptance, workers: WorkerClient, readings: Readings) -> Routes:
    """Return the routes of the insurers' line."""
    routes = Routes(Role.INSURER, tags=["届出"])
    under_way = KeysUnderWay()

    @routes.post(
        _ROUTE,
        summary="File the procedures of a household: all are recorded, or none",
        status_code=201,
        response_model=HouseholdReport,
        response_model_exclude_none=True,
        responses={
            **problem_responses(
                Catalogue.NO_CLIENT_CERTIFICATE,
                Catalogue.CERTIFICATE_REFUSED,
                Catalogue.WRONG_CALLER,
                Catalogue.MATCHING_NOT_POSSIBLE,
                Catalogue.SERVICE_UNREACHABLE,
                Catalogue.STORAGE_UNAVAILABLE,
                *PROBLEMS,
            ),
            422: {
                "model": HouseholdReport,
                "description": "None was recorded: why, of each; or the request cannot be read, "
                f"and then the answer is a problem, `{Catalogue.INVALID_REQUEST.kind.code}`.",
                "content": AS_CONTENT,
            },
        },
    )
    async def file_household(
        household: Household,
        request: Request,
        afterwards: BackgroundTasks,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        caller = participant(request)
        reader = Reader.of(request.scope, request.cookies)
        source = Source(caller.name, FilingChannel.LINE)
        procedures, unread = _read(household, caller.name)
        if unread is not None:
            return _refusal(unread)
        key = read_key(idempotency_key)
        refused: PartsRefused | None = None
        try:
            async with readings.reading(reader, Read.FILING):
                try:
                    if key is None:
                        written = _written(await acceptance.accept_all(procedures, source))
                    else:
                        asked = key.fingerprint(household.model_dump(mode="json"))
                        same = IdempotentRequest(caller.name, _ROUTE, key.digest, asked)
                        with under_way.hold(caller.name, _ROUTE, key.digest):
                            made = await acceptance.accept_all(
                                procedures, source, Once(same, 201, _written)
                            )
                        written = _written(made)
                except AnsweredBefore as before:
                    require_same(before.kept.fingerprint, asked)
                    return _answer(before.kept.answer, {REPLAYED: "true"})
                except PartsRefused as error:
                    refused = error
                    raise next(filter(None, error.problems)) from None
        except Problem:
            if refused is None:
                raise
            return _refusal(refused)
        afterwards.add_task(workers.wake)
        answer = _answer(written)
        answer.background = afterwards
        return answer

    return routes


def _read(household: Household, caller: str) -> tuple[list[Procedure], PartsRefused | None]:
    """Read the procedures, or say of each what is wrong with it."""
    procedures: list[Procedure] = []
    problems: list[Problem | None] = []
    for form in household.procedures:
        try:
            one = _with_head(form, household.householder).procedure()
        except Problem as problem:
            problems.append(problem)
            continue
        procedures.append(one)
        said = f"The certificate is of {caller}, the procedure of {one.insurer_number}."
        own = str(one.insurer_number) == caller
        problems.append(None if own else Problem(Catalogue.WRONG_CALLER, said))
    return procedures, PartsRefused(tuple(problems)) if any(problems) else None


def _with_head(form: ProcedureForm, householder: str | None) -> ProcedureForm:
    """Return a procedure with the household's head, where its kind says one and it does not."""
    said = form.model_dump(include={"kind", "householder"})
    kind = kind_of(said["kind"])
    if not householder or said["householder"] or kind is None:
        return form
    if "householder" not in KINDS[kind].needs.allowed:
        return form
    return form.model_copy(update={"householder": householder})


def _refusal(refused: PartsRefused) -> Response:
    outcomes = tuple(
        HouseholdOutcome(place=place, result="withheld")
        if problem is None
        else HouseholdOutcome(
            place=place,
            result="refused",
            code=problem.entry.kind.code,
            detail=problem.detail,
            japanese=problem.japanese,
        )
        for place, problem in enumerate(refused.problems, start=1)
    )
    report = HouseholdReport(recorded=False, outcomes=outcomes)
    return JSONResponse(report.model_dump(mode="json", by_alias=True, exclude_none=True), 422)


def _written(recorded: Sequence[Recorded]) -> str:
    report = HouseholdReport(
        recorded=True,
        outcomes=tuple(
            HouseholdOutcome(
                place=place,
                result="unchanged" if one.unchanged else "accepted",
                receipt=ProcedureReceipt.of(one),
            )
            for place, one in enumerate(recorded, start=1)
        ),
    )
    return report.model_dump_json(by_alias=True, exclude_none=True)


def _answer(report: str, headers: dict[str, str] | None = None) -> Response:
    return Response(report, 201, headers, media_type="application/json")
