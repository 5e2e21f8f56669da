"""Days as clerks write them, the year that they meant, and the day that is read back to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.filing.field_parsers import (
    Unreadable,
    day,
    inpatient_days,
    papers,
    ratio,
    reason_of_loss,
    sex,
    version,
    with_year,
)
from tests.intermediate_server.conftest import individual_number
from tests.intermediate_server.filing.test_file_intake import file_of, joining, rows, send

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    "written",
    [
        "R081120",
        "r8.11.20".upper(),
        "令和081120",
        "Ｒ０８１１２０",
        "令和8年11月20日",
        "2026/11/20",
    ],
)
def test_a_day_of_an_era_is_read_also_without_marks(written: str) -> None:
    assert day(written) == date(2026, 11, 20)


@pytest.mark.parametrize("written", ["R81120", "R0811201", "R083320", "11/20"])
def test_what_could_be_several_days_is_none(written: str) -> None:
    with pytest.raises(Unreadable):
        day(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("H31.4.30", date(2019, 4, 30)),
        ("R1.5.1", date(2019, 5, 1)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("S64.1.7", date(1989, 1, 7)),
        ("H1.1.8", date(1989, 1, 8)),
    ],
)
def test_an_era_has_its_own_days_to_the_last(written: str, meant: date) -> None:
    assert day(written) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("R0.1.1", "令和0年はありません"),
        ("R000101", "令和0年はありません"),
        ("R1.4.30", "平成31年4月30日"),
        ("H38.12.28", "令和8年12月28日"),
        ("平成31年5月1日", "令和元年5月1日のことであれば、20190501 "),
        ("H1.1.7", "昭和64年1月7日"),
        ("S64.1.8", "平成元年1月8日"),
        ("S640108", "平成元年1月8日"),
    ],
)
def test_a_day_that_no_era_had_is_told_with_the_one_that_is_meant(written: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        day(written)
    assert said in caught.value.text.ja


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (papers, "-1"),
        (papers, "－１"),
        (inpatient_days, "-95日"),
        (version, "-1"),
        (ratio, "-1割"),
        (reason_of_loss, "-1"),
        (sex, "-1"),
    ],
)
def test_a_count_below_nothing_is_not_read_as_one_above(
    read: Callable[[str], Any], written: str
) -> None:
    with pytest.raises(Unreadable):
        read(written)
    read(written.strip("-－"))


@pytest.mark.parametrize(
    ("written", "near", "meant"),
    [
        ("11/20", TODAY, "2026-11-20"),
        ("１／５", TODAY, "2027-01-05"),
        ("11月20日", TODAY, "2026-11-20"),
        ("12/28", date(2027, 1, 4), "2026-12-28"),
        ("5/20", TODAY, "5/20"),
        ("2/30", TODAY, "2/30"),
        ("20261120", TODAY, "20261120"),
        ("", TODAY, ""),
    ],
)
def test_a_day_without_a_year_is_of_the_nearest_one_where_none_else_can_be_meant(
    written: str, near: date, meant: str
) -> None:
    assert with_year(written, near) == meant


FORM = {
    "Kind": "join", "InsurerNumber": "990010", "IndividualNumber": individual_number(1),
    "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "01",
}  # fmt: skip


def test_a_clerk_types_a_day_without_its_year_and_reads_which_was_meant(deployment: Any) -> None:
    deployment.register()
    pages = deployment.pages
    shown = pages.get("/file/preview", params={**FORM, "QualificationDate": "11/20"}).text
    assert "資格取得日　<b>令和8年11月20日（金）</b>" in shown
    filed = pages.post("/file", data={**FORM, "QualificationDate": "11/20"}, follow_redirects=True)
    receipt = filed.text[filed.text.index('id="receipt"') :]
    assert "資格取得日　<b>令和8年11月20日（金）</b>" in receipt
    family = {
        "Kind": "leave", "InsurerNumber": "990010", "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1", "DisqualificationDate": "12/25",
        "ReasonOfLoss": "99", "IndividualNumber.0": individual_number(1),
        "InsuredBranchNumber.0": "01",
    }  # fmt: skip
    told = pages.post("/household", data=family).text
    assert "資格喪失日 令和8年12月25日（金）、1か月先" in told


def test_a_mistyped_era_is_refused_on_every_way(deployment: Any) -> None:
    deployment.register()
    typed = {**FORM, "QualificationDate": "R28.11.20"}
    shown = deployment.pages.get("/file/preview", params=typed).text
    assert "令和28年11月20日（火）、20年先" in shown
    page = deployment.pages.post("/file", data=typed)
    assert page.status_code == 409
    assert "資格取得日 令和28年11月20日（火）、20年先は、先すぎる日です" in page.text
    over_line = deployment.file(QualificationDate="R28.11.20")
    assert over_line.status_code == 409
    assert "20 years ahead" in over_line.json()["detail"]
    (line,) = rows(send(deployment, file_of(joining(1).replace("20261101", "R281120"))))
    assert "先すぎる日です" in line["内容"]


@pytest.mark.parametrize(
    ("procedure", "taken"),
    [
        ({"QualificationDate": "20271116"}, True),
        ({"QualificationDate": "20271117"}, False),
        ({"Kind": "leave", "DisqualificationDate": "20271117", "ReasonOfLoss": "99"}, False),
        ({"Kind": "address", "Address": "県", "EffectiveDate": "20271117"}, False),
        ({"Kind": "limit", "LimitClassificationFlag": "ウ", "ValidUntil": "20281116"}, True),
        ({"Kind": "limit", "LimitClassificationFlag": "ウ", "ValidUntil": "20281117"}, False),
    ],
)
def test_a_day_lies_a_year_ahead_at_most(
    deployment: Any,
    procedure: dict[str, str],
    taken: bool,  # noqa: FBT001 # a parameter of the test
) -> None:
    deployment.register()
    if "Kind" in procedure:
        deployment.file().raise_for_status()
    assert deployment.file(**procedure).status_code == (201 if taken else 409)


def test_the_answer_over_the_line_and_the_report_of_a_file_read_the_days_back(
    deployment: Any,
) -> None:
    for person in (1, 2):
        deployment.register(person)
    receipt = deployment.file(QualificationDate="20270301").json()
    assert receipt["StatedDays"] == [
        {
            "Field": "QualificationDate",
            "Date": "20270301",
            "Japanese": "令和9年3月1日（月）、3か月先",
        }
    ]
    (line,) = rows(send(deployment, file_of(joining(2))))
    assert line["日付"] == "資格取得日 令和8年11月1日（日）"
