"""Files of procedures, line by line: what is read, what is refused, and with which words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.qualification import ReasonOfLoss
from intermediate_server.filing.csv_file import CsvLine, CsvReader
from intermediate_server.filing.field_parsers import insured_number
from intermediate_server.filing.fields import BY_WORD, read_procedure
from intermediate_server.filing.lines import LONGEST_LINE, LineCutter, LineFault
from intermediate_server.procedures.kinds import ProcedureKind
from wire.catalogue import Catalogue, Problem

HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,氏名,整理番号"
GOOD = "加入,990010,990000000019,20261116,最上,1234567,01,20261101,,R1"


def read(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> list[CsvLine]:
    return read_bytes("\r\n".join((header, *lines, "")).encode(encoding))


def read_bytes(content: bytes, piece: int = 7) -> list[CsvLine]:
    reader = CsvReader()
    found = []
    for start in range(0, len(content), piece):
        found += reader.feed(content[start : start + piece])
    return found + reader.finish()


def only_fault(*lines: str, header: str = HEADER) -> str:
    (line,) = read(*lines, header=header)
    assert line.procedure is None
    assert line.fault is not None
    return line.fault.text.ja


def header_problem(content: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read_bytes(content)
    assert caught.value.entry is Catalogue.FILE_HEADER_WRONG
    assert "取り込まれていません" in caught.value.japanese
    return caught.value


@pytest.mark.parametrize("nothing", ["", ",,,,,,,,,", ", ,　,\t,,,,,,", '"",,,,,,,,,""'])
def test_a_line_with_nothing_in_it_is_none(nothing: str) -> None:
    assert [line.number for line in read(GOOD, nothing, GOOD, nothing)] == [2, 4]


def test_a_line_becomes_a_procedure() -> None:
    (line,) = read(GOOD)
    procedure = line.procedure
    assert procedure is not None
    assert line.number == 2
    assert procedure.kind is ProcedureKind.JOIN
    assert str(procedure.insurer_number) == "990010"
    assert (procedure.symbol, procedure.number, procedure.branch) == ("最上", "1234567", "01")
    assert procedure.qualified_on == date(2026, 11, 1)


def test_the_header_may_call_the_columns_by_their_elements_in_any_order() -> None:
    header = (
        "IndividualNumber,Kind,FiledOn,InsuredIdentificationNumber,InsurerNumber,QualificationDate"
    )
    (line,) = read("990000000019,join,2026-11-16,1234567,990010,R8.11.1", header=header)
    assert line.procedure is not None
    assert line.procedure.qualified_on == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("encoding", "header"),
    [
        ("utf-16", HEADER),
        # Without a mark only what is not Japanese shows it.
        ("utf-16-le", "Kind,InsurerNumber,IndividualNumber,FiledOn"),
        ("utf-16-be", "Kind,InsurerNumber,IndividualNumber,FiledOn"),
    ],
)
def test_a_file_in_utf_16_is_told_by_its_name(encoding: str, header: str) -> None:
    assert "UTF-16" in header_problem(f"{header}\r\n{GOOD}\r\n".encode(encoding)).japanese


@pytest.mark.parametrize(
    "begins", [b"PK\x03\x04\x14\x00\x06\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_a_workbook_is_to_be_saved_as_csv(begins: bytes) -> None:
    assert "CSV UTF-8" in header_problem(begins + b"\x00[Content_Types].xml\n\x00").japanese


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_utf_8_with_or_without_bom_and_shift_jis_are_read(encoding: str) -> None:
    (line,) = read(GOOD.replace(",,R1", ",髙橋　花子,R1"), encoding=encoding)
    assert line.procedure is not None
    assert line.procedure.name == "髙橋　花子"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_any_line_break_ends_a_line(line_break: str) -> None:
    lines = read_bytes(line_break.join((HEADER, GOOD, "", GOOD)).encode(), piece=1)
    assert [line.number for line in lines] == [2, 4]
    assert all(line.procedure for line in lines)


def test_quoted_cells_may_hold_commas_and_quotation_marks() -> None:
    (line,) = read(GOOD.replace(",,R1", ',"試験, ""花子""",R1'))
    assert line.procedure is not None
    assert line.procedure.name == '試験, "花子"'


