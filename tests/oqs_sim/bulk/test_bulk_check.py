"""資格確認 一括照会 (muquc) as a terminal uses it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.bulk.policy import BulkPolicy
from storage import reading
from tests.equipment.callers import OnLine
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, check_all, fetch, message, result_of, send
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION, Oqs
from wire.line_credentials import Caller, Role
from wire.vocabulary.bulk_inquiry import BulkReception, BulkResult

PATH = "/bulk/qualification"


def validities(units: list[dict[str, Any]]) -> list[str | None]:
    return [one.get("QualificationValidity") for one in units]


def asked(**other: str) -> dict[str, str]:
    return {**HANAKO_ASKED, **other}


@pytest.mark.rules("P-024", "P-026")
def test_each_unit_is_answered_in_its_order(member: Oqs) -> None:
    ichiro = member.resident(ICHIRO, "佐藤　一郎", "19800217")
    member.report(1, PersonReference=ichiro, InsuredBranchNumber="02", Name="佐藤　一郎")
    lost = {"InsuredIdentificationNumber": "2000001"}
    member.report(2, **lost, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(
        2, PersonReference=ichiro, InsuredBranchNumber="09", DisqualificationDate="20261101"
    )
    without_branch = asked()
    del without_branch["InsuredBranchNumber"]
    units = check_all(
        member.terminal,
        [
            asked(ArbitraryIdentifier="p-1"),
            asked(**lost),
            asked(InsuredIdentificationNumber="7654321"),
            without_branch,
            asked(InsurerNumber="990011"),
            asked(Birthdate="19800231"),
            asked(InsuredIdentificationNumber="１２３４５６７"),
        ],
        ArbitraryFileIdentifier="t-1",
    )
    assert validities(units) == ["1", "3", "4", "5", None, None, "1"]
    first = units[0]
    assert first["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] == "p-1"
    result = result_of(first)
    assert result["Name"] == "佐藤　花子"
    assert result["ArbitraryIdentifier"] == "p-1"
    assert result["InsurerNumber"] == "  990010"
    assert "LimitApplicationCertificateRelatedConsFlg" not in result
    assert result_of(units[1])["DisqualificationDate"] == "20261101"
    assert "ResultOfQualificationConfirmation" not in units[2]
    assert "ResultOfQualificationConfirmation" not in units[3]
    for wrong, code in ((units[4], "SIM-INVALID-NUMBER"), (units[5], "SIM-INVALID-REQUEST")):
        assert wrong["ProcessingResultStatus"] == "2"
        assert wrong["ProcessingResultCode"] == code
        assert wrong["ProcessingResultMessage"]


@pytest.mark.parametrize(
    "birthdate",
    [
        "19800217000000000000", "+9800217", "-0010101", "1980 217", "198002 7", "1_980217",
        "1980-02-17", "00010101", "99991231", "昭和55年2月17日", "",
    ],
)  # fmt: skip
def test_a_birthdate_that_is_none_is_an_error_of_its_unit(member: Oqs, birthdate: str) -> None:
    wrong, right = check_all(member.terminal, [asked(Birthdate=birthdate), asked()])
    assert wrong["ProcessingResultCode"] == "SIM-INVALID-REQUEST"
    assert wrong["ProcessingResultMessage"].endswith("確かめてください。")
    assert wrong["QualificationConfirmSearchInfo"].get("Birthdate", "") == birthdate
    assert right["QualificationValidity"] == "1"


def test_a_birthdate_in_full_width_is_that_day(member: Oqs) -> None:
    (unit,) = check_all(member.terminal, [asked(Birthdate="１９８００２１７")])
    assert unit["QualificationValidity"] == "1"
    assert unit["QualificationConfirmSearchInfo"]["Birthdate"] == "１９８００２１７"


def test_a_confirmation_day_lies_no_more_than_a_month_ahead(member: Oqs) -> None:
    body = {"QualificationConfirmSearchInfo": [asked()]}
    for day, status in (("20261210", 202), ("20261211", 422), ("20990101", 422)):
        sent = member.terminal.post(PATH, json=message(body, QualificationConfirmationDate=day))
        assert sent.status_code == status, day


def test_a_lapsed_number_without_a_new_one_is_invalid(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="99")
    assert validities(check_all(member.terminal, [asked()])) == ["2"]


def test_the_head_counts_what_went_well_and_what_did_not(member: Oqs) -> None:
    body = {"QualificationConfirmSearchInfo": [asked(), asked(InsurerNumber="990011"), asked()]}
    receipt = member.terminal.post(PATH, json=message(body, ArbitraryFileIdentifier="t-1"))
    assert receipt.status_code == 202
    BulkReception.model_validate(receipt.json())
    head = receipt.json()["MessageHeader"]
    assert head["ArbitraryFileIdentifier"] == "t-1"
    assert receipt.json()["MessageBody"]["ReceptionDateTime"] == "20261109090000"
    found = fetch(member.terminal, PATH, receipt.json()["MessageBody"]["ReceptionNumber"])
    BulkResult.model_validate(found)
    counts = {name: found["MessageHeader"][name] for name in (
        "NumberOfProcessingResult", "NumberOfNormalProcessing", "NumberOfError",
        "SegmentOfResult", "QualificationConfirmationDate", "ArbitraryFileIdentifier",
    )}  # fmt: skip
    assert list(counts.values()) == ["3", "2", "1", "1", "20261109", "t-1"]


def test_a_confirmation_day_looks_at_that_day(member: Oqs) -> None:
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="03")
    units = check_all(member.terminal, [asked()], QualificationConfirmationDate="20261031")
    assert validities(units) == ["1"]


def test_a_change_of_the_limit_is_told_from_the_second_inquiry_on(member: Oqs) -> None:
    def changed() -> str:
        (unit,) = check_all(member.terminal, [asked()])
        told: str = result_of(unit)["LimitApplicationCertificateChanged"]
        return told

    assert changed() == "1"  # not known yet
    assert changed() == "0"
    member.report(2, LimitClassificationFlag="A05", LimitValidStartDate="20261101")
    assert changed() == "1"
    assert changed() == "0"


def test_each_unit_is_logged_once_and_the_person_reads_it(member: Oqs) -> None:
    check_all(member.terminal, [asked(), asked(InsuredIdentificationNumber="1"), asked()])
    proof = member.card.sign(member.portal_challenge("inquiries"))
    lines = member.console.post("/portal/inquiries", json={"CardProof": proof}).json()["Inquiries"]
    bulk = [one for one in lines if one["ReferenceClassification"] == "2"]
    assert [one["QualificationValidity"] for one in bulk] == ["1", "1"]
    assert {one["MedicalInstitutionCode"] for one in bulk} == {INSTITUTION}


def test_a_result_is_the_institution_s_own(member: Oqs) -> None:
    number = send(member.terminal, PATH, {"QualificationConfirmSearchInfo": [asked()]})
    other = "9930000014"
    stranger = TestClient(OnLine(member.app, Caller(Role.TERMINAL, other)))
    refused = stranger.post(f"{PATH}/result", json=message({"ReceptionNumber": number}, other))
    assert refused.status_code == 404
    assert refused.json()["code"] == "SIM-RECEPTION-UNKNOWN"
    refused = stranger.post(f"{PATH}/result", json=message({"ReceptionNumber": number}))
    assert refused.json()["code"] == "SIM-WRONG-CALLER"
    refused = stranger.post(PATH, json=message({"QualificationConfirmSearchInfo": [asked()]}))
    assert refused.json()["code"] == "SIM-WRONG-CALLER"
    as_other = member.terminal.post(
        "/bulk/reference-numbers/result", json=message({"ReceptionNumber": number})
    )
    assert as_other.json()["code"] == "SIM-RECEPTION-UNKNOWN"
    assert fetch(member.terminal, PATH, number)
    assert fetch(member.terminal, PATH, number)  # as often as one likes


def test_a_result_is_forgotten_after_its_days(member: Oqs) -> None:
    number = send(member.terminal, PATH, {"QualificationConfirmSearchInfo": [asked()]})
    fetch(member.terminal, PATH, number)
    member.set_clock("2026-11-16T09:00:00+09:00")
    assert fetch(member.terminal, PATH, number)
    member.set_clock("2026-11-16T09:00:01+09:00")
    gone = member.terminal.post(f"{PATH}/result", json=message({"ReceptionNumber": number}))
    assert gone.json()["code"] == "SIM-RECEPTION-UNKNOWN"
    member.app.state.bulk.processor.forget()
    member.set_clock("2026-11-16T10:00:00+09:00")
    with member.engine.connect() as connection:
        for table in ("bulk_reception", "bulk_part", "bulk_waiting"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_too_many_units_are_refused_before_anything_is_done(member: Oqs) -> None:
    with member.another(bulk=BulkPolicy(most_units=2)) as small:
        body = {"QualificationConfirmSearchInfo": [asked()] * 3}
        refused = small.terminal.post(PATH, json=message(body))
        assert refused.status_code == 422
        assert refused.json()["code"] == "SIM-TOO-MANY-UNITS"
        assert "2件" in refused.json()["japanese"]


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("/bulk/qualification", {"QualificationConfirmSearchInfo": [HANAKO_ASKED] * 10_001}),
        (
            "/bulk/reference-numbers",
            {
                "ReferenceNumberRegistrationInfo": [
                    {"ReferenceNumber": "K-1", "InsurerNumber": "990010",
                     "InsuredIdentificationNumber": "1234567"}
                ] * 10_001
            },
        ),
    ],
)  # fmt: skip
def test_more_units_than_are_read_are_told_in_every_form(
    member: Oqs, path: str, units: dict[str, Any]
) -> None:
    sentence = "10000件を超えています。1回に10000件まで送れます。分けて送ってください。"
    asked_for = message(units, ArbitraryFileIdentifier="m-1")
    plain = member.terminal.post(path, json=asked_for)
    assert (plain.status_code, plain.json()["code"]) == (422, "SIM-TOO-MANY-UNITS")
    assert plain.json()["japanese"] == sentence
    within = member.terminal.post(path, json={"XmlMsg": asked_for})
    assert within.status_code == 200
    header = within.json()["XmlMsg"]["MessageHeader"]
    assert header["ErrorCode"] == "SIM-TOO-MANY-UNITS"
    assert sentence in header["ErrorMessage"]
    assert header["ArbitraryFileIdentifier"] == "m-1"
    ((name, each),) = ((name, every[0]) for name, every in units.items())
    unit = "".join(f"<{key}>{value}</{key}>" for key, value in each.items())
    document = (
        f"<XmlMsg><MessageHeader><MedicalInstitutionCode>{INSTITUTION}</MedicalInstitutionCode>"
        "<ArbitraryFileIdentifier>m-1</ArbitraryFileIdentifier></MessageHeader><MessageBody>"
        + f"<{name}>{unit}</{name}>" * 10_001
        + "</MessageBody></XmlMsg>"
    )
    xml = member.terminal.post(
        path, content=document.encode(), headers={"Content-Type": "application/xml"}
    )
    assert xml.status_code == 200
    assert "<ErrorCode>SIM-TOO-MANY-UNITS</ErrorCode>" in xml.text
    assert sentence in xml.text
    assert "<ArbitraryFileIdentifier>m-1</ArbitraryFileIdentifier>" in xml.text


@pytest.mark.parametrize(
    "body",
    [
        {"QualificationConfirmSearchInfo": []},
        {"QualificationConfirmSearchInfo": [{}]},
        {"QualificationConfirmSearchInfo": [{**HANAKO_ASKED, "Birthdate": "x" * 21}]},
        {"QualificationConfirmSearchInfo": HANAKO_ASKED},
        {},
    ],
)
def test_what_is_no_inquiry_is_told(member: Oqs, body: dict[str, Any]) -> None:
    refused = member.terminal.post(PATH, json=message(body))
    assert refused.status_code == 422
    assert refused.json()["code"] == "SIM-INVALID-REQUEST"


def test_more_parts_than_one_keep_their_order(member: Oqs) -> None:
    with member.another(bulk=BulkPolicy(part_units=3)) as divided:
        units = check_all(
            divided.terminal,
            [
                asked(
                    ArbitraryIdentifier=str(number),
                    **({} if number % 3 else {"InsuredIdentificationNumber": "1"}),
                )
                for number in range(20)
            ],
        )
    assert validities(units) == ["1" if number % 3 else "4" for number in range(20)]
    assert [one["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] for one in units] == list(
        map(str, range(20))
    )


def test_an_unknown_reception_is_told(member: Oqs) -> None:
    unknown = member.terminal.post(f"{PATH}/result", json=message({"ReceptionNumber": "1"}))
    assert unknown.status_code == 404
    refused = member.terminal.post(f"{PATH}/result", json=message({"ReceptionNumber": "x" * 21}))
    assert refused.status_code == 422


def test_what_was_taken_before_a_restart_is_done_after_it(member: Oqs) -> None:
    member.app.state.bulk.processor.stop()
    number = send(member.terminal, PATH, {"QualificationConfirmSearchInfo": [asked()]})
    answer = member.terminal.post(f"{PATH}/result", json=message({"ReceptionNumber": number}))
    assert answer.json()["MessageHeader"]["SegmentOfResult"] == "2"
    assert "NumberOfProcessingResult" not in answer.json()["MessageHeader"]
    with member.another() as later:
        assert len(fetch(later.terminal, PATH, number)["MessageBody"]["BulkConfirmUnit"]) == 1


@pytest.mark.long
@pytest.mark.timeout(300)
def test_ten_thousand_units_are_answered_in_their_order(member: Oqs) -> None:
    asked_for = [asked(ArbitraryIdentifier=str(number)) for number in range(10_000)]
    units = check_all(member.terminal, asked_for)
    assert [one["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] for one in units] == list(
        map(str, range(10_000))
    )
    assert set(validities(units)) == {"1"}
    with reading(member.engine) as connection:
        logged = connection.exec_driver_sql(
            "SELECT count(*) FROM inquiry_log WHERE reference_classification = '2'"
        )
        assert logged.scalar() == 10_000
