"""Files that are being taken, and the last that were: how far each is, and how to stop it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from intermediate_server.filing.csv_file import CsvReader, SenderGone
from intermediate_server.filing.report import Report
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.refusal import refused
from intermediate_server.store.incoming.unsettled_files import MOST_OF_INSURER, UnsettledFile
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import IO

    from intermediate_server.filing.file_intake import FileIntake
    from intermediate_server.store import UnsettledFiles
    from intermediate_server.sync.worker_client import WorkerClient

log = logging.getLogger(__name__)
KEPT = 8
"""Files that were taken, and of which the whole result is kept while the service runs; of an older
one it is let go of, but for what has to be mended."""
LONGEST_FILE_NAME = 200
"""What of the name of a file is kept."""
_TOO_MANY = Sentence(
    f"この保険者には、直すか済みにするのを待つファイルが{MOST_OF_INSURER}件あります。取り込んでいません。"
    "「やること」で先に済ませてください。",
    f"The insurer has {MOST_OF_INSURER} files that wait to be mended or settled. This one was not "
    "taken; settle some first.",
)
PIECE = 1 << 18
"""Bytes that are read of a file at once."""
CANCELLED = "入力者が取り込みを中止しました。"
WENT_BACK = "システムを出発点に戻したため、取り込みが途中で終わりました。"
BROKEN_OFF = (
    "取り込みの途中で中間サーバーが止まりました。どこまで受け付けたかは、届出一覧でわかります。"
)
"""What is told of a file that was being taken when the service ended without a word."""
STOPPED = "中間サーバーを止めたため、取り込みが途中で終わりました。"


_COUNTS = ("accepted", "unchanged", "refused", "attention", "skipped")


class Order(StrEnum):
    """What a clerk wants of a file that was handed in."""

    CANCEL = "cancel"
    """Read no more of it."""
    SETTLED = "settled"
    """Have nothing left to be done about it."""


@dataclass
class UploadJob:
    """A file that was handed in."""

    name: str
    """Nobody guesses it."""
    file_name: str
    insurer: str
    report: Report
    lines: int = 0
    """Lines of the file without its header, counted before they are read."""
    began: float = field(default_factory=monotonic)
    ended: float | None = None
    stopping: str = ""
    """Why no more of the file is read, in Japanese; empty while it is."""
    problem: Problem | None = None
    """Why nothing was taken."""
    settled: bool = False
    """Whether a clerk has said that nothing is left to be done about it."""

    @property
    def open(self) -> bool:
        """Whether there is something left to be done about it."""
        unfinished = self.report.refused or self.report.interrupted
        return bool(unfinished) and not self.running and not self.settled

    @property
    def broken_off(self) -> bool:
        """Whether the service ended while it was taken, so that nobody counted to the end."""
        return self.report.interrupted == BROKEN_OFF

    @property
    def running(self) -> bool:
        """Whether it is still being taken."""
        return self.ended is None

    @property
    def done(self) -> int:
        """Lines that have their outcome."""
        return self.report.lines

    @property
    def rate(self) -> float:
        """Lines in a second, since it began."""
        passed = (self.ended or monotonic()) - self.began
        return self.done / passed if passed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None while nobody knows."""
        if not self.running or not self.done:
            return None
        return max(0, self.lines - self.done) / self.rate

    def cancel(self, why: str = CANCELLED) -> None:
        """Have no more of the file read; what has been read is recorded, and told."""
        if self.running:
            self.stopping = self.stopping or why

    @classmethod
    def of(cls, file: UnsettledFile) -> UploadJob:
        """Return a file that was kept, as it was when it had been taken."""
        counts = dict(file.counts)
        lines = counts.pop("lines")
        report = Report.kept(file.report, file.interrupted, counts)
        return cls(
            file.name, file.file_name, file.insurer, report, lines, began=0.0, ended=file.seconds
        )

    def kept(self) -> UnsettledFile:
        """Return what is kept of it until it is settled."""
        report = self.report
        content, left_out = report.worth_keeping()
        counts = {name: getattr(report, name) for name in _COUNTS}
        return UnsettledFile(
            self.name,
            self.insurer,
            self.file_name,
            report.interrupted,
            monotonic() - self.began,
            {**counts, "lines": self.lines, "left_out": left_out},
            content,
        )

    def fail(self, problem: Problem, line: int) -> None:
        """Say from which line on nothing was read, and why; or that nothing was taken at all."""
        if self.report.lines:
            self.report.interrupt(line, problem.japanese)
        else:
            self.problem = problem


