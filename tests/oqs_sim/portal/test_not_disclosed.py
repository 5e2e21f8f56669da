"""Of whom it is not disclosed (不開示該当) the portal tells neither the address nor a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.medical.synthesis.facilities import EVERY_FACILITY
from tests.oqs_sim.bulk.test_home_consents import as_patient, given
from tests.oqs_sim.bulk.test_public_assistance import put_office, put_recipient, put_ticket
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION, TestCard
from tests.oqs_sim.portal.test_account import REPORT, as_person

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

ADDRESS = "模擬県模擬市隠町9-9"
TYPED = "模擬診療所 模擬市1-1"
CLINIC = "もぎ内科クリニック（模擬）"
FACILITIES = {one.name for one in EVERY_FACILITY}
NOT_FOR_A_PERSON = {"/portal/insurance-card.pdf", "/portal/me/eligibility.pdf"}
"""The same as the page, packed."""


def told(oqs: Oqs) -> dict[str, str]:
    """Return what each page and route of the portal says that is asked for by GET."""
    proof = {"CardProof": oqs.card.sign(oqs.portal_challenge("sign_in"))}
    token = oqs.console.post("/portal/sessions", json=proof).json()["Token"]
    headers = {"Authorization": f"Bearer {token}"}
    paths = [
        path
        for path, methods in oqs.app.openapi()["paths"].items()
        if path.startswith("/portal") and "get" in methods and "{" not in path
    ]
    pages = {
        path
        for route in oqs.app.routes
        if (path := getattr(route, "path", "")).startswith("/portal") and "{" not in path
        if "GET" in (getattr(route, "methods", None) or ())
    }
    assert {"/portal/medicines", "/portal/me/discrepancies"} <= {*paths, *pages}
    return {
        path: (
            oqs.console.get(path, headers=headers, params={"Year": "2026"})
            if f"{path}/".startswith("/portal/me/")
            else as_person(oqs).get(path)  # anew, as some pages sign out
        ).text
        for path in {*paths, *pages} - NOT_FOR_A_PERSON
    }


@pytest.fixture
def patient(oqs: Oqs) -> Oqs:
    """OQS with somebody who takes medicines in Hanako's place."""
    oqs.hanako = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.card = TestCard.of(oqs.issue(ICHIRO)["Authentication"])
    oqs.report(1, Name="田中　一郎", Birthdate="19520603")
    assert oqs.register().status_code == 201
    changed = oqs.console.patch(f"/sim/jlis/residents/{oqs.hanako}", json={"Address": ADDRESS})
    assert changed.status_code < 300, changed.text
    return oqs


@pytest.mark.rules("P-031")
def test_no_page_and_no_route_tells_where_the_person_lives_or_was(patient: Oqs) -> None:
    put_office(patient)
    put_recipient(patient)
    put_ticket(patient, VisibleFrom="2026-11-01T00:00:00+09:00")
    given(patient)
    as_person(patient).post("/portal/discrepancies", data={**REPORT, "Address": ADDRESS})
    secrets = {ADDRESS, TYPED, CLINIC, INSTITUTION, *FACILITIES}

    def found(texts: dict[str, str]) -> set[tuple[str, str]]:
        return {(path, one) for path, text in texts.items() for one in secrets if one in text}

    shown = found(told(patient))
    assert {ADDRESS, TYPED, CLINIC, INSTITUTION} <= {one for _, one in shown}
    assert {path for path, one in shown if one in FACILITIES} == {
        "/portal/medicines",
        "/portal/costs",
        "/portal/me/costs",
    }
    patient.report(2, Name="田中　一郎", Birthdate="19520603", Undisclosed="1")
    texts = told(patient)
    assert found(texts) == set()
    assert "表示しない設定です" in texts["/portal/medicines"]
    assert "田中　一郎" in texts["/portal/discrepancies"]
    refused: Any = as_patient(patient, "/portal/consents")
    assert (refused.status_code, refused.json()["code"]) == (403, "SIM-CARD-USE-BLOCKED")
