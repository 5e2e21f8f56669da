"""Who may see medical information, in which form, and that each view stands in the log."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from oqs_sim.medical.history import MedicalHistory
from oqs_sim.medical.synthesis.patient import Patient
from oqs_sim.store.operation.windows import WindowKind, all_uses, open_window
from oqs_sim.store.schema import inquiry_log
from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import HANAKO, INSTITUTION
from tests.oqs_sim.medical.visits import (
    ALL,
    PATHS,
    PHARMACIST,
    asked,
    consent_at_home,
    look,
    read_card,
    withdraw,
    withdraw_as_patient,
)
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs

NOW = "2026-11-09T09:00:00+09:00"


@pytest.fixture
def visit(member: Oqs) -> Oqs:
    """Hanako is here, and has agreed to all."""
    assert read_card(member, Consents=ALL).status_code == 200
    return member


@pytest.fixture
def ill(member: Oqs) -> Iterator[Oqs]:
    """A deployment under whose seed Hanako has been ill enough for something to be shown."""
    patient = Patient(HANAKO, date(1980, 2, 17), "2")
    seeds = (f"seed {number}" for number in range(1_000))
    seed = next(one for one in seeds if _shows_enough(MedicalHistory.of(patient, one)))
    with member.another(medical_seed=seed) as oqs:
        assert read_card(oqs, Consents=ALL).status_code == 200
        yield oqs


def _shows_enough(history: MedicalHistory) -> bool:
    on = date(2026, 11, 9)
    years = {one.dispensing.on.year for one in history.medicines(on) if one.by_claim}
    return years >= {2024, 2025, 2026} and bool(history.surgery(on) and history.checkups(on))


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def last_line(oqs: Oqs) -> tuple[str, str, str, str | None]:
    with oqs.engine.connect() as connection:
        row = connection.execute(inquiry_log.select().order_by(inquiry_log.c.entry.desc())).first()
    assert row is not None
    return row.person_reference, row.institution_code, row.purpose, row.refusal


def views(oqs: Oqs) -> list[dict[str, str]]:
    found = oqs.console.get(f"/sim/medical/persons/{oqs.hanako}/views")
    assert found.status_code == 200, found.text
    listed: list[dict[str, str]] = found.json()["Views"]
    return listed


def opened(oqs: Oqs, kind: WindowKind, hours: int = 2, **scope: Any) -> int:
    at = datetime.fromisoformat(NOW)
    with oqs.engine.begin() as connection:
        return open_window(
            connection, kind, at, at + timedelta(hours=hours),
            opened_by="operator", reason="test", **scope,
        ).number  # fmt: skip


def refused(oqs: Oqs, response: Any, code: str, kind: str = "medicines") -> None:
    """Check a refusal, that the person's log has it, and that of the users too."""
    assert code_of(response) == (403, code)
    assert response.json()["japanese"]
    assert last_line(oqs) == (oqs.hanako, INSTITUTION, kind, code)
    assert views(oqs)[0]["Refusal"] == code


@pytest.mark.rules("R-170", "R-171")
@pytest.mark.parametrize("kind", PATHS)
def test_a_doctor_sees_each_kind_with_consent_and_the_log_says_so(visit: Oqs, kind: str) -> None:
    shown = look(visit, kind)
    assert shown.status_code == 200, shown.text
    assert shown.json()["ResultCode"] == "1"
    assert last_line(visit) == (visit.hanako, INSTITUTION, kind, None)
    (view,) = views(visit)
    assert view["MedicalInstitutionCode"] == INSTITUTION
    assert (view["Profession"], view["UserId"], view["Ground"]) == ("doctor", "U-1", "consent")
    assert "Refusal" not in view


@pytest.mark.rules("R-171")
def test_a_pharmacist_sees_medicines_and_nothing_else(visit: Oqs) -> None:
    assert look(visit, "medicines", PHARMACIST).status_code == 200
    for kind in ("treatment", "surgery", "checkups"):
        refused(visit, look(visit, kind, PHARMACIST), "SIM-MEDICAL-WRONG-PROFESSION", kind)


@pytest.mark.rules("R-170", "P-036")
def test_without_consent_nothing_is_seen(member: Oqs) -> None:
    refused(member, look(member), "SIM-MEDICAL-NO-CONSENT")
    assert read_card(member, Consents={"Items": ["checkup"]}).status_code == 200
    refused(member, look(member), "SIM-MEDICAL-NO-CONSENT")
    assert look(member, "checkups").status_code == 200


