"""What goes wrong with the card in a slot: set, listed and cleared while it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Response
from pydantic import Field

from virtual_card.wrappers.fault import Fault
from virtual_card.wrappers.specification import SpecificationError
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testbed.cards.card_store import CardStore
    from testbed.readers.slots import Slot, Slots

FaultTexts = Annotated[tuple[Line, ...], Field(max_length=20)]
"""Faults as they are written."""
SlotNumber = Annotated[int, Path(ge=0, le=999)]
CardName = Annotated[Line, Path()]


class FaultReport(Element):
    """A fault that is set."""

    fault: str
    """As it is written, e.g. ``slow:ms=200,command=SIGN``."""
    struck: int
    """How many commands it has struck so far."""

    @classmethod
    def all_of(cls, slot: Slot) -> tuple[FaultReport, ...]:
        """Write the faults of the card in a slot."""
        if slot.inserted is None:
            return ()
        return tuple(
            cls(fault=str(state.fault), struck=state.struck)
            for state in slot.inserted.faulty.faults
        )


class FaultList(Element):
    """What goes wrong with the card that is in."""

    faults: tuple[FaultReport, ...]


class FaultOrder(Element):
    """What is to go wrong."""

    faults: FaultTexts


def router(slots: Slots, store: CardStore) -> Routes:
    """Return the routes of the faults."""
    routes = Routes(CONSOLE, tags=["読取機"])
    of_empty = problem_responses(Catalogue.SLOT_UNKNOWN, Catalogue.SLOT_EMPTY)

    @routes.get(
        "/slots/{number}/faults",
        summary="List what goes wrong with the card that is in",
        responses=problem_responses(Catalogue.SLOT_UNKNOWN),
    )
    async def list_faults(number: SlotNumber) -> FaultList:
        return FaultList(faults=FaultReport.all_of(slots.slot(number)))

    @routes.put(
        "/slots/{number}/faults",
        summary="Have this go wrong and nothing else; a mute card answers again",
        responses=of_empty,
    )
    def set_faults(number: SlotNumber, order: FaultOrder) -> FaultList:
        faults = faults_of(order.faults)
        slot = slots.slot(number)
        with slots.lock:
            slot.require_card().faulty.set_faults(faults)
            return FaultList(faults=FaultReport.all_of(slot))

    @routes.post(
        "/slots/{number}/faults",
        summary="Have this go wrong too",
        responses=of_empty,
    )
    def add_faults(number: SlotNumber, order: FaultOrder) -> FaultList:
        faults = faults_of(order.faults)
        slot = slots.slot(number)
        with slots.lock:
            for fault in faults:
                slot.require_card().faulty.add_fault(fault)
            return FaultList(faults=FaultReport.all_of(slot))

    @routes.delete(
        "/slots/{number}/faults",
        summary="Have nothing go wrong any more; a mute card answers again",
        status_code=204,
        responses=of_empty,
    )
    def clear_faults(number: SlotNumber) -> Response:
        slot = slots.slot(number)
        with slots.lock:
            slot.require_card().faulty.set_faults(())
        return Response(status_code=204)

    @routes.post(
        "/cards/{name}/repair",
        summary="Bring a card back to life that has died by a fault or of tampering",
        status_code=204,
        responses=problem_responses(Catalogue.CARD_UNKNOWN),
    )
    def repair(name: CardName) -> Response:
        store.path(name)
        with slots.lock:
            slots.repair(name, lambda: store.card(name))
        return Response(status_code=204)

    return routes


def faults_of(texts: Iterable[str]) -> list[Fault]:
    """Read faults as they are written.

    Raises:
        Problem: INVALID_REQUEST.
    """
    try:
        return [Fault.parse(text) for text in texts]
    except SpecificationError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
