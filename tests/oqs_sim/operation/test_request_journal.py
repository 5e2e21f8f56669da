"""The journal of requests: searched, bounded, without anything personal; and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def requests(oqs: Oqs, **query: Any) -> list[dict[str, Any]]:
    answer = oqs.console.get("/sim/operation/requests", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["Requests"]
    return found


def near(oqs: Oqs, **search: str) -> list[str]:
    answer = oqs.check_number(**search)
    assert answer.json()["MessageBody"]["QualificationValidity"] == "4"
    misses: list[str] = requests(oqs, RequestId=answer.headers["X-Request-Id"])[0]["NearMisses"]
    return misses


@pytest.mark.parametrize(
    ("search", "differs_in"),
    [
        ({"Birthdate": "19800218"}, "生年月日"),
        ({"InsuredIdentificationNumber": "1234561"}, "番号"),
        ({"InsuredBranchNumber": "02"}, "枝番"),
        ({"InsurerNumber": "990028"}, "保険者番号"),
    ],
)
def test_a_near_miss_tells_in_what_it_differs(
    member: Oqs, search: dict[str, str], differs_in: str
) -> None:
    (miss,) = near(member, **search)
    assert miss.startswith(f"{member.hanako}: {differs_in} (")


def test_another_width_is_no_difference(member: Oqs) -> None:
    (miss,) = near(member, Birthdate="19800218", InsuredIdentificationNumber="１２３４５６７")
    assert "生年月日" in miss
    assert "番号" not in miss


def test_two_differences_are_told_together_and_three_are_no_near_miss(member: Oqs) -> None:
    (miss,) = near(member, Birthdate="19800218", InsuredBranchNumber="02")
    assert "枝番" in miss
    assert "生年月日" in miss
    assert (
        near(member, Birthdate="19800218", InsuredBranchNumber="02", InsurerNumber="990028") == []
    )


def test_who_is_found_has_no_near_miss(member: Oqs) -> None:
    answer = member.check_number()
    (request,) = requests(member, RequestId=answer.headers["X-Request-Id"])
    assert request["NearMisses"] == []
    assert request["QualificationValidity"] == "1"
    assert request["PersonReference"] == member.hanako


def test_requests_are_searched_by_institution_path_code_person_and_id(member: Oqs) -> None:
    member.check()
    member.check_number(InsurerNumber="123456")
    refused = member.check(proof=None, QualificationConfirmationDate="20261301")
    assert {one["Path"] for one in requests(member, Path="number")} == {"/qualification/number"}
    assert requests(member, MedicalInstitutionCode="9910000026") == []
    assert requests(member, MedicalInstitutionCode=INSTITUTION)
    assert [one["Code"] for one in requests(member, Code="SIM-INVALID-NUMBER")] == [
        "SIM-INVALID-NUMBER"
    ]
    assert {one["Path"] for one in requests(member, PersonReference=member.hanako)} >= {
        "/qualification/card"
    }
    (one,) = requests(member, RequestId=refused.headers["X-Request-Id"])
    assert one["Status"] == refused.status_code
    newest = requests(member)[0]["Entry"]
    assert requests(member, After=newest) == []


def test_one_journal_is_seen_at_every_process(member: Oqs) -> None:
    with member.another() as other:
        answer = other.check_number()
    # That one has ended, and written what it had.
    assert requests(member, RequestId=answer.headers["X-Request-Id"])


def test_the_journal_keeps_the_last_ones_only(member: Oqs) -> None:
    with member.another(requests_kept=5) as few:
        for _ in range(8):
            few.check_number()
        found = requests(few)
        assert len(found) == 5
        few.check_number()
        again = requests(few)
    assert len(again) == 5
    assert again[1:] == found[:4]


def test_nothing_personal_is_kept_unless_it_was_asked_for(member: Oqs) -> None:
    member.check_number()
    assert requests(member)[0]["Asked"] is None
    with member.another(requests_with_content=True) as open_one:
        open_one.check_number()
        assert '"Birthdate":"19800217"' in requests(open_one)[0]["Asked"]


def test_no_journal_is_kept_where_the_setting_says_none(member: Oqs) -> None:
    with member.another(requests_kept=0) as none:
        before = len(requests(none))
        none.check_number()
        assert len(requests(none)) == before
