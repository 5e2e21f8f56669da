"""医療扶助 by card, by number, and as a list of the month (mutic)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from tests.equipment.callers import OnLine
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, ask, check_all, message, result_of
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION
from wire.line_credentials import Caller, Role
from wire.vocabulary.bulk_inquiry import BulkResult

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

OFFICE = "12990016"
RECIPIENT = "0000123"
OTHER = "9930000014"
ASKED = {
    "InsurerNumber": OFFICE,
    "InsuredIdentificationNumber": RECIPIENT,
    "Birthdate": "19800217",
}


def put_office(oqs: Oqs) -> None:
    done = oqs.console.put(f"/sim/welfare/offices/{OFFICE}", json={"Name": "模擬市福祉事務所"})
    assert done.status_code == 204, done.text


def put_recipient(oqs: Oqs, person: str | None = None, **other: str) -> Any:
    recipient = {
        "PersonReference": person or oqs.hanako,
        "RecipientNumber": RECIPIENT,
        "StartedOn": "20261001",
        **other,
    }
    return oqs.console.post(f"/sim/welfare/offices/{OFFICE}/recipients", json=recipient)


def put_ticket(oqs: Oqs, month: str = "202611", **other: str) -> Any:
    ticket = {
        "RecipientNumber": RECIPIENT,
        "TicketType": "01",
        "IssueNumber": "1",
        "MedicalTreatmentMonth": month,
        "DesignatedMedicalInstitutionCode": INSTITUTION,
        "MedicalTreatmentType": "02",
        "InjuryName1": "高血圧症",
        **other,
    }
    return oqs.console.post(f"/sim/welfare/offices/{OFFICE}/tickets", json={"Tickets": [ticket]})


@pytest.fixture
def assisted(oqs: Oqs) -> Oqs:
    """OQS where Hanako lives on public assistance, without any insurance."""
    put_office(oqs)
    assert put_recipient(oqs).status_code == 204
    assert oqs.register().status_code == 201
    return oqs


def body_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()["MessageBody"]
    return body


def results_of(response: Any) -> list[dict[str, Any]]:
    return [
        one["ResultOfQualificationConfirmation"] for one in body_of(response).get("ResultList", [])
    ]


@pytest.mark.rules("P-024", "P-032")
def test_before_the_fifteenth_a_recipient_is_unregistered_and_then_valid(assisted: Oqs) -> None:
    assert put_ticket(assisted).status_code == 204
    body = body_of(assisted.check())
    assert body["QualificationValidity"] == "6"
    (result,) = results_of(assisted.check())
    assert result["InsuredCardClassification"] == "A1"
    assert result["InsurerNumber"] == OFFICE
    assert result["InsuredIdentificationNumber"] == RECIPIENT
    assert result["InsurerName"] == "模擬市福祉事務所"
    assert "PublicExpenseResultList" not in result
    assisted.set_clock("2026-11-15T00:00:00+09:00")
    assert body_of(assisted.check())["QualificationValidity"] == "1"
    (result,) = results_of(assisted.check())
    (ticket,) = (one["MedicalTicketInfo"] for one in result["PublicExpenseResultList"])
    assert ticket["TicketType"] == "01"
    assert ticket["MedicalTicketValidDate"] == "20261101"
    assert ticket["MedicalTicketExpirationDate"] == "20261130"
    assert ticket["DesignatedMedicalInstitutionFlag"] == "0"
    assert ticket["InjuryName1"] == "高血圧症"
    assert ticket["StatusOfInfecton"] == "02"
    assisted.set_clock("2026-12-01T00:00:00+09:00")
    assert body_of(assisted.check())["QualificationValidity"] == "6"


def test_by_number_it_is_the_same(assisted: Oqs) -> None:
    put_ticket(assisted, VisibleFrom="2026-11-01T00:00:00+09:00")

    def by_number(**other: str) -> Any:
        body = {"QualificationConfirmSearchInfo": {**ASKED, **other}}
        return assisted.terminal.post("/qualification/number", json=message(body))

    assert body_of(by_number())["QualificationValidity"] == "1"
    assert results_of(by_number())[0]["PublicExpenseResultList"]
    assert (
        body_of(by_number(InsuredIdentificationNumber="００００123"))["QualificationValidity"]
        == "1"
    )
    assert body_of(by_number(Birthdate="19800218"))["QualificationValidity"] == "4"
    assert body_of(by_number(InsuredIdentificationNumber="9"))["QualificationValidity"] == "4"
    assert "ResultList" not in body_of(by_number(InsuredIdentificationNumber="9"))
    assert by_number(InsurerNumber="12990019").json()["code"] == "SIM-INVALID-NUMBER"
    units = check_all(assisted.terminal, [ASKED, {**ASKED, "Birthdate": "19800218"}])
    assert [one["QualificationValidity"] for one in units] == ["1", "4"]
    assert result_of(units[0])["InsuredCardClassification"] == "A1"


def test_a_ticket_for_another_institution_is_told_as_that(assisted: Oqs) -> None:
    put_ticket(
        assisted,
        DesignatedMedicalInstitutionCode=OTHER,
        VisibleFrom="2026-11-01T00:00:00+09:00",
    )
    assert body_of(assisted.check())["QualificationValidity"] == "6"
    (ticket,) = results_of(assisted.check())[0]["PublicExpenseResultList"]
    assert ticket["MedicalTicketInfo"]["DesignatedMedicalInstitutionFlag"] == "1"


def test_an_office_that_sends_no_more_is_not_trusted_and_it_is_told(assisted: Oqs) -> None:
    put_ticket(assisted, "202612")
    assisted.set_clock("2026-12-19T09:00:00+09:00")
    assert body_of(assisted.check())["QualificationValidity"] == "1"
    assisted.set_clock("2026-12-19T09:00:01+09:00")
    body = body_of(assisted.check())
    assert body["QualificationValidity"] == "6"
    assert body["ProcessingResultCode"] == "SIM-WELFARE-OFFICE-SILENT"
    assert "登録は令和8年11月9日が最後" in body["ProcessingResultMessage"]
    standing = assisted.console.get(f"/sim/welfare/offices/{OFFICE}").json()
    assert standing["Trusted"] is False
    put_office(assisted)
    assert body_of(assisted.check())["QualificationValidity"] == "1"


def test_assistance_that_is_over_is_invalid(assisted: Oqs) -> None:
    put_recipient(assisted, EndedOn="20261109")
    assert body_of(assisted.check())["QualificationValidity"] == "2"
    assert results_of(assisted.check())[0]["DisqualificationDate"] == "20261109"
    put_recipient(assisted, EndedOn="20261110")
    assert body_of(assisted.check())["QualificationValidity"] == "6"


@pytest.mark.rules("P-033")
def test_assistance_that_ended_more_than_ten_years_ago_is_known_no_more(assisted: Oqs) -> None:
    put_recipient(assisted, StartedOn="20120401", EndedOn="20161109")
    asked = message({"QualificationConfirmSearchInfo": ASKED})
    for now, validity in (("09", "2"), ("10", "4")):
        assisted.set_clock(f"2026-11-{now}T23:59:00+09:00")
        assert body_of(assisted.check())["QualificationValidity"] == validity
        by_number = assisted.terminal.post("/qualification/number", json=asked)
        assert body_of(by_number)["QualificationValidity"] == validity


def test_beside_an_insurance_both_are_told(member: Oqs) -> None:
    put_office(member)
    put_recipient(member)
    body = body_of(member.check())
    assert body["QualificationValidity"] == "1"
    assert [one["InsuredCardClassification"] for one in results_of(member.check())] == ["01", "A1"]
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="02")
    assert body_of(member.check())["QualificationValidity"] == "6"
    assert [one["InsuredCardClassification"] for one in results_of(member.check())] == ["A1"]
    put_recipient(member, EndedOn="20261109")
    assert body_of(member.check())["QualificationValidity"] == "2"
    assert [one["InsuredCardClassification"] for one in results_of(member.check())] == ["01"]


def test_who_never_received_any_is_not_touched(member: Oqs) -> None:
    assert [one["InsuredCardClassification"] for one in results_of(member.check())] == ["01"]


@pytest.mark.rules("P-032")
def test_on_the_fifth_all_are_unregistered_and_a_later_list_clears_it(assisted: Oqs) -> None:
    ichiro = assisted.resident(ICHIRO, "佐藤　一郎", "19800217")
    put_recipient(assisted, ichiro, RecipientNumber="0000456")
    for number in (RECIPIENT, "0000456"):
        put_ticket(assisted, "202611", RecipientNumber=number)
    assisted.set_clock("2026-12-05T09:00:00+09:00")

    def listed() -> list[dict[str, Any]]:
        found = ask(
            assisted.terminal,
            "/bulk/medical-tickets",
            {"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": "202612"}},
        )
        BulkResult.model_validate(found)
        units: list[dict[str, Any]] = found["MessageBody"].get("BulkConfirmUnit", [])
        assert found["MessageHeader"]["NumberOfProcessingResult"] == str(len(units))
        return units

    assert [one["QualificationValidity"] for one in listed()] == ["6", "6"]
    put_ticket(assisted, "202612")
    assert [one["QualificationValidity"] for one in listed()] == ["6", "6"]
    assisted.set_clock("2026-12-15T09:00:00+09:00")
    units = listed()
    assert sorted(one["QualificationValidity"] for one in units) == ["1", "6"]
    (valid,) = (one for one in units if one["QualificationValidity"] == "1")
    assert result_of(valid)["PublicExpenseResultList"]
    put_ticket(assisted, "202612", RecipientNumber="0000456", IssueNumber="2",
               DesignatedMedicalInstitutionCode=OTHER)  # fmt: skip
    assert [one["QualificationValidity"] for one in listed()] == ["1"]  # the other one has moved on
    stranger = TestClient(OnLine(assisted.app, Caller(Role.TERMINAL, "9940000012")))
    assert (
        stranger.post(
            "/bulk/medical-tickets",
            json=message(
                {"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": "202612"}},
                "9940000012",
            ),
        ).status_code
        == 202
    )


def test_a_reference_number_of_a_member_stands_beside_the_ticket(member: Oqs) -> None:
    put_office(member)
    put_recipient(member)
    info = {name: value for name, value in HANAKO_ASKED.items() if name != "Birthdate"}
    body = {"ReferenceNumberRegistrationInfo": {"ReferenceNumber": "K-1", **info}}
    assert member.terminal.post("/reference-numbers", json=message(body)).status_code == 200
    assert [one["ReferenceNumber"] for one in results_of(member.check())] == ["K-1", "K-1"]
    (unit,) = check_all(member.terminal, [ASKED])
    assert unit["ReferenceNumber"] == ["K-1"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("offices/12990019", {"Name": "模擬"}, "SIM-INVALID-NUMBER"),
        ("offices/06990014", {"Name": "模擬"}, "SIM-INVALID-NUMBER"),
        ("offices/1", {"Name": "模擬"}, "SIM-INVALID-REQUEST"),
        ("offices/12990016", {"Name": ""}, "SIM-INVALID-REQUEST"),
    ],
)
def test_what_is_no_office_is_told(oqs: Oqs, path: str, body: dict[str, str], code: str) -> None:
    refused = oqs.console.put(f"/sim/welfare/{path}", json=body)
    assert refused.json()["code"] == code
    assert refused.json()["japanese"]


def test_what_an_office_cannot_report_is_told(oqs: Oqs) -> None:
    assert put_recipient(oqs).json()["code"] == "SIM-WELFARE-OFFICE-UNKNOWN"
    assert put_ticket(oqs).json()["code"] == "SIM-WELFARE-OFFICE-UNKNOWN"
    put_office(oqs)
    assert put_recipient(oqs, "NOBODY").json()["code"] == "SIM-UNKNOWN-PERSON"
    assert put_ticket(oqs).json()["code"] == "SIM-RECIPIENT-UNKNOWN"
    assert put_recipient(oqs, EndedOn="20260930").json()["code"] == "SIM-INVALID-REQUEST"
    assert put_recipient(oqs).status_code == 204
    ichiro = oqs.resident(ICHIRO, "佐藤　一郎", "19800217")
    assert put_recipient(oqs, ichiro).json()["code"] == "SIM-ALREADY-EXISTS"
    refused = put_ticket(oqs, "202613")
    assert refused.json()["code"] == "SIM-INVALID-REQUEST"


def test_a_terminal_cannot_report_for_an_office(oqs: Oqs) -> None:
    refused = oqs.terminal.put(f"/sim/welfare/offices/{OFFICE}", json={"Name": "模擬"})
    assert refused.status_code == 404