def test_a_refusal_in_xml_is_told_as_the_interface_tells_it(member: Oqs) -> None:
    for in_xml in (look(member, accept="application/xml"), look(member, FileCategory="2")):
        assert in_xml.status_code == 200
        assert in_xml.headers["Content-Type"].startswith("application/xml")
        root = ET.fromstring(in_xml.content)
        assert root.findtext("ResultCode") == "9"
        assert (root.findtext("MessageContents") or "").endswith("（SIM-MEDICAL-NO-CONSENT）")
    assert look(member, accept="application/pdf").json()["code"] == "SIM-MEDICAL-NO-CONSENT"
    (noted,) = member.console.get("/sim/operation/requests?AtMost=1").json()["Requests"]
    assert noted["Code"] == "SIM-MEDICAL-NO-CONSENT"


@pytest.mark.rules("P-035")
def test_after_24_hours_a_new_reading_is_needed(visit: Oqs) -> None:
    visit.set_clock("2026-11-10T09:00:00+09:00")
    assert look(visit).status_code == 200
    visit.set_clock("2026-11-10T09:00:01+09:00")
    refused(visit, look(visit), "SIM-MEDICAL-CONSENT-ENDED")
    assert read_card(visit, Consents=ALL).status_code == 200
    assert look(visit).status_code == 200


@pytest.mark.rules("P-035")
def test_a_change_of_mind_is_a_new_reading(visit: Oqs) -> None:
    assert look(visit).status_code == 200
    assert read_card(visit, Consents={}).status_code == 200
    refused(visit, look(visit), "SIM-MEDICAL-NO-CONSENT")


@pytest.mark.rules("P-035", "R-173")
def test_a_proof_that_was_used_before_brings_no_consent(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": proof, "Consents": {"Items": ["checkup"]}},
    }
    assert member.terminal.post("/qualification/card", json=inquiry).status_code == 200
    inquiry["MessageBody"]["Consents"] = ALL
    again = member.terminal.post("/qualification/card", json=inquiry)
    assert code_of(again) == (409, "SIM-CHALLENGE-USED")
    refused(member, look(member), "SIM-MEDICAL-NO-CONSENT")
    assert look(member, "checkups").status_code == 200


def test_a_reading_that_tells_nothing_leaves_the_consent_as_it_is(visit: Oqs) -> None:
    assert visit.check().status_code == 200
    assert look(visit).status_code == 200


@pytest.mark.rules("P-002", "P-037")
def test_in_the_grace_nothing_medical_is_seen(member: Oqs) -> None:
    member.set_clock("2031-03-01T09:00:00+09:00")
    assert read_card(member, Consents=ALL).status_code == 200
    refused(member, look(member), "SIM-MEDICAL-IN-GRACE")


@pytest.mark.rules("P-002", "P-035")
def test_a_certificate_that_ends_within_the_day_ends_the_view_too(member: Oqs) -> None:
    member.set_clock("2031-02-17T20:00:00+09:00")
    assert read_card(member, Consents=ALL).status_code == 200
    assert look(member).status_code == 200
    member.set_clock("2031-02-18T00:00:00+09:00")
    refused(member, look(member), "SIM-MEDICAL-IN-GRACE")


@pytest.mark.rules("P-022")
def test_an_operation_for_eligibility_alone_has_nothing_medical(member: Oqs) -> None:
    assert read_card(member, OperatingType="eligibility_only", Consents=ALL).status_code == 200
    refused(member, look(member), "SIM-MEDICAL-ELIGIBILITY-ONLY")
    assert read_card(member, OperatingType="home_consent", Consents=ALL).status_code == 200
    assert look(member, MedicalTreatmentFlag="2").status_code == 200


