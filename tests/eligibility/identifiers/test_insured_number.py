from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.identifiers.insured_number import InsuredNumber, branch_expected
from eligibility.identifiers.numbers import InsurerKind, InvalidNumber

SAMPLE = InsuredNumber("000", "00000000", "00")

words = st.text("0123456789-東西ーアABC", min_size=1, max_size=8)
digits = st.text("0123456789", min_size=1, max_size=8)
branches = st.none() | st.integers(0, 99).map("{:02}".format)


@pytest.mark.rules("N-003", "R-081")
@pytest.mark.parametrize(
    "text",
    [
        "記号 000 番号 00000000 (枝番) 00",
        "記号　０００　番号　００００００００　（枝番）　００",
        "記号000番号00000000枝番0",
    ],
)
def test_the_sample_of_the_notice_is_read(text):
    assert InsuredNumber.from_print(text) == SAMPLE


@pytest.mark.rules("N-003")
def test_the_printed_line_without_a_branch_has_none():
    assert InsuredNumber.from_print("記号 000 番号 00000000") == InsuredNumber("000", "00000000")
    assert InsuredNumber.from_print("番号 99000011") == InsuredNumber("", "99000011")


@pytest.mark.rules("N-003")
@given(words, digits, branches)
def test_what_is_printed_is_read_back(symbol, number, branch):
    insured = InsuredNumber.parse(symbol, number, branch)
    assert InsuredNumber.from_print(str(insured)) == insured


@pytest.mark.rules("N-003")
@pytest.mark.parametrize(
    ("symbol", "number", "branch"),
    [
        ("１２－３", "４５６７", "１"),
        (" 12-3 ", "45 67", "01"),
        ("12−3", "45-67", " 01 "),
    ],
)
def test_what_people_write_differently_is_one_number(symbol, number, branch):
    assert InsuredNumber.parse(symbol, number, branch) == InsuredNumber("12-3", "4567", "01")


@pytest.mark.rules("N-003")
def test_leading_noughts_belong_to_a_number():
    assert InsuredNumber.parse("", "0012", None) != InsuredNumber.parse("", "12", None)


def test_a_long_vowel_of_a_symbol_stays():
    assert InsuredNumber.parse("サーバ", "1", None).symbol == "サーバ"


@pytest.mark.parametrize(
    ("symbol", "number", "branch", "message"),
    [
        ("12", "", None, "番号がありません"),
        ("12", " ", None, "番号がありません"),
        ("12", "1" * 21, None, "21文字"),
        ("1" * 21, "1", None, "記号が21文字"),
        ("12", "1\x002", None, "2文字目"),
        ("12", "34", "100", "2桁の数字"),
        ("12", "34", "a", "2桁の数字"),
    ],
)
def test_a_wrong_number_says_what_is_wrong(symbol, number, branch, message):
    with pytest.raises(InvalidNumber, match=message):
        InsuredNumber.parse(symbol, number, branch)


@pytest.mark.parametrize("text", ["", "000-00000000", "番号", "記号 番号 " + "1" * 100])
def test_a_line_without_symbol_and_number_is_refused(text):
    with pytest.raises(InvalidNumber):
        InsuredNumber.from_print(text)


@pytest.mark.rules("N-003")
def test_the_late_elderly_have_eight_digits_and_nothing_else():
    kouki = InsurerKind.KOUKI
    assert InsuredNumber.parse(None, "９９００ ００１１", "", kouki) == InsuredNumber(
        "", "99000011"
    )
    for symbol, number, branch in [
        (None, "9900001", None),
        ("12", "99000011", None),
        ("", "99000011", "00"),
    ]:
        with pytest.raises(InvalidNumber, match="後期高齢者医療"):
            InsuredNumber.parse(symbol, number, branch, kouki)


@pytest.mark.rules("N-003")
def test_branches_are_printed_from_october_2020_or_2021():
    assert not branch_expected(InsurerKind.KYOKAI, date(2020, 10, 18))
    assert branch_expected(InsurerKind.KYOKAI, date(2020, 10, 19))
    assert not branch_expected(InsurerKind.KOKUHO, date(2020, 12, 31))
    assert branch_expected(InsurerKind.KOKUHO, date(2021, 1, 1))
    assert branch_expected(InsurerKind.KUMIAI, date(2021, 1, 1))
    assert not branch_expected(InsurerKind.KOUKI, date(2026, 1, 1))
