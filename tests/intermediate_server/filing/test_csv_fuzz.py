"""Files of arbitrary bytes: each is refused in words, or each of its lines is read or refused."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from intermediate_server.filing.csv_file import CsvLine, CsvReader
from intermediate_server.filing.fields import FIELDS
from intermediate_server.filing.report import LineOutcome, Report
from tests.fuzzing import cases
from wire.catalogue import Catalogue, Problem

CASES = cases(400)
MOST_SAID = 1_000
"""Bytes that the report on a line takes at most, besides the line's cells: the sentences on three
faults, and the beginnings of six cells in them and before them. The worst line found takes 893."""

HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,氏名,整理番号"
GOOD = "加入,990010,990000000019,20261116,最上,1234567,01,20261101,試験　花子,R{}"

encodings = st.sampled_from(
    ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-32", "euc_jp"]
)
line_breaks = st.sampled_from(["\n", "\r\n", "\r", "\u2028", "\n\n"])
contents = st.one_of(
    st.text(max_size=12),
    st.sampled_from(['"', '""', ",", "\0", "\ufeff", "\u202e", "９", "令和99年1月1日", "99999999"]),
    st.sampled_from(GOOD.format(1).split(",")),
    st.integers().map(str),
)
words = st.sampled_from([one.element for one in FIELDS] + [one.japanese for one in FIELDS])


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Files that look like one of procedures, and are not."""
    header = draw(st.one_of(st.just(HEADER), st.lists(words, max_size=14).map(",".join)))
    lines = draw(st.lists(st.lists(contents, max_size=12).map(",".join), max_size=6))
    text = draw(line_breaks).join([header, *lines])
    return text.encode(draw(encodings), "replace")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file, some bytes of which were changed, taken out, or put in."""
    lines = "\r\n".join([HEADER, *(GOOD.format(number) for number in range(5)), ""])
    content = bytearray(lines.encode(draw(st.sampled_from(["utf-8", "cp932"]))))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content) - 1))
        content[place : place + draw(st.integers(0, 9))] = draw(st.binary(max_size=9))
        assume(content)
    return bytes(content)


files = st.one_of(st.binary(max_size=400), tables(), damaged())


def read(content: bytes, places: list[int]) -> list[CsvLine] | Problem:
    """Read a file that comes in pieces; return its lines, or why it is none."""
    reader = CsvReader()
    found: list[CsvLine] = []
    try:
        for start, end in pairwise([0, *sorted(places), len(content)]):
            found += reader.feed(content[start:end])
        return found + reader.finish()
    except Problem as problem:
        return problem


@settings(max_examples=CASES)
@given(content=files)
def test_a_file_of_any_bytes_is_refused_in_words_or_read_line_by_line(content: bytes) -> None:
    lines = read(content, [])
    if isinstance(lines, Problem):
        assert lines.entry is Catalogue.FILE_HEADER_WRONG
        assert lines.japanese.endswith("取り込まれていません。")
        return
    for line in lines:
        assert (line.procedure is None) != (line.fault is None)
        if line.fault is not None:
            assert line.fault.text.ja
            assert line.fault.text.en
    assert [line.number for line in lines] == sorted({line.number for line in lines})


@settings(max_examples=CASES)
@given(content=files, places=st.lists(st.integers(0, 400), max_size=6))
def test_how_a_file_comes_in_pieces_changes_nothing(content: bytes, places: list[int]) -> None:
    within = [min(place, len(content)) for place in places]
    in_pieces, at_once = read(content, within), read(content, [])
    if isinstance(in_pieces, Problem) and isinstance(at_once, Problem):
        assert in_pieces.japanese == at_once.japanese
    else:
        assert in_pieces == at_once


@settings(max_examples=CASES)
@given(bad=st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_a_line_of_any_bytes_spoils_no_other(bad: list[bytes]) -> None:
    lines = [GOOD.format(number).encode() for number in range(len(bad))]
    pairs = zip(bad, lines, strict=True)
    content = b"\n".join([HEADER.encode(), *(part for pair in pairs for part in pair)])
    found = read(content, [])
    assert isinstance(found, list)
    good = [line.procedure.reference for line in found if line.procedure is not None]
    assert good == [f"R{number}" for number in range(len(bad))]


ALL_COLUMNS = ",".join(one.element for one in FIELDS)
cells = st.one_of(contents, st.text(max_size=40), st.just("=だ"))


@settings(max_examples=CASES)
@example(line=",".join("だ" for _ in FIELDS))
@example(line=",".join("='\t\x01" for _ in FIELDS))
@example(line=",".join("\x01" * 20 for _ in FIELDS))
@given(line=st.lists(cells, min_size=len(FIELDS), max_size=len(FIELDS)).map(",".join))
def test_the_report_on_a_bad_line_is_bounded_by_the_line(line: str) -> None:
    content = line.encode("utf-8", "replace")
    found = read(b"\n".join([ALL_COLUMNS.encode(), content, b""]), [])
    assert isinstance(found, list)
    report = Report()
    refused = [one for one in found if one.fault is not None]
    code = Catalogue.INVALID_REQUEST.kind.code
    report.add(LineOutcome(one, None, one.fault, code) for one in refused)
    _, *lines = report.lines_written() if refused else [b""]
    # A sign that cannot be shown has one byte, and � has three; a cell's two quotation marks, which
    # it may not have had, are paid for by its comma. Nothing else of a cell grows as much.
    assert len(b"".join(lines)) <= 3 * len(content) + MOST_SAID * len(refused)
