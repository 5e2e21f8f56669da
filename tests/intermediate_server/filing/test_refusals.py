"""A refusal names the field and what stands in it, in a file and on the page alike."""

from __future__ import annotations

import csv
import html
import io
from typing import Any

import pytest

from tests.intermediate_server.conftest import MOGAMI, individual_number
from tests.intermediate_server.filing.test_file_intake import rows, send

JOINING = {
    "Kind": "join", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
    "FiledOn": "20261116", "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "9",
    "InsuredBranchNumber": "01", "QualificationDate": "20261101",
}  # fmt: skip
OF_MEMBER = {"IndividualNumber": individual_number(2), "InsuredIdentificationNumber": "7"}


@pytest.fixture
def office(deployment: Any) -> Any:
    for person in (1, 2):
        deployment.register(person)
    deployment.file(person=2, InsuredIdentificationNumber="7", ReferenceNumber="R1")
    return deployment


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"QualificationDate": "あした"}, ["資格取得日", "「あした」"]),
        ({"QualificationDate": "20261301"}, ["資格取得日", "「20261301」"]),
        ({"QualificationDate": "19790101"}, ["資格取得日 1979年1月1日", "生年月日 1980年2月17日"]),
        ({"QualificationDate": "R28.11.1"}, ["資格取得日 令和28年11月1日"]),
        ({"FiledOn": "20261117"}, ["届出日 2026年11月17日"]),
        ({"FiledOn": "19480101", "QualificationDate": "19801101"}, ["届出日 1948-01-01"]),
        ({"InsuredIdentificationNumber": "1" * 25}, ["番号", f"「{'1' * 20}…」", "25文字"]),
        ({"InsuredCardSymbol": "最\x07上"}, ["記号", "「最�上」"]),
        ({"InsuredBranchNumber": "ABC"}, ["枝番「ABC」"]),
        ({"InsuredPartialContributionRatio": "4割"}, ["負担割合「4割」"]),
        ({"LimitClassificationFlag": "カ"}, ["限度額適用区分「カ」"]),
        ({"CertificateNeeded": "要"}, ["資格確認書発行要否「要」"]),
        (
            {
                "LimitClassificationFlag": "ウ",
                "EffectiveDate": "20270101",
                "ValidUntil": "20260101",
            },
            ["有効期限 2026年1月1日", "適用日 2027年1月1日"],
        ),
        ({"InsuredIdentificationNumber": "7"}, ["記号・番号・枝番「最上 7 01」"]),
        (OF_MEMBER, ["資格取得日 2026年11月1日", "最上 7 01"]),
        (
            {"Kind": "leave", "DisqualificationDate": "20261101", "ReasonOfLoss": "99"},
            ["記号・番号・枝番「最上 9 01」"],
        ),
        (
            {**OF_MEMBER, "Kind": "address", "Address": "県", "ReferenceNumber": "R1"},
            ["整理番号「R1」"],
        ),
        (
            {**OF_MEMBER, "Kind": "seventy", "InsuredPartialContributionRatio": "1割"},
            ["負担割合「1割」"],
        ),
        ({"InsuredPartialContributionRatio": "2割"}, ["負担割合「2割」", "3割"]),
        (
            {
                **OF_MEMBER,
                "Kind": "ratio",
                "InsuredPartialContributionRatio": "2割",
                "EffectiveDate": "20270101",
            },
            ["負担割合「2割」", "令和9年1月1日"],
        ),
    ],
)
def test_a_refusal_names_the_field_and_what_stands_in_it(
    office: Any, wrong: dict[str, str], named: list[str]
) -> None:
    filed = {**JOINING, **wrong}
    if filed["Kind"] != "join":
        del filed["QualificationDate"]
    written = io.StringIO()
    csv.writer(written).writerows([list(filed), list(filed.values())])
    (line,) = rows(send(office, written.getvalue().encode()))
    assert line["結果"] == "不受理"
    page = office.pages.post("/file", data=filed)
    assert page.status_code in {409, 422}
    shown = html.unescape(page.text)
    for words in named:
        assert words in line["内容"]
        assert words in shown


def test_a_file_that_corrects_what_is_not_there_is_told_so_and_the_page_lets_choose(
    office: Any,
) -> None:
    wrong = {**OF_MEMBER, "Kind": "correct", "CorrectedVersion": "9", "Reason": "誤り"}
    filed = {**JOINING, **wrong}
    del filed["QualificationDate"]
    written = io.StringIO()
    csv.writer(written).writerows([list(filed), list(filed.values())])
    (line,) = rows(send(office, written.getvalue().encode()))
    assert "訂正する版 9" in line["内容"]
    assert "最上 7 01" in line["内容"]
    page = office.pages.post("/file", data=filed)
    assert '<button name="Choose" value="1">' in page.text
