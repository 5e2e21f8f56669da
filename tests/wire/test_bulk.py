"""Changes as a table: what goes in comes out, and what is wrong is told by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.qualification import ReasonOfLoss
from wire.bulk import COLUMNS, HEADER, ChangeTable, TableError, written
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Sex

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
DAY = st.from_regex(r"[0-9]{8}", fullmatch=True)
changes = st.builds(
    lambda **fields: QualificationChange(**fields),  # noqa: PLW0108 # not what builds() guesses of the model
    person_reference=TEXT,
    version=st.integers(1, 999_999_999),
    insurer_number=TEXT,
    insurer_name=TEXT,
    insured_card_symbol=TEXT,
    insured_identification_number=TEXT,
    insured_branch_number=TEXT,
    name=TEXT,
    name_kana=TEXT,
    sex1=st.sampled_from(Sex),
    reason_of_loss=st.none() | st.sampled_from(ReasonOfLoss),
    birthdate=DAY,
    address=TEXT,
    post_number=TEXT,
    qualification_date=DAY,
    disqualification_date=st.none() | DAY,
    insured_partial_contribution_ratio=TEXT,
    visible_from=TEXT,
)


@given(st.lists(changes, max_size=4))
def test_changes_come_back_as_they_went(sent: list[QualificationChange]) -> None:
    table = ChangeTable.read(ChangeTable.of(sent).document)
    assert table.changes == tuple(sent)
    assert list(table.persons) == [change.person_reference for change in sent]


@given(st.lists(TEXT | st.just(r"\N"), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_a_text_that_looks_like_an_absent_element_is_none(values: list[str]) -> None:
    line = written(values)
    assert line.count("\t") == len(COLUMNS) - 1
    assert list(ChangeTable((line,)).rows) == [values]


@given(st.binary(max_size=60))
def test_whatever_comes_is_a_table_or_an_error_in_a_sentence(document: bytes) -> None:
    with pytest.raises(TableError, match=r"\.$"):
        ChangeTable.read(document)
    with pytest.raises(TableError, match=r"\.$"):
        ChangeTable.read(HEADER.encode() + document + b"?\n")


def test_a_wrong_line_is_told_by_number_column_and_value() -> None:
    values: list[object] = ["text"] * len(COLUMNS)
    for name, value in (
        ("version", 1), ("sex1", "1"), ("birthdate", "19800217"), ("reason_of_loss", "77"),
        ("qualification_date", "20240401"), ("disqualification_date", None),
        ("personal_family_classification", "1"),
    ):  # fmt: skip
        values[COLUMNS.index(name)] = value
    document = f"{HEADER}{written(values)}\n".encode()
    with pytest.raises(TableError, match="Line 2: ReasonOfLoss cannot be '77'"):
        ChangeTable.read(document)
