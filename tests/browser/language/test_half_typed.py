"""Who changes the language of a page finds the form as they left it, and a PIN nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_portal import hanako as hanako  # noqa: PLC0414 # her fixture
from tests.browser.test_portal import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from testbed.launch.participants import Addresses
    from testbed.story import Story

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def begins() -> str:
    return "2026-11-09T09:00:00+09:00"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    yield context
    context.close()


def change_language(page: Page) -> None:
    """Change it, and see that nothing of the forms went anywhere by that."""
    before = page.locator("html").get_attribute("lang")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    page.locator("a.language").click()
    expect(page.locator("html")).not_to_have_attribute("lang", before or "")
    page.wait_for_load_state()
    assert asked
    assert not [one for one in asked if "TYPED" in one]
    assert page.evaluate("sessionStorage.getItem('half-typed')") is None


def filled(page: Page) -> dict[str, Any]:
    """Return what stands in the fields of a page, by their names."""
    found: dict[str, Any] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('main input, main select')]"
        ".filter((one) => !['hidden', 'radio', 'checkbox'].includes(one.type) || one.checked)"
        ".map((one) => [one.name || one.id, one.value]))"
    )
    return found


FORMS = [
    ("oqs_console", "/portal/hotline", {"Name": "TYPED", "Birthdate": "S55"}),
    ("oqs_console", "/portal/people", {"Query": "TYPED"}),
    ("oqs_console", "/operation", {"effect": "TYPED", "path": "/TYPED*", "times": "3"}),
    ("testbed", "/portal-card", {"Code": "TYPED"}),
    ("clinic", "/unable", {"Birthdate": "TYPED"}),
    ("clinic", "/visits", {"Name": "TYPED"}),
    ("intermediate_console", "/procedures", {}),
]


@pytest.mark.parametrize(("service", "path", "typed"), FORMS, ids=[one[1] for one in FORMS])
def test_a_form_stays_as_it_was_left(
    context: BrowserContext,
    addresses: dict[str, str],
    service: str,
    path: str,
    typed: dict[str, str],
) -> None:
    page = context.new_page()
    page.goto(addresses[service] + path)
    if not typed:  # the names of a clerk's filters are those of their list
        names = page.locator("main form.filters input:not([type=hidden])")
        name = names.first.get_attribute("name")
        assert name is not None
        typed = {name: "TYPED"}
    page.locator("main details").evaluate_all(
        "(all) => { for (const one of all) one.open = true; }"
    )
    for name, text in typed.items():
        page.locator(f"main input[name={name}]").first.fill(text)
    for _ in ("there", "and back"):
        change_language(page)
        fields = {name: page.locator(f"main input[name={name}]").first for name in typed}
        assert {name: field.input_value() for name, field in fields.items()} == typed
        assert all(field.is_visible() for field in fields.values())
    page.reload()
    assert "TYPED" not in json.dumps(filled(page))


def test_a_pin_is_kept_nowhere(context: BrowserContext, addresses: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(addresses["testbed"] + "/portal-card")
    page.locator("[name=Code]").fill("TYPED")
    page.locator("[name=Pin]").fill("8642")
    kept: list[str] = []
    page.on("console", lambda message: kept.append(message.text))
    page.evaluate(
        "window.addEventListener('click', () => console.log({...sessionStorage}['half-typed']))"
    )
    change_language(page)
    assert page.locator("[name=Code]").input_value() == "TYPED"
    assert page.locator("[name=Pin]").input_value() == ""
    (said,) = kept
    assert "TYPED" in said
    assert "8642" not in said


def test_a_refused_form_of_the_portal_stays_as_it_was_sent(
    context: BrowserContext, addresses: dict[str, str], hanako: None
) -> None:
    page = sign_in(context, addresses["oqs_console"] + "/portal")
    page.goto(addresses["oqs_console"] + "/portal/discrepancies")
    as_known = page.locator("[name=Birthdate]").input_value()
    page.locator("[name=Name]").fill("TYPED")
    page.locator("[name=Kind][value=ratio]").check()
    page.locator("[name=Sex]").select_option(index=0)
    before = filled(page)
    change_language(page)
    assert page.locator("[name=Birthdate]").input_value() != as_known  # not typed: as one writes it
    assert filled(page) | {"Birthdate": ""} == before | {"Birthdate": ""}
    page.locator("form.ticket-form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sent = filled(page)
    assert sent["Name"] == "TYPED"
    change_language(page)
    assert filled(page) == sent


def test_a_paper_at_the_desk_stays_open_as_it_was_read_off(desk: Page, system: Addresses) -> None:
    desk.goto(system.clinic + "/unable")
    desk.locator("main [name=Birthdate]").fill("S30.3.5")
    desk.locator("[data-unchecked=device]").click()
    desk.locator("[data-offer=certificate]").click()
    paper = desk.locator("[data-document=certificate]")
    paper.locator("[name=InsuredCardSymbol]").fill("TYPED")
    paper.locator("[name=Undated]").check()
    paper.locator("[name=Ratio]").select_option("2")
    change_language(desk)
    expect(paper.locator("[name=InsuredCardSymbol]")).to_be_visible()
    assert paper.locator("[name=InsuredCardSymbol]").input_value() == "TYPED"
    assert paper.locator("[name=Undated]").is_checked()
    assert paper.locator("[name=Ratio]").input_value() == "2"


def test_what_was_typed_for_one_patient_is_not_there_for_the_next(
    desk: Page, story: Story, system: Addresses
) -> None:
    desk.goto(system.clinic + "/unable")
    desk.locator("main [name=Birthdate]").fill("TYPED")
    turn = "document.querySelector('[data-turn]').dataset.turn = 'of another'"
    desk.evaluate(f"window.addEventListener('click', () => {{ {turn}; }}, {{ capture: true }})")
    change_language(desk)
    assert desk.locator("main [name=Birthdate]").input_value() == ""
