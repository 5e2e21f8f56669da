"""A body of each of the most used routes, for the reference and the OpenAPI document.

They fit together: Hanako of the story, her card, and the simulated institution. What a card has
signed is shown by its shape only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTITUTION = {"MedicalInstitutionCode": "9910000018"}
_NUMBER = {
    "InsurerNumber": "06990014",
    "InsuredCardSymbol": "北",
    "InsuredIdentificationNumber": "7654321",
    "InsuredBranchNumber": "00",
}
_HANAKO = {**_NUMBER, "Birthdate": "19800217"}
_PROOF = {
    "Challenge": "bm90IGEgY2hhbGxlbmdl",
    "Certificate": "bm90IGEgY2VydGlmaWNhdGU=",
    "Signature": "bm90IGEgc2lnbmF0dXJl",
}
_MEDICAL = {
    "MessageHeader": {
        **_INSTITUTION,
        "InsurerNumber": "06990014",
        "InsuranceCardSymbol": "北",
        "InsuredPersonIdentificationNumber": "7654321",
        "BranchNumber": "00",
    },
    "MessageBody": {
        "StartDate": "20250101",
        "FileCategory": "2",
        "QualifiedUser": {"UserId": "U-1", "Profession": "doctor"},
    },
}


def _message(header: Mapping[str, str] = _INSTITUTION, **body: Any) -> Mapping[str, Any]:
    return {"MessageHeader": header, "MessageBody": body}


_BY_NUMBER = _message(QualificationConfirmSearchInfo=_HANAKO)
_FETCH = _message(ReceptionNumber="20261125123456789012")

EXAMPLES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("POST", "/qualification/card"): _message(
        {**_INSTITUTION, "ArbitraryFileIdentifier": "visit-1"},
        CardProof=_PROOF,
        IdentityMethod="pin",
        Consents={"Items": ["treatment_and_medicine", "checkup"]},
    ),
    ("POST", "/qualification/number"): _BY_NUMBER,
    ("POST", "/qualification/registrations"): _PROOF,
    ("POST", "/qualification/person"): _message(
        PersonSearchInfo={
            "Name": "佐藤 花子",
            "Sex1": "2",
            "Birthdate": "19800217",
            "Address": "模擬県模擬市模擬町1-1",
            "OralConsent": "1",
        }
    ),
    ("POST", "/webapi/qualification/search"): {"XmlMsg": _BY_NUMBER},
    ("POST", "/reference-numbers"): _message(
        ReferenceNumberRegistrationInfo={"ReferenceNumber": "K-0001", **_NUMBER}
    ),
    ("POST", "/bulk/qualification"): _message(QualificationConfirmSearchInfo=[_HANAKO]),
    ("POST", "/bulk/qualification/result"): _FETCH,
    ("POST", "/bulk/reference-numbers"): _message(
        ReferenceNumberRegistrationInfo=[{"ReferenceNumber": "K-0001", **_NUMBER}]
    ),
    ("POST", "/bulk/reference-numbers/result"): _FETCH,
    ("POST", "/bulk/medical-tickets"): _message(
        QualificationConfirmSearchInfo={"MedicalTreatmentMonth": "202611"}
    ),
    ("POST", "/bulk/medical-tickets/result"): _FETCH,
    ("POST", "/bulk/home-visits"): _message(
        QualificationConfirmSearchInfo={
            "ConsentDateFrom": "20261101",
            "ConsentDateTo": "20261130",
            "MedicalTreatmentFlag": "2",
        }
    ),
    ("POST", "/bulk/home-visits/result"): _FETCH,
    ("POST", "/bulk/online-examinations"): _message(
        QualificationConfirmSearchInfo={
            "ExaminationDateFrom": "20261101",
            "ExaminationDateTo": "20261130",
            "MedicalTreatmentFlag": "3",
        }
    ),
    ("POST", "/bulk/online-examinations/result"): _FETCH,
    ("POST", "/medical/medicines"): _MEDICAL,
    ("POST", "/medical/treatment"): _MEDICAL,
    ("POST", "/medical/surgery"): _MEDICAL,
    ("POST", "/medical/checkups"): _MEDICAL,
    ("PUT", "/sim/clock"): {"Mode": "frozen", "Now": "2026-11-09T09:00:00+09:00"},
    ("POST", "/sim/clock/advance"): {"BusinessDays": 5},
    ("POST", "/sim/jlis/residents"): {
        "IndividualNumber": "990000000019",
        "Name": "佐藤　花子",
        "NameKana": "ｻﾄｳ ﾊﾅｺ",
        "Sex1": "2",
        "Birthdate": "19800217",
    },
    ("POST", "/sim/jlis/cards"): {"IndividualNumber": "990000000019"},
    ("PUT", "/sim/subsidies/municipalities/{municipality_code}"): {
        "Name": "模擬市",
        "ConnectedOn": "20261101",
    },
    ("POST", "/sim/subsidies/municipalities/{municipality_code}/certificates"): {
        "PersonReference": "p1",
        "PayerNumber": "83990010",
        "RecipientNumber": "1234567",
        "Name": "子ども医療費受給者証",
        "ValidFrom": "20261101",
    },
    ("PUT", "/sim/welfare/offices/{office_number}"): {"Name": "模擬福祉事務所"},
    ("PUT", "/sim/operation/delay"): {"Profile": "official"},
    ("POST", "/sim/operation/faults"): {"Effect": "in_progress:fetches=3", "Times": 30},
    ("PUT", "/sim/operation/messages"): {
        "MedicalInstitutionCode": "9910000018",
        "Encoding": "shift_jis",
        "Order": "shuffled",
        "Seed": 7,
    },
    ("POST", "/sim/operation/windows"): {"Kind": "maintenance", "Reason": "計画停止"},
}
"""By method and path as it is declared."""
