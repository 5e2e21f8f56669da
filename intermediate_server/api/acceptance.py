"""What insurers file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import BackgroundTasks, Request  # noqa: TC002 # FastAPI reads it at run time

from intermediate_server.api.models import ProcedureForm, ProcedureReceipt
from intermediate_server.procedures.change import FilingChannel, Source
from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Role
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.sync.worker_client import WorkerClient


def router(acceptance: Acceptance, workers: WorkerClient) -> Routes:
    """Return the routes of the insurers' line."""
    routes = Routes(Role.INSURER, tags=["届出"])

    @routes.post(
        "/procedures",
        summary="File a procedure, and learn from when clinics see it",
        status_code=201,
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
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def file_procedure(
        form: ProcedureForm, request: Request, afterwards: BackgroundTasks
    ) -> ProcedureReceipt:
        caller = participant(request)
        procedure = form.procedure()
        if caller.name != str(procedure.insurer_number):
            raise Problem(
                Catalogue.WRONG_CALLER,
                f"The certificate is of {caller.name}, "
                f"the procedure of {procedure.insurer_number}.",
            )
        recorded = await acceptance.accept(procedure, Source(caller.name, FilingChannel.LINE))
        afterwards.add_task(workers.wake)
        return ProcedureReceipt.of(recorded)

    return routes
