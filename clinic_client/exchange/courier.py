"""Carries requests from ``req`` to OQS and its answers into ``res`` (oqs-interface §2)."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import httpx2
from pydantic import ValidationError

from clinic_client.exchange.file_name import RequestName, request_name
from clinic_client.exchange.root import MOST_BYTES, ExchangeRoot, RootBusy, Taken
from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import cause_of
from wire.clock import wall_clock
from wire.messages.archive import ArchiveUnreadable, pack, unpack
from wire.messages.face_push import face_push
from wire.messages.profile import Profile
from wire.messages.xml_writer import write_xml
from wire.problem_document import ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clinic_client.settings import Settings
    from wire.vocabulary.answer import QualificationAnswer

log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SCAN_SECONDS = 0.1
"""Between two looks at ``req``: a share on the net tells of no change by itself."""
_AGAIN_SECONDS = 1.0
"""Until something that the disk or the line refused is tried again."""
_AT_ONCE = 32
"""Requests that are under way at the same time: the disk takes as long for many as for one."""
_TAKEN_TOGETHER = 256
"""Requests that are taken out of ``req`` in one go."""
_FORGET_EVERY_SECONDS = 60.0
_ENDINGS = {"application/xml": "xml", "application/pdf": "pdf", "application/zip": "zip"}
_SILENT = {502, 503, 504}


@dataclass
class ExchangeState:
    """What the exchange does, for who looks at it."""

    root: str
    answered: int = 0
    refused: int = 0
    under_way: int = 0
    pushed: int = 0
    trouble_ja: str = ""
    """Why nothing goes on, and what to do; empty where all is well."""
    trouble_en: str = ""


class _Silent(Exception):
    """OQS took nothing: it may be asked again."""


class Courier:
    """The exchange of one clinic while its service runs."""

    def __init__(self, settings: Settings, root: Path, client: httpx2.AsyncClient) -> None:
        """Take the root folder, and the client of the line to OQS."""
        self._settings = settings
        self._client = client
        self._root = ExchangeRoot(root, settings.exchange_settle_seconds)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "clinic-exchange")
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._carrying: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = 0.0
        self._opened = False
        self.state = ExchangeState(str(root))

    def start(self) -> None:
        """Begin to look into ``req``."""
        self._task = asyncio.create_task(self._keep_carrying(), name="clinic-exchange")

    async def stop(self) -> None:
        """Stop; what is under way goes on with the next start."""
        tasks = [task for task in (self._task, *self._carrying) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown()
        self._root.close()

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def push(self, answer: QualificationAnswer) -> None:
        """Put what OQS answered to a card into ``face``; where that fails, it is said and lost."""
        name, message = face_push(answer)
        encoding = self._settings.exchange_encoding
        content, ending = write_xml(message, Profile(encoding=encoding)), "xml"
        if self._is_encrypted(name):
            content, ending = pack(f"{name}.xml", content, self._settings.exchange_password), "zip"
        try:
            await self._in_thread(lambda: self._root.push(f"{name}.{ending}", content))
        except OSError as error:
            self._disk_refused(error)
        else:
            self.state.pushed += 1

    async def _keep_carrying(self) -> None:
        while True:
            try:
                if not self._opened:
                    for taken in await self._in_thread(self._root.open):
                        await self._begin(taken)
                    self._opened = True
                found = await self._in_thread(lambda: self._root.take(_TAKEN_TOGETHER))
                self._is_well()
                for taken in found:
                    await self._begin(taken)
                await self._forget()
                if not found:
                    await asyncio.sleep(_SCAN_SECONDS)
            except RootBusy:
                self._say(
                    "ほかのプログラムがこのフォルダーを使っています。そちらを終えてください。",
                    "Another program serves this folder already; end it.",
                )
                await asyncio.sleep(_AGAIN_SECONDS)
            except OSError as error:
                self._disk_refused(error)
                await asyncio.sleep(_AGAIN_SECONDS)
            except Exception:
                log.exception("The exchange failed, and goes on.")
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _forget(self) -> None:
        hours, now = self._settings.exchange_keep_hours, wall_clock().timestamp()
        if now - self._forgot_at >= _FORGET_EVERY_SECONDS:
            self._forgot_at = now
            await self._in_thread(lambda: self._root.forget(now - hours * 3_600))

    async def _begin(self, taken: Taken) -> None:
        await self._room.acquire()
        task = asyncio.create_task(self._carry(taken), name=f"exchange {taken.name}")
        self._carrying.add(task)
        self.state.under_way += 1
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._carrying.discard(task)
        self._room.release()
        self.state.under_way -= 1
        if not task.cancelled() and task.exception() is not None:
            log.error("A request of the exchange failed.", exc_info=task.exception())

    async def _carry(self, taken: Taken) -> None:
        """Ask for one request, and answer it: by what OQS says, or by an ``.err``."""
        try:
            ending, content = await self._answer(taken)
        except Problem as problem:
            sentence = _sentence(problem)
            await self._persist(lambda: self._root.refuse(taken.name, sentence))
            self.state.refused += 1
            return
        name = _parsed(taken.name).answer
        if ending != "zip" and self._is_encrypted(name):
            packed = pack(f"{name}.{ending}", content, self._settings.exchange_password)
            ending, content = "zip", packed
        await self._persist(lambda: self._root.answer(taken.name, f"{name}.{ending}", content))
        self.state.answered += 1

    async def _persist(self, write: Callable[[], None]) -> None:
        """Write, and try again while there is no room on the disk."""
        while True:
            try:
                await self._in_thread(write)
            except OSError as error:
                self._disk_refused(error)
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return

    async def _answer(self, taken: Taken) -> tuple[str, bytes]:
        """Return the ending and the content of the answer.

        Raises:
            Problem: there is none; why.
        """
        name = _parsed(taken.name)
        if name.route is None:
            raise Problem(Catalogue.EXCHANGE_NAME, taken.name)
        if taken.content is None:
            raise Problem(Catalogue.MESSAGE_TOO_LARGE, f"at most {MOST_BYTES} bytes")
        content = document = taken.content
        if name.ending == "zip":
            try:
                document = await self._in_thread(
                    lambda: unpack(content, self._settings.exchange_password, MOST_BYTES)
                )
            except ArchiveUnreadable as error:
                raise Problem(Catalogue.MESSAGE_UNREADABLE, str(error)) from None
        until = time.monotonic() + self._settings.exchange_patience_seconds
        while True:
            try:
                return await self._ask(name.route, document)
            except _Silent as error:
                if time.monotonic() > until:
                    raise Problem(Catalogue.EXCHANGE_NO_ANSWER, str(error)) from None
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _ask(self, route: str, document: bytes) -> tuple[str, bytes]:
        try:
            response = await self._client.post(
                route, content=document, headers={"Content-Type": "application/xml"}
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _Silent(cause_of(error)) from None
        except httpx2.HTTPError as error:
            # It may have been done: nobody asks twice for what may have been.
            raise Problem(Catalogue.EXCHANGE_NO_ANSWER, cause_of(error)) from None
        if response.status_code in _SILENT:
            raise _Silent(f"OQS answered {response.status_code}.")
        media = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if response.is_success and media in _ENDINGS:
            return _ENDINGS[media], response.content
        try:
            told = ProblemDocument.model_validate_json(response.content)
        except ValidationError:
            raise Problem(
                Catalogue.OQS_FAILED, f"OQS answered {response.status_code}, {media}."
            ) from None
        raise Problem(entry_of(told.code), told.detail, japanese=told.japanese)

    def _is_encrypted(self, name: str) -> bool:
        return name.startswith(self._settings.exchange_encrypted) and bool(
            self._settings.exchange_password
        )

    def _disk_refused(self, error: OSError) -> None:
        self._say(
            f"連携フォルダーに書けません({error.strerror})。空き容量と権限を確かめてください。"
            "届いている要求は失われず、書けるようになると進みます。",
            f"The folder of the exchange cannot be used ({error.strerror}). Look at its free space "
            "and its rights; no request is lost, and it goes on by itself.",
        )

    def _say(self, ja: str, en: str) -> None:
        if en != self.state.trouble_en:
            log.warning("%s", en)
        self.state.trouble_ja, self.state.trouble_en = ja, en

    def _is_well(self) -> None:
        if self.state.trouble_en:
            log.info("The exchange goes on.")
        self.state.trouble_ja = self.state.trouble_en = ""


def _parsed(name: str) -> RequestName:
    parsed = request_name(name)
    if parsed is None:
        raise Problem(Catalogue.EXCHANGE_NAME, name)
    return parsed


def _sentence(problem: Problem) -> str:
    """Return what stands in an ``.err``. How the real one writes it is not known [unverified]."""
    kind = problem.entry.kind
    told = (kind.code, problem.japanese, problem.detail or kind.title, kind.advice)
    return "".join(f"{line}\r\n" for line in told)
