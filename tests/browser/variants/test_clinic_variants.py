"""A receptionist and her patients at clinics that are equipped in each of the four ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import expect

from testbed.cards.personas import townspeople
from tests.browser.conftest import agree_to_nothing, press_digits, running, type_pin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.timeout(400)  # the first of all runs builds the town


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    """One system for all, with the town; its own desk takes phones."""
    town = ("up", "--town", "--clinic-variant", "phone_reader", "--port", "0", "--json")
    with running(*town) as system:
        yield {name: str(value) for name, value in system.items()}


@pytest.fixture
def another_desk(addresses: dict[str, str], browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open the page of a further desk at the same reader, of another variant."""
    opened = []

    def page(variant: str, path: str = "/") -> Page:
        beside = (
            "serve", "clinic", "--json", "--port", "0", "--clinic-variant", variant,
            "--line", addresses["line_directory"], "--database", "sqlite://",
            "--oqs-line", addresses["oqs_line"], "--oqs-console", addresses["oqs_console"],
            "--reader", "00 00",
        )  # fmt: skip
        desk = running(*beside, PCSCLITE_CSOCK_NAME=addresses["pcsc_socket"])
        opened.append(desk)
        (url,) = desk.__enter__()["ready"]  # type: ignore[misc] # one address
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale="ja-JP",
            permissions=["clipboard-read", "clipboard-write"],
        )
        shown = context.new_page()
        shown.goto(f"{url}{path}")
        return shown

    yield page
    for desk in opened:
        desk.__exit__(None, None, None)


@pytest.fixture
def lay_on(addresses: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """Put somebody's card, or phone, on the reader."""
    with httpx2.Client(base_url=addresses["testbed"], timeout=20, trust_env=False) as testbed:
        yield lambda card: testbed.put("/slots/0", json={"Card": card}).raise_for_status() and None
        testbed.delete("/slots/0")


@pytest.mark.rules("P-014")
def test_an_iphone_asks_its_owner_itself_and_an_android_phone_takes_its_pin(
    desk: Page, patient: Page, lay_on: Callable[[str], None]
) -> None:
    people = townspeople()
    expect(desk.locator("#state-reader")).to_contain_text("顔認証・スマホ")
    lay_on("hanako-iphone")
    expect(desk.locator("#waiting")).to_contain_text("iPhoneの顔か指の認証")
    patient.locator('[data-screen="ask"] [data-offer="device"]').click()
    expect(patient.locator('h1[data-by="device"]')).to_be_visible()
    press_digits(patient, people["hanako-iphone"].authentication_pin)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("有効")
    expect(desk.locator("#answer")).to_contain_text("スマートフォンで確認")
    lay_on("hanako-android")
    type_pin(patient, people["hanako-android"].authentication_pin)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("暗証番号で確認")


@pytest.mark.rules("P-014")
def test_a_face_reader_says_before_any_try_that_it_takes_no_phone(
    another_desk: Callable[..., Page], lay_on: Callable[[str], None]
) -> None:
    desk = another_desk("face_reader")
    patient = desk.context.new_page()
    patient.goto(desk.url + "patient")
    lay_on("hanako-android")
    expect(patient.locator('[data-screen="phone"]')).to_be_visible()
    expect(desk.locator("#waiting h1")).to_have_text("スマートフォンは読み取れません")
    expect(desk.locator("#waiting")).to_contain_text("スマートフォンを使わずに受け付ける")
    desk.locator('#waiting [data-unchecked="smartphone"]').first.click()
    expect(desk.locator("#next-step")).to_contain_text("マイナンバーカードを読取機に")


@pytest.mark.rules("P-022")
def test_a_general_reader_asks_for_no_consent_and_the_answer_is_copied_as_the_app_does(
    another_desk: Callable[..., Page], lay_on: Callable[[str], None]
) -> None:
    desk = another_desk("general_reader")
    patient = desk.context.new_page()
    patient.goto(desk.url + "patient")
    lay_on("hanako")
    ways = patient.locator('[data-screen="ask"]')
    expect(ways.locator('[data-offer="pin"]')).to_be_visible()
    expect(ways.locator('[data-offer="face"]')).to_be_hidden()
    type_pin(patient)
    expect(patient.locator('[data-screen="done"]')).to_be_visible()
    expect(desk.locator("#answer")).to_contain_text("資格確認限定型のため")
    desk.locator("#copy").click()
    expect(desk.locator("#copy")).to_contain_text("コピーしました")
    copied = desk.evaluate("navigator.clipboard.readText()")
    served = httpx2.get(desk.url + desk.locator("#copy").get_attribute("data-copy")[1:])  # type: ignore[index] # it has one
    assert copied.encode() == served.content
    assert copied.startswith("資格情報\r\n確認日\t2026/11/25\r\n保険者番号\t06990014\r\n")


@pytest.mark.rules("R-093")
def test_without_a_reader_the_day_begins_with_the_number_and_papers_follow(
    another_desk: Callable[..., Page],
) -> None:
    desk = another_desk("no_reader")
    expect(desk.locator('[name="InsurerNumber"]')).to_be_focused()
    for name, typed in (
        ("InsurerNumber", "990010"),
        ("InsuredCardSymbol", "模国"),
        ("InsuredIdentificationNumber", "20000027"),
        ("Birthdate", "S27.6.3"),
    ):
        desk.locator(f'[name="{name}"]').fill(typed)
    desk.locator("#number-form button").click()
    expect(desk.locator("#answer")).to_contain_text("有効")
    desk.keyboard.press("F2")
    expect(desk.locator('[name="InsurerNumber"]')).to_be_focused()
    desk.keyboard.press("F8")
    desk.get_by_role("button", name="書類で受け付ける").click()
    expect(desk.locator("#next-step")).to_contain_text("資格情報のお知らせ")


@pytest.mark.rules("R-098")
def test_what_is_shown_wrongly_is_told_with_a_press_and_stands_in_the_visit(
    desk: Page, lay_on: Callable[[str], None], addresses: dict[str, str]
) -> None:
    lay_on("ichiro")
    expect(desk.locator("#waiting h1")).to_have_text("患者さんの入力を待っています")
    pin = townspeople()["ichiro"].authentication_pin
    httpx2.post(addresses["clinic"] + "/api/visits", json={"Pin": pin}).raise_for_status()
    desk.locator("#differs").click()
    desk.get_by_role("button", name="保険者に送る").click()
    expect(desk.locator("#fault-Differing")).to_contain_text("少なくとも一つ")
    desk.locator('[name="ShouldBe-ratio"]').fill("3割")
    expect(desk.locator('[data-kind="ratio"]')).to_be_checked()
    desk.get_by_role("button", name="保険者に送る").click()
    expect(desk.locator("#tickets")).to_contain_text("画面: 2割 → 正しくは: 3割")
    expect(desk.locator("#tickets")).to_contain_text("回答待ち")
