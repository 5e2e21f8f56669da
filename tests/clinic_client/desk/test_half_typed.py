"""What is half typed at the desk stays with the patient that it is typed for, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    Open = Callable[..., Any]

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
TYPED = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "7654321",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
EMPTY = dict.fromkeys(TYPED, "")


@pytest.fixture
def clinic(with_card: Open) -> Any:
    return with_card()


@pytest.fixture
def page(browser: Browser, clinic: Any) -> Iterator[Page]:
    """The desk in a browser; what comes by the API is of another one, or of the patient."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page = context.new_page()
    page.goto(clinic.url)
    yield page
    context.close()


def type_number(page: Page) -> None:
    for name, text in TYPED.items():
        page.locator(f'#number-form [name="{name}"]').fill(text)


def typed(page: Page) -> dict[str, str]:
    return {name: page.locator(f'#number-form [name="{name}"]').input_value() for name in TYPED}


def send_number(page: Page) -> None:
    page.keyboard.press("F4")
    type_number(page)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("打ち間違い")


def test_a_number_never_comes_into_the_re_check_of_another_patient(clinic: Any, page: Page) -> None:
    send_number(page)
    other = clinic.unchecked("network")  # nobody pressed F2
    expect(page.locator(f'[data-visit="{other["VisitId"]}"]')).to_be_visible()
    page.get_by_role("link", name="番号で再確認").click()
    expect(page.locator("[name=ForVisit]")).to_have_value(other["VisitId"])
    assert typed(page) == EMPTY
    expect(page.locator("#again-of")).to_contain_text("に受け付けた方（氏名未確認）の再確認です")
    page.keyboard.press("F4")
    expect(page.locator("[name=ForVisit]")).to_have_count(0)
    assert typed(page) == EMPTY, "it is another patient's turn"


def test_a_number_is_mended_in_the_re_check_of_its_own_patient(page: Page) -> None:
    send_number(page)
    page.get_by_role("link", name="番号で再確認").click()
    expect(page.locator("#again-of")).to_be_visible()
    assert typed(page) == TYPED
    page.keyboard.press("F4")
    expect(page.locator("[name=ForVisit]")).to_have_count(0)
    assert typed(page) == EMPTY, "who is checked anew is somebody else"


def test_what_is_typed_of_a_number_goes_where_another_browser_calls_the_next_patient(
    clinic: Any, page: Page
) -> None:
    page.keyboard.press("F4")
    type_number(page)
    page.reload()
    assert typed(page) == TYPED, "the patient is still there"
    clinic.http.post("/api/next").raise_for_status()
    page.locator(".home").click()
    expect(page.locator("#waiting")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    page.keyboard.press("F4")
    expect(page.locator("#number-form")).to_be_visible()
    assert typed(page) == EMPTY


def test_a_form_that_is_half_typed_stays_until_the_new_is_wanted(clinic: Any, page: Page) -> None:
    mine = clinic.unchecked("network")
    born = page.locator("#born-on")
    born.fill("昭55")
    other = clinic.http.post("/api/visits/number", json=TYPED).json()
    held = page.locator("#held")
    expect(held).to_contain_text("窓口の画面は先に進んでいます")
    expect(born).to_have_value("昭55")
    expect(page.locator(f'[data-visit="{mine["VisitId"]}"]')).to_be_visible()
    held.get_by_role("button").click()
    expect(page.locator(f'[data-visit="{other["VisitId"]}"]')).to_be_visible()
    expect(held).to_be_hidden()


def test_next_patient_shows_who_came_while_something_was_typed(clinic: Any, page: Page) -> None:
    clinic.unchecked("network")
    page.locator("#born-on").fill("昭55")
    other = clinic.unchecked("device")
    expect(page.locator("#held")).to_be_visible()
    page.keyboard.press("F2")
    expect(page.locator(f'[data-visit="{other["VisitId"]}"]')).to_be_visible()
    assert clinic.state()["CurrentVisit"]["VisitId"] == other["VisitId"], "not seen yet"


def test_what_is_typed_and_sent_late_is_of_its_own_visit_and_is_shown(
    clinic: Any, page: Page
) -> None:
    mine = clinic.unchecked("network")
    page.locator("#born-on").fill("昭和55年2月17日")
    clinic.http.post("/api/next").raise_for_status()
    expect(page.locator("#held")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/visits/{mine['VisitId']}")
    expect(page.locator("#ratio")).to_have_text("3割")
    assert clinic.get(f"/api/visits/{mine['VisitId']}")["Decision"]["Ratio"] == 3


def test_a_name_that_is_half_typed_stays_and_is_kept_when_the_new_is_shown(
    clinic: Any, page: Page
) -> None:
    mine = clinic.unchecked("network")
    note = page.locator("#noted-name")
    note.press_sequentially("診察券 10")
    clinic.http.post("/api/next").raise_for_status()
    expect(page.locator("#held")).to_be_visible()
    note.press_sequentially("24")
    page.keyboard.press("Enter")
    expect(page.locator("#waiting")).to_be_visible()
    expect(page.locator("#today .who")).to_have_text("診察券 1024")
    assert clinic.get(f"/api/visits/{mine['VisitId']}")["NotedName"] == "診察券 1024"


def test_the_number_of_another_person_is_told_with_a_way_on(clinic: Any, page: Page) -> None:
    waits = clinic.unchecked("no_card", Birthdate="19800218")
    page.goto(f"{clinic.url}/number?visit={waits['VisitId']}")
    type_number(page)
    page.locator("[name=InsuredIdentificationNumber]").fill("1234567")
    page.keyboard.press("Enter")
    expect(page.locator("#failure")).to_contain_text("生年月日")
    page.get_by_role("button", name="別の方として受け付ける").click()
    expect(page.locator("#answer")).to_contain_text("有効")
    assert [one["VisitId"] for one in clinic.get("/api/catch-up")["Waiting"]] == [waits["VisitId"]]
