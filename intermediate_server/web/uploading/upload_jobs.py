"""Files that are being taken, and the last that were: how far each is, and how to stop it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING

from intermediate_server.filing.csv_file import CsvReader, SenderGone
from intermediate_server.filing.report import Report
from intermediate_server.procedures.change import FilingChannel, Source
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import IO

    from intermediate_server.filing.file_intake import FileIntake
    from intermediate_server.sync.worker_client import WorkerClient

log = logging.getLogger(__name__)
KEPT = 8
"""Files that were taken, and of which the result is kept; an older one is let go of."""
PIECE = 1 << 18
"""Bytes that are read of a file at once."""
CANCELLED = "入力者が取り込みを中止しました。"
WENT_BACK = "システムを出発点に戻したため、取り込みが途中で終わりました。"
STOPPED = "中間サーバーを止めたため、取り込みが途中で終わりました。"


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

    def follow(self, order: Order) -> None:
        """Do what a clerk wants."""
        if order is Order.CANCEL:
            self.cancel()
        else:
            self.settled = True

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
    _jobs: OrderedDict[str, UploadJob] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, file: IO[bytes], file_name: str, insurer: str, operator: str) -> UploadJob:
        """Begin to take a file, which is closed when it has been taken."""
        job = UploadJob(secrets.token_urlsafe(12), file_name, insurer, Report())
        self._jobs[job.name] = job
        over = [one for one in self._jobs.values() if not one.running]
        for one in over[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[one.name]
        task = asyncio.create_task(self._take(job, file, Source(operator, FilingChannel.FILE)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def find(self, name: str) -> UploadJob | None:
        """Return a file by its name; None where it is no longer kept."""
        return self._jobs.get(name)

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
            job.ended = monotonic()
            file.close()
        await self.workers.wake()


async def _pieces(job: UploadJob, file: IO[bytes]) -> AsyncIterator[bytes]:
    """Give a file until somebody stops it; whole lines that were given are taken."""
    while piece := await asyncio.to_thread(file.read, PIECE):
        if job.stopping:
            raise SenderGone
        yield piece


def _count_lines(file: IO[bytes]) -> int:
    """Count the lines of a file behind its header, and go back to its beginning."""
    count, last = 0, b"\n"
    while piece := file.read(1 << 20):
        count += piece.count(b"\n") or piece.count(b"\r")
        last = piece[-1:]
    file.seek(0)
    return max(0, count + (last not in b"\r\n") - 1)
