"""A bench for makers of programs: messages of the interface are read and written, nothing is done.

A request that a program would send is read as OQS reads it; an answer is written in each form
that a terminal may give it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import StringConstraints

from oqs_sim.api.message_route import DOCUMENT, JSON, NOT_READ, XML, ZIP, says_xml
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.messages.face_push import face_push
from wire.messages.json_form import read_json, write_json
from wire.messages.message_kind import MessageKind
from wire.messages.profile import (
    STANDARD,
    Absence,
    Declaration,
    ElementOrder,
    Encoding,
    Nesting,
    Profile,
)
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day  # noqa: TC001 # FastAPI reads it
from wire.vocabulary.texts import FIT

if TYPE_CHECKING:
    from wire.vocabulary.element import Element

_KINDS = {kind.api_id: kind for kind in MessageKind}
_ApiId = Annotated[
    str,
    StringConstraints(pattern=r"^OQS[a-z]{5}0[12]re[qs]$"),
    Path(description=f"API-ID: {', '.join(_KINDS)}."),
]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"type": "object"}}, **DOCUMENT},
    }
}
_PROBLEMS = problem_responses(Catalogue.NOT_FOUND, *NOT_READ)


_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {**DOCUMENT, ZIP: {"schema": {"type": "string", "format": "binary"}}}}
}
_ZipPassword = Annotated[str | None, StringConstraints(min_length=1, max_length=100), FIT, Header()]


def _form(
    encoding: Annotated[Encoding, Query(alias="Encoding")] = Encoding.UTF_8,
    declaration: Annotated[Declaration, Query(alias="Declaration")] = Declaration.STANDALONE,
    order: Annotated[ElementOrder, Query(alias="Order")] = ElementOrder.LAYOUT,
    seed: Annotated[int, Query(alias="Seed", ge=0, le=999_999)] = 0,
    nesting: Annotated[Nesting, Query(alias="Nesting")] = Nesting.DIRECT,
    absence: Annotated[Absence, Query(alias="Absence")] = Absence.OMITTED,
    six_consents_from: Annotated[Day | None, Query(alias="SixConsentsFrom")] = None,
) -> Profile:
    try:
        return Profile(
            encoding,
            declaration,
            order,
            seed,
            nesting,
            absence,
            read_day(six_consents_from) if six_consents_from else STANDARD.six_consents_from,
        )
    except ValueError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None


_Form = Annotated[Profile, Depends(_form)]


def router() -> Routes:
    """Return the routes."""
    routes = Routes(CONSOLE, prefix="/sim/messages", tags=["電文の作業台（模擬）"])

    @routes.post(
        "/{api_id}/reading",
        summary="Read a message, XML or JSON, as OQS reads it, and answer it as JSON",
        responses={200: {"content": {JSON: {"schema": {"type": "object"}}}}, **_PROBLEMS},
        openapi_extra=_BODY,
    )
    async def read_message(api_id: _ApiId, request: Request) -> Response:
        """Name the element that is wrong, if one is; nothing is asked, and nothing written down."""
        message = _read(await request.body(), request, api_id)
        return Response(write_json(message), media_type=JSON)

    @routes.post(
        "/{api_id}/document",
        summary="Write a message as a document, in a form that a terminal may give it",
        responses={**_DOCUMENT, **_PROBLEMS},
        openapi_extra=_BODY,
    )
    async def write_document(
        api_id: _ApiId, request: Request, form: _Form, zip_password: _ZipPassword = None
    ) -> Response:
        """Put it into a zip that ``Zip-Password`` opens, where that is given (AES of 256 bits)."""
        message = _read(await request.body(), request, api_id)
        return _written(message, form, api_id, zip_password)

    @routes.post(
        "/face",
        summary="Make the file that a terminal pushes into face of an answer to a card",
        responses={**_DOCUMENT, **_PROBLEMS},
        openapi_extra=_BODY,
    )
    async def make_face_file(
        request: Request, form: _Form, zip_password: _ZipPassword = None
    ) -> Response:
        """Take an answer as it came, in each of its forms; the file's name is in the headers."""
        answer = _read(await request.body(), request, MessageKind.CONFIRMATION.api_id)
        name, message = face_push(answer)
        written = _written(message, form, name, zip_password)
        ending = "xml" if zip_password is None else "zip"
        written.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
        return written

    return routes


def _written(message: Element, form: Profile, name: str, zip_password: str | None) -> Response:
    document = write_xml(message, form)
    if zip_password is None:
        charset = form.encoding.declared.lower()
        return Response(document, media_type=f"{XML}; charset={charset}")
    from wire.messages.archive import pack  # noqa: PLC0415 # a library for this alone

    return Response(pack(f"{name}.xml", document, zip_password), media_type=ZIP)


def _read(body: bytes, request: Request, api_id: str) -> Any:
    kind = _KINDS.get(api_id)
    if kind is None:
        raise Problem(
            Catalogue.NOT_FOUND,
            f"{api_id} is no message whose layout is known: {', '.join(_KINDS)}.",
        )
    if says_xml(request):
        return read_xml(body, kind.model)
    return read_json(body, kind.model, also_bare=True)
