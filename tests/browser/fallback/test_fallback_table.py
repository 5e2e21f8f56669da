"""Every cause of the fallback table, played in the practice town to the end (rule catalogue, §6.3).

From the card on the reader, or from the key for patients without one, to the way by which the visit
is accepted: what comes first, the share that is paid, and how it is claimed, as the table has them.
Each page that is passed is also looked at as those see it who need it twice as large, dark, or read
aloud.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import COMES_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.deployment,
    pytest.mark.timeout(300),
    pytest.mark.rules("R-072", "R-090", "R-092", "R-093", "R-097", "P-018", "P-020", "P-021"),
]
PROGRAM = [sys.executable, "-m", "testbed"]
SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """A row of the table, and who of the town comes by it."""

    cause: str
    who: str
    pressed: str = ""
    """What the receptionist presses where no card is read."""
    born: str = ""
    """What she types then of the date of birth."""
    told_born: str = ""
    """What the patient says of it when they are asked, as nothing else tells the share."""
    identity: str = "pin"
    language: str = "ja"
    """Of the patient's screen."""
    keyboard: bool = False
    """Whether nobody touches a mouse."""
    first: str | None = None
    """The first choice; none where the check itself is it."""
    accepts: str = ""
    """What is shown in the end."""
    printed: str = ""
    """The share on the paper."""
    ratio: str = "3割"
    claim: str = "normal"
    word: str = "check"


CARD_AND_PAPER, CERTIFICATE = "card_with_portal_or_notice", "certificate"
WAYS = {
    "": "check", "notice": CARD_AND_PAPER, "portal_screen": CARD_AND_PAPER,
    "certificate": CERTIFICATE, "declaration": "declaration", "nothing": "self_pay",
}  # fmt: skip
"""By which way a visit is accepted, by what is shown."""
ROWS = (
    Row("reader broken", "rina", "device", "20010412", first=CARD_AND_PAPER, accepts="notice"),
    Row("network down", "manabu", first=CARD_AND_PAPER, accepts="portal_screen", language="en"),
    Row("PIN locked", "kazuo", identity="face", language="easy", keyboard=True, word="valid"),
    Row("face fails", "miho", identity="face, then pin", language="easy", word="valid"),
    Row("face and PIN fail, no photo", "ren", language="en", ratio="2割", word="valid"),
    Row(
        "face and PIN fail, no photo", "sakura", "authentication", "20260703",
        first=CARD_AND_PAPER, accepts="notice", ratio="2割",
    ),
    Row(
        "no eligibility (job change)", "daisuke", keyboard=True,
        first=CARD_AND_PAPER, accepts="declaration", claim="old_eligibility",
    ),
    Row("● in the name", "midori", language="easy", word="valid"),
    Row("certificate in grace", "shigeru", ratio="2割", word="valid"),
    Row(
        "certificate lapsed", "fumi", language="easy", keyboard=True,
        first=CERTIFICATE, accepts="certificate", printed="1", ratio="1割", word="unusable",
    ),
    Row(
        "card suspended", "yoko", language="en",
        first=CERTIFICATE, accepts="certificate", printed="3", word="unusable",
    ),
    Row("not registered", "tomoko", identity="face", keyboard=True, word="valid"),
    Row(
        "no reader", "fumiko", "no_reader", "昭和26年7月2日",
        first=CARD_AND_PAPER, accepts="notice", printed="1", ratio="1割",
    ),
    Row(
        "view stopped", "osamu", language="en",
        first=CARD_AND_PAPER, accepts="notice", told_born="S45.11.11",
    ),
    Row(
        "protected (DV)", "mari",
        first=CERTIFICATE, accepts="certificate", printed="3", word="unusable",
    ),
    Row(
        "smartphone", "hanako-iphone", "smartphone", "19800217", keyboard=True,
        first="physical_card", accepts="certificate", printed="3",
    ),
    Row(
        "smartphone only", "hanako-iphone", "smartphone-only", "19800217", keyboard=True,
        first=CERTIFICATE, accepts="nothing", ratio="10割（全額）", claim="no_claim",
    ),
    Row("public assistance", "akira", language="easy", ratio="0円", word="valid"),
    Row(
        "newborn without card", "hikari", "no_card", "20261110", keyboard=True,
        first=CERTIFICATE, accepts="certificate", printed="2", ratio="2割",
    ),
    Row(
        "newborn without card or paper", "hikari", "no_card", "20261110",
        first=CERTIFICATE, accepts="nothing", ratio="10割（全額）", claim="no_claim",
    ),
)  # fmt: skip


