"""The patient's four steps at the reader, for its screen and for the desk that leads them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi import Depends, Response

from clinic_client.api.models import VisitState
from clinic_client.api.reception import OF_A_RECORD, OF_THE_LINE, reader_problem
from clinic_client.api.repetition import Answers, written
from clinic_client.api.step_models import (
    CameraSwitch,
    IdentityRequest,
    OfInsertion,
    ReaderCheckRequest,
    StepsElement,
)
from clinic_client.oqs_client import LineDown, Refused
from clinic_client.reception.receiving import Busy, CardExchanged
from clinic_client.visits.visit import Visit
from eligibility.terminal.identity import Method
from reader.errors import ReaderError
from reader.pin import Pin
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.idempotency import IdempotencyKey  # noqa: TC001 # FastAPI reads it at run time
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clinic_client.reader.patient_steps import Identified
    from clinic_client.reception.desk import Desk
    from storage import IdempotentRequest

_OF_THE_CARD = (
    Catalogue.READER,
    Catalogue.CHECK_UNDER_WAY,
    Catalogue.CARD_EXCHANGED,
    Catalogue.INVALID_REQUEST,
    *OF_THE_LINE,
)
_GOES_ON = {
    Catalogue.NOT_REGISTERED,
    Catalogue.NO_ACTIVE_QUALIFICATION,
    Catalogue.REGISTRATION_REFUSED,
    Catalogue.REGISTRATION_NOT_POSSIBLE,
    Catalogue.CARD_USE_BLOCKED,
}
"""What is asked or told of a registration, after which the patient goes on at the reader."""


def router(desk: Desk) -> Routes:
    """Return the routes of the four steps."""

    async def require_reader() -> None:
        if not desk.settings.variant.reads_cards:
            raise Problem(Catalogue.CLINIC_WITHOUT_READER)

    routes = Routes(
        CONSOLE,
        prefix="/api/reader",
        tags=["患者さんの操作"],
        dependencies=[Depends(require_reader)],
        responses=problem_responses(Catalogue.CLINIC_WITHOUT_READER),
    )
    _add_identity(routes, desk)
    _add_check(routes, desk, Answers(desk))
    _add_leading(routes, desk)
    return routes


def _add_identity(routes: Routes, desk: Desk) -> None:
    steps = desk.steps

    @routes.get("/steps", summary="Tell how far the patient at the reader has come")
    async def read_steps() -> StepsElement:
        """Look at the card for it: whether its front shows a face, which tries are left."""
        await steps.offer()
        return StepsElement.of(steps.state)

    @routes.post(
        "/identity",
        summary="本人確認: identify the holder of the card (step 2)",
        response_model=StepsElement,
        responses={
            201: {"model": VisitState, "description": "OQS cannot be reached: the visit as it is"},
            **problem_responses(
                *_OF_THE_CARD,
                Catalogue.IDENTITY_METHOD_IMPOSSIBLE,
                Catalogue.FACE_NOT_RECOGNISED,
                Catalogue.VISUAL_PASSCODE,
                Catalogue.STORAGE_UNAVAILABLE,
            ),
        },
    )
    async def identify(asked: IdentityRequest) -> Response:
        if asked.pin is None and asked.method in {Method.PIN, Method.DEVICE}:
            raise Problem(Catalogue.INVALID_REQUEST, "Give the PIN.")
        with _told_at_the_desk(desk, asked.insertion):
            found = await _identify(asked)
        if isinstance(found, Visit):
            state = await written(desk, found)
            return _json(state.model_dump_json(by_alias=True), 201)
        return _json(StepsElement.of(steps.state).model_dump_json(by_alias=True))

    async def _identify(asked: IdentityRequest) -> Identified | Visit:
        if asked.pin is None:
            return await steps.identify(asked.method, asked.insertion, passcode=asked.passcode)
        with Pin.authentication(asked.pin.get_secret_value()) as pin:
            return await steps.identify(
                asked.method, asked.insertion, pin, confirmed_last_try=asked.confirm_last_try
            )


def _add_check(routes: Routes, desk: Desk, answers: Answers) -> None:
    steps = desk.steps

    @routes.post(
        "/registration",
        summary="利用登録: register the card of the holder who was identified (P-021)",
        status_code=204,
        responses=problem_responses(
            *_OF_THE_CARD,
            Catalogue.HOLDER_NOT_IDENTIFIED,
            Catalogue.REGISTRATION_NOT_HERE,
            Catalogue.IDENTITY_METHOD_IMPOSSIBLE,
            Catalogue.NO_ACTIVE_QUALIFICATION,
            Catalogue.REGISTRATION_REFUSED,
            Catalogue.REGISTRATION_NOT_POSSIBLE,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def register(asked: OfInsertion) -> Response:
        with _told_at_the_desk(desk, asked.insertion):
            try:
                await steps.register(asked.insertion)
            except LineDown as error:
                raise Problem(
                    Catalogue.SERVICE_UNREACHABLE,
                    "OQS does not answer, so the card could not be registered.",
                    japanese="回線がつながらないため、いまは登録できません。"
                    "登録しないまま進んでください。",
                ) from error
        return Response(status_code=204)

    @routes.post(
        "/visits",
        summary="資格確認 with what the patient agreed to (steps 3 and 4)",
        status_code=201,
        response_model=VisitState,
        responses=problem_responses(
            *_OF_THE_CARD,
            Catalogue.HOLDER_NOT_IDENTIFIED,
            Catalogue.CONSENT_NOT_ASKED,
            Catalogue.NOT_REGISTERED,
            *OF_A_RECORD,
        ),
    )
    async def check(asked: ReaderCheckRequest, idempotency_key: IdempotencyKey = None) -> Response:
        async def receive(once: IdempotentRequest | None) -> Visit:
            with _told_at_the_desk(desk, asked.insertion):
                return await steps.check(
                    asked.insertion,
                    asked.consents,
                    uses_subsidies=asked.uses_subsidy_certificates,
                    registers=not asked.without_registration,
                    once=once,
                )

        content = asked.model_dump(mode="json")
        return await answers.once("/api/reader/visits", idempotency_key, content, receive)


def _add_leading(routes: Routes, desk: Desk) -> None:
    steps = desk.steps

    @routes.post(
        "/staff",
        summary="目視: have the patient wait for the staff, who compare the photograph (P-019)",
        status_code=204,
        responses=problem_responses(Catalogue.READER, Catalogue.IDENTITY_METHOD_IMPOSSIBLE),
    )
    async def ask_staff(asked: OfInsertion) -> Response:
        try:
            steps.ask_staff(asked.insertion)
        except ReaderError as error:
            raise reader_problem(error) from error
        return Response(status_code=204)

    @routes.post(
        "/restart",
        summary="Have the patient of a card begin anew",
        status_code=204,
        responses=problem_responses(Catalogue.CARD_EXCHANGED),
    )
    async def restart(asked: OfInsertion) -> Response:
        try:
            desk.begin_anew(asked.insertion)
        except CardExchanged as error:
            raise Problem(Catalogue.CARD_EXCHANGED) from error
        return Response(status_code=204)

    @routes.get("/camera", summary="Tell whether the camera recognises faces (simulation)")
    async def read_camera() -> CameraSwitch:
        return CameraSwitch(recognises=steps.camera.recognises)

    @routes.put("/camera", summary="Have the camera recognise faces, or none (simulation)")
    async def switch_camera(asked: CameraSwitch) -> CameraSwitch:
        """While this is on, each face fits as the person's story says; no picture is taken."""
        steps.camera.recognises = asked.recognises
        return asked


@contextmanager
def _told_at_the_desk(desk: Desk, insertion: str) -> Iterator[None]:
    """Tell whoever asked, and the desk, what stands in the way of the holder of a card."""
    try:
        yield
    except ReaderError as error:
        desk.attempt_failed(error.with_traceback(None), insertion)
        raise reader_problem(error) from error
    except Busy as error:
        raise Problem(Catalogue.CHECK_UNDER_WAY) from error
    except CardExchanged as error:
        raise Problem(Catalogue.CARD_EXCHANGED) from error
    except Refused as error:
        if error.entry not in _GOES_ON:
            desk.attempt_failed(error.problem, insertion)
        raise error.problem from error


def _json(content: str, status: int = 200) -> Response:
    return Response(content, status, media_type="application/json")
