"""Taking many procedures: read, matched, decided and recorded in sets, each line with its outcome.

While one set is being recorded, the next one is read and matched. What has been recorded stays,
whatever becomes of the lines after it; a file that is sent again adds what is missing.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from intermediate_server.documents.decision import Case
from intermediate_server.documents.filed_papers import decided_at_once, paper_work
from intermediate_server.filing.csv_file import CsvReader, SenderGone
from intermediate_server.filing.fields import Fault
from intermediate_server.filing.report import LineOutcome, Report
from intermediate_server.procedures.decide import decide, decide_on_both
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import KINDS, Effect
from intermediate_server.procedures.memberships import claimed
from intermediate_server.procedures.person import NO_CARD
from intermediate_server.procedures.renumbering import unnumbered_reference
from intermediate_server.readings import Read, reference_kept
from intermediate_server.store.bulk_recorder import Undecided
from intermediate_server.store.reading_log import PersonReading
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.filing.csv_file import CsvLine
    from intermediate_server.procedures.change import Source
    from intermediate_server.procedures.person import RegisterMatch
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store import Store
    from intermediate_server.store.bulk_recorder import RecordingOutcome

LINES_AT_ONCE = 4_000
"""How many lines are matched and recorded together."""
BYTES_AT_ONCE = 1 << 14
"""How much of a file is read before others' requests have their turn: some two hundred lines."""

SECONDS_OF_A_THREAD = 0.0002
"""How long a thread goes on while others want the interpreter, when a file is taken."""
_USUAL_SECONDS_OF_A_THREAD = sys.getswitchinterval()


class _Ready(NamedTuple):
    """A line whose person is known."""

    line: CsvLine
    undecided: Undecided


class _Prepared(NamedTuple):
    """Lines that were read and matched, with what was refused of known persons already."""

    lines: list[LineOutcome | _Ready]
    refused: list[tuple[str, str]]
    """The persons, and the codes."""
    source: Source
    at: datetime
    """Business time."""


