"""What is read off a document: number, last day, share, birth, arrears; and what hangs on it."""

from collections.abc import Callable
from typing import Any

import pytest

from testbed.cards.personas import personas

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
