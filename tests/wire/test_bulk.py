"""Changes as a table: what goes in comes out, and what is wrong is told by its line."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eligibility.days.dates import TOKYO
from eligibility.qualification import ReasonOfLoss
from wire.bulk import COLUMNS, HEADER, ChangeTable, TableError, written
from wire.dates import FIRST_YEAR, INSTANTS_BEGIN, INSTANTS_END, LAST_YEAR, write_day
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Sex
from wire.vocabulary.texts import has_unfit_character

TEXT = st.text(max_size=12).filter(lambda text: not has_unfit_character(text))
REFERENCE = TEXT.filter(bool)
DAY = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)).map(write_day)
INSTANT = st.datetimes(
    INSTANTS_BEGIN.replace(tzinfo=None, year=1950),
    INSTANTS_END.replace(tzinfo=None, year=2098),
    timezones=st.sampled_from((UTC, TOKYO)),
).map(datetime.isoformat)
changes = st.builds(
    lambda **fields: QualificationChange(**fields),  # noqa: PLW0108 # not what builds() guesses of the model
    person_reference=REFERENCE,
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
    disqualification_date=st.none() | st.just(f"{LAST_YEAR}1231"),
    insured_partial_contribution_ratio=TEXT,
    visible_from=INSTANT,
)
LEAVING = QualificationChange(
    person_reference="SIM-1",
    version=1,
    insurer_number="990010",
    insurer_name="最上型国民健康保険（模擬）",
    insured_identification_number="1234567",
    name="佐藤　花子",
    name_kana="ｻﾄｳ ﾊﾅｺ",
    sex1=Sex.FEMALE,
    birthdate="19800217",
    qualification_date="20240401",
    disqualification_date="20261130",
    insured_partial_contribution_ratio="030",
    visible_from="2026-12-01T00:00:00+09:00",
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


@pytest.mark.parametrize("day", ["99999999", "00000101", "20260229", "19000229", "20261131"])
def test_a_day_that_no_calendar_has_is_refused_before_it_is_kept(day: str) -> None:
    (line,) = ChangeTable.of([LEAVING]).lines
    with pytest.raises(TableError, match="Line 2: DisqualificationDate cannot be"):
        ChangeTable.read(f"{HEADER}{line.replace('20261130', day)}\n".encode())
    for good in ("20280229", "20400229", "20261130"):
        ChangeTable.read(f"{HEADER}{line.replace('20261130', good)}\n".encode())


@pytest.mark.parametrize(
    "at", ["now", "infinity", "2026-12-01", "9999-12-31T23:59:59-14:00", "2026-12-01T24:00:00Z"]
)
def test_an_instant_that_databases_read_differently_is_refused(at: str) -> None:
    (line,) = ChangeTable.of([LEAVING]).lines
    assert LEAVING.visible_from in line
    with pytest.raises(TableError, match="Line 2: VisibleFrom cannot be"):
        ChangeTable.read(f"{HEADER}{line.replace(LEAVING.visible_from, at)}\n".encode())


def test_a_loss_before_the_beginning_is_refused_in_either_form() -> None:
    (line,) = ChangeTable.of([LEAVING]).lines
    early = f"{HEADER}{line.replace('20261130', '20240331')}\n".encode()
    with pytest.raises(TableError, match="Line 2: DisqualificationDate lies before Qualification"):
        ChangeTable.read(early)
    with pytest.raises(ValidationError, match="DisqualificationDate lies before Qualification"):
        QualificationChange(**{**dict(LEAVING), "disqualification_date": "20240331"})
    ChangeTable.read(f"{HEADER}{line.replace('20261130', '20240401')}\n".encode())


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
