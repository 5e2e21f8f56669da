"""A visit at the reader, and what the terminal asks after it; shared by these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs, TestCard

ALL = {"AllItems": True}
DOCTOR, PHARMACIST = "doctor", "pharmacist"
PATHS = {
    "medicines": "/medical/medicines",
    "treatment": "/medical/treatment",
    "surgery": "/medical/surgery",
    "checkups": "/medical/checkups",
}


def read_card(oqs: Oqs, card: TestCard | None = None, **told: Any) -> Any:
    """Check by card, with what the reader tells of identity and consent."""
    proof = (card or oqs.card).sign(oqs.challenge())
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": proof, **told},
    }
    return oqs.terminal.post("/qualification/card", json=inquiry)


def consent_at_home(oqs: Oqs, flag: str = "2", **told: Any) -> str:
    """Consent at home, by 居宅同意取得型; return the number of the consent."""
    proof = oqs.card.sign(oqs.challenge())
    given = oqs.terminal.post(
        "/visiting/consents",
        json={
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
            "MessageBody": {"CardProof": proof, "MedicalTreatmentFlag": flag, **told},
        },
    )
    assert given.status_code == 201, given.text
    number: str = given.json()["SimulationConsentNumber"]
    return number


def withdraw(oqs: Oqs, number: str) -> Any:
    """閲覧同意取消 of a consent by the institution."""
    return oqs.terminal.post(
        "/visiting/withdrawals",
        json={
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
            "MessageBody": {"SimulationConsentNumber": number},
        },
    )


def withdraw_as_patient(oqs: Oqs, number: str, card: TestCard | None = None) -> Any:
    """患者取消 of a consent, with a challenge of the portal."""
    proof = (card or oqs.card).sign(oqs.portal_challenge("inquiries"))
    body = {"CardProof": proof, "SimulationConsentNumber": number}
    return oqs.console.post("/portal/consents/withdrawals", json=body)


def result_of(response: Any) -> Any:
    assert response.status_code == 200, response.text
    (item,) = response.json()["MessageBody"]["ResultList"]
    return item["ResultOfQualificationConfirmation"]


def asked(profession: str = DOCTOR, header: dict[str, str] | None = None, **body: Any) -> Any:
    return {
        "MessageHeader": {
            "MedicalInstitutionCode": INSTITUTION,
            "InsurerNumber": "  990010",
            "InsuranceCardSymbol": "最上",
            "InsuredPersonIdentificationNumber": "1234567",
            "BranchNumber": "01",
            **(header or {}),
        },
        "MessageBody": {"QualifiedUser": {"UserId": "U-1", "Profession": profession}, **body},
    }


def look(
    oqs: Oqs, kind: str = "medicines", profession: str = DOCTOR, accept: str = "", **body: Any
) -> Any:
    headers = {"Accept": accept} if accept else {}
    return oqs.terminal.post(PATHS[kind], json=asked(profession, **body), headers=headers)
