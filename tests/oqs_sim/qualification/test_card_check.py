from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pydantic.alias_generators import to_pascal

from oqs_sim.jlis.authority import AUTHENTICATION_POLICY, new_key
from oqs_sim.qualification.challenge import LENGTH
from tests.oqs_sim.conftest import HANAKO, TestCard
from wire.vocabulary.answer import (
    ResponseBody,
    ResponseHeader,
    ResultOfQualificationConfirmation,
)

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def code_of(response: object) -> str:
    return response.json()["code"]  # type: ignore[attr-defined, no-any-return]


def test_a_member_is_valid_with_insurer_number_and_ratio(member: Oqs) -> None:
    answer = member.check().json()
    body = answer["MessageBody"]
    result = body["ResultList"][0]["ResultOfQualificationConfirmation"]
    assert body["QualificationValidity"] == "1"
    assert result["InsurerNumber"] == "  990010"
    assert result["InsuredCardSymbol"] == "最上"
    assert result["InsuredIdentificationNumber"] == "1234567"
    assert result["InsuredBranchNumber"] == "01"
    assert result["InsuredPartialContributionRatio"] == "030"
    assert answer["MessageHeader"]["ReferenceClassification"] == "1"
    assert answer["MessageHeader"]["ProcessExecutionTime"] == "20261109090000"


def test_absent_elements_are_omitted_not_empty(member: Oqs) -> None:
    text = member.check().text
    assert "null" not in text
    assert "DisqualificationDate" not in text


def test_the_identifier_of_the_asker_is_echoed(member: Oqs) -> None:
    answer = member.check(ArbitraryFileIdentifier="t-1").json()
    assert answer["MessageHeader"]["ArbitraryFileIdentifier"] == "t-1"


