"""What stands before the line of OQS: maintenance, delays and faults, as an operator has set them.

While nothing is set, a request goes by without more than one look at a flag.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse
from starlette.routing import Match

from eligibility.days.dates import TOKYO
from oqs_sim.operation.effect import HELD, Cut
from oqs_sim.store.inquiries import AS_OF
from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Role
from wire.problem_document import MEDIA_TYPE
from wire.request_note import current_note
from wire.serving.access import caller_in
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from oqs_sim.operation.control import Operation
    from oqs_sim.operation.effect import Strike
    from oqs_sim.store.operation.windows import Window

UNTOUCHED = frozenset({"/health", "/ready"})
"""What monitoring asks, whatever is set."""
MOST_RETRY_SECONDS = 3600
UNKNOWN_RETRY_SECONDS = 60
"""When to ask again where nobody knows when the maintenance ends."""
_PIECES_A_SECOND = 5
_SENT_SECONDS = 0.05
"""How long what was written has to leave before its connection is cut."""


class Struck:
    """Answers requests of the line as an operator wants it, and hands on all others."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        operation: Operation,
        asked_at: Callable[[], Awaitable[datetime]],
    ) -> None:
        self._app, self._routes = app, routes
        self._operation, self._asked_at = operation, asked_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or not."""
        if self._operation.quiet or scope["path"] in UNTOUCHED:
            await self._app(scope, receive, send)
            return
        self._find_route(scope)
        who = caller_in(scope)
        institution = who.name if who is not None and who.role is Role.TERMINAL else ""
        if self._operation.standing.maintenance:
            now = await self._asked_at()
            window = self._operation.under_maintenance(institution, now)
            if window is not None:
                await _maintained(window, now)(scope, receive, send)
                return
        strike = await self._operation.strike(scope["path"], institution)
        note = current_note()
        if note is not None and strike.written:
            note.struck_by = strike.written[:200]
        await self._carry_out(strike, scope, receive, send)

    def _find_route(self, scope: Scope) -> None:
        """Note which route is asked, also where it never comes to be."""
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                scope["route"] = route
                return

    async def _carry_out(self, strike: Strike, scope: Scope, receive: Receive, send: Send) -> None:
        if strike.hold is not None:
            scope[HELD] = strike.hold
        if strike.stale_days is not None:
            AS_OF.set(await self._asked_at() - timedelta(days=strike.stale_days))
        if strike.seconds:
            receive = await _taken_in(receive)
            await asyncio.sleep(strike.seconds)
        if strike.never:
            await _until_gone(receive)
        elif strike.cut is Cut.BEFORE:
            await _cut(scope, receive)
        elif strike.problem is not None:
            await _failed(strike)(scope, receive, send)
        elif strike.cut is not None or strike.bytes_per_second is not None:
            await self._app(scope, receive, _Slowed(strike, scope, receive, send))
        else:
            await self._app(scope, receive, send)


class _Slowed:
    """Sends an answer byte by byte, or only half of it, or nothing."""

    def __init__(self, strike: Strike, scope: Scope, receive: Receive, send: Send) -> None:
        self._strike, self._scope, self._receive, self._send = strike, scope, receive, send

    async def __call__(self, message: Message) -> None:
        strike = self._strike
        if strike.cut is Cut.AFTER:
            await _cut(self._scope, self._receive)
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif strike.cut is Cut.MIDDLE:
            body = message.get("body", b"")
            await self._send({**message, "body": body[: len(body) // 2], "more_body": True})
            await asyncio.sleep(_SENT_SECONDS)
            await _cut(self._scope, self._receive)
        else:
            await self._dribble(message)

    async def _dribble(self, message: Message) -> None:
        rate = self._strike.bytes_per_second
        assert rate is not None
        body: bytes = message.get("body", b"")
        size = max(1, ceil(rate / _PIECES_A_SECOND))
        for at in range(0, len(body), size):
            piece = body[at : at + size]
            await self._send({**message, "body": piece, "more_body": True})
            await asyncio.sleep(len(piece) / rate)
        await self._send({**message, "body": b""})


async def _taken_in(receive: Receive) -> Receive:
    """Take in a request whole: it is carried out later, also where its caller has gone by then."""
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    messages.reverse()

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def _until_gone(receive: Receive) -> None:
    """Wait until the caller has gone away; what it still sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without a word."""
    abort: Callable[[], None] | None = scope["extensions"].get("abort")
    if abort is not None:
        abort()
    await _until_gone(receive)


def _failed(strike: Strike) -> Response:
    assert strike.problem is not None
    problem = strike.problem
    retry_after = UNKNOWN_RETRY_SECONDS if problem is Catalogue.FEED_STOPPED else None
    answer = answer_of(Problem(problem, f"It was set: {strike.written}.", retry_after=retry_after))
    if strike.status is None:
        return answer
    document = json.loads(bytes(answer.body)) | {"status": strike.status}
    return JSONResponse(document, strike.status, media_type=MEDIA_TYPE)


def _maintained(window: Window, now: datetime) -> Response:
    """Tell until when the maintenance goes on, in business time, and when to ask again."""
    if window.closes_at is None:
        return answer_of(
            Problem(
                Catalogue.MAINTENANCE,
                f"{window.reason}; it is not said until when.",
                retry_after=UNKNOWN_RETRY_SECONDS,
            )
        )
    seconds = ceil((window.closes_at - now).total_seconds())
    until = window.closes_at.astimezone(TOKYO)
    return answer_of(
        Problem(
            Catalogue.MAINTENANCE,
            f"{window.reason}; until {until.isoformat(timespec='minutes')}.",
            japanese=Catalogue.MAINTENANCE.kind.japanese + f"（{until:%m月%d日 %H:%M} まで）",
            retry_after=min(seconds, MOST_RETRY_SECONDS),
        )
    )
