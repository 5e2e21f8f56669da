import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.cost.claims import (
    DISASTER_INSURER_NUMBER,
    UNKNOWN_INSURER_NUMBER,
    UNKNOWN_INSURER_NUMBER_ALTERNATIVE,
)
from eligibility.identifiers.numbers import (
    IndividualNumber,
    InsurerKind,
    InsurerNumber,
    InvalidNumber,
    MedicalInstitutionCode,
    PointTable,
    individual_check_digit,
    luhn_check_digit,
)

bodies = st.text("0123456789", min_size=7, max_size=7)


@pytest.mark.rules("N-002", "N-004", "P-081", "P-082")
@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("3312001", 5),
        ("0113001", 2),
        ("3928000", 3),
        ("7777777", 9),
        ("9999999", 7),
        ("08003", 6),
        ("011011371", 9),
    ],
)
def test_published_check_digits_hold(body, check):
    assert luhn_check_digit(body) == check


@pytest.mark.rules("N-001", "N-002")
@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("01990019", InsurerKind.KYOKAI),
        ("06990014", InsurerKind.KUMIAI),
        ("06990022", InsurerKind.KUMIAI),
        ("39990015", InsurerKind.KOUKI),
        ("990010", InsurerKind.KOKUHO),
        ("990028", InsurerKind.KOKUHO),
        ("993014", InsurerKind.KOKUHO_KUMIAI),
    ],
)
def test_the_fictional_insurers_are_valid_and_told_by_their_number(digits, kind):
    number = InsurerNumber(digits)
    assert number.kind is kind
    assert number.fictional
    assert number.padded() == digits.rjust(8)


@pytest.mark.rules("N-001")
def test_an_unknown_law_has_no_kind():
    number = InsurerNumber("2099001" + str(luhn_check_digit("2099001")))
    assert number.kind is None


@pytest.mark.rules("N-001", "P-083")
def test_employees_insurance_is_told_from_regional_insurance():
    regional = {InsurerKind.KOKUHO, InsurerKind.KOKUHO_KUMIAI, InsurerKind.KOUKI}
    assert {kind for kind in InsurerKind if not kind.employees} == regional


@pytest.mark.rules("N-001")
@pytest.mark.parametrize(
    "text",
    [
        "990010",
        "  990010",
        "00990010",
        "９９００１０",
        "　　９９００１０",
        " 99 0010 ",
        "99-001-0",
        "９９－００１０",
        "99‐0010",
        "99ー0010",
    ],
)
def test_a_number_is_read_as_people_and_files_write_it(text):
    number = InsurerNumber.parse(text)
    assert number == InsurerNumber("990010")
    assert str(number) == "990010"
    assert number.padded() == "  990010"
    assert InsurerNumber.parse(number.padded()) == number


@pytest.mark.rules("N-001", "N-002", "P-081", "P-082")
@pytest.mark.parametrize(
    ("text", "ja", "en"),
    [
        ("99001a", "6文字目「a」", "Character 6"),
        ("９９o０１０", "3文字目「o」", "Character 3"),
        ("", "がありません", "is missing"),
        (" - ", "がありません", "is missing"),
        ("٩٩٠٠١٠", "1文字目「٩」", "Character 1"),
        ("990\x0010", "4文字目「\ufffd」", "Character 4"),
        ("=1+1", "1文字目「=」", "Character 1"),
        ("9900100", "7桁", "7 digits"),
        ("1990019", "先頭の0が落ちていませんか（01990019）", "Has its leading 0 been dropped"),
        ("990011", "末尾は0", "should in 0"),
        (UNKNOWN_INSURER_NUMBER, "末尾は9", "should in 9"),
        (DISASTER_INSURER_NUMBER, "末尾は7", "should in 7"),
    ],
)
def test_a_wrong_number_says_what_is_wrong(text, ja, en):
    with pytest.raises(InvalidNumber) as caught:
        InsurerNumber.parse(text)
    assert ja in caught.value.text.ja
    assert en in caught.value.text.en
    assert caught.value.text.ja in str(caught.value)


@pytest.mark.rules("N-001", "N-002")
def test_an_error_names_the_place_and_the_digit_that_would_fit():
    with pytest.raises(InvalidNumber) as caught:
        InsurerNumber.parse("06990013")
    assert (caught.value.place, caught.value.expected) == (8, 4)
    with pytest.raises(InvalidNumber) as caught:
        InsurerNumber.parse("0699O014")
    assert (caught.value.place, caught.value.expected) == (5, None)


def test_an_error_repeats_little_of_what_was_entered():
    with pytest.raises(InvalidNumber) as caught:
        InsurerNumber.parse("x" * 10_000)
    assert len(str(caught.value)) < 300


@pytest.mark.rules("N-005")
@pytest.mark.parametrize("kind", [InsurerNumber, MedicalInstitutionCode])
def test_an_individual_number_in_the_wrong_field_is_not_repeated(kind):
    with pytest.raises(InvalidNumber, match="12桁") as caught:
        kind.parse("1234-5678-9018")
    assert "5678" not in str(caught.value)


def test_the_padding_of_a_number_is_no_part_of_it():
    with pytest.raises(InvalidNumber, match="990010"):
        InsurerNumber("00990010")


@pytest.mark.rules("N-001")
def test_a_number_is_taken_apart():
    number = InsurerNumber("06990014")
    parts = (number.law, number.prefecture, number.serial, number.check_digit)
    assert parts == ("06", "99", "001", 4)
    national = InsurerNumber("990028")
    parts = (national.law, national.prefecture, national.serial, national.check_digit)
    assert parts == (None, "99", "002", 8)


