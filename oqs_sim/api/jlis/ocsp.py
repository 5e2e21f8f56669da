"""OCSP over HTTP (RFC 6960, appendix A): by POST, and by GET with the request in the path."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any

from cryptography.x509.ocsp import OCSPResponseStatus
from fastapi import Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from oqs_sim.api.jlis.needs import PREFIX, TAGS
from oqs_sim.jlis.ocsp import OcspResponder, unsigned
from wire.catalogue import Problem
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.texts import LongLine  # noqa: TC001 # FastAPI reads it at run time

if TYPE_CHECKING:
    from oqs_sim.jlis.outage import JlisOutage
    from oqs_sim.timekeeping import Timekeeper

REQUEST, RESPONSE = "application/ocsp-request", "application/ocsp-response"
LONGEST_REQUEST = 4096
"""Bytes; a request for one certificate has about a hundred, and each further one seventy."""
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {RESPONSE: _BYTES}}}
_BODY = {"requestBody": {"required": True, "content": {REQUEST: _BYTES}}}


def router(responder: OcspResponder, outage: JlisOutage, time: Timekeeper) -> Routes:
    """Return the routes of the responder.

    While J-LIS is out it says tryLater, as OCSP has an answer of its own for that.
    """
    routes = Routes(CONSOLE, prefix=PREFIX, tags=TAGS)

    def answered(request: bytes) -> Response:
        now = time.now()
        try:
            outage.require_up(now)
        except Problem:
            answer = unsigned(OCSPResponseStatus.TRY_LATER)
        else:
            answer = responder.answer(request, now)
        return Response(answer, media_type=RESPONSE)

    def malformed() -> Response:
        return Response(unsigned(OCSPResponseStatus.MALFORMED_REQUEST), media_type=RESPONSE)

    @routes.post(
        "/ocsp",
        summary="OCSP: ask whether a certificate is good, revoked or unknown (DER)",
        response_class=Response,
        responses=_ANSWER,
        openapi_extra=_BODY,
    )
    async def ask(request: Request) -> Response:
        """Tell of a suspended certificate that it is revoked, for the reason certificateHold."""
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > LONGEST_REQUEST:
                return malformed()
        return await run_in_threadpool(answered, content)

    @routes.get(
        "/ocsp/{encoded:path}",
        summary="OCSP: the same, with the request in base64",
        response_class=Response,
        responses=_ANSWER,
    )
    def ask_in_path(encoded: Annotated[LongLine, Path()]) -> Response:  # in a thread
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return malformed()
        return answered(content) if len(content) <= LONGEST_REQUEST else malformed()

    return routes
