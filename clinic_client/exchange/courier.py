"""Carries requests from ``req`` to OQS and its answers into ``res`` (oqs-interface §2)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from xml.sax.saxutils import escape

from pydantic import ValidationError

from clinic_client.exchange.file_name import RequestName, request_name
from clinic_client.exchange.folder_trouble import BUSY, trouble_of
from clinic_client.exchange.kept_pushes import KeptPushes
from clinic_client.exchange.line_connections import AnswerLost, NotReached
from clinic_client.exchange.root import MOST_BYTES, ErrorLeft, ExchangeRoot, RootBusy, Taken
from wire.catalogue import Catalogue, Problem, entry_of
from wire.clock import wall_clock
from wire.messages.archive import ArchiveUnreadable, pack, unpack
from wire.messages.face_push import face_push
from wire.messages.xml_writer import write_xml
from wire.problem_document import ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clinic_client.exchange.line_connections import LineConnections
    from clinic_client.settings import Settings
    from eligibility.sentence import Sentence
    from wire.vocabulary.answer import QualificationAnswer

log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SCAN_SECONDS = 0.1
"""Between two looks at ``req``: a share on the net tells of no change by itself."""
_AGAIN_SECONDS = 1.0
"""Until something that the disk or the line refused is tried again."""
_AT_ONCE = 32
"""Requests that are under way at the same time: the disk takes as long for many as for one. As many
of one route may be without an answer: what is not sent yet is not at risk."""
_PROMPT_SECONDS = 0.5
"""After how long without an answer of OQS a request leaves its place to others."""
_TAKEN_TOGETHER = 256
"""Requests that are taken out of ``req`` in one go."""
_FORGET_EVERY_SECONDS = 60.0
_LEFT_SECONDS = 5.0
"""After how long an ``.err`` counts as one that nobody fetches."""
_VIEWINGS = "/medical/"
_BODY_ENDS = re.compile(rb"</MessageBody\s*>(?!.*</MessageBody)", re.DOTALL)
_ENDINGS = {"application/xml": "xml", "application/pdf": "pdf", "application/zip": "zip"}
_SILENT = {429, 502, 503, 504}
_NOT_CARRIED_OUT = {
    Catalogue.FAULT_INJECTED, Catalogue.MAINTENANCE, Catalogue.TOO_MANY_CONNECTIONS
}  # fmt: skip
"""What OQS says before it has begun with a request."""
_REFUSED_AT_ONCE = {429, 503}
"""What says so without a word of OQS: whoever answers took nothing."""
_LOOKING, _WRITING, _PUSHING = "req", "res", "face"
"""What the folder refuses; each is well again by itself."""


@dataclass
class ExchangeState:
    """What the exchange does, for who looks at it."""

    root: str
    answered: int = 0
    refused: int = 0
    under_way: int = 0
    waiting: int = 0
    """Of those under way: what is not sent yet, until OQS is back or answers others of its kind."""
    pushed: int = 0
    kept: int = 0
    """Files for ``face`` that wait until the folder takes them."""
    errors: list[ErrorLeft] = field(default_factory=list)
    """What lies in ``res`` as ``.err``, as nobody fetches it; the oldest first."""
    troubles: dict[str, Sentence] = field(default_factory=dict)
    """Why nothing goes on, and what to do, by what is refused; empty where all is well."""

    @property
    def trouble(self) -> Sentence | None:
        """The trouble that came first."""
        return next(iter(self.troubles.values()), None)


@dataclass
class _Silence:
    """OQS answers nothing on a route: one request goes on trying, and the others wait for it."""

    last: _Silent
    """What was heard the last time."""
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Place:
    """A place among those under way, which is left to others while OQS takes its time."""

    places: asyncio.Semaphore
    is_left: bool = False

    def leave(self) -> None:
        """Let another request have it."""
        self.is_left = True
        self.places.release()

    async def take_again(self) -> None:
        """Wait for one, where it was left."""
        if self.is_left:
            await self.places.acquire()


class _Silent(Exception):
    """OQS gave no answer, and may be asked again. The message says why."""

    def __init__(
        self, reason: str, told: ProblemDocument | None = None, *, may_be_done: bool = False
    ) -> None:
        super().__init__(reason)
        self.told = told
        """What OQS said in place of an answer."""
        self.may_be_done = may_be_done

    def given_up(self, *, may_be_done: bool) -> Problem:
        """Return what is told whose patience is over."""
        if may_be_done:
            return Problem(Catalogue.EXCHANGE_NO_ANSWER, str(self))
        if self.told is None:
            return Problem(Catalogue.EXCHANGE_NOT_DONE, str(self))
        return Problem(
            entry_of(self.told.code),
            f"{self} It was not carried out.",
            japanese=f"{self.told.japanese}この要求は処理されていません。",
        )


class Courier:
    """The exchange of one clinic while its service runs."""

    def __init__(
        self,
        settings: Settings,
        root: Path,
        connections: LineConnections,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the root folder, and the connections of the line to OQS.

        ``on_change`` is called where there is another trouble, or none any more.
        """
        self._settings = settings
        self._connections = connections
        self._on_change = on_change
        self._root = ExchangeRoot(root, settings.exchange_settle_seconds)
        self._kept = KeptPushes(settings.exchange_kept_directory)
        self._pushing = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, "clinic-exchange")
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._carrying: set[asyncio.Task[None]] = set()
        self._silences: dict[str, _Silence] = {}
        self._unanswered: dict[str, asyncio.Semaphore] = {}
        """How many more of a route may be sent before one of them is answered."""
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = self._looked_at = 0.0
        self._opened = False
        self.state = ExchangeState(str(root))

    def start(self) -> None:
        """Begin to look into ``req``, and take up what an earlier run has left for ``face``."""
        try:
            self._kept.read()
        except OSError:
            log.exception("What was kept for face cannot be read.")
        self.state.kept = len(self._kept)
        self._task = asyncio.create_task(self._keep_carrying(), name="clinic-exchange")

    async def stop(self) -> None:
        """Stop; what is under way goes on with the next start."""
        tasks = [task for task in (self._task, *self._carrying) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connections.close()
        self._threads.shutdown()
        self._root.close()

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def push(self, answer: QualificationAnswer) -> None:
        """Put what OQS answered to a card into ``face``.

        What the folder does not take is kept, and goes there later, in the order in which it came.
        """
        name, message = face_push(answer)
        content, ending = write_xml(message, self._settings.exchange_form), "xml"
        if self._is_encrypted(name):
            content, ending = pack(f"{name}.xml", content, self._settings.exchange_password), "zip"
        async with self._pushing:
            if not self._kept and await self._push(f"{name}.{ending}", content):
                return
            await self._in_thread(lambda: self._kept.keep(f"{name}.{ending}", content))
            self._tell_kept()

    async def _push(self, name: str, content: bytes) -> bool:
        """Put a file into ``face``, and tell whether that was possible."""
        try:
            await self._in_thread(lambda: self._root.push(name, content))
        except OSError as error:
            self._disk_refused(_PUSHING, error)
            return False
        self.state.pushed += 1
        return True

    async def _push_kept(self) -> None:
        """Put into ``face`` what it did not take, until it takes no more."""
        async with self._pushing:
            while (waiting := self._kept.first) is not None:
                if not await self._push(waiting.name, waiting.content):
                    return
                await self._in_thread(self._kept.drop)
                self._tell_kept()
            self._is_well(_PUSHING)

    def _tell_kept(self) -> None:
        self.state.kept = len(self._kept)
        self._on_change()

    async def _keep_carrying(self) -> None:
        while True:
            try:
                if not self._opened:
                    for taken in await self._in_thread(self._open):
                        await self._begin(taken)
                    self._opened = True
                found = await self._in_thread(lambda: self._root.take(_TAKEN_TOGETHER))
                self._is_well(_LOOKING)
                for taken in found:
                    await self._begin(taken)
                await self._look_around()
                if not found:
                    await asyncio.sleep(_SCAN_SECONDS)
            except RootBusy:
                self._say(_LOOKING, BUSY)
                await asyncio.sleep(_AGAIN_SECONDS)
            except OSError as error:
                self._disk_refused(_LOOKING, error)
                await asyncio.sleep(_AGAIN_SECONDS)
                await self._mend()
            except Exception:
                log.exception("The exchange failed, and goes on.")
                await asyncio.sleep(_AGAIN_SECONDS)

    def _open(self) -> list[Taken]:
        return self._root.open(self._kept.names)

    async def _mend(self) -> None:
        if self._opened:
            # Where it cannot be mended, the next look says why.
            with suppress(OSError, RootBusy):
                await self._in_thread(self._root.mend)

    async def _look_around(self) -> None:
        """Do what is done now and then."""
        now = wall_clock().timestamp()
        if now - self._looked_at < _AGAIN_SECONDS:
            return
        self._looked_at = now
        if self._kept:
            await self._push_kept()
        errors = await self._in_thread(lambda: self._root.errors(now - _LEFT_SECONDS))
        if errors != self.state.errors:
            self.state.errors = errors
            self._on_change()
        if now - self._forgot_at >= _FORGET_EVERY_SECONDS:
            self._forgot_at = now
            before = now - self._settings.exchange_keep_hours * 3_600
            await self._in_thread(lambda: self._root.forget(before))

    async def _begin(self, taken: Taken) -> None:
        await self._places.acquire()
        task = asyncio.create_task(self._carry(taken), name=f"exchange {taken.name}")
        self._carrying.add(task)
        self.state.under_way += 1
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._carrying.discard(task)
        self._places.release()
        self.state.under_way -= 1
        if not task.cancelled() and task.exception() is not None:
            log.error("A request of the exchange failed.", exc_info=task.exception())

    async def _carry(self, taken: Taken) -> None:
        """Ask for one request, and answer it: by what OQS says, or by an ``.err``."""
        name = taken.name
        try:
            parsed, route = _parsed(name)
            # What it says is not kept while it waits for OQS.
            document, taken = await self._document(parsed, taken), Taken(name)
            ending, content = await self._ask_patiently(parsed, route, name, document)
        except Problem as problem:
            sentence = _sentence(problem)
            await self._persist(lambda: self._root.refuse(name, sentence))
            self.state.refused += 1
            return
        if ending != "zip" and self._is_encrypted(parsed.answer):
            packed = pack(f"{parsed.answer}.{ending}", content, self._settings.exchange_password)
            ending, content = "zip", packed
        shown = f"{parsed.answer}.{ending}"
        await self._persist(lambda: self._root.answer(name, shown, content))
        self.state.answered += 1

    async def _persist(self, work: Callable[[], _Result]) -> _Result:
        """Read or write, and try again while the disk refuses."""
        while True:
            try:
                result = await self._in_thread(work)
            except OSError as error:
                self._disk_refused(_WRITING, error)
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._is_well(_WRITING)
                return result

    async def _document(self, parsed: RequestName, taken: Taken) -> bytes:
        """Return what a request says.

        Raises:
            Problem: it cannot be asked for.
        """
        content = taken.content
        if content is None:
            content = await self._persist(lambda: self._root.read(taken.name))
        if content is None:
            raise Problem(Catalogue.MESSAGE_TOO_LARGE, f"at most {MOST_BYTES} bytes")
        if parsed.ending != "zip":
            return self._with_viewer(parsed, content)
        try:
            unpacked = await self._in_thread(
                lambda: unpack(content, self._settings.exchange_password, MOST_BYTES)
            )
        except ArchiveUnreadable as error:
            raise Problem(Catalogue.MESSAGE_UNREADABLE, str(error)) from None
        return self._with_viewer(parsed, unpacked)

    def _with_viewer(self, parsed: RequestName, document: bytes) -> bytes:
        """Say who looks (有資格者) in a request of medical information that does not."""
        if not (parsed.route or "").startswith(_VIEWINGS) or b"<QualifiedUser" in document:
            return document
        viewer, profession = (
            self._settings.exchange_viewer,
            self._settings.exchange_viewer_profession,
        )
        said = (
            f"<QualifiedUser><UserId>{escape(viewer)}</UserId>"
            f"<Profession>{profession}</Profession></QualifiedUser>"
        ).encode("ascii", "xmlcharrefreplace")  # whatever the encoding of the document
        return _BODY_ENDS.sub(lambda end: said + end[0], document)

    async def _ask_patiently(
        self, parsed: RequestName, route: str, name: str, document: bytes | None
    ) -> tuple[str, bytes]:
        """Return the ending and the content of the answer; wait while OQS is silent.

        Who waits leaves its place to others, and keeps nothing but its name.

        Raises:
            Problem: there is none; why.
        """
        until = time.monotonic() + self._settings.exchange_patience_seconds
        own: _Silence | None = None
        may_be_done = False
        try:
            while True:
                if own is not None or route not in self._silences:
                    unanswered = self._unanswered.setdefault(route, asyncio.Semaphore(_AT_ONCE))
                    if unanswered.locked():
                        document = None
                    await self._turn_on(unanswered)
                    try:
                        if document is None:
                            document = await self._document(parsed, Taken(name))
                        return await self._ask(route, document)
                    except _Silent as error:
                        heard = error
                    finally:
                        unanswered.release()
                    may_be_done |= heard.may_be_done
                    if own is None and route not in self._silences:
                        own = self._silences[route] = _Silence(heard)
                    elif own is not None:
                        own.last = heard
                silence = self._silences[route]
                if time.monotonic() > until:
                    raise silence.last.given_up(may_be_done=may_be_done)
                document = None
                await self._wait(silence, until, tries=silence is own)
        finally:
            if own is not None:
                del self._silences[route]
                own.over.set()

    async def _turn_on(self, unanswered: asyncio.Semaphore) -> None:
        """Wait until one more of a route may be sent; its place is for others meanwhile."""
        place = _Place(self._places)
        if unanswered.locked():
            place.leave()
            self.state.waiting += 1
        try:
            await unanswered.acquire()
        finally:
            self.state.waiting -= place.is_left
        await place.take_again()

    async def _wait(self, silence: _Silence, until: float, *, tries: bool) -> None:
        self._places.release()
        self.state.waiting += 1
        try:
            if tries:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(until - time.monotonic()):
                        await silence.over.wait()
        finally:
            self.state.waiting -= 1
        await self._places.acquire()

    async def _ask(self, route: str, document: bytes) -> tuple[str, bytes]:
        place = _Place(self._places)
        slow = asyncio.get_running_loop().call_later(_PROMPT_SECONDS, place.leave)
        try:
            answer = await self._connections.post(route, document)
        except NotReached as error:
            raise _Silent(str(error)) from None
        except AnswerLost as error:
            # It may have been done: nobody asks twice for what may have been.
            raise Problem(Catalogue.EXCHANGE_NO_ANSWER, str(error)) from None
        finally:
            slow.cancel()
            await place.take_again()
        if answer.is_success and answer.media_type in _ENDINGS:
            return _ENDINGS[answer.media_type], answer.content
        told = None
        with suppress(ValidationError):
            told = ProblemDocument.model_validate_json(answer.content)
        if answer.status in _SILENT:
            if told is None:
                refused = answer.status in _REFUSED_AT_ONCE
                raise _Silent(f"OQS answered {answer.status}.", may_be_done=not refused)
            refused = entry_of(told.code) in _NOT_CARRIED_OUT
            raise _Silent(told.detail or told.title, told, may_be_done=not refused)
        if told is None:
            raise Problem(
                Catalogue.OQS_FAILED, f"OQS answered {answer.status}, {answer.media_type}."
            )
        raise Problem(entry_of(told.code), told.detail, japanese=told.japanese)

    def _is_encrypted(self, name: str) -> bool:
        return name.startswith(self._settings.exchange_encrypted) and bool(
            self._settings.exchange_password
        )

    def _disk_refused(self, what: str, error: OSError) -> None:
        self._say(what, trouble_of(error, self._root.root))

    def _say(self, what: str, trouble: Sentence) -> None:
        if self.state.troubles.get(what) != trouble:
            self.state.troubles[what] = trouble
            log.warning("%s", trouble.en)
            self._on_change()

    def _is_well(self, what: str) -> None:
        if self.state.troubles.pop(what, None) is not None:
            log.info("The exchange goes on.")
            self._on_change()


def _parsed(name: str) -> tuple[RequestName, str]:
    """Return the parts of a request's name, and where it goes."""
    parsed = request_name(name)
    if parsed is None or parsed.route is None:
        raise Problem(Catalogue.EXCHANGE_NAME, name)
    return parsed, parsed.route


def _sentence(problem: Problem) -> str:
    """Return what stands in an ``.err``. How the real one writes it is not known [unverified]."""
    kind = problem.entry.kind
    told = (kind.code, problem.japanese, problem.detail or kind.title, kind.advice)
    return "".join(f"{line}\r\n" for line in told)
