"""Signing in: the card signs for one code, and only the browser that shows it is let in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.store.database_time import MICROSECONDS
from tests.equipment.callers import OWN_URL, AtConsole
from tests.oqs_sim.conftest import ICHIRO, TestCard

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def browser_of(oqs: Oqs) -> TestClient:
    """Another browser, with cookies of its own."""
    return TestClient(AtConsole(oqs.app), OWN_URL, headers={"Accept": "text/html"})


def begin(browser: TestClient, channel: str = "portal") -> str:
    page = browser.post("/portal/sign-in", data={"Channel": channel})
    assert page.status_code == 200, page.text
    first, second = re.findall(r"<span>([A-Z2-9]{4})</span>", page.text)
    return str(first + second)


def prove(oqs: Oqs, code: str, card: TestCard | None = None) -> Any:
    granted = oqs.console.post(f"/portal/sign-ins/{code}/challenges")
    if granted.status_code != 201:
        return granted
    proof = (card or oqs.card).sign(granted.json()["Challenge"])
    return oqs.console.post(f"/portal/sign-ins/{code}", json={"CardProof": proof})


def sign_in(oqs: Oqs) -> TestClient:
    browser = browser_of(oqs)
    assert prove(oqs, begin(browser)).status_code == 200
    assert "佐藤　花子" in browser.post("/portal/sign-in/card").text
    return browser


def test_the_card_signs_in_the_browser_that_shows_the_code(oqs: Oqs) -> None:
    browser, stranger = browser_of(oqs), browser_of(oqs)
    code = begin(browser)
    begin(stranger)
    assert browser.get("/portal/sign-in/card/state").text == "waiting"
    proven = prove(oqs, code)
    assert proven.json() == {"Channel": "portal", "Proven": True}
    assert browser.get("/portal/sign-in/card/state").text == "proven"
    assert stranger.get("/portal/sign-in/card/state").text == "waiting"
    assert "まだカードが読み取られていません" in stranger.post("/portal/sign-in/card").text
    home = browser.post("/portal/sign-in/card")
    assert "佐藤　花子" in home.text
    assert "人を選んでログイン中" not in home.text
    assert code not in str(home.url)


def test_a_browser_that_knows_the_code_alone_is_not_let_in(oqs: Oqs) -> None:
    browser, thief = browser_of(oqs), browser_of(oqs)
    code = begin(browser)
    prove(oqs, code)
    thief.cookies.set("portal_ticket", f"{code}.guessed", path="/portal")
    page = thief.post("/portal/sign-in/card")
    assert page.status_code == 404
    assert "このログイン番号は使えません" in page.text


def test_what_is_signed_for_one_code_is_of_no_use_for_another(oqs: Oqs) -> None:
    mine, other = begin(browser_of(oqs)), begin(browser_of(oqs))
    challenge = oqs.console.post(f"/portal/sign-ins/{mine}/challenges").json()["Challenge"]
    proof = {"CardProof": oqs.card.sign(challenge)}
    refused = oqs.console.post(f"/portal/sign-ins/{other}", json=proof)
    assert refused.json()["code"] == "SIM-CHALLENGE-UNKNOWN"
    without = oqs.console.post("/portal/sessions", json=proof)
    assert without.json()["code"] == "SIM-CHALLENGE-UNKNOWN"
    assert oqs.console.post(f"/portal/sign-ins/{mine}", json=proof).status_code == 200


def test_a_code_is_used_once(oqs: Oqs) -> None:
    browser = browser_of(oqs)
    code = begin(browser)
    assert prove(oqs, code).status_code == 200
    assert prove(oqs, code).json()["code"] == "SIM-SIGN-IN-UNKNOWN"
    kept = dict(browser.cookies)
    assert browser.post("/portal/sign-in/card").status_code == 200
    again = browser_of(oqs)
    again.cookies.update(kept)
    assert again.post("/portal/sign-in/card").status_code == 404


def test_a_code_and_a_session_end_with_their_time(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = browser_of(oqs)
    code = begin(waiting)
    browser = sign_in(oqs)
    clock = oqs.app.state.portal.registrar.checks.challenges.time
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 601 * MICROSECONDS)
    assert prove(oqs, code).json()["code"] == "SIM-SIGN-IN-UNKNOWN"
    assert browser.get("/portal").url.path == "/portal"
    monkeypatch.setattr(clock, "now", lambda: now() + 1_801 * MICROSECONDS)
    assert browser.get("/portal").url.path == "/portal/sign-in"


def test_a_session_is_known_to_every_process(oqs: Oqs) -> None:
    browser = sign_in(oqs)
    with oqs.another() as second:
        elsewhere = browser_of(second)
        elsewhere.cookies.update(dict(browser.cookies))
        assert "佐藤　花子" in elsewhere.get("/portal").text


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(oqs: Oqs) -> None:
    browser = sign_in(oqs)
    kept = dict(browser.cookies)
    assert browser.post("/portal/sign-out").url.path == "/portal/sign-in"
    browser.cookies.update(kept)
    assert browser.get("/portal").url.path == "/portal/sign-in"


def test_the_cookies_are_for_no_script_and_no_other_site(oqs: Oqs) -> None:
    browser = browser_of(oqs)
    code = begin(browser)
    prove(oqs, code)
    answer = browser.post("/portal/sign-in/card", follow_redirects=False)
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/portal" in cookie
        assert oqs.hanako not in cookie


def test_each_sign_in_and_each_refused_one_leaves_a_line(member: Oqs) -> None:
    browser = sign_in(member)
    card = member.issued["SerialNumber"]
    assert member.console.put(f"/sim/jlis/cards/{card}/suspension").status_code == 204
    assert prove(member, begin(browser_of(member))).json()["code"] == "SIM-CERTIFICATE-SUSPENDED"
    assert member.console.delete(f"/sim/jlis/cards/{card}/suspension").status_code == 204
    browser = sign_in(member)
    page = browser.get("/portal/history").text
    assert page.count("<b>ご本人</b>") == 4  # with the registration
    assert "SIM-CERTIFICATE-SUSPENDED" in page


@pytest.mark.rules("P-031")
def test_whose_information_is_blocked_is_not_let_in_by_card_nor_by_being_picked(
    member: Oqs,
) -> None:
    browser = sign_in(member)
    member.report(2, SelfInformationBlocked="1")
    assert browser.get("/portal/insurance-card").status_code == 403
    assert prove(member, begin(browser_of(member))).json()["code"] == "SIM-CARD-USE-BLOCKED"
    page = browser_of(member).post(
        "/portal/people/sign-in", data={"PersonReference": member.hanako}
    )
    assert page.status_code == 403
    assert "最上型" not in page.text


def test_somebody_is_found_by_name_reading_and_number_and_signed_in(oqs: Oqs) -> None:
    oqs.resident(ICHIRO, "田中　一郎", "19520603")
    browser = browser_of(oqs)
    for query, found in (
        ("花子", {"佐藤　花子"}),
        ("佐藤花子", {"佐藤　花子"}),
        ("さとう はなこ", {"佐藤　花子", "田中　一郎"}),  # whose reading the test has alike
        ("９９００００００００２７", {"田中　一郎"}),
        ("%", set()),
        ("", {"佐藤　花子", "田中　一郎"}),
    ):
        page = browser.post("/portal/people", data={"Query": query})
        assert set(re.findall(r'class="person"><b>(.*?)</b>', page.text)) == found, query
        assert "?" not in str(page.url)
    home = browser.post("/portal/people/sign-in", data={"PersonReference": oqs.hanako})
    assert "佐藤　花子" in home.text
    assert "人を選んでログイン中" in home.text


def test_nobody_is_picked_where_there_is_no_simulation(oqs: Oqs) -> None:
    with oqs.another(simulation=False) as real:
        browser = browser_of(real)
        assert "人を選ぶ" not in browser.get("/portal/sign-in").text
        assert browser.post("/portal/people").status_code == 404
        picked = browser.post("/portal/people/sign-in", data={"PersonReference": oqs.hanako})
        assert picked.status_code == 404


def test_a_person_who_does_not_exist_cannot_be_picked(oqs: Oqs) -> None:
    page = browser_of(oqs).post("/portal/people/sign-in", data={"PersonReference": "SIM-NOBODY"})
    assert page.status_code == 404
    assert "住民の登録が見つかりません" in page.text


def test_a_session_of_the_atm_does_not_open_the_portal(member: Oqs) -> None:
    browser = browser_of(member)
    prove(member, begin(browser, "atm"))
    assert browser.post("/portal/sign-in/card").url.path == "/portal/atm/registration"
    browser.cookies.set("portal", browser.cookies["portal_atm"], path="/portal")
    assert browser.get("/portal").url.path == "/portal/sign-in"


def test_a_program_signs_in_by_its_own_proof(member: Oqs) -> None:
    challenge = member.portal_challenge("sign_in")
    proof = {"CardProof": member.card.sign(challenge)}
    session = member.console.post("/portal/sessions", json=proof).json()
    headers = {"Authorization": f"Bearer {session['Token']}"}
    me = member.console.get("/portal/me", headers=headers).json()
    assert me["Name"] == "佐藤　花子"
    assert me["Registration"]["State"] == "registered"
    small = {"Authorization": f"bearer {session['Token']}"}
    assert member.console.get("/portal/me", headers=small).status_code == 200
    assert member.console.delete("/portal/sessions", headers=headers).status_code == 204
    gone = member.console.get("/portal/me", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (401, "SIM-NOT-SIGNED-IN")
    assert gone.headers["WWW-Authenticate"].startswith("Bearer ")
    assert member.console.get("/portal/me").status_code == 401