def test_a_quotation_mark_that_is_not_closed_spoils_its_own_line_only() -> None:
    lines = read(GOOD.replace(",,R1", ',"試験,R1'), GOOD)
    assert lines[0].fault is not None
    assert "引用符" in lines[0].fault.text.ja
    assert lines[1].procedure is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("20261101", "20260231", "カレンダーにありません"),
        ("20261101", "あした", "日付「あした」が読めません"),
        ("990010", "990011", "検査用数字"),
        ("990010", "", "保険者番号が必要です"),
        ("990000000019", "990000000018", "検査用数字"),
        ("990000000019", "", "個人番号が必要です"),
        ("20261116", "", "届出日を入れてください"),
        ("加入", "入会", "届出種別「入会」はありません"),
        ("加入", "", "届出種別が必要です"),
        ("1234567", "", "番号が必要です"),
        ("1234567", "1" * 21, "20文字まで"),
        (",01,", ",ABC,", "枝番「ABC」が読めません"),
        ("最上", "最\x07上", "制御文字"),
        ("加入", "死亡", "「死亡」の届出に資格取得日は入れられません"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(old: str, new: str, words: str) -> None:
    assert words in only_fault(GOOD.replace(old, new, 1))


def test_all_that_is_wrong_with_a_line_is_said_at_once() -> None:
    said = only_fault(GOOD.replace("990010", "990011").replace("20261101", "20261131"))
    assert "検査用数字" in said
    assert "20261131" in said


def test_an_individual_number_is_never_repeated() -> None:
    assert "990000000018" not in only_fault(GOOD.replace("990000000019", "990000000018"))


@pytest.mark.parametrize("line", [GOOD + ",x", GOOD.rpartition(",")[0], "だめ"])
def test_a_wrong_number_of_columns_is_counted(line: str) -> None:
    said = only_fault(line)
    assert f"列が{line.count(',') + 1}個" in said
    assert "見出しは10個" in said


def test_a_nul_spoils_its_own_line_only() -> None:
    lines = read(GOOD.replace("最上", "最\0上"), GOOD)
    assert lines[0].fault is not None
    assert "NUL" in lines[0].fault.text.ja
    assert lines[1].procedure is not None


def test_an_absurdly_long_line_is_refused_and_not_kept() -> None:
    reader = CsvReader()
    reader.feed(HEADER.encode() + b"\n")
    for _ in range(1000):
        assert reader.feed(b"x" * 10_000) == []
    assert len(reader._cutter._rest) <= LONGEST_LINE
    lines = reader.feed(f"\n{GOOD}\n".encode())
    assert lines[0].fault is not None
    assert "長すぎます" in lines[0].fault.text.ja
    assert lines[1].procedure is not None


def test_what_is_neither_utf_8_nor_shift_jis_is_refused_line_by_line() -> None:
    lines = read_bytes(f"{HEADER}\n{GOOD}\n".encode() + b"\xff\xfe\n" + GOOD.encode())
    assert [line.procedure is not None for line in lines] == [True, False, True]
    assert lines[1].fault is not None
    assert "文字コード" in lines[1].fault.text.ja


def test_a_file_that_is_cut_in_the_middle_gives_what_was_whole() -> None:
    content = f"{HEADER}\n{GOOD}\n{GOOD}".encode()
    lines = read_bytes(content[:-30])
    assert [line.procedure is not None for line in lines] == [True, False]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "ありません"),
        ("だめ,保険者番号", "「だめ」という列はありません"),
        (HEADER + ",氏名", "「氏名」が2回"),
        (HEADER + ",Name", "「氏名」が2回"),
        ("届出種別,保険者番号,番号", "「個人番号、届出日」がありません"),
        ('届出種別,"保険者番号', "読めません"),
        ("x" * (LONGEST_LINE + 1), "長すぎます"),
        ("\0", "NUL"),
    ],
)
def test_a_wrong_header_refuses_the_whole_file(header: str, words: str) -> None:
    assert words in header_problem(f"{header}\n{GOOD}\n".encode()).japanese


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xef"])
def test_an_empty_file_says_so(content: bytes) -> None:
    header_problem(content)


def test_the_same_line_has_the_same_key_whoever_it_is_about() -> None:
    one, again, other, changed = read(
        GOOD, GOOD, GOOD.replace("990000000019", "990000000027"), GOOD.replace("R1", "R2")
    )
    keys = [line.procedure.content_key for line in (one, again, other, changed) if line.procedure]
    assert keys[0] == keys[1] == keys[2] != keys[3]


