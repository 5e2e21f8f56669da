"""Every console's root leads to something, and so does an address that leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
