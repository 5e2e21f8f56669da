"""What no one should send is refused where it enters, on either engine, and spoils nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, ICHIRO, INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

RESIDENT = {
    "IndividualNumber": ICHIRO,
    "Name": "佐藤　一郎",
    "NameKana": "ｻﾄｳ ｲﾁﾛｳ",
    "Sex1": "1",
    "Birthdate": "20190405",
}
SEARCH = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "Birthdate": "19800217",
}


def by_number(oqs: Oqs, **changes: object) -> Any:
    body = {"QualificationConfirmSearchInfo": {**SEARCH, **changes}}
    header = {"MedicalInstitutionCode": INSTITUTION}
    return oqs.terminal.post(
        "/qualification/number", json={"MessageHeader": header, "MessageBody": body}
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"InsuredIdentificationNumber": "1234\x00567"},
        {"InsuredCardSymbol": "最\u202e上"},
        {"InsuredIdentificationNumber": "1" * 21},
        {"Birthdate": "１９８００２３１"},
        {"Birthdate": "99999999"},
        {"InsuredBranchNumber": 1},
        {"LimitApplicationCertificateRelatedConsFlg": "2"},
    ],
)
def test_an_inquiry_that_cannot_be_is_refused(oqs: Oqs, changes: dict[str, object]) -> None:
    refused = by_number(oqs, **changes)
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert by_number(oqs).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"Name": "佐藤\0一郎"},
        {"Name": "佐藤\u200b一郎"}, {"NameKana": ""}, {"Birthdate": "20991231"},
        {"Birthdate": "00010101"}, {"PostNumber": "990-0001-0001"}, {"Address": "\n"},
    ],
)  # fmt: skip
def test_a_resident_who_cannot_be_is_refused(oqs: Oqs, changes: dict[str, object]) -> None:
    refused = oqs.console.post("/sim/jlis/residents", json={**RESIDENT, **changes})
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert refused.json()["japanese"].endswith("。")


@pytest.mark.parametrize("day", ["99991231", "18680101"])
@pytest.mark.parametrize("member", ["IssuedOn", "StayEndsOn"])
def test_a_card_of_a_day_that_cannot_be_is_refused(oqs: Oqs, member: str, day: str) -> None:
    answer = oqs.console.post("/sim/jlis/cards", json={"IndividualNumber": HANAKO, member: day})
    assert answer.status_code in {201, 422}, answer.text
    renewed = oqs.console.post(
        f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/certificates", json={"IssuedOn": day}
    )
    assert renewed.status_code in {201, 422}, renewed.text


@pytest.mark.parametrize("serial", [1 << 64, 0, -1])
def test_a_serial_that_no_certificate_has_is_refused(oqs: Oqs, serial: int) -> None:
    path = f"/sim/jlis/certificates/{serial}/revocation"
    assert oqs.console.post(path).status_code == 422


@pytest.mark.parametrize(
    "advance",
    [{"Seconds": 1e308}, {"Days": True}, {"Days": "1"}, {"To": "9999-12-31T23:59:59-12:00"}],
)
def test_the_clock_is_not_advanced_by_what_is_no_time(oqs: Oqs, advance: dict[str, Any]) -> None:
    before = oqs.console.get("/sim/clock").json()["Now"]
    assert oqs.console.post("/sim/clock/advance", json=advance).status_code == 422
    assert oqs.console.get("/sim/clock").json()["Now"] == before


def test_a_path_with_a_nul_is_refused(oqs: Oqs) -> None:
    assert oqs.console.get("/sim/jlis/cards/%00").status_code == 422
