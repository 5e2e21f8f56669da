"""Files for a spreadsheet: what stands in a cell is there after a double click, and read back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.forms.spreadsheet import BEGINS_A_FORMULA, as_cell, as_typed, csv_lines


@pytest.mark.parametrize(
    "text",
    ["01", "06990014", "0000024", "00", "０１", "123456789012", "12345678e1234567", "1Ｅ5", "1.10",
     "(1)", "（１）", "1-2", "3/1", "１－２", "1-2-3", " 01"],
)  # fmt: skip
def test_what_a_spreadsheet_would_change_is_written_as_a_text(text: str) -> None:
    assert as_cell(text) == f'="{text}"'
    assert csv_lines([[text]]) == f'"=""{text}"""\r\n'.encode()
    assert as_typed(as_cell(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "0", "1", "990010", "20261120", "2026-11-20", "09:10", "最上", "990-0101", "090-1234-5678",
     "1.5", "p01", "最上 01"],
)  # fmt: skip
def test_what_it_leaves_alone_is_written_as_it_is(text: str) -> None:
    assert as_cell(text) is text
    assert as_typed(text) is text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_every_cell_is_read_back_as_it_was_but_for_a_formula(text: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_lines([[text]]).decode()), strict=True)
    assert as_typed(cell) == (f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text)