@dataclass(frozen=True)
class FileIntake:
    """Takes files of procedures."""

    acceptance: Acceptance
    store: Store

    async def report(
        self,
        received: AsyncIterator[bytes],
        source: Source,
        insurer: str | None,
        *,
        problems_only: bool = False,
    ) -> Report:
        """Take a file and report on it.

        Where another service fails half way, or the sender goes away, what was recorded stays, and
        the report says where the reading ended. ``insurer`` is as in `take`.

        Raises:
            Problem: FILE_HEADER_WRONG; or one of `NOBODY_MATCHED` before anything was recorded.
        """
        report = Report(problems_only)
        async for _ in self._filling(report, received, source, insurer):
            pass
        return report

    async def streamed(
        self,
        received: AsyncIterator[bytes],
        source: Source,
        insurer: str | None,
        *,
        problems_only: bool = False,
    ) -> AsyncIterator[bytes]:
        """Take a file as `report` does, and give the report while it is being written.

        It begins when the first lines have been recorded. However slowly it is asked for, the file
        is read on: who sends all before reading anything waits for nothing.

        Raises:
            Problem: as `report` does.
        """
        report = Report(problems_only)
        grown = asyncio.Event()

        async def fill() -> None:
            try:
                async for _ in self._filling(report, received, source, insurer):
                    grown.set()
                report.sum_up()
            finally:
                grown.set()

        filling = asyncio.create_task(fill())
        try:
            await grown.wait()
        except asyncio.CancelledError:
            filling.cancel()
            raise
        if filling.done():
            filling.result()  # what is wrong with the file is the whole answer
        return _pieces(report, filling, grown)

    async def _filling(
        self,
        report: Report,
        received: AsyncIterator[bytes],
        source: Source,
        insurer: str | None,
    ) -> AsyncIterator[None]:
        """Take a file and write its report; stop for a moment whenever that has grown."""
        reader = CsvReader()
        last = 1
        try:
            async for outcomes in self.take(received, reader, source, insurer):
                await asyncio.to_thread(report.add, outcomes)
                last = outcomes[-1].line.number
                yield
        except Problem as problem:
            if not report.lines:
                raise
            report.interrupt(last + 1, problem.japanese)
        report.finish(reader.skipped)
        if reader.is_cut_off:
            report.interrupt(last + 1, "送信が途中で切れました。")

    async def take(
        self, received: AsyncIterator[bytes], reader: CsvReader, source: Source, insurer: str | None
    ) -> AsyncIterator[Sequence[LineOutcome]]:
        """Take a file as its bytes come; give the outcomes of its lines, in their order.

        When the sender goes (`SenderGone`), whole lines are taken as well.

        ``insurer`` is the insurer number for which alone the sender may speak; None for any.

        Raises:
            Problem: FILE_HEADER_WRONG, one of `NOBODY_MATCHED`. What was recorded before stays.
        """
        recording: asyncio.Task[list[LineOutcome]] | None = None
        abandoned = False
        with _at_work():
            try:
                async for lines in _in_sets(received, reader):
                    try:
                        prepared = await self._prepare(lines, source, insurer)
                    except Problem:
                        if recording is not None:
                            yield await recording
                        raise
                    if recording is not None:
                        yield await recording
                    recording = asyncio.create_task(
                        asyncio.to_thread(self._record, prepared, lambda: not abandoned)
                    )
                if recording is not None:
                    yield await recording
            finally:
                # Nobody asks for the outcomes any more: what has not begun is left.
                abandoned = True
                if recording is not None and not recording.done():
                    await asyncio.wait([recording])

    async def take_lines(
        self, lines: Sequence[CsvLine], source: Source, insurer: str | None
    ) -> list[LineOutcome]:
        """Take lines that have been read already."""
        prepared = await self._prepare(lines, source, insurer)
        return await asyncio.to_thread(self._record, prepared)

    async def _prepare(
        self, lines: Sequence[CsvLine], source: Source, insurer: str | None
    ) -> _Prepared:
        """Match the persons of lines, and refuse what needs no look at the ledger."""
        wanted = [
            line.procedure.individual_number
            for line in lines
            if line.procedure is not None and line.procedure.individual_number is not None
        ]
        reading, found = await asyncio.gather(
            self.acceptance.read_clock(filing=True), self.acceptance.oqs.match_all(wanted)
        )
        # In a thread: to go through ten thousand lines would keep others' requests waiting.
        return await asyncio.to_thread(self._matched, lines, found, source, insurer, reading.now)

    def _matched(
        self,
        lines: Sequence[CsvLine],
        found: Sequence[RegisterMatch | None],
        source: Source,
        insurer: str | None,
        now: datetime,
    ) -> _Prepared:
        matches = iter(found)
        prepared: list[LineOutcome | _Ready] = []
        refused: list[tuple[str, str]] = []
        for line in lines:
            procedure = line.procedure
            if procedure is None:
                prepared.append(
                    LineOutcome(line, None, line.fault, Catalogue.INVALID_REQUEST.kind.code)
                )
                continue
            match = next(matches) if procedure.individual_number is not None else None
            try:
                prepared.append(
                    _Ready(line, self._undecided(procedure, match, source, insurer, now))
                )
            except Problem as problem:
                prepared.append(_refused(line, problem))
                person = match.person.reference if match else procedure.person_reference
                if person is not None:
                    refused.append((person, problem.entry.kind.code))
        return _Prepared(prepared, refused, source, now)

    def _undecided(
        self,
        procedure: Procedure,
        match: RegisterMatch | None,
        source: Source,
        insurer: str | None,
        now: datetime,
    ) -> Undecided:
        if insurer is not None and procedure.insurer_number.digits != insurer:
            raise Problem(
                Catalogue.WRONG_CALLER,
                f"The certificate is of {insurer}, the line of {procedure.insurer_number}.",
                japanese=f"ほかの保険者（{procedure.insurer_number}）の届出は出せません。",
            )
        policy = self.acceptance.policies.of(procedure.insurer_number)
        if match is None and procedure.individual_number is not None:
            raise Problem(Catalogue.UNKNOWN_PERSON)
        household = (
            self.store.ledger.household(*procedure.household)
            if procedure.asks_for_household
            else ()
        )
        filed = Filed(
            procedure,
            policy,
            now,
            source,
            match.card.registered if match else None,
            household=household,
        )
        person = match.person if match else None
        reference = person.reference if person else procedure.person_reference
        assert reference is not None
        decided = Undecided(
            reference,
            lambda history: decide(filed, person, history),
            procedure.content_key,
            claimed=claimed(procedure),
        )
        if KINDS[procedure.kind].effect is Effect.JOIN:
            # Ahead of its turn to be recorded, beside what comes before: most who join are new.
            with suppress(Problem):
                decided = decided._replace(first=decided.decide(()))
        today = now.astimezone(TOKYO).date()
        if decided_at_once(procedure, today):
            card = match.card if match else NO_CARD
            decided = decided._replace(
                issue=lambda history, entry, documents: paper_work(
                    procedure, Case(history, entry, documents, card, policy, today)
                )
            )
        child = unnumbered_reference(procedure, person, today)
        if person is None or child is None:
            return decided
        return decided._replace(unnumbered=child, take_over=partial(decide_on_both, filed, person))

    def _record(
        self,
        prepared: _Prepared,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> list[LineOutcome]:
        """Decide and record; a line that is refused of a known person is written down as well."""
        procedures = [one.undecided for one in prepared.lines if isinstance(one, _Ready)]
        outcomes = iter(self.store.recorder.record(procedures, is_wanted))
        recorded = []
        refused = list(prepared.refused)
        for one in prepared.lines:
            if isinstance(one, LineOutcome):
                recorded.append(one)
            elif (outcome := next(outcomes, None)) is not None:
                recorded.append(_decided(one.line, outcome))
                if outcome.problem is not None:
                    code = outcome.problem.entry.kind.code
                    refused.append((one.undecided.person_reference, code))
            else:
                break  # nobody waits for the rest
        source, at = prepared.source, prepared.at
        self.store.readings.add(
            PersonReading(
                reference_kept(person), source.filed_by, source.channel, Read.FILING, at, code
            )
            for person, code in refused
        )
        return recorded


def _decided(line: CsvLine, outcome: RecordingOutcome) -> LineOutcome:
    return (
        LineOutcome(line, outcome) if outcome.problem is None else _refused(line, outcome.problem)
    )


def _refused(line: CsvLine, problem: Problem) -> LineOutcome:
    fault = Fault("", Sentence(problem.japanese, problem.detail or problem.entry.kind.title))
    return LineOutcome(line, None, fault, problem.entry.kind.code)


@contextmanager
def _at_work() -> Iterator[None]:
    """Have the interpreter suit two threads that work on many lines, and others who wait.

    It does without the search for circles of objects, which lines never make, and which would take
    a third of the time. And a thread is let in after a shorter while, as each request of others
    needs several turns. Where two files are taken at once, the first that ends sets it back.
    """
    gc.disable()
    sys.setswitchinterval(SECONDS_OF_A_THREAD)
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL_SECONDS_OF_A_THREAD)
        gc.enable()


async def _pieces(
    report: Report, filling: asyncio.Task[None], grown: asyncio.Event
) -> AsyncIterator[bytes]:
    """Give a report as it grows, to its end."""
    place = 0
    try:
        while True:
            grown.clear()
            complete = filling.done()
            while piece := report.read(place):
                place += len(piece)
                yield piece
            if complete:
                break
            if not filling.done():
                await grown.wait()
        filling.result()
    finally:
        filling.cancel()  # where nobody asks any more; one that is done stays as it is


async def _in_sets(
    received: AsyncIterator[bytes], reader: CsvReader
) -> AsyncIterator[Sequence[CsvLine]]:
    waiting: list[CsvLine] = []
    try:
        async for piece in received:
            for start in range(0, len(piece), BYTES_AT_ONCE):
                waiting += reader.feed(piece[start : start + BYTES_AT_ONCE])
                await asyncio.sleep(0)
            while len(waiting) >= LINES_AT_ONCE:
                yield waiting[:LINES_AT_ONCE]
                waiting = waiting[LINES_AT_ONCE:]
    except SenderGone:
        reader.cut_off()
    waiting += reader.finish()
    if waiting:
        yield waiting
