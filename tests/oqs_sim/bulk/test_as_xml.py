"""Inquiries in bulk as the files of the interface: XML in, XML out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # of our own documents only

from oqs_sim.bulk.policy import BulkPolicy
from tests.oqs_sim.bulk.sending import SECONDS
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

UNIT = (
    "<QualificationConfirmSearchInfo><InsurerNumber>  990010</InsurerNumber>"
    "<InsuredCardSymbol>最上</InsuredCardSymbol>"
    "<InsuredIdentificationNumber>{number}</InsuredIdentificationNumber>"
    "<InsuredBranchNumber>01</InsuredBranchNumber><Birthdate>19800217</Birthdate>"
    "<ArbitraryIdentifier>{mark}</ArbitraryIdentifier></QualificationConfirmSearchInfo>"
)


def post(oqs: Oqs, path: str, body: str, encoding: str = "UTF-8") -> Any:
    document = (
        f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>'
        f"<XmlMsg><MessageHeader><MedicalInstitutionCode>{INSTITUTION}</MedicalInstitutionCode>"
        f"<ArbitraryFileIdentifier>t-1</ArbitraryFileIdentifier></MessageHeader>"
        f"<MessageBody>{body}</MessageBody></XmlMsg>"
    )
    return oqs.terminal.post(
        path, content=document.encode(encoding), headers={"Content-Type": "application/xml"}
    )


def collect(oqs: Oqs, path: str, number: str) -> ET.Element:
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?><XmlMsg><MessageHeader>'
        f"<MedicalInstitutionCode>{INSTITUTION}</MedicalInstitutionCode></MessageHeader>"
        f"<MessageBody><ReceptionNumber>{number}</ReceptionNumber></MessageBody></XmlMsg>"
    )
    until = time.monotonic() + SECONDS
    while True:
        answer = oqs.terminal.post(
            f"{path}/result",
            content=document.encode(),
            headers={"Content-Type": "application/xml"},
        )
        assert answer.status_code == 200, answer.text
        found = ET.fromstring(answer.content)
        if found.findtext("MessageHeader/SegmentOfResult") != "2":
            return found
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_inquiry_in_bulk_goes_in_xml(member: Oqs) -> None:
    with member.another(bulk=BulkPolicy(part_units=2)) as oqs:
        body = "".join(
            UNIT.format(number="1234567" if mark % 2 else "9", mark=mark) for mark in range(5)
        )
        receipt = post(oqs, "/bulk/qualification", body, "Shift_JIS")
        assert receipt.status_code == 202, receipt.text
        assert receipt.headers["Content-Type"].startswith("application/xml")
        # This parser reads no Shift_JIS, in which the receipt is as the question was.
        taken = ET.fromstring(receipt.content.decode("shift_jis").partition("?>")[2])
        assert taken.tag == "XmlMsg"
        number = taken.findtext("MessageBody/ReceptionNumber")
        assert number
        found = collect(oqs, "/bulk/qualification", number)
    units = found.findall("MessageBody/BulkConfirmUnit")
    assert [one.findtext("QualificationValidity") for one in units] == ["4", "1", "4", "1", "4"]
    assert [
        one.findtext("QualificationConfirmSearchInfo/ArbitraryIdentifier") for one in units
    ] == list("01234")
    # Directly in the unit, as its public reader has it (§3.4).
    assert units[1].findtext("ResultOfQualificationConfirmation/Name") == "佐藤　花子"
    head = found.find("MessageHeader")
    assert head is not None
    assert [one.tag for one in head] == [
        "ProcessExecutionTime", "QualificationConfirmationDate", "MedicalInstitutionCode",
        "ArbitraryFileIdentifier", "ReceptionNumber", "CharacterCodeIdentifier",
        "SegmentOfResult", "NumberOfProcessingResult", "NumberOfNormalProcessing", "NumberOfError",
    ], "in the order of §3.4"  # fmt: skip
    assert found.findtext("MessageHeader/NumberOfProcessingResult") == "5"
    assert found.findtext("MessageHeader/ArbitraryFileIdentifier") == "t-1"


def test_a_reference_number_goes_in_xml(member: Oqs) -> None:
    info = (
        "<ReferenceNumberRegistrationInfo><ReferenceNumber>K-1</ReferenceNumber>"
        "<InsurerNumber>  990010</InsurerNumber><InsuredCardSymbol>最上</InsuredCardSymbol>"
        "<InsuredIdentificationNumber>1234567</InsuredIdentificationNumber>"
        "<InsuredBranchNumber>01</InsuredBranchNumber></ReferenceNumberRegistrationInfo>"
    )
    answer = post(member, "/reference-numbers", info)
    assert answer.status_code == 200, answer.text
    read = ET.fromstring(answer.content)
    assert read.findtext("MessageBody/ProcessingResultStatus") == "1"
    assert read.findtext("MessageBody/ReferenceNumberRegistrationInfo/ReferenceNumber") == "K-1"
    (item,) = member.check().json()["MessageBody"]["ResultList"]
    assert item["ResultOfQualificationConfirmation"]["ReferenceNumber"] == "K-1"


def test_what_is_no_message_is_told(member: Oqs) -> None:
    refused = post(member, "/bulk/qualification", "<Unknown/>")
    assert refused.status_code in {400, 422}
    assert refused.json()["japanese"]
