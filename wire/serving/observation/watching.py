"""What monitoring asks of every service: whether it is ready, and what it has counted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Response

from wire.catalogue import Catalogue, Problem
from wire.serving.access import ANYONE, CONSOLE, Routes
from wire.serving.observation.metrics import MEDIA_TYPE, exposition
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.simulation import Readiness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from wire.serving.observation.observer import Observer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """Something that has to work for the service to be ready."""

    name: str
    look: Callable[[], Awaitable[str | None]]
    """Returns what is wrong, in a sentence; None where nothing is. It may also raise."""


def watching(
    service: str,
    observer: Observer,
    parts: Sequence[Part],
    outages: Sequence[type[Exception]] = (),
) -> Routes:
    """Return the routes of monitoring; by ``outages`` a database says that it does not answer."""
    routes = Routes(ANYONE, tags=["運用"])
    looks = [_Look(part, tuple(outages)) for part in parts]

    @routes.get(
        "/ready",
        summary="Tell whether the service can do its work now",
        responses=problem_responses(Catalogue.NOT_READY),
    )
    async def ready() -> Readiness:
        """Other than ``/health``, which says that the process runs, it tries what work needs."""
        wrong = {one.part.name: why for one in looks if (why := await one.wrong()) is not None}
        if wrong:
            detail = "; ".join(f"{name}: {why}" for name, why in wrong.items())
            raise Problem(Catalogue.NOT_READY, detail, retry_after=1, parts=wrong)
        return Readiness(service=service, parts=tuple(part.name for part in parts))

    @routes.get(
        "/metrics",
        summary="Tell Prometheus what this process has counted",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
        openapi_extra={"x-roles": [CONSOLE]},
    )
    async def metrics() -> Response:
        return Response(exposition(observer.metrics), media_type=MEDIA_TYPE)

    return routes


@dataclass
class _Look:
    """Looks at a part, and logs what is wrong once, until that changes: monitoring asks often."""

    part: Part
    outages: tuple[type[Exception], ...]
    known: str | None = None

    async def wrong(self) -> str | None:
        """Return what is wrong, in a sentence; None where nothing is."""
        bug: Exception | None = None
        try:
            why = await self.part.look()
        except self.outages:
            why = "It does not answer. See that its server runs and can be reached."
        except Exception as error:  # noqa: BLE001 # whatever it is, monitoring asks for it
            # What it says may be long, or hold values; the log has it.
            why, bug = f"It failed ({type(error).__name__}); the log has the cause.", error
        if why != self.known:
            self.known = why
            if why is None:
                log.warning("%s is ready again", self.part.name)
            else:
                log.warning("%s is not ready. %s", self.part.name, why, exc_info=bug)
        return why
