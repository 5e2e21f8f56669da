"""What is told to every open page at once."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clinic_client.exchange.courier import ExchangeState
    from clinic_client.reader.patient_steps import StepsState
    from clinic_client.reader.station import StationState
    from clinic_client.visits.visit import Visit
    from wire.clock import ClockReading

_BACKLOG = 64
"""Events that a slow page may lag behind before it is let go; it reconnects and reads anew."""


@dataclass(frozen=True)
class ReaderChanged:
    """The reader, or the card in it."""

    state: StationState


@dataclass(frozen=True)
class VisitsChanged:
    """A visit was recorded, or (without one) the lists changed."""

    visit: Visit | None = None


@dataclass(frozen=True)
class ClockMoved:
    """The clock was set or advanced."""

    reading: ClockReading


@dataclass(frozen=True)
class LineChanged:
    """The line to OQS went up or down."""

    up: bool


@dataclass(frozen=True)
class ExchangeChanged:
    """The folder exchange has another trouble, or none any more."""

    state: ExchangeState


@dataclass(frozen=True)
class StepsChanged:
    """The patient has come further at the reader, or has to begin anew."""

    steps: StepsState


Event = StepsChanged | ReaderChanged | VisitsChanged | ClockMoved | LineChanged | ExchangeChanged


class Bulletin:
    """Hands each event to all who listen. It lives in one event loop."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def publish(self, event: Event) -> None:
        """Tell everybody; never waits."""
        for listener in tuple(self._listeners):
            if listener.full():
                self._dismiss(listener)
            else:
                listener.put_nowait(event)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Event | None]]:
        """Give a queue of all events from now on; None in it means that there will be no more."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_BACKLOG)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """Send every listener away."""
        for listener in tuple(self._listeners):
            self._dismiss(listener)

    def _dismiss(self, listener: asyncio.Queue[Event | None]) -> None:
        self._listeners.discard(listener)
        while not listener.empty():
            listener.get_nowait()
        listener.put_nowait(None)
