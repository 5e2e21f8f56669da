"""All that OQS answers, from the line to the page of the visit, and what may be looked at."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

import clinic_client.oqs_client
from eligibility.days.dates import TOKYO
from testbed.cards.personas import personas
from wire.vocabulary.inquiry import CardInquiryBody
from wire.vocabulary.medical import Consents

FRIDAY = datetime(2026, 11, 20, 9, 10, tzinfo=TOKYO)
HANAKO = personas()["hanako"]
LIMIT = {
    "LimitClassificationFlag": "A03",
    "LimitValidStartDate": "20260801",
    "LimitValidEndDate": "20270731",
    "Householder": "佐藤　太郎",
    "PostNumber": "999-0101",
    "Address": "最上市大字一丁目2-3",
}
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
Open = Callable[..., Any]


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the patient agree to all at the reader."""
    body = partial(CardInquiryBody, consents=Consents(all_items=True))
    monkeypatch.setattr(clinic_client.oqs_client, "CardInquiryBody", body)


def result_of(visit: Any) -> Any:
    (item,) = visit["Answer"]["ResultList"]
    return item["ResultOfQualificationConfirmation"]


@pytest.mark.rules("P-034")
def test_the_whole_answer_is_read_of_the_visit_and_on_its_page(
    with_card: Open, oqs: Any, world: Any
) -> None:
    oqs.insure(world.hanako, HANAKO, Version=2, **LIMIT)
    clinic = with_card()
    visit = clinic.visit()
    again = clinic.get(f"/api/visits/{visit['VisitId']}")
    info = result_of(again)["LimitApplicationCertificateRelatedInfo"]
    assert info["LimitApplicationCertificateClassificationFlag"] == "A03"
    assert result_of(again)["InsuredName"] == "佐藤　太郎"
    assert "限度額 ウ" in clinic.page()
    page = clinic.page(f"/visits/{visit['VisitId']}")
    for shown in ("適用区分", "2027-07-31", "佐藤　太郎", "最上市大字一丁目2-3", "同意なし"):
        assert shown in page
    assert "/medical/" not in page


@pytest.mark.rules("P-034")
@pytest.mark.parametrize(
    ("flag", "category", "says"), [("0", None, "口頭の同意"), ("1", "A03", "適用区分")]
)
def test_by_number_the_limit_comes_with_the_oral_consent_alone(
    open_clinic: Open, oqs: Any, world: Any, flag: str, category: str | None, says: str
) -> None:
    oqs.insure(world.hanako, HANAKO, Version=2, **LIMIT)
    clinic = open_clinic()
    asked = {**NUMBER, "LimitApplicationCertificateRelatedConsFlg": flag}
    visit = clinic.http.post("/api/visits/number", json=asked).raise_for_status().json()
    info = result_of(visit)["LimitApplicationCertificateRelatedInfo"] or {}
    assert info.get("LimitApplicationCertificateClassificationFlag") == category
    assert says in clinic.page(f"/visits/{visit['VisitId']}")
    form = clinic.page("/number")
    assert 'name="LimitApplicationCertificateRelatedConsFlg" value="1"' in form


@pytest.mark.rules("R-170", "P-035")
@pytest.mark.usefixtures("agreed")
def test_medicines_and_checkups_are_seen_while_the_consent_holds(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    visit = clinic.visit()
    path = f"/visits/{visit['VisitId']}"
    for kind in ("medicine", "checkup", "treatment", "surgery"):
        assert f'href="{path}/medical/{kind}"' in clinic.page(path)
        document = clinic.http.get(f"{path}/medical/{kind}").raise_for_status()
        assert document.headers["Content-Type"] == "application/pdf"
        assert document.content.startswith(b"%PDF")
        assert document.headers["Cache-Control"] == "no-store"
    assert "閲覧できます" in clinic.page()
    oqs.set_clock(FRIDAY + timedelta(hours=24, seconds=1))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261121")
    assert f"{path}/medical/" not in clinic.page(path)
    ended = clinic.http.get(f"{path}/medical/medicine").json()
    assert ended["code"] == "SIM-MEDICAL-CONSENT-ENDED"


@pytest.mark.rules("P-036")
def test_without_consent_nothing_is_seen_and_the_patient_is_insured(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    assert visit["Word"] == "VALID"
    path = f"/visits/{visit['VisitId']}/medical/medicine"
    refused = clinic.http.get(path)
    assert refused.json()["code"] == "SIM-MEDICAL-NO-CONSENT"
    assert "同意" in clinic.page(path)
    assert clinic.http.get(f"/visits/{visit['VisitId']}/medical/dreams").status_code == 422


def test_what_changed_is_told_with_the_day_of_the_last_confirmed_visit(
    with_card: Open, oqs: Any, world: Any
) -> None:
    oqs.insure(world.hanako, HANAKO, Version=2, **LIMIT)
    clinic = with_card()
    clinic.visit()
    clinic.unchecked("network")
    clinic.wait_until(lambda _: clinic.get("/api/catch-up")["Waiting"] == [])
    (found,) = clinic.get("/api/catch-up")["News"]  # by itself, as OQS answers
    moved = {**LIMIT, "Address": "最上市字二丁目9", "InsuredPartialContributionRatio": "020"}
    oqs.insure(world.hanako, HANAKO, Version=3, **moved)
    visit = clinic.visit()
    assert visit["Changed"] == ["Address", "InsuredPartialContributionRatio"]
    previous = {"VisitId": found["VisitId"], "Day": "20261120", "Word": "VALID"}
    assert visit["Previous"] == previous
    page = clinic.page()
    assert "前回（11/20 (金)）と違う項目" in page
    assert "前回: 最上市大字一丁目2-3" in page


@pytest.mark.rules("P-080", "P-086")
def test_an_outage_after_a_valid_visit_claims_as_usual_however_long_it_lasts(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    clinic.visit()
    oqs.stop()
    for _ in range(2):
        visit = clinic.visit()
        assert (visit["Cause"], visit["Answer"]) == ("NETWORK", None)
        assert visit["Decision"]["Claim"]["Mode"] == "normal"
