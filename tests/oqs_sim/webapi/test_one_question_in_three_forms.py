"""What a question says does not hang on its form: plain JSON, JSON within the root, XML."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # of our own documents only

import pytest

from oqs_sim.api.message_route import _PlainReader
from tests.oqs_sim.bulk.sending import check_all, result_of
from tests.oqs_sim.conftest import INSTITUTION
from tests.oqs_sim.medical import visits
from tests.oqs_sim.webapi.test_message_forms import ASKED, NUMBER, message, number, send
from wire.messages.message_reading import ORDINARY
from wire.vocabulary.bulk_inquiry import MOST_UNITS, BulkInquiry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oqs_sim.conftest import Oqs

FORMS = ("plain", "within the root", "XML")


def post(oqs: Oqs, path: str, asked: dict[str, Any], form: str, accept: str = "*/*") -> Any:
    headers = {"Accept": accept}
    if form == "XML":
        document = f"<XmlMsg>{_elements(asked)}</XmlMsg>".encode()
        headers["Content-Type"] = "application/xml"
        return oqs.terminal.post(path, content=document, headers=headers)
    sent = {"XmlMsg": asked} if form == "within the root" else asked
    return oqs.terminal.post(path, json=sent, headers=headers)


def _elements(members: dict[str, Any]) -> str:
    written = []
    for name, value in members.items():
        for one in value if isinstance(value, list) else [value]:
            text = _elements(one) if isinstance(one, dict) else _text(one)
            written.append(f"<{name}>{text}</{name}>")
    return "".join(written)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def told(answer: Any, form: str, element: str) -> str | None:
    """Return the text of the one element of this name in an answer, whatever its form."""
    if form == "XML":
        assert answer.headers["Content-Type"].startswith("application/xml"), answer.text
        return ET.fromstring(answer.content).findtext(f".//{element}")
    found = answer.json()
    assert ("XmlMsg" in found) is (form == "within the root")
    (text,) = _found(found, element) or (None,)
    return text


def _found(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return [one for item in value for one in _found(item, name)]
    if not isinstance(value, dict):
        return []
    own = [value[name]] if name in value else []
    return own + [one for inner in value.values() for one in _found(inner, name)]


@pytest.fixture
def unbranched(oqs: Oqs) -> Oqs:
    """OQS that knows Hanako under a number without 記号, with the 枝番 00."""
    oqs.report(1, InsuredCardSymbol="", InsuredBranchNumber="00")
    return oqs


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_element_is_as_an_absent_one(unbranched: Oqs, form: str) -> None:
    asked = number(InsuredCardSymbol="", InsuredBranchNumber="", ArbitraryIdentifier="")
    asked["MessageHeader"] |= {"QualificationConfirmationDate": "", "ArbitraryFileIdentifier": ""}
    done = post(unbranched, NUMBER, asked, form)
    assert done.status_code == 200, done.text
    assert told(done, form, "QualificationValidity") == "1"
    assert told(done, form, "QualificationConfirmationDate") == "20261109"
    assert told(done, form, "ArbitraryFileIdentifier") is None


@pytest.mark.parametrize("form", FORMS)
def test_an_element_that_is_needed_may_not_be_empty_in_any_form(member: Oqs, form: str) -> None:
    done = post(member, NUMBER, number(Birthdate=""), form)
    if form == "plain":
        assert done.json()["fields"][0]["field"].endswith("Birthdate")
    else:
        assert told(done, form, "ProcessingResultCode") == "SIM-MESSAGE-ELEMENT"


def test_an_empty_element_of_one_in_bulk_is_not_echoed(unbranched: Oqs) -> None:
    asked = {**ASKED, "InsuredCardSymbol": "", "InsuredBranchNumber": ""}
    (unit,) = check_all(unbranched.terminal, [asked])
    assert unit["QualificationValidity"] == "1"
    assert set(unit["QualificationConfirmSearchInfo"]) == {
        "InsurerNumber",
        "InsuredIdentificationNumber",
        "Birthdate",
        "LimitApplicationCertificateRelatedConsFlg",
    }
    assert result_of(unit)["Name"] == "佐藤　花子"


def test_a_member_that_stands_twice_is_refused_in_bulk(member: Oqs) -> None:
    units = json.dumps([ASKED, ASKED], ensure_ascii=False)
    whole = json.dumps(message(QualificationConfirmSearchInfo="units"), ensure_ascii=False)
    sent = whole.replace('"units"', units[:-2] + ', "Birthdate": "19800218"}]')
    for path, asked, code in (
        ("/bulk/qualification", sent, "SIM-INVALID-REQUEST"),
        ("/bulk/qualification", f'{{"XmlMsg":{sent}}}', "SIM-MESSAGE-ELEMENT"),
    ):
        done = member.terminal.post(
            path, content=asked, headers={"Content-Type": "application/json"}
        )
        assert (done.status_code, done.json()["code"]) == (422, code), done.text
        assert "Birthdate" in done.json()["detail"]
        assert "同じ項目が二つ" in done.json()["japanese"]


def test_a_member_that_stands_twice_is_refused_at_each_kind_of_route(member: Oqs) -> None:
    as_json = {"Content-Type": "application/json; charset=utf-8"}
    window = b'{"Kind":"disaster","MedicalInstitutionCode":"9910000018"}'
    for asked, path in (
        (member.console, "/sim/operation/windows"),
        (member.terminal, "/qualification/registrations"),
        (member.intermediate, "/intermediate/persons/matches"),
    ):
        twice = window.replace(b"{", b'{"Kind":"emergency",')
        done = asked.post(path, content=twice, headers=as_json)
        assert (done.status_code, done.json()["code"]) == (422, "SIM-INVALID-REQUEST"), path
        (field,) = done.json()["fields"]
        assert (field["field"], field["reason"]) == ("body.Kind", "it stands there twice")
    once = member.console.post("/sim/operation/windows", content=window, headers=as_json)
    assert once.status_code == 201, once.text


def test_a_member_that_stands_twice_is_refused_in_a_file_of_residents(member: Oqs) -> None:
    listed = member.console.post(
        "/sim/jlis/residents",
        content='{"Name":"模擬","Name":"擬模"}'.encode(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert "Name: it stands there twice" in listed.text


def test_to_see_that_nothing_stands_twice_in_bulk_takes_little_longer() -> None:
    def bulk(**branch: str) -> bytes:
        units = [{**ASKED, **branch}] * MOST_UNITS
        return json.dumps(message(QualificationConfirmSearchInfo=units)).encode()

    def seconds(read: Callable[[bytes], Any], document: bytes) -> float:
        begun = time.process_time()
        found = read(document)
        assert len(found.message_body.qualification_confirm_search_info) == MOST_UNITS
        return time.process_time() - begun

    carefully = _PlainReader(BulkInquiry, ORDINARY)
    with_empty, without = bulk(InsuredBranchNumber=""), bulk(InsuredBranchNumber="00")
    careful = min(seconds(carefully, with_empty) for _ in range(3))
    plain = min(seconds(BulkInquiry.model_validate_json, without) for _ in range(3))
    assert careful < 20 * plain


@pytest.mark.parametrize("form", FORMS)
def test_medical_information_is_asked_in_each_form(member: Oqs, form: str) -> None:
    proof = member.card.sign(member.challenge())
    card = message(CardProof=proof, Consents={"AllItems": True})
    assert told(post(member, "/qualification/card", card, form), form, "QualificationValidity")
    for path in visits.PATHS.values():
        done = post(member, path, visits.asked(), form)
        assert done.status_code == 200, done.text
        assert told(done, form, "ResultCode") == "1"
        pdf = post(member, path, visits.asked(FileCategory="1"), form)
        assert pdf.headers["Content-Type"] == "application/pdf", pdf.text
        as_json = post(member, path, visits.asked(), form, accept="application/json")
        assert as_json.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("form", FORMS)
def test_who_agrees_to_nothing_takes_the_consent_back_in_each_form(member: Oqs, form: str) -> None:
    assert visits.read_card(member, Consents=visits.ALL).status_code == 200
    card = message(CardProof=member.card.sign(member.challenge()), Consents={})
    assert post(member, "/qualification/card", card, form).status_code == 200
    refused = visits.look(member)
    assert (refused.status_code, refused.json()["code"]) == (403, "SIM-MEDICAL-NO-CONSENT")


@pytest.mark.parametrize("form", FORMS)
def test_why_nothing_is_shown_is_told_in_the_form_of_the_question(member: Oqs, form: str) -> None:
    asked = visits.asked()
    done = post(member, "/medical/surgery", asked, form)
    wrong = post(member, "/medical/surgery", visits.asked(StartDate="20260231"), form)
    if form == "plain":
        assert (done.status_code, done.json()["code"]) == (403, "SIM-MEDICAL-NO-CONSENT")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "SIM-INVALID-REQUEST")
        return
    for answer, code in ((done, "SIM-MEDICAL-NO-CONSENT"), (wrong, "SIM-MESSAGE-ELEMENT")):
        assert answer.status_code == 200
        assert told(answer, form, "ResultCode") == "9"
        assert code in (told(answer, form, "MessageContents") or "")
        (noted,) = member.console.get("/sim/operation/requests?AtMost=1").json()["Requests"]
        assert noted["Code"].startswith("SIM-")


def test_medical_information_comes_in_the_encoding_of_the_question(member: Oqs) -> None:
    assert visits.read_card(member, Consents=visits.ALL).status_code == 200
    done = send(member, "/medical/medicines", visits.asked(), "Shift_JIS")
    assert done.headers["Content-Type"] == "application/xml; charset=shift_jis"
    assert done.content.startswith(b'<?xml version="1.0" encoding="Shift_JIS"')
    assert "佐藤　花子" in done.content.decode("shift_jis")


@pytest.mark.parametrize("form", FORMS)
def test_a_consent_at_home_is_given_and_ended_in_each_form(member: Oqs, form: str) -> None:
    def given() -> Any:
        proof = member.card.sign(member.challenge())
        asked = message(CardProof=proof, MedicalTreatmentFlag="2", Consents={"AllItems": True})
        return post(member, "/visiting/consents", asked, form)

    def withdraw(consent: str) -> Any:
        asked = message(SimulationConsentNumber=consent)
        return post(member, "/visiting/withdrawals", asked, form)

    done = given()
    assert done.status_code == 201, done.text
    assert told(done, form, "QualificationValidity") == "1"
    consent = told(done, form, "SimulationConsentNumber")
    assert consent is not None
    ended = withdraw(consent)
    assert (ended.status_code, ended.content) == (204, b"")
    unknown = withdraw("0" * 32)
    if form == "plain":
        assert (unknown.status_code, unknown.json()["code"]) == (404, "SIM-CONSENT-UNKNOWN")
    else:
        assert told(unknown, form, "ProcessingResultCode") == "SIM-CONSENT-UNKNOWN"


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_consent_that_is_not_taken_is_told_in_the_answer(member: Oqs, form: str) -> None:
    proof = member.card.sign(member.challenge())
    asked = message(CardProof=proof, MedicalTreatmentFlag="2")
    assert post(member, "/visiting/consents", asked, form).status_code == 201
    again = post(member, "/visiting/consents", asked, form)
    assert again.status_code == 200
    assert told(again, form, "ProcessingResultCode") == "SIM-CHALLENGE-USED"
    assert told(again, form, "SimulationConsentNumber") is None
    assert told(again, form, "MedicalInstitutionCode") == INSTITUTION
