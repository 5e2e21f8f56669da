"""Inquiries in bulk, in four steps, and 照会番号."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response

from oqs_sim.api.line import rendered
from oqs_sim.api.message_route import DOCUMENT, NOT_READ, Exchange, MessageForms
from oqs_sim.bulk.message import BulkMessage
from oqs_sim.operation.effect import HELD
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.messages.message_kind import MessageKind
from wire.messages.message_reading import ReadingBounds
from wire.messages.refusal import Refusal
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.bulk_inquiry import (  # noqa: TC001 # a route reads its annotations
    AssistanceInquiry,
    BulkCollection,
    BulkInquiry,
    VisitingInquiry,
)
from wire.vocabulary.reference_numbers import (  # noqa: TC001 # likewise
    BulkReferenceRegistration,
    ReferenceRegistration,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from oqs_sim.bulk.reception_desk import ReceptionDesk
    from oqs_sim.bulk.reference_registry import ReferenceRegistry
    from oqs_sim.timekeeping import Timekeeper
    from wire.vocabulary.bulk_inquiry import BulkRequestHeader
    from wire.vocabulary.element import Element
    from wire.vocabulary.inquiry import RequestHeader

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)
_TAKING = problem_responses(*_CALLER, *NOT_READ, Catalogue.TOO_MANY_UNITS)
_FETCHING = problem_responses(*_CALLER, *NOT_READ, Catalogue.RECEPTION_UNKNOWN)
_REGISTERING = problem_responses(
    *_CALLER,
    *NOT_READ,
    Catalogue.INVALID_NUMBER,
    Catalogue.NO_SUCH_QUALIFICATION,
    Catalogue.SEVERAL_HOLDERS,
    Catalogue.REFERENCE_NUMBER_EMPTY,
    Catalogue.REFERENCE_NUMBER_TAKEN,
    Catalogue.STORAGE_UNAVAILABLE,
)


def router(  # noqa: C901 - a list of routes
    desk: ReceptionDesk, registry: ReferenceRegistry, time: Timekeeper, messages: MessageForms
) -> Routes:
    """Return the routes of terminals for what is asked in bulk."""
    routes = Routes(Role.TERMINAL, tags=["一括照会・照会番号"])

    def add(
        path: str,
        endpoint: Callable[..., Coroutine[Any, Any, Response]],
        summary: str,
        kinds: tuple[MessageKind, MessageKind],
        refuse: Callable[[Refusal], Element],
        responses: dict[int | str, dict[str, Any]],
        status: int = 200,
    ) -> None:
        """Add a route that takes the first kind of message and answers with the second."""
        question, answer = kinds
        routes.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            summary=summary,
            status_code=status,
            response_model=answer.model,
            responses=responses,
            openapi_extra={"requestBody": {"content": DOCUMENT}},
            route_class_override=messages.route(
                Exchange(question.model, answer, refuse, bounds=_LARGE)
            ),
        )

    async def take(
        message: BulkMessage,
        header: RequestHeader | BulkRequestHeader,
        units: Sequence[Element],
        request: Request,
    ) -> Response:
        institution, now = participant(request).name, await time.asked_at()
        return rendered(await desk.take(message, header, institution, units, now), 202)

    def add_message(
        message: BulkMessage,
        path: str,
        what: str,
        take_it: Callable[..., Coroutine[Any, Any, Response]],
    ) -> None:
        """Add the two routes of a message: to send it (01), and to fetch what came of it (02)."""
        name = f"OQS{message}"
        question, receipt, collection, result = (
            _KINDS[f"{name}{step}"] for step in ("01req", "01res", "02req", "02res")
        )

        async def fetch(asked: BulkCollection, request: Request) -> Response:
            institution, now = participant(request).name, await time.asked_at()
            hold = request.scope.get(HELD)
            found = await desk.result(message, asked, institution, now, hold)
            return Response(found, media_type="application/json")

        fetch.__name__ = f"fetch_{message}"
        add(
            path,
            take_it,
            f"{what} ({message}01)",
            (question, receipt),
            Refusal.as_reception,
            _TAKING,
            202,
        )
        registers = message is BulkMessage.REFERENCE_NUMBER
        add(
            f"{path}/result",
            fetch,
            f"Fetch {what} ({message}02): 処理中 (2) until all is done",
            (collection, result),
            Refusal.as_registered if registers else Refusal.as_result,
            _FETCHING,
        )

    async def take_checks(asked: BulkInquiry, request: Request) -> Response:
        units = asked.message_body.qualification_confirm_search_info
        return await take(BulkMessage.QUALIFICATION, asked.message_header, units, request)

    async def take_registrations(asked: BulkReferenceRegistration, request: Request) -> Response:
        units = asked.message_body.reference_number_registration_info
        return await take(BulkMessage.REFERENCE_NUMBER, asked.message_header, units, request)

    async def take_tickets(asked: AssistanceInquiry, request: Request) -> Response:
        units = (asked.message_body.qualification_confirm_search_info,)
        return await take(BulkMessage.MEDICAL_TICKET, asked.message_header, units, request)

    def consent_list(
        message: BulkMessage,
    ) -> Callable[..., Coroutine[Any, Any, Response]]:
        async def take_list(asked: VisitingInquiry, request: Request) -> Response:
            units = (asked.message_body.qualification_confirm_search_info,)
            return await take(message, asked.message_header, units, request)

        take_list.__name__ = f"take_{message}"
        return take_list

    async def register_reference_number(asked: ReferenceRegistration, request: Request) -> Response:
        """Have it stand in each later answer to them; an empty one takes it out."""
        institution = participant(request).name
        return rendered(await registry.register(asked, institution, await time.asked_at()))

    add(
        "/reference-numbers",
        register_reference_number,
        "照会番号登録 (siimm01): say what the institution calls a patient",
        (MessageKind.REFERENCE_REQUEST, MessageKind.REFERENCE),
        Refusal.as_registration,
        _REGISTERING,
    )
    visit, online = BulkMessage.HOME_VISIT, BulkMessage.ONLINE_EXAMINATION
    add_message(BulkMessage.QUALIFICATION, "/bulk/qualification", "資格確認 一括照会", take_checks)
    add_message(
        BulkMessage.REFERENCE_NUMBER,
        "/bulk/reference-numbers",
        "照会番号 一括登録",
        take_registrations,
    )
    add_message(
        BulkMessage.MEDICAL_TICKET,
        "/bulk/medical-tickets",
        "委託先（医療扶助）資格情報一括取得",
        take_tickets,
    )
    add_message(
        visit,
        "/bulk/home-visits",
        "同意済資格情報一括取得（訪問診療等）",
        consent_list(visit),
    )
    add_message(
        online,
        "/bulk/online-examinations",
        "同意済資格情報一括取得（オンライン診療等）",
        consent_list(online),
    )
    return routes


_KINDS = {kind.api_id: kind for kind in MessageKind}
_LARGE = ReadingBounds(document_bytes=64 << 20)
"""Of a message with thousands of units; what a listener takes is bounded before."""
