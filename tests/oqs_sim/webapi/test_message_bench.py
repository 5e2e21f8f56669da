"""Makers of programs read and write messages of the interface at the console."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
import pyzipper
from fastapi.testclient import TestClient

from oqs_sim.app import build_app
from oqs_sim.settings import Settings
from tests.equipment.callers import OWN_URL, AtConsole
from tests.wire.messages.consumers import careful
from tests.wire.messages.samples import ANSWER, BULK
from tests.wire.messages.test_consumers import KNOWN
from wire.messages.json_form import write_json
from wire.messages.message_kind import MessageKind
from wire.messages.profile import Encoding, Profile
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml
from wire.vocabulary.answer import QualificationAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

XML = {"Content-Type": "application/xml"}


@pytest.fixture(scope="module")
def console() -> Iterator[TestClient]:
    with TestClient(AtConsole(build_app(Settings())), OWN_URL) as client:
        yield client


def write(console: TestClient, zip_password: str | None = None, **profile: str) -> Any:
    headers = {} if zip_password is None else {"Zip-Password": zip_password}
    return console.post(
        "/sim/messages/OQSsiquc01res/document",
        content=write_json(ANSWER),
        params=profile,
        headers=headers,
    )


def test_a_document_is_written_in_every_form(console: TestClient) -> None:
    done = write(console, Encoding="shift_jis", Order="shuffled", Seed="3", Absence="empty")
    assert done.status_code == 200, done.text
    assert done.headers["Content-Type"] == "application/xml; charset=shift_jis"
    result = careful(done.content, "Shift_JIS", known=KNOWN)
    assert result["Address"] == ""
    assert result["Name"] == "佐藤　花子"
    assert (
        done.content
        == write(console, Encoding="shift_jis", Order="shuffled", Seed="3", Absence="empty").content
    )


def test_a_document_comes_in_a_zip_with_a_password(console: TestClient) -> None:
    done = write(console, zip_password="open sesame")
    assert done.headers["Content-Type"] == "application/zip"
    with pyzipper.AESZipFile(io.BytesIO(done.content)) as archive:
        archive.setpassword(b"open sesame")
        assert archive.read("OQSsiquc01res.xml") == write_xml(ANSWER)


@pytest.mark.parametrize(
    "profile",
    [
        {"Encoding": "utf-16"},
        {"Order": "?"},
        {"Seed": "-1"},
        {"Encoding": "shift_jis", "Declaration": "absent"},
    ],
    ids=str,
)
def test_a_form_that_there_is_not_is_refused(console: TestClient, profile: dict[str, str]) -> None:
    done = write(console, **profile)
    assert (done.status_code, done.json()["code"]) == (422, "SIM-INVALID-REQUEST")


@pytest.mark.parametrize("kind", MessageKind, ids=lambda kind: kind.api_id)
def test_every_kind_is_known_by_its_api_id(console: TestClient, kind: MessageKind) -> None:
    done = console.post(
        f"/sim/messages/{kind.api_id}/reading", content=b"<XmlMsg><A/></XmlMsg>", headers=XML
    )
    assert (done.status_code, done.json()["code"]) == (422, "SIM-MESSAGE-ELEMENT")
    assert done.json()["element"] == "XmlMsg/A"


def test_a_message_is_read_and_shown_as_json(console: TestClient) -> None:
    path = "/sim/messages/OQSmuquc02res/reading"
    done = console.post(path, content=write_xml(BULK), headers=XML)
    assert done.status_code == 200, done.text
    assert done.content == write_json(BULK)


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (ANSWER.as_json(), {}),
        (write_json(ANSWER), {}),
        (write_xml(ANSWER, Profile(Encoding.SHIFT_JIS)), XML),
    ],
    ids=["plain", "within its root", "XML"],
)
def test_a_file_of_face_is_made_of_an_answer_as_it_came(
    console: TestClient, sent: bytes, headers: dict[str, str]
) -> None:
    done = console.post("/sim/messages/face", content=sent, headers=headers)
    assert done.status_code == 200, done.text
    name = re.fullmatch(r'attachment; filename="(.+)"', done.headers["Content-Disposition"])
    assert name
    assert re.fullmatch(r"OQSsiquc01res_face_9910000018[0-9a-f]{20}_20261120091000\.xml", name[1])
    pushed = read_xml(done.content, QualificationAnswer)
    header = pushed.message_header
    assert header.reference_classification == "1"
    assert re.fullmatch(r"[A-Za-z0-9+/]{16}", header.arbitrary_file_identifier or "")
    assert pushed.message_body.results == ANSWER.message_body.results
    other = console.post("/sim/messages/face", content=sent, headers=headers)
    assert other.headers["Content-Disposition"] != done.headers["Content-Disposition"]


def test_the_day_of_the_six_consents_is_a_choice(console: TestClient) -> None:
    told = write(console, SixConsentsFrom="20261120", Absence="empty").content
    assert b"<DiagnosisNameConsFlg/>" in told
    later = write(console, SixConsentsFrom="20261121", Absence="empty").content
    assert b"<DiagnosisNameConsFlg/>" not in later


def test_a_kind_that_nobody_knows_is_not_found(console: TestClient) -> None:
    done = console.post("/sim/messages/OQSsihvq01req/reading", content=b"{}")
    assert (done.status_code, done.json()["code"]) == (404, "SIM-NOT-FOUND")
    assert "OQSsiquc01req" in done.json()["detail"]
