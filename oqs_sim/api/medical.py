"""診療・薬剤・手術・特定健診情報: for terminals, with the patient's consent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from eligibility.days.dates import TOKYO
from eligibility.terminal.medical_information import InformationKind
from oqs_sim.api.line import rendered
from oqs_sim.api.message_route import (
    DOCUMENT,
    JSON,
    NOT_READ,
    XML,
    Exchange,
    OwnMessage,
    QuestionForm,
    question_form,
)
from oqs_sim.medical.documents import (
    checkups_document,
    medicines_document,
    treatment_document,
)
from oqs_sim.medical.paper import pdf_of
from oqs_sim.medical.xml_tree import xml_of
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.line_credentials import Role
from wire.messages.shape import ROOT
from wire.request_note import current_note
from wire.serving.access import Routes, participant
from wire.serving.direct import JsonAnswer
from wire.serving.headers import chosen_form
from wire.serving.problem_http import problem_responses
from wire.vocabulary.medical import (
    HealthCheckups,
    MedicalRefusal,
    MedicalRequest,
    MedicinesAndTreatment,
)

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.api.message_route import MessageForms
    from oqs_sim.medical.history import MedicalHistory
    from oqs_sim.medical.viewing import MedicalViews
    from oqs_sim.timekeeping import Timekeeper
    from wire.messages.profile import Encoding
    from wire.messages.refusal import Refusal
    from wire.vocabulary.element import Element

_SERVER_ERROR = 500
_MEDICINES_AND_TREATMENT = OwnMessage("YZKsiquc01res", MedicinesAndTreatment)
_CHECKUPS = OwnMessage("TKKsiquc01res", HealthCheckups)
PDF = "application/pdf"
_FORMS = (JSON, XML, PDF)
_TITLES = {
    InformationKind.MEDICINE: "薬剤情報",
    InformationKind.TREATMENT: "診療情報",
    InformationKind.SURGERY: "手術情報",
    InformationKind.CHECKUP: "特定健診情報",
}
_PROBLEMS = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
    *NOT_READ,
    Catalogue.NOT_ACCEPTABLE,
    Catalogue.INVALID_NUMBER,
    Catalogue.MEDICAL_NUMBER_UNKNOWN,
    Catalogue.CARD_USE_BLOCKED,
    Catalogue.MEDICAL_WRONG_PROFESSION,
    Catalogue.MEDICAL_NO_CONSENT,
    Catalogue.MEDICAL_CONSENT_ENDED,
    Catalogue.MEDICAL_IN_GRACE,
    Catalogue.MEDICAL_ELIGIBILITY_ONLY,
    Catalogue.MEDICAL_NO_WINDOW,
    Catalogue.UNKNOWN_PERSON,
    Catalogue.FONT_MISSING,
    Catalogue.STORAGE_UNAVAILABLE,
)


def router(views: MedicalViews, time: Timekeeper, messages: MessageForms) -> Routes:
    """Return what terminals ask of medical information."""
    routes = Routes(Role.TERMINAL, prefix="/medical", tags=["診療・薬剤・健診情報"])

    async def shown(kind: InformationKind, asked: MedicalRequest, request: Request) -> Response:
        now, form = await time.asked_at(), _form(asked, request)
        try:
            history = await views.view(kind, asked, participant(request).name, now)
        except Problem as problem:
            if (
                form != XML
                or not question_form(request).is_plain
                or problem.entry.kind.status >= _SERVER_ERROR
            ):
                raise
            return _told(problem)
        question = question_form(request)
        return await asyncio.to_thread(
            lambda: _answer(kind, _document(kind, asked, history, now), form, question),
        )

    async def show_medicines(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.MEDICINE, asked, request)

    async def show_treatment(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.TREATMENT, asked, request)

    async def show_surgery(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.SURGERY, asked, request)

    async def show_checkups(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.CHECKUP, asked, request)

    for path, endpoint, summary, answer in (
        (
            "/medicines",
            show_medicines,
            "薬剤情報: what was dispensed, by claims and by e-prescriptions",
            _MEDICINES_AND_TREATMENT,
        ),
        (
            "/treatment",
            show_treatment,
            "診療情報: where the patient was treated, and what was done",
            _MEDICINES_AND_TREATMENT,
        ),
        (
            "/surgery",
            show_surgery,
            "手術情報: the patient's operations",
            _MEDICINES_AND_TREATMENT,
        ),
        ("/checkups", show_checkups, "特定健診情報: the patient's checkups", _CHECKUPS),
    ):
        routes.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            summary=summary,
            response_model=answer.model,
            responses=_responses(),
            openapi_extra={"requestBody": {"content": DOCUMENT}},
            route_class_override=messages.route(
                Exchange(MedicalRequest, answer, _refused, write=_written)
            ),
        )
    return routes


def _responses() -> dict[int | str, dict[str, Any]]:
    described = problem_responses(*_PROBLEMS)
    described[200] = {
        "description": "In the form that Accept or FileCategory asks for, else in that of the "
        "question. In XML and within XmlMsg a refusal is told here too: ResultCode is not 1, and "
        "MessageContents says why.",
        "content": {
            XML: {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
    return described


def _form(asked: MedicalRequest, request: Request) -> str:
    """Return the form of the answer: by Accept, else by FileCategory, else that of the question.

    Raises:
        Problem: NOT_ACCEPTABLE.
    """
    category = asked.message_body.file_category
    if category is not None:
        usual = PDF if category.is_pdf else XML
    else:
        usual = JSON if question_form(request).encoding is None else XML
    form = chosen_form(request, _FORMS, usual)
    if form is None:
        raise Problem(Catalogue.NOT_ACCEPTABLE, f"There is {', '.join(_FORMS)}.")
    return form


def _answer(
    kind: InformationKind,
    document: MedicinesAndTreatment | HealthCheckups,
    form: str,
    question: QuestionForm,
) -> Response:
    if form == PDF:
        return Response(pdf_of(_TITLES[kind], document), media_type=PDF)
    if form == XML:
        return _as_xml(document, question.encoding)
    return _as_json(document, within_root=question.within_root)


def _as_xml(document: Element, encoding: Encoding | None) -> Response:
    """Write a document as XML, in the encoding of a question that was XML."""
    if encoding is None:
        return Response(xml_of(document), media_type=XML)
    charset = encoding.declared.lower()
    return Response(xml_of(document, encoding), media_type=f"{XML}; charset={charset}")


def _as_json(document: Element, *, within_root: bool) -> Response:
    if not within_root:
        return rendered(document)
    return JsonAnswer(f'{{"{ROOT}":'.encode() + document.as_json() + b"}")


def _written(refusal: Element, question: QuestionForm) -> Response:
    """Tell why nothing is shown in the form of a question of the interface."""
    if question.encoding is not None:
        return _as_xml(refusal, question.encoding)
    return _as_json(refusal, within_root=question.within_root)


def _refused(refusal: Refusal) -> MedicalRefusal:
    """Return the answer to a question that is refused."""
    return _refusal_of(refusal.problem)


def _refusal_of(problem: Problem) -> MedicalRefusal:
    return MedicalRefusal(message_contents=f"{problem.japanese}（{problem.entry.kind.code}）")


def _told(problem: Problem) -> Response:
    """Tell who asked in plain JSON for XML why nothing is shown."""
    note = current_note()
    if note is not None:
        note.code = problem.entry.kind.code
    return _as_xml(_refusal_of(problem), None)


def _document(
    kind: InformationKind, asked: MedicalRequest, history: MedicalHistory, now: datetime
) -> MedicinesAndTreatment | HealthCheckups:
    header, body = asked.message_header, asked.message_body
    today = now.astimezone(TOKYO).date()
    first = read_day(body.start_date) if body.start_date else None
    last = read_day(body.end_date) if body.end_date else None
    patient, institution = history.care.patient, header.medical_institution_code
    own = header.arbitrary_file_identifier
    days = (today, first, last)
    match kind:
        case InformationKind.MEDICINE:
            return medicines_document(patient, history.medicines(*days), institution, now, own)
        case InformationKind.TREATMENT:
            return treatment_document(patient, history.treatment(*days), institution, now, own)
        case InformationKind.SURGERY:
            found = history.surgery(*days)
            return treatment_document(patient, found, institution, now, own, operations_only=True)
        case InformationKind.CHECKUP:
            return checkups_document(patient, history.checkups(*days), institution, now, own)
