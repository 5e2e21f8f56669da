"""A card that is reported lost while it signs somebody in lets nobody in (R-116, P-013)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.portal import sign_in
from oqs_sim.store.portal import sessions
from tests.meeting import between
from tests.oqs_sim.portal.test_sign_in import begin, browser_of, prove

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

LOOKS = pytest.mark.parametrize("look", ["_require_open", "refuse_stopped"])
"""When the card proves itself, and when the sign-in is written."""


def stop(oqs: Oqs) -> Any:
    caller = {"Name": "佐藤　花子", "Birthdate": "19800217"}
    return oqs.console.post("/portal/hotline/stops", json=caller)


@LOOKS
def test_no_session_of_a_program_outlives_the_stop(
    member: Oqs, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    proof = {"CardProof": member.card.sign(member.portal_challenge("sign_in"))}
    with between(member, monkeypatch, (sign_in, look), stop) as stopped:
        opened = member.console.post("/portal/sessions", json=proof)
        assert stopped().status_code == 201
    if look == "_require_open":
        assert opened.json()["code"] == "SIM-CERTIFICATE-SUSPENDED"
        return
    headers = {"Authorization": f"Bearer {opened.json()['Token']}"}
    refused = member.console.get("/portal/me/inquiries", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "SIM-NOT-SIGNED-IN")


@LOOKS
def test_no_sign_in_that_a_card_completed_outlives_the_stop(
    member: Oqs, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    browser = browser_of(member)
    code = begin(browser)
    with between(member, monkeypatch, (sign_in, look), stop) as stopped:
        proven = prove(member, code)
        assert stopped().status_code == 201
    assert proven.status_code == (403 if look == "_require_open" else 200)
    page = browser.post("/portal/sign-in/card")
    assert "佐藤　花子" not in page.text
    assert browser.get("/portal").url.path == "/portal/sign-in"


def test_no_session_of_a_browser_outlives_the_stop(
    member: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browser_of(member)
    assert prove(member, begin(browser)).status_code == 200
    with between(member, monkeypatch, (sessions, "end_sign_in"), stop) as stopped:
        browser.post("/portal/sign-in/card", follow_redirects=False)
        assert stopped().status_code == 201
    assert browser.get("/portal").url.path == "/portal/sign-in"


def test_the_refusal_is_a_line_of_the_log(member: Oqs, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = {"CardProof": member.card.sign(member.portal_challenge("sign_in"))}
    with between(member, monkeypatch, (sign_in, "_require_open"), stop):
        member.console.post("/portal/sessions", json=proof)
    picked = browser_of(member)
    picked.post("/portal/people/sign-in", data={"PersonReference": member.hanako})
    assert "SIM-CERTIFICATE-SUSPENDED" in picked.get("/portal/history").text
