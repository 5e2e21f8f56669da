"""Withdrawing a visit that was made by mistake, and bringing it back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query
from pydantic import Field, Strict, field_validator

from clinic_client.api.models import MOST_YEN, VisitState
from clinic_client.api.own_words import without_individual_number
from clinic_client.api.repetition import written
from clinic_client.visits.refusals import require_withdrawable
from clinic_client.visits.shown import shown_of
from clinic_client.visits.withdrawal import (
    NOTE_LONGEST,
    STAFF_LONGEST,
    WithdrawalReason,
    Withdrawing,
)
from eligibility.sentence import Sentence
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import invalid, problem_responses, wrong_field
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, Reference

if TYPE_CHECKING:
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit

VisitId = Annotated[Reference, Path()]


class WithdrawalRequest(Element):
    """Why a visit is withdrawn, and by whom."""

    reason: WithdrawalReason
    note: Line = Field("", max_length=NOTE_LONGEST)
    """More of it; ``other`` needs it."""
    staff: Line = Field(min_length=1, max_length=STAFF_LONGEST)
    """担当: who withdraws it."""
    paid: Annotated[int, Strict(), Field(ge=0, le=MOST_YEN)] | None = None
    """Yen that the patient has paid, 0 for nothing; null where that has to be looked up."""
    _own_words = field_validator("note", "staff")(without_individual_number)


def router(desk: Desk) -> Routes:
    """Return the routes of withdrawals."""
    routes = Routes(CONSOLE, tags=["受付"])
    store = desk.store

    async def find(visit_id: str) -> Visit:
        visit = await read_aside(store.engine, lambda: store.find(visit_id))
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        return visit

    @routes.put(
        "/api/visits/{visit_id}/withdrawal",
        summary="取消: withdraw a visit that was made by mistake",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.NOBODY_CAME,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def withdraw(visit_id: VisitId, request: WithdrawalRequest) -> VisitState:
        """Whose waiting the visit had ended wait again; a declaration is kept until its last day.

        The answer says what is to be given back. Asking again only corrects what was said.
        """
        visit = await find(visit_id)
        require_withdrawable(visit)
        said = _said(request)
        now = await desk.clock.now()
        await asyncio.to_thread(
            lambda: store.withdrawals.withdraw(visit_id, said, now, wall_clock())
        )
        if request.paid != visit.paid:
            shown = replace(shown_of(visit), paid=request.paid)
            await asyncio.to_thread(lambda: store.record_shown(visit_id, shown, wall_clock()))
        desk.withdrawn(visit_id)
        return await written(desk, await find(visit_id))

    @routes.delete(
        "/api/visits/{visit_id}/withdrawal",
        summary="Bring a visit back that was withdrawn",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.NOBODY_CAME,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def bring_back(
        visit_id: VisitId,
        staff: Annotated[Line, Query(alias="Staff", max_length=STAFF_LONGEST)] = "",
    ) -> VisitState:
        """Have all be as before the withdrawal; of a visit that stands nothing is done."""
        require_withdrawable(await find(visit_id))
        now = await desk.clock.now()
        who = staff.strip()
        await asyncio.to_thread(lambda: store.withdrawals.bring_back(visit_id, who, now))
        desk.brought_back()
        return await written(desk, await find(visit_id))

    return routes


_NOTE_MISSING = Sentence("どういうことか、書いてください。", "Write down what it is.")
_STAFF_MISSING = Sentence("担当の名前を入れてください。", "Enter who withdraws it.")


def _said(request: WithdrawalRequest) -> Withdrawing:
    said = Withdrawing(request.reason, request.note.strip(), request.staff.strip())
    if said.reason is WithdrawalReason.OTHER and not said.note:
        raise invalid(wrong_field("body.Note", _NOTE_MISSING))
    if not said.staff:
        raise invalid(wrong_field("body.Staff", _STAFF_MISSING))
    return said
