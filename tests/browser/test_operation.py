"""The operation page in a browser, on a whole system: live, calm and readable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from testbed.launch.participants import Addresses

pytestmark = [pytest.mark.browser, pytest.mark.deployment]


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def test_the_page_follows_what_is_set_elsewhere_and_moves_nothing(
    system: Addresses, browser: Browser
) -> None:
    console = system.oqs_console
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{console}/operation")
    expect(page.locator(".banner")).to_contain_text("正常")
    expect(page.locator("#state")).to_contain_text("0 件")
    assert violations(page) == []
    page.get_by_text("自分で書く").click()
    effect = page.get_by_label("効果")
    effect.fill("delay:ms=30")
    with httpx2.Client(base_url=console) as operator:
        made = operator.post("/sim/operation/faults", json={"Effect": "cut:when=before"})
        made.raise_for_status()
    expect(page.locator("#faults")).to_contain_text("cut:when=before")
    expect(page.locator(".banner")).to_contain_text("障害 1 件")
    expect(effect).to_have_value("delay:ms=30")
    expect(effect).to_be_focused()
    page.get_by_role("button", name="障害をすべて終わる").click()
    expect(page).to_have_url(re.compile("said=end_faults"))
    expect(page.locator(".banner")).to_contain_text("正常")
    page.get_by_role("button", name="公称 3〜7 秒").click()
    expect(page.get_by_role("button", name="公称 3〜7 秒")).to_have_attribute(
        "aria-pressed", "true"
    )
    picture(page, "operation.png")
    for width, scheme in ((390, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_on_a_narrow_screen_what_came_of_a_request_is_seen_first(
    system: Addresses, browser: Browser
) -> None:
    asked = {
        "InsurerNumber": "990010",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "7654321",
        "Birthdate": "19800217",
    }
    httpx2.post(f"{system.clinic}/api/visits/number", json=asked).raise_for_status()
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{system.oqs_console}/operation?path=/qualification/number")
    request = page.locator("#requests tbody tr").first
    boxes = [cell.bounding_box() for cell in request.locator("td").all()]
    result, others = boxes[3], [one for place, one in enumerate(boxes) if one and place != 3]
    assert result is not None
    assert all(result["y"] <= one["y"] for one in others)
    assert all(one["x"] >= 0 and one["x"] + one["width"] <= 390 for one in (result, *others))
    assert page.evaluate("document.querySelector('#requests').scrollWidth") <= 390
    assert violations(page) == []


def test_one_id_leads_from_the_desk_to_the_journal_of_oqs(system: Addresses) -> None:
    asked = {
        "InsurerNumber": "990010",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "7654321",
        "Birthdate": "19800217",
    }
    with httpx2.Client() as client:
        visit = client.post(
            f"{system.clinic}/api/visits/number", json=asked, headers={"X-Request-Id": "desk-8"}
        )
        assert visit.status_code == 201, visit.text
        assert visit.headers["X-Request-Id"] == "desk-8"
        found = client.get(
            f"{system.oqs_console}/sim/operation/requests", params={"RequestId": "desk-8"}
        ).json()
    (request,) = found["Requests"]
    assert (request["Path"], request["Role"]) == ("/qualification/number", "terminal")


def test_a_lost_line_is_told_at_the_desk_and_the_visit_is_kept(system: Addresses) -> None:
    asked = {
        "InsurerNumber": "990010",
        "InsuredIdentificationNumber": "7654321",
        "Birthdate": "19800217",
    }
    with httpx2.Client(timeout=30) as client:
        cut = client.post(
            f"{system.oqs_console}/sim/operation/faults", json={"Effect": "cut:when=before"}
        )
        cut.raise_for_status()
        visit = client.post(f"{system.clinic}/api/visits/number", json=asked)
        assert visit.status_code == 201, visit.text
        assert visit.json()["Cause"] == "NETWORK"
        waiting = client.get(f"{system.clinic}/api/visits/{visit.json()['VisitId']}")
        assert waiting.status_code == 200
        client.delete(f"{system.oqs_console}/sim/operation/faults").raise_for_status()
        again = client.post(f"{system.clinic}/api/visits/number", json=asked).json()
    assert again["Cause"] != "NETWORK"
