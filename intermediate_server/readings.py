"""Reading about persons, each time with a line in the log before anything is shown."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx2

from intermediate_server.procedures.change import FilingChannel
from intermediate_server.store.reading_log import NOBODY, PersonReading
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from typing import Any, Self

    from intermediate_server.store import ReadingLog
    from wire.clock import ClockSource
    from wire.line_credentials import Caller


OPERATOR = "operator"
"""The cookie with the name that the clerk gave."""
LONGEST_NAME = 30
REFERENCES = ("SIM-", "NEW-")
"""How references of persons begin."""


class Read(StrEnum):
    """What is read of persons."""

    OVERVIEW = "overview"
    PERSON = "person"
    MATCH = "match"
    """Looked up by 個人番号."""
    SEARCH = "search"
    """Found by name, kana, 記号 or 番号."""
    LIST = "list"
    """On the list of procedures, or in a file of it."""
    TODO = "todo"
    """On the list of what is to be done."""
    RECEIPT = "receipt"
    """What a procedure came to that was filed just before."""
    REGISTER = "register"
    """交付簿."""
    APPLICATION = "application"
    """Decided on a document that was asked for."""
    DOCUMENT = "document"
    """The PDF, or what became of the document."""
    REPORT = "report"
    """The report on a file, of whomever it names."""
    FILING = "filing"
    """Filed for a person, alone or in a file or list; only refusals are here, all else is in the
    ledger."""
    LAST_FOUR = "last_four"
    """Who has not answered yet about the last four digits."""
    DISCREPANCY = "discrepancy"
    """Tickets that the check and a paper differ; whom they are about is not matched."""
    RUN = "run"
    """The preview of a run: for whom something is due."""
    SIMULATION = "simulation"
    """The view that only a simulation can give."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page."""
        return {
            "overview": "概況",
            "person": "個人の画面",
            "match": "個人番号での検索",
            "search": "検索",
            "list": "届出一覧",
            "todo": "やること",
            "receipt": "届出の控え",
            "register": "交付簿",
            "application": "証類の申請",
            "document": "証類",
            "report": "取込結果",
            "filing": "届出",
            "last_four": "下4桁の回答待ち",
            "discrepancy": "相違の申し出",
            "run": "定期処理の確認",
            "simulation": "模擬の表示",
        }[self]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and by which way."""

    name: str
    channel: FilingChannel

    @classmethod
    def of(cls, scope: Mapping[str, Any], cookies: Mapping[str, str]) -> Self:
        """Return who sends a request: an insurer by the certificate, or a clerk by the name given.

        The clerk's name is what was last typed on a page; it may be empty.
        """
        caller: Caller | None = scope.get("extensions", {}).get("tls", {}).get("caller")
        if caller is not None:
            return cls(caller.name, FilingChannel.LINE)
        return cls(operator_of(cookies), FilingChannel.PAGE)


def operator_of(cookies: Mapping[str, str]) -> str:
    """Return the name that the clerk gave last."""
    return unquote(cookies.get(OPERATOR, ""))[:LONGEST_NAME]


def reference_kept(asked_for: str) -> str:
    """Return a person's reference as it may be kept; what is none may be a 個人番号."""
    return asked_for if asked_for.startswith(REFERENCES) else NOBODY


@dataclass(frozen=True)
class Readings:
    """Lets persons be read about, and writes it down."""

    log: ReadingLog
    clock: ClockSource

    @asynccontextmanager
    async def reading(
        self, reader: Reader, what: Read, person: str | None = None
    ) -> AsyncIterator[list[str]]:
        """Give a list into which goes who is read about; ``person`` is whoever was asked for.

        When it ends, a line for each of them is committed; a Problem within it is written down as
        a refusal, and goes on.
        """
        read = [] if person is None else [reference_kept(person)]
        try:
            yield read
        except Problem as problem:
            await self._write(reader, what, read or [NOBODY], problem.entry.kind.code)
            raise
        await self._write(reader, what, read, None)

    async def _write(
        self, reader: Reader, what: Read, persons: list[str], refusal: str | None
    ) -> None:
        if not persons:
            return
        try:
            now = (await self.clock.read()).now
        except httpx2.HTTPError:
            now = None
        lines = [
            PersonReading(person, reader.name, reader.channel, what, now, refusal)
            for person in dict.fromkeys(persons)
        ]
        await asyncio.to_thread(self.log.add, lines)
