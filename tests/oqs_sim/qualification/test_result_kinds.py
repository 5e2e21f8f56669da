"""What each kind of check says: by card, by number, and in bulk, as the official guide has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.sending import HANAKO_ASKED, check_all

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def said(response: Any) -> tuple[str, list[str]]:
    body = response.json()["MessageBody"]
    insurers = [
        one["ResultOfQualificationConfirmation"]["InsurerNumber"].strip()
        for one in body.get("ResultList", ())
    ]
    return body["QualificationValidity"], insurers


def said_in_bulk(oqs: Oqs) -> tuple[str, list[str]]:
    (unit,) = check_all(oqs.terminal, [HANAKO_ASKED])
    result = unit.get("ResultOfQualificationConfirmation")
    return unit["QualificationValidity"], [result["InsurerNumber"].strip()] if result else []


@pytest.mark.rules("P-024", "P-025")
def test_only_a_number_hears_that_a_new_qualification_exists(member: Oqs) -> None:
    member.report(2, insurer="06990014", QualificationDate="20230401",
                  DisqualificationDate="20240401", ReasonOfLoss="03")  # fmt: skip
    member.report(3, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(4, insurer="39990017", QualificationDate="20261115")
    # In the lag: the one that was lost last, for reference.
    assert said(member.check()) == ("2", ["990010"])
    assert said(member.check_number()) == said_in_bulk(member) == ("2", ["990010"])
    member.set_clock("2026-11-15T00:00:00+09:00")
    assert said(member.check()) == ("1", ["39990017"])
    assert said(member.check_number()) == said_in_bulk(member) == ("3", ["990010"])


def test_what_was_asked_by_number_is_repeated_and_by_card_nothing(member: Oqs) -> None:
    answer = member.check_number(ArbitraryIdentifier="p-7", InsurerNumber="  990010")
    body = answer.json()["MessageBody"]
    assert body["QualificationConfirmSearchInfo"]["InsurerNumber"] == "  990010"
    assert body["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] == "p-7"
    (item,) = body["ResultList"]
    assert item["ResultOfQualificationConfirmation"]["ArbitraryIdentifier"] == "p-7"
    assert "QualificationConfirmSearchInfo" not in member.check().json()["MessageBody"]
    nobody = member.check_number(InsuredIdentificationNumber="9", ArbitraryIdentifier="p-8")
    asked = nobody.json()["MessageBody"]["QualificationConfirmSearchInfo"]
    assert asked["ArbitraryIdentifier"] == "p-8"