@pytest.mark.rules("P-022", "P-087")
def test_who_takes_part_for_eligibility_alone_is_shown_nothing_whatever_its_reader_says(
    visit: Oqs,
) -> None:
    assert look(visit).status_code == 200
    with visit.another(eligibility_only_institutions=(INSTITUTION,)) as limited:
        refused(limited, look(limited), "SIM-MEDICAL-ELIGIBILITY-ONLY")
        read = read_card(limited, Consents=ALL).json()["MessageBody"]["ResultList"][0]
        told = read["ResultOfQualificationConfirmation"]
        assert told["PharmacistsInfoConsFlg"] == "0"
        assert told["InsuredPartialContributionRatio"] == "030"
        assert code_of(read_card(limited, IdentityMethod="face"))[1] == (
            "SIM-IDENTITY-METHOD-IMPOSSIBLE"
        )
        opened(limited, WindowKind.EMERGENCY, institution_code=INSTITUTION)
        urgent = look(limited, MedicalTreatmentFlag="4")
        refused(limited, urgent, "SIM-MEDICAL-ELIGIBILITY-ONLY")
    refused(visit, look(visit), "SIM-MEDICAL-ELIGIBILITY-ONLY")


def test_another_institution_has_a_consent_of_its_own_to_ask_for(visit: Oqs) -> None:
    other = TestClient(OnLine(visit.app, Caller(Role.TERMINAL, "9930000014")))
    foreign = other.post(PATHS["medicines"], json=asked())
    assert code_of(foreign) == (403, "SIM-WRONG-CALLER")
    own = asked(header={"MedicalInstitutionCode": "9930000014"})
    assert code_of(other.post(PATHS["medicines"], json=own)) == (403, "SIM-MEDICAL-NO-CONSENT")


@pytest.mark.rules("P-087")
def test_an_emergency_needs_an_open_window_and_each_use_counts(member: Oqs) -> None:
    refused(member, look(member, MedicalTreatmentFlag="4"), "SIM-MEDICAL-NO-WINDOW")
    opened(member, WindowKind.EMERGENCY, institution_code="9930000014")
    refused(member, look(member, MedicalTreatmentFlag="4"), "SIM-MEDICAL-NO-WINDOW")
    number = opened(member, WindowKind.EMERGENCY, institution_code=INSTITUTION)
    for kind in PATHS:
        assert look(member, kind, MedicalTreatmentFlag="4").status_code == 200
    assert {view["Ground"] for view in views(member)} == {"emergency"}
    assert [view.get("Refusal") for view in views(member)].count(None) == 4
    with member.engine.connect() as connection:
        (use,) = all_uses(connection)
    assert (use.window, use.institution_code, use.uses) == (number, INSTITUTION, 4)
    member.set_clock("2026-11-09T11:00:00+09:00")
    refused(member, look(member, MedicalTreatmentFlag="4"), "SIM-MEDICAL-NO-WINDOW")


@pytest.mark.rules("P-087")
def test_a_disaster_needs_a_window_of_its_region(member: Oqs) -> None:
    opened(member, WindowKind.EMERGENCY)
    refused(member, look(member, Disaster=True), "SIM-MEDICAL-NO-WINDOW")
    opened(member, WindowKind.DISASTER, prefecture="98")
    refused(member, look(member, Disaster=True), "SIM-MEDICAL-NO-WINDOW")
    opened(member, WindowKind.DISASTER, municipalities=("99002",))
    refused(member, look(member, Disaster=True), "SIM-MEDICAL-NO-WINDOW")
    opened(member, WindowKind.DISASTER, municipalities=("99002", "99001"))
    assert look(member, Disaster=True).status_code == 200
    assert views(member)[0]["Ground"] == "disaster"
    pharmacist = look(member, "checkups", PHARMACIST, Disaster=True)
    assert code_of(pharmacist) == (403, "SIM-MEDICAL-WRONG-PROFESSION")


@pytest.mark.rules("P-030", "P-031")
def test_who_is_blocked_or_stopped_is_not_shown(visit: Oqs) -> None:
    visit.report(2, SelfInformationBlocked="1")
    assert code_of(look(visit)) == (403, "SIM-CARD-USE-BLOCKED")
    visit.report(3, ViewStopped="1")
    assert code_of(look(visit)) == (404, "SIM-MEDICAL-NUMBER-UNKNOWN")


