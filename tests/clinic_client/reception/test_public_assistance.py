"""What the desk says of money where the patient receives 医療扶助 (P-032): the ticket says it."""

from collections.abc import Callable
from typing import Any

import pytest

from testbed.cards.personas import personas
from tests.clinic_client.reception.test_shown import offered, show

Open = Callable[..., Any]
HANAKO = personas()["hanako"]
pytestmark = pytest.mark.rules("P-032")


def paid(decision: Any) -> tuple[int | None, str, int | None]:
    return decision["Ratio"], decision["RatioSource"], decision["SelfPayAmount"]


def test_public_assistance_pays_by_its_ticket_at_a_check_and_in_an_outage(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    lost = {"DisqualificationDate": "20261101", "ReasonOfLoss": "02"}
    oqs.insure(world.hanako, HANAKO, Version=2, **lost)
    oqs.assist(world.hanako)

    unregistered = clinic.visit()
    assert unregistered["Validity"] == "6"
    assert paid(unregistered["Decision"]) == (None, "ticket", None)
    assert "医療券のとおり" in clinic.page()
    assert offered(clinic) == ["medical_ticket"]
    charge = clinic.get(f"/api/visits/{unregistered['VisitId']}/charge?Points=291")
    assert (charge["Charge"], charge["Text"]["Japanese"][:3]) == (None, "医療券")
    ticket = {"Document": "medical_ticket", "SelfPayAmount": 1500}
    shown = show(clinic, unregistered, ticket)
    assert (shown["Accepted"], *paid(shown)) == ("welfare_ticket", None, "ticket", 1500)
    assert "1,500円" in clinic.page()
    charge = clinic.get(f"/api/visits/{unregistered['VisitId']}/charge?Points=291")
    assert (charge["Charge"], charge["Ratio"]) == (1500, None)
    assert "1,500円" in charge["Text"]["Japanese"]
    assert "医療券・調剤券で受け付けました" in clinic.page()

    (claim,) = clinic.get("/api/claims")["Claims"]
    assert claim["Target"] == "shiharai_kikin"

    oqs.give_ticket(0)
    registered = clinic.visit()
    assert (registered["Validity"], *paid(registered["Decision"])) == ("1", None, "ticket", 0)
    assert '<b id="ratio">0円</b>' in clinic.page()
    claim = clinic.get("/api/claims")["Claims"][-1]
    assert (claim["InsurerNumber"], claim["Target"]) == ("12990016", "shiharai_kikin")
    again = clinic.http.get(f"/api/visits/{registered['VisitId']}").json()
    assert again["Decision"] == registered["Decision"], "as it was decided"

    oqs.stop()
    outage = clinic.visit()
    assert outage["Decision"]["Situation"] == "network"
    assert paid(outage["Decision"]) == (None, "ticket", None)
    assert [way["Way"] for way in outage["Decision"]["Ways"]] == ["welfare_ticket"]
    assert paid(show(clinic, outage, {"Document": "medical_ticket"})) == (None, "ticket", None)


def test_beside_an_insurance_the_desk_asks_for_the_ticket(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    oqs.assist(world.hanako)
    both = clinic.visit()
    assert (both["Validity"], *paid(both["Decision"])) == ("1", 3, "confirmed", None)
    assert "本人支払額だけ" in both["Decision"]["Cautions"][0]["Japanese"]
    assert offered(clinic) == ["medical_ticket"]
    ticket = {"Document": "medical_ticket", "SelfPayAmount": 0}
    assert paid(show(clinic, both, ticket)) == (None, "ticket", 0)
    oqs.give_ticket(0)
    assert paid(clinic.visit()["Decision"]) == (None, "ticket", 0)
    oqs.assist(world.hanako, EndedOn="20261115")
    assert paid(clinic.visit()["Decision"]) == (3, "confirmed", None)


def test_a_paper_ticket_is_taken_where_nothing_could_be_asked(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device", Birthdate="19630923")
    assert paid(visit["Decision"]) == (3, "age", None)
    assert "medical_ticket" in offered(clinic)
    today = clinic.state()["Clock"]["Today"]
    ticket = {"Document": "medical_ticket", "ExpiresOn": today, "SelfPayAmount": 0}
    assert paid(show(clinic, visit, ticket)) == (None, "ticket", 0)
    wrong = {"Presented": [{**ticket, "SelfPayAmount": "0"}]}
    path = f"/api/visits/{visit['VisitId']}/shown"
    assert clinic.http.put(path, json=wrong).json()["code"] == "SIM-INVALID-REQUEST"


@pytest.mark.parametrize("document", ["certificate", "notice", "old_card"])
def test_no_paper_of_an_insurer_has_the_number_of_a_welfare_office(
    open_clinic: Open, document: str
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device", Birthdate="19630923")
    paper = {"Document": document, "Undated": True, "InsurerNumber": "12990016"}
    path = f"/api/visits/{visit['VisitId']}/shown"
    refused = clinic.http.put(path, json={"Presented": [paper]})
    assert refused.status_code == 422
    (fault,) = refused.json()["fields"]
    assert fault["field"] == "body.InsurerNumber"
    assert "医療券" in fault["japanese"]


OFFICE_NUMBER = {
    "InsurerNumber": "12990016",
    "InsuredIdentificationNumber": "0000024",
    "Birthdate": "S38.9.23",
}


@pytest.mark.parametrize("outage", [True, False])
def test_who_is_asked_for_by_the_number_of_an_office_pays_by_the_ticket(
    open_clinic: Open, oqs: Any, *, outage: bool
) -> None:
    clinic = open_clinic(line_timeout_seconds=2.0)
    if outage:
        oqs.stop()
    answer = clinic.http.post("/api/visits/number", json=OFFICE_NUMBER)
    visit = answer.raise_for_status().json()
    path = f"/api/visits/{visit['VisitId']}"
    for told in (visit, clinic.get(path)):
        assert told["Validity"] == (None if outage else "4")
        assert paid(told["Decision"]) == (None, "ticket", None)
        assert "welfare_ticket" in [way["Way"] for way in told["Decision"]["Ways"]]
    assert "医療券のとおり" in clinic.page()
    (claim,) = clinic.get("/api/claims")["Claims"]
    assert claim["Target"] == "shiharai_kikin"
    assert paid(show(clinic, visit)) == (None, "ticket", None), "whatever is recorded"
    clinic.http.put(f"{path}/birthdate", json={"Birthdate": "S38.9.24"}).raise_for_status()
    assert paid(clinic.get(path)["Decision"]) == (None, "ticket", None)
    ticket = {"Document": "medical_ticket", "SelfPayAmount": 500}
    assert paid(show(clinic, visit, ticket)) == (None, "ticket", 500)
