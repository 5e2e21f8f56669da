"""The patient's four steps at the reader, as patient and receptionist see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import expect

from clinic_client.passcode import HashedPasscode
from eligibility.terminal.identity import FACE_TRIES
from reader.description.layout import AUTHENTICATION_PIN
from tests.browser.conftest import agree_to_nothing, picture, press_digits, running, type_pin
from tests.reader.own_card.foreign_card import foreign_card

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

    from testbed.story import Addresses, Story
    from virtual_card.plugs.vpcd import VpcdPlug

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def begins() -> str:
    """The day on which the story begins."""
    return "2026-11-09T09:00:00+09:00"


@pytest.fixture
def desk_with_passcode(addresses: dict[str, str]) -> Iterator[str]:
    """Open a further desk at the same reader, whose staff have a passcode."""
    beside = (
        "serve", "clinic", "--json", "--port", "0", "--line", addresses["line_directory"],
        "--database", "sqlite://", "--oqs-line", addresses["oqs_line"],
        "--oqs-console", addresses["oqs_console"], "--reader", "00 00",
        "--visual-passcode", str(HashedPasscode.of("4821")),
    )  # fmt: skip
    with running(*beside, PCSCLITE_CSOCK_NAME=addresses["pcsc_socket"]) as desk:
        yield desk["ready"][0]


def screen(patient: Page, name: str) -> Locator:
    return patient.locator(f'[data-screen="{name}"]')


def press(patient: Page, name: str, go: str) -> None:
    """Press a button on the screen that is expected now."""
    expect(screen(patient, name)).to_be_visible()
    screen(patient, name).locator(f'[data-go="{go}"]:visible').first.click()


@pytest.mark.rules("R-090", "P-020", "P-034")
def test_by_face_with_consent_one_by_one(
    story: Story, desk: Page, patient: Page, system: Addresses
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    expect(screen(patient, "ask")).to_be_visible()
    shown = screen(patient, "ask").locator("[data-offer]:visible")
    assert shown.evaluate_all("all => all.map(one => one.dataset.offer)") == [
        "face",
        "pin",
        "visual",
    ]
    # A face that does not fit is told with what is left, and with the other ways.
    camera = f"{system.clinic}/api/reader/camera"
    httpx2.put(camera, json={"Recognises": False}, trust_env=False).raise_for_status()
    press(patient, "ask", "face")
    press(patient, "face", "compare")
    expect(screen(patient, "face-wrong")).to_contain_text("あと9回")
    httpx2.put(camera, json={"Recognises": True}, trust_env=False).raise_for_status()
    press(patient, "face-wrong", "face")
    expect(screen(patient, "face")).to_contain_text("模擬")
    press(patient, "face", "compare")
    expect(desk.locator("#waiting")).to_contain_text("同意を選んでいます")
    press(patient, "consent", "consent-each")
    items = screen(patient, "items")
    expect(items.locator("[data-item]:visible")).to_have_count(4)
    items.locator('[data-item="treatment_and_medicine"]').click()
    items.locator('[data-item="checkup"]').click()
    items.locator('[data-item="checkup"]').click()
    picture(patient, "patient-consent.png")
    press(patient, "items", "consent-items")
    press(patient, "subsidy", "subsidy-no")
    expect(screen(patient, "done")).to_be_visible()
    expect(patient.locator("#progress i.on")).to_have_count(4)
    told = desk.locator(".reading")
    expect(told).to_contain_text("顔認証")
    expect(told).to_contain_text("診療・お薬")
    expect(told).not_to_contain_text("健診")
    story.remove()
    expect(screen(patient, "wait")).to_be_visible()


@pytest.mark.rules("P-018")
def test_a_way_that_is_closed_meanwhile_leaves_the_screen(
    story: Story, patient: Page, system: Addresses
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    offered = screen(patient, "ask").locator('[data-offer="face"]')
    expect(offered).to_be_visible()
    with httpx2.Client(base_url=system.clinic, trust_env=False) as elsewhere:
        elsewhere.put("/api/reader/camera", json={"Recognises": False}).raise_for_status()
        insertion = elsewhere.get("/api/state").json()["Reader"]["Insertion"]
        for _ in range(FACE_TRIES):
            asked = {"Insertion": insertion, "Method": "face"}
            assert elsewhere.post("/api/reader/identity", json=asked).status_code == 409
        expect(offered).to_be_hidden()
        expect(screen(patient, "ask").locator("[data-face-locked]")).to_be_visible()
        elsewhere.put("/api/reader/camera", json={"Recognises": True}).raise_for_status()


def test_a_slow_card_is_in_the_time_that_the_desk_tells_and_in_its_breakdown(
    story: Story, desk: Page, patient: Page, system: Addresses
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    slow = {"Card": story.persona.key, "Timing": "contactless:signature=1500"}
    httpx2.put(f"{system.testbed}/slots/0", json=slow, trust_env=False).raise_for_status()
    type_pin(patient)
    agree_to_nothing(patient)
    told = re.compile(r"所要 (\d+) ミリ秒")
    expect(desk.locator("p.when")).to_contain_text(told)
    took = told.search(desk.locator("p.when").inner_text())
    assert took is not None
    assert int(took[1]) >= 1500
    desk.get_by_role("link", name="控えを開く").click()
    desk.get_by_text("時間の内訳").click()
    breakdown = desk.locator(".timings")
    expect(breakdown).to_contain_text("同意などを選んでいた時間")
    rows = {
        row.locator("dt").inner_text(): float(row.locator("dd span").inner_text().split()[0])
        for row in breakdown.locator("dl > div").all()
    }
    assert list(rows) == ["準備（チャレンジ）", "カード", "照会", "そのほか", "合計"]
    assert rows["カード"] >= 1500
    assert round(rows["合計"]) in {int(took[1]) - 1, int(took[1]), int(took[1]) + 1}
    assert abs(sum(rows.values()) - 2 * rows["合計"]) < 1


@pytest.mark.rules("P-019")
def test_by_eye_the_staff_confirm_at_the_desk_and_can_begin_anew(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    press(patient, "ask", "visual")
    waiting = desk.locator("#waiting")
    expect(waiting).to_have_attribute("data-step", "eye")
    expect(screen(patient, "visual")).to_be_visible()
    waiting.get_by_role("button", name="はじめに戻す").click()
    expect(screen(patient, "ask")).to_be_visible()
    # The desk can lead as well.
    waiting.get_by_role("button", name="目視で確認する").click()
    expect(screen(patient, "visual")).to_be_visible()
    waiting.get_by_role("button", name="本人と確認した").click()
    press(patient, "consent", "consent-all")
    press(patient, "subsidy", "subsidy-no")
    expect(screen(patient, "done")).to_be_visible()
    expect(desk.locator(".reading")).to_contain_text("目視で確認・同意あり")


@pytest.mark.rules("P-019")
def test_by_eye_staff_type_the_passcode_of_the_clinic_at_the_reader(
    story: Story, system: Addresses, browser: Browser, desk_with_passcode: str
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    desk, patient = context.new_page(), context.new_page()
    desk.goto(desk_with_passcode)
    patient.goto(f"{desk_with_passcode}/patient")
    press(patient, "ask", "visual")
    waiting = desk.locator("#waiting")
    expect(waiting).to_contain_text("目視確認用パスコードを入れてください")
    expect(waiting.get_by_role("button", name="本人と確認した")).to_have_count(0)
    press(patient, "visual", "passcode")
    expect(screen(patient, "passcode")).to_contain_text("患者さんの暗証番号ではありません")
    for digit in "1284":
        screen(patient, "passcode").get_by_role("button", name=digit, exact=True).click()
    press(patient, "passcode", "passcode-enter")
    expect(screen(patient, "passcode").get_by_role("alert")).to_contain_text("違います")
    expect(screen(patient, "passcode").locator("[data-dots] i.on")).to_have_count(0)
    patient.keyboard.type("4821")
    expect(screen(patient, "passcode").locator("[data-dots] i.on")).to_have_count(4)
    patient.keyboard.press("Enter")
    press(patient, "consent", "consent-none")
    press(patient, "subsidy", "subsidy-no")
    expect(screen(patient, "done")).to_be_visible()
    expect(desk.locator(".reading")).to_contain_text("目視で確認")
    context.close()


def test_the_mode_by_eye_falls_back_with_the_next_card(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    press(patient, "ask", "visual")
    expect(desk.locator("#waiting")).to_have_attribute("data-step", "eye")
    story.remove()
    expect(screen(patient, "wait")).to_be_visible()
    story.insert()
    expect(screen(patient, "ask").locator('[data-offer="face"]')).to_be_visible()
    expect(desk.locator("#waiting")).to_have_attribute("data-step", "card")


@pytest.mark.rules("P-036")
def test_who_takes_the_card_at_the_consent_is_checked_without_it(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    type_pin(patient)
    expect(screen(patient, "consent")).to_be_visible()
    story.remove()
    expect(desk.locator("#answer")).to_contain_text("有効")
    expect(desk.locator(".reading")).to_contain_text("同意なし")
    expect(screen(patient, "wait")).to_be_visible()


def test_the_keys_are_shuffled_on_request_and_no_digit_is_on_the_page(
    story: Story, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    press(patient, "ask", "pin")
    keys = patient.locator("[data-digit]")
    order = "all => all.map(one => one.textContent)"
    before = keys.evaluate_all(order)
    for _ in range(5):  # once may leave them as they are
        patient.locator('[data-go="shuffle"]').click()
        if keys.evaluate_all(order) != before:
            break
    assert keys.evaluate_all(order) != before
    assert sorted(keys.evaluate_all(order)) == sorted(before)
    patient.locator('[data-digit="1"]').click()
    patient.keyboard.press("2")
    patient.keyboard.press("3")
    expect(patient.locator("#dots i.on")).to_have_count(3)
    assert "123" not in re.sub(r"\s", "", patient.locator("#patient").inner_text())
    patient.keyboard.press("Backspace")
    press_digits(patient, "34")
    agree_to_nothing(patient)
    expect(screen(patient, "done")).to_be_visible()


def test_a_forgotten_card_is_called_for_and_not_waited_for(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    patient.locator("#patient").evaluate("main => { main.dataset.forgotten = 0.3; }")
    story.insert()
    type_pin(patient)
    agree_to_nothing(patient)
    forgotten = screen(patient, "done").locator(".forgotten")
    expect(forgotten).to_be_visible()
    expect(desk.locator("#answer")).to_be_visible()
    desk.keyboard.press("F2")
    expect(desk.locator("#waiting")).to_contain_text("前の方のカードが残っています")
    expect(screen(patient, "done")).to_be_visible()
    patient.reload()
    expect(screen(patient, "done")).to_be_visible()
    desk.get_by_role("button", name="このカードでもう一度確認する").click()
    expect(screen(patient, "ask")).to_be_visible()
    expect(desk.locator("#waiting")).to_contain_text("患者さんの入力を待っています")
    story.remove()
    expect(screen(patient, "wait")).to_be_visible()


def test_who_does_nothing_begins_anew_and_who_is_identified_is_checked(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    patient.locator("#patient").evaluate("main => { main.dataset.idle = 0.6; }")
    story.insert()
    expect(screen(patient, "timeout")).to_be_visible()
    patient.locator("#patient").evaluate("main => { main.dataset.idle = 30; }")
    press(patient, "timeout", "restart")
    expect(screen(patient, "ask")).to_be_visible()
    patient.locator('[data-screen="ask"] [data-offer="pin"]').click()
    patient.locator("#patient").evaluate("main => { main.dataset.idle = 0.6; }")
    press_digits(patient)
    expect(screen(patient, "done")).to_be_visible()
    expect(desk.locator(".reading")).to_contain_text("同意なし")


def test_an_own_card_is_enrolled_on_the_page_and_keeps_its_last_try(
    story: Story, patient: Page, system: Addresses, insert: Callable[..., VpcdPlug]
) -> None:
    story.a_member_gets_her_card()
    # The machine's own PC/SC service is that of the tests: it has the real readers.
    own = foreign_card()
    panel = patient.context.new_page()
    panel.goto(f"{system.testbed}/stand-ins")
    insert(own)
    panel.get_by_text("ご自身の暗証番号で").click()
    panel.get_by_role("button", name="佐藤　花子", exact=True).click()
    expect(panel.locator(".occupied").first).to_contain_text("ご自身のカードです")
    picture(panel, "own-card.png")
    banner = patient.locator("#own-card-pin")
    expect(banner).to_contain_text("ご自身のカードの暗証番号で確認します")
    type_pin(patient, "0000")
    expect(screen(patient, "wrong")).to_contain_text("あと2回")
    press(patient, "wrong", "pin")
    press_digits(patient, "0000")
    expect(screen(patient, "wrong")).to_contain_text("あと1回")
    press(patient, "wrong", "pin")
    expect(screen(patient, "ask")).to_contain_text("あと1回なので使いません")
    expect(screen(patient, "ask").locator('[data-offer="pin"]')).to_be_hidden()
    assert own.tries_left(AUTHENTICATION_PIN) == 1
    press(patient, "ask", "face")
    press(patient, "face", "compare")
    agree_to_nothing(patient)
    expect(screen(patient, "done")).to_be_visible()