def test_a_number_that_nobody_has_or_that_is_none(visit: Oqs) -> None:
    unknown = asked(header={"InsuredPersonIdentificationNumber": "0000000"})
    answer = visit.terminal.post(PATHS["medicines"], json=unknown)
    assert code_of(answer) == (404, "SIM-MEDICAL-NUMBER-UNKNOWN")
    assert last_line(visit) == ("", INSTITUTION, "medicines", "SIM-MEDICAL-NUMBER-UNKNOWN")
    wrong = asked(header={"InsurerNumber": "990011"})
    assert code_of(visit.terminal.post(PATHS["medicines"], json=wrong)) == (
        422,
        "SIM-INVALID-NUMBER",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"StartDate": "20261340"},
        {"FileCategory": "9"},
        {"MedicalTreatmentFlag": "7"},
        {"QualifiedUser": {"UserId": "", "Profession": "doctor"}},
        {"QualifiedUser": {"UserId": "U-1", "Profession": "clerk"}},
        {"QualifiedUser": None},
    ],
    ids=lambda body: next(iter(body)),
)
def test_bad_requests_are_refused_with_the_field(visit: Oqs, body: dict[str, Any]) -> None:
    answer = visit.terminal.post(PATHS["medicines"], json=asked(**body))
    assert code_of(answer) == (422, "SIM-INVALID-REQUEST")


def test_the_person_reads_who_looked(visit: Oqs) -> None:
    assert look(visit).status_code == 200
    assert look(visit, "checkups", PHARMACIST).status_code == 403
    proof = visit.card.sign(visit.portal_challenge("inquiries"))
    answer = visit.console.post("/portal/inquiries", json={"CardProof": proof})
    assert answer.status_code == 200, answer.text
    found = {one["Purpose"]: one for one in answer.json()["Inquiries"]}
    assert found["medicines"]["MedicalInstitutionCode"] == INSTITUTION
    assert found["checkups"]["Refusal"] == "SIM-MEDICAL-WRONG-PROFESSION"
    assert "U-1" not in answer.text, "the user's name is not the person's to read"


# --- forms ---


def dispensing_days(document: Any) -> list[str]:
    body = document["MessageBody"]
    months = [*body.get("MeTrMonthInf", []), *body.get("CzDiMonthInf", [])]
    return [day["DiDate"] for month in months for day in month["DiDateInfs"]]


def test_days_narrow_what_is_shown(ill: Oqs) -> None:
    whole = dispensing_days(look(ill).json())
    some = dispensing_days(look(ill, StartDate="20250101", EndDate="20251231").json())
    assert some == [day for day in whole if day.startswith("2025")]
    assert 0 < len(some) < len(whole)


def test_xml_has_the_elements_of_the_interface(ill: Oqs) -> None:
    answer = look(ill, accept="application/xml")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    assert root.tag == "XmlMsg"
    assert root.findtext("ResultCode") == "1"
    assert root.findtext("MessageHeader/QuaInf/Name") == "佐藤　花子"
    days = root.findall("MessageBody/*/DiDateInfs/DiDateInf")
    assert [day.findtext("DiDate") for day in days] == dispensing_days(look(ill).json())
    drug = days[0].find("DrugInfs/DrugInf")
    assert drug is not None
    assert (drug.findtext("DrugC") or "").startswith("SIM-")
    assert drug.findtext("UsageN")
    checkups = ET.fromstring(look(ill, "checkups", accept="application/xml").content)
    path = "MessageBody/SpecificHealthCheckupInfo/HealthCheckupResultAndQuestionInfos/*"
    names = {item.findtext("ItemName") for item in checkups.findall(path)}
    assert {"身長", "HbA1c（NGSP）", "服薬2（血糖）"} <= names


@pytest.mark.parametrize(
    ("category", "form"),
    [("1", "application/pdf"), ("2", "application/xml"), ("3", "application/pdf")],
)
def test_the_file_category_says_the_form_where_accept_does_not(
    ill: Oqs, category: str, form: str
) -> None:
    assert look(ill, FileCategory=category).headers["content-type"] == form
    json = look(ill, accept="application/json", FileCategory=category)
    assert json.headers["content-type"] == "application/json"


def test_a_form_that_is_not_accepted_is_not_answered(ill: Oqs) -> None:
    xml = look(ill, accept="application/pdf;q=0, application/xml", FileCategory="1")
    assert xml.headers["content-type"] == "application/xml"
    none = look(ill, accept="text/html, application/pdf;q=0")
    assert (none.status_code, none.json()["code"]) == (406, "SIM-NOT-ACCEPTABLE")
    assert "application/xml" in none.json()["detail"]


