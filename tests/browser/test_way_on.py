"""Every console's root leads to something, and so does an address that leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CONSOLES = ("testbed", "oqs_console", "intermediate_console")


def test_a_person_is_led_on_wherever_the_address_leads(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page()
    # The desk's own says it in the desk's words.
    assert page.goto(addresses["clinic"] + "/nowhere").status == 404  # type: ignore[union-attr]
    page.get_by_role("link").click()
    assert page.url == addresses["clinic"] + "/"
    assert page.locator("title").inner_text() != ""
    for console in CONSOLES:
        root = addresses[console]
        home = page.goto(root + "/")
        assert home is not None
        assert home.ok
        assert home.headers["content-type"].startswith("text/html")
        for language in ("ja", "en"):
            lost = page.goto(f"{root}/nowhere?lang={language}")
            assert lost is not None
            assert lost.status == 404
            assert page.locator("html").get_attribute("lang") == language
            assert page.get_by_role("main").count() == page.get_by_role("heading").count() == 1
            # The style is there, so the page has the look of the others.
            assert page.locator(".mark").evaluate("e => getComputedStyle(e).borderStyle") == "solid"
        page.get_by_role("link", name="First page").click()
        assert page.url.startswith(root + "/?lang=en")
        page.go_back()
        page.get_by_role("link", name="日本語").click()
        page.get_by_role("link", name="APIの説明").click()
        assert page.url == root + "/docs"


def test_a_maker_tries_a_route_on_its_page(browser: Browser, addresses: dict[str, str]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    elsewhere: list[str] = []
    page.on("request", lambda one: elsewhere.append(one.url))
    for console in ("clinic", *CONSOLES):
        root = addresses[console]
        page.goto(root + "/docs")
        page.locator("#find").fill("health")
        expect(page.locator(".operation:visible")).to_have_count(1)
        page.locator(".operation:visible > summary").click()
        page.get_by_role("button", name="Send").click()
        answer = page.locator("output:visible")
        expect(answer).to_contain_text("200 OK")
        expect(answer).to_contain_text('"Service"')
        serious = [
            one["id"]
            for one in Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        assert serious == [], console
    # What stands in the address, and a body that the service refuses.
    page.goto(addresses["oqs_console"] + "/docs#POST-/sim/clock/advance")
    tried = page.locator("[id='POST-/sim/clock/advance']")
    tried.locator("textarea").fill('{"Seconds": "soon"}')
    tried.get_by_role("button", name="Send").click()
    expect(tried.locator("output")).to_contain_text("422")
    expect(tried.locator("output")).to_contain_text("SIM-INVALID-REQUEST")
    tried.locator("textarea").fill('{"Seconds": 0}')
    tried.get_by_role("button", name="Send").click()
    expect(tried.locator("output")).to_contain_text("200 OK")
    page.goto(addresses["clinic"] + "/docs#GET-/api/visits/{visit_id}")
    tried = page.locator("[id='GET-/api/visits/{visit_id}']")
    tried.get_by_label("visit_id").fill("一/二")
    tried.get_by_role("button", name="Send").click()
    expect(tried.locator("output")).to_contain_text("404")
    # A stream has no end, and is shown as far as it came.
    page.goto(addresses["clinic"] + "/docs#GET-/events")
    page.locator("[id='GET-/events']").get_by_role("button", name="Send").click()
    expect(page.locator("[id='GET-/events'] output")).to_contain_text("event: reader")
    own = {addresses[console].rpartition("/")[2] for console in ("clinic", *CONSOLES)}
    hosts = {url.split("/")[2] for url in elsewhere if not url.startswith("data:")}
    assert hosts <= own
