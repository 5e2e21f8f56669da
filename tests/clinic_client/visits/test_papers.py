"""What is read off a document: number, last day, share, birth, arrears; and what hangs on it."""

import html
import json
from collections.abc import Callable
from typing import Any

import pytest

from testbed.cards.personas import personas
from tests.clinic_client.reception.test_checked_again import QUICK, at

Open = Callable[..., Any]
TWELVE = "123456789018"
HANAKO = personas()["hanako"]
NOTICE = {
    "Document": "notice",
    "InsurerNumber": "９９００１０",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "７６５４３２１",
    "InsuredBranchNumber": "１",
}


def put(clinic: Any, visit: Any, *documents: dict[str, Any], **more: Any) -> Any:
    path = f"/api/visits/{visit['VisitId']}/shown"
    return clinic.http.put(path, json={"Presented": list(documents), **more})


def decided(clinic: Any, visit: Any, *documents: dict[str, Any], **more: Any) -> Any:
    return put(clinic, visit, *documents, **more).raise_for_status().json()["Decision"]


def open_points(clinic: Any) -> Any:
    return clinic.get("/api/claims")["Claims"][0]["Open"]


@pytest.mark.rules("R-056", "R-081", "R-150", "P-070")
def test_from_70_on_the_form_asks_for_the_share_and_it_can_be_told_later(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device", Birthdate="S30.3.5")
    form = clinic.page().split('<form data-document="notice"')[1].split("</form>")[0]
    assert 'name="Ratio" required' in form
    assert 'name="ExpiresOn" maxlength="20" placeholder="例 令9.7.31" required' in form
    assert 'name="Birthdate"' not in form, "it is known"
    without = decided(clinic, visit, NOTICE)
    assert (without["Ratio"], without["RatioSource"], without["Provisional"]) == (2, "age", True)
    page = clinic.page()
    assert "仮・年齢から" in page
    assert "所得でも変わります" in page
    assert "負担割合を確かめます" in page
    assert 'id="share"' in page
    assert "保険者番号 990010　記号 最上　番号 7654321　枝番 01" in page
    assert "share" in open_points(clinic)
    told = decided(clinic, visit, {**NOTICE, "Ratio": 3})
    assert (told["Ratio"], told["Provisional"]) == (3, False)
    page = clinic.page()
    assert "資格情報のお知らせから" in page
    assert 'id="share"' not in page
    assert "share" not in open_points(clinic)


@pytest.mark.rules("R-056", "R-159")
def test_arrears_on_a_paper_have_the_patient_pay_all(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device", Birthdate="19800217")
    decision = decided(clinic, visit, {**NOTICE, "SpecialExpenses": True})
    assert (decision["Ratio"], decision["Claim"]["Mode"]) == (10, "no_claim")
    assert "特別療養費の対象" in clinic.page()


@pytest.mark.rules("P-031", "P-070", "R-056")
def test_the_paper_of_a_protected_person_tells_their_birth_at_once_or_later(
    open_clinic: Open,
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("blocked")
    form = clinic.page().split('<form data-document="certificate"')[1].split("</form>")[0]
    for part in ('name="Birthdate"', 'name="Undated"', 'required data-unless="Undated"'):
        assert part in form
    undated = {"Document": "certificate", "Undated": True}
    unknown = decided(clinic, visit, undated)
    assert (unknown["Accepted"], unknown["RatioSource"]) == ("certificate", "unknown")
    assert unknown["Cautions"] == []
    page = clinic.page()
    assert "生年月日を聞いて負担割合を出してから" in page
    assert 'id="born"' in page
    assert "share" in open_points(clinic)
    known = decided(clinic, visit, undated, Birthdate="昭55.2.17")
    assert (known["Ratio"], known["RatioSource"]) == (3, "age")
    assert "share" not in open_points(clinic)
    later = put(clinic, visit, undated, Birthdate="R99.1.1")
    assert later.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"InsurerNumber": "990011"}, "InsurerNumber", "検査用数字"),
        ({"InsurerNumber": ""}, "InsurerNumber", "保険者番号も"),
        ({"InsuredIdentificationNumber": ""}, "InsuredIdentificationNumber", "番号を入れて"),
        ({"InsuredBranchNumber": "X"}, "InsuredBranchNumber", "枝番は"),
        ({"InsuredIdentificationNumber": TWELVE}, "InsuredIdentificationNumber", "個人番号"),
    ],
)
def test_a_number_that_cannot_be_one_is_said_of_its_field(
    open_clinic: Open, wrong: dict[str, str], field: str, said: str
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    refused = put(clinic, visit, {**NOTICE, **wrong})
    assert refused.status_code == 422
    (fault,) = refused.json()["fields"]
    assert fault["field"] == f"body.{field}"
    assert said in fault["japanese"]
    assert TWELVE not in refused.text


@pytest.mark.rules("P-080", "P-083", "P-092")
def test_by_the_number_of_a_paper_the_visit_is_claimed_and_checked_by_itself(
    open_clinic: Open, oqs: Any, world: Any
) -> None:
    clinic = open_clinic()
    oqs.insure(world.hanako, HANAKO, Version=2, InsuredIdentificationNumber="7654321")
    visit = clinic.unchecked("device")
    decided(clinic, visit, NOTICE)
    (claim,) = clinic.get("/api/claims")["Claims"]
    assert (claim["InsurerNumber"], claim["Target"]) == ("990010", "kokuhoren")
    assert "number" not in claim["Open"]
    assert '最上,7654321,"=""01""",,国保連' in clinic.http.get("/claims.csv").text
    assert not clinic.get("/api/catch-up")["Waiting"][0]["Automatic"], "no birth, no question"
    path = f"/api/visits/{visit['VisitId']}/birthdate"
    clinic.http.put(path, json={"Birthdate": "S55.2.17"}).raise_for_status()
    clinic.wait_until(lambda _: clinic.get("/api/catch-up")["News"])
    (claim,) = clinic.get("/api/claims")["Claims"]
    assert claim["ConfirmedBy"]
    assert claim["Open"] == []


CERTIFICATE = {"Document": "certificate", "Undated": True}
KOKUHO, KOUKI = {"InsurerNumber": "990010"}, {"InsurerNumber": "39990015"}
ELDERLY = "19500101"


def cautions(decision: Any) -> str:
    return " ".join(one["Japanese"] for one in decision["Cautions"])


@pytest.mark.rules("P-053", "R-052")
@pytest.mark.parametrize("document", ["certificate", "notice", "portal_screen"])
def test_after_75_a_paper_of_another_insurance_is_refused_and_any_other_is_looked_at(
    open_clinic: Open, document: str
) -> None:
    clinic = open_clinic()
    paper = {**CERTIFICATE, "Document": document}
    visit = clinic.unchecked("device", Birthdate=ELDERLY)
    refused = decided(clinic, visit, {**paper, **KOKUHO})
    assert refused["Accepted"] is None
    assert "75歳の誕生日の前日で終わって" in cautions(refused)
    assert "75歳の誕生日の前日で終わって" in clinic.page()
    unknown = decided(clinic, visit, paper)
    assert unknown["Accepted"]
    assert "後期高齢者医療のものか" in cautions(unknown)
    right = decided(clinic, visit, {**paper, **KOUKI})
    assert right["Accepted"]
    assert "後期高齢者医療のものか" not in cautions(right)
    proof = decided(clinic, visit, {"Document": "employer_proof", "Undated": True})
    assert proof["Accepted"] is None


@pytest.mark.rules("P-053", "P-070")
def test_a_birth_that_is_told_with_the_paper_or_later_counts_as_well(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    assert decided(clinic, visit, {**CERTIFICATE, **KOKUHO})["Accepted"] == "certificate"
    path = f"/api/visits/{visit['VisitId']}/birthdate"
    later = clinic.http.put(path, json={"Birthdate": ELDERLY}).raise_for_status().json()
    assert later["Decision"]["Accepted"] is None
    other = clinic.unchecked("device")
    at_once = decided(clinic, other, {**CERTIFICATE, **KOKUHO}, Birthdate=ELDERLY)
    assert at_once["Accepted"] is None
    for born, ratio, said in (
        ("19850101", 1, "負担割合は3割です"),
        ("20190101", 2, "7歳の方の負担割合は3割です"),  # since April of 2025 at school
        ("20230101", 3, "負担割合は2割です"),
        ("19560101", 1, "負担割合は2割か3割です"),
    ):
        wrong = put(
            clinic, clinic.unchecked("device"), {**CERTIFICATE, "Ratio": ratio}, Birthdate=born
        )
        assert wrong.status_code == 422, born
        (fault,) = wrong.json()["fields"]
        assert fault["field"] == "body.Presented.0.Ratio"
        assert said in fault["japanese"]


@pytest.mark.rules("P-070")
def test_a_share_that_nobody_of_the_age_has_is_told_once_the_birth_is_known(
    open_clinic: Open,
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    assert decided(clinic, visit, {**CERTIFICATE, "Ratio": 1})["Ratio"] == 1
    path = f"/api/visits/{visit['VisitId']}/birthdate"
    told = clinic.http.put(path, json={"Birthdate": "19850101"}).raise_for_status().json()
    assert told["Decision"]["Ratio"] == 3
    assert "41歳の方の負担割合は3割です" in cautions(told["Decision"])


@pytest.mark.rules("P-053", "R-052")
def test_whose_the_paper_is_is_asked_of_who_has_turned_75_since(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(**QUICK)
    oqs.insure(world.hanako, HANAKO, Version=2, Birthdate="19511121")
    assert clinic.visit()["Validity"] == "1"
    oqs.set_clock(at(24))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261124")
    oqs.stop()
    visit = clinic.visit()
    form = clinic.page().split('<form data-document="certificate"')[1].split("</form>")[0]
    assert 'name="Current" required' in form
    assert "最上型国民健康保険" in form
    for said in ({}, {"Current": False}, KOKUHO, {"InsurerNumber": "990028"}):
        assert decided(clinic, visit, {**CERTIFICATE, **said})["Accepted"] is None, said
    assert decided(clinic, visit, {**CERTIFICATE, **KOUKI})["Accepted"] == "certificate"
    taken = decided(clinic, visit, {**CERTIFICATE, "Current": True})
    assert taken["Accepted"] == "certificate"
    assert "後期高齢者医療のものか" in cautions(taken)
    path = f"/api/visits/{visit['VisitId']}/declaration"
    content = clinic.get(path)["Content"]
    assert (content["InsurerKind"], content["InsurerName"], content["Ratio"]) == (None, "", None)
    declared = {
        "Name": "佐藤　花子", "Birthdate": "19511121", "Sex1": "2", "Address": "架空県最上町1-1",
    }  # fmt: skip
    said = {**declared, "InsurerKind": "kokuho", "Accept": True}
    wrong = clinic.http.put(path, json=said)
    assert wrong.status_code == 422
    (fault,) = wrong.json()["fields"]
    assert fault["field"] == "body.InsurerKind"
    assert "75歳からは後期高齢者医療です" in fault["japanese"]
    assert clinic.http.put(path, json={**said, "InsurerKind": ["kokuho"]}).status_code == 422
    clinic.http.put(path, json={**said, "InsurerKind": "kouki"}).raise_for_status()


@pytest.mark.rules("R-056")
def test_what_was_said_of_a_paper_is_kept_when_the_share_is_told_later(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(**QUICK)
    oqs.insure(world.hanako, HANAKO, Version=2, Birthdate="19511121")
    clinic.visit()
    oqs.set_clock(at(24))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261124")
    oqs.stop()
    visit = clinic.visit()
    decided(clinic, visit, {**CERTIFICATE, "Current": True})
    share = clinic.page().split('data-share="')[1].split('"')[0]
    body = json.loads(html.unescape(share))
    body["Presented"][0]["Ratio"] = 2
    told = clinic.http.put(f"/api/visits/{visit['VisitId']}/shown", json=body).raise_for_status()
    assert (told.json()["Decision"]["Accepted"], told.json()["Decision"]["Ratio"]) == (
        "certificate",
        2,
    )


@pytest.mark.rules("P-053", "P-070", "R-150")
@pytest.mark.parametrize(
    ("born", "printed", "ratio"),
    [("S36.1.1", 1, 1), ("S36.1.1", 2, 2), ("S30.1.1", 1, 1), ("S36.1.1", None, 1)],
)
def test_a_member_of_late_elderly_insurance_by_disability_is_received_by_the_paper(
    open_clinic: Open, born: str, printed: int | None, ratio: int
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    paper = {**CERTIFICATE, **KOUKI, "InsuredIdentificationNumber": "12345678"}
    told = {} if printed is None else {"Ratio": printed}
    decision = decided(clinic, visit, {**paper, **told}, Birthdate=born)
    assert (decision["Accepted"], decision["Ratio"]) == ("certificate", ratio)
    assert decision["Provisional"] is (printed is None)
    without_number = put(clinic, visit, {**CERTIFICATE, "Ratio": 1}, Birthdate=born)
    (fault,) = without_number.json()["fields"]
    assert "39で始まる保険者番号" in fault["japanese"]


@pytest.mark.rules("P-053")
def test_nobody_below_65_has_a_paper_of_late_elderly_insurance(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device")
    refused = put(clinic, visit, {**CERTIFICATE, **KOUKI}, Birthdate="S55.1.1")
    assert refused.status_code == 422
    (fault,) = refused.json()["fields"]
    assert fault["field"] == "body.InsurerNumber"
    assert "65歳から" in fault["japanese"]
    assert decided(clinic, visit, {**CERTIFICATE, **KOUKI})["Accepted"] == "certificate"
    path = f"/api/visits/{visit['VisitId']}/birthdate"
    later = clinic.http.put(path, json={"Birthdate": "S55.1.1"}).raise_for_status().json()
    assert later["Decision"]["Accepted"] is None
    assert "65歳から" in cautions(later["Decision"])
