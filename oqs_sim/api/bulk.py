"""Inquiries in bulk, in four steps, and 照会番号."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response

from oqs_sim.api.line import rendered
from oqs_sim.bulk.message import BulkMessage
from storage import aside
from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Role
from wire.serving.access import Routes, participant
from wire.serving.direct import DirectRoute
from wire.serving.problem_http import problem_responses
from wire.vocabulary.bulk_calls import (
    BulkQualificationAnswer,
    BulkQualificationRequest,
    BulkReceipt,
    BulkReferenceNumberAnswer,
    BulkReferenceNumberRequest,
    BulkResultRequest,
    ConsentListRequest,
    ReferenceNumberAnswer,
    ReferenceNumberRequest,
    TicketListRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from oqs_sim.bulk.reception_desk import ReceptionDesk
    from oqs_sim.bulk.reference_registry import ReferenceRegistry
    from oqs_sim.timekeeping import Timekeeper
    from wire.vocabulary.element import Element
    from wire.vocabulary.inquiry import RequestHeader

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)
_TAKING = problem_responses(*_CALLER, Catalogue.TOO_MANY_UNITS)
_FETCHING = problem_responses(*_CALLER, Catalogue.RECEPTION_UNKNOWN)


def router(  # noqa: C901 - a list of routes
    desk: ReceptionDesk, registry: ReferenceRegistry, time: Timekeeper
) -> Routes:
    """Return the routes of terminals for what is asked in bulk."""
    routes = Routes(Role.TERMINAL, tags=["一括照会・照会番号"])

    async def take(
        message: BulkMessage, header: RequestHeader, units: Sequence[Element], request: Request
    ) -> Response:
        institution, now = participant(request).name, await time.asked_at()
        receipt = await aside(
            desk.engine, lambda: desk.take(message, header, institution, units, now)
        )
        return rendered(receipt, 202)

    def add_result_route(
        message: BulkMessage,
        path: str,
        what: str,
        answer: type[Element] = BulkQualificationAnswer,
        member: str = "BulkConfirmUnit",
    ) -> None:
        async def fetch(asked: BulkResultRequest, request: Request) -> Response:
            institution, now = participant(request).name, await time.asked_at()
            found = await aside(
                desk.engine, lambda: desk.result(message, asked, institution, member, now)
            )
            return Response(found, media_type="application/json")

        fetch.__name__ = f"fetch_{message}"
        add(path, fetch, f"Fetch {what} ({message}02): 処理中 (2) until all is done", answer)

    def add(
        path: str,
        endpoint: Callable[..., Coroutine[Any, Any, Response]],
        summary: str,
        answer: type[Element],
        status: int = 200,
    ) -> None:
        routes.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            summary=summary,
            status_code=status,
            response_model=answer,
            responses=_TAKING if status == 202 else _FETCHING,
            route_class_override=DirectRoute,
        )

    async def take_checks(asked: BulkQualificationRequest, request: Request) -> Response:
        units = asked.message_body.qualification_confirm_search_info
        return await take(BulkMessage.QUALIFICATION, asked.message_header, units, request)

    async def take_reference_numbers(
        asked: BulkReferenceNumberRequest, request: Request
    ) -> Response:
        units = asked.message_body.reference_number_registration_info
        return await take(BulkMessage.REFERENCE_NUMBER, asked.message_header, units, request)

    add(
        "/bulk/qualification",
        take_checks,
        "資格確認 一括照会 (muquc01): ask about many by number at once",
        BulkReceipt,
        202,
    )
    add_result_route(BulkMessage.QUALIFICATION, "/bulk/qualification/result", "資格確認 一括照会")
    add(
        "/bulk/reference-numbers",
        take_reference_numbers,
        "照会番号 一括登録 (muimm01): say what the institution calls many patients",
        BulkReceipt,
        202,
    )
    add_result_route(
        BulkMessage.REFERENCE_NUMBER,
        "/bulk/reference-numbers/result",
        "照会番号 一括登録",
        BulkReferenceNumberAnswer,
        "BulkRegistrationUnit",
    )

    async def take_tickets(asked: TicketListRequest, request: Request) -> Response:
        units = (asked.message_body.qualification_confirm_search_info,)
        return await take(BulkMessage.MEDICAL_TICKET, asked.message_header, units, request)

    add(
        "/bulk/medical-tickets",
        take_tickets,
        "委託先（医療扶助）資格情報一括取得 (mutic01): the entrusted recipients of a month",
        BulkReceipt,
        202,
    )
    add_result_route(
        BulkMessage.MEDICAL_TICKET, "/bulk/medical-tickets/result", "委託先（医療扶助）資格情報"
    )

    def add_consent_list(message: BulkMessage, path: str, what: str, flag: str) -> None:
        async def take_list(asked: ConsentListRequest, request: Request) -> Response:
            info = asked.message_body.qualification_confirm_search_info
            if info.medical_treatment_flag != flag:
                raise Problem(
                    Catalogue.INVALID_REQUEST,
                    f"MedicalTreatmentFlag of {message} is {flag}, "
                    f"not {info.medical_treatment_flag}.",
                )
            return await take(message, asked.message_header, (info,), request)

        take_list.__name__ = f"take_{message}"
        add(path, take_list, f"{what} ({message}01): who consented at home", BulkReceipt, 202)
        add_result_route(message, f"{path}/result", what)

    add_consent_list(
        BulkMessage.HOME_VISIT, "/bulk/home-visits", "同意済資格情報一括取得（訪問診療等）", "2"
    )
    add_consent_list(
        BulkMessage.ONLINE_EXAMINATION,
        "/bulk/online-examinations",
        "同意済資格情報一括取得（オンライン診療等）",
        "3",
    )

    @routes.post(
        "/reference-numbers",
        summary="照会番号登録 (siimm01): say what the institution calls a patient",
        response_model=ReferenceNumberAnswer,
        responses=problem_responses(
            *_CALLER,
            Catalogue.INVALID_NUMBER,
            Catalogue.NO_SUCH_QUALIFICATION,
            Catalogue.SEVERAL_HOLDERS,
            Catalogue.REFERENCE_NUMBER_EMPTY,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def register_reference_number(
        asked: ReferenceNumberRequest, request: Request
    ) -> Response:
        """Have it stand in each later answer to them; an empty one takes it out."""
        institution = participant(request).name
        return rendered(await registry.register(asked, institution, await time.asked_at()))

    return routes