@dataclass
class UploadJobs:
    """The files of the page."""

    intake: FileIntake
    workers: WorkerClient
    unsettled: UnsettledFiles
    _jobs: OrderedDict[str, UploadJob] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, file: IO[bytes], file_name: str, insurer: str, operator: str) -> UploadJob:
        """Begin to take a file, which is closed when it has been taken."""
        job = UploadJob(
            secrets.token_urlsafe(12), _storable(file_name), _storable(insurer)[:8], Report()
        )
        self._jobs[job.name] = job
        over = [one for one in self._jobs.values() if not one.running]
        for one in over[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[one.name]
        task = asyncio.create_task(self._take(job, file, Source(operator, FilingChannel.FILE)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def find(self, name: str) -> UploadJob | None:
        """Return a file by its name; None where it is no longer kept."""
        if name in self._jobs or not name:
            return self._jobs.get(name)
        file = await asyncio.to_thread(self.unsettled.find, name)
        return UploadJob.of(file) if file else None

    async def open(self) -> list[UnsettledFile]:
        """Return the files about which something is left to be done, the newest first."""
        kept = await asyncio.to_thread(self.unsettled.all)
        running = {one.name for one in self._jobs.values() if one.running}
        return [one for one in kept if one.name not in running]

    async def follow(self, job: UploadJob, order: Order) -> None:
        """Do what a clerk wants of a file."""
        if order is Order.CANCEL:
            job.cancel()
        elif not job.running:
            await asyncio.to_thread(self.unsettled.drop, job.name)
            job.settled = True
            self._jobs[job.name] = job

    def last(self) -> list[UploadJob]:
        """Return the files that are kept, the newest first."""
        return list(reversed(self._jobs.values()))

    def forget(self) -> None:
        """Keep none of them, as the ledger of which they tell went back to its seed.

        Of those that are being taken no more is read.
        """
        for job in self._jobs.values():
            job.cancel(WENT_BACK)
        self._jobs.clear()

    async def stop(self) -> None:
        """Return when nothing is being taken any more, as the service ends."""
        for job in self._jobs.values():
            job.cancel(STOPPED)
        await asyncio.gather(*self._tasks)

    async def _take(self, job: UploadJob, file: IO[bytes], source: Source) -> None:
        last = 1
        try:
            await self._begin(job)
            job.lines = await asyncio.to_thread(_count_lines, file)
            reader = CsvReader()
            taken = self.intake.take(_pieces(job, file), reader, source, job.insurer)
            async for outcomes in taken:
                job.report.add(outcomes)
                last = outcomes[-1].line.number
            job.report.finish(reader.skipped)
            if job.stopping:
                job.report.interrupt(last + 1, job.stopping)
        except Problem as problem:
            job.fail(problem, last + 1)
        except Exception:  # the page says so; what has been recorded stays
            log.exception("The file %s was not taken to its end", job.name)
            job.fail(Problem(Catalogue.INTERNAL), last + 1)
        finally:
            file.close()
            await self._end(job)
            job.ended = monotonic()
        await self.workers.wake()

    async def _begin(self, job: UploadJob) -> None:
        """Keep that a file is being taken, should the service end meanwhile."""
        begun = replace(job.kept(), interrupted=BROKEN_OFF)
        if not await asyncio.to_thread(self.unsettled.begin, begun):
            raise refused(_TOO_MANY)

    async def _end(self, job: UploadJob) -> None:
        """Keep what became of a file, unless the ledger of which it tells went back meanwhile."""
        try:
            if job.problem is not None or self._jobs.get(job.name) is not job:
                await asyncio.to_thread(self.unsettled.drop, job.name)
            else:
                unfinished = job.report.refused or job.report.interrupted
                left = await asyncio.to_thread(job.kept) if unfinished else None
                await asyncio.to_thread(self.unsettled.end, job.insurer, job.file_name, left)
        except Exception:  # its page says what became of it, as long as the service goes on
            log.exception("What became of the file %s is not kept", job.name)


async def _pieces(job: UploadJob, file: IO[bytes]) -> AsyncIterator[bytes]:
    """Give a file until somebody stops it; whole lines that were given are taken."""
    while piece := await asyncio.to_thread(file.read, PIECE):
        if job.stopping:
            raise SenderGone
        yield piece


def _storable(text: str) -> str:
    """Return what was sent of a file, as any database keeps it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:LONGEST_FILE_NAME]


def _count_lines(file: IO[bytes]) -> int:
    """Count the lines of a file behind its header, and go back to its beginning."""
    count, last = 0, b"\n"
    while piece := file.read(1 << 20):
        count += piece.count(b"\n") or piece.count(b"\r")
        last = piece[-1:]
    file.seek(0)
    return max(0, count + (last not in b"\r\n") - 1)
