"""The journal of requests: searched, bounded, without anything personal; and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eligibility.identifiers.numbers import individual_check_digit
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


@pytest.fixture
def neighbours(member: Oqs) -> Oqs:
    """Hanako among people who have nearly her number, or her number with another symbol."""
    others = (("1234571", "最上"), ("1234577", "最上"), ("1234560", "最上"), ("1234567", "東"))
    for place, (number, symbol) in enumerate(others):
        name, born = f"模擬　{'一二三四'[place]}", f"196{place}0101"
        body = f"9900000001{place}"
        individual_number = f"{body}{individual_check_digit(body)}"
        one = member.resident(individual_number, name, born)
        member.report(
            1,
            PersonReference=one,
            InsuredIdentificationNumber=number,
            InsuredCardSymbol=symbol,
            Birthdate=born,
            Name=name,
        )
    return member


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


@pytest.mark.parametrize(
    ("slip", "differs_in"),
    [
        ({"InsuredCardSymbol": "北"}, "記号"),
        ({"InsuredCardSymbol": ""}, "記号"),
        ({"InsuredIdentificationNumber": "1234576"}, "番号"),
        ({"InsuredIdentificationNumber": "2134567"}, "番号"),
        ({"InsuredIdentificationNumber": "123467"}, "番号"),
        ({"InsuredIdentificationNumber": "12345677"}, "番号"),
        ({"InsuredIdentificationNumber": "01234567"}, "番号"),
        ({"InsuredIdentificationNumber": "00001234567"}, "番号"),
        ({"InsuredCardSymbol": "北", "InsuredBranchNumber": "02"}, "記号"),
    ],
)
def test_a_slip_leads_to_the_person_and_not_to_neighbours(
    neighbours: Oqs, slip: dict[str, str], differs_in: str
) -> None:
    (miss,) = near(neighbours, **slip)
    assert miss.startswith(f"{neighbours.hanako}: {differs_in} (")


@pytest.mark.parametrize(
    ("asked", "differs_in"),
    [(("0012", "555"), "番号"), (("12", "00000555"), "記号"), (("12", "555"), "記号")],
)
def test_leading_noughts_that_were_lost_lead_to_the_person(
    oqs: Oqs, asked: tuple[str, str], differs_in: str
) -> None:
    oqs.report(1, InsuredCardSymbol="0012", InsuredIdentificationNumber="00000555")
    symbol, number = asked
    (miss,) = near(oqs, InsuredCardSymbol=symbol, InsuredIdentificationNumber=number)
    assert miss.startswith(f"{oqs.hanako}: {differs_in} (")


def test_who_differs_in_fewest_characters_comes_first(neighbours: Oqs) -> None:
    ichiro = neighbours.resident("990000000043", "鈴木　一郎", "19550312")
    # Of two that differ in one thing: he has the very number, and quite another birthdate.
    neighbours.report(
        1,
        PersonReference=ichiro,
        InsuredIdentificationNumber="1234576",
        Birthdate="19550312",
        Name="鈴木　一郎",
    )
    misses = near(neighbours, InsuredIdentificationNumber="1234576")
    assert [miss.partition(":")[0] for miss in misses] == [neighbours.hanako, ichiro]


def test_a_family_is_told_from_the_nearest_birthdate_on(neighbours: Oqs) -> None:
    son = neighbours.resident("990000000043", "佐藤　次郎", "20100505")
    neighbours.report(1, PersonReference=son, InsuredBranchNumber="02", Birthdate="20100505")
    misses = near(neighbours, Birthdate="19820217")
    assert [miss.partition(":")[0] for miss in misses] == [neighbours.hanako, son]


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


def test_the_whole_journal_is_read_page_by_page(member: Oqs) -> None:
    for _ in range(5):
        member.check_number()
    everything = [one["Entry"] for one in requests(member)]
    paged: list[int] = []
    while page := requests(member, AtMost=2, **({"Before": paged[-1]} if paged else {})):
        paged += [one["Entry"] for one in page]
    assert paged == everything


@pytest.mark.parametrize("query", [{"Limit": "1"}, {"AtMost": "0"}, {"atmost": "1"}])
def test_a_query_that_is_not_known_is_refused(oqs: Oqs, query: dict[str, str]) -> None:
    answer = oqs.console.get("/sim/operation/requests", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert next(iter(query)) in answer.json()["detail"]


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