@given(st.lists(st.binary(max_size=60)), st.integers(1, 30))
def test_whatever_comes_is_cut_into_the_lines_that_it_has(pieces: list[bytes], size: int) -> None:
    content = b"".join(pieces)
    cutter = LineCutter()
    lines: list[str | LineFault] = []
    for start in range(0, len(content), size):
        lines += cutter.feed(content[start : start + size])
    lines += cutter.finish()
    assert len(lines) == len(content.removeprefix(b"\xef\xbb\xbf").splitlines())


@given(st.binary(max_size=400), st.integers(1, 50))
def test_whatever_comes_after_a_header_each_line_is_read_or_refused(
    content: bytes, size: int
) -> None:
    lines = read_bytes(f"{HEADER}\n{GOOD}\n".encode() + content, size)
    assert lines[0].procedure is not None
    assert all((line.procedure is None) is (line.fault is not None) for line in lines)
    assert [line.number for line in lines] == sorted({line.number for line in lines})


@given(
    st.lists(
        st.text(st.characters(blacklist_characters='\r\n,"\0'), max_size=25),
        min_size=10,
        max_size=10,
    )
)
def test_whatever_the_cells_say_a_line_is_read_or_refused(cells: list[str]) -> None:
    content = f"{HEADER}\n{','.join(cells)}\n".encode("utf-8", "surrogatepass")
    for line in read_bytes(content, 1000):
        assert (line.procedure is None) is (line.fault is not None)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (",01,", ",1,"),
        (",01,", ",０１,"),
        ("20261101", "2026/11/1"),
        ("20261116", "R8.11.16"),
        ("20261116", "令和8年11月16日"),
    ],
)
def test_what_a_spreadsheet_writes_in_another_way_is_no_other_content(
    usual: str, other: str
) -> None:
    lines = read(GOOD, GOOD.replace(usual, other))
    assert all(line.procedure for line in lines)
    first, second = (line.procedure.content_key for line in lines if line.procedure)
    assert first == second


def test_the_digest_of_a_line_is_that_of_the_same_procedure_in_json() -> None:
    (line,) = read(GOOD.replace(",01,", ",1,"))
    elements = [BY_WORD[word].element for word in HEADER.split(",")]
    cells = GOOD.replace("20261101", "R081101").split(",")
    written = read_procedure(dict(zip(elements, cells, strict=True)))
    assert line.procedure is not None
    assert line.procedure.content_key == written.content_key


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("990000000019", "9.9E+11", "12桁を入れ直してください"),
        ("990000000019", "9.92443E+11", "書式を「文字列」にする"),
        ("1234567", "1.23457E+12", "番号を入れ直してください"),
        ("1234567", "1月2日", "日付に直した形です"),
        ("1234567", "2026/1/2", "日付に直した形です"),
        ("20261101", "46327", "令和8年11月1日"),
        ("20261101", "46327", "20261101 のように入れ直してください"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_told_with_how_to_keep_it(
    old: str, new: str, words: str
) -> None:
    said = only_fault(GOOD.replace(old, new))
    assert words in said
    assert "Excel" in said
    if old.startswith("99"):
        assert "9.92443" not in said, "no sentence repeats an individual number"


@pytest.mark.parametrize("word", ["転出", "その他", "99"])
def test_who_moves_away_has_the_code_of_all_others(word: str) -> None:
    header = HEADER.replace("資格取得日", "資格喪失日") + ",喪失事由"
    (line,) = read(GOOD.replace("加入", "喪失") + f",{word}", header=header)
    assert line.procedure is not None
    assert line.procedure.reason_of_loss is ReasonOfLoss.OTHER


@pytest.mark.rules("N-003")
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("5０00004", "5000004"),
        ("５０００００４", "５０００００４"),
        ("１２　３", "１２　３"),
        ("ﾓｶﾞﾐ", "モガミ"),
        ("①", "1"),
        ("最上１", "最上１"),
        ("最上1", "最上1"),
    ],
)
def test_a_number_is_kept_half_or_full_width_throughout(written: str, kept: str) -> None:
    assert insured_number(written) == kept
