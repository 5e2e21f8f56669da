"""The web API, asked as a clinic's program asks it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.store.database_time import MICROSECONDS
from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import INSTITUTION
from wire.line_credentials import Caller, Role
from wire.messages.message_kind import MessageKind
from wire.messages.xml_reader import read_xml
from wire.vocabulary.answer import QualificationAnswer, ResultOfQualificationConfirmation

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

SEARCH = "/webapi/qualification/search"
ASKED = {
    "InsurerNumber": "  990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


def token(client: TestClient) -> str:
    done = client.post("/webapi/auth")
    assert done.status_code == 201, done.text
    assert done.json()["ValidSeconds"] == 900
    given: str = done.json()["Token"]
    return given


def ask(
    client: TestClient, given: str | None, institution: str = INSTITUTION, **search: str
) -> Any:
    message = {
        "XmlMsg": {
            "MessageHeader": {
                "MedicalInstitutionCode": institution,
                "ArbitraryFileIdentifier": "w-1",
            },
            "MessageBody": {"QualificationConfirmSearchInfo": {**ASKED, **search}},
        }
    }
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    return client.post(SEARCH, json=message, headers=headers)


def by_xml(client: TestClient, given: str, document: bytes) -> Any:
    headers = {"Authorization": f"Bearer {given}", "Content-Type": "application/xml"}
    return client.post(SEARCH, content=document, headers=headers)


def test_a_number_is_answered_in_the_shape_of_the_interface(member: Oqs) -> None:
    done = ask(member.terminal, token(member.terminal))
    assert done.status_code == 200, done.text
    assert list(done.json()) == ["XmlMsg"]
    message = done.json()["XmlMsg"]
    assert message["MessageHeader"] == {
        "ProcessExecutionTime": "20261109090000",
        "QualificationConfirmationDate": "20261109",
        "MedicalInstitutionCode": INSTITUTION,
        "ArbitraryFileIdentifier": "w-1",
        "ReferenceClassification": "2",
        "SegmentOfResult": "1",
        "CharacterCodeIdentifier": "0",
    }
    body = message["MessageBody"]
    assert list(body) == [
        "ProcessingResultStatus",
        "QualificationValidity",
        "QualificationConfirmSearchInfo",
        "ResultList",
    ]
    assert body["QualificationConfirmSearchInfo"] == {
        **ASKED,
        "LimitApplicationCertificateRelatedConsFlg": "0",
    }
    (item,) = body["ResultList"]
    result = item["ResultOfQualificationConfirmation"]
    assert result["InsurerNumber"] == "  990010"
    assert result["Name"] == "佐藤　花子"
    layout = ResultOfQualificationConfirmation.model_json_schema()["properties"]
    assert list(result) == [name for name in layout if name in result]
    assert all(isinstance(value, str) for value in result.values())


def test_xml_is_answered_in_xml_with_the_same_content(member: Oqs) -> None:
    given = token(member.terminal)
    request = (
        "<?xml version='1.0' encoding='Shift_JIS' ?><XmlMsg><MessageHeader>"
        f"<MedicalInstitutionCode>{INSTITUTION}</MedicalInstitutionCode></MessageHeader>"
        "<MessageBody><QualificationConfirmSearchInfo>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in ASKED.items())
        + "</QualificationConfirmSearchInfo></MessageBody></XmlMsg>"
    ).encode("shift_jis")
    done = by_xml(member.terminal, given, request)
    assert done.status_code == 200, done.text
    assert done.headers["Content-Type"] == "application/xml; charset=shift_jis"
    assert done.content.startswith(b'<?xml version="1.0" encoding="Shift_JIS" standalone="no"?>')
    answer = read_xml(done.content, MessageKind.CONFIRMATION.model)
    as_json = ask(member.terminal, given).json()["XmlMsg"]
    del as_json["MessageHeader"]["ArbitraryFileIdentifier"]
    as_json["MessageHeader"]["CharacterCodeIdentifier"] = "1"
    assert answer == QualificationAnswer.model_validate(as_json)


def test_a_worn_digit_is_no_qualification_and_a_wrong_number_an_error(member: Oqs) -> None:
    given = token(member.terminal)
    none = ask(member.terminal, given, InsuredIdentificationNumber="1254567").json()["XmlMsg"]
    assert none["MessageBody"]["QualificationValidity"] == "4"
    assert "ResultList" not in none["MessageBody"]
    wrong = ask(member.terminal, given, InsurerNumber="  990011")
    assert wrong.status_code == 200
    body = wrong.json()["XmlMsg"]["MessageBody"]
    assert body["ProcessingResultStatus"] == "2"
    assert body["ProcessingResultCode"] == "SIM-INVALID-NUMBER"
    assert "番号" in body["ProcessingResultMessage"]
    assert "QualificationValidity" not in body
    assert wrong.json()["XmlMsg"]["MessageHeader"]["SegmentOfResult"] == "1"


def test_another_institution_than_the_certificates_is_an_error_of_the_header(member: Oqs) -> None:
    done = ask(member.terminal, token(member.terminal), institution="9910000026")
    assert done.status_code == 200
    message = done.json()["XmlMsg"]
    assert message["MessageHeader"]["SegmentOfResult"] == "9"
    assert message["MessageHeader"]["ErrorCode"] == "SIM-WRONG-CALLER"
    assert message["MessageHeader"]["ErrorMessage"]
    assert message["MessageBody"] == {}


def refusal(done: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = done.json()
    assert (done.status_code, problem["code"]) == (status, code), done.text
    assert problem["japanese"].endswith("。")
    return problem


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer  ",
        "Basic dGVzdA==",
        "Bearer あ",
        "Bearer !!!!",
        "Bearer dGVzdA==",
    ],
)
def test_without_a_token_nothing_is_answered(oqs: Oqs, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    done = oqs.terminal.post(SEARCH, content=b"not even JSON", headers=headers)
    refusal(done, 401, "SIM-TOKEN-UNKNOWN")


def test_a_token_serves_with_its_certificate_only(oqs: Oqs) -> None:
    oqs.report(1)

    def terminal(institution: str, certificate: str) -> TestClient:
        return TestClient(OnLine(oqs.app, Caller(Role.TERMINAL, institution), certificate))

    own = terminal(INSTITUTION, "aa11")
    given = token(own)
    assert ask(own, given).status_code == 200
    for other in (terminal(INSTITUTION, "bb22"), terminal("9910000026", "aa11")):
        refusal(ask(other, given), 401, "SIM-TOKEN-UNKNOWN")
    changed = base64.urlsafe_b64decode(given)
    changed = changed[:-1] + bytes([changed[-1] ^ 1])
    refusal(ask(own, base64.urlsafe_b64encode(changed).decode()), 401, "SIM-TOKEN-UNKNOWN")


def test_a_challenge_is_no_token_and_a_token_no_challenge(oqs: Oqs) -> None:
    oqs.report(1)
    assert oqs.register().status_code == 201
    refusal(ask(oqs.terminal, oqs.challenge()), 401, "SIM-TOKEN-UNKNOWN")
    proof = oqs.card.sign(base64.b64encode(base64.urlsafe_b64decode(token(oqs.terminal))).decode())
    refusal(oqs.check(proof), 403, "SIM-CHALLENGE-UNKNOWN")


def test_a_token_is_known_at_another_process_and_ends_in_time(oqs: Oqs) -> None:
    oqs.report(1)
    given = token(oqs.terminal)
    with oqs.another(token_seconds=0) as other:
        assert ask(other.terminal, given).status_code == 200
        ended = other.terminal.post("/webapi/auth").json()["Token"]
        problem = refusal(ask(other.terminal, ended), 401, "SIM-TOKEN-UNKNOWN")
        assert "expired" in problem["detail"]


def test_a_token_ends_when_the_clock_is_moved_by_its_life(oqs: Oqs) -> None:
    oqs.report(1)
    oqs.set_clock("2026-11-09T10:00:00+09:00")
    given = token(oqs.terminal)
    for by, status in (("14:59", 200), ("15:00", 401), ("16:00", 401)):
        oqs.set_clock(f"2026-11-09T10:{by}+09:00")
        with oqs.another() as other:
            assert ask(other.terminal, given).status_code == status, by
    problem = refusal(ask(oqs.terminal, given), 401, "SIM-TOKEN-UNKNOWN")
    assert "the clock was moved on" in problem["detail"]
    assert ask(oqs.terminal, token(oqs.terminal)).status_code == 200


def test_a_token_outlives_a_clock_that_only_runs_fast(oqs: Oqs) -> None:
    oqs.report(1)
    fast = {"Mode": "accelerated", "SecondsPerDay": 0.01}
    assert oqs.console.put("/sim/clock", json=fast).status_code == 200
    given = token(oqs.terminal)
    before = oqs.console.get("/sim/clock").json()["Now"]
    while oqs.console.get("/sim/clock").json()["Now"][:10] == before[:10]:
        pass
    assert ask(oqs.terminal, given).status_code == 200


def test_a_challenge_goes_on_when_the_clock_is_moved(member: Oqs) -> None:
    challenge = member.challenge()
    member.set_clock("2026-11-12T10:00:00+09:00")
    assert member.check(member.card.sign(challenge)).status_code == 200


def test_the_secret_of_a_token_is_kept_while_the_token_holds(oqs: Oqs) -> None:
    oqs.report(1)
    given = token(oqs.terminal)
    issuer = oqs.app.state.tokens.issuer
    issuer.key_hours = 0.0
    issuer.refresh()
    for seconds, status in ((800, 200), (1_000, 401)):
        issuer._clear(issuer.time.now() + seconds * MICROSECONDS)
        issuer.key_hours = 24.0
        issuer._know(issuer.time.measure().keys)
        assert ask(oqs.terminal, given).status_code == status


@pytest.mark.parametrize(
    ("document", "code", "element"),
    [
        (b"{", "SIM-MESSAGE-UNREADABLE", None),
        (b"[]", "SIM-MESSAGE-UNREADABLE", None),
        (b"\xff\xfe", "SIM-MESSAGE-UNREADABLE", None),
        (b'{"MessageHeader": {}}', "SIM-MESSAGE-UNREADABLE", None),
        (b'{"XmlMsg": 1}', "SIM-MESSAGE-ELEMENT", "XmlMsg"),
        (b'{"XmlMsg": {"A": 1, "A": 2}}', "SIM-MESSAGE-ELEMENT", "A"),
        (b'{"XmlMsg": {"MessageHeader": {}}}', "SIM-MESSAGE-ELEMENT", "MedicalInstitutionCode"),
        (b'{"XmlMsg": {"Extra": {}}}', "SIM-MESSAGE-ELEMENT", "MessageHeader"),
        (b'{"XmlMsg": ' * 100_000, "SIM-MESSAGE-TOO-LARGE", None),
        (b" " * (4 << 20) + b"{}", "SIM-MESSAGE-TOO-LARGE", None),
    ],
    ids=range(10),
)
def test_bad_json_is_a_problem_that_names_the_element(
    oqs: Oqs, document: bytes, code: str, element: str | None
) -> None:
    headers = {"Authorization": f"Bearer {token(oqs.terminal)}"}
    done = oqs.terminal.post(SEARCH, content=document, headers=headers)
    problem = refusal(done, 413 if "LARGE" in code else 422, code)
    assert problem.get("element", "").endswith(element or "")


def test_bad_xml_is_a_problem_that_names_the_element(oqs: Oqs) -> None:
    given = token(oqs.terminal)
    done = by_xml(oqs.terminal, given, b"<XmlMsg><MessageHeader><Code/></MessageHeader></XmlMsg>")
    problem = refusal(done, 422, "SIM-MESSAGE-ELEMENT")
    assert problem["element"] == "XmlMsg/MessageHeader/Code"
    done = by_xml(oqs.terminal, given, b"<!DOCTYPE XmlMsg []><XmlMsg/>")
    refusal(done, 422, "SIM-MESSAGE-UNREADABLE")


def test_the_document_of_the_routes_tells_of_message_and_answer(oqs: Oqs) -> None:
    operation = oqs.app.openapi()["paths"][SEARCH]["post"]
    asked = operation["requestBody"]["content"]
    assert asked["application/json"]["schema"] == {"$ref": "#/components/schemas/InquiryMessage"}
    assert "application/xml" in asked
    answered = operation["responses"]["200"]["content"]
    assert answered["application/json"]["schema"] == {"$ref": "#/components/schemas/AnswerMessage"}
    assert {"401", "413", "422"} <= operation["responses"].keys()
