"""A clinic in one process: its application, OQS behind a network with weather, and a reader.

All of it is ours and whole, but for the sockets and PC/SC. Between two commands of the card, and
before each answer that comes over the network, something may happen meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2

import clinic_client.app
from clinic_client.app import build_app
from clinic_client.reader import station
from clinic_client.settings import Settings
from reader.errors import CardFault, CardRemoved
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind
from tests.chaos.reception.people import (
    LATER,
    PIN,
    WRONG,
    console_of,
    deliver,
    line_of_worker,
    open_oqs,
)
from tests.equipment.callers import OWN_URL, AtConsole, OnLine
from virtual_card.plug import CardMute
from virtual_card.plugs.inprocess import InProcessConnection
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from clinic_client.reception.desk import Desk

TERMINAL = Caller(Role.TERMINAL, "9910000018")
READER = "模擬読取機 00 00"
SECONDS = 30.0
"""Within these the desk comes to rest on a machine under load."""
_DIGITS = re.compile(rf"(?<![0-9A-Za-z.+-])({PIN}|{WRONG})(?![0-9A-Za-z])")
"""A PIN by itself: not within an identifier or a number."""


class Weather(Enum):
    """What becomes of all requests to OQS."""

    FAIR = auto()
    AWAY = auto()
    """Nobody listens there."""
    SLOW = auto()
    """No answer comes in time."""
    SILENT = auto()
    """What stands before OQS says that nobody is there (503)."""


class Hiccup(Enum):
    """What becomes of one request."""

    FAILED = auto()
    """OQS fails over it (500)."""
    UNHEARD = auto()
    """It is not answered in time, and was not done."""
    LOST = auto()
    """It is done, and its answer does not come in time."""
    GARBLED = auto()
    """What comes is no answer."""


@dataclass(frozen=True)
class Call:
    """A request that went over the line, and whether its answer came."""

    path: str
    came: bool


class Slot:
    """A reader: what happens to it is told at once, as by a monitor of PC/SC."""

    def __init__(self) -> None:
        self.card: Any = None
        self.commands = 0
        self.meanwhile: Callable[[], None] | None = None
        """Asked between two commands."""
        self.works = True
        self._contacts: list[_Contact] = []
        self._tell: Callable[[ReaderEvent], None] = lambda _: None

    def monitor(self, on_event: Callable[[ReaderEvent], None], _: str | None) -> Slot:
        """Stand for `ReaderMonitor`."""
        self._tell = on_event
        return self

    def start(self) -> Slot:
        self._say(ReaderEventKind.SERVICE_UP, READER_ATTACHED)
        if self.card is not None:
            self._say(ReaderEventKind.CARD_INSERTED)
        return self

    def close(self) -> None:
        self._tell = lambda _: None

    def connect(self, _: str | None) -> _Contact:
        if self.card is None or not self.works:
            raise CardRemoved
        contact = _Contact(self)
        self._contacts.append(contact)
        return contact

    def insert(self, card: Any) -> None:
        self.card = card
        if self.works:
            self._say(ReaderEventKind.CARD_INSERTED)

    def pull(self) -> None:
        if self.card is None:
            return
        for contact in self._contacts:
            contact.remove()
        self.card, self._contacts = None, []
        if self.works:
            self._say(ReaderEventKind.CARD_REMOVED)

    def break_down(self) -> None:
        self.works = False
        for contact in self._contacts:
            contact.remove()
        self._say(ReaderEventKind.SERVICE_DOWN)

    def mend(self) -> None:
        self.works = True
        self.start()

    def before_command(self) -> None:
        self.commands += 1
        if self.meanwhile is not None:
            self.meanwhile()

    def _say(self, *kinds: ReaderEventKind) -> None:
        for kind in kinds:
            name = None if kind in _OF_SERVICE else READER
            self._tell(ReaderEvent(kind, name, time.monotonic()))


READER_ATTACHED = ReaderEventKind.READER_ATTACHED
_OF_SERVICE = {ReaderEventKind.SERVICE_UP, ReaderEventKind.SERVICE_DOWN}


class _Contact(InProcessConnection):
    """A card in contact with a program."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        super().__init__(slot.card, CardRemoved, lambda: CardFault.mute("a command"))

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        self._slot.before_command()
        return super().send(apdu)