@dataclass
class Reception:
    """The town's reception: both screens, and what is done beside them."""

    addresses: dict[str, str]
    desk: Page
    patient: Page
    seen: set[str]

    def place(self, who: str | None) -> None:
        slot = f"{self.addresses['testbed']}/slots/0"
        done = (
            httpx2.put(slot, json={"Card": who}, timeout=SECONDS, trust_env=False)
            if who
            else httpx2.delete(slot, timeout=SECONDS, trust_env=False)
        )
        done.raise_for_status()

    def line(self, *, cut: bool) -> None:
        faults = f"{self.addresses['oqs_console']}/sim/operation/faults"
        if cut:
            asked = httpx2.post(faults, json={"Effect": "cut:when=before"}, trust_env=False)
        else:
            asked = httpx2.delete(faults, trust_env=False)
        asked.raise_for_status()

    def camera(self, *, recognises: bool) -> None:
        camera = f"{self.addresses['clinic']}/api/reader/camera"
        httpx2.put(camera, json={"Recognises": recognises}, trust_env=False).raise_for_status()

    def visits(self) -> list[Any]:
        path = f"{self.addresses['clinic']}/api/visits"
        found: list[Any] = httpx2.get(path, trust_env=False).raise_for_status().json()
        return found


@pytest.fixture(scope="module")
def reception(browser: Browser) -> Iterator[Reception]:
    process = subprocess.Popen(
        [*PROGRAM, "up", "--town", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    try:
        expect.set_options(timeout=SECONDS * 1000)
        addresses = json.loads(process.stdout.readline())
        desk, patient = context.new_page(), context.new_page()
        patient.set_viewport_size({"width": 800, "height": 1000})
        for page in (desk, patient):
            page.set_default_timeout(SECONDS * 1000)
        at = Reception(addresses, desk, patient, set())
        at.place(None)
        yield at
    finally:
        expect.set_options(timeout=COMES_WITHIN)
        context.close()
        process.terminate()
        process.stdout.close()
        process.wait()


def inspect(at: Reception, page: Page, what: str) -> None:
    """Look at a page that is passed, once: nothing serious, dark and light, twice as large."""
    if what in at.seen:
        return
    at.seen.add(what)
    size = page.viewport_size
    assert size is not None
    for scheme, rules in (("light", None), ("dark", ["color-contrast"])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        options = {"runOnly": rules} if rules else {}
        found = Axe().run(page, options=options).response["violations"]
        serious = {
            one["id"]: [node["html"][:120] for node in one["nodes"]]
            for one in found
            if one["impact"] in {"serious", "critical"}
        }
        assert serious == {}, (what, scheme)
    page.emulate_media(color_scheme="light")
    # At 200 % a page has half the width that the window shows.
    page.set_viewport_size({"width": size["width"] // 2, "height": size["height"] // 2})
    cut = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((one) => one.checkVisibility() && !one.childElementCount)
            .filter((one) => one.textContent.trim())
            .filter((one) => {
                const box = one.getBoundingClientRect();
                if (box.width < 2 || one.closest(".skip")) return false;
                if (box.left < -1 || box.right > innerWidth + 1) return true;
                const style = getComputedStyle(one);
                return style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
            })
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size(size)
    assert (wide <= 0, cut) == (True, []), (what, wide)


def press(page: Page, button: Locator, *, keyboard: bool) -> None:
    """Press a button: by the mouse, or by going there with Tab."""
    expect(button).to_be_visible()
    if not keyboard:
        button.click()
        return
    handle = button.element_handle()
    for _ in range(80):
        if handle.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError("no key leads there")


def at_the_reader(at: Reception, row: Row) -> None:
    """What the patient does at the reader, from the card to the end."""
    patient, keyboard = at.patient, row.keyboard
    patient.goto(f"{at.addresses['clinic']}/patient?lang={row.language}")
    at.place(row.who)

    def go(screen: str, to: str) -> None:
        place = patient.locator(f'[data-screen="{screen}"]')
        expect(place).to_be_visible()
        inspect(at, patient, f"patient {row.language} {screen}")
        press(patient, place.locator(f'[data-go="{to}"]:visible').first, keyboard=keyboard)

    def identify(first: str) -> None:
        if row.identity.startswith("face"):
            go(first, "face")
            at.camera(recognises=row.identity == "face")
            go("face", "compare")
            if row.identity == "face":
                return
            first = "face-wrong"
        go(first, "pin")
        inspect(at, patient, f"patient {row.language} pad")
        for digit in PINS[row.who]:
            if keyboard:
                patient.keyboard.press(digit)
            else:
                patient.locator(f'[data-digit="{digit}"]').click()
        press(patient, patient.locator('[data-go="enter"]'), keyboard=keyboard)

    asks = patient.locator('[data-screen="ask"], [data-screen="locked"]').filter(visible=True)
    expect(asks).to_be_visible()
    identify(asks.get_attribute("data-screen") or "")
    at.camera(recognises=True)
    if row.cause == "network down":
        return
    if row.cause != "certificate in grace" and row.who != "fumi":
        go("consent", "consent-none")
    go("subsidy", "subsidy-no")
    if row.cause == "not registered":
        go("register", "register")
    done = patient.locator(f'[data-screen="{"done" if row.word == "valid" else "done-desk"}"]')
    expect(done).to_be_visible()
    inspect(at, patient, f"patient {row.language} done {row.word}")


PINS = {
    "manabu": "5836", "kazuo": "4740", "miho": "4877", "ren": "7069", "daisuke": "2685",
    "midori": "6384", "shigeru": "5678", "fumi": "6789", "yoko": "8901", "tomoko": "4603",
    "osamu": "4466", "mari": "4192", "akira": "5562",
}  # fmt: skip


def accept(at: Reception, row: Row) -> None:
    """Record what is shown, by the offer on the page."""
    desk, keyboard = at.desk, row.keyboard
    press(desk, desk.locator(f'[data-offer="{row.accepts}"]'), keyboard=keyboard)
    form = desk.locator(f'form[data-document="{row.accepts}"]')
    if form.count():
        asked_whose = form.locator('[name="Current"]')
        if asked_whose.count():
            asked_whose.select_option("true")
        if row.printed:
            form.locator('[name="ExpiresOn"]').fill("令和9年7月31日")
            form.locator('[name="Ratio"]').select_option(row.printed)
        press(desk, form.get_by_role("button"), keyboard=keyboard)
    expect(desk.locator("#accepted")).to_be_visible()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.cause}-{row.who}")
def test_a_cause_is_played_to_its_end(reception: Reception, row: Row) -> None:
    at, desk = reception, reception.desk
    desk.goto(at.addresses["clinic"] + "/")
    before = len(at.visits())
    if row.cause == "network down":
        # He was here before, so that his share is known.
        at_the_reader(at, Row("before", row.who, word="valid"))
        at.place(None)
        expect(at.patient.locator('[data-screen="wait"]')).to_be_visible()
        before += 1
        at.line(cut=True)
    try:
        if row.pressed:
            desk.keyboard.press("F8")
            expect(desk.locator("#unable-form")).to_be_visible()
            inspect(at, desk, "desk unable")
            desk.locator('[name="Birthdate"]').fill(row.born)
            reason = desk.locator(f'[data-unchecked="{row.pressed}"], #{row.pressed}')
            press(desk, reason.first, keyboard=row.keyboard)
        else:
            at_the_reader(at, row)
        answer = desk.locator("#answer")
        expect(answer).to_have_attribute("data-word", row.word)
        inspect(at, desk, f"desk {row.cause}")
        if row.first:
            expect(desk.locator("#next-step")).to_have_attribute("data-way", row.first)
            accept(at, row)
            inspect(at, desk, f"desk {row.cause} accepted")
        if row.told_born:
            desk.locator("#born-on").fill(row.told_born)
            desk.keyboard.press("Enter")
        expect(desk.locator("#ratio")).to_have_text(row.ratio)
    finally:
        if row.cause == "network down":
            at.line(cut=False)
        at.place(None)
    (visit, *_), after = at.visits(), len(at.visits())
    assert after == before + 1, "one patient, one visit"
    assert visit["Decision"]["Claim"]["Mode"] == row.claim
    assert visit["Decision"]["Accepted"] == WAYS[row.accepts]
    desk.keyboard.press("F2")
    expect(desk.locator("#waiting")).to_be_visible()
    inspect(at, desk, "desk waiting")


def test_a_visit_by_number_does_not_disturb_the_patient_at_the_reader(reception: Reception) -> None:
    at, patient = reception, reception.patient
    patient.goto(at.addresses["clinic"] + "/patient")
    at.place("kenta")
    patient.locator('[data-screen="ask"] [data-offer="pin"]').click()
    for digit in "21":
        patient.locator(f'[data-digit="{digit}"]').click()
    asked = {
        "InsurerNumber": "990028", "InsuredCardSymbol": "土国",
        "InsuredIdentificationNumber": "10010017", "Birthdate": "19580820",
    }  # fmt: skip
    by_number = f"{at.addresses['clinic']}/api/visits/number"
    visit = httpx2.post(by_number, json=asked, trust_env=False, timeout=SECONDS)
    name = visit.raise_for_status().json()["Name"]
    assert name.startswith("池田")
    expect(at.desk.locator("#answer")).to_be_visible()
    for digit in "37":
        patient.locator(f'[data-digit="{digit}"]').click()
    assert name not in patient.locator("#patient").inner_text()
    patient.locator('[data-go="enter"]').click()
    patient.locator('[data-go="consent-none"]').click()
    patient.locator('[data-go="subsidy-no"]').click()
    expect(patient.locator('[data-screen="done"]')).to_contain_text("鈴木　健太")
    at.place(None)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_a_visit_is_fit_for_everybody(reception: Reception, language: str) -> None:
    at, desk = reception, reception.desk
    clinic = at.addresses["clinic"]
    asked = {"Cause": "device", "Birthdate": "19900512"}
    told = httpx2.post(f"{clinic}/api/visits/unchecked", json=asked, trust_env=False).json()
    visit = f"/visits/{told['VisitId']}"
    number = {
        "InsurerNumber": "06990014", "InsuredCardSymbol": "北10",
        "InsuredIdentificationNumber": "300035", "InsuredBranchNumber": "00",
        "Birthdate": "19900512",
    }  # fmt: skip
    valid = httpx2.post(f"{clinic}/api/visits/number", json=number, trust_env=False).json()
    assert valid["Word"] == "VALID"
    differs = f"/visits/{valid['VisitId']}/discrepancy"
    for path in ("/", visit, f"{visit}/declaration", differs, "/number", "/unable"):
        desk.goto(f"{clinic}{path}?lang={language}")
        expect(desk.locator("main")).to_be_visible()
        inspect(at, desk, f"{path} {language}")
        desk.set_viewport_size({"width": 390, "height": 844})
        wide = desk.evaluate("document.documentElement.scrollWidth - innerWidth")
        desk.set_viewport_size({"width": 1280, "height": 800})
        assert wide <= 0, f"{path} does not fit a phone"
    desk.goto(f"{clinic}/?lang=ja")