@pytest.mark.rules("N-004")
def test_an_institution_code_is_taken_apart():
    code = MedicalInstitutionCode("0110113719")
    parts = (code.prefecture, code.point_table, code.district, code.serial, code.check_digit)
    assert parts == ("01", PointTable.MEDICAL, "01", "1371", 9)


@pytest.mark.rules("N-002", "P-081")
def test_the_alternative_number_of_an_unknown_insurer_has_a_right_check_digit():
    assert InsurerNumber(UNKNOWN_INSURER_NUMBER_ALTERNATIVE).digits == "77777779"


@pytest.mark.rules("N-002")
@given(bodies, st.integers(0, 7), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(body, place, shift):
    digits = body + str(luhn_check_digit(body))
    wrong = str((int(digits[place]) + shift) % 10)
    with pytest.raises(InvalidNumber):
        InsurerNumber(digits[:place] + wrong + digits[place + 1 :])


@pytest.mark.rules("N-002")
@given(bodies, st.integers(0, 6))
def test_every_swap_of_neighbours_is_found_except_of_nought_and_nine(body, place):
    digits = body + str(luhn_check_digit(body))
    left, right = digits[place], digits[place + 1]
    swapped = digits[:place] + right + left + digits[place + 2 :]
    found = luhn_check_digit(swapped[:-1]) != int(swapped[-1])
    assert found == (left != right and {left, right} != {"0", "9"})


@pytest.mark.rules("N-002")
def test_each_of_the_63_wrong_digits_of_the_published_number_is_found():
    body, check = "0113001", 2
    wrong = [
        body[:place] + digit + body[place + 1 :]
        for place in range(7)
        for digit in "0123456789"
        if digit != body[place]
    ]
    assert len(wrong) == 63
    assert check not in {luhn_check_digit(one) for one in wrong}


@pytest.mark.rules("N-002")
def test_nought_and_nine_swapped_are_not_found():
    assert luhn_check_digit("0109001") == luhn_check_digit("0190001") == 8


def test_a_check_digit_is_of_digits_only():
    with pytest.raises(ValueError, match="digits only"):
        luhn_check_digit("12x")


@pytest.mark.rules("N-004")
@pytest.mark.parametrize(
    ("digits", "table"),
    [
        ("9910000018", PointTable.MEDICAL),
        ("9930000014", PointTable.DENTAL),
        ("9940000012", PointTable.PHARMACY),
        ("9960000017", PointTable.HOME_NURSING),
    ],
)
def test_the_fictional_institutions_are_valid(digits, table):
    code = MedicalInstitutionCode.parse(f" {digits} ")
    assert str(code) == digits
    assert code.point_table is table
    assert code.fictional


def test_a_real_prefecture_is_not_fictional():
    assert not MedicalInstitutionCode("0110113719").fictional


@pytest.mark.rules("N-004")
def test_a_point_table_without_a_name_is_none():
    body = "995000001"
    code = MedicalInstitutionCode(body + str(luhn_check_digit(body)))
    assert code.point_table is None


@pytest.mark.rules("N-004")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("991000001", "9桁"),
        ("9910000019", "末尾は8"),
        ("99100000aa", "9文字目「a」"),
        ("", "医療機関コードがありません"),
        ("110113719", "先頭の0が落ちていませんか（0110113719）"),
    ],
)
def test_a_wrong_institution_code_is_refused(text, message):
    with pytest.raises(InvalidNumber, match=message):
        MedicalInstitutionCode.parse(text)


@pytest.mark.rules("N-005")
@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("12345678901", 8),
        ("10000000011", 0),
        ("10000000003", 0),
        ("11111111111", 8),
        ("98765432109", 3),
        ("13579246801", 5),
        ("20260401001", 4),
    ],
)
def test_the_check_digit_of_an_individual_number(body, check):
    assert individual_check_digit(body) == check
    assert IndividualNumber.parse(f"{body[:4]} {body[4:8]} {body[8:]}{check}").digits == (
        f"{body}{check}"
    )


def test_the_check_digit_of_an_individual_number_needs_eleven_digits():
    with pytest.raises(ValueError, match="11 digits"):
        individual_check_digit("1234")


@pytest.mark.rules("N-005", "R-190")
def test_an_individual_number_shows_its_last_four_digits_only():
    number = IndividualNumber("123456789018")
    assert number.last_four == "9018"
    assert str(number) == "********9018"
    assert f"{number!r}" == "IndividualNumber('********9018')"


@pytest.mark.rules("N-005")
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("123456789019", 12),
        ("12345678901", None),
        ("12345678901x", 12),
        ("1234５678-90187", None),
        ("123456y89018", 7),
    ],
)
def test_a_wrong_individual_number_is_not_told(text, place):
    with pytest.raises(InvalidNumber) as caught:
        IndividualNumber.parse(text)
    assert not re.search(r"[0-9]{3}", str(caught.value))
    assert (caught.value.place, caught.value.expected) == (place, None)


@pytest.mark.rules("N-005")
@pytest.mark.parametrize("text", ["1234 5678 9018", "１２３４５６７８９０１８", "1234-5678-9018"])
def test_an_individual_number_is_read_as_people_write_it(text):
    assert IndividualNumber.parse(text) == IndividualNumber("123456789018")


@pytest.mark.rules("N-005")
def test_the_remainders_nought_and_one_are_not_told_apart():
    assert individual_check_digit("10000000011") == individual_check_digit("10000000003") == 0


def test_numbers_that_differ_only_in_how_they_are_written_are_one():
    written = ["06990014", "０６９９００１４", "0699 0014"]
    assert len({InsurerNumber.parse(text) for text in written}) == 1
    assert all(a == b for a, b in itertools.pairwise(map(InsurerNumber.parse, written)))
