"""``/driver/reports``: what insurers reported of a person, waited for by a program's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from fastapi import Query
from pydantic import AwareDatetime

from testbed.api.driver import Wait  # noqa: TC001 # FastAPI reads it
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line  # noqa: TC001 # likewise

if TYPE_CHECKING:
    from testbed.driving.arrivals import Arrivals, Report, Reports


class ReportedChange(Element):
    """A change that an insurer reported."""

    kind: str
    insurer_number: str
    visible_from: AwareDatetime
    state: str
    """``delivered`` where OQS has it; else ``pending``, ``held`` until a person releases it, or
    ``conflicting``."""

    @classmethod
    def of(cls, report: Report) -> Self:
        """Write it."""
        return cls(
            kind=report.kind,
            insurer_number=report.insurer_number,
            visible_from=report.visible_from,
            state=report.state,
        )


class ReportedChanges(Element):
    """What insurers reported of a person, in order; what is not due yet is there as well."""

    person_reference: str
    changes: tuple[ReportedChange, ...]

    @classmethod
    def of(cls, reports: Reports) -> Self:
        """Write them."""
        return cls(
            person_reference=reports.person_reference,
            changes=tuple(map(ReportedChange.of, reports.changes)),
        )


def router(arrivals: Arrivals | None) -> Routes:
    """Return the route; None is a testbed that knows no intermediate server."""
    routes = Routes(CONSOLE, prefix="/driver", tags=["自動操作"])

    @routes.get(
        "/reports",
        summary="Tell what insurers reported of a person, once OQS has all of it that is due",
        responses=problem_responses(
            Catalogue.UNKNOWN_PERSON,
            Catalogue.SERVICE_UNREACHABLE,
            Catalogue.INVALID_REQUEST,
            Catalogue.CLOCK_BUSY,
            Catalogue.FOLLOWER_FAILED,
            Catalogue.DRIVER_WAITED,
        ),
    )
    async def wait_for_reports(
        person: Annotated[Line, Query(alias="Person", examples=["hanako"])],
        wait_seconds: Wait = 10.0,
    ) -> ReportedChanges:
        """Take a persona's key, what a card is called, an individual number, or a reference."""
        if arrivals is None:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                "This testbed was not told where the intermediate server is.",
                japanese="この模擬操作盤は、中間サーバーのアドレスを知りません。",
            )
        return ReportedChanges.of(await arrivals.wait(person, wait_seconds))

    return routes
