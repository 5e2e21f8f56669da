"""What a receptionist needs is in sight on the screens of receptions, without scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from testbed.cards.personas import townspeople
from tests.browser.conftest import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.timeout(400)  # the first of all runs builds the town
SMALL, USUAL = {"width": 1024, "height": 768}, {"width": 1280, "height": 800}
NEEDED = "#answer, .next > p, .next .actions > *, #born button, #offers summary, #offers > * > *"
"""The verdict, what to do, and what goes on."""


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with running("up", "--town", "--port", "0", "--json") as system:
        yield {name: str(value) for name, value in system.items()}


@pytest.fixture
def receive(addresses: dict[str, str]) -> Iterator[Callable[..., str]]:
    """Receive somebody by the card, or without a check; give the path of the record."""
    with httpx2.Client(base_url=addresses["clinic"], timeout=60, trust_env=False) as clinic:
        slot = addresses["testbed"] + "/slots/0"

        def received(who: str, **unchecked: str) -> str:
            if unchecked:
                visit = clinic.post("/api/visits/unchecked", json=unchecked)
            else:
                clinic.put(slot, json={"Card": who}).raise_for_status()
                pin = townspeople()[who].authentication_pin
                visit = clinic.post("/api/visits", json={"Pin": pin})
            return f"/visits/{visit.raise_for_status().json()['VisitId']}"

        yield received
        clinic.delete(slot)
        clinic.post("/api/next")


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


def out_of_sight(page: Page, wanted: Locator) -> Any:
    """What of it one has to scroll for, or stands under what stays in sight."""
    return wanted.evaluate_all(
        """all => all.filter((one) => one.checkVisibility()).filter((one) => {
            const box = one.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            const on = document.elementFromPoint(x, y);
            return box.bottom > innerHeight || box.top < 0 || !on || !one.contains(on);
        }).map((one) => one.outerHTML.slice(0, 120))"""
    )


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def test_the_form_that_withdraws_a_visit_is_not_cut(
    desk: Page, addresses: dict[str, str], receive: Callable[..., str]
) -> None:
    path = receive("nobody", Cause="network")
    for size in (USUAL, SMALL):
        desk.set_viewport_size(size)
        desk.goto(addresses["clinic"] + path)
        desk.locator("#withdraw summary").click()
        assert not out_of_sight(desk, desk.locator("#withdraw :is(select, input, button)"))
        wide = desk.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]
        paid = desk.locator("#withdraw [name=Paid]").bounding_box()
        assert paid is not None
        assert paid["width"] >= 150, "分からなければ空欄"


@pytest.mark.parametrize(
    ("who", "unchecked"),
    [
        ("daisuke", {}),
        ("osamu", {}),
        ("yoko", {}),
        ("nobody", {"Cause": "network", "Birthdate": "S15.5.5"}),
    ],
)
def test_an_answer_and_the_form_of_each_paper_need_no_scrolling(
    desk: Page, receive: Callable[..., str], who: str, unchecked: dict[str, str]
) -> None:
    receive(who, **unchecked)
    papers = desk.locator("#offers summary")
    expect(papers).not_to_have_count(0)
    for pending in desk.locator("#pending").all():
        expect(pending).not_to_be_empty()
    for size in (USUAL, SMALL):
        desk.set_viewport_size(size)
        assert out_of_sight(desk, desk.locator(NEEDED)) == []
        if size == USUAL:
            assert height(desk) <= USUAL["height"]
        for paper in papers.all():
            paper.click()
            form = desk.locator("#offers details[open] form")
            send = form.get_by_role("button")
            assert out_of_sight(desk, form.locator("input, select, button")) == []
            assert out_of_sight(desk, desk.locator(NEEDED)) == [], "nor do the others leave"
            if form.locator("[required]").count():
                send.click()
                expect(form.locator(".fault").first).to_be_visible()
                assert out_of_sight(desk, send) == []
            if size == USUAL:
                assert height(desk) <= USUAL["height"]
        expect(desk.locator("#fallback")).to_be_hidden()
        assert violations(desk) == []
        desk.emulate_media(media="print")
        expect(desk.locator("#fallback")).to_be_visible()
        desk.emulate_media(media="screen")
        desk.locator("#offers details[open] summary").click()
        expect(desk.locator("#fallback")).to_be_visible()


def test_the_button_that_ends_a_form_stays_in_sight_and_hides_no_field(
    desk: Page, receive: Callable[..., str]
) -> None:
    home = desk.url[:-1]
    checked, unchecked = receive("ichiro"), receive("nobody", Cause="device")
    desk.set_viewport_size(SMALL)
    for path, pressed in (
        ("/number", "#number-form [type=submit]"),
        (unchecked + "/declaration", "none"),
        (checked + "/discrepancy", ".differing [type=checkbox]"),
    ):
        desk.goto(home + path)
        for one in desk.locator(pressed).all():
            one.click()
        assert violations(desk) == [], path
        desk.evaluate("scrollTo(0, 0)")
        ends = desk.locator("main form:not(.noted) .actions > *")
        assert out_of_sight(desk, ends) == [], path
        fields = desk.locator("main :is(input, select):not([type=checkbox])")
        expect(fields).not_to_have_count(0)
        for field in fields.all():
            field.focus()
            assert out_of_sight(desk, field) == [], path


def test_a_long_page_keeps_the_line_and_the_ways_on_in_sight(
    desk: Page, receive: Callable[..., str]
) -> None:
    record = receive("ichiro")
    desk.goto(desk.url + record[1:])
    for size in (USUAL, SMALL):
        desk.set_viewport_size(size)
        assert height(desk) > size["height"], "it is long"
        desk.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        assert out_of_sight(desk, desk.locator("#pills, #ways > *")) == []
    # Enlarged, they would take the little height that there is.
    desk.set_viewport_size({"width": 640, "height": 400})
    desk.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert len(out_of_sight(desk, desk.locator("#pills, #ways > *"))) > 1
