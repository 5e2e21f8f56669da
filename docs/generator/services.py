"""Every service, built but not started, with its routes."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

import clinic_client.app
import clinic_client.settings
import intermediate_server.app
import intermediate_server.settings
import intermediate_server.worker
import oqs_sim.app
import oqs_sim.settings
import testbed.app
import testbed.settings
from docs.generator.markdown import first_line
from testbed.launch.line_certificates import make_line
from wire.serving.access import ANYONE, CONSOLE, roles_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wire.serving.application import Service as Application

_BESIDE = (Route, Mount)
"""Of these are the OpenAPI document and the folders of static files; an `APIRoute` is one too."""
ABOUT_DOCS = "The routes of this service as a page, made from its OpenAPI document."


@dataclasses.dataclass(frozen=True)
class Service:
    """A service with its routes."""

    name: str
    about: str
    app: Application
    has_line: bool = False

    @property
    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of every route of the OpenAPI document."""
        for path, methods in self.app.openapi()["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    @property
    def routes(self) -> Iterator[APIRoute]:
        """Every route."""
        return (route for route in self.app.routes if isinstance(route, APIRoute))

    @property
    def access(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Method and path of every route, documented or not, and who may use it."""
        for route in self.routes:
            for method in sorted(route.methods or ()):
                yield method, route.path, roles_of(route)

    @property
    def others(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Method and path of what is served beside the routes, and who may read it."""
        on_line = {route.path for route in self.app.line.routes if isinstance(route, _BESIDE)}
        for route in self.app.routes:
            if isinstance(route, _BESIDE) and not isinstance(route, APIRoute):
                path = f"{route.path}/…" if isinstance(route, Mount) else route.path
                yield "GET", path, (ANYONE if route.path in on_line else CONSOLE,)

    @property
    def pages(self) -> Iterator[tuple[str, str]]:
        """Method with path, and summary, of what is for people and not in the OpenAPI document."""
        for route in self.routes:
            if not route.include_in_schema and not route.path.endswith(".css"):
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    said = route.summary or first_line(route.endpoint)
                    yield f"{method} {route.path}", said or ABOUT_DOCS


def services() -> tuple[Service, ...]:
    """Build every service, each on a database of its own; none is started."""
    with tempfile.TemporaryDirectory() as place:
        return services_in(Path(place))


def services_in(place: Path) -> tuple[Service, ...]:
    """Build every service on databases and certificates in a directory."""
    line, nowhere = place / "line", "http://127.0.0.1:9"
    make_line(line, ["9910000018"], [])
    intermediate = f"sqlite:///{place}/intermediate.sqlite"
    return (
        Service(
            "Clinic",
            "The reception desk. Port 8600, for people and programs on the same machine.",
            clinic_client.app.build_app(clinic_client.settings.Settings(nowhere, nowhere, line)),
        ),
        Service(
            "Testbed",
            "Cards, the virtual reader's slots and the panel. Port 8601.",
            testbed.app.build_app(testbed.settings.Settings(place, place, nowhere)),
        ),
        Service(
            "OQS",
            "オンライン資格確認等システム. Port 8602 is the console, 8603 the line (TLS).",
            oqs_sim.app.build_app(oqs_sim.settings.Settings()),
            has_line=True,
        ),
        Service(
            "Intermediate server",
            "医療保険者等向け中間サーバー. Port 8604 is the console, 8605 the line (TLS).",
            intermediate_server.app.build_app(
                intermediate_server.settings.Settings(intermediate, nowhere, nowhere, line)
            ),
            has_line=True,
        ),
        Service(
            "Sync worker",
            "Carries changes to OQS when their time has come. Port 8606.",
            intermediate_server.worker.build_app(
                intermediate_server.settings.WorkerSettings(intermediate, nowhere, nowhere, line)
            ),
        ),
    )
