"""One visit, and the change of insurer, as the people at the two screens see it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from testbed.story import tokyo
from tests.browser.conftest import agree_to_nothing, picture, press_digits, type_pin
from tests.secrecy import says

if TYPE_CHECKING:
    from testbed.story import Addresses, Story

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def begins() -> str:
    """The day on which the story begins."""
    return "2026-11-09T09:00:00+09:00"


# One story, told in one go: taken apart, each part would have to tell the ones before it again.
def test_the_story_at_the_desk_and_on_the_patients_screen(  # noqa: PLR0915 # as said above
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    expect(desk.locator("#clock")).to_contain_text("09:00")

    # 2. The card is put in: both screens change by themselves, the tries come before the pad.
    story.insert()
    asked = patient.locator('[data-screen="ask"]')
    expect(asked).to_be_visible()
    expect(asked).to_contain_text("3")
    patient.locator('[data-screen="ask"] [data-offer="pin"]').click()
    patient.locator('[data-digit="1"]').click()
    patient.locator('[data-digit="2"]').click()
    picture(patient, "patient-pin.png")
    patient.locator('[data-digit="3"]').click()
    patient.locator('[data-digit="4"]').click()
    assert not says(patient.content(), "1234")
    patient.locator('[data-go="enter"]').click()
    agree_to_nothing(patient)

    # 3. Valid, with insurer, symbol, number and branch, and the ratio.
    expect(patient.locator('[data-screen="done"]')).to_be_visible()
    answer = desk.locator("#answer")
    expect(answer).to_contain_text("有効")
    expect(answer).to_contain_text("最上型国民健康保険")
    expect(desk.locator("#ratio")).to_have_text("3割")
    expect(desk.locator(".details")).to_contain_text(
        re.compile("990010.*最上.*1234567.*01", re.DOTALL)
    )
    picture(desk, "desk-valid.png")
    # What is paid for given points stands beside the share (P-074).
    desk.locator("#points").fill("２９１")
    expect(desk.locator("#charge output")).to_have_text("870円")
    desk.locator("#points").fill("many")
    expect(desk.locator("#charge output")).to_contain_text("点数を、0から")
    desk.locator("#points").fill("2910")
    expect(desk.locator("#charge output")).to_have_text("8,730円")
    story.remove()
    expect(patient.locator('[data-screen="wait"]')).to_be_visible()

    # 4. Both insurers report. The answer is still the old one; the simulation's view knows more.
    story.she_changes_her_insurer()
    pending = desk.locator("#pending")
    expect(desk.locator("#answer")).to_contain_text("最上型国民健康保険")
    expect(pending).to_contain_text("北村型健康保険組合")
    expect(pending).to_contain_text(re.compile(r"11.25"))

    # The day after the loss was reflected: the fallback.
    story.advance(To=tokyo(2026, 11, 19, 9).isoformat())
    story.insert()
    type_pin(patient)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("要確認")
    fallback = desk.locator("#fallback")
    expect(fallback).to_contain_text("資格情報のお知らせ")
    expect(fallback).to_contain_text("被保険者資格申立書")
    expect(desk.locator("#claim")).to_contain_text("旧資格")
    expect(desk.locator("#ratio")).to_have_text("3割")
    expect(desk.locator("#catch-up")).to_contain_text("佐藤")
    expect(desk.locator("#catch-up")).to_contain_text("11/25")
    expect(pending).to_contain_text("北村型健康保険組合")
    picture(desk, "desk-fallback.png")
    height = desk.evaluate("document.documentElement.scrollHeight")
    assert height <= 800, "a result is never more than one screen high"
    unconfirmed = desk.locator("article.visit").get_attribute("data-visit")
    story.remove()

    # 5. Three business days on: the same card, the new insurer, and nothing to catch up.
    story.advance(BusinessDays=3)
    story.insert()
    type_pin(patient)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("有効")
    expect(desk.locator("#answer")).to_contain_text("北村型健康保険組合")
    expect(desk.locator("#compared")).to_have_class(re.compile("changed"))
    expect(desk.locator("#catch-up .rows")).to_have_count(0)
    # The visit of the 19th is confirmed by that: it is charged by what is known now (P-080).
    desk.goto(urljoin(desk.url, f"/visits/{unconfirmed}"))
    desk.locator("#points").fill("291")
    expect(desk.locator("#charge output")).to_have_text("870円受付のときと同じ金額です。")


def test_what_is_missing_of_a_discrepancy_is_said_at_sending_all_at_its_fields(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    type_pin(patient)
    agree_to_nothing(patient)
    desk.locator("#differs").click()
    form, send = desk.locator("#discrepancy-form"), desk.locator("#discrepancy-form [type=submit]")
    expect(form).to_be_visible()
    form.locator("[name=Address]").fill("")
    expect(form.locator(".fault, [aria-invalid]")).to_have_count(0)
    send.click()
    expect(form.locator("#fault-Differing")).to_contain_text("違う項目を、少なくとも一つ選んで")
    expect(form.locator("#fault-Address")).to_contain_text("書いてください")
    expect(form.locator('[data-kind="ratio"]')).to_be_focused()
    # Nothing is said of a field that nobody has to fill in.
    expect(form.locator(".fault")).to_have_count(2)
    form.locator('[data-kind="name"]').check()
    form.locator("[name=Birthdate]").fill("20991231")
    form.locator("[name=Address]").fill("模擬県最上市1-1")
    send.click()
    # Beside what is missing, what the service finds wrong is said.
    expect(form.locator("#fault-Birthdate")).to_contain_text("受診日より後")
    expect(form.locator(".fault")).to_have_count(2)
    expect(form.locator("[name=ShouldBe-name]")).to_be_focused()
    form.locator("[name=ShouldBe-name]").fill("123456789012")
    send.click()
    # What the service refuses is said at its field as well.
    expect(form.locator("#fault-ShouldBe-name")).to_contain_text("個人番号")
    form.locator("[name=ShouldBe-name]").fill("佐藤　花")
    send.click()
    expect(form.locator("#fault-Birthdate")).to_contain_text("受診日より後")
    expect(form.locator("[name=Birthdate]")).to_be_focused()


def test_a_wrong_pin_shows_the_tries_and_the_way_without(
    story: Story, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    story.insert()
    type_pin(patient, "9999")
    wrong = patient.locator('[data-screen="wrong"]')
    expect(wrong).to_be_visible()
    expect(wrong).to_contain_text("あと2回")
    expect(wrong.locator('[data-offer="visual"]')).to_be_visible()
    expect(desk.locator("#note")).to_be_visible()
    wrong.locator('[data-go="pin"]').first.click()
    press_digits(patient)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("有効")


def test_where_the_tries_are_unknown_the_patient_is_asked_before_the_pin(
    story: Story, system: Addresses, desk: Page, patient: Page
) -> None:
    story.a_member_gets_her_card()
    # Two questions for the tries, in two ways each: of the first look, and of the visit.
    silent = {"Card": "hanako", "Faults": ["answer:status=9000,command=VERIFY,times=4"]}
    httpx2.put(f"{system.testbed}/slots/0", json=silent, trust_env=False).raise_for_status()
    expect(desk.locator("#note")).to_contain_text("残りの回数が分かりません")
    patient.locator('[data-screen="ask"] [data-offer="pin"]').click()
    unsure = patient.locator('[data-screen="unsure"]')
    expect(unsure).to_contain_text("残りの回数が分かりません")
    unsure.locator('[data-go="last-try"]').click()
    press_digits(patient)
    agree_to_nothing(patient)
    expect(desk.locator("#answer")).to_contain_text("有効")


def test_an_insertion_is_on_the_page_within_100_ms_of_the_pcsc_event(
    story: Story, desk: Page
) -> None:
    story.a_member_gets_her_card()
    delays = []
    for _ in range(3):
        # The page notes when its picture changes; PC/SC's own instant comes with the event.
        desk.evaluate(
            """() => {
                const changed = new Promise((done) => {
                    new MutationObserver((_, observer) => {
                        if (document.getElementById("waiting")?.dataset.step === "idle") return;
                        observer.disconnect();
                        done(Date.now() / 1000);
                    }).observe(document.getElementById("desk"), {childList: true, subtree: true});
                });
                const inserted = new Promise((done) => {
                    const events = new EventSource("/events");
                    events.addEventListener("reader", (event) => {
                        const state = JSON.parse(event.data);
                        if (!state.Reader.CardPresent) return;
                        events.close();
                        done(state.AtMonotonic);
                    });
                });
                window.arrival = Promise.all([inserted, changed]);
            }"""
        )
        story.insert()
        inserted, changed = desk.evaluate("() => window.arrival")
        ago = time.monotonic() - inserted
        delays.append(changed - (time.time() - ago))
        story.remove()
        expect(desk.locator("#waiting")).to_have_attribute("data-step", "idle")
    # The quickest of three: what else this machine does at the moment is not the desk's delay.
    assert min(delays) < 0.1


def test_the_other_language_is_one_touch_away(desk: Page) -> None:
    desk.locator("a.language").click()
    expect(desk.locator("html")).to_have_attribute("lang", "en")
    expect(desk.locator("body")).to_contain_text("SIMULATION")


def test_each_patient_is_received_by_one_key_from_wherever_the_desk_stands(desk: Page) -> None:
    keyboard = desk.keyboard
    for cause in ("device", "certificate", "no_card"):
        keyboard.press("F8")
        desk.locator(f'[data-unchecked="{cause}"]').click()
        expect(desk.locator("#answer")).to_be_visible()
        expect(desk.locator("#today .rows li")).not_to_have_count(0)
        keyboard.press("F2")
        expect(desk.locator("#waiting")).to_be_visible()
    expect(desk.locator("#today .rows li")).to_have_count(3)
    keyboard.press("F8")
    desk.locator('[data-unchecked="device"]').click()
    desk.locator("#noted-name").fill("診察券 1024")
    keyboard.press("Enter")
    expect(desk.locator("#today .rows")).to_contain_text("診察券 1024")
    expect(desk.locator(".patient h1")).to_have_text("診察券 1024")
    keyboard.press("F2")
    picture(desk, "desk-waiting.png")
    desk.locator("#today .rows a").first.click()
    expect(desk.locator(".crumbs")).to_be_visible()
    desk.context.add_init_script("window.print = () => { document.title = 'printed'; }")
    with desk.context.expect_page() as opened:
        desk.locator("#print-other").click()
    expect(opened.value).to_have_title("printed")
    expect(opened.value.locator(".print-title")).to_contain_text("Record of a visit")
    opened.value.emulate_media(media="print")
    expect(opened.value.locator("#answer")).to_be_visible()
    expect(opened.value.locator(".next")).to_be_hidden()
    opened.value.close()
    expect(desk.locator("html")).to_have_attribute("lang", "ja")
    keyboard.press("F4")
    expect(desk.locator("#number-form")).to_be_visible()
    keyboard.press("F2")
    expect(desk.locator("#waiting")).to_be_visible()


def test_what_is_pressed_before_the_script_has_come_is_done_when_it_comes(desk: Page) -> None:
    home = desk.url
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def open_without_script(path: str) -> None:
        desk.goto(home + path, wait_until="commit")
        expect(desk.locator("#ways")).to_be_visible()

    def let_the_script_come() -> None:
        while not held:
            desk.wait_for_timeout(10)
        held.pop().continue_()

    desk.route("**/static/desk.js", hold)
    open_without_script("number")
    desk.keyboard.press("F2")
    let_the_script_come()
    expect(desk.locator("#waiting")).to_be_visible()
    open_without_script("unable")
    desk.locator('[data-unchecked="device"]').click()
    let_the_script_come()
    expect(desk.locator("#answer")).to_be_visible()
    open_without_script("number")
    desk.locator("[name=InsurerNumber]").fill("990010")
    desk.keyboard.press("Enter")
    expect(desk.locator("[name=InsurerNumber]")).to_have_value("990010")
    assert desk.url == home + "number", "nothing that was typed stands in the address"
    let_the_script_come()
    expect(desk.locator("#number-form [aria-invalid=true]")).not_to_have_count(0)


def test_the_desk_fits_into_a_narrow_window_and_two_presses_receive_one(desk: Page) -> None:
    home = desk.url
    desk.keyboard.press("F8")
    expect(desk.locator("#unable-form")).to_be_visible()
    desk.evaluate(
        """() => ["device", "device", "network"].forEach((cause) =>
            document.querySelector(`[data-unchecked="${cause}"]`).click())"""
    )
    expect(desk.locator("#answer")).to_be_visible()
    expect(desk.locator("#today .rows li")).to_have_count(1)
    record = desk.locator("#today .rows a").first.get_attribute("href")
    assert record is not None
    for width in (320, 390, 640):
        desk.set_viewport_size({"width": width, "height": 800})
        for path in ("", "number", "unable", "visits", "day", "claims", record[1:]):
            desk.goto(home + path)
            beyond = desk.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert beyond == 0, (width, path)
        desk.goto(f"{home}{record[1:]}/declaration")
        assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_who_is_received_by_a_declaration_is_done_with(desk: Page) -> None:
    home = desk.url
    desk.keyboard.press("F8")
    desk.locator('[data-unchecked="device"]').click()
    expect(desk.locator("#answer")).to_be_visible()
    desk.locator('.next a[href$="/declaration"]').click()
    form = desk.locator("#declaration-form")
    as_on_the_card = {"Name": "試験　太郎", "Birthdate": "19800217", "Address": "模擬市1-1"}
    for name, value in as_on_the_card.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=Sex1]").select_option("1")
    form.locator("[value=accept]").click()
    expect(desk.locator('#accepted[data-way="declaration"]')).to_be_visible()
    expect(desk).to_have_url(home)


def test_every_screen_of_the_patient_fits_into_a_narrow_window(story: Story, patient: Page) -> None:
    story.a_member_gets_her_card()
    story.insert()
    expect(patient.locator('[data-screen="ask"]')).to_be_visible()
    screens = patient.locator("[data-screen]").evaluate_all(
        "all => all.map(one => one.dataset.screen)"
    )
    wider = """name => {
        for (const one of document.querySelectorAll("[data-screen]"))
            one.hidden = one.dataset.screen !== name;
        return document.documentElement.scrollWidth - innerWidth;
    }"""
    for width in (320, 390, 800):
        patient.set_viewport_size({"width": width, "height": 800})
        found = {name: patient.evaluate(wider, name) for name in screens}
        assert found == dict.fromkeys(screens, 0), width


def test_the_language_of_a_patient_goes_with_the_card(story: Story, patient: Page) -> None:
    story.a_member_gets_her_card()
    html = patient.locator("html")
    patient.get_by_role("link", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    story.insert()
    expect(patient.locator('[data-screen="ask"] h1')).to_have_text(
        "How would you like to be identified?"
    )
    story.remove()
    expect(html).to_have_attribute("lang", "ja")
    expect(patient.locator('[data-screen="wait"]')).to_be_visible()


def test_a_mistyped_number_is_mended_and_not_typed_again(desk: Page) -> None:
    keyboard = desk.keyboard
    typed = {
        "InsurerNumber": "990010", "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "7654321", "InsuredBranchNumber": "01",
        "Birthdate": "19800217",
    }  # fmt: skip
    keyboard.press("F4")
    for name, text in typed.items():
        desk.locator(f'[name="{name}"]').fill(text)
    keyboard.press("Enter")
    expect(desk.locator("#answer")).to_contain_text("打ち間違い")
    expect(desk.locator("#next-step")).to_have_attribute("data-way", "ask_number")
    desk.get_by_role("link", name="番号で再確認").click()
    for name, text in typed.items():
        expect(desk.locator(f'[name="{name}"]')).to_have_value(text)
    keyboard.press("F2")
    expect(desk.locator("#waiting")).to_be_visible()
    keyboard.press("F4")
    for name in typed:
        expect(desk.locator(f'[name="{name}"]')).to_have_value("")


def test_what_the_patient_shows_is_recorded_by_a_press_and_can_be_corrected(desk: Page) -> None:
    desk.keyboard.press("F8")
    desk.locator('[data-unchecked="no_card"]').click()
    offers = desk.locator("#offers")
    offers.get_by_text("資格確認書", exact=True).click()
    offers.locator('form[data-document="certificate"] [name="ExpiresOn"]').fill("２０２７０７３１")
    offers.locator('form[data-document="certificate"] select').select_option("3")
    desk.keyboard.press("Tab")
    picture(desk, "desk-shown.png")
    offers.get_by_role("button", name="これで受け付ける").first.click()
    accepted = desk.locator("#accepted")
    expect(accepted).to_contain_text("資格確認書で受け付けました")
    expect(desk.locator("#ratio")).to_have_text("3割")
    expect(desk.locator("#claim")).to_contain_text("通常")
    picture(desk, "desk-accepted.png")
    accepted.get_by_role("button", name="選びなおす").click()
    expect(desk.locator("#offers")).to_be_visible()
    desk.locator('[data-offer="nothing"]').click()
    expect(desk.locator("#accepted")).to_contain_text("全額")


def test_what_a_paper_says_from_70_on_is_asked_for_and_can_be_told_later(desk: Page) -> None:
    desk.keyboard.press("F8")
    desk.locator('#unable-form [name="Birthdate"]').fill("昭30.3.5")
    desk.locator('[data-unchecked="device"]').click()
    expect(desk.locator("#ratio")).to_have_text("2割")
    expect(desk.locator("#answer .ratio")).to_contain_text("仮・年齢から")
    desk.locator('[data-offer="notice"]').click()
    form = desk.locator('form[data-document="notice"]')
    form.get_by_role("button").click()
    expect(form.locator("#fault-ExpiresOn")).to_contain_text("期限の記載なし")
    expect(form.locator("#fault-Ratio")).to_contain_text("70歳から")
    form.locator('[name="Undated"]').check()
    form.locator('[name="Ratio"]').select_option("0")
    form.locator('[name="InsurerNumber"]').fill("９９００１０")
    form.locator('[name="InsuredIdentificationNumber"]').fill("１２３４５６９")
    form.get_by_role("button").click()
    expect(desk.locator("#shown-number")).to_have_text("保険者番号 990010　番号 1234569")
    expect(desk.locator(".caution")).to_contain_text("所得でも変わります")
    desk.locator("#share select").select_option("3")
    desk.locator("#share-submit").click()
    expect(desk.locator("#ratio")).to_have_text("3割")
    expect(desk.locator("#answer .ratio")).to_contain_text("資格情報のお知らせから")
    expect(desk.locator("#shown-number")).to_have_text("保険者番号 990010　番号 1234569")
    expect(desk.locator("#share")).to_have_count(0)
