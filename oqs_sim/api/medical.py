"""診療・薬剤・手術・特定健診情報: for terminals, with the patient's consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from eligibility.days.dates import TOKYO
from eligibility.terminal.medical_information import InformationKind
from oqs_sim.api.line import rendered
from oqs_sim.medical.documents import (
    checkups_document,
    medicines_document,
    treatment_document,
)
from oqs_sim.medical.paper import pdf_of
from oqs_sim.medical.xml_tree import xml_of
from storage import aside
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.line_credentials import Role
from wire.request_note import current_note
from wire.serving.access import Routes, participant
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

    from oqs_sim.medical.history import MedicalHistory
    from oqs_sim.medical.viewing import MedicalViews
    from oqs_sim.timekeeping import Timekeeper

_SERVER_ERROR = 500
XML, PDF, JSON = "application/xml", "application/pdf", "application/json"
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


def router(views: MedicalViews, time: Timekeeper) -> Routes:
    """Return what terminals ask of medical information."""
    routes = Routes(Role.TERMINAL, prefix="/medical", tags=["診療・薬剤・健診情報"])

    async def shown(kind: InformationKind, asked: MedicalRequest, request: Request) -> Response:
        now, form = await time.asked_at(), _form(asked, request)
        try:
            history = await views.view(kind, asked, participant(request).name, now)
        except Problem as problem:
            if form != XML or problem.entry.kind.status >= _SERVER_ERROR:
                raise
            return _refused(problem)
        return await aside(
            views.checks.engine, lambda: _answer(kind, _document(kind, asked, history, now), form)
        )

    @routes.post(
        "/medicines",
        summary="薬剤情報: what was dispensed, by claims and by e-prescriptions",
        response_model=MedicinesAndTreatment,
        responses=_responses(),
    )
    async def show_medicines(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.MEDICINE, asked, request)

    @routes.post(
        "/treatment",
        summary="診療情報: where the patient was treated, and what was done",
        response_model=MedicinesAndTreatment,
        responses=_responses(),
    )
    async def show_treatment(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.TREATMENT, asked, request)

    @routes.post(
        "/surgery",
        summary="手術情報: the patient's operations",
        response_model=MedicinesAndTreatment,
        responses=_responses(),
    )
    async def show_surgery(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.SURGERY, asked, request)

    @routes.post(
        "/checkups",
        summary="特定健診情報: the patient's checkups",
        response_model=HealthCheckups,
        responses=_responses(),
    )
    async def show_checkups(asked: MedicalRequest, request: Request) -> Response:
        return await shown(InformationKind.CHECKUP, asked, request)

    return routes


def _responses() -> dict[int | str, dict[str, Any]]:
    described = problem_responses(*_PROBLEMS)
    described[200] = {
        "description": "In the form that Accept or FileCategory asks for. In XML a refusal is "
        "told here too: ResultCode is not 1, and MessageContents says why.",
        "content": {
            XML: {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
    return described


def _form(asked: MedicalRequest, request: Request) -> str:
    """Return the form of the answer: by Accept, else by FileCategory, else JSON.

    Raises:
        Problem: NOT_ACCEPTABLE.
    """
    category = asked.message_body.file_category
    usual = JSON if category is None else PDF if category.is_pdf else XML
    form = chosen_form(request, _FORMS, usual)
    if form is None:
        raise Problem(Catalogue.NOT_ACCEPTABLE, f"There is {', '.join(_FORMS)}.")
    return form


def _answer(
    kind: InformationKind, document: MedicinesAndTreatment | HealthCheckups, form: str
) -> Response:
    if form == PDF:
        return Response(pdf_of(_TITLES[kind], document), media_type=PDF)
    return Response(xml_of(document), media_type=XML) if form == XML else rendered(document)


def _refused(problem: Problem) -> Response:
    """Tell why nothing is shown as the XML of the interface does."""
    code = problem.entry.kind.code
    note = current_note()
    if note is not None:
        note.code = code
    refusal = MedicalRefusal(message_contents=f"{problem.japanese}（{code}）")
    return Response(xml_of(refusal), media_type=XML)


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
