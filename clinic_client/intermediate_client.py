"""中間サーバーの見え方: what is registered there and not yet visible to a clinic.

A view that only a simulation can give; no real clinic has it. It is asked for with the person's
simulation reference and decides nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx2
from pydantic import AwareDatetime, ConfigDict, ValidationError

from wire.client import cause_of
from wire.dates import read_day
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from datetime import date, datetime

log = logging.getLogger(__name__)


class CountedDay(Element):
    """One day of the calendar strip from filing to visibility."""

    model_config = ConfigDict(extra="ignore")

    date: Day
    weekday: str
    counted: bool
    closed: str | None = None
    """Why offices are closed, None on an open day."""
    visible: bool


class PendingChange(Element):
    """A change on its way to OQS."""

    model_config = ConfigDict(extra="ignore")

    version: int
    kind: str
    """What the insurer reports, as the intermediate server names it: ``join``, ``leave`` …"""
    insurer_number: str
    insurer_name: str
    filed_on: Day
    visible_from: AwareDatetime
    reflection_date: Day
    qualification_date: Day | None = None
    disqualification_date: Day | None = None
    counted_days: tuple[CountedDay, ...] = ()


class RecordedChange(Element):
    """A change of a person, delivered or not."""

    model_config = ConfigDict(extra="ignore")

    state: str
    """``pending`` until the worker has delivered it, though its day may have come."""
    visible_from: AwareDatetime | None = None
    """Absent of what is held: nobody knows the day before a person releases it."""


class PersonView(Element):
    """What the intermediate server holds of a person, as far as a clinic is interested."""

    model_config = ConfigDict(extra="ignore")

    pending: tuple[PendingChange, ...] = ()
    changes: tuple[RecordedChange, ...] = ()


class IntermediateView:
    """The look into the intermediate server; without a client it is switched off."""

    def __init__(self, client: httpx2.AsyncClient | None) -> None:
        self._client = client

    @property
    def offered(self) -> bool:
        """Whether this deployment has the view at all."""
        return self._client is not None

    async def pending(self, simulation_reference: str | None) -> tuple[PendingChange, ...] | None:
        """Return the person's changes that are on their way, the first to be visible first.

        None when the view is switched off, the person is unknown, or nobody answers.
        """
        view = await self._view(simulation_reference)
        if view is None:
            return None
        return tuple(sorted(view.pending, key=lambda change: change.visible_from))

    async def delivers(self, simulation_reference: str | None, now: datetime) -> bool:
        """Tell whether changes of a person are due at OQS by ``now``, and not there yet."""
        view = await self._view(simulation_reference)
        return view is not None and any(
            one.state == "pending" and one.visible_from is not None and one.visible_from <= now
            for one in view.changes
        )

    async def _view(self, simulation_reference: str | None) -> PersonView | None:
        if self._client is None or simulation_reference is None:
            return None
        try:
            response = await self._client.get(f"/sim/persons/{simulation_reference}")
            if response.status_code == httpx2.codes.NOT_FOUND:
                return PersonView()
            response.raise_for_status()
            return PersonView.model_validate_json(response.content)
        except (httpx2.HTTPError, ValidationError) as error:
            log.warning("The intermediate server's view failed: %s", cause_of(error))
            return None


_BEGINNINGS = {"join", "newborn", "number_given", "late_elderly"}
"""The kinds by which a membership begins."""


def visible_day(changes: tuple[PendingChange, ...] | None) -> date | None:
    """Return the day from which a new check is worth the trouble, if any change is on its way.

    A membership that begins is what the desk waits for; without one, any change.
    """
    if not changes:
        return None
    awaited = [change for change in changes if change.kind in _BEGINNINGS] or list(changes)
    return min(read_day(change.reflection_date) for change in awaited)