def test_the_pdf_is_marked_as_simulated_and_its_text_copies(ill: Oqs, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.fail("pdftotext is missing (poppler-utils)")
    for kind in PATHS:
        pdf = tmp_path / f"{kind}.pdf"
        pdf.write_bytes(look(ill, kind, accept="application/pdf").content)
        text = subprocess.run(
            ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
        ).stdout
        pages = text.split("\f")[:-1]
        assert all("SIMULATION" in page and "架空の情報" in page for page in pages)
        assert "佐藤" in text
        assert "1980年2月17日" in text
        structure = subprocess.run(
            ["pdfinfo", "-struct-text", pdf], capture_output=True, text=True, check=True
        ).stdout
        assert "TR" in structure.split()
        assert "架空の情報" in structure
    drug = look(ill).json()["MessageBody"]["MeTrMonthInf"][0]["DiDateInfs"][0]["DrugInfs"][0]
    medicines = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "medicines.pdf", "-"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert drug["DrugN"] in medicines


# --- the operator's view ---


@pytest.mark.rules("R-157")
def test_the_operator_sees_all_of_a_person_and_what_a_year_cost(ill: Oqs) -> None:
    path = f"/sim/medical/persons/{ill.hanako}"
    answer = ill.console.get(path, params={"Year": 2025})
    assert answer.status_code == 200, answer.text
    record = answer.json()
    costs = record["Costs"]
    assert costs["Year"] == 2025
    assert costs["Total"] == sum(one["Total"] for one in costs["Months"])
    of_year = [day for day in dispensing_days(record["Medicines"]) if day.startswith("2025")]
    dispensed = [one for one in costs["Months"] if one["Category"] == "調剤"]
    assert sum(one["Days"] for one in dispensed) == len(of_year)
    assert dispensed
    assert ill.console.get("/sim/medical/persons/SIM-NOBODY").json()["code"] == (
        "SIM-UNKNOWN-PERSON"
    )


def test_a_terminal_does_not_reach_the_operators_view(member: Oqs) -> None:
    assert member.terminal.get(f"/sim/medical/persons/{member.hanako}").status_code == 404


@pytest.mark.rules("P-035")
@pytest.mark.parametrize(
    ("end", "who"), [(withdraw, INSTITUTION), (withdraw_as_patient, "")], ids=["institution", "own"]
)
def test_with_a_withdrawal_the_viewing_ends_at_once(
    member: Oqs, end: Callable[[Oqs, str], Any], who: str
) -> None:
    number = consent_at_home(member, Consents=ALL)
    assert look(member).status_code == 200
    assert end(member, number).status_code == 204
    assert last_line(member) == (member.hanako, who, "withdrawal", None)
    for kind in PATHS:
        assert code_of(look(member, kind)) == (403, "SIM-MEDICAL-NO-CONSENT")
    consent_at_home(member, Consents=ALL)
    assert look(member).status_code == 200


def test_a_withdrawal_leaves_what_was_agreed_to_at_a_later_reading(member: Oqs) -> None:
    number = consent_at_home(member, Consents=ALL)
    member.set_clock("2026-11-09T10:00:00+09:00")
    assert read_card(member, Consents=ALL).status_code == 200
    assert withdraw(member, number).status_code == 204
    assert look(member).status_code == 200


def test_a_withdrawal_ends_also_what_an_earlier_reading_gave_to_the_visit(member: Oqs) -> None:
    assert read_card(member, Consents=ALL).status_code == 200
    member.set_clock("2026-11-09T10:00:00+09:00")
    number = consent_at_home(member)
    assert look(member).status_code == 200
    assert withdraw(member, number).status_code == 204
    assert code_of(look(member)) == (403, "SIM-MEDICAL-NO-CONSENT")


@pytest.mark.parametrize(
    "written",
    [
        {"InsuredPersonIdentificationNumber": "１２３４５６７"},
        {"BranchNumber": "1"},
        {"BranchNumber": "０１"},
        {"InsuranceCardSymbol": " 最上"},
        {"InsurerNumber": "９９００１０"},
    ],
)
def test_it_does_not_matter_how_a_number_is_written(visit: Oqs, written: dict[str, str]) -> None:
    answer = visit.terminal.post(PATHS["medicines"], json=asked(header=written))
    assert answer.status_code == 200, answer.text


def test_another_branch_is_another_number(visit: Oqs) -> None:
    answer = visit.terminal.post(PATHS["medicines"], json=asked(header={"BranchNumber": "02"}))
    assert code_of(answer) == (404, "SIM-MEDICAL-NUMBER-UNKNOWN")
