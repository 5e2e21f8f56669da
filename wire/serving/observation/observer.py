"""Looking on at every request: its id, how it was answered and how long that took."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from wire.request_note import RAW_HEADER, begin_note
from wire.serving.access import caller_in, listener_of
from wire.serving.observation.metrics import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wire.request_note import RequestNote

access_log = logging.getLogger("wire.access")
"""A line for each request at INFO, without anything personal: the route, and not the path."""
NO_ROUTE = "(none)"


class Answered(NamedTuple):
    """A request that is over."""

    scope: Scope
    note: RequestNote
    status: int
    """0 where nothing was answered."""
    seconds: float

    @property
    def route(self) -> str:
        """The path as the route declares it, with the names of its parameters."""
        route: Any = self.scope.get("route")
        return NO_ROUTE if route is None else str(route.path)


class Observer:
    """Looks on at the requests of a service."""

    def __init__(self, service: str, app: ASGIApp) -> None:
        self._app = app
        self._requests = Counter(
            "oqs_sim_requests_total", "Requests, by how they were answered (0: not at all).",
            "service", "listener", "method", "route", "status",
        )  # fmt: skip
        self._seconds = Histogram(
            "oqs_sim_request_seconds", "How long requests took.", "service", "listener", "route"
        )
        self._refusals = Counter(
            "oqs_sim_refusals_total", "Problems that were answered, by code.", "service", "code"
        )
        self._checks = Counter(
            "oqs_sim_checks_total",
            "Checks that were answered, by 資格有効性 (QualificationValidity).",
            "service", "route", "validity",
        )  # fmt: skip
        self.metrics: list[Counter | Histogram | Gauge] = [
            self._requests, self._seconds, self._refusals, self._checks,
        ]  # fmt: skip
        self.also: Callable[[Answered], None] | None = None
        """Who else is told of each request that is over."""
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, and note how."""
        note = begin_note(scope["headers"])
        status = 0

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                mark = (RAW_HEADER, note.request_id.encode())
                message["headers"] = [*message.get("headers", ()), mark]
            await send(message)

        began = perf_counter()
        try:
            await self._app(scope, receive, send_observed)
        finally:
            self._over(Answered(scope, note, status, perf_counter() - began))

    def _over(self, done: Answered) -> None:
        service, note, route = self._service, done.note, done.route
        listener = listener_of(done.scope)
        method = done.scope["method"] if done.scope.get("route") is not None else "*"
        self._requests.count(service, listener, method, route, str(done.status))
        self._seconds.observe(done.seconds, service, listener, route)
        if note.code is not None:
            self._refusals.count(service, note.code)
        if note.validity is not None:
            self._checks.count(service, route, note.validity)
        if self.also is not None:
            self.also(done)
        if access_log.isEnabledFor(logging.INFO):
            who = caller_in(done.scope)
            access_log.info(
                "%s %s",
                method,
                route,
                extra={
                    "status": done.status,
                    "milliseconds": round(done.seconds * 1000, 3),
                    "listener": listener,
                    "caller": None if who is None else f"{who.role}:{who.name}",
                    "code": note.code,
                },
            )
