"""Messages of terminals in each form: what is answered, in which form, and how errors are told."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import pyzipper

from tests.oqs_sim.conftest import INSTITUTION
from wire.messages.message_kind import MessageKind
from wire.messages.xml_reader import encoding_of, read_xml
from wire.vocabulary.answer import ResultOfQualificationConfirmation

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.element import Element

RESULT = ResultOfQualificationConfirmation.model_fields
OTHER = "9910000026"
NUMBER = "/qualification/number"
SETTINGS = "/sim/operation/messages"
ASKED = {
    "InsurerNumber": "  990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
INFO = {name: value for name, value in ASKED.items() if name != "Birthdate"}


def elements(members: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{elements(value) if isinstance(value, dict) else value}</{name}>"
        for name, value in members.items()
    )


def message(institution: str = INSTITUTION, **body: Any) -> dict[str, Any]:
    header = {"MedicalInstitutionCode": institution, "ArbitraryFileIdentifier": "f-1"}
    return {"MessageHeader": header, "MessageBody": body}


def send(oqs: Oqs, path: str, asked: dict[str, Any], encoding: str = "UTF-8") -> Any:
    document = f'<?xml version="1.0" encoding="{encoding}"?><XmlMsg>{elements(asked)}</XmlMsg>'
    return oqs.terminal.post(
        path,
        content=document.encode(encoding),
        headers={"Content-Type": f"application/xml; charset={encoding}"},
    )


def number(institution: str = INSTITUTION, **search: str) -> dict[str, Any]:
    return message(institution, QualificationConfirmSearchInfo={**ASKED, **search})


def answer_in(done: Any, kind: MessageKind = MessageKind.CONFIRMATION) -> Any:
    assert done.status_code in {200, 202}, done.text
    assert done.headers["Content-Type"].startswith("application/xml"), done.text
    found: Element = read_xml(done.content, kind.model)
    return found


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS"])
def test_a_question_is_answered_in_its_encoding(member: Oqs, encoding: str) -> None:
    done = send(member, NUMBER, number(), encoding)
    assert done.headers["Content-Type"] == f"application/xml; charset={encoding.lower()}"
    assert done.content.startswith(f'<?xml version="1.0" encoding="{encoding}"'.encode())
    answer: QualificationAnswer = answer_in(done)
    assert answer.message_header.character_code_identifier == (
        "1" if encoding == "Shift_JIS" else "0"
    )
    assert answer.message_body.results[0].name == "佐藤　花子"
    taken = send(member, "/bulk/qualification", number(), encoding)
    assert taken.status_code == 202
    assert encoding_of(taken.content).declared == encoding


def test_a_card_is_answered_in_xml_and_within_the_root(member: Oqs) -> None:
    def asked() -> dict[str, Any]:
        return message(CardProof=member.card.sign(member.challenge()))

    answer: QualificationAnswer = answer_in(send(member, "/qualification/card", asked()))
    assert answer.message_header.reference_classification == "1"
    assert answer.message_body.simulation_reference is None
    rooted = member.terminal.post("/qualification/card", json={"XmlMsg": asked()})
    assert rooted.status_code == 200, rooted.text
    assert list(rooted.json()) == ["XmlMsg"]
    body = rooted.json()["XmlMsg"]["MessageBody"]
    assert body["QualificationValidity"] == "1"
    again = member.terminal.post("/qualification/card", json=asked())
    assert again.json()["MessageBody"]["SimulationReference"]


def test_the_four_items_go_in_xml(member: Oqs) -> None:
    items = {"Name": "佐藤 花子", "Sex1": "2", "Birthdate": "19800217", "Address": "模擬県",
             "OralConsent": "1"}  # fmt: skip
    asked = message(PersonSearchInfo=items)
    closed: QualificationAnswer = answer_in(send(member, "/qualification/person", asked))
    assert closed.message_body.processing_result_code == "SIM-MODE-NOT-OPEN"
    member.console.post(
        "/sim/operation/windows",
        json={"Kind": "system_failure", "MedicalInstitutionCode": INSTITUTION},
    )
    found: QualificationAnswer = answer_in(send(member, "/qualification/person", asked))
    assert found.message_body.qualification_validity == "1"


def test_a_message_within_its_root_is_taken_wherever_one_is(member: Oqs) -> None:
    for path, asked in (
        (NUMBER, number()),
        ("/reference-numbers", message(ReferenceNumberRegistrationInfo={
            **INFO, "ReferenceNumber": "K-1"})),
        ("/bulk/qualification", message(QualificationConfirmSearchInfo=[ASKED])),
    ):  # fmt: skip
        done = member.terminal.post(path, json={"XmlMsg": asked})
        assert done.status_code in {200, 202}, done.text
        header = done.json()["XmlMsg"]["MessageHeader"]
        assert header["ArbitraryFileIdentifier"] == "f-1"


@pytest.mark.parametrize(
    ("asked", "segment", "status", "code"),
    [
        (number(InsurerNumber="  990011"), "1", "2", "SIM-INVALID-NUMBER"),
        (number(Birthdate="19800231"), "1", "2", "SIM-MESSAGE-ELEMENT"),
        (number(OTHER), "9", None, "SIM-WRONG-CALLER"),
        (number("12"), "9", None, "SIM-MESSAGE-ELEMENT"),
    ],
    ids=["check digit", "birthdate", "institution", "no institution"],
)
def test_an_error_is_told_as_the_answer_tells_it(
    member: Oqs, asked: dict[str, Any], segment: str, status: str | None, code: str
) -> None:
    rooted = member.terminal.post(NUMBER, json={"XmlMsg": asked})
    assert rooted.status_code == 200, rooted.text
    answer: QualificationAnswer = answer_in(send(member, NUMBER, asked))
    header, body = answer.message_header, answer.message_body
    assert header.segment_of_result == segment
    assert rooted.json()["XmlMsg"]["MessageBody"].get("ProcessingResultStatus") == status
    assert code in {header.error_code, body.processing_result_code}
    assert "。" in (header.error_message or "") + (body.processing_result_message or "")
    as_json = rooted.json()["XmlMsg"]["MessageHeader"]
    assert (as_json["SegmentOfResult"], as_json.get("ErrorCode")) == (segment, header.error_code)
    plain = member.terminal.post(NUMBER, json=asked)
    assert plain.status_code in {403, 422}
    (noted,) = member.console.get("/sim/operation/requests?AtMost=1").json()["Requests"]
    assert noted["Code"].startswith("SIM-")


@pytest.mark.parametrize(
    ("wrong", "asked_on"),
    [
        ({"QualificationConfirmationDate": "20260229"}, None),
        ({"MedicalInstitutionCode": ""}, "20261110"),
        ({"MedicalInstitutionCode": "991000001"}, "20261110"),
    ],
    ids=["day", "no institution", "short institution"],
)
@pytest.mark.parametrize(
    ("path", "kind"),
    [(NUMBER, MessageKind.CONFIRMATION), ("/bulk/qualification", MessageKind.BULK_RECEPTION)],
)
def test_what_is_right_of_a_wrong_header_is_told_back(
    member: Oqs, path: str, kind: MessageKind, wrong: dict[str, str], asked_on: str | None
) -> None:
    asked = number()
    asked["MessageHeader"] |= {"QualificationConfirmationDate": "20261110"} | wrong
    header = answer_in(send(member, path, asked), kind).message_header
    assert (header.segment_of_result, header.error_code) == ("9", "SIM-MESSAGE-ELEMENT")
    assert header.arbitrary_file_identifier == "f-1"
    assert header.medical_institution_code == INSTITUTION
    rooted = member.terminal.post(path, json={"XmlMsg": asked}).json()["XmlMsg"]["MessageHeader"]
    assert rooted["ArbitraryFileIdentifier"] == "f-1"
    if asked_on is not None and kind is MessageKind.CONFIRMATION:
        assert header.qualification_confirmation_date == asked_on


def test_a_question_for_a_result_may_have_a_mark_of_its_own(member: Oqs) -> None:
    receipt = answer_in(send(member, "/bulk/qualification", number()), MessageKind.BULK_RECEPTION)
    fetch = message(ReceptionNumber=receipt.message_body.reception_number)
    for mark, told in (("f-2", "f-2"), (None, "f-1")):
        fetch["MessageHeader"]["ArbitraryFileIdentifier"] = mark or ""
        result = answer_in(
            send(member, "/bulk/qualification/result", fetch), MessageKind.BULK_RESULT
        )
        assert result.message_header.arbitrary_file_identifier == told
    fetch["MessageHeader"]["ArbitraryFileIdentifier"] = "f-3"
    fetch["MessageBody"]["ReceptionNumber"] = ""
    none = send(member, "/bulk/qualification/result", fetch)
    assert b"<ReceptionNumber" not in none.content
    header = answer_in(none, MessageKind.BULK_RESULT).message_header
    assert (header.error_code, header.arbitrary_file_identifier) == ("SIM-RECEPTION-UNKNOWN", "f-3")


@pytest.mark.parametrize("born", [" 19800217", "19800217 ", "　１９８００２１７"])
def test_blanks_around_a_birthdate_are_as_those_around_a_number(member: Oqs, born: str) -> None:
    asked = number(InsuredIdentificationNumber=" 1234567 ", Birthdate=born)
    answer: QualificationAnswer = answer_in(send(member, NUMBER, asked))
    assert answer.message_body.qualification_validity == "1"
    asked_for = answer.message_body.qualification_confirm_search_info
    assert asked_for is not None
    assert asked_for.birthdate == born


def test_a_list_of_another_kind_of_treatment_is_refused_by_its_element(member: Oqs) -> None:
    asked = message(QualificationConfirmSearchInfo={"MedicalTreatmentFlag": "2"})
    done = answer_in(send(member, "/bulk/online-examinations", asked), MessageKind.BULK_RECEPTION)
    assert done.message_header.error_code == "SIM-INVALID-REQUEST"
    told = done.message_header.error_message
    assert told == "MedicalTreatmentFlag（診療区分）が違います。この照会では「3」です。"


def test_an_insurer_number_that_is_empty_is_told_back_as_it_was(member: Oqs) -> None:
    wrong = number(InsurerNumber="", Birthdate="19800217")
    receipt = answer_in(send(member, "/bulk/qualification", wrong), MessageKind.BULK_RECEPTION)
    fetch = message(ReceptionNumber=receipt.message_body.reception_number)
    segment = "2"
    while segment == "2":
        done = send(member, "/bulk/qualification/result", fetch)
        segment = answer_in(done, MessageKind.BULK_RESULT).message_header.segment_of_result
    assert b"<InsurerNumber/>" in done.content


@pytest.mark.parametrize("mark", ["髙-1", "～①"])
def test_what_the_asker_calls_things_comes_back_in_the_bytes_of_windows(
    member: Oqs, mark: str
) -> None:
    asked = number(InsuredCardSymbol="髙", ArbitraryIdentifier=mark)
    asked["MessageHeader"]["ArbitraryFileIdentifier"] = f"髙{mark}"
    document = f'<?xml version="1.0" encoding="Shift_JIS"?><XmlMsg>{elements(asked)}</XmlMsg>'
    done = member.terminal.post(
        NUMBER, content=document.encode("cp932"), headers={"Content-Type": "application/xml"}
    )
    text = done.content.decode("cp932")
    assert f"<ArbitraryFileIdentifier>髙{mark}</ArbitraryFileIdentifier>" in text
    assert "<InsuredCardSymbol>髙</InsuredCardSymbol>" in text
    assert f"<ArbitraryIdentifier>{mark}</ArbitraryIdentifier>" in text


def test_what_is_wrong_with_a_card_is_told_in_the_answer(member: Oqs) -> None:
    asked = message(CardProof=member.card.sign(member.challenge()))
    answer_in(send(member, "/qualification/card", asked))
    again: QualificationAnswer = answer_in(send(member, "/qualification/card", asked))
    assert again.message_body.processing_result_code == "SIM-CHALLENGE-USED"
    assert again.message_header.reference_classification == "1"


def test_a_reference_number_that_is_refused_is_told_in_its_answer(member: Oqs) -> None:
    def register(institution: str = INSTITUTION, **info: str) -> Any:
        named = {"ReferenceNumber": "K-1", **INFO, **info}
        asked = message(institution, ReferenceNumberRegistrationInfo=named)
        return answer_in(send(member, "/reference-numbers", asked), MessageKind.REFERENCE)

    unknown = register(InsuredIdentificationNumber="9")
    assert unknown.message_body.processing_result_status == "2"
    assert unknown.message_body.processing_result_code == "SIM-NO-SUCH-QUALIFICATION"
    assert unknown.message_body.reference_number_registration_info.reference_number == "K-1"
    wrong = register(InsurerNumber="  990011")
    assert wrong.message_body.processing_result_code == "SIM-INVALID-NUMBER"
    other = register(OTHER)
    assert other.message_header.segment_of_result == "9"
    assert other.message_header.error_code == "SIM-WRONG-CALLER"
    assert other.message_body.reference_number_registration_info is None


def test_bulk_that_is_refused_is_told_in_its_header(member: Oqs) -> None:
    taken = answer_in(
        send(member, "/bulk/qualification", number(OTHER)), MessageKind.BULK_RECEPTION
    )
    assert taken.message_header.error_code == "SIM-WRONG-CALLER"
    assert taken.message_header.segment_of_result == "9"
    fetch = message(ReceptionNumber="0001")
    del fetch["MessageHeader"]["ArbitraryFileIdentifier"]
    for path, kind in (
        ("/bulk/qualification/result", MessageKind.BULK_RESULT),
        ("/bulk/reference-numbers/result", MessageKind.BULK_REFERENCE_RESULT),
    ):
        none = answer_in(send(member, path, fetch), kind)
        assert none.message_header.error_code == "SIM-RECEPTION-UNKNOWN"
        assert none.message_header.reception_number == "0001"


def test_one_terminal_gets_its_answers_in_a_form_that_was_set_for_it(member: Oqs) -> None:
    def put(**setting: Any) -> Any:
        return member.console.put(SETTINGS, json=setting)

    set_ = put(MedicalInstitutionCode=INSTITUTION, Encoding="shift_jis", Order="shuffled", Seed=3)
    assert set_.status_code == 200, set_.text
    (setting,) = set_.json()["Messages"]
    assert (setting["Encoding"], setting["Seed"]) == ("shift_jis", 3)
    shuffled = send(member, NUMBER, number())
    assert shuffled.headers["Content-Type"] == "application/xml; charset=shift_jis"
    text = shuffled.content.decode("shift_jis")
    assert text.index("<Birthdate>") != -1
    rooted = member.terminal.post(NUMBER, json={"XmlMsg": number()}).json()["XmlMsg"]
    names = list(rooted["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"])
    layout = [member.alias for member in RESULT.values()]
    assert names != [name for name in layout if name in names]
    assert rooted["MessageHeader"]["CharacterCodeIdentifier"] == "0"
    put(Encoding="utf-8-sig")
    assert not send(member, NUMBER, number()).content.startswith(b"\xef\xbb\xbf")
    ended = member.console.delete(f"{SETTINGS}/{INSTITUTION}")
    assert ended.status_code == 204
    assert send(member, NUMBER, number()).content.startswith(b"\xef\xbb\xbf")
    assert member.console.delete(SETTINGS).status_code == 204
    assert send(member, NUMBER, number()).content.startswith(b"<?xml")
    assert member.console.delete(SETTINGS).json()["code"] == "SIM-NO-SUCH-RULE"
    assert put(Declaration="absent").status_code == 422
    assert put(Declaration="absent", Encoding="shift_jis").status_code == 422


def test_xml_comes_in_a_zip_where_that_is_set(member: Oqs) -> None:
    member.console.put(SETTINGS, json={"ZipPassword": "open sesame", "Absence": "empty"})
    done = send(member, NUMBER, number())
    assert done.headers["Content-Type"] == "application/zip"
    with pyzipper.AESZipFile(io.BytesIO(done.content)) as archive:
        archive.setpassword(b"open sesame")
        assert b"<Address/>" in archive.read("OQSsiquc01res.xml")