class OtherCard:
    """A card of another make: it knows none of our applications."""

    atr = bytes.fromhex("3B00")

    def power_on(self) -> bytes:
        return self.atr

    reset = power_on

    def power_off(self) -> None:
        pass

    def process(self, _: bytes, /) -> bytes:
        return b"\x6a\x82"


class MuteCard(OtherCard):
    """A chip that is broken, or in a sleeve."""

    def process(self, _: bytes, /) -> bytes:
        raise CardMute


@dataclass
class Network:
    """Carries what the clinic asks of OQS, or does not."""

    oqs: Any
    weather: Weather = Weather.FAIR
    console_away: bool = False
    hiccup: tuple[int, Hiccup] | None = None
    """Which of the next requests over the line goes wrong, and how."""
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Asked before an answer is handed on."""
    calls: list[Call] = field(default_factory=list)
    answered_again: int = 0
    """Answers to checks that went out by themselves."""

    def client(self, *, base_url: str, **_: Any) -> httpx2.AsyncClient:
        """Stand for the clients that the clinic makes."""
        on_line = base_url == "https://line"
        app = OnLine(self.oqs, TERMINAL) if on_line else AtConsole(self.oqs)
        carry = self._over_line if on_line else self._to_console
        transport = _Transport(httpx2.ASGITransport(app), carry)
        return httpx2.AsyncClient(transport=transport, base_url=OWN_URL)

    async def _to_console(self, inner: Any, request: httpx2.Request) -> httpx2.Response:
        if self.console_away:
            raise httpx2.ConnectError("the console is away", request=request)
        answer: httpx2.Response = await inner.handle_async_request(request)
        if request.url.path == "/sim/clock" and not request.url.query:
            await self._happens_meanwhile()
        return answer

    async def _over_line(self, inner: Any, request: httpx2.Request) -> httpx2.Response:
        match self.weather:
            case Weather.AWAY:
                raise httpx2.ConnectError("nobody listens", request=request)
            case Weather.SLOW:
                raise httpx2.ReadTimeout("no answer", request=request)
            case Weather.SILENT:
                return httpx2.Response(503, request=request)
        if request.url.path == "/health":
            return await inner.handle_async_request(request)  # type: ignore[no-any-return]
        # A check that goes out by itself names the day of the visit.
        again = b"QualificationConfirmationDate" in request.content
        hiccup = None
        if self.hiccup is not None and not again:
            after, kind = self.hiccup
            self.hiccup, hiccup = ((after - 1, kind), None) if after else (None, kind)
        return await self._carry(inner, request, hiccup, again=again)

    async def _carry(
        self, inner: Any, request: httpx2.Request, hiccup: Hiccup | None, *, again: bool
    ) -> httpx2.Response:
        path = request.url.path
        if hiccup in {Hiccup.FAILED, Hiccup.UNHEARD}:
            self.calls.append(Call(path, came=False))
            await self._happens_meanwhile()
            if hiccup is Hiccup.FAILED:
                return httpx2.Response(500, request=request)
            raise httpx2.ReadTimeout("no answer", request=request)
        answer: httpx2.Response = await inner.handle_async_request(request)
        self.calls.append(Call(path, came=hiccup is None))
        self.answered_again += again
        if not again:
            await self._happens_meanwhile()
        if hiccup is Hiccup.LOST:
            raise httpx2.ReadTimeout("no answer", request=request)
        if hiccup is Hiccup.GARBLED:
            return httpx2.Response(200, content=b"{}", request=request)
        return answer

    async def _happens_meanwhile(self) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()


class _Transport(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.ASGITransport, carry: Callable[..., Any]) -> None:
        self._inner, self._carry = inner, carry

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        # In a task of its own, as another process is: who asked may be gone before it answers.
        asked = asyncio.create_task(self._carry(self._inner, request))
        try:
            await asyncio.wait({asked})
        except asyncio.CancelledError:
            asked.cancel()
            raise
        answer: httpx2.Response = asked.result()
        return answer


class Ears(logging.Handler):
    """Hears whether a PIN is written into a log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        assert not _DIGITS.search(self.format(record)), "a PIN stands in the log"


