from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.sending import HANAKO_ASKED, message
from tests.oqs_sim.conftest import ICHIRO
from wire.messages.xml_writer import write_xml
from wire.vocabulary.inquiry import NumberInquiry

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def validity(response: object) -> str:
    return response.json()["MessageBody"]["QualificationValidity"]  # type: ignore[attr-defined, no-any-return]


def test_a_known_number_is_valid(member: Oqs) -> None:
    assert validity(member.check_number()) == "1"


def test_a_padded_number_and_a_missing_branch_are_understood(member: Oqs) -> None:
    assert validity(member.check_number(InsurerNumber="  990010")) == "1"
    assert validity(member.check_number(InsuredBranchNumber=None)) == "1"  # type: ignore[arg-type]


def test_an_unknown_number_is_none(member: Oqs) -> None:
    answer = member.check_number(InsuredIdentificationNumber="7654321")
    assert validity(answer) == "4"
    assert "ResultList" not in answer.json()["MessageBody"]


def test_another_birthdate_is_no_match(member: Oqs) -> None:
    assert validity(member.check_number(Birthdate="19800218")) == "4"


def test_a_lost_number_is_invalid_and_says_when_a_new_one_exists(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="03")
    answer = member.check_number()
    assert validity(answer) == "2"
    member.report(3, insurer="06990014", QualificationDate="20261101")
    assert validity(member.check_number()) == "3"


def test_a_family_without_branches_is_several(member: Oqs) -> None:
    ichiro = member.resident(ICHIRO, "佐藤　一郎", "19800217")
    member.report(1, PersonReference=ichiro, InsuredBranchNumber="02", Name="佐藤　一郎")
    assert validity(member.check_number(InsuredBranchNumber=None)) == "5"  # type: ignore[arg-type]
    assert validity(member.check_number(InsuredBranchNumber="02")) == "1"


def test_a_wrong_check_digit_is_told(member: Oqs) -> None:
    refused = member.check_number(InsurerNumber="990011")
    assert refused.status_code == 422
    assert refused.json()["code"] == "SIM-INVALID-NUMBER"


def test_a_day_that_does_not_exist_is_told(member: Oqs) -> None:
    refused = member.check_number(Birthdate="19800231")
    assert refused.status_code == 422
    assert "19800231" in refused.json()["detail"]


def test_a_confirmation_day_looks_at_that_day(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="03")
    body = member.check(QualificationConfirmationDate="20261031").json()["MessageBody"]
    assert body["QualificationValidity"] == "1"


WRITTEN = [
    ("12-34", "7654321"),
    ("１２－３４", "７６５４３２１"),
    ("12‐34", "765 4321"),
    ("12 − 34", "765-4321"),
    ("　12—34", "7654321　"),
]


@pytest.mark.parametrize("reported", WRITTEN)
@pytest.mark.rules("P-026")
def test_a_number_is_found_however_it_is_written(member: Oqs, reported: tuple[str, str]) -> None:
    symbol, number = reported
    member.report(2, InsuredCardSymbol=symbol, InsuredIdentificationNumber=number)
    for asked_symbol, asked_number in WRITTEN:
        asked = {"InsuredCardSymbol": asked_symbol, "InsuredIdentificationNumber": asked_number}
        answer = member.check_number(**asked)
        assert validity(answer) == "1", asked
        assert validity(member.check_number(**asked, InsuredBranchNumber="１")) == "1"
        found = answer.json()["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"]
        assert found["InsuredCardSymbol"] == symbol  # as the insurer has it
    assert validity(member.check_number(InsuredCardSymbol="12-35")) == "4"


def test_a_birthdate_in_full_width_is_that_day_in_every_form(member: Oqs) -> None:
    wide = "１９８００２１７"
    for written in (wide, " 19800217 ", "１９８００２１７　"):
        assert validity(member.check_number(Birthdate=written)) == "1", written
    assert validity(member.check_number(Birthdate="１９８００２１８")) == "4"
    for none in ("１９８００２３１", "1980-02-17", "1980 0217", "十九"):
        refused = member.check_number(Birthdate=none)
        assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
        assert "その日付はありません" in refused.json()["japanese"]
    body = {"QualificationConfirmSearchInfo": {**HANAKO_ASKED, "Birthdate": wide}}
    asked = {"XmlMsg": message(body)}
    answer = member.terminal.post("/qualification/number", json=asked).json()["XmlMsg"]
    assert answer["MessageBody"]["QualificationValidity"] == "1"
    document = write_xml(NumberInquiry.model_validate(message(body)))
    assert wide in document.decode()
    xml = member.terminal.post(
        "/qualification/number", content=document, headers={"Content-Type": "application/xml"}
    )
    assert "<QualificationValidity>1</QualificationValidity>" in xml.text


def test_a_long_vowel_mark_of_a_symbol_is_no_hyphen(member: Oqs) -> None:
    member.report(2, InsuredCardSymbol="ｻｰﾊﾞ")
    assert validity(member.check_number(InsuredCardSymbol="サーバ")) == "1"
    assert validity(member.check_number(InsuredCardSymbol="サ-バ")) == "4"


def test_what_would_become_too_long_is_compared_as_it_stands(member: Oqs) -> None:
    member.report(2, InsuredCardSymbol="㈱" * 20)
    assert validity(member.check_number(InsuredCardSymbol="㈱" * 20)) == "1"


def test_branch_nought_and_none_are_two_things(member: Oqs) -> None:
    ichiro = member.resident(ICHIRO, "佐藤　一郎", "19800217")
    same = {"InsuredIdentificationNumber": "5550001"}
    member.report(2, InsuredBranchNumber="00", **same)
    member.report(1, PersonReference=ichiro, InsuredBranchNumber="", Name="佐藤　一郎", **same)

    def named(branch: str) -> str:
        body = member.check_number(InsuredBranchNumber=branch, **same).json()["MessageBody"]
        item: str = body["ResultList"][0]["ResultOfQualificationConfirmation"]["Name"]
        return item

    assert named("00") == named("0") == named("００") == "佐藤　花子"
    # Who does not tell a branch, be it by an empty element, may mean either.
    for untold in ("", None):
        asked: dict[str, Any] = {"InsuredBranchNumber": untold, **same}
        assert validity(member.check_number(**asked)) == "5"


def test_a_number_given_again_in_another_width_is_in_force(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20260401", ReasonOfLoss="03")
    member.report(3, InsuredIdentificationNumber="１２３４５６７", QualificationDate="20260801")
    assert validity(member.check_number()) == "1"


@pytest.mark.rules("P-033")
def test_what_was_lost_more_than_ten_years_ago_is_known_no_more(member: Oqs) -> None:
    member.report(
        2, QualificationDate="20120401", DisqualificationDate="20161109", ReasonOfLoss="03"
    )
    asked_back = {"QualificationConfirmationDate": "20161108"}
    for now, validity, then in (("09", "2", "1"), ("10", "4", "4")):
        member.set_clock(f"2026-11-{now}T23:59:00+09:00")
        body = member.check_number().json()["MessageBody"]
        assert body["QualificationValidity"] == validity
        assert member.check().json()["MessageBody"]["QualificationValidity"] == validity
        before = member.check(**asked_back).json()["MessageBody"]
        assert before["QualificationValidity"] == then, "whatever day is asked for"
        bodies = (body, before)
        assert all(bool(one.get("ResultList")) is (validity == "2") for one in bodies)
