"""A slot of the reader is a resource: PUT puts a card in, DELETE takes it out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.concurrency import run_in_threadpool
from pydantic import model_validator

from testbed.api.faults import FaultReport, FaultTexts, SlotNumber, faults_of
from testbed.readers.inserted_card import CardConditions
from virtual_card.wrappers.script import ScriptedCard
from virtual_card.wrappers.specification import SpecificationError
from virtual_card.wrappers.timing import INSTANT, TimingProfile
from virtual_card.wrappers.trace import Trace, TraceError
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.guard import from_browser
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, LongLine

if TYPE_CHECKING:
    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.readers.slots import Slot, Slots

TRACE_SUFFIX = ".jsonl"


class SlotState(Element):
    """A slot of the virtual reader."""

    slot: int
    reader: str
    card: str | None
    timing: str | None = None
    """How long the card takes, e.g. ``contactless``; null in an empty slot."""
    faults: tuple[FaultReport, ...] = ()
    trace: str | None = None
    """The file that takes down what happens."""
    waiting: bool = False
    """Whether the PC/SC service is down: it is started again, and the card is in again then."""
    dead: bool = False
    """Whether the card has died; it answers nothing until it is repaired."""
    surprises: tuple[str, ...] = ()
    """Of a replayed trace: commands that it does not have, and what was expected instead."""

    @classmethod
    def of(cls, slot: Slot) -> SlotState:
        """Write a slot."""
        card = slot.inserted
        if card is None:
            return cls(slot=slot.number, reader=slot.reader, card=None)
        return cls(
            slot=slot.number,
            reader=slot.reader,
            card=card.name,
            timing=str(card.timed.profile),
            faults=FaultReport.all_of(slot),
            trace=str(card.trace) if card.trace else None,
            waiting=slot.waiting,
            dead=card.dead,
            surprises=tuple(card.surprises),
        )


class SlotList(Element):
    """All slots."""

    slots: list[SlotState]
    service: str
    """The address of their PC/SC service, which a program finds by ``PCSCLITE_CSOCK_NAME``."""


class Insertion(Element):
    """What to put in, and what it is to go through."""

    card: Line | None = None
    """The name of a card; a persona's is issued first if it has not been yet."""
    replay: LongLine | None = None
    """Instead of a card: the file of a trace, which is played again."""
    timing: Line = str(INSTANT)
    """How long it takes: ``instant``, ``contact``, ``contactless``, or one of them with other
    milliseconds, e.g. ``contactless:command=6,byte=0.1,signature=300``."""
    faults: FaultTexts = ()
    """What goes wrong, e.g. ``remove:after=6``."""
    trace: LongLine | None = None
    """A new file (absolute, ``.jsonl``) to take down what happens."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.card is None) is (self.replay is None):
            raise ValueError("Name either a Card or a trace to Replay.")
        return self


class ResetKind(StrEnum):
    """How a card is reset."""

    COLD = "cold"
    """It loses its power for a moment."""
    WARM = "warm"
    """It keeps its power."""


class Reset(Element):
    """A reset of the card that is in."""

    kind: ResetKind = ResetKind.COLD


def router(slots: Slots, office: MunicipalOffice) -> Routes:
    """Return the routes of the slots; they work in threads, as taking a card out may wait."""
    routes = Routes(CONSOLE, prefix="/slots", tags=["読取機"])

    @routes.get("", summary="List the slots")
    async def list_slots() -> SlotList:
        return SlotList(
            slots=[SlotState.of(slot) for slot in slots.all()], service=str(slots.service)
        )

    @routes.get(
        "/{number}",
        summary="Tell what is in a slot",
        responses=problem_responses(Catalogue.SLOT_UNKNOWN),
    )
    async def show(number: SlotNumber) -> SlotState:
        return SlotState.of(slots.slot(number))

    @routes.put(
        "/{number}",
        summary="Put a card in, and say what it is to go through; a card that is in stays in",
        responses=problem_responses(
            Catalogue.SLOT_UNKNOWN,
            Catalogue.CARD_UNKNOWN,
            Catalogue.CARD_NOT_KEPT,
            Catalogue.PCSC_UNAVAILABLE,
            Catalogue.SERVICE_UNREACHABLE,
            Catalogue.FOREIGN_ORIGIN,
        ),
    )
    async def insert(number: SlotNumber, insertion: Insertion, request: Request) -> SlotState:
        if from_browser(request.headers) and (insertion.trace or insertion.replay):
            raise Problem(
                Catalogue.FOREIGN_ORIGIN,
                "Files of this machine are named by programs only, never by a page in a browser.",
            )
        conditions = _conditions(insertion)
        slots.slot(number)
        if insertion.card is None:
            assert insertion.replay is not None
            path = _absolute(insertion.replay, "Replay")
            return await run_in_threadpool(replay, number, path, conditions)
        name = await office.hand_over(insertion.card)
        return await run_in_threadpool(put_in, number, name, conditions)

    def put_in(number: int, name: str, conditions: CardConditions) -> SlotState:
        with slots.lock:
            slot = slots.move(name, number, lambda: office.store.card(name), conditions)
        slot.wait_until_seen()
        return SlotState.of(slot)

    def replay(number: int, path: Path, conditions: CardConditions) -> SlotState:
        script, slot = _script(path), slots.slot(number)
        with slots.lock:
            slot.insert(path.name, script, conditions)
        slot.wait_until_seen()
        return SlotState.of(slot)

    @routes.delete(
        "/{number}",
        summary="Take the card out, in the middle of a command if need be",
        responses=problem_responses(Catalogue.SLOT_UNKNOWN),
    )
    def remove(number: SlotNumber) -> SlotState:
        slot = slots.slot(number)
        with slots.lock:
            slot.remove()
            return SlotState.of(slot)

    @routes.post(
        "/{number}/reset",
        summary="Reset the card where it lies; the programs that use it are not told",
        responses=problem_responses(
            Catalogue.SLOT_UNKNOWN, Catalogue.SLOT_EMPTY, Catalogue.PCSC_UNAVAILABLE
        ),
    )
    def reset(number: SlotNumber, reset: Reset) -> SlotState:
        slot = slots.slot(number)
        with slots.lock:
            slot.reset(cold=reset.kind is ResetKind.COLD)
            return SlotState.of(slot)

    return routes


def _conditions(insertion: Insertion) -> CardConditions:
    try:
        timing = TimingProfile.parse(insertion.timing)
    except SpecificationError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
    trace = None if insertion.trace is None else _absolute(insertion.trace, "Trace")
    return CardConditions(timing, tuple(faults_of(insertion.faults)), trace)


def _script(path: Path) -> ScriptedCard:
    try:
        return ScriptedCard(Trace.load(path))
    except TraceError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None


def _absolute(text: str, member: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or path.suffix != TRACE_SUFFIX:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"{member} must be the absolute path of a file that ends in {TRACE_SUFFIX}.",
        )
    return path