def test_a_challenge_serves_once(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    assert member.check(proof).status_code == 200
    again = member.check(proof)
    assert again.status_code == 409
    assert code_of(again) == "SIM-CHALLENGE-USED"


def test_a_challenge_is_spent_even_when_the_card_is_not_registered(oqs: Oqs) -> None:
    oqs.report(1)
    proof = oqs.card.sign(oqs.challenge())
    assert code_of(oqs.check(proof)) == "SIM-NOT-REGISTERED"
    assert code_of(oqs.check(proof)) == "SIM-CHALLENGE-USED"


def test_a_challenge_of_ones_own_making_is_refused(member: Oqs) -> None:
    forged = base64.b64encode(bytes(LENGTH)).decode()
    assert code_of(member.check(member.card.sign(forged))) == "SIM-CHALLENGE-UNKNOWN"


def test_a_signature_over_something_else_is_refused(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    proof["Challenge"] = member.challenge()
    assert code_of(member.check(proof)) == "SIM-SIGNATURE-INVALID"


def test_a_signature_of_another_key_is_refused(member: Oqs) -> None:
    thief = TestCard(member.card.certificate, new_key())
    assert code_of(member.check(thief.sign(member.challenge()))) == "SIM-SIGNATURE-INVALID"


def test_a_signature_certificate_does_not_identify(member: Oqs) -> None:
    card = TestCard.of(member.issued["Signature"])
    refused = member.check(card.sign(member.challenge()))
    assert code_of(refused) == "SIM-CERTIFICATE-NOT-AUTHENTICATION"


def test_a_certificate_that_names_the_issuer_without_its_signature_is_refused(
    member: Oqs,
) -> None:
    real, key = member.card.certificate, new_key()
    forged = x509.CertificateBuilder(
        issuer_name=real.issuer,
        subject_name=real.subject,
        public_key=key.public_key(),
        serial_number=real.serial_number,
        not_valid_before=datetime.now(UTC) - timedelta(days=1),
        not_valid_after=datetime.now(UTC) + timedelta(days=1),
    )
    for extension in real.extensions:
        forged = forged.add_extension(extension.value, extension.critical)
    card = TestCard(forged.sign(key, hashes.SHA256()), key)
    refused = member.check(card.sign(member.challenge()))
    assert code_of(refused) == "SIM-CERTIFICATE-SIGNATURE-FALSE"
    assert "signature" in refused.json()["detail"]


def test_what_is_no_certificate_is_refused_with_a_reason(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    proof["Certificate"] = base64.b64encode(b"not a certificate").decode()
    assert code_of(member.check(proof)) == "SIM-CERTIFICATE-UNREADABLE"
    for text in ("not base64!", "証明書では", "AAAA=AAA", "AAA", "====", "\u0000AAAA"):
        for part in ("Challenge", "Certificate", "Signature"):
            proof = member.card.sign(member.challenge())
            proof[part] = text
            refused = member.check(proof)
            assert 400 <= refused.status_code < 500, (part, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A003020102", "A003020107"),
        ("2A864886F70D010101", "2A864886F70D01017F"),
        ("2A864886F70D010101", "2B06010401DA470F01"),
    ],
    ids=["version", "algorithm", "algorithm of elsewhere"],
)
def test_a_certificate_that_the_library_does_not_know_is_unreadable(
    member: Oqs, old: str, new: str
) -> None:
    proof = member.card.sign(member.challenge())
    der = base64.b64decode(proof["Certificate"])
    changed = der.replace(bytes.fromhex(old), bytes.fromhex(new), 1)
    assert changed != der
    proof["Certificate"] = base64.b64encode(changed).decode()
    refused = member.check(proof)
    assert (refused.status_code // 100, code_of(refused)) == (4, "SIM-CERTIFICATE-UNREADABLE")


def test_a_revoked_certificate_is_refused_from_that_instant(member: Oqs) -> None:
    serial = member.issued["Authentication"]["Serial"]
    done = member.console.post(f"/sim/jlis/certificates/{serial}/revocation")
    assert done.status_code == 204
    assert code_of(member.check()) == "SIM-CERTIFICATE-REVOKED"


def test_an_expired_certificate_works_through_its_grace_and_no_longer(member: Oqs) -> None:
    # Issued on 9 November 2026 to someone born on 17 February: the fifth birthday is in 2031.
    assert member.issued["Authentication"]["ExpiresOn"] == "20310217"
    member.set_clock("2031-05-31T23:00:00+09:00")
    assert member.check().status_code == 200
    member.set_clock("2031-06-01T00:00:00+09:00")
    assert code_of(member.check()) == "SIM-CERTIFICATE-LAPSED"


def test_registration_needs_an_active_qualification(oqs: Oqs) -> None:
    assert code_of(oqs.register()) == "SIM-NO-ACTIVE-QUALIFICATION"
    oqs.report(1)
    assert oqs.register().status_code == 201
    assert oqs.register().status_code == 201, "to register again changes nothing"


def test_a_card_whose_certificate_is_in_its_grace_can_be_registered(oqs: Oqs) -> None:
    oqs.report(1)
    oqs.set_clock("2031-05-31T23:00:00+09:00")
    assert oqs.register().status_code == 201


def test_the_institution_of_the_request_must_be_that_of_the_certificate(member: Oqs) -> None:
    refused = member.check(MedicalInstitutionCode="9930000014")
    assert refused.status_code == 403
    assert code_of(refused) == "SIM-WRONG-CALLER"


def test_without_a_client_certificate_nothing_is_answered(member: Oqs) -> None:
    refused = member.console.post("/qualification/challenges")
    assert refused.status_code == 401
    assert code_of(refused) == "SIM-NO-CLIENT-CERTIFICATE"
    wrong = member.terminal.post("/intermediate/persons", json={"IndividualNumber": HANAKO})
    assert code_of(wrong) == "SIM-WRONG-CALLER"


def test_the_issued_certificates_say_that_they_are_simulated(oqs: Oqs) -> None:
    certificate = oqs.card.certificate
    assert "O=JPKI-SIM" in certificate.issuer.rfc4514_string()
    assert "SIMULATION" in certificate.issuer.rfc4514_string()
    assert certificate.not_valid_after_utc == datetime(2031, 2, 17, 14, 59, 59, tzinfo=UTC)
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert policies.critical
    assert policies.value[0].policy_identifier == AUTHENTICATION_POLICY
    signing = TestCard.of(oqs.issued["Signature"]).certificate
    names = signing.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    texts = {name.type_id.dotted_string[-1]: name.value[2:].decode() for name in names}  # type: ignore[union-attr]
    assert texts["1"] == "佐藤　花子"
    assert texts["4"] == "319800217"


@pytest.mark.rules("C-008", "R-021", "P-021")
def test_a_card_is_registered_at_the_reader_and_valid_in_the_same_visit(oqs: Oqs) -> None:
    path = "/qualification/registrations"
    refused = oqs.terminal.post(path, json=oqs.card.sign(oqs.challenge("registration")))
    assert code_of(refused) == "SIM-NO-ACTIVE-QUALIFICATION"
    oqs.report(1)
    assert code_of(oqs.check()) == "SIM-NOT-REGISTERED"
    proof = oqs.card.sign(oqs.challenge("registration"))
    assert oqs.terminal.post(path, json=proof).status_code == 204
    assert oqs.check().json()["MessageBody"]["QualificationValidity"] == "1"
    assert code_of(oqs.console.post(path, json=oqs.card.sign(oqs.challenge()))) == (
        "SIM-NO-CLIENT-CERTIFICATE"
    )


@pytest.mark.rules("P-011", "P-014", "R-021")
def test_a_card_without_a_pin_registers_at_the_reader_and_a_phone_elsewhere(oqs: Oqs) -> None:
    oqs.report(1)

    def at_reader(issued: dict[str, Any]) -> Any:
        proof = TestCard.of(issued["Authentication"]).sign(oqs.challenge("registration"))
        return oqs.terminal.post("/qualification/registrations", json=proof)

    phone = at_reader(oqs.issue(HANAKO, Kind="android"))
    assert (code_of(phone), phone.json()["reason"]) == (
        "SIM-REGISTRATION-REFUSED",
        "phone_at_reader",
    )
    issued = oqs.issue(HANAKO, Kind="face_authentication_card")
    card = TestCard.of(issued["Authentication"])
    at_portal = oqs.register(card)
    assert (at_portal.status_code, at_portal.json()["reason"]) == (409, "needs_pin")
    assert "カードリーダーで登録" in at_portal.json()["japanese"]
    proof = card.sign(oqs.portal_challenge())
    pretended = {"CardProof": proof, "Channel": "reader"}
    assert oqs.console.post("/portal/registrations", json=pretended).status_code == 422
    assert at_reader(issued).status_code == 204


@pytest.mark.parametrize(
    ("now", "validity", "day"),
    [
        ("2026-12-01T00:30:00+09:00", "2", "20261201"),
        ("2026-11-30T23:30:00+09:00", "1", "20261130"),
    ],
    ids=["half past midnight", "half an hour before"],
)
def test_today_is_the_day_in_tokyo(member: Oqs, now: str, validity: str, day: str) -> None:
    # At half past midnight in Tokyo it is still the day before in UTC.
    member.report(2, DisqualificationDate="20261201", ReasonOfLoss="03")
    member.set_clock(now)
    for answer in (member.check(), member.check_number()):
        assert answer.json()["MessageBody"]["QualificationValidity"] == validity
        assert answer.json()["MessageHeader"]["QualificationConfirmationDate"] == day
        assert answer.json()["MessageHeader"]["ProcessExecutionTime"].startswith(day)


@pytest.mark.rules("P-002", "P-003")
@pytest.mark.parametrize(
    ("today", "code", "said"),
    [
        ("2030-11-16", None, ()),
        ("2030-11-17", "SIM-CERTIFICATE-EXPIRES-SOON", ("令和13年2月17日",)),
        ("2031-02-17", "SIM-CERTIFICATE-EXPIRES-SOON", ("令和13年2月17日",)),
        ("2031-02-18", "SIM-CERTIFICATE-IN-GRACE", ("令和13年2月17日", "令和13年5月31日")),
        ("2031-05-31", "SIM-CERTIFICATE-IN-GRACE", ("令和13年2月17日", "令和13年5月31日")),
    ],
)
def test_a_certificate_to_renew_is_told_beside_a_check_that_went_well(
    member: Oqs, today: str, code: str | None, said: tuple[str, ...]
) -> None:
    member.set_clock(f"{today}T09:00:00+09:00")
    body = member.check().json()["MessageBody"]
    assert (body["ProcessingResultStatus"], body["QualificationValidity"]) == ("1", "1")
    assert body.get("ProcessingResultCode") == code
    assert all(day in body["ProcessingResultMessage"] for day in said)
    assert "ProcessingResultCode" not in member.check_number().json()["MessageBody"]


def test_the_elements_of_an_answer_come_in_the_published_order(member: Oqs) -> None:
    answer = member.check().json()
    parts = {
        ResponseHeader: answer["MessageHeader"],
        ResponseBody: answer["MessageBody"],
        ResultOfQualificationConfirmation: answer["MessageBody"]["ResultList"][0][
            "ResultOfQualificationConfirmation"
        ],
    }
    for model, part in parts.items():
        assert [name for name in map(to_pascal, model.model_fields) if name in part] == list(part)
