"""Clinics that are equipped otherwise, on a real OQS: what they do, and what they refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.terminal.clinic_variant import ClinicVariant
from testbed.cards.card_store import CardStore
from testbed.cards.personas import personas
from tests.clinic_client.reception.test_four_steps import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from tests.clinic_client.conftest import OpenClinic, Oqs
    from virtual_card.card import VirtualCard
    from virtual_card.plugs.vpcd import VpcdPlug

FACE, PHONE, GENERAL, NONE = ClinicVariant
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


@pytest.fixture
def reader(
    open_clinic: OpenClinic, pcsc_stack: PcscStack, insert: Callable[..., VpcdPlug]
) -> Callable[[ClinicVariant], Reader]:
    """Open a desk of a variant, whose reader is empty."""

    def at(variant: ClinicVariant) -> Reader:
        return Reader(open_clinic(reader_part=pcsc_stack.readers[0], variant=variant), insert)

    return at


if TYPE_CHECKING:
    At = Callable[[ClinicVariant], Reader]


@pytest.mark.rules("P-022", "P-020", "R-021")
def test_a_general_reader_asks_no_consent_and_gives_nothing_medical(
    reader: At, card: Callable[[str], VirtualCard]
) -> None:
    at = reader(GENERAL)
    at.insert(card("hanako"))
    offered = at.steps()
    assert offered["Methods"] == ["pin", "visual"]
    assert offered["FaceTries"] is None, "no face was ever compared here, and none is locked"
    assert (offered["Question"]["Items"], offered["Question"]["AsksForSubsidies"]) == ([], False)
    assert at.identify("face").json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"
    at.identify("pin", Pin="1234").raise_for_status()
    for more in ({"Consents": {"AllItems": True}}, {"UsesSubsidyCertificates": False}):
        assert at.post("visits", **more).json()["code"] == "SIM-CONSENT-NOT-ASKED"
    visit = at.post("visits").raise_for_status().json()
    assert visit["Word"] == "VALID"
    assert visit["Reading"]["Asked"] == []
    for kind in ("medicine", "checkup"):
        path = f"/visits/{visit['VisitId']}/medical/{kind}"
        seen = at.clinic.http.get(path, headers={"Accept": "application/json"})
        assert seen.json()["code"] == "SIM-MEDICAL-ELIGIBILITY-ONLY"
    copied = at.clinic.http.get(f"/api/visits/{visit['VisitId']}/app-text").raise_for_status()
    begin = "資格情報\r\n確認日\t2026/11/20\r\n保険者番号\t990010\r\n"
    assert copied.content.startswith(begin.encode())
    page = at.clinic.page()
    assert "資格確認限定型" in page
    assert 'data-copy="/api/visits/' in page


@pytest.mark.rules("P-022")
def test_oqs_is_told_the_operation_with_a_pin_at_the_desk_too(
    reader: At, card: Callable[[str], VirtualCard], oqs: Oqs
) -> None:
    at = reader(GENERAL)
    at.insert(card("hanako"))
    visit = at.clinic.visit()
    assert visit["Word"] == "VALID"
    assert oqs.operations() == ["eligibility_only"]


@pytest.mark.rules("R-021", "P-021")
def test_a_general_reader_registers_nobody_and_says_where_one_can(
    reader: At, card: Callable[[str], VirtualCard]
) -> None:
    at = reader(GENERAL)
    at.insert(card("ichiro"))
    at.identify("pin", Pin=personas()["ichiro"].authentication_pin).raise_for_status()
    refused = at.post("registration").json()
    assert refused["code"] == "SIM-REGISTRATION-NOT-HERE"
    assert "マイナポータル" in refused["japanese"]
    visit = at.post("visits").raise_for_status().json()
    assert visit["Cause"] == "NOT_REGISTERED", "the visit is written down at once"
    assert "register_on_the_spot" not in [one["Way"] for one in visit["Decision"]["Ways"]]
    again = at.clinic.get(f"/api/visits/{visit['VisitId']}")
    assert again["Decision"] == visit["Decision"], "what the clinic was is kept with the visit"


def test_the_text_of_the_app_is_refused_where_there_is_no_app(
    reader: At, card: Callable[[str], VirtualCard]
) -> None:
    at = reader(FACE)
    at.insert(card("hanako"))
    visit = at.clinic.visit()
    refused = at.clinic.http.get(f"/api/visits/{visit['VisitId']}/app-text")
    assert refused.status_code == 404
    assert "資格確認限定型" in refused.json()["japanese"]
    assert "data-copy" not in at.clinic.page()


@pytest.mark.rules("P-014")
@pytest.mark.parametrize(
    ("key", "method"), [("hanako-iphone", "device"), ("hanako-android", "pin")]
)
def test_a_phone_is_taken_where_there_is_a_reader_for_it_and_nowhere_else(
    key: str, method: str, reader: At, oqs: Oqs, tmp_path: Path
) -> None:
    who = personas()[key]
    store = CardStore(tmp_path / "issued")
    asyncio.run(oqs.issue(store, who, register=False))
    phone = store.card(who.key)
    at = reader(PHONE)
    at.insert(phone)
    assert at.steps()["Methods"] == [method]
    at.identify(method, Pin=who.authentication_pin).raise_for_status()
    visit = at.post("visits").raise_for_status().json()
    assert (visit["Word"], visit["Name"]) == ("VALID", who.name)
    assert visit["Reading"]["Method"] == method
    at.remove()
    for variant in (FACE, GENERAL):
        refusing = reader(variant)
        plug = refusing._put_in(phone)  # it is never glanced at as a card
        state = refusing.clinic.wait_until(lambda state: state["CardTrouble"] is not None)
        assert state["CardTrouble"]["Kind"] == "phone-not-taken"
        assert "マイナンバーカード" in state["CardTrouble"]["Japanese"]
        refusing.insertion = state["Reader"]["Insertion"]
        for answer in (
            refusing.identify(method, Pin=who.authentication_pin),
            refusing.clinic.receive(who.authentication_pin),
        ):
            assert answer.json()["kind"] == "phone-not-taken"
        page = refusing.clinic.page()
        assert "スマートフォンは読み取れません" in page
        assert 'data-unchecked="smartphone"' in page
        plug.remove()
        # The next desk would find it half taken out.
        refusing.clinic.wait_until(lambda state: not state["Reader"]["CardPresent"])


@pytest.mark.rules("R-093", "R-094")
def test_without_a_reader_nothing_waits_for_a_card_and_the_number_comes_first(
    open_clinic: OpenClinic,
) -> None:
    def nobody(_: str | None) -> Any:
        raise AssertionError("there is no reader to open")

    clinic = open_clinic(nobody, variant=NONE)
    state = clinic.state()
    assert state["Variant"] == "no_reader"
    assert state["Reader"]["Trouble"] is None
    page = clinic.page()
    assert 'id="number-form"' in page
    assert page.index('id="by-number"') < page.index('id="next-patient"')
    for not_offered in ("banner-reader", 'href="/patient"', "カードを待っています"):
        assert not_offered not in page
    assert 'data-unchecked="device"' not in clinic.page("/unable")
    for path, body in (
        ("/api/visits", {"Pin": "1234"}),
        ("/api/reader/identity", {"Insertion": "1", "Method": "face"}),
        ("/api/reader/visits", {"Insertion": "1"}),
        ("/api/reader/staff", {"Insertion": "1"}),
    ):
        refused = clinic.http.post(path, json=body).json()
        assert refused["code"] == "SIM-CLINIC-WITHOUT-READER"
        assert "番号で確認" in refused["japanese"]
    screen = clinic.http.get("/patient", headers={"Accept": "text/html"})
    assert screen.status_code == 409
    assert "読取機がありません" in screen.text
    visit = clinic.http.post("/api/visits/number", json=NUMBER).raise_for_status().json()
    assert visit["Word"] == "VALID"


@pytest.mark.rules("R-093")
def test_without_a_reader_papers_lead_on(open_clinic: OpenClinic) -> None:
    clinic = open_clinic(variant=NONE)
    visit = clinic.unchecked("no_reader")
    ways = [one["Way"] for one in visit["Decision"]["Ways"]]
    assert ways[:2] == ["card_with_portal_or_notice", "certificate"]
