"""A slot of the reader is a resource: PUT puts a card in, DELETE takes it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from wire.problem import Catalogue, problem_responses
from wire.vocabulary import Element

if TYPE_CHECKING:
    from testbed.shelf import Shelf
    from testbed.slots import Slot, Slots


class SlotState(Element):
    """A slot of the virtual reader."""

    slot: int
    reader: str
    card: str | None

    @classmethod
    def of(cls, slot: Slot) -> SlotState:
        """Write a slot."""
        return cls(slot=slot.number, reader=slot.reader, card=slot.card)


class SlotList(Element):
    """All slots."""

    slots: list[SlotState]


class Insertion(Element):
    """Names the card to put in."""

    card: str


class Fault(Element):
    """What is to go wrong."""

    remove_after_commands: Annotated[int, Field(ge=0, le=10_000)]
    """The card is pulled out instead of answering the next command after so many."""


def router(slots: Slots, shelf: Shelf) -> APIRouter:
    """Return the routes of the slots; they work in threads, as taking a card out may wait."""
    routes = APIRouter(prefix="/slots", tags=["読取機"])

    @routes.get("", summary="List the slots")
    async def list_slots() -> SlotList:
        return SlotList(slots=[SlotState.of(slot) for slot in slots.all()])

    @routes.put(
        "/{number}",
        summary="Put a card in",
        responses=problem_responses(
            Catalogue.SLOT_UNKNOWN, Catalogue.CARD_UNKNOWN, Catalogue.PCSC_UNAVAILABLE
        ),
    )
    def insert(number: int, insertion: Insertion) -> SlotState:
        name = insertion.card
        with slots.lock:
            return SlotState.of(slots.move(name, number, lambda: shelf.card(name)))

    @routes.delete(
        "/{number}",
        summary="Take the card out",
        responses=problem_responses(Catalogue.SLOT_UNKNOWN),
    )
    def remove(number: int) -> SlotState:
        slot = slots.slot(number)
        with slots.lock:
            slot.remove()
            return SlotState.of(slot)

    @routes.post(
        "/{number}/faults",
        summary="Have something go wrong with the card that is in",
        status_code=204,
        responses=problem_responses(Catalogue.SLOT_UNKNOWN, Catalogue.CARD_UNKNOWN),
    )
    def set_fault(number: int, fault: Fault) -> Response:
        with slots.lock:
            slots.slot(number).pull_after(fault.remove_after_commands)
        return Response(status_code=204)

    return routes
