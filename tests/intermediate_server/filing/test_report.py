"""A report is there for whoever reads it, however many do, until the last has read it."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, zip_longest

from intermediate_server.filing.report import KEPT_IN_MEMORY, Report


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
