"""Who may use a route: declared once, where the route is, and held by every service.

A route says it in its OpenAPI description (``x-roles``), as its router does for all of its routes
(:class:`Routes`), or as it does itself (``openapi_extra=allow(…)``). From that follow the listener
on which it exists, what is asked of a caller before it runs, and the table in the documentation.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from wire.catalogue import Catalogue, Problem
from wire.serving.json_route import JsonRoute

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.routing import APIRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from wire.line_credentials import Caller, Role

ROLES = "x-roles"
ANYONE = "nobody"
"""Everybody who reaches a listener, whoever they are."""
CONSOLE = "console"
"""People and programs of this machine, at the listener on loopback."""


class ListenerKind(StrEnum):
    """What a request came in by."""

    CONSOLE = "console"
    """On loopback, or within the net of containers: simulation control, and pages for people."""
    LINE = "line"
    """With mutual TLS, for the participants of the closed line."""


class NotDeclared(RuntimeError):
    """A route does not say who may use it."""


def allow(*roles: Role | str) -> dict[str, Any]:
    """Say who may use a route, as a part of its OpenAPI description."""
    return {ROLES: [str(role) for role in roles]}


class Routes(APIRouter):
    """A router whose routes are for these roles, where they do not say otherwise themselves."""

    def __init__(self, *roles: Role | str, **options: Any) -> None:
        super().__init__(**{"route_class": JsonRoute, **options})
        self._roles = allow(*roles)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route."""
        options["openapi_extra"] = {**self._roles, **(options.get("openapi_extra") or {})}
        super().add_api_route(path, endpoint, **options)


def roles_of(route: APIRoute) -> tuple[str, ...]:
    """Return who may use a route.

    Raises:
        NotDeclared: it does not say.
    """
    roles = (route.openapi_extra or {}).get(ROLES)
    if not roles:
        raise NotDeclared(
            f"{', '.join(sorted(route.methods or ()))} {route.path} does not say who may use it. "
            f"Declare it with wire.serving.access: Routes(…), or openapi_extra=allow(…)."
        )
    return tuple(roles)


def hold(route: APIRoute) -> None:
    """Have a route refuse who may not use it, before anything of the request is read."""
    roles = roles_of(route)
    if ANYONE in roles:
        return
    route.app = _refusing(route.app, frozenset(roles))


def is_on_line(route: APIRoute) -> bool:
    """Tell whether a route exists at the listeners with TLS."""
    return any(role != CONSOLE for role in roles_of(route))


def caller(request: Request) -> Caller | None:
    """Return who calls: the participant of the line, None on the console."""
    return caller_in(request.scope)


def participant(request: Request) -> Caller:
    """Return which participant of the line calls a route that is for them only."""
    found = caller_in(request.scope)
    assert found is not None, "the route is for the console too"
    return found


def certificate_of(request: Request) -> str:
    """Return the fingerprint of the client certificate (SHA-256, hexadecimal)."""
    found: str = request.scope.get("extensions", {}).get("tls", {}).get("certificate", "")
    return found


def listener_of(scope: Scope) -> ListenerKind:
    """Return what a request came in by; where nobody says, it may do least."""
    found: ListenerKind = scope.get("extensions", {}).get("listener", ListenerKind.LINE)
    return found


def caller_in(scope: Scope) -> Caller | None:
    """Return which participant of the line calls; None on the console."""
    found: Caller | None = scope.get("extensions", {}).get("tls", {}).get("caller")
    return found


def check_admitted(scope: Scope, roles: frozenset[str]) -> None:
    """See that whoever asks has one of the roles of a route.

    Raises:
        Problem: NO_CLIENT_CERTIFICATE, WRONG_CALLER.
    """
    if CONSOLE in roles and listener_of(scope) is ListenerKind.CONSOLE:
        return
    who = caller_in(scope)
    if who is None:
        raise Problem(Catalogue.NO_CLIENT_CERTIFICATE)
    if who.role not in roles:
        wanted = " or ".join(sorted(roles - {CONSOLE}))
        raise Problem(
            Catalogue.WRONG_CALLER, f"A certificate of a {wanted} is needed, not {who.role}."
        )


def _refusing(app: ASGIApp, roles: frozenset[str]) -> ASGIApp:
    async def admit(scope: Scope, receive: Receive, send: Send) -> None:
        check_admitted(scope, roles)
        await app(scope, receive, send)

    return admit
