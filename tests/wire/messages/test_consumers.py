"""What is written passes the strictest of the readers in use, and where one is misled, which."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic.alias_generators import to_pascal

from tests.wire.messages.consumers import (
    Refused,
    binds_directly,
    careful,
    columns_of_elderly,
    guesses_shift_jis,
    registered,
    registered_in_bulk,
    searches_anywhere,
)
from tests.wire.messages.samples import ANSWER, BULK, BULK_REGISTERED, REGISTERED, RESULT
from wire.messages.json_form import write_json
from wire.messages.profile import (
    Absence,
    Declaration,
    ElementOrder,
    Encoding,
    Nesting,
    Profile,
)
from wire.messages.xml_writer import write_xml
from wire.vocabulary.answer import (
    QualificationAnswer,
    ResponseBody,
    ResponseHeader,
    ResultOfQualificationConfirmation,
)
from wire.vocabulary.codes import ProcessingResultStatus, SegmentOfResult

KNOWN = {
    to_pascal(name)
    for model in (ResponseHeader, ResponseBody, ResultOfQualificationConfirmation)
    for name in model.model_fields
    if name != "simulation_reference"
}
ORDERS = [(ElementOrder.LAYOUT, 0), (ElementOrder.SHUFFLED, 1), (ElementOrder.SHUFFLED, 2)]
PROFILES = [
    Profile(encoding, order=order, seed=seed, absence=absence)
    for encoding in Encoding
    for order, seed in ORDERS
    for absence in Absence
]


@pytest.mark.parametrize("profile", PROFILES, ids=str)
def test_the_most_careful_reader_takes_every_profile(profile: Profile) -> None:
    written = write_xml(ANSWER, profile)
    result = careful(written, profile.encoding.declared, known=KNOWN)
    assert result["Name"] == "佐藤　花子"
    assert result["InsurerNumber"] == "  990010"
    if profile.absence is Absence.OMITTED:
        assert "Address" not in result, "absent is omitted, as in the real samples"
    else:
        assert result["Address"] == ""


def test_a_reader_that_is_set_to_another_encoding_refuses() -> None:
    with pytest.raises(Refused, match="declared otherwise"):
        careful(write_xml(ANSWER), "Shift_JIS", known=KNOWN)
    with pytest.raises(Refused, match="no declaration"):
        careful(write_xml(ANSWER, Profile(declaration=Declaration.ABSENT)), "UTF-8", known=KNOWN)


def test_who_guesses_shift_jis_needs_a_mark_or_shift_jis() -> None:
    assert guesses_shift_jis(write_xml(ANSWER, Profile(Encoding.UTF_8_BOM))) == "佐藤　花子"
    assert guesses_shift_jis(write_xml(ANSWER, Profile(Encoding.SHIFT_JIS))) == "佐藤　花子"
    assert guesses_shift_jis(write_xml(ANSWER)) != "佐藤　花子"


def test_a_name_beyond_the_set_is_shown_with_black_circles_in_shift_jis_only() -> None:
    name = ANSWER.model_copy(
        update={
            "message_body": ANSWER.message_body.model_copy(
                update={
                    "result_list": (
                        ANSWER.message_body.result_list[0].model_copy(
                            update={
                                "result_of_qualification_confirmation": RESULT.model_copy(
                                    update={"name": "𠮷田　髙子"}
                                )
                            }
                        ),
                    )
                }
            )
        }
    )
    shown = careful(write_xml(name, Profile(Encoding.SHIFT_JIS)), "Shift_JIS", known=KNOWN)
    assert shown["Name"] == "●田　●子"
    assert careful(write_xml(name), "UTF-8", known=KNOWN)["Name"] == "𠮷田　髙子"


def test_a_shuffled_order_is_another_one_and_always_the_same() -> None:
    one = Profile(order=ElementOrder.SHUFFLED, seed=1)
    assert write_xml(ANSWER, one) == write_xml(ANSWER, one)
    orders = {
        tuple(careful(write_xml(ANSWER, profile), "UTF-8", known=KNOWN))
        for profile in (Profile(), one, replace(one, seed=2))
    }
    assert len(orders) == 3
    assert len({frozenset(order) for order in orders}) == 1


def test_layout_order_is_that_of_the_published_list() -> None:
    found = tuple(careful(write_xml(ANSWER), "UTF-8", known=KNOWN))
    layout = [to_pascal(name) for name in ResultOfQualificationConfirmation.model_fields]
    assert found == tuple(name for name in layout if name in found)
    assert layout[:3] == ["InsuredCardClassification", "InsurerNumber", "InsuredCardSymbol"]


def test_the_consents_of_2025_are_told_from_their_day_on_only() -> None:
    day = Profile().six_consents_from
    header = ANSWER.message_header
    for told, moment in ((True, "20250401000000"), (False, "20250331235959")):
        answer = ANSWER.model_copy(
            update={"message_header": header.model_copy(update={"process_execution_time": moment})}
        )
        found = careful(write_xml(answer), "UTF-8", known=KNOWN)
        assert ("AllergyInfoConsFlg" in found) == told, day
        assert found["PharmacistsInfoConsFlg"] == "1", "the four of before are told always"
        assert (b"AllergyInfo" in write_json(answer)) == told


def test_consent_holds_for_a_day_and_one_that_is_not_given_has_no_times() -> None:
    found = careful(write_xml(ANSWER), "UTF-8", known=KNOWN)
    assert found["PharmacistsInfoAvailableTime"] == "20261121091000"
    assert found["DiagnosisInfoConsFlg"] == "0"
    assert "DiagnosisInfoConsTime" not in found


def test_no_message_has_what_only_the_simulator_has() -> None:
    assert ANSWER.message_body.simulation_reference == "p1"
    assert b"SimulationReference" not in write_xml(ANSWER) + write_json(ANSWER)


def test_bulk_results_are_read_by_both_readers_where_they_stand() -> None:
    direct = write_xml(BULK)
    nested = write_xml(BULK, Profile(nesting=Nesting.RESULT_LIST))
    assert binds_directly(direct) == ["佐藤　花子", None]
    assert binds_directly(nested) == [None, None], "it silently reads nothing in a list"
    for document in (direct, nested):
        assert searches_anywhere("OQSmuquc02res_1.xml", document) == ["佐藤　花子"] * 2


def test_what_is_not_done_yet_gives_no_records() -> None:
    waiting = BULK.model_copy(
        update={
            "message_header": BULK.message_header.model_copy(
                update={"segment_of_result": SegmentOfResult.IN_PROGRESS}
            )
        }
    )
    assert searches_anywhere("OQSmuquc02res_1.xml", write_xml(waiting)) == []


def test_registrations_of_numbers_are_told_as_they_were_asked() -> None:
    asked = {
        "ReferenceNumber": "A-1",
        "InsurerNumber": "  990010",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234567",
    }
    for profile in (Profile(), Profile(Encoding.UTF_8_BOM, order=ElementOrder.SHUFFLED)):
        registered(
            write_xml(REGISTERED, profile),
            {
                "ArbitraryFileIdentifier": "single-1",
                "MedicalInstitutionCode": "9910000018",
                **asked,
            },
        )
        registered_in_bulk(write_xml(BULK_REGISTERED, profile), [asked])
    with pytest.raises(Refused, match="ReferenceNumber"):
        registered(write_xml(REGISTERED), {"ReferenceNumber": "A-2"})


def test_the_header_of_a_registration_has_the_order_of_a_real_one() -> None:
    written = write_xml(REGISTERED).decode()
    names = [
        *("ProcessExecutionTime", "CharacterCodeIdentifier", "SegmentOfResult"),
        *("ArbitraryFileIdentifier", "MedicalInstitutionCode"),
        *("ReferenceNumberRegistrationInfo", "ProcessingResultStatus"),
    ]
    places = [written.index(f"<{name}>") for name in names]
    assert places == sorted(places)
    assert "ErrorCode" not in written
    assert "ProcessingResultCode" not in written


def test_a_tool_for_statistics_finds_its_columns() -> None:
    found = columns_of_elderly(write_xml(BULK))
    assert found["InsurerNumber"] == "  990010"
    assert None not in found.values()


def error(segment: SegmentOfResult) -> QualificationAnswer:
    told = segment is SegmentOfResult.NORMAL
    header = {"segment_of_result": segment} | (
        {}
        if told
        else {"error_code": "SIM-WRONG-CALLER", "error_message": "端末を確かめてください。"}
    )
    body = ResponseBody(
        processing_result_status=ProcessingResultStatus.ERROR if told else None,
        processing_result_code="SIM-INVALID-NUMBER" if told else None,
        processing_result_message="番号を確かめてください。" if told else None,
    )
    return QualificationAnswer(
        message_header=ANSWER.message_header.model_copy(update=header), message_body=body
    )


@pytest.mark.parametrize("segment", [SegmentOfResult.NORMAL, SegmentOfResult.ABNORMAL])
def test_an_error_is_no_result_for_a_careful_reader(segment: SegmentOfResult) -> None:
    with pytest.raises(Refused):
        careful(write_xml(error(segment)), "UTF-8", known=KNOWN)


@pytest.mark.browser  # which has node
def test_a_program_in_javascript_casts_the_json_of_the_web_api() -> None:
    def cast(document: bytes) -> dict[str, object]:
        program = Path(__file__).with_name("answers.mjs")
        done = subprocess.run(
            ["node", str(program)], input=document, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, object] = json.loads(done.stdout)
        return found

    found = cast(write_json(ANSWER))
    (result,) = found["results"]
    order = result.pop("order")
    assert found == {
        "status": "1",
        "validity": "1",
        "results": [
            {
                "card": "01",
                "insurer": "  990010",
                "name": "佐藤　花子",
                "sex": "女",
                "birthdate": "1980-02-17",
                "insurerName": "最上型国民健康保険（模擬）",
                "ratio": "030",
            }
        ],
    }
    layout = [to_pascal(name) for name in ResultOfQualificationConfirmation.model_fields]
    assert order == [name for name in layout if name in order], "JSON comes in the layout's order"
    assert cast(write_json(error(SegmentOfResult.NORMAL))) == {"status": "2", "results": []}


def test_a_plain_zip_is_read_as_the_file_in_it() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("OQSmuquc02res_1.xml", write_xml(BULK))
    assert searches_anywhere("OQSmuquc02res_1.zip", packed.getvalue()) == ["佐藤　花子"] * 2


def test_shift_jis_has_to_be_declared() -> None:
    with pytest.raises(ValueError, match="declare"):
        Profile(Encoding.SHIFT_JIS, Declaration.ABSENT)
