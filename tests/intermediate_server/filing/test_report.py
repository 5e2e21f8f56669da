"""A report is there for whoever reads it, however many do, until the last has read it."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

import httpx2
import pytest

from intermediate_server.acceptance import Acceptance
from intermediate_server.filing import file_intake
from intermediate_server.filing import report as report_module
from intermediate_server.filing.file_intake import FileIntake
from intermediate_server.filing.report import KEPT_IN_MEMORY, Report
from intermediate_server.oqs_client import OqsClient
from intermediate_server.policies import load_policies
from intermediate_server.procedures.change import UNKNOWN_SOURCE
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.schema import metadata
from wire.clock import ClockMode, ClockReading, RemoteClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,整理番号\r\n".encode()
FAULTY = ("入会,990010,990000000018,20261316,最上,1,01,20261101,R1\r\n".encode()) * 100
"""A hundred lines, none of which can be read."""
AT = datetime(2026, 11, 16, 1, tzinfo=UTC)


def long_report() -> tuple[Report, bytes]:
    """Return a report that is too long for memory, and what it says."""
    report = Report()
    for line in range(2, 2 + KEPT_IN_MEMORY // 100):
        report.interrupt(line, f"{line} " * 20)
    return report, b"".join(report.pieces())


def test_one_that_is_let_go_of_while_it_is_sent_is_sent_to_its_end() -> None:
    report, whole = long_report()
    sent = report.pieces()
    begun = next(sent)
    del report
    gc.collect()
    assert begun + b"".join(sent) == whole


def test_several_read_it_at_once() -> None:
    report, whole = long_report()
    both = list(zip_longest(report.pieces(), report.lines_written(), fillvalue=b""))
    assert b"".join(piece for piece, _ in both) == whole
    assert b"".join(line for _, line in both) == whole
    with ThreadPoolExecutor(4) as readers:
        read = readers.map(lambda _: b"".join(report.pieces()), range(8))
        assert set(read) == {whole}
    assert list(chain.from_iterable(report.lines_written())) == list(whole)


def test_nothing_is_left_of_one_that_nobody_reads() -> None:
    report, _ = long_report()
    file = report._file
    del report
    gc.collect()
    assert file.closed


@pytest.mark.asyncio
async def test_a_report_of_faulty_lines_takes_as_much_memory_however_many_they_are(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_intake, "LINES_AT_ONCE", 500)
    monkeypatch.setattr(report_module, "KEPT_IN_MEMORY", 1 << 16)
    now = ClockReading(mode=ClockMode.FROZEN, now=AT, rate=0, revision=1, began=AT)
    clock = httpx2.MockTransport(
        lambda _: httpx2.Response(200, content=now.model_dump_json(by_alias=True))
    )
    store = open_store(new_database(metadata, MIGRATIONS))

    async def most_memory_for(lines: int) -> int:
        async def sent() -> AsyncIterator[bytes]:
            yield HEADER
            for _ in range(lines // 100):
                yield FAULTY
                await asyncio.sleep(0)

        tracemalloc.start()
        length = 0
        async for piece in await intake.streamed(sent(), UNKNOWN_SOURCE, None):
            length += len(piece)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert length > 100 * lines
        return most

    async with httpx2.AsyncClient(transport=clock, base_url="http://clock") as client:
        acceptance = Acceptance(
            store.ledger, load_policies(), OqsClient(client), RemoteClock(client)
        )
        intake = FileIntake(acceptance, store)
        few = await most_memory_for(1_500)
        many = await most_memory_for(9_000)
    store.close()
    assert many < 1.2 * few
