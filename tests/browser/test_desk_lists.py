"""The desk's form and lists in a browser: by keyboard, in any width, on any screen."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from testbed.launch.participants import Addresses

pytestmark = pytest.mark.timeout(180)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> Any:
    page.evaluate(AXE)
    return page.evaluate(
        "axe.run().then(({violations}) => violations.map("
        "one => [one.id, one.nodes.map(node => node.failureSummary)]))"
    )


def test_a_number_is_typed_in_any_width_and_mended_where_it_is_wrong(desk: Page) -> None:
    keyboard = desk.keyboard
    keyboard.press("F4")
    desk.locator("[name=InsurerNumber]").fill("９９００１１")
    keyboard.press("Enter")
    expect(desk.locator("#fault-Birthdate")).to_have_text("生年月日を入れてください。")
    number = desk.locator("[name=InsuredIdentificationNumber]")
    expect(number).to_be_focused()
    number.fill("７６５４３２１")
    birthdate = desk.locator("[name=Birthdate]")
    birthdate.fill("昭和70年1月1日")
    keyboard.press("Enter")
    expect(desk.locator("#fault-Birthdate")).to_contain_text("という日はありません")
    expect(birthdate).to_be_focused()
    birthdate.fill("昭和５５年２月１７日")
    keyboard.press("Enter")
    expect(desk.locator("#fault-InsurerNumber")).to_be_visible()
    insurer = desk.locator("[name=InsurerNumber]")
    expect(insurer).to_be_focused()
    desk.reload()
    expect(number).to_have_value("７６５４３２１")
    expect(birthdate).to_have_value("昭和５５年２月１７日")
    insurer.fill("９９００１０")
    keyboard.press("Enter")
    expect(desk.locator("#answer")).to_contain_text("打ち間違い")


def test_a_visit_is_withdrawn_and_brought_back_at_the_desk(desk: Page, system: Addresses) -> None:
    body = {"Cause": "device", "Birthdate": "S30.1.1"}
    made = httpx2.post(f"{system.clinic}/api/visits/unchecked", json=body).raise_for_status().json()
    desk.locator("#points").fill("291")
    expect(desk.locator("#charge output")).to_contain_text("円")
    desk.locator("#withdraw summary").click()
    expect(desk.locator("[name=Reason]")).to_be_focused()
    # What was reckoned was probably taken.
    reckoned = desk.locator("#charge b").inner_text().removesuffix("円")
    expect(desk.locator("[name=Paid]")).to_have_value(reckoned)
    assert violations(desk) == []
    desk.get_by_role("button", name="取り消す", exact=True).click()
    expect(desk.locator("#fault-Reason")).to_have_text("理由を選んでください。")
    expect(desk.locator("#fault-Staff")).to_have_text("担当の名前を入れてください。")
    desk.locator("[name=Reason]").select_option("other")
    desk.locator("[name=Staff]").fill("山本")
    desk.get_by_role("button", name="取り消す", exact=True).click()
    expect(desk.locator("#fault-Note")).to_have_text("どういうことか、書いてください。")
    desk.locator("[name=Note]").fill("名前の聞きまちがい")
    desk.locator("[name=Note]").press("Enter")
    expect(desk.locator("#withdrawn")).to_contain_text("そのほか（名前の聞きまちがい） 担当 山本")
    expect(desk.locator("#give-back")).to_have_text(f"受け取った {reckoned}円を返します。")
    row = desk.locator(f'#today a[href="/visits/{made["VisitId"]}"]')
    expect(row.locator(".word")).to_have_text("取消")
    expect(row.locator(".who")).to_have_css("text-decoration-line", "line-through")
    assert violations(desk) == []
    for width, height in ((1024, 768), (1280, 800)):
        desk.set_viewport_size({"width": width, "height": height})
        assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
    desk.get_by_role("button", name="取り消しをやめる").click()
    expect(desk.locator("#withdrawn")).to_have_count(0)
    desk.locator("#withdraw summary").click()
    expect(desk.locator("[name=Staff]")).to_have_value("山本")
    desk.locator("[name=Reason]").select_option("duplicate")
    desk.get_by_role("button", name="取り消す", exact=True).click()
    expect(desk.locator("#withdrawn")).to_contain_text("同じ受付が二重にある")


def test_the_lists_are_reached_by_keyboard_and_fit_every_screen(
    desk: Page, system: Addresses
) -> None:
    for cause in ("device", "lag", "no_card"):
        body = {"Cause": cause, "Birthdate": "S30.1.1"}
        httpx2.post(f"{system.clinic}/api/visits/unchecked", json=body).raise_for_status()
    desk.keyboard.press("F9")
    expect(desk.locator("#count")).to_have_text("3件")
    expect(desk.locator("[name=Name]")).to_be_focused()
    desk.locator("[name=Cause]").select_option("device")
    desk.locator("[name=Name]").press("Enter")
    expect(desk.locator("#visits tbody tr")).to_have_count(1)
    desk.locator("[name=From]").fill("きのう")
    desk.locator("[name=From]").press("Enter")
    expect(desk.locator(".failure")).to_contain_text("日付として読めません")
    expect(desk.locator("[name=From]")).to_have_value("きのう")
    desk.get_by_role("link", name="月末").click()
    expect(desk.locator("#claims")).to_contain_text("77777777")
    desk.locator("[name=UnknownNumber]").select_option("77777779")
    desk.get_by_role("button", name="表示する").click()
    expect(desk.locator("#sums")).to_contain_text("77777779")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSVで保存").click()
    assert download.value.path().read_bytes().startswith("\ufeff受診日".encode())
    for scheme in ("light", "dark"):
        desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # of a list of two
        for path in ("/visits", "/claims", "/day", "/number"):
            desk.goto(f"{system.clinic}{path}")
            assert violations(desk) == [], (path, scheme)
            for width, height in ((1024, 768), (1280, 800), (1920, 1080)):
                desk.set_viewport_size({"width": width, "height": height})
                wider = desk.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wider <= 0, (path, width)
