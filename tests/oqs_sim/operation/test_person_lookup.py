"""障害時モード and 災害時モード: a person is found by what is printed on the card (P-087)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.operation.person_lookup import same_name, same_place
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

ADDRESS = "模擬県模擬市模擬町1-1"
WINDOWS = "/sim/operation/windows"


def look_up(oqs: Oqs, institution: str = INSTITUTION, **items: str) -> Any:
    asked = {
        "Name": "佐藤 花子",
        "Sex1": "2",
        "Birthdate": "19800217",
        "Address": ADDRESS,
        "OralConsent": "1",
        **items,
    }
    body = {
        "MessageHeader": {"MedicalInstitutionCode": institution},
        "MessageBody": {"PersonSearchInfo": asked},
    }
    return oqs.terminal.post("/qualification/person", json=body)


def open_mode(oqs: Oqs, kind: str = "system_failure", **order: Any) -> int:
    scope = {} if order else {"MedicalInstitutionCode": INSTITUTION}
    done = oqs.console.post(WINDOWS, json={"Kind": kind, **scope, **order})
    assert done.status_code == 201, done.text
    number: int = done.json()["Number"]
    return number


def last_request(oqs: Oqs) -> dict[str, Any]:
    found: dict[str, Any] = oqs.console.get("/sim/operation/requests").json()["Requests"][0]
    return found


def purposes(oqs: Oqs) -> list[tuple[str, str | None]]:
    proof = oqs.card.sign(oqs.portal_challenge("inquiries"))
    answer = oqs.console.post("/portal/inquiries", json={"CardProof": proof})
    assert answer.status_code == 200, answer.text
    return [
        (one["Purpose"], one.get("QualificationValidity")) for one in answer.json()["Inquiries"]
    ]


@pytest.mark.rules("P-087")
@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("system_failure", {"MedicalInstitutionCode": INSTITUTION}),
        ("disaster", {"Prefecture": "99"}),
        ("disaster", {"Municipalities": ["99002", "99001"]}),
    ],
)
def test_in_a_mode_a_person_is_found_by_four_items_and_it_is_logged(
    member: Oqs, kind: str, scope: dict[str, Any]
) -> None:
    open_mode(member, "disaster", Municipalities=["99002"])  # the clinic lies in another
    assert look_up(member).json()["code"] == "SIM-MODE-NOT-OPEN"
    number = open_mode(member, kind, **scope)
    answer = look_up(member)
    assert answer.status_code == 200, answer.text
    body = answer.json()["MessageBody"]
    assert body["QualificationValidity"] == "1"
    (result,) = body["ResultList"]
    found = result["ResultOfQualificationConfirmation"]
    assert found["InsuredIdentificationNumber"] == "1234567"
    assert (kind, "1") in purposes(member)
    (use,) = member.console.get("/sim/operation").json()["Uses"]
    assert (use["Window"], use["MedicalInstitutionCode"], use["Uses"]) == (number, INSTITUTION, 1)
    assert use["ReportDue"] == "2026-11-16T00:00:00Z"
    reported = member.console.post(
        f"{WINDOWS}/{number}/reports", json={"MedicalInstitutionCode": INSTITUTION}
    )
    assert reported.status_code == 204
    (use,) = member.console.get("/sim/operation").json()["Uses"]
    assert use["ReportDue"] is None
    assert member.console.post(f"{WINDOWS}/{number}/close").status_code == 204
    assert look_up(member).json()["code"] == "SIM-MODE-NOT-OPEN"


@pytest.mark.rules("P-087")
def test_a_mode_of_another_institution_or_region_opens_nothing(member: Oqs) -> None:
    open_mode(member, "system_failure", MedicalInstitutionCode="9910000026")
    open_mode(member, "disaster", Prefecture="98")
    assert look_up(member).json()["code"] == "SIM-MODE-NOT-OPEN"


@pytest.mark.parametrize(
    "items",
    [
        {"Name": "佐藤 花江"},
        {"Sex1": "1"},
        {"Birthdate": "19800218"},
        {"Address": "別の県別の市1-1"},
        {"Address": ""},
    ],
)
def test_who_differs_in_one_item_is_not_found(member: Oqs, items: dict[str, str]) -> None:
    open_mode(member)
    answer = look_up(member, **items)
    assert answer.status_code == 200
    assert answer.json()["MessageBody"]["QualificationValidity"] == "4"
    assert last_request(member)["PersonReference"] is None


def test_without_oral_consent_nobody_is_looked_up(member: Oqs) -> None:
    open_mode(member)
    assert look_up(member, OralConsent="0").json()["code"] == "SIM-CONSENT-MISSING"


def test_who_is_protected_is_not_told_of(member: Oqs) -> None:
    member.report(2, SelfInformationBlocked="1")
    open_mode(member)
    answer = look_up(member)
    assert answer.json()["code"] == "SIM-CARD-USE-BLOCKED"


def test_two_of_the_same_name_birthdate_and_place_are_told_as_several(member: Oqs) -> None:
    member.resident("990000000027", "佐藤　花子", "19800217")
    open_mode(member)
    body = look_up(member).json()["MessageBody"]
    assert body["QualificationValidity"] == "5"
    assert "ResultList" not in body


def test_a_terminal_asks_for_its_own_institution_only(member: Oqs) -> None:
    open_mode(member)
    assert look_up(member, institution="9910000026").json()["code"] == "SIM-WRONG-CALLER"


@pytest.mark.parametrize(
    "order",
    [
        {"Kind": "system_failure"},
        {"Kind": "system_failure", "Prefecture": "99"},
        {"Kind": "disaster"},
        {"Kind": "disaster", "Municipalities": []},
        {"Kind": "disaster", "Municipalities": ["99001"], "Prefecture": "99"},
        {"Kind": "disaster", "Municipalities": ["13101"]},
        {"Kind": "disaster", "Prefecture": "99", "MedicalInstitutionCode": INSTITUTION},
        {"Kind": "maintenance", "ClosesAt": "2026-11-01T00:00:00+09:00"},
        {"Kind": "holiday"},
    ],
)
def test_a_window_for_nobody_or_that_is_over_is_not_opened(oqs: Oqs, order: dict[str, str]) -> None:
    answer = oqs.console.post(WINDOWS, json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert oqs.console.get("/sim/operation").json()["Windows"] == []


@pytest.mark.parametrize(
    ("name", "address", "found"),
    [
        ("髙橋　花子", "模擬県模擬市模擬町１−１", True),
        ("●橋花子", "模擬県模擬市", True),
        ("髙●●●", "模擬県模擬市", True),
        ("●●花子", "模擬県模擬市", False),
        ("●●●●", "模擬県模擬市", False),
        ("髙橋花", "模擬県模擬市", False),
        ("", "模擬県模擬市", False),
        ("髙橋花子", "模擬", False),
    ],
)
def test_width_blanks_and_unknown_characters_do_not_matter_but_a_masked_name_is_none(
    name: str, address: str, *, found: bool
) -> None:
    assert (same_name(name, "髙橋　花子") and same_place(address, ADDRESS)) is found


@pytest.mark.parametrize(
    "asked",
    [
        "模擬県模擬市一番町1-10",
        "模擬県模擬市一番町1-12345",
        "模擬県模擬市一番町1-1-203",
        "模擬県模擬市一番町1-1 別の町9-9",
        "模擬県模擬市一番町11-1",
        "模擬県模擬市二番町1-1",
        "別県模擬市一番町1-1",
    ],
)
def test_another_address_finds_nobody(member: Oqs, asked: str) -> None:
    registered = {"Address": "模擬県模擬市一番町1-1"}
    member.console.patch(f"/sim/jlis/residents/{member.hanako}", json=registered)
    open_mode(member)
    own = look_up(member, **registered).json()["MessageBody"]
    assert own["QualificationValidity"] == "1"
    assert look_up(member, Address=asked).json()["MessageBody"]["QualificationValidity"] == "4"


@pytest.mark.parametrize(
    ("asked", "known", "found"),
    [
        ("模擬県模擬市一番町１ー１", "模擬県模擬市一番町1-1", True),
        ("模擬市一番町1番1号", "模擬県模擬市一番町1-1", True),
        ("模擬県 模擬市 一番町1番地の1", "模擬県模擬市一番町1-1", True),
        ("模擬県模擬市一番町1の1", "模擬県模擬市一番町1-1", True),
        ("模擬県模擬市一番町1番地", "模擬県模擬市一番町1-1", True),
        ("模擬県模擬市一番町1-", "模擬県模擬市一番町1-1", True),
        ("模擬県模擬市一番町1-1", "模擬県模擬市一番町1-10", False),
        ("模擬県模擬市一番町1", "模擬県模擬市一番町10-1", False),
        (
            "模擬県模擬市長町9-99-9",
            "模擬県模擬市長町九丁目99番地9号模擬荘909号室",
            True,
        ),
        ("模擬県模擬市長町9丁目", "模擬県模擬市長町九丁目99番地9号", True),
        ("模擬県模擬市長町9-9", "模擬県模擬市長町九丁目99番地9号", False),
        ("模擬県模擬市長町12-1", "模擬県模擬市長町十二丁目1番", True),
        ("模擬県模擬市長町十丁目", "模擬県模擬市長町10-2", True),
        ("模擬県模擬市長町二十丁目", "模擬県模擬市長町20-2", True),
        ("模擬市", "模擬県模擬市一番町1-1", True),
        ("県模擬市", "模擬県模擬市一番町1-1", False),
        ("模擬県模擬市", "", True),
    ],
)
def test_the_beginning_of_an_address_is_enough_however_its_numbers_are_written(
    asked: str, known: str, *, found: bool
) -> None:
    assert same_place(asked, known) is found


def test_how_much_of_a_family_name_is_to_be_given_is_a_parameter() -> None:
    assert same_name("●橋花子", "髙橋　花子", least=1)
    assert not same_name("●橋花子", "髙橋　花子", least=2)
    assert same_name("●●●●", "髙橋　花子", least=0)


@pytest.mark.parametrize("name", ["●●●●", "●●花子"])
def test_who_knows_no_more_than_the_length_of_a_name_finds_nobody(member: Oqs, name: str) -> None:
    open_mode(member)
    assert look_up(member, Name=name).json()["MessageBody"]["QualificationValidity"] == "4"


ELSEWHERE = "別の県別の市1-1"


@pytest.mark.rules("P-031")
@pytest.mark.parametrize(
    ("flag", "told"),
    [("Undisclosed", (200, "4")), ("SelfInformationBlocked", (403, "SIM-CARD-USE-BLOCKED"))],
)
def test_where_a_protected_person_lives_cannot_be_found_out(
    member: Oqs, flag: str, told: tuple[int, str]
) -> None:
    assert (
        member.console.patch(
            f"/sim/jlis/residents/{member.hanako}", json={"Address": ADDRESS}
        ).status_code
        < 300
    )
    open_mode(member)
    assert look_up(member).json()["MessageBody"]["QualificationValidity"] == "1"
    assert look_up(member, Address=ELSEWHERE).json()["MessageBody"]["QualificationValidity"] == "4"
    member.report(2, **{flag: "1"})
    for address in (ADDRESS, ELSEWHERE, ""):
        answer = look_up(member, Address=address)
        body = answer.json()
        validity = body.get("MessageBody", {}).get("QualificationValidity")
        assert (answer.status_code, validity or body["code"]) == told