class Place:
    """The clinic and what is around it."""

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.oqs = open_oqs(directory / "oqs.db")
        self.network, self.slot = Network(self.oqs), Slot()
        self.console = console_of(self.oqs)
        later = json.loads((directory / LATER).read_text(encoding="utf-8"))
        self._later = [(date.fromisoformat(day), batch) for day, batch in later]
        made = SimpleNamespace(AsyncClient=self.network.client, Timeout=httpx2.Timeout)
        patch.setattr(clinic_client.app, "httpx2", made)
        nobody = SimpleNamespace(client_context=lambda _: None)
        patch.setattr(clinic_client.app, "credentials", lambda *_: nobody)
        patch.setattr(station, "ReaderMonitor", self.slot.monitor)
        self._around = AsyncExitStack()
        self._open = AsyncExitStack()
        self.desk: Desk
        self.http: httpx2.AsyncClient

    async def begin(self) -> None:
        """Open OQS, and the clinic."""
        await self._around.enter_async_context(self.oqs.router.lifespan_context(self.oqs))
        await self.open()

    async def end(self) -> None:
        """Close all."""
        await self.shut()
        await self.console.aclose()
        await self._around.aclose()

    async def open(self) -> None:
        """Start the clinic's service."""
        settings = Settings(
            oqs_line_url="https://line",
            oqs_console_url="http://console",
            line_directory=self.directory,
            database_url=f"sqlite:///{self.directory / 'clinic.db'}",
            line_probe_seconds=0.02,
            line_timeout_seconds=1.0,
        )
        made: list[Desk] = []
        whole = clinic_client.app.Desk

        def keep(*given: Any, **named: Any) -> Desk:
            made.append(whole(*given, **named))
            return made[0]

        clinic_client.app.Desk = keep  # type: ignore[assignment,misc]
        try:
            app = build_app(settings, self.slot.connect)
        finally:
            clinic_client.app.Desk = whole  # type: ignore[misc]
        (self.desk,) = made
        await self._open.enter_async_context(app.router.lifespan_context(app))
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(AtConsole(app)),
            base_url=OWN_URL,
            event_hooks={"response": [_tells_no_pin]},
        )
        self._open.push_async_callback(self.http.aclose)

    async def shut(self) -> None:
        """End the clinic's service."""
        await self._open.aclose()
        self._open = AsyncExitStack()

    async def deliver_due(self, on: date) -> None:
        """Deliver to OQS what is due on a day."""
        due = [batch for day, batch in self._later if day <= on]
        self._later = [(day, batch) for day, batch in self._later if day > on]
        async with line_of_worker(self.oqs) as line:
            for batch in due:
                await deliver(line, batch)

    async def get(self, path: str) -> Any:
        """Ask the clinic."""
        return (await self.http.get(path)).raise_for_status().json()

    async def page(self, path: str = "/") -> str:
        """Open a page of the clinic."""
        answer = await self.http.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (path, answer.text)
        return answer.text

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Go on until something holds."""
        until = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < until, what
            await asyncio.sleep(0.001)


async def _tells_no_pin(answer: httpx2.Response) -> None:
    text = (await answer.aread()).decode()
    assert not _DIGITS.search(text), (answer.request.url, "a PIN stands in what is sent to a page")
