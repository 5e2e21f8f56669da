"""What insurers file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import BackgroundTasks, Request, Response

from intermediate_server.api.models import ProcedureForm, ProcedureReceipt
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.readings import Read, Reader
from intermediate_server.store.ledger import Once
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Role
from wire.request_key import REPLAYED, KeysUnderWay, read_key, require_same
from wire.serving.access import Routes, participant
from wire.serving.idempotency import PROBLEMS, IdempotencyKey
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.readings import Readings
    from intermediate_server.store.ledger import Recorded
    from intermediate_server.sync.worker_client import WorkerClient


def router(acceptance: Acceptance, workers: WorkerClient, readings: Readings) -> Routes:
    """Return the routes of the insurers' line."""
    routes = Routes(Role.INSURER, tags=["届出"])
    under_way = KeysUnderWay()

    @routes.post(
        "/procedures",
        summary="File a procedure, and learn from when clinics see it",
        status_code=201,
        response_model=ProcedureReceipt,
        response_model_exclude_none=True,
        responses=problem_responses(
            Catalogue.NO_CLIENT_CERTIFICATE,
            Catalogue.CERTIFICATE_REFUSED,
            Catalogue.WRONG_CALLER,
            Catalogue.INVALID_REQUEST,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_INSURER,
            Catalogue.UNKNOWN_PERSON,
            Catalogue.PROCEDURE_REFUSED,
            Catalogue.REFERENCE_REUSED,
            Catalogue.MATCHING_NOT_POSSIBLE,
            Catalogue.SERVICE_UNREACHABLE,
            Catalogue.STORAGE_UNAVAILABLE,
            *PROBLEMS,
        ),
    )
    async def file_procedure(
        form: ProcedureForm,
        request: Request,
        afterwards: BackgroundTasks,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        caller = participant(request)
        procedure = form.procedure()
        if caller.name != str(procedure.insurer_number):
            raise Problem(
                Catalogue.WRONG_CALLER,
                f"The certificate is of {caller.name}, "
                f"the procedure of {procedure.insurer_number}.",
            )
        reader = Reader.of(request.scope, request.cookies)
        source = Source(caller.name, FilingChannel.LINE)
        key = read_key(idempotency_key)
        if key is None:
            async with readings.reading(reader, Read.FILING):
                receipt = _written(await acceptance.accept(procedure, source))
        else:
            asked = key.fingerprint(form.model_dump(mode="json", exclude_none=True))
            same = IdempotentRequest(caller.name, _ROUTE, key.digest, asked)
            once = Once(same, 201, lambda recorded: _written(recorded[0]))
            try:
                with under_way.hold(caller.name, _ROUTE, key.digest):
                    async with readings.reading(reader, Read.FILING):
                        receipt = _written(await acceptance.accept(procedure, source, once))
            except AnsweredBefore as before:
                require_same(before.kept.fingerprint, asked)
                return _answer(before.kept.answer, {REPLAYED: "true"})
        afterwards.add_task(workers.wake)
        answer = _answer(receipt)
        answer.background = afterwards
        return answer

    return routes


_ROUTE = "/procedures"


def _written(recorded: Recorded) -> str:
    return ProcedureReceipt.of(recorded).model_dump_json(by_alias=True, exclude_none=True)


def _answer(receipt: str, headers: dict[str, str] | None = None) -> Response:
    return Response(receipt, 201, headers, media_type="application/json")
